import { createTransport } from 'nodemailer'
import { type Mail, MailRefused } from './port.js'

/** A server that is reached at all answers much sooner; the activity that sends gives up after 30 s. */
const connectMs = 8_000
const sendMs = 20_000
/** Per process. A mail server counts connections per sender, and answers to many at once by refusing all. */
const mostConnections = 4

/** Did not get through, and may the next time: `code` is the network's or the server's, never a text of theirs. */
class MailNotSent extends Error {
  constructor(readonly code: string) {
    super(`mail not sent: ${code}`)
    this.name = 'MailNotSent'
  }
}

/**
 * Mail over SMTP, with connections that are kept open between messages.
 * @param url smtp://user:password@host:587 (STARTTLS where the server offers it) or smtps://…
 * @param from the sender, `leads@example.com` or `Sales <leads@example.com>`
 */
export function createSmtpMail({ url, from }: { url: string; from: string }): Mail & { close(): void } {
  const transport = createTransport({
    url,
    pool: true,
    maxConnections: mostConnections,
    connectionTimeout: connectMs,
    greetingTimeout: connectMs,
    dnsTimeout: connectMs,
    socketTimeout: sendMs,
    // The text of a message is a lead's: nothing in it may name a file or a page to read.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    from: addressOf(from),
    async send({ to, subject, text, messageId, replyTo }) {
      try {
        await transport.sendMail({
          from,
          // As an object: a text would be read as a list, and one address could become several.
          to: { name: '', address: to },
          replyTo: replyTo === null ? undefined : { name: '', address: replyTo },
          subject,
          text,
          messageId: `<${messageId}>`,
          headers: { 'Auto-Submitted': 'auto-generated' },
          signal: AbortSignal.timeout(sendMs),
        })
      } catch (error) {
        throw failureOf(error)
      }
    },
    close: () => transport.close(),
  }
}

/** Of a sender as config.ts allows it. */
function addressOf(from: string): string {
  return /<([^<>]+)>$/.exec(from)?.[1] ?? from
}

/**
 * Permanent is a refusal of this recipient or this message. A refusal of us (sign-in, sender, greeting) is not: it ends
 * when somebody corrects the settings, and until then no message may be given up.
 */
function failureOf(error: unknown): MailRefused | MailNotSent {
  if (!(error instanceof Error)) return new MailNotSent('unknown')
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
  const command = 'command' in error ? error.command : null
  const reply = 'responseCode' in error && typeof error.responseCode === 'number' ? error.responseCode : null
  if (code === 'EENVELOPE' && command === 'API') return new MailRefused('address-invalid')
  const isOurs = command === 'RCPT TO' || command === 'DATA'
  const isPermanent = reply !== null && reply >= 500 && reply !== notSignedIn
  if (isOurs && isPermanent) return new MailRefused(`smtp-${reply}`)
  return new MailNotSent(reply === null ? code : `smtp-${reply}`)
}

/** `530 authentication required` may come at any step. */
const notSignedIn = 530
