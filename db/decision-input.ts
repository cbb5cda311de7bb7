/** What a decision must be told, loaded under the locks that keep it true until the decision is written. */
import { candidatesOf } from '../domain/decide.js'
import type { DecisionInput } from '../domain/decision.js'
import type { LeadId, PoolId } from '../domain/ids.js'
import type { Roster } from '../domain/people.js'
import type { Policy } from '../domain/policy.js'
import { withLoads } from '../domain/presence.js'
import { countLoads, lockLoads } from './loads.js'
import { awaySince, leaveAt, rosterAt } from './people.js'
import type { Tx } from './sql.js'
import { type AwaySince, type Ledger, lockPools, readStandings } from './turns.js'

export type LoadedInput = { input: DecisionInput; roster: Roster; awaySince: AwaySince }

/**
 * Matches without locks; then locks every pool that the lead may go to, then the loads of their members, both in the
 * order of their ids; then reads what may have changed while it waited: leave, standings and loads.
 * @param also a pool in which this transaction gives a turn back, and of which nothing is read
 */
export async function loadDecisionInput(
  tx: Tx,
  lead: LeadId,
  policy: Policy,
  asked: Omit<DecisionInput, 'people' | 'pools'>,
  ledger: Ledger,
  also: PoolId | null,
): Promise<LoadedInput> {
  const { atMs } = asked
  const before = await rosterAt(tx, atMs)
  const toLock = candidatesOf(policy, asked, before, atMs)
  const wanted = toLock.pools.map(({ pool }) => pool)
  await lockPools(tx, ledger, also === null ? wanted : [...wanted, also])
  await lockLoads(
    tx,
    toLock.loads.map(({ rep }) => rep),
  )
  const roster = { ...before, leave: await leaveAt(tx, atMs) }
  const { people, pools, loads } = candidatesOf(policy, asked, roster, atMs)
  const absences = await awaySince(
    tx,
    pools.flatMap(({ catchingUp }) => catchingUp),
    atMs,
  )
  const counts = await countLoads(tx, loads, lead)
  const input = {
    ...asked,
    people: withLoads(people, loads, counts),
    pools: await readStandings(tx, ledger, pools, absences),
  }
  return { input, roster, awaySince: absences }
}
