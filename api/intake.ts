/** Where every lead comes in: the JSON API, the form page and the import write a submission here and nowhere else. */
import { randomUUID } from 'node:crypto'
import { appendEvent } from '../db/events.js'
import { transaction } from '../db/sql.js'
import { insertSubmission, knownSubmission, type Submission } from '../db/submissions.js'
import { type LeadId, leadId } from '../domain/ids.js'
import { type Channel, knownFields, type LeadBody } from '../domain/lead.js'
import type { ApiDeps } from './app.js'

export type Incoming = {
  /** The parsed body: says the source and the sender's own id of the lead. */
  body: LeadBody
  /** What came in, under the names of `leadBody`; kept with all that we do not know. */
  raw: Record<string, unknown>
  channel: Channel
  /** The same key from the same source is the same lead, for ever. */
  idempotencyKey: string
  /** The key, person or page that sent it: an intake key sees the leads that it submitted. */
  submittedBy: string
  unknownFields: readonly string[]
}

export type TakenIn = {
  leadId: LeadId
  /** This submission was here before; nothing was written. */
  existed: boolean
  /** False when the key was used before for other content, or by another sender: a mistake of the sender's. */
  isTheSame: boolean
}

/** Deeper than any form or tool nests; bounds the recursion here and in Postgres. */
const mostNesting = 20

/**
 * Writes the submission, the lead and its first event in one transaction, then starts the lead's workflow. When this
 * returns, the lead is durable and will get an outcome: what did not start is started by the relay.
 *
 * The lead counts as received now; a `receivedAt` in the body is the sender's word and stays with the raw submission.
 * @throws RangeError when `raw` is nested deeper than `mostNesting`
 */
export async function takeIn(
  deps: Pick<ApiDeps, 'db' | 'leads' | 'now'>,
  incoming: Incoming,
): Promise<TakenIn> {
  const submission = submissionOf(incoming, deps.now())
  const known = await transaction(deps.db, async tx => {
    if (!(await insertSubmission(tx, submission))) return knownSubmission(tx, submission)
    const { lead, source, channel, receivedAtMs, submittedBy } = submission
    await appendEvent(tx, {
      lead,
      atMs: receivedAtMs,
      actor: submittedBy,
      hop: 0,
      key: 'received',
      kind: 'received',
      data: { source, channel },
    })
    return null
  })
  const taken = known ?? { ...submission, isTheSame: true, workflowStarted: false }
  if (!taken.workflowStarted) {
    try {
      await deps.leads.start(taken.lead, taken.receivedAtMs)
    } catch {
      // The submission is committed and the lead's row says that it is not started: the relay starts it.
    }
  }
  return { leadId: taken.lead, existed: known !== null, isTheSame: taken.isTheSame }
}

/** The names in a body that we have no field for. They are kept with the submission and told to the sender. */
export function unknownFieldsOf(raw: Record<string, unknown>): string[] {
  return Object.keys(raw).filter(name => !knownFields.includes(name))
}

/** Null and blank text say the same as leaving the name out (R01), so the body is read without them. */
export function withoutBlanks(raw: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(raw).filter(
      ([, value]) => value !== null && !(typeof value === 'string' && value.trim() === ''),
    ),
  )
}

export function isNestedTooDeeply(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return false
  return depth >= mostNesting || Object.values(value).some(inner => isNestedTooDeeply(inner, depth + 1))
}

function submissionOf(incoming: Incoming, receivedAtMs: Submission['receivedAtMs']): Submission {
  if (isNestedTooDeeply(incoming.raw)) throw new RangeError(`body nested deeper than ${mostNesting}`)
  return {
    id: randomUUID(),
    lead: leadId.parse(randomUUID()),
    source: storableText(incoming.body.source),
    channel: incoming.channel,
    idempotencyKey: storableText(incoming.idempotencyKey),
    // Blank values go: whoever reads the submission later must read what was read here.
    raw: JSON.stringify(storable(withoutBlanks(incoming.raw))),
    unknownFields: incoming.unknownFields.map(storableText),
    receivedAtMs,
    submittedBy: incoming.submittedBy,
    externalId: incoming.body.externalId === undefined ? null : storableText(incoming.body.externalId),
  }
}

/**
 * The same value without what Postgres cannot keep: U+0000 and halves of surrogate pairs become U+FFFD. A lead whose
 * message holds such a character is a lead all the same.
 */
function storable(value: unknown): unknown {
  if (typeof value === 'string') return storableText(value)
  if (Array.isArray(value)) return value.map(storable)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [storableText(name), storable(inner)]),
  )
}

function storableText(text: string): string {
  // With the u flag a whole pair is one character; only halves are surrogates.
  return text.replaceAll(/\0|\p{Surrogate}/gu, '\uFFFD')
}
