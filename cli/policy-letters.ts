import { Command } from 'commander'
import { holidayYearsAround } from '../db/holiday-years.js'
import { assertNever, instant } from '../domain/ids.js'
import {
  exampleOwner,
  exampleSender,
  type Preview,
  type PreviewedLetter,
  previewLetters,
} from '../domain/letter-preview.js'
import type { Person } from '../domain/people.js'
import { formatPeopleErrors, parsePeople } from '../domain/people-document.js'
import { factsOf } from '../domain/facts.js'
import { enriched } from '../domain/simulation/stream.js'
import { CannotStart } from '../worker/cannot-start.js'
import { readLead } from './lead-file.js'
import { readInstant, readPolicy } from './policy-trial.js'
import { readDocument } from './with-instance.js'

type Options = { lead: string; people?: string; owner?: string; at?: string; json?: true }

/**
 * `leadline policy letters FILE --lead FILE`: every letter that the campaign of one lead would send, as it would read.
 * Needs no server. Exit code 1 where a file is wrong.
 */
export function lettersCommand(): Command {
  return new Command('letters')
    .argument('<file>', 'a policy document')
    .requiredOption('--lead <file>', 'a lead in JSON or YAML, as it is sent to us')
    .option('--people <file>', 'a people document, for --owner')
    .option('--owner <rep>', 'who owns the lead (default: a person who is called an example)')
    .option('--at <instant>', 'when they get it, local to the policy unless it has an offset (default: now)')
    .option('--json', 'print one object: {policy, campaign, owner, letters, remarks}')
    .description('every letter that the campaign of a lead would send; needs no instance')
    .action(showLetters)
}

async function showLetters(file: string, { lead, people, owner, at, json }: Options): Promise<void> {
  const years = holidayYearsAround(at === undefined ? Date.now() : Date.parse(at.slice(0, 10)) || Date.now())
  const { policy } = await readPolicy(file, years)
  const atMs = at === undefined ? instant(Date.now()) : readInstant('--at', policy.zone, at)
  const { said, remarks } = readLead(await readDocument(lead), lead, policy)
  if (said.kind === 'facts')
    throw new CannotStart(`${lead}: a letter needs the lead as it was sent to us, with its email and name`)
  const person = owner === undefined ? exampleOwner(policy.zone) : await readOwner(owner, people, years)
  const filled = enriched(policy, said.lead)
  const preview = previewLetters(policy, {
    lead: filled,
    facts: factsOf(policy, filled, said.account),
    owner: person,
    from: exampleSender,
    atMs,
  })
  const all = [...remarks, mailRemark, ...(owner === undefined ? [exampleRemark] : [])]
  const { id, name } = person
  process.stdout.write(
    json
      ? `${JSON.stringify({ policy: policy.policy, ...preview, owner: { id, name }, remarks: all }, null, 2)}\n`
      : asText(preview, all),
  )
}

const mailRemark = 'By mail, the message to the owner ends with a link that acknowledges the lead.'

const exampleRemark =
  'The owner is an example, not a person of yours; name one with --people FILE and --owner REP.'

/** @throws CannotStart where nobody in the document has this id */
async function readOwner(
  owner: string,
  peopleFile: string | undefined,
  holidayYears: [number, number],
): Promise<Person> {
  if (peopleFile === undefined) throw new CannotStart('--owner needs --people, which says who that is')
  const read = parsePeople(await readDocument(peopleFile), peopleFile, { holidayYears })
  if (!read.ok) throw new CannotStart(formatPeopleErrors(read.errors, peopleFile))
  const person = read.people.people.find(({ id }) => id === owner)
  if (person !== undefined) return person
  const known = read.people.people.map(({ id }) => id).join(', ')
  throw new CannotStart(`--owner ${owner}: nobody in ${peopleFile} has this id; known: ${known}`)
}

function asText({ campaign, letters }: Preview, remarks: readonly string[]): string {
  return [
    `Campaign: ${campaign ?? 'none'}`,
    ...letters.map(letterText),
    ...(remarks.length === 0 ? [] : [`Remarks\n${remarks.join('\n')}`]),
  ]
    .map(part => `${part}\n`)
    .join('\n')
}

function letterText(letter: PreviewedLetter): string {
  const title = titles[letter.letter]
  if (!letter.sent) return `${title}: ${whyNot(letter.why)}.`
  const { to, subject, body, ownerKnown } = letter
  const known = letter.letter === 'acknowledgement' && ownerKnown ? ', once the owner is known' : ''
  const lines = [`To: ${to ?? 'the others of the pool, or of the team'}`, `Subject: ${subject}`, '']
  return [`${title}${known}`, ...[...lines, ...body.trim().split('\n')].map(indented)].join('\n')
}

function indented(line: string): string {
  return line === '' ? '' : `    ${line}`
}

const titles: Record<PreviewedLetter['letter'], string> = {
  acknowledgement: 'Acknowledgement',
  'meeting-link': 'Meeting link, unless the acknowledgement had it',
  owner: 'Message to the owner',
  team: 'Message to the team',
}

function whyNot(why: Extract<PreviewedLetter, { sent: false }>['why']): string {
  switch (why) {
    case 'no-letter':
      return 'not sent, since the campaign sends none'
    case 'not-for-this-lead':
      return 'not sent, since what it is sent when is not true of this lead'
    case 'no-address':
      return 'not sent, since the lead has no address'
    case 'no-consent':
      return 'not sent, since the person did not agree to be written to'
    case 'no-meeting-link':
      return 'not sent, since the owner has no meeting link'
    case 'disqualified':
      return 'not sent, since the lead is disqualified'
    case 'source-off':
      return 'not sent, since the source is off and its leads are only stored'
    case 'source-in-shadow':
      return 'not sent, since the source is in shadow'
    default:
      return assertNever(why)
  }
}
