/**
 * The decision record: all that `decide()` read and all that it concluded. Stored per (lead, hop) in Postgres and
 * re-executed by `leadline verify`; it holds ids and facts, never a name, an address, a number or a message.
 */
import { z } from 'zod'
import { epochMs, policyVersion, poolId, repId } from './ids.js'
import { routingFacts } from './lead.js'

/** The version of the rules of computation in domain/decide.ts. An old version stays executable for ever. */
const engineVersion = z.union([z.literal(1), z.literal(2), z.literal(3)])

export const target = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('pool'), pool: poolId }),
  z.object({ kind: z.literal('rep'), rep: repId }),
  z.object({ kind: z.literal('accountOwner') }),
  z.object({ kind: z.literal('managerOfOwner') }),
])

/** Why this person may not have this lead again. */
export const exclusion = z.object({ rep: repId, reason: z.enum(['lapsed', 'declined', 'reassigned']) })

/** One person as the decision saw them. */
const candidateFacts = z.object({
  rep: repId,
  /** In the roster at the time; someone who left is not. */
  employed: z.boolean(),
  /** On leave at the time. */
  away: z.boolean(),
  manager: repId.nullable(),
  /** From here on: engine 2 and later. Within their working hours at the time. */
  inHours: z.boolean().optional(),
  /** The next instant at which they are neither on leave nor outside their hours; null: not known. */
  availableAtMs: epochMs.nullable().optional(),
  languages: z.array(z.string()).optional(),
  skills: z.array(z.string()).optional(),
  /** Of whom a handoff could go to. */
  role: z.string().optional(),
  /** Their leads: open now, and received this calendar day and this week (from Monday) in their own zone. */
  load: z
    .object({
      open: z.int().nonnegative(),
      today: z.int().nonnegative(),
      thisWeek: z.int().nonnegative(),
      /** When the day ends in their zone, and a cap of the day no longer counts. */
      dayEndsAtMs: epochMs,
    })
    .optional(),
})
export type CandidateFacts = z.infer<typeof candidateFacts>

/** A pool's member with its standing before this lead, in 10⁻¹² turns as a decimal string (bigint). */
const memberStanding = z.object({
  rep: repId,
  weight: z.int().nonnegative(),
  standing: z.string(),
  /** What the member's present leave has accrued so far (`afterLeave: catch up`), in 10⁻¹² turns. Engine 2 and later. */
  accrued: z.string().optional(),
})

export const decisionInput = z.object({
  engine: engineVersion,
  policyVersion,
  atMs: epochMs,
  /** Numbers the routing attempts of a lead from 0: one that ended in a review counts, too. */
  hop: z.int().nonnegative(),
  facts: routingFacts,
  excluded: z.array(exclusion),
  /** The owner that the lead comes from, on a re-route. */
  lastOwner: repId.nullable(),
  /** Decided by a person or by the end of the chain: this target instead of the rules' (its reason is on the event). */
  directed: target.nullable(),
  /** Questions that a person has answered for this lead; they are not asked again. */
  settled: z
    .array(z.enum(['undeclared-source', 'missing-critical', 'high-value', 'policy-exception']))
    .optional(),
  /** The rule that a person chose for an ambiguous lead; it counts only among the rules that were in question. */
  chosenRule: z.string().nullable().optional(),
  /** Since when the lead is held for somebody to become available; null or absent: it is not. */
  heldSinceMs: epochMs.nullable().optional(),
  /** A handoff is offered: only somebody of this role may take it, and only in the directed target. */
  receiver: z.string().optional(),
  people: z.array(candidateFacts),
  pools: z.record(poolId, z.array(memberStanding)),
})
export type DecisionInput = z.infer<typeof decisionInput>

const ruleOutcome = z.object({
  rule: z.string(),
  outcome: z.enum(['won', 'lost']),
  /** One plain clause, for example `less specific: 1 dimension against 2`. */
  why: z.string(),
})
export type RuleOutcome = z.infer<typeof ruleOutcome>

const candidateOutcome = z.object({
  rep: repId,
  pool: poolId.nullable(),
  outcome: z.enum([
    'chosen',
    'waits',
    'away',
    'left',
    'weight-zero',
    'lapsed',
    'declined',
    'reassigned',
    'lacks-language',
    'lacks-skill',
    /** A handoff may not go to their role. */
    'other-role',
    'off-hours',
    'cap-open',
    'cap-day',
    'cap-week',
    /** Somebody has fewer leads for their weight, or more of their capacity free. */
    'busier',
    /** May accept it from the queue. */
    'may-accept',
  ]),
  /** What was compared, where it was a number: open leads, leads of the day or week. */
  count: z.int().optional(),
  /** For who was eligible in a pool: the standing with this lead's entitlement, in 10⁻¹² turns. */
  standing: z.string().nullable(),
})
export type CandidateOutcome = z.infer<typeof candidateOutcome>

/** The turn as it is written to the ledger. */
const turnTaken = z.object({
  pool: poolId,
  rep: repId,
  /** What each eligible member was entitled to by this lead; sums to exactly 10¹². */
  entitlements: z.array(z.object({ rep: repId, entitlement: z.string() })),
  /** Every standing that changed, after the turn. */
  standings: z.array(z.object({ rep: repId, standing: z.string() })),
})
export type TurnTaken = z.infer<typeof turnTaken>

const trace = {
  score: z.object({ total: z.int(), reasons: z.array(z.object({ name: z.string(), add: z.int() })) }),
  segment: z.string().nullable(),
  territories: z.array(z.string()),
  qualification: z.enum(['disqualified', 'raw', 'qualified']),
  /** Every rule that matched. */
  rules: z.array(ruleOutcome),
  candidates: z.array(candidateOutcome),
}

export const decision = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('assigned'),
    ...trace,
    owner: repId,
    /** Rule id, `account owner`, `otherwise`, or `directed`. */
    rule: z.string(),
    /** The targets in the order tried, up to the one that gave the owner. */
    tried: z.array(target),
    turn: turnTaken.nullable(),
    sla: z.string(),
    /** A `high-value` review opens beside the ownership. */
    review: z.enum(['high-value']).nullable(),
  }),
  z.object({
    kind: z.literal('review'),
    ...trace,
    review: z.enum([
      'missing-critical',
      'ambiguous-rule',
      'undeclared-source',
      'nobody-available',
      'high-value',
      'policy-exception',
    ]),
    /** For `ambiguous-rule`: the rules between which a person must choose. */
    between: z.array(z.string()),
  }),
  z.object({ kind: z.literal('disqualified'), ...trace }),
  /** Waits for somebody of the rule's target (`nobodyAvailable: { hold }`). */
  z.object({
    kind: z.literal('held'),
    ...trace,
    rule: z.string(),
    tried: z.array(target),
    sla: z.string(),
    /** When somebody may be available, as far as is known. */
    retryAtMs: epochMs,
    /** When waiting ends and the lead goes on as with `next pool`. */
    untilMs: epochMs,
  }),
  /** A pool that is a queue has it: the first of `members` to accept owns it. */
  z.object({
    kind: z.literal('queued'),
    ...trace,
    rule: z.string(),
    tried: z.array(target),
    sla: z.string(),
    pool: poolId,
    members: z.array(repId),
    acceptByMs: epochMs,
    then: target,
  }),
])
export type Decision = z.infer<typeof decision>

export type DecisionRecord = { input: DecisionInput; decision: Decision }
