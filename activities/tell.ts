import { ApplicationFailure } from '@temporalio/activity'
import { z } from 'zod'
import { MailRefused } from '../adapters/notify/port.js'
import { appendEvent } from '../db/events.js'
import { lockLead, preparedOf } from '../db/lead.js'
import { idOf, keepMessage, type Letter, markFailed, markSent, unsentOf } from '../db/messages.js'
import { rosterAt } from '../db/people.js'
import { policyOfVersion } from '../db/policies.js'
import { watchersOf } from '../db/subscriptions.js'
import { instantColumn, row, rowOrNull, sql, type Tx, transaction } from '../db/sql.js'
import { type EpochMs, type LeadId, poolId, type RepId, repId } from '../domain/ids.js'
import type { LeadStatus, RoutingFacts } from '../domain/lead.js'
import { compose } from '../domain/letters.js'
import type { About, Told } from '../domain/life/state.js'
import type { Person, Roster } from '../domain/people.js'
import { readersOf } from '../domain/readers.js'
import type { ActivityDeps } from './index.js'

type Input = { lead: LeadId; hop: number; step: number; atMs: EpochMs; about: About; to: Told[] }

/** What is only worth saying while the owner is still the one that it speaks of. */
const ofThisOwner: readonly About[] = ['assigned', 'reminder', 'escalation', 'submission-joined']

/** What is only worth saying while the lead is in the queue that it speaks of. */
const ofThisQueue: readonly About[] = ['queued']

/** What is asked of a person while nobody owns the lead; once somebody does, the question has been answered. */
const ofNoOwner: readonly About[] = ['review', 'review-escalated']

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
      if (reader !== undefined) await deliver(deps, letter, reader, atMs)
    }
    return { told: recipientsOf(letters), dropped: false }
  }
}

/** The messages and their event, in one transaction; null where they are dropped. */
async function write(
  tx: Tx,
  { lead, hop, step, atMs, about, to }: Input,
  roster: Roster,
): Promise<Letter[] | null> {
  // Under the lead's lock, so that no routing comes between the look at the record and the message about it.
  const found = await lockLead(tx, lead)
  // Of whom nothing is known any more, nothing can be told.
  if (found.erased) return null
  const stored = preparedOf(found)
  if (ofThisOwner.includes(about) && (stored.hop !== hop || stored.status === 'closed')) return null
  if (ofThisQueue.includes(about) && (stored.hop !== hop || stored.status !== 'queued')) return null
  if (about === 'submission-joined' && (await isToldOfAll(tx, lead, step))) return null
  const saved = await savedAssignment(tx, lead, hop)
  const wait = saved === null ? await savedWait(tx, lead, hop) : null
  if (saved === null && wait === null && (waitsSince(stored, hop) || (await isAssigned(tx, lead, hop)))) {
    if (ofNoOwner.includes(about)) return null
    throw ApplicationFailure.retryable('nobody is told before the record is saved', 'NotSaved')
  }
  const policy = await policyOfVersion(tx, stored.policyVersion)
  const owner = roster.people.find(({ id }) => id === saved?.owner) ?? null
  const campaign = policy.campaigns[stored.facts.campaign ?? ''] ?? null
  const facts = {
    lead: stored.normalised,
    leadId: lead,
    brief: stored.brief,
    owner,
    rule: saved?.rule ?? null,
    dueAtMs: await dueOf(tx, lead),
    note: await noteFor(tx, lead, about),
  }
  const readers = readersOf(to, {
    roster,
    owner,
    pool: (saved?.pool == null ? undefined : policy.pools[saved.pool]) ?? null,
    watchers: await watchersFor(tx, to, { lead, pool: saved?.pool ?? null, facts: stored.facts }),
    campaign,
  })
  const spokenHop = saved?.hop ?? wait?.hop ?? hop
  const letters = readers.flatMap(({ person, audience, channels, format }): Letter[] => {
    const { subject, body } = compose(about, { ...facts, format }, person)
    return channels.map(channel => ({
      lead,
      hop: spokenHop,
      key: `${lead}/${step}/${about}/${person.id}/${channel}`,
      about,
      audience,
      recipient: person.id,
      channel,
      subject,
      body,
    }))
  })
  for (const letter of letters) await keepMessage(tx, letter, atMs)
  await appendEvent(tx, {
    lead,
    atMs,
    actor: 'system',
    hop: spokenHop,
    key: `told-${step}`,
    kind: 'told',
    data: { about, recipients: recipientsOf(letters) },
  })
  return letters
}

