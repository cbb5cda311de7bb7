import { Command, InvalidArgumentError } from 'commander'
import { linkToWorkflow } from '../api/workflow-link.js'
import { timelineOf } from '../db/events.js'
import { type LeadDetail, leadDetail, listLeads } from '../db/leads.js'
import { decisionsOf } from '../db/ownership.js'
import { rosterAt } from '../db/people.js'
import type { Pool } from '../db/sql.js'
import { type EpochMs, instant, type LeadId, leadId, type RepId, repId } from '../domain/ids.js'
import { type LeadStatus, leadStatus } from '../domain/lead.js'
import { sentenceOf, type Telling } from '../domain/story.js'
import { whyNot, whyOwner } from '../domain/why.js'
import { CannotStart } from '../worker/cannot-start.js'
import type { Servers } from '../worker/servers.js'
import { addLeadActs } from './lead-acts.js'
import { textTable } from './table.js'
import { withInstance } from './with-instance.js'

type ListOptions = { status?: LeadStatus; owner?: RepId; source?: string; limit: number }

/** `leadline lead list|show|why` read; what changes a lead is in lead-acts.ts. */
export function leadCommand(): Command {
  const lead = new Command('lead').description(
    'leads: how they stand, what happened, why; reopen, split, erase',
  )
  lead
    .command('list')
    .description('the latest leads, newest first')
    .option('--status <status>', leadStatus.options.join(', '), readStatus)
    .option('--owner <id>', 'of this person', readRep)
    .option('--source <name>', 'of this source')
    .option('--limit <number>', 'at most so many', readLimit, 50)
    .action((options: ListOptions) => withInstance(({ db }) => list(db, options)))
  lead
    .command('show')
    .argument('<id>', "the lead's id", readLead)
    .description('where a lead stands, and its story')
    .action((id: LeadId) => withInstance(({ db, servers }) => show(db, servers, id)))
  lead
    .command('why')
    .argument('<id>', "the lead's id", readLead)
    .option('--not <rep>', 'why this person does not own it', readRep)
    .description('why a lead has its owner')
    .action((id: LeadId, { not }: { not?: RepId }) => withInstance(({ db }) => why(db, id, not ?? null)))
  addLeadActs(lead, readLead)
  return lead
}

async function list(db: Pool, { limit, ...filter }: ListOptions): Promise<void> {
  const time = localTimes()
  const found = await listLeads(db, { scope: { kind: 'all' }, limit, ...filter })
  const cells = found.map(({ leadId: id, receivedAtMs, status, outcome, owner, rule, source }) => [
    id,
    time.say(receivedAtMs),
    outcome ?? status,
    owner?.id ?? '-',
    rule ?? '-',
    source,
  ])
  process.stdout.write(textTable(['lead', 'received', 'status', 'owner', 'rule', 'source'], cells))
}

async function show(db: Pool, { temporal, temporalUiUrl }: Servers, id: LeadId): Promise<void> {
  const lead = await leadDetail(db, id)
  if (lead === null) throw new CannotStart(`there is no lead ${id}`)
  const time = localTimes()
  const { people } = await rosterAt(db, instant(Date.now()))
  const names = new Map(people.map(person => [String(person.id), person.name]))
  const telling: Telling = { person: rep => names.get(rep) ?? rep, time: time.say }
  const events = await timelineOf(db, id)
  const story = events.map(event => `${time.say(event.atMs)}  ${sentenceOf(event, telling)}`)
  const workflow = linkToWorkflow(id, temporal.namespace, temporalUiUrl)
  const head = [...headOf(lead, telling), ['Workflow', workflow.url ?? workflow.id] as const]
  const facts = head.map(([label, text]) => `${label.padEnd(10)}${text}`)
  console.log([...facts, `Times are those of ${time.zone}.`, '', ...story].join('\n'))
}

