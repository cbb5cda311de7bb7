import { ApplicationFailure } from '@temporalio/activity'
import { z } from 'zod'
import { appendEvent } from '../db/events.js'
import { lockLead, preparedOf } from '../db/lead.js'
import { keepMessage, type Letter, lettersOf, unsentOf } from '../db/messages.js'
import { noteOfDecision } from '../db/notes.js'
import { rosterAt } from '../db/people.js'
import { policyOfVersion } from '../db/policies.js'
import { type SavedRecord, savedRecord } from '../db/saved-record.js'
import { watchersOf } from '../db/subscriptions.js'
import { instantColumn, row, rowOrNull, sql, type Tx, transaction } from '../db/sql.js'
import type { EpochMs, LeadId, RepId } from '../domain/ids.js'
import type { RoutingFacts } from '../domain/lead.js'
import { compose } from '../domain/letters.js'
import type { About, Told } from '../domain/life/state.js'
import type { Roster } from '../domain/people.js'
import { readersOf } from '../domain/readers.js'
import type { ActivityDeps } from './index.js'
import { sendToStaff } from './send-to-staff.js'

type Input = { lead: LeadId; hop: number; step: number; atMs: EpochMs; about: About; to: Told[] }
type Stored = ReturnType<typeof preparedOf>

/** What is only worth saying while the owner is still the one that it speaks of. */
const ofThisOwner: readonly About[] = ['assigned', 'reminder', 'escalation', 'submission-joined']

/** What is only worth saying while the lead is in the queue that it speaks of. */
const ofThisQueue: readonly About[] = ['queued']

/** What is said while nobody owns the lead; once somebody does, there is nothing to be done about it. */
const ofNoOwner: readonly About[] = ['review', 'review-escalated', 'unassigned']

/**
 * Tells people, each in the app and on the channel that they prefer, after the record is saved and read back (R22).
 * Dropped when the lead has moved on and what it says is no longer so.
 */
export function tell(deps: ActivityDeps) {
  const { db } = deps
  return async (input: Input): Promise<{ told: string[]; dropped: boolean }> => {
    const { atMs } = input
    const roster = await rosterAt(db, atMs)
    const letters = await transaction(db, tx => write(tx, input, roster))
    if (letters === null) return { told: [], dropped: true }
    const keys = letters.map(({ key }) => key)
    const unsent = await unsentOf(db, keys)
    for (const letter of letters.filter(({ key }) => unsent.has(key))) {
      const reader = roster.people.find(({ id }) => id === letter.recipient)
      if (reader !== undefined) await sendToStaff(deps, letter, reader, atMs)
    }
    return { told: recipientsOf(letters), dropped: false }
  }
}

/** The messages and their event, in one transaction; null where they are dropped. */
async function write(tx: Tx, input: Input, roster: Roster): Promise<Letter[] | null> {
  const { lead, hop, step, atMs, about } = input
  // Under the lead's lock, so that no routing comes between the look at the record and the message about it.
  const found = await lockLead(tx, lead)
  // Of whom nothing is known any more, nothing can be told.
  if (found.erased) return null
  const stored = preparedOf(found)
  if (isNoMoreSo(about, hop, stored)) return null
  if (about === 'submission-joined' && (await isToldOfAll(tx, lead, step))) return null
  const record = await savedRecord(tx, stored, hop)
  if (record.kind === 'unsaved' && ofNoOwner.includes(about)) return null
  // A later try owes nothing but the channel: whoever owns the lead by now, what was written was true.
  if (await isWritten(tx, lead, step)) return lettersOf(tx, lead, keyOf(input))
  const spoken = spokenOf(record, about)
  const letters = await lettersAbout(tx, input, { stored, roster, spoken })
  for (const letter of letters) await keepMessage(tx, letter, atMs)
  await appendEvent(tx, {
    lead,
    atMs,
    actor: 'system',
    hop: spoken.hop,
    key: `told-${step}`,
    kind: 'told',
    data: { about, recipients: recipientsOf(letters) },
  })
  return letters
}

function isNoMoreSo(about: About, hop: number, { hop: hopNow, status }: Stored): boolean {
  if (ofThisOwner.includes(about)) return hopNow !== hop || status === 'closed'
  return ofThisQueue.includes(about) && (hopNow !== hop || status !== 'queued')
}

