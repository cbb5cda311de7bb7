/** The policy for people: in sentences, as a chart, and its form for editors. Other files wire them into `leadline policy`. */
import { writeFile } from 'node:fs/promises'
import { Argument, Command } from 'commander'
import { holidayYearsAround } from '../db/holiday-years.js'
import { rosterAt } from '../db/people.js'
import { currentPolicy, NoPolicy } from '../db/policies.js'
import { mermaidOf } from '../domain/diagram/mermaid.js'
import { htmlOf } from '../domain/diagram/page.js'
import { chartOf } from '../domain/diagram/policy-chart.js'
import { instant } from '../domain/ids.js'
import type { People } from '../domain/people.js'
import { parsePeople } from '../domain/people-document.js'
import type { Policy } from '../domain/policy.js'
import { formatPolicyErrors, parsePolicy } from '../domain/policy-document.js'
import { castOf } from '../domain/prose/cast.js'
import { peopleSchema, policySchema } from '../domain/prose/editor-schema.js'
import { introductionOf, plainTextOf, sentencesOf } from '../domain/prose/sentences.js'
import { CannotStart } from '../worker/cannot-start.js'
import { readDocument, withInstance } from './with-instance.js'

type Read = { policy: Policy; people: People | null }

const fileArgument = ['[file]', 'a policy document; without one, the policy in force'] as const
const peopleOption = [
  '--people <file>',
  'a people document, for the names of those whom the policy names',
] as const
const jsonOption = ['--json', 'as JSON'] as const

/** `leadline policy sentences [FILE] [--people FILE] [--json]`. */
export function sentencesCommand(): Command {
  return new Command('sentences')
    .argument(...fileArgument)
    .option(...peopleOption)
    .option(...jsonOption)
    .description('the whole policy in plain sentences')
    .action(async (file: string | undefined, options: { people?: string; json?: true }) => {
      const { policy, people } = await readPolicy(file, options.people)
      const sections = sentencesOf(policy, people)
      print(
        options.json
          ? JSON.stringify({ policy: policy.policy, sections }, null, 2)
          : `${policy.policy}\n\n${introductionOf(policy)}\n\n${plainTextOf(sections)}`,
      )
    })
}

/** `leadline policy diagram [FILE] [--people FILE] [--mermaid | --html FILE | --json]`; Mermaid unless said otherwise. */
export function diagramCommand(): Command {
  return new Command('diagram')
    .argument(...fileArgument)
    .option(...peopleOption)
    .option('--html <file>', 'write one page with the chart and every sentence')
    .option('--mermaid', 'print the chart for Mermaid (the default)')
    .option(...jsonOption)
    .description('the whole policy as a chart')
    .action(async (file: string | undefined, options: DiagramOptions) => {
      const { policy, people } = await readPolicy(file, options.people)
      if (options.html !== undefined) {
        await writePage(options.html, htmlOf(policy, people))
        if (!options.json && !options.mermaid) return print(`Wrote ${options.html}.`)
      }
      print(
        options.json
          ? JSON.stringify({ policy: policy.policy, ...chartOf(policy, castOf(people)) }, null, 2)
          : mermaidOf(policy, people).trimEnd(),
      )
    })
}

type DiagramOptions = { people?: string; html?: string; mermaid?: true; json?: true }

/** `leadline policy schema [policy|people]`: for editors that complete and check YAML. */
export function schemaCommand(): Command {
  return new Command('schema')
    .addArgument(new Argument('[document]', 'which document').choices(['policy', 'people']).default('policy'))
    .option(...jsonOption)
    .description('print the JSON Schema of a document')
    .action((document: string) =>
      print(JSON.stringify(document === 'people' ? peopleSchema() : policySchema(), null, 2)),
    )
}

/** A document needs no instance; without one, what is in force and who works here now. */
async function readPolicy(file: string | undefined, peopleFile: string | undefined): Promise<Read> {
  const people = peopleFile === undefined ? null : await readPeople(peopleFile)
  if (file !== undefined) {
    const parsed = parsePolicy(await readDocument(file), file, { holidayYears: yearsNow() })
    if (!parsed.ok) throw new CannotStart(formatPolicyErrors(parsed.errors, file))
    return { policy: parsed.policy, people }
  }
  return withInstance(async ({ db }) => {
    try {
      const { policy } = await currentPolicy(db)
      return { policy, people: people ?? (await rosterAt(db, instant(Date.now()))) }
    } catch (error) {
      if (error instanceof NoPolicy) throw new CannotStart(error.message)
      throw error
    }
  })
}

async function readPeople(file: string): Promise<People> {
  const parsed = parsePeople(await readDocument(file), file, { holidayYears: yearsNow() })
  if (!parsed.ok) throw new CannotStart(formatPolicyErrors(parsed.errors, file))
  return parsed.people
}

function yearsNow(): [number, number] {
  return holidayYearsAround(Date.now())
}

/** @throws CannotStart where the page cannot be written */
async function writePage(file: string, html: string): Promise<void> {
  try {
    await writeFile(file, html)
  } catch (error) {
    if (error instanceof Error && 'code' in error) throw new CannotStart(`${file}: ${error.message}`)
    throw error
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}
