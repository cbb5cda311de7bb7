/** One routing attempt of a lead: decided under its locks, its turn taken, and kept with all that it was told. */
import { decide } from '../domain/decide.js'
import type { Decision, DecisionInput, DecisionRecord } from '../domain/decision.js'
import type { LeadId, PoolId, RepId } from '../domain/ids.js'
import type { Routed } from '../domain/life/state.js'
import type { Roster } from '../domain/people.js'
import type { Policy } from '../domain/policy.js'
import { loadDecisionInput } from './decision-input.js'
import { execute, sql, type Tx, timestamp } from './sql.js'
import { type Ledger, writeTurn } from './turns.js'

export type Attempt = {
  lead: LeadId
  /** Why the ledger's row is written: the cause of the routing. */
  cause: string
  ledger: Ledger
  asked: Omit<DecisionInput, 'people' | 'pools'>
  /** A pool in which this transaction gives a turn back, and of which nothing is read. */
  also: PoolId | null
}

export type Attempted = DecisionRecord & {
  roster: Roster
  /** The ledger's number of the turn that the decision takes; null: it takes none. */
  turn: string | null
}

/** What became of a decision. `offered`: a handoff whose receiver it chose, and nobody owns the lead by that. */
export type BecameOf = Routed | { kind: 'offered'; to: RepId; handoff: string }

/** The caller holds the lead's lock. What the locks of pools and loads protect is written before the transaction ends. */
export async function decideAttempt(
  tx: Tx,
  policy: Policy,
  { lead, cause, ledger, asked, also }: Attempt,
): Promise<Attempted> {
  const { input, roster, awaySince } = await loadDecisionInput(tx, lead, policy, asked, ledger, also)
  const decision = decide(policy, input)
  const taken = turnOf(decision)
  const { hop, atMs } = asked
  const of = { lead, hop, reason: cause, atMs, before: input.pools, awaySince }
  const turn = taken === null ? null : await writeTurn(tx, ledger, taken, of)
  return { input, decision, roster, turn }
}

/** Under (lead, hop), for `leadline verify` to execute again. */
export async function keepDecision(
  tx: Tx,
  lead: LeadId,
  { input, decision }: DecisionRecord,
  routed: BecameOf,
): Promise<void> {
  const { hop, engine, policyVersion, atMs } = input
  await execute(
    tx,
    sql`insert into decisions (lead_id, hop, engine, policy_version, record, decided_at)
        values (${lead}, ${hop}, ${engine}, ${policyVersion}, ${JSON.stringify({ input, decision, routed })},
                ${timestamp(atMs)})`,
  )
}

function turnOf(decision: Decision) {
  return decision.kind === 'assigned' ? decision.turn : null
}