/**
 * What it speaks of. An answer to what somebody asked waits for no owner who came after: their save may come only after
 * it, and the message then names nobody.
 * @throws ApplicationFailure while what it is about is not saved
 */
function spokenOf(record: SavedRecord, about: About): Exclude<SavedRecord, { kind: 'unsaved' }> {
  if (record.kind !== 'unsaved') return record
  const isOfPresent = ofThisOwner.includes(about) || ofThisQueue.includes(about)
  if (record.earlier !== null && !isOfPresent) return { kind: 'nobody', hop: record.earlier }
  throw ApplicationFailure.retryable('nobody is told before the record is saved', 'NotSaved')
}

type Speaking = { stored: Stored; roster: Roster; spoken: ReturnType<typeof spokenOf> }

async function lettersAbout(tx: Tx, input: Input, { stored, roster, spoken }: Speaking): Promise<Letter[]> {
  const { lead, about, to } = input
  const policy = await policyOfVersion(tx, stored.policyVersion)
  const saved = spoken.kind === 'owned' ? spoken.owner : null
  const owner = roster.people.find(({ id }) => id === saved?.owner) ?? null
  const pool = saved?.pool ?? null
  const facts = {
    lead: stored.normalised,
    leadId: lead,
    brief: stored.brief,
    owner,
    rule: saved?.rule ?? null,
    dueAtMs: await dueOf(tx, lead),
    note: await noteFor(tx, input),
  }
  const readers = readersOf(to, {
    roster,
    owner,
    pool: pool === null ? null : (policy.pools[pool] ?? null),
    watchers: await watchersFor(tx, to, { lead, pool, facts: stored.facts }),
    campaign: policy.campaigns[stored.facts.campaign ?? ''] ?? null,
  })
  return readers.flatMap(({ person, audience, channels, format }): Letter[] => {
    const { subject, body } = compose(about, { ...facts, format }, person)
    return channels.map(channel => ({
      lead,
      hop: spoken.hop,
      key: `${keyOf(input)}${person.id}/${channel}`,
      about,
      audience,
      recipient: person.id,
      channel,
      subject,
      body,
    }))
  })
}

/** What the keys of all messages of this step begin with. */
function keyOf({ lead, step, about }: Input): string {
  return `${lead}/${step}/${about}/`
}

async function isWritten(tx: Tx, lead: LeadId, step: number): Promise<boolean> {
  const found = await rowOrNull(
    tx,
    z.object({ seq: z.int() }),
    sql`select seq from events where lead_id = ${lead} and key = ${`told-${step}`}`,
  )
  return found !== null
}

/**
 * A lead that waits too long for its answer asks again to be taken in. It is taken in once, and its owner hears of it
 * once: as often as somebody has joined, whatever was asked.
 */
async function isToldOfAll(tx: Tx, lead: LeadId, step: number): Promise<boolean> {
  const { joined, told } = await row(
    tx,
    z.object({ joined: z.int(), told: z.int() }),
    sql`select count(*) filter (where kind = 'submissionJoined')::int as joined,
               count(*) filter (where kind = 'told' and data->>'about' = 'submission-joined'
                                  and key <> ${`told-${step}`})::int as told
        from events where lead_id = ${lead}`,
  )
  return told >= joined
}

async function dueOf(tx: Tx, lead: LeadId): Promise<EpochMs | null> {
  const { due_at: dueAtMs } = await row(
    tx,
    z.object({ due_at: instantColumn.nullable() }),
    sql`select due_at from leads where id = ${lead}`,
  )
  return dueAtMs
}

/** People are told why what they had asked for was decided so (R33). */
async function noteFor(tx: Tx, { lead, about, to }: Input): Promise<string | null> {
  const by = to.flatMap(told => ('rep' in told ? [told.rep] : []))
  if (about === 'reassignment-decided') return noteOfDecision(tx, lead, 'reassignment', by)
  return about === 'claim-decided' ? noteOfDecision(tx, lead, 'claim', by) : null
}

async function watchersFor(
  tx: Tx,
  to: readonly Told[],
  { lead, pool, facts }: { lead: LeadId; pool: string | null; facts: RoutingFacts },
): Promise<RepId[]> {
  if (!to.some(({ audience }) => audience === 'watcher')) return []
  return watchersOf(tx, { lead, pool, source: facts.source, campaign: facts.campaign })
}

function recipientsOf(letters: readonly Letter[]): string[] {
  return [...new Set(letters.map(({ recipient }) => recipient))]
}
