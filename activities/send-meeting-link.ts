import { ApplicationFailure } from '@temporalio/activity'
import { z } from 'zod'
import { appendEvent } from '../db/events.js'
import { type LeadRow, lockLead, preparedOf } from '../db/lead.js'
import { letterOf, withdraw } from '../db/messages.js'
import { rosterAt } from '../db/people.js'
import { policyOfVersion } from '../db/policies.js'
import { instantColumn, rowOrNull, rows, sql, type Tx, transaction } from '../db/sql.js'
import { type EpochMs, type LeadId, type RepId, repId } from '../domain/ids.js'
import type { TimelineEntry } from '../domain/timeline.js'
import type { ActivityDeps } from './index.js'
import { keepProspectLetter, sendProspectLetter, type WhyNoLetter, whyNoLetter } from './send-to-prospect.js'

type Input = { lead: LeadId; hop: number; atMs: EpochMs }
type Written =
  /** It was sent before, is in the acknowledgement, or is not this owner's to send any more. */
  | { kind: 'settled' }
  | { kind: 'not'; owner: RepId; why: WhyNoLetter }
  | { kind: 'letter'; owner: RepId; replyTo: string }
  /** An earlier try has sent it, or was refused. */
  | { kind: 'done'; owner: RepId; sent: boolean }

const settled = { kind: 'settled' } as const

/**
 * Gives the prospect a way to book time with the owner, once per lead and in a letter of its own (R25), after the
 * owner's record is saved. Dropped when the lead has moved on, since its next owner sends their own.
 */
export function sendMeetingLink(deps: ActivityDeps) {
  return async (input: Input): Promise<{ sent: boolean }> => {
    const { lead, atMs } = input
    const key = keyOf(lead)
    const written = await transaction(deps.db, tx => write(tx, input, key))
    if (written.kind === 'settled') return { sent: false }
    const { owner } = written
    const sent =
      written.kind === 'done'
        ? written.sent
        : written.kind === 'letter' && (await sendProspectLetter(deps, key, written.replyTo, atMs))
    const why = written.kind === 'not' ? written.why : 'refused-by-server'
    const said: MeetingLinkEntry = sent
      ? { kind: 'meetingLinkSent', data: { owner, within: 'letter' } }
      : { kind: 'meetingLinkNotSent', data: { owner, why } }
    await transaction(deps.db, tx => sayMeetingLink(tx, input, said))
    return { sent }
  }
}

/** Whether a letter of its own, or the acknowledgement, already gives the prospect a way to book time. */
export async function isMeetingLinkWritten(tx: Tx, lead: LeadId): Promise<boolean> {
  return (await letterOf(tx, keyOf(lead))) !== null || (await isInAcknowledgement(tx, lead))
}

type MeetingLinkEntry = Extract<TimelineEntry, { kind: 'meetingLinkSent' | 'meetingLinkNotSent' }>

/** Sent once per lead; of each owner in vain at most once, since the next one may have what this one lacks. */
export async function sayMeetingLink(
  tx: Tx,
  { lead, hop, atMs }: Input,
  entry: MeetingLinkEntry,
): Promise<void> {
  const key = entry.kind === 'meetingLinkSent' ? 'meeting-link' : `no-meeting-link-${hop}`
  await appendEvent(tx, { lead, atMs, actor: 'system', hop, key, ...entry })
}

function keyOf(lead: LeadId): string {
  return `${lead}/meeting-link`
}

async function isInAcknowledgement(tx: Tx, lead: LeadId): Promise<boolean> {
  const found = await rows(
    tx,
    z.object({ hop: z.int() }),
    sql`select hop from messages where lead_id = ${lead} and about = 'acknowledgement-with-meeting-link'`,
  )
  return found.length > 0
}

/** Under the lead's lock, so that the link is in this letter or in the acknowledgement, and not in both. */
async function write(tx: Tx, input: Input, key: string): Promise<Written> {
  const { lead, hop, atMs } = input
  const found = await lockLead(tx, lead)
  if (found.erased || (await isInAcknowledgement(tx, lead))) return settled
  await withdraw(tx, key, found.hop)
  const before = await letterOf(tx, key)
  const assigned = await ownerOf(tx, lead, hop)
  if (assigned === null || (before !== null && before.hop !== hop)) return settled
  const { owner, saved_at: savedAtMs } = assigned
  // What went out is told of, even when the lead has moved on since.
  if (before?.isDone === true) return { kind: 'done', owner, sent: before.failedWhy === null }
  if (found.hop !== hop || found.status === 'closed') return settled
  if (savedAtMs === null)
    throw ApplicationFailure.retryable('nobody is told before the record is saved', 'NotSaved')
  return writeFor(tx, found, owner, { key, hop, atMs })
}

async function ownerOf(tx: Tx, lead: LeadId, hop: number) {
  return rowOrNull(
    tx,
    z.object({ owner: repId, saved_at: instantColumn.nullable() }),
    sql`select owner, saved_at from assignments where lead_id = ${lead} and hop = ${hop}`,
  )
}

async function writeFor(
  tx: Tx,
  found: LeadRow,
  rep: RepId,
  { key, hop, atMs }: { key: string; hop: number; atMs: EpochMs },
): Promise<Written> {
  const stored = preparedOf(found)
  const { campaigns } = await policyOfVersion(tx, stored.policyVersion)
  const letter = campaigns[stored.facts.campaign ?? '']?.meetingLink ?? null
  const owner = (await rosterAt(tx, atMs)).people.find(({ id }) => id === rep)
  if (letter === null || owner === undefined) return settled
  const why = owner.meetingLink === null ? 'no-meeting-link' : await whyNoLetter(tx, stored)
  if (why !== null) return { kind: 'not', owner: rep, why }
  const facts = {
    replyTo: owner.email,
    contactWithin: null,
    ownerName: owner.name,
    meetingLink: owner.meetingLink,
  }
  await keepProspectLetter(
    tx,
    stored,
    { key, about: 'meeting-link', hop, template: letter.template, facts },
    atMs,
  )
  return { kind: 'letter', owner: rep, replyTo: owner.email }
}
