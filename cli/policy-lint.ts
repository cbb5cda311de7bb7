/** `leadline policy lint`: what is wrong with a policy that can be read. cli/policy.ts wires it in. */
import { Command } from 'commander'
import { stringify } from 'yaml'
import { holidayYearsAround } from '../db/holiday-years.js'
import { formatInstant } from '../domain/calendar.js'
import { type EpochMs, instant } from '../domain/ids.js'
import type { RoutingFacts } from '../domain/lead.js'
import { type CounterExample, type Finding, severities, type Severity } from '../domain/lint/finding.js'
import { lintPolicy } from '../domain/lint/lint.js'
import { counted } from '../domain/lint/sentences.js'
import type { Roster } from '../domain/people.js'
import { parsePeople } from '../domain/people-document.js'
import { type DocumentSource, located } from '../domain/policy/problems.js'
import { formatPolicyErrors, parsePolicy } from '../domain/policy-document.js'
import { pathText, readYaml } from '../domain/yaml.js'
import { CannotStart } from '../worker/cannot-start.js'
import { readDocument } from './with-instance.js'

type Options = { people?: string; json?: true }

/** Needs no instance. Exit code 1 where there is an error; warnings and notes alone leave it at 0. */
export function lintCommand(): Command {
  return new Command('lint')
    .argument('<file>', 'a policy document')
    .option('--people <file>', 'a people document; without it nothing is said about people')
    .option('--json', 'one object {file, findings, errors, warnings, notes}')
    .description('look for leads, rules and people that a policy does not do what it says with')
    .action(lint)
}

async function lint(file: string, { people, json }: Options): Promise<void> {
  const atMs = instant(Date.now())
  const holidayYears = holidayYearsAround(atMs)
  const text = await readDocument(file)
  const parsed = parsePolicy(text, file, { holidayYears })
  if (!parsed.ok) throw new CannotStart(formatPolicyErrors(parsed.errors, file))
  const roster = people === undefined ? null : await readRoster(people, holidayYears)
  const { policy, source } = parsed
  const findings = lintPolicy(policy, roster, { atMs, source, document: plainValues(text) })
  console.log(
    json === true ? JSON.stringify(asJson(file, findings, source), null, 2) : asText(file, findings, source),
  )
  if (findings.some(({ severity }) => severity === 'error')) process.exitCode = 1
}

/** As they are loaded: nobody is on leave, which only an instance knows of. */
async function readRoster(file: string, holidayYears: [number, number]): Promise<Roster> {
  const parsed = parsePeople(await readDocument(file), file, { holidayYears })
  if (!parsed.ok) throw new CannotStart(formatPolicyErrors(parsed.errors, file))
  return { ...parsed.people, leave: [] }
}

function plainValues(text: string): unknown {
  const reading = readYaml(text)
  return reading.ok ? reading.value : null
}

/** Each finding as editors link it, then the example and what would put it right; the last line counts. */
function asText(file: string, findings: readonly Finding[], source: DocumentSource): string {
  const blocks = findings.map(finding => {
    const { line, column } = placeOf(finding, source)
    const { severity, check, message, counterExample, suggestion } = finding
    return [
      `${file}:${line}:${column}: ${severity} ${check}: ${message}`,
      ...(counterExample === null ? [] : [`  for example: ${sayExample(counterExample)}`]),
      `  suggestion: ${suggestion}`,
    ].join('\n')
  })
  const counts = severities.map(severity => counted(countOf(findings, severity), severity))
  return [...blocks, `${file}: ${counts.join(', ')}.`].join('\n')
}

function asJson(file: string, findings: readonly Finding[], source: DocumentSource) {
  return {
    file,
    findings: findings.map(({ severity, check, path, at, message, counterExample, suggestion }) => ({
      severity,
      check,
      ...placeOf({ path, at, message }, source),
      path: pathText(path),
      message,
      counterExample,
      suggestion,
    })),
    errors: countOf(findings, 'error'),
    warnings: countOf(findings, 'warning'),
    notes: countOf(findings, 'note'),
  }
}

function placeOf(
  { path, at, message }: Pick<Finding, 'path' | 'at' | 'message'>,
  source: DocumentSource,
): { line: number; column: number } {
  const [error] = located([{ path, at, message, value: undefined }], source)
  return { line: error?.line ?? 1, column: error?.column ?? 1 }
}

function countOf(findings: readonly Finding[], severity: Severity): number {
  return findings.filter(finding => finding.severity === severity).length
}

/** A lead as one line of YAML, which is a file for `leadline policy explain --lead`. */
function sayExample(example: CounterExample): string {
  if ('lead' in example) return leadLine(example.lead)
  return 'cycle' in example ? example.cycle.join(', then ') : sayInstant(example)
}

function sayInstant({ atMs, zone }: { atMs: EpochMs; zone: string }): string {
  return `${formatInstant(zone, atMs)} (${zone})`
}

/** What is known of it first; the rest is there all the same, so that the line is the whole lead. */
function leadLine(lead: RoutingFacts): string {
  const inOrder = Object.entries(lead).toSorted(
    ([, one], [, other]) => Number(isEmpty(one)) - Number(isEmpty(other)),
  )
  return stringify(Object.fromEntries(inOrder), { collectionStyle: 'flow', lineWidth: 0 }).trim()
}

function isEmpty(value: unknown): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0)
}