function headOf(lead: LeadDetail, { person, time }: Telling): [string, string][] {
  const { name, company, owner, rule, clock, dueAtMs, review, mergedInto } = lead
  const prospect = [name, company].filter(text => text !== null).join(', ')
  const due = clock === 'acknowledge' ? 'acknowledgement' : 'first touch'
  return [
    ['Lead', `${lead.leadId}, from ${lead.source}`],
    ...(prospect === '' ? [] : ([['Prospect', prospect]] satisfies [string, string][])),
    ['Status', lead.outcome === null ? lead.status.replace('_', ' ') : `closed: ${lead.outcome}`],
    [
      'Owner',
      owner === null ? 'nobody' : `${owner.name} (${owner.id})${rule === null ? '' : `, by ${rule}`}`,
    ],
    ...(dueAtMs === null ? [] : ([['Due', `${due} by ${time(dueAtMs)}`]] satisfies [string, string][])),
    ...sayWait(lead, { person, time }),
    ...(review === null ? [] : [sayReview(review, { person, time })]),
    ...(mergedInto === null ? [] : ([['Merged', `into ${mergedInto}`]] satisfies [string, string][])),
    ...sayEnd(lead, time),
  ]
}

/** What a converted lead became, and that an erased one is nobody's any more. */
function sayEnd({ became, erasedAtMs }: LeadDetail, time: Telling['time']): [string, string][] {
  const ids = Object.entries(became ?? {}).map(([what, id]) => `${what} ${id}`)
  return [
    ...(ids.length === 0 ? [] : ([['Became', ids.join(', ')]] satisfies [string, string][])),
    ...(erasedAtMs === null ? [] : ([['Erased', time(erasedAtMs)]] satisfies [string, string][])),
  ]
}

function sayReview(
  { kind, decides, dueAtMs }: NonNullable<LeadDetail['review']>,
  { person, time }: Telling,
): [string, string] {
  return ['Review', `${kind}: ${person(decides)} decides by ${time(dueAtMs)}`]
}

/** What a lead without an owner waits for, unless a person decides about it. */
function sayWait({ held, queue }: LeadDetail, { person, time }: Telling): [string, string][] {
  if (held !== null)
    return [['Held', `until ${time(held.untilMs)} at most, next try ${time(held.retryAtMs)}`]]
  if (queue === null) return []
  const { pool, members, acceptByMs } = queue
  return [['Queue', `${pool}: ${members.map(person).join(', ')} may accept it by ${time(acceptByMs)}`]]
}

async function why(db: Pool, id: LeadId, not: RepId | null): Promise<void> {
  // What a handoff was offered by is another question: nobody owns the lead by that.
  const latest = (await decisionsOf(db, id)).find(({ record }) => record.input.receiver === undefined)
  if (latest === undefined) {
    const known = await leadDetail(db, id)
    throw new CannotStart(
      known === null ? `there is no lead ${id}` : `lead ${id}: nothing has been decided yet`,
    )
  }
  const sentences = not === null ? whyOwner(latest.record) : whyNot(latest.record, not)
  console.log(sentences.join('\n'))
}

/** To the second, as the clock on the wall of whoever reads shows it. */
function localTimes(): { zone: string; say: (atMs: EpochMs) => string } {
  // Sweden writes dates and times in the order that sorts: 2026-11-23 09:30:00.
  const format = new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium' })
  return { zone: format.resolvedOptions().timeZone, say: atMs => format.format(atMs) }
}

function readLead(text: string): LeadId {
  const read = leadId.safeParse(text)
  if (read.success) return read.data
  throw new InvalidArgumentError("A lead's id is a UUID.")
}

function readRep(text: string): RepId {
  const read = repId.safeParse(text)
  if (read.success) return read.data
  throw new InvalidArgumentError("A person's id has lower-case letters, digits and hyphens.")
}

function readStatus(text: string): LeadStatus {
  const read = leadStatus.safeParse(text)
  if (read.success) return read.data
  throw new InvalidArgumentError(`Allowed: ${leadStatus.options.join(', ')}.`)
}

const limitMost = 10_000

function readLimit(text: string): number {
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= limitMost) return limit
  throw new InvalidArgumentError(`Expected a whole number from 1 to ${limitMost}.`)
}
