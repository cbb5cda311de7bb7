/** Whom of those who can take a lead a pool chooses (R16): whose turn it is, among all or among the least busy. */
import type { Removal } from './availability.js'
import type { CandidateOutcome } from './decision.js'
import type { PoolId, RepId } from './ids.js'
import type { PoolChoice } from './policy.js'
import { type Member, type Ties, type Turn, takeTurn } from './standing.js'

/** A member of a pool as it was looked at for one lead. */
export type Contender = Member<RepId> & {
  /** Null: eligible. */
  removal: Removal | null
  /** Their open leads, of the eligible where the pool compares them; else null. */
  open: number | null
}

/**
 * Null as turn: nobody can take it. The contenders are in the order of their ids, and so are the candidates. Not for a
 * queue, which chooses nobody.
 */
export function choose(
  pool: PoolId,
  choice: Exclude<PoolChoice, { by: 'queue' }>,
  contenders: readonly Contender[],
  ties: Ties = 'byId',
): { turn: Turn<RepId> | null; candidates: CandidateOutcome[] } {
  const turn = takeTurn(choice.by === 'turns' ? contenders : leastBusy(contenders), ties)
  const entitlements = turn?.entitlements ?? []
  let at = 0
  const candidates = contenders.map(contender => {
    // Both are in the order of the ids, so whoever is entitled is met in passing.
    const entitlement =
      entitlements[at]?.rep === contender.rep ? (entitlements[at++]?.entitlement ?? null) : null
    return contender.removal === null
      ? outcomeOf(pool, contender, entitlement, turn?.taker ?? null)
      : removed(pool, contender.rep, contender.removal)
  })
  return { turn, candidates }
}

export function removed(pool: PoolId | null, rep: RepId, { outcome, count }: Removal): CandidateOutcome {
  return count === undefined
    ? { rep, pool, outcome, standing: null }
    : { rep, pool, outcome, count, standing: null }
}

/** Of somebody eligible. `entitlement`: null for whom the turn was not asked about, since others are less busy. */
function outcomeOf(
  pool: PoolId,
  { rep, open, standing: before }: Contender,
  entitlement: bigint | null,
  taker: RepId | null,
): CandidateOutcome {
  const standing = entitlement === null ? null : String(before + entitlement)
  const outcome = entitlement === null ? 'busier' : rep === taker ? 'chosen' : 'waits'
  return open === null ? { rep, pool, outcome, standing } : { rep, pool, outcome, count: open, standing }
}

/**
 * Of the eligible those with the fewest open leads for their weight. Where the weight is a capacity, they are those with
 * the largest part of it free: 1 − open ÷ weight is largest where open ÷ weight is smallest.
 */
function leastBusy(contenders: readonly Contender[]): readonly Contender[] {
  const eligible = contenders.filter(contender => contender.eligible)
  const [first, ...others] = eligible
  if (first === undefined) return []
  const least = others.reduce((least, one) => (compareBusy(one, least) < 0 ? one : least), first)
  return eligible.filter(one => compareBusy(one, least) === 0)
}

/** Of whole numbers alone: either quotient times both weights. Exact below 2⁵³, which is a million million open leads. */
function compareBusy(one: Contender, other: Contender): number {
  return (one.open ?? 0) * other.weight - (other.open ?? 0) * one.weight
}
