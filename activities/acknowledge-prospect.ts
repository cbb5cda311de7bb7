import { z } from 'zod'
import { appendEvent, timelineOf } from '../db/events.js'
import { lockLead, preparedOf } from '../db/lead.js'
import { letterOf, withdraw } from '../db/messages.js'
import { rosterAt } from '../db/people.js'
import { policyOfVersion } from '../db/policies.js'
import { type Db, row, rowOrNull, sql, type Tx, transaction } from '../db/sql.js'
import { holds } from '../domain/condition.js'
import { type EpochMs, type LeadId, type RepId, repId } from '../domain/ids.js'
import type { Person } from '../domain/people.js'
import type { Policy, ProspectLetter } from '../domain/policy.js'
import { contactWithin, expectedSla } from '../domain/promise.js'
import { sendsMeetingLink } from '../domain/routed.js'
import { profileOf } from '../domain/score.js'
import type { TimelineEntry } from '../domain/timeline.js'
import type { ActivityDeps } from './index.js'
import { isMeetingLinkWritten, sayMeetingLink } from './send-meeting-link.js'
import { keepProspectLetter, sendProspectLetter, type WhyNoLetter, whyNoLetter } from './send-to-prospect.js'

type Stored = ReturnType<typeof preparedOf>
type Asked = { lead: LeadId; key: string; atMs: EpochMs }
type Written =
  /** `booking`: whose way to book time is in it. */
  | { kind: 'letter'; replyTo: string; booking: { owner: RepId; hop: number } | null }
  | { kind: 'not'; why: WhyNoLetter }
  /** Nothing is known of this person any more. */
  | { kind: 'erased' }

/** Thanks the prospect, once per lead, day or night (R24); says on the timeline why not where it does not. */
export function acknowledgeProspect(deps: ActivityDeps) {
  const { db, mail } = deps
  return async ({ lead, atMs }: { lead: LeadId; atMs: EpochMs }): Promise<{ sent: boolean }> => {
    const key = `${lead}/prospect`
    const written = await transaction(db, tx => write(tx, { lead, key, atMs }, mail.from))
    if (written.kind === 'erased') return { sent: false }
    const sent = written.kind === 'letter' && (await sendProspectLetter(deps, key, written.replyTo, atMs))
    const why = written.kind === 'not' ? written.why : 'refused-by-server'
    const said: TimelineEntry = sent
      ? { kind: 'prospectAcknowledged', data: { by: 'email' } }
      : { kind: 'prospectNotAcknowledged', data: { why } }
    await transaction(db, async tx => {
      if ((await lockLead(tx, lead)).erased) return
      const key = await keyOf(tx, lead, sent)
      await appendEvent(tx, { lead, atMs, actor: 'system', hop: 0, key, ...said })
      if (written.kind === 'letter') await sayBooking(tx, { lead, atMs, sent }, written.booking)
    })
    return { sent }
  }
}

/** One word on it, and another where a hotter campaign sends what the lead's own had no letter for. */
async function keyOf(tx: Tx, lead: LeadId, sent: boolean): Promise<string> {
  const notSent = (await timelineOf(tx, lead)).some(({ kind }) => kind === 'prospectNotAcknowledged')
  return sent && notSent ? 'prospect-after-all' : 'prospect'
}

async function sayBooking(
  tx: Tx,
  { lead, atMs, sent }: { lead: LeadId; atMs: EpochMs; sent: boolean },
  booking: { owner: RepId; hop: number } | null,
): Promise<void> {
  if (booking === null) return
  const { owner, hop } = booking
  await sayMeetingLink(
    tx,
    { lead, hop, atMs },
    sent
      ? { kind: 'meetingLinkSent', data: { owner, within: 'acknowledgement' } }
      : { kind: 'meetingLinkNotSent', data: { owner, why: 'refused-by-server' } },
  )
}

/** Under the lead's lock, so that the way to book time is in this letter or in one of its own, and not in both. */
async function write(tx: Tx, { lead, key, atMs }: Asked, from: string): Promise<Written> {
  const found = await lockLead(tx, lead)
  if (found.erased) return { kind: 'erased' }
  const stored = preparedOf(found)
  const policy = await policyOfVersion(tx, stored.policyVersion)
  const saved = await savedOwner(tx, lead, policy, atMs)
  const replyTo = saved?.owner.email ?? from
  const before = await letterOf(tx, key)
  if (before?.isDone !== true) {
    const letter = letterFor(policy, stored)
    if (letter === null) return { kind: 'not', why: 'no-template' }
    const why = await whyNoLetter(tx, stored)
    if (why !== null) return { kind: 'not', why }
    // One that speaks of an owner who has lost the lead meanwhile is written anew.
    if (saved !== null) await withdraw(tx, key, saved.hop)
    await writeLetter(tx, stored, letter, { key, policy, saved, replyTo, atMs })
  }
  return { kind: 'letter', replyTo, booking: await bookingIn(tx, lead, key) }
}

type Saved = { hop: number; owner: Person; sla: Policy['slas'][string] | null }
type Writing = { key: string; policy: Policy; saved: Saved | null; replyTo: string; atMs: EpochMs }

async function writeLetter(
  tx: Tx,
  stored: Stored,
  { template }: ProspectLetter,
  { key, policy, saved, replyTo, atMs }: Writing,
): Promise<void> {
  const expected = saved?.sla ?? expectedSla(policy, stored.facts)
  const isOffered =
    sendsMeetingLink(policy, stored.facts) &&
    template.text.includes('{{meetingLink}}') &&
    !(await isMeetingLinkWritten(tx, stored.id))
  const meetingLink = isOffered ? (saved?.owner.meetingLink ?? null) : null
  const facts = {
    replyTo,
    contactWithin: expected === null ? null : contactWithin(expected),
    ownerName: saved?.owner.name ?? null,
    meetingLink,
  }
  const about = meetingLink === null ? 'acknowledgement' : 'acknowledgement-with-meeting-link'
  await keepProspectLetter(tx, stored, { key, about, hop: saved?.hop ?? 0, template, facts }, atMs)
}

function letterFor(policy: Policy, { facts }: Stored): ProspectLetter | null {
  const letter = policy.campaigns[facts.campaign ?? '']?.acknowledge ?? null
  if (letter === null || letter.when === null) return letter
  return holds(letter.when, profileOf(policy, facts).known) ? letter : null
}

/** Of an owner whose record is not saved yet nobody is told, the prospect neither (R22). */
async function savedOwner(db: Db, lead: LeadId, policy: Policy, atMs: EpochMs): Promise<Saved | null> {
  const saved = await rowOrNull(
    db,
    z.object({ hop: z.int(), owner: repId, sla: z.string() }),
    sql`select hop, owner, sla from assignments
        where lead_id = ${lead} and ended_at is null and saved_at is not null`,
  )
  const { people } = await rosterAt(db, atMs)
  const owner = people.find(({ id }) => id === saved?.owner)
  if (saved === null || owner === undefined) return null
  return { hop: saved.hop, owner, sla: policy.slas[saved.sla] ?? null }
}

/** As the letter stands: a try that writes nothing may know of another owner than the one that wrote it. */
async function bookingIn(tx: Tx, lead: LeadId, key: string) {
  const kept = await letterOf(tx, key)
  if (kept?.about !== 'acknowledgement-with-meeting-link') return null
  return row(
    tx,
    z.object({ owner: repId, hop: z.int() }),
    sql`select owner, hop from assignments where lead_id = ${lead} and hop = ${kept.hop}`,
  )
}
