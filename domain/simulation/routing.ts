/** One routing attempt against a ledger in memory: what activities/route.ts does in a transaction. */
import { clocksOf } from '../clocks.js'
import { candidatesOf, decide, presentEngine } from '../decide.js'
import type { Decision, DecisionInput, DecisionRecord } from '../decision.js'
import { assertNever, type EpochMs, type PolicyVersion } from '../ids.js'
import type { Routed } from '../life/state.js'
import type { Roster } from '../people.js'
import type { Policy } from '../policy.js'
import { withLoads } from '../presence.js'
import type { AssignmentCause } from '../timeline.js'
import type { Ledger } from './ledger.js'

type Asking = Omit<DecisionInput, 'engine' | 'policyVersion' | 'people' | 'pools'>

type Deciding = { policy: Policy; version: PolicyVersion; roster: Roster; ledger: Ledger }

/** Decides, and takes the turn. `lead`: what the ledger calls it. */
export function decideLead(
  { policy, version, roster, ledger }: Deciding,
  lead: string,
  asking: Asking,
): DecisionRecord {
  const { atMs } = asking
  const { people, pools, loads } = candidatesOf(policy, asking, roster, atMs)
  const input: DecisionInput = {
    ...asking,
    engine: presentEngine,
    policyVersion: version,
    people: withLoads(people, loads, ledger.loadsOf(loads, lead)),
    pools: ledger.standingsOf(pools, roster.leave, atMs),
  }
  const decision = decide(policy, input)
  if (decision.kind === 'assigned' && decision.turn !== null)
    ledger.take(decision.turn, input.pools, roster.leave, atMs)
  return { input, decision }
}

/** What the lead's life hears of it. */
export function routedOf(
  policy: Policy,
  decision: Decision,
  roster: Roster,
  atMs: EpochMs,
  cause: AssignmentCause,
): Routed {
  switch (decision.kind) {
    case 'assigned': {
      const owner = roster.people.find(({ id }) => id === decision.owner)
      if (owner === undefined) throw new Error(`the owner ${decision.owner} is not in the roster`)
      const sla = cause === 'handoff' && policy.handoff !== null ? policy.handoff.sla : decision.sla
      const { clocks, reRoutes } = clocksOf(policy, sla, owner.calendar, atMs)
      return {
        kind: 'assigned',
        owner: owner.id,
        manager: owner.manager,
        rule: decision.rule,
        pool: decision.turn?.pool ?? null,
        clocks,
        reRoutes,
        highValue: decision.review === 'high-value',
      }
    }
    case 'review':
      return { kind: 'review', review: decision.review }
    case 'disqualified':
      return { kind: 'disqualified' }
    case 'held': {
      const { retryAtMs, untilMs } = decision
      return { kind: 'held', retryAtMs, untilMs }
    }
    case 'queued': {
      const { pool, members, rule, acceptByMs, then } = decision
      return { kind: 'queued', pool, members, rule, acceptByMs, then }
    }
    default:
      return assertNever(decision)
  }
}
