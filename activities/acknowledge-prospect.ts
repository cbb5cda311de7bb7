import { z } from 'zod'
import { MailRefused } from '../adapters/notify/port.js'
import { appendEvent } from '../db/events.js'
import { type LeadRow, preparedOf, readLead } from '../db/lead.js'
import { idOf, keepMessage, type Letter, markFailed, markSent } from '../db/messages.js'
import { rosterAt } from '../db/people.js'
import { policyOfVersion } from '../db/policies.js'
import { type Db, rowOrNull, sql, transaction } from '../db/sql.js'
import { type EpochMs, type LeadId, repId } from '../domain/ids.js'
import { fillTemplate, type ProspectFacts } from '../domain/letters.js'
import type { Policy } from '../domain/policy.js'
import { contactWithin, expectedSla } from '../domain/promise.js'
import type { TimelineEntry } from '../domain/timeline.js'
import type { ActivityDeps } from './index.js'

type WhyNot = Extract<TimelineEntry, { kind: 'prospectNotAcknowledged' }>['data']['why']

/** Thanks the prospect, once per lead, day or night (R24); says on the timeline why not where it does not. */
export function acknowledgeProspect({ db, mail }: ActivityDeps) {
  return async ({ lead, atMs }: { lead: LeadId; atMs: EpochMs }): Promise<{ sent: boolean }> => {
    const stored = preparedOf(await readLead(db, lead))
    const policy = await policyOfVersion(db, stored.policyVersion)
    const template = policy.campaigns[stored.facts.campaign ?? '']?.acknowledge?.template ?? null
    const { email, emailKey, consent } = stored.normalised
    const note = async (entry: TimelineEntry) =>
      transaction(db, tx =>
        appendEvent(tx, { lead, atMs, actor: 'system', hop: 0, key: 'prospect', ...entry }),
      )
    const not = async (why: WhyNot) => {
      await note({ kind: 'prospectNotAcknowledged', data: { why } })
      return { sent: false }
    }
    if (template === null) return not('no-template')
    if (email === null || emailKey === null) return not('no-address')
    if (consent === false) return not('no-consent')

    const key = `${lead}/prospect`
    const known = await knownOf(db, stored, policy, atMs, mail.from)
    const { subject, body } = fillTemplate(template, stored.normalised, known)
    const letter: Letter = { ...prospect, lead, key, recipient: email, subject, body }
    await transaction(db, tx => keepMessage(tx, letter, atMs))
    try {
      const kept = await unsent(db, key)
      if (kept !== null) {
        const messageId = `${idOf(key)}@leadline`
        await mail.send({
          to: email,
          subject: kept.subject,
          text: kept.body,
          messageId,
          replyTo: known.replyTo,
        })
        await markSent(db, key, atMs)
      }
    } catch (error) {
      if (!(error instanceof MailRefused)) throw error
      await markFailed(db, key, error.code)
      return not('refused-by-server')
    }
    await note({ kind: 'prospectAcknowledged', data: { by: 'email' } })
    return { sent: true }
  }
}

const prospect = { hop: 0, about: 'acknowledgement', audience: 'prospect', channel: 'email' } as const

/** The letter waits for no owner (R24), so it says what is known by the time that it is written. */
async function knownOf(
  db: Db,
  { id, facts }: ReturnType<typeof preparedOf>,
  policy: Policy,
  atMs: EpochMs,
  from: string,
): Promise<ProspectFacts> {
  const roster = await rosterAt(db, atMs)
  const assigned = await savedAssignment(db, id)
  const owner = roster.people.find(person => person.id === assigned?.owner)
  const sla = assigned === null ? expectedSla(policy, facts) : policy.slas[assigned.sla]
  return { replyTo: owner?.email ?? from, contactWithin: sla ? contactWithin(sla) : null }
}

/** Of an owner whose record is not saved yet nobody is told, the prospect neither (R22). */
async function savedAssignment(db: Db, lead: LeadRow['id']) {
  return rowOrNull(
    db,
    z.object({ owner: repId, sla: z.string() }),
    sql`select owner, sla from assignments where lead_id = ${lead} and ended_at is null and saved_at is not null`,
  )
}

/** As it was first written: a later try, which knows more, sends the same letter. */
async function unsent(db: Db, key: string): Promise<{ subject: string; body: string } | null> {
  return rowOrNull(
    db,
    z.object({ subject: z.string(), body: z.string() }),
    sql`select subject, body from messages where key = ${key} and sent_at is null and failed_why is null`,
  )
}
