/**
 * What can be said to a lead, and what it answers. Payloads carry ids and codes only: free text is in Postgres under
 * the requestId, so that a workflow's history holds nothing personal.
 */
import { z } from 'zod'
import { epochMs, leadId, policyVersion, poolId, repId } from './ids.js'
import { outcome } from './lead.js'
import { touchKinds } from './policy.js'

export const actor = z.object({
  /** A rep's id, or the name of the key that acts for a system. */
  id: z.string().min(1).max(100),
  role: z.enum(['administrator', 'operations', 'manager', 'rep', 'intake', 'system']),
})
export type Actor = z.infer<typeof actor>

const envelope = {
  /** Says which request this is: a repeated one gets the first answer. */
  requestId: z.string().min(1).max(200),
  actor,
  /** When the person acted, by the clock of whoever took the message in; a Signal without one counts when it arrives. */
  atMs: epochMs.optional(),
}

export const touchKind = z.enum(touchKinds)

export const reviewDecision = z.discriminatedUnion('choice', [
  /** To this person or pool; without either, by the rules. */
  z.object({
    choice: z.literal('assign'),
    rep: repId.optional(),
    pool: poolId.optional(),
    rule: z.string().optional(),
  }),
  z.object({ choice: z.literal('merge'), into: leadId }),
  z.object({ choice: z.literal('keepSeparate') }),
  /** The corrected values are in Postgres under the requestId; the lead is routed again by the rules. */
  z.object({ choice: z.literal('correct') }),
  /** The owner of a high-value lead stays. */
  z.object({ choice: z.literal('keepOwner') }),
  z.object({ choice: z.literal('reject') }),
  z.object({ choice: z.literal('disqualify') }),
])
export type ReviewDecision = z.infer<typeof reviewDecision>

export const converted = z.object({
  account: z.string().max(100).optional(),
  contact: z.string().max(100).optional(),
  opportunity: z.string().max(100).optional(),
})

export type Converted = z.infer<typeof converted>

export const payloads = {
  acknowledge: z.object({ ...envelope }),
  recordTouch: z.object({ ...envelope, kind: touchKind }),
  requestReassignment: z.object({ ...envelope, reason: z.string().max(63), wanted: repId.optional() }),
  decideReassignment: z.object({
    ...envelope,
    request: z.string(),
    approve: z.boolean(),
    to: repId.optional(),
  }),
  decideReview: z.object({ ...envelope, review: z.uuid(), decision: reviewDecision }),
  /** The fields and notes of the handoff are in Postgres under the requestId. */
  handOff: z.object({
    ...envelope,
    /** Absent: whoever the policy chooses. */
    to: repId.optional(),
  }),
  answerHandoff: z.object({ ...envelope, accept: z.boolean(), reason: z.string().max(63).optional() }),
  /** From the workflow of a lead that is the same person's: join me to you. */
  addSubmission: z.object({ ...envelope, lead: leadId }),
  /** The answer to addSubmission. */
  answerJoin: z.object({ ...envelope, survivor: leadId, accepted: z.boolean() }),
  close: z.object({
    ...envelope,
    outcome: outcome.extract(['converted', 'disqualified', 'lost']),
    reason: z.string().max(63).optional(),
    /** What a converted lead became, by its ids in the CRM. */
    became: converted.optional(),
  }),
  /** The owner waits for somebody, and so do the clocks; until then at the most, and no longer than the policy allows. */
  pauseClock: z.object({ ...envelope, reason: z.string().max(63), untilMs: epochMs.optional() }),
  resumeClock: z.object({ ...envelope }),
  /** From the workflow of a leave: this owner is away from now on, or back. */
  changeOwnerAvailability: z.object({
    ...envelope,
    leave: z.uuid(),
    rep: repId,
    change: z.discriminatedUnion('kind', [
      z.object({
        kind: z.literal('left'),
        cover: repId.nullable(),
        /** What the lead's policy says of a lead that was touched. */
        touched: z.enum(['stay', 'move', 'pause']),
        untilMs: epochMs.nullable(),
      }),
      z.object({ kind: z.literal('returned') }),
    ]),
  }),
  /** The submission of that lead, which joined this one, was somebody else's after all. */
  splitSubmission: z.object({ ...envelope, lead: leadId }),
  /** Goes on under this version: its clocks are counted anew, and where asked for its owner is found anew. */
  adoptPolicy: z.object({ ...envelope, version: policyVersion, reRoute: z.boolean() }),
  /** Ends the lead, and forgets the person. */
  erase: z.object({ ...envelope }),
  /** I take this lead from the queue; the first member to say so owns it. */
  acceptLead: z.object({ ...envelope }),
}
export type MessageName = keyof typeof payloads
export type Payload<Name extends MessageName> = z.infer<(typeof payloads)[Name]>

const named = <Name extends MessageName>(name: Name) =>
  z.object({ name: z.literal(name), payload: payloads[name] })

/** A message as the lead's one loop consumes it. */
export const message = z.discriminatedUnion('name', [
  named('acknowledge'),
  named('recordTouch'),
  named('requestReassignment'),
  named('decideReassignment'),
  named('decideReview'),
  named('handOff'),
  named('answerHandoff'),
  named('addSubmission'),
  named('answerJoin'),
  named('close'),
  named('acceptLead'),
  named('pauseClock'),
  named('resumeClock'),
  named('changeOwnerAvailability'),
  named('splitSubmission'),
  named('adoptPolicy'),
  named('erase'),
])
export type Message = z.infer<typeof message>

export const refusalCode = z.enum([
  'wrong-state',
  'not-owner',
  'not-decider',
  'not-member',
  'not-allowed',
  'taken',
  'no-such-item',
  'not-a-choice',
  'incomplete',
  'unknown-reason',
  'unknown-person',
  'unknown-version',
  'cooling-down',
  'closed',
])

/** What the sender gets. A refusal is an answer, not an error: it says what the lead's state is. */
export const answer = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), status: z.string(), owner: z.string().nullable() }),
  z.object({
    ok: z.literal(false),
    code: refusalCode,
    /** What is missing or allowed, as codes: field names, choices, reasons. */
    detail: z.array(z.string()),
    status: z.string(),
    owner: z.string().nullable(),
  }),
])
export type Answer = z.infer<typeof answer>
