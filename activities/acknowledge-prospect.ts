import { MailRefused } from '../adapters/notify/port.js'
import { appendEvent } from '../db/events.js'
import { preparedOf, readLead } from '../db/lead.js'
import { idOf, keepMessage, type Letter, markFailed, markSent, unsentOf } from '../db/messages.js'
import { policyOfVersion } from '../db/policies.js'
import { transaction } from '../db/sql.js'
import type { EpochMs, LeadId } from '../domain/ids.js'
import { fillTemplate } from '../domain/letters.js'
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

    const { subject, body } = fillTemplate(template, stored.normalised, '')
    const letter: Letter = {
      lead,
      hop: 0,
      key: `${lead}/prospect`,
      about: 'acknowledgement',
      audience: 'prospect',
      recipient: email,
      channel: 'email',
      subject,
      body,
    }
    await transaction(db, tx => keepMessage(tx, letter, atMs))
    try {
      if ((await unsentOf(db, [letter.key])).has(letter.key)) {
        await mail.send({
          to: email,
          subject,
          text: body,
          messageId: `${idOf(letter.key)}@leadline`,
          replyTo: null,
        })
        await markSent(db, letter.key, atMs)
      }
    } catch (error) {
      if (!(error instanceof MailRefused)) throw error
      await markFailed(db, letter.key, error.code)
      return not('refused-by-server')
    }
    await note({ kind: 'prospectAcknowledged', data: { by: 'email' } })
    return { sent: true }
  }
}
