import { z } from 'zod'
import { appendEvent, timelineOf } from '../db/events.js'
import { lockLead, preparedOf } from '../db/lead.js'
import { rosterAt } from '../db/people.js'
import { policyOfVersion } from '../db/policies.js'
import { type Db, rowOrNull, sql, type Tx, transaction } from '../db/sql.js'
import { holds } from '../domain/condition.js'
import { type EpochMs, type LeadId, repId } from '../domain/ids.js'
import type { Person } from '../domain/people.js'
import type { Policy, ProspectLetter } from '../domain/policy.js'
import { contactWithin, expectedSla } from '../domain/promise.js'
import { sendsMeetingLink } from '../domain/routed.js'
import { profileOf } from '../domain/score.js'
import type { TimelineEntry } from '../domain/timeline.js'
import type { ActivityDeps } from './index.js'
import { isMeetingLinkSettled, meetingLinkEvent } from './send-meeting-link.js'
import { keepProspectLetter, sendProspectLetter, type WhyNoLetter, whyNoLetter } from './send-to-prospect.js'

type Stored = ReturnType<typeof preparedOf>
type Written =
  | { kind: 'letter'; replyTo: string }
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
    })
    return { sent }
  }
}

/** One word on it, and another where a hotter campaign sends what the lead's own had no letter for. */
async function keyOf(tx: Tx, lead: LeadId, sent: boolean): Promise<string> {
  const notSent = (await timelineOf(tx, lead)).some(({ kind }) => kind === 'prospectNotAcknowledged')
  return sent && notSent ? 'prospect-after-all' : 'prospect'
}

/** Under the lead's lock, so that the way to book time is in this letter or in one of its own, and not in both. */
async function write(
  tx: Tx,
  { lead, key, atMs }: { lead: LeadId; key: string; atMs: EpochMs },
  from: string,
): Promise<Written> {
  const found = await lockLead(tx, lead)
  if (found.erased) return { kind: 'erased' }
  const stored = preparedOf(found)
  const policy = await policyOfVersion(tx, stored.policyVersion)
  const letter = letterFor(policy, stored)
  if (letter === null) return { kind: 'not', why: 'no-template' }
  const why = await whyNoLetter(tx, stored)
  if (why !== null) return { kind: 'not', why }

  const { owner, sla } = await savedOwner(tx, lead, policy, atMs)
  const expected = sla ?? expectedSla(policy, stored.facts)
  const isOffered =
    sendsMeetingLink(policy, stored.facts) &&
    letter.template.text.includes('{{meetingLink}}') &&
    !(await isMeetingLinkSettled(tx, lead))
  const meetingLink = isOffered ? (owner?.meetingLink ?? null) : null
  const facts = {
    replyTo: owner?.email ?? from,
    contactWithin: expected ? contactWithin(expected) : null,
    ownerName: owner?.name ?? null,
    meetingLink,
  }
  await keepProspectLetter(
    tx,
    stored,
    { key, about: 'acknowledgement', hop: 0, template: letter.template, facts },
    atMs,
  )
  if (owner !== null && meetingLink !== null) {
    await meetingLinkEvent(tx, lead, atMs, {
      kind: 'meetingLinkSent',
      data: { owner: owner.id, within: 'acknowledgement' },
    })
  }
  return { kind: 'letter', replyTo: facts.replyTo }
}

function letterFor(policy: Policy, { facts }: Stored): ProspectLetter | null {
  const letter = policy.campaigns[facts.campaign ?? '']?.acknowledge ?? null
  if (letter === null || letter.when === null) return letter
  return holds(letter.when, profileOf(policy, facts).known) ? letter : null
}

/** Of an owner whose record is not saved yet nobody is told, the prospect neither (R22). */
async function savedOwner(
  db: Db,
  lead: LeadId,
  policy: Policy,
  atMs: EpochMs,
): Promise<{ owner: Person | null; sla: Policy['slas'][string] | null }> {
  const saved = await rowOrNull(
    db,
    z.object({ owner: repId, sla: z.string() }),
    sql`select owner, sla from assignments where lead_id = ${lead} and ended_at is null and saved_at is not null`,
  )
  if (saved === null) return { owner: null, sla: null }
  const { people } = await rosterAt(db, atMs)
  return {
    owner: people.find(({ id }) => id === saved.owner) ?? null,
    sla: policy.slas[saved.sla] ?? null,
  }
}
