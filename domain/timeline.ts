/**
 * What can stand on a lead's timeline. One event per change, written in the transaction of the change; ids and codes
 * only, so that the timeline and the workflow's history can be held against each other (`leadline verify`).
 */
import { z } from 'zod'
import { epochMs, leadId, repId } from './ids.js'
import { channel, outcome } from './lead.js'
import { converted, refusalCode, reviewDecision, touchKind } from './messages.js'

export const clockKind = z.enum(['assign', 'acknowledge', 'firstTouch', 'stale'])
export type ClockKind = z.infer<typeof clockKind>

/** Why a lead got its owner, or has to wait for one. */
const assignmentCause = z.enum([
  'new',
  'lapsed',
  'review',
  'review-timeout',
  'reassignment',
  'handoff',
  'end-of-chain',
  'hold-retry',
  'hold-over',
  'accepted',
  'queue-timeout',
  'leave',
  'leave-over',
  'policy-adopted',
  'reopened',
])
export type AssignmentCause = z.infer<typeof assignmentCause>

const whyNoLetter = z.enum([
  'no-address',
  'no-template',
  'no-consent',
  'suppressed',
  'no-meeting-link',
  'refused-by-server',
])

const dues = z.array(z.object({ clock: clockKind, dueAtMs: epochMs }))