/**
 * The owner that a message queued for this hop may speak of: its own, or the latest one since whose record is saved. A
 * save that is overtaken saves the later owner instead, so one of them is there once the message's turn has come.
 */
async function savedAssignment(tx: Tx, lead: LeadId, hop: number) {
  return rowOrNull(
    tx,
    z.object({ hop: z.int(), owner: repId, rule: z.string(), pool: poolId.nullable() }),
    sql`select hop, owner, rule, pool from assignments
        where lead_id = ${lead} and hop >= ${hop} and saved_at is not null order by hop desc limit 1`,
  )
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

async function isAssigned(tx: Tx, lead: LeadId, hop: number): Promise<boolean> {
  const found = await rowOrNull(
    tx,
    z.object({ hop: z.int() }),
    sql`select hop from assignments where lead_id = ${lead} and hop = ${hop}`,
  )
  return found !== null
}

/** A lead that is held or in a queue is saved without an owner: no assignment can say so, the timeline does. */
async function savedWait(tx: Tx, lead: LeadId, hop: number): Promise<{ hop: number } | null> {
  return rowOrNull(
    tx,
    z.object({ hop: z.int() }),
    sql`select hop from events
        where lead_id = ${lead} and hop >= ${hop} and kind = 'saved' and data->'owner' = 'null'
        order by seq desc limit 1`,
  )
}

function waitsSince({ status, hop }: { status: LeadStatus; hop: number }, attempt: number): boolean {
  return hop === attempt && (status === 'held' || status === 'queued')
}

async function dueOf(tx: Tx, lead: LeadId): Promise<EpochMs | null> {
  const { due_at: dueAtMs } = await row(
    tx,
    z.object({ due_at: instantColumn.nullable() }),
    sql`select due_at from leads where id = ${lead}`,
  )
  return dueAtMs
}

/** Why it was decided so: what the decider wrote at the instant of the decision (R33: the requester is told why). */
async function noteFor(tx: Tx, lead: LeadId, about: About): Promise<string | null> {
  if (about !== 'reassignment-decided' && about !== 'claim-decided') return null
  const items = about === 'claim-decided' ? sql`reviews` : sql`reassignment_requests`
  const found = await rowOrNull(
    tx,
    z.object({ note: z.string().nullable() }),
    sql`select n.body->>'note' as note from ${items} item
        join notes n on n.lead_id = item.lead_id and n.actor = item.decided_by and n.at = item.ended_at
        where item.lead_id = ${lead} and item.ended_at is not null order by item.ended_at desc limit 1`,
  )
  return found?.note ?? null
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

async function deliver(
  { db, mail, acknowledgeLink }: Pick<ActivityDeps, 'db' | 'mail' | 'acknowledgeLink'>,
  letter: Letter,
  reader: Person,
  atMs: EpochMs,
): Promise<void> {
  try {
    await mail.send({
      to: reader.email,
      subject: letter.subject,
      text: await withLink(letter, acknowledgeLink, atMs),
      messageId: `${idOf(letter.key)}@leadline`,
      replyTo: null,
    })
    await markSent(db, letter.key, atMs)
  } catch (error) {
    // What no retry will mend stays readable in the app.
    if (!(error instanceof MailRefused)) throw error
    await markFailed(db, letter.key, error.code)
  }
}

/** The link is a key to one act: it is in the mail alone, and not in what others can read in the app. */
async function withLink(
  letter: Letter,
  linkOf: ActivityDeps['acknowledgeLink'],
  atMs: EpochMs,
): Promise<string> {
  const { about, audience, body } = letter
  if (about !== 'assigned' || audience !== 'owner' || linkOf === undefined) return body
  return `${body}\n\nYou have seen it? One click says so: ${await linkOf(letter, atMs)}`
}
