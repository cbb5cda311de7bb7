/** One routing attempt against a ledger in memory: what activities/route.ts does in a transaction. */
import { candidatesOf, decide, presentEngine } from '../decide.js'
import type { DecisionInput, DecisionRecord } from '../decision.js'
import type { PolicyVersion } from '../ids.js'
import type { Roster } from '../people.js'
import type { Policy } from '../policy.js'
import { withLoads } from '../presence.js'
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
