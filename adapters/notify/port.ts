export type Email = {
  to: string
  subject: string
  text: string
  /** The same for every try of one message, so that a receiver can drop the repetition. Without angle brackets. */
  messageId: string
  replyTo: string | null
}

/** A way to send email. Throws MailRefused for what no retry will mend, any other error for what one may. */
export interface Mail {
  /** Our own address, without a name: an answer reaches it where a message names no other. */
  readonly from: string
  send(email: Email): Promise<void>
}

export class MailRefused extends Error {
  constructor(readonly code: string) {
    super(`mail refused: ${code}`)
    this.name = 'MailRefused'
  }
}
