/** The faults of lint-faults.txt: what is changed in the sample documents, and what lint must say about it. */
import { readFileSync } from 'node:fs'
import { instant } from '../../domain/ids.js'
import type { Finding } from '../../domain/lint/finding.js'
import { lintPolicy } from '../../domain/lint/lint.js'
import type { Roster } from '../../domain/people.js'
import { parsePeople } from '../../domain/people-document.js'
import type { Policy } from '../../domain/policy.js'
import { type DocumentSource, located } from '../../domain/policy/problems.js'
import { formatPolicyErrors, parsePolicy } from '../../domain/policy-document.js'
import { readYaml } from '../../domain/yaml.js'
import { rep } from './a-policy.js'

export type Fault = {
  sentence: string
  policyEdits: Edit[]
  peopleEdits: Edit[]
  away: { id: string; from: string; until: string }[]
  /** `severity check "the document from there on": message`; of notes only those that the fault is about. */
  expected: string[]
}

type Edit = { from: string; to: string }

export type Linted = {
  policy: Policy
  roster: Roster
  findings: Finding[]
  text: string
  source: DocumentSource
}

/** A Monday at noon, so that a week of everybody's work lies ahead. */
export const now = instant(Date.parse('2026-11-23T12:00:00Z'))

const years = { holidayYears: [2025, 2030] } as const

export function readFaults(): Fault[] {
  const text = readFileSync(new URL('./lint-faults.txt', import.meta.url), 'utf8')
  return text.trim().split('\n\n').map(faultOf)
}

/** `# sentence`, then changes (`- ` what stands there once, `+ ` what instead), of people after `people:`, then `> finding`. */
function faultOf(text: string): Fault {
  const [title = '', ...lines] = text.split('\n')
  const at = lines.indexOf('people:')
  const [policyLines, peopleLines] = at === -1 ? [lines, []] : [lines.slice(0, at), lines.slice(at + 1)]
  return {
    sentence: title.replace('# ', ''),
    policyEdits: editsIn(policyLines),
    peopleEdits: editsIn(peopleLines),
    away: lines.flatMap(line => {
      const [, id = '', from = '', until = ''] = /^away: (\S+) (\S+) (\S+)$/.exec(line) ?? []
      return id === '' ? [] : [{ id, from, until }]
    }),
    expected: lines.filter(line => line.startsWith('> ')).map(line => line.slice(2)),
  }
}

function editsIn(lines: readonly string[]): Edit[] {
  const edits: Edit[] = []
  for (const [index, line] of lines.entries()) {
    const last = edits.at(-1)
    const before = lines[index - 1] ?? ''
    if (line.startsWith('- ') && before.startsWith('- ') && last !== undefined)
      last.from += `\n${line.slice(2)}`
    else if (line.startsWith('- ')) edits.push({ from: line.slice(2), to: '' })
    if (line.startsWith('+ ') && last !== undefined)
      last.to += `${before.startsWith('+ ') ? '\n' : ''}${line.slice(2)}`
  }
  return edits
}

/** The sample of Acme with these changes. Throws where a change does not fit, or makes a document that cannot be read. */
export function linted({ policyEdits, peopleEdits, away }: Omit<Fault, 'sentence' | 'expected'>): Linted {
  const text = edited(sample('acme.yaml'), policyEdits)
  const roster = {
    ...rosterOf(edited(sample('acme-people.yaml'), peopleEdits)),
    leave: away.map(({ id, from, until }) => ({
      rep: rep(id),
      fromMs: instant(Date.parse(from)),
      untilMs: instant(Date.parse(until)),
    })),
  }
  return lintText(text, roster)
}

export function lintText(text: string, roster: Roster): Linted {
  const parsed = parsePolicy(text, 'acme.yaml', years)
  if (!parsed.ok) throw new Error(formatPolicyErrors(parsed.errors, 'acme.yaml'))
  const reading = readYaml(text)
  const { policy, source } = parsed
  const document = reading.ok ? reading.value : null
  return {
    policy,
    roster,
    findings: lintPolicy(policy, roster, { atMs: now, source, document }),
    text,
    source,
  }
}

export function rosterOf(text: string): Roster {
  const parsed = parsePeople(text, 'people.yaml', years)
  if (!parsed.ok) throw new Error(formatPolicyErrors(parsed.errors, 'people.yaml'))
  return { ...parsed.people, leave: [] }
}

export function sample(file: string): string {
  return readFileSync(new URL(`../../policies/${file}`, import.meta.url), 'utf8')
}

/** With what stands at the finding's place, so that the line is shown to be the right one. */
export function said({ severity, check, path, at, message }: Finding, { text, source }: Linted): string {
  const [place] = located([{ path, at, message, value: undefined }], source)
  const line = text.split('\n')[(place?.line ?? 0) - 1] ?? ''
  const there = line.slice((place?.column ?? 1) - 1, (place?.column ?? 1) + shownCharacters)
  return `${severity} ${check} "${there.trim()}": ${message}`
}

/** Enough to know the place by. */
const shownCharacters = 24

function edited(text: string, edits: readonly Edit[]): string {
  return edits.reduce((so, { from, to }) => {
    if (so.split(from).length !== 2)
      throw new Error(`stands there ${so.split(from).length - 1} times: ${from}`)
    return so.replace(from, () => to)
  }, text)
}