const kinds = {
  received: z.object({ source: z.string(), channel }),
  prepared: z.object({
    verdict: z.enum(['new', 'joins', 'customer', 'review', 'stored']),
    survivor: leadId.nullable(),
    account: z.string().nullable(),
    score: z.number().nullable(),
    notes: z.array(z.string()),
  }),
  enriched: z.object({ accepted: z.array(z.string()), refused: z.array(z.string()), degraded: z.boolean() }),
  assigned: z.object({
    owner: repId,
    from: repId.nullable(),
    rule: z.string(),
    pool: z.string().nullable(),
    turn: z.string().nullable(),
    sla: z.string(),
    cause: assignmentCause,
    policyVersion: z.int(),
    clocks: dues,
  }),
  /** Nobody is available; `from` is whose lead it was until now. */
  held: z.object({ from: repId.nullable(), retryAtMs: epochMs, untilMs: epochMs, cause: assignmentCause }),
  queued: z.object({
    pool: z.string(),
    members: z.array(repId),
    rule: z.string(),
    acceptByMs: epochMs,
    /** The pool or person that gets the lead when nobody accepts it, `account-owner` or `manager-of-owner`. */
    then: z.string(),
    from: repId.nullable(),
    cause: assignmentCause,
  }),
  accepted: z.object({ by: repId, pool: z.string() }),
  queueTimedOut: z.object({ pool: z.string(), then: z.string() }),
  /** Without an owner: the record of a lead that waits for one. */
  saved: z.object({ owner: repId.nullable(), crm: z.string() }),
  told: z.object({ about: z.string(), recipients: z.array(z.string()) }),
  prospectAcknowledged: z.object({ by: z.enum(['email']) }),
  prospectNotAcknowledged: z.object({ why: whyNoLetter }),
  /** `within`: in the acknowledgement, since the owner was known by then. */
  meetingLinkSent: z.object({ owner: repId, within: z.enum(['acknowledgement', 'letter']) }),
  meetingLinkNotSent: z.object({ owner: repId, why: whyNoLetter }),
  acknowledged: z.object({ owner: repId }),
  /** `counts: false`: of a kind that stops no clock under the policy. */
  touched: z.object({
    by: z.string(),
    touch: touchKind,
    first: z.boolean(),
    counts: z.literal(false).optional(),
  }),
  clockMet: z.object({ clock: clockKind, dueAtMs: epochMs, late: z.boolean() }),
  reminded: z.object({ clock: clockKind, owner: repId }),
  escalated: z.object({ clock: clockKind, owner: repId, manager: repId.nullable() }),
  /** Stamped with its deadline, not with when it was noticed (R30). */
  breached: z.object({
    clock: clockKind,
    /** Null: of a lead that nobody owns. */
    owner: repId.nullable(),
    dueAtMs: epochMs,
    corrective: z.string(),
    /** Absent on events of before they were said. Who sees to it, by when, and which clocks run on meanwhile. */
    correctiveBy: repId.nullable().optional(),
    correctiveByMs: epochMs.nullable().optional(),
    runningOn: z.array(clockKind).optional(),
  }),
  /** A clock that did not start with the ownership. */
  clockStarted: z.object({ clock: clockKind, dueAtMs: epochMs }),
  clocksPaused: z.object({ reason: z.string(), clocks: z.array(clockKind), untilMs: epochMs }),
  clocksResumed: z.object({ reason: z.string(), by: z.enum(['person', 'time', 'leave']), clocks: dues }),
  /** The owner went on leave; `moved`: the lead goes to whoever covers. */
  coverStarted: z.object({
    leave: z.uuid(),
    owner: repId,
    cover: repId.nullable(),
    then: z.enum(['moved', 'stays', 'paused']),
  }),
  coverEnded: z.object({ leave: z.uuid(), owner: repId, then: z.enum(['returned', 'moved-on', 'stayed']) }),
  policyAdopted: z.object({ from: z.int(), to: z.int(), clocks: dues, reRoute: z.boolean() }),
  /** Generation 0 is the lead's first life. */
  reopened: z.object({
    generation: z.int().positive(),
    why: z.enum(['reopened', 'split']),
    reason: z.string(),
  }),
  submissionSplit: z.object({ lead: leadId }),
  /** A submission of a hotter campaign joined the lead, which belongs to that campaign from now on. */
  intentRaised: z.object({ from: z.string().nullable(), to: z.string(), lead: leadId }),
  erased: z.object({}),
  lapsed: z.object({ owner: repId, clock: clockKind }),
  reviewOpened: z.object({
    review: z.uuid(),
    kind: z.string(),
    decides: repId,
    backup: repId,
    dueAtMs: epochMs,
    /** Of a lead whose ownership is claimed: by whom, and for which reason. */
    claim: z.object({ by: repId, reason: z.string() }).optional(),
  }),
  reviewEscalated: z.object({ review: z.uuid(), to: repId, dueAtMs: epochMs }),
  reviewDecided: z.object({ review: z.uuid(), kind: z.string(), by: z.string(), decision: reviewDecision }),
  reviewTimedOut: z.object({ review: z.uuid(), kind: z.string(), then: z.string() }),
  reviewSuperseded: z.object({ review: z.uuid(), kind: z.string(), by: z.string() }),
  reassignmentRequested: z.object({
    request: z.string(),
    by: repId,
    reason: z.string(),
    decides: repId.nullable(),
  }),
  reassignmentEscalated: z.object({ request: z.string(), to: repId, dueAtMs: epochMs }),
  reassignmentDecided: z.object({
    request: z.string(),
    by: z.string(),
    approved: z.boolean(),
    timedOut: z.boolean(),
  }),
  reassignmentSuperseded: z.object({ request: z.string(), by: z.string() }),
  handoffOffered: z.object({
    handoff: z.string(),
    from: repId,
    to: repId,
    dueAtMs: epochMs,
    /** Whose turn the receiver's is; both absent where the sender named them. */
    pool: z.string().nullable().optional(),
    turn: z.string().nullable().optional(),
    /** Who gets the lead when nobody answers; absent: the sender keeps it. */
    up: repId.optional(),
  }),
  /** `to`: null where the sender named nobody. */
  handoffRefused: z.object({ from: repId, to: repId.nullable(), missing: z.array(z.string()) }),
  handoffAnswered: z.object({
    handoff: z.string(),
    to: repId,
    accepted: z.boolean(),
    reason: z.string().nullable(),
    timedOut: z.boolean(),
    /** Who gets it now that nobody answered; absent: the sender keeps it. */
    up: repId.optional(),
  }),
  handoffSuperseded: z.object({ handoff: z.string(), by: z.string() }),
  /** Another submission of the same person came in and joined this lead. */
  submissionJoined: z.object({ lead: leadId }),
  corrected: z.object({ fields: z.array(z.string()) }),
  /** A message that could not be applied and that an auditor may ask for. */
  refused: z.object({ message: z.string(), code: refusalCode, detail: z.array(z.string()) }),
  closed: z.object({
    outcome,
    reason: z.string().nullable(),
    mergedInto: leadId.nullable(),
    became: converted.optional(),
  }),
}
export type EventKind = keyof typeof kinds
export const eventKinds = Object.keys(kinds)

/** One entry as it is written; `at` and `seq` are columns. */
export type TimelineEntry = {
  [Kind in EventKind]: { kind: Kind; data: z.infer<(typeof kinds)[Kind]> }
}[EventKind]

/** Parses what the database gives. */
export function timelineEntry(kind: string, data: unknown): TimelineEntry {
  const schema = Object.entries(kinds).find(([name]) => name === kind)?.[1]
  if (schema === undefined)
    throw new Error(`unknown timeline event: ${kind}; allowed: ${eventKinds.join(', ')}`)
  return { kind, data: schema.parse(data) } as TimelineEntry
}
