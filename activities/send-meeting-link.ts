import { ApplicationFailure } from '@temporalio/activity'
import { z } from 'zod'
import { appendEvent, timelineOf } from '../db/events.js'
import { lockLead, preparedOf } from '../db/lead.js'
import { rosterAt } from '../db/people.js'
import { policyOfVersion } from '../db/policies.js'
import { instantColumn, rowOrNull, sql, type Tx, transaction } from '../db/sql.js'
import { type EpochMs, type LeadId, type RepId, repId } from '../domain/ids.js'
import type { TimelineEntry } from '../domain/timeline.js'
import type { ActivityDeps } from './index.js'
import { keepProspectLetter, sendProspectLetter, type WhyNoLetter, whyNoLetter } from './send-to-prospect.js'

type Input = { lead: LeadId; hop: number; atMs: EpochMs }
type Written =
  | { kind: 'settled' }
  | { kind: 'not'; owner: RepId; why: WhyNoLetter }
  | { kind: 'letter'; owner: RepId; replyTo: string }

const settled = { kind: 'settled' } as const

/**
 * Gives the prospect a way to book time with the owner, once per lead and in a letter of its own (R25), after the
 * owner's record is saved. Dropped when the lead has moved on, since its next owner sends their own.
 */
export function sendMeetingLink(deps: ActivityDeps) {
  return async (input: Input): Promise<{ sent: boolean }> => {
    const { lead, atMs } = input
    const key = `${lead}/meeting-link`
    const written = await transaction(deps.db, tx => write(tx, input, key))
    if (written.kind === 'settled') return { sent: false }
    const { owner } = written
    const sent = written.kind === 'letter' && (await sendProspectLetter(deps, key, written.replyTo, atMs))
    const said: TimelineEntry = sent
      ? { kind: 'meetingLinkSent', data: { owner, within: 'letter' } }
      : {
          kind: 'meetingLinkNotSent',
          data: { owner, why: written.kind === 'not' ? written.why : 'refused-by-server' },
        }
    await transaction(deps.db, tx => meetingLinkEvent(tx, lead, atMs, said))
    return { sent }
  }
}

/** Whether the prospect has a way to book time, or is about to be sent one. */
export async function isMeetingLinkSettled(tx: Tx, lead: LeadId): Promise<boolean> {
  const written = await rowOrNull(
    tx,
    z.object({ created_at: instantColumn }),
    sql`select created_at from messages where key = ${`${lead}/meeting-link`}`,
  )
  return written !== null || (await isToldOf(tx, lead))
}

export async function meetingLinkEvent(
  tx: Tx,
  lead: LeadId,
  atMs: EpochMs,
  entry: TimelineEntry,
): Promise<void> {
  await appendEvent(tx, { lead, atMs, actor: 'system', hop: 0, key: meetingLinkKey, ...entry })
}

const meetingLinkKey = 'meeting-link'

async function isToldOf(tx: Tx, lead: LeadId): Promise<boolean> {
  return (await timelineOf(tx, lead)).some(({ key }) => key === meetingLinkKey)
}

/** Under the lead's lock, so that the link is in this letter or in the acknowledgement, and not in both. */
async function write(tx: Tx, { lead, hop, atMs }: Input, key: string): Promise<Written> {
  const found = await lockLead(tx, lead)
  if (found.hop !== hop || found.status === 'closed' || (await isToldOf(tx, lead))) return settled
  const stored = preparedOf(found)
  const assigned = await rowOrNull(
    tx,
    z.object({ owner: repId, saved_at: instantColumn.nullable() }),
    sql`select owner, saved_at from assignments where lead_id = ${lead} and hop = ${hop}`,
  )
  if (assigned === null) return settled
  if (assigned.saved_at === null)
    throw ApplicationFailure.retryable('nobody is told before the record is saved', 'NotSaved')

  const { campaigns } = await policyOfVersion(tx, stored.policyVersion)
  const letter = campaigns[stored.facts.campaign ?? '']?.meetingLink ?? null
  const owner = (await rosterAt(tx, atMs)).people.find(({ id }) => id === assigned.owner)
  if (letter === null || owner === undefined) return settled
  const why = owner.meetingLink === null ? 'no-meeting-link' : await whyNoLetter(tx, stored)
  if (why !== null) return { kind: 'not', owner: owner.id, why }
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
  return { kind: 'letter', owner: owner.id, replyTo: owner.email }
}
