/** What became of a lead once it is clear who owns it first, or that nobody does. */
import type { Decision, DecisionRecord } from '../decision.js'
import { assertNever, type EpochMs, type PoolId, type RepId } from '../ids.js'
import type { Came, StreamedLead } from './stream.js'

export type SettledOutcome = Decision['kind'] | 'shadowed' | 'stored'

export type Settled = {
  id: string
  /** When it was decided for the first time. */
  atMs: EpochMs
  /** `held` and `queued`: it still waits at the end of what is known. */
  outcome: SettledOutcome
  owner: RepId | null
  /** The rule that gave it its owner or its wait, also where somebody then accepted it. */
  rule: string | null
  pool: PoolId | null
  sla: string | null
  /** The kind of review that it ended in; null: none. */
  review: string | null
  score: number
  /** What it went through before it had an owner. */
  waited: 'held' | 'queued' | null
  /** The first touch of the first owner: until when it is promised, and when it comes; null: never, or not known. */
  dueAtMs: EpochMs | null
  touchAtMs: number | null
  breach: boolean
  /** The decision that this is; null: none was needed, or none is on record. */
  record: DecisionRecord | null
}

/**
 * What a simulation made of it.
 * @param of.record its latest decision; null: its source is off
 * @param of.ruled the latest one that no person had directed
 */
export function settledOf(of: {
  lead: Pick<StreamedLead, 'id' | 'atMs'>
  isShadowed: boolean
  record: DecisionRecord | null
  ruled: DecisionRecord | null
  waited: Settled['waited']
}): Settled {
  const { lead, isShadowed, record, ruled, waited } = of
  const decision = record?.decision ?? null
  const by = ruled?.decision ?? decision
  return {
    id: lead.id,
    atMs: lead.atMs,
    outcome: decision === null ? 'stored' : isShadowed ? 'shadowed' : decision.kind,
    owner: decision?.kind === 'assigned' && !isShadowed ? decision.owner : null,
    rule: ruleOf(by) ?? ruleOf(decision),
    pool: poolOf(decision) ?? poolOf(by),
    sla: decision !== null && 'sla' in decision ? decision.sla : null,
    review: decision?.kind === 'review' && !isShadowed ? decision.review : null,
    score: decision?.score.total ?? 0,
    waited: decision?.kind === 'assigned' ? waited : null,
    dueAtMs: null,
    touchAtMs: null,
    breach: false,
    record,
  }
}

/** Whether an attempt came to the same as the real one. */
export function isAs(decision: Decision, came: Came): boolean {
  if (came.kind === 'offered') return decision.kind === 'assigned' && decision.owner === came.what
  if (decision.kind !== came.kind) return false
  switch (decision.kind) {
    case 'assigned':
      return decision.owner === came.what
    case 'review':
      return decision.review === came.what
    case 'queued':
      return decision.pool === came.what
    case 'held':
    case 'disqualified':
      return true
    default:
      return assertNever(decision)
  }
}

/** What really became of it; null: that is not known. */
export function settledInReality({ id, atMs, past, wasOnly }: StreamedLead): Settled | null {
  const nobody: Settled = {
    id,
    atMs,
    outcome: wasOnly ?? 'stored',
    owner: null,
    rule: null,
    pool: null,
    sla: null,
    review: null,
    score: past?.record?.decision.score.total ?? 0,
    waited: null,
    dueAtMs: null,
    touchAtMs: null,
    breach: false,
    record: past?.record ?? null,
  }
  if (past === null) return wasOnly === undefined ? null : nobody
  const step =
    past.steps.find(({ came }) => came.kind === 'assigned') ??
    past.steps.findLast(({ came }) => came.kind !== 'offered') ??
    past.steps[0]
  const { came, rule, pool, sla, touchedAtMs, breached } = step
  const before = past.steps.slice(0, past.steps.indexOf(step))
  const earlier = before.map(attempt => attempt.came.kind)
  // Whoever accepts a lead from a queue is named by themselves; the rule that put it there is what counts.
  const ruled = before.findLast(attempt => attempt.asked.directed === null)
  const waited = earlier.includes('queued') ? 'queued' : earlier.includes('held') ? 'held' : null
  return {
    ...nobody,
    // Only somebody who has it offers it.
    outcome: came.kind === 'offered' ? 'assigned' : came.kind,
    owner: came.kind === 'assigned' ? came.what : null,
    rule: step.asked.directed === null ? rule : (ruled?.rule ?? rule),
    pool: pool ?? ruled?.pool ?? null,
    sla,
    review: came.kind === 'review' ? came.what : null,
    waited: came.kind === 'assigned' ? waited : null,
    touchAtMs: touchedAtMs,
    breach: breached.includes('firstTouch'),
  }
}

function ruleOf(decision: Decision | null): string | null {
  return decision !== null && 'rule' in decision ? decision.rule : null
}

function poolOf(decision: Decision | null): PoolId | null {
  if (decision?.kind === 'queued') return decision.pool
  return decision?.kind === 'assigned' ? (decision.turn?.pool ?? null) : null
}
