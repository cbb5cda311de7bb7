/** A letter to the prospect, written once and sent once: the acknowledgement and the way to book time are both one. */
import { z } from 'zod'
import { MailRefused } from '../adapters/notify/port.js'
import type { preparedOf } from '../db/lead.js'
import { idOf, keepMessage, letterOf, markFailed, markSent } from '../db/messages.js'
import { type Db, rowOrNull, sql, type Tx } from '../db/sql.js'
import type { EpochMs } from '../domain/ids.js'
import { fillTemplate, type ProspectFacts } from '../domain/letters.js'
import type { Template } from '../domain/policy.js'
import type { TimelineEntry } from '../domain/timeline.js'
import type { ActivityDeps } from './index.js'

type Stored = ReturnType<typeof preparedOf>
export type WhyNoLetter = Extract<TimelineEntry, { kind: 'prospectNotAcknowledged' }>['data']['why']

/** The second holds the way to book time as well, so that no letter of its own follows. */
type AboutProspect = 'acknowledgement' | 'acknowledgement-with-meeting-link' | 'meeting-link'

/** Why nothing may be sent to this person; null: it may. */
export async function whyNoLetter(db: Db, { normalised }: Stored): Promise<WhyNoLetter | null> {
  const { email, emailKey, consent } = normalised
  if (email === null || emailKey === null) return 'no-address'
  if (consent === false) return 'no-consent'
  const suppressed = await rowOrNull(
    db,
    z.object({ email_key: z.string() }),
    sql`select email_key from suppressions where email_key = ${emailKey}`,
  )
  return suppressed === null ? null : 'suppressed'
}

/** Writes the letter down; a later try, which may know more, finds the first one and writes none. */
export async function keepProspectLetter(
  tx: Tx,
  { id: lead, normalised }: Stored,
  letter: { key: string; about: AboutProspect; hop: number; template: Template; facts: ProspectFacts },
  atMs: EpochMs,
): Promise<void> {
  const { template, facts, ...rest } = letter
  const written = fillTemplate(template, normalised, facts)
  const to = { audience: 'prospect', recipient: normalised.email ?? '', channel: 'email' } as const
  await keepMessage(tx, { lead, ...rest, ...to, ...written }, atMs)
}

/** False: the address is refused for good. */
export async function sendProspectLetter(
  { db, mail }: Pick<ActivityDeps, 'db' | 'mail'>,
  key: string,
  replyTo: string,
  atMs: EpochMs,
): Promise<boolean> {
  const kept = await letterOf(db, key)
  if (kept === null) throw new Error(`the letter ${key} is not written`)
  if (kept.isDone) return kept.failedWhy === null
  try {
    const { recipient: to, subject, body: text } = kept
    await mail.send({ to, subject, text, messageId: `${idOf(key)}@leadline`, replyTo })
    await markSent(db, key, atMs)
    return true
  } catch (error) {
    if (!(error instanceof MailRefused)) throw error
    await markFailed(db, key, error.code)
    return false
  }
}
