/** A message that is written, on its way to one of our own people by mail. */
import { MailRefused } from '../adapters/notify/port.js'
import { idOf, type Letter, markFailed, markSent } from '../db/messages.js'
import type { EpochMs } from '../domain/ids.js'
import type { Person } from '../domain/people.js'
import type { ActivityDeps } from './index.js'

export async function sendToStaff(
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
