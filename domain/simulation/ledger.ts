/** The turn ledger and everybody's loads in memory: what db/turns.ts and db/loads.ts keep, as a simulation needs it. */
import type { LockedPool } from '../decide.js'
import type { DecisionInput, TurnTaken } from '../decision.js'
import type { EpochMs, PoolId, RepId } from '../ids.js'
import type { Roster } from '../people.js'
import type { LeadCounts, LoadToCount } from '../presence.js'
import { type GivenBackReason, giveBack } from '../standing.js'
import type { Place } from './agenda.js'

/** Where a simulation begins; all of it may be empty: every pool even, nobody with a lead. */
export type LedgerStart = {
  /** `accrued`: by the leave that began at `awaySinceMs`. Both counts are in 10⁻¹² turns. */
  standings: readonly {
    pool: PoolId
    rep: RepId
    standing: bigint
    accrued: bigint
    awaySinceMs: EpochMs | null
  }[]
  /** Leads with an owner; `untilMs`: when they cease to be theirs, null: not as far as is known. */
  owned: readonly { lead: string; rep: RepId; untilMs: EpochMs | null }[]
  /** What people received in the week before, in the order of time. */
  received: readonly { lead: string; rep: RepId; atMs: EpochMs }[]
  /** Turns from before that come back later. */
  returned: readonly { pool: PoolId; rep: RepId; place: Place }[]
}

export const emptyLedger: LedgerStart = { standings: [], owned: [], received: [], returned: [] }

export type Ledger = {
  /** The members of these pools with their standings, as a decision is told of them. */
  standingsOf(pools: readonly LockedPool[], leave: Roster['leave'], atMs: EpochMs): DecisionInput['pools']
  take(turn: TurnTaken, before: DecisionInput['pools'], leave: Roster['leave'], atMs: EpochMs): void
  giveBack(pool: PoolId, rep: RepId, reason: GivenBackReason): void
  /** Loads without this lead, as `countLoads` has them. */
  loadsOf(spans: readonly LoadToCount[], lead: string): ReadonlyMap<RepId, LeadCounts>
  openOf: (rep: RepId) => number
  own(lead: string, rep: RepId, atMs: EpochMs): void
  /** The lead has no owner any more; nothing where it had none. */
  release(lead: string): void
  /** In 10⁻¹² turns, of everybody who ever stood in a pool. */
  standings(): readonly { pool: PoolId; rep: RepId; standing: bigint }[]
}

type Standing = { standing: bigint; accrued: bigint; awaySinceMs: EpochMs | null }
type Receipt = { lead: string; atMs: EpochMs }

/** A week that is a day longer by a shift of the clocks, and some more. */
const receiptsKeptMs = 9 * 86_400_000

export function createLedger(start: LedgerStart): Ledger {
  const pools = new Map<PoolId, Map<RepId, Standing>>()
  const owners = new Map<string, RepId>()
  const open = new Map<RepId, number>()
  const receipts = new Map<RepId, Receipt[]>()
  /** Of leads under way, when each of their owners received them last. */
  const had = new Map<string, Map<RepId, EpochMs>>()
  const poolOf = (pool: PoolId) => entryOf(pools, pool, () => new Map<RepId, Standing>())
  for (const { pool, rep, ...standing } of start.standings) poolOf(pool).set(rep, standing)
  for (const { lead, rep, atMs } of start.received) receive(lead, rep, atMs)
  for (const { lead, rep } of start.owned) {
    owners.set(lead, rep)
    open.set(rep, (open.get(rep) ?? 0) + 1)
  }

  function disown(lead: string): void {
    const rep = owners.get(lead)
    if (rep === undefined) return
    owners.delete(lead)
    open.set(rep, (open.get(rep) ?? 1) - 1)
  }

  function receive(lead: string, rep: RepId, atMs: EpochMs): void {
    const before = entryOf(had, lead, () => new Map<RepId, EpochMs>())
    const own = entryOf(receipts, rep, () => [])
    // A lead that comes back counts once, when it came last.
    if (before.has(rep)) own.splice(0, own.length, ...own.filter(receipt => receipt.lead !== lead))
    before.set(rep, atMs)
    own.push({ lead, atMs })
    forgetOld(own, atMs)
  }

  return {
    release(lead) {
      disown(lead)
      had.delete(lead)
    },
    openOf: rep => open.get(rep) ?? 0,
    standingsOf(wanted, leave, atMs) {
      const found: DecisionInput['pools'] = {}
      for (const { pool, members, catchingUp } of wanted) {
        const known = poolOf(pool)
        found[pool] = members.map(({ rep, weight }) => {
          const standing = String(known.get(rep)?.standing ?? 0n)
          if (!catchingUp.includes(rep)) return { rep, weight, standing }
          return { rep, weight, standing, accrued: String(accruedBy(known.get(rep), leave, rep, atMs)) }
        })
      }
      return found
    },
    take({ pool, standings, entitlements }, before, leave, atMs) {
      const known = poolOf(pool)
      for (const { rep, standing } of standings) {
        const accrued = before[pool]?.find(member => member.rep === rep)?.accrued
        const awaySinceMs = accrued === undefined ? null : awaySince(leave, rep, atMs)
        const entitlement = entitlements.find(entitled => entitled.rep === rep)?.entitlement ?? '0'
        known.set(rep, {
          standing: BigInt(standing),
          accrued: accrued === undefined || awaySinceMs === null ? 0n : BigInt(accrued) + BigInt(entitlement),
          awaySinceMs,
        })
      }
    },
    giveBack(pool, rep, reason) {
      const standing = poolOf(pool).get(rep) ?? { standing: 0n, accrued: 0n, awaySinceMs: null }
      poolOf(pool).set(rep, { ...standing, standing: giveBack({ rep, ...standing }, reason).standing })
    },
    loadsOf(spans, lead) {
      return new Map(
        spans.map(({ rep, dayStartMs, weekStartMs }): [RepId, LeadCounts] => {
          const own = receipts.get(rep) ?? []
          const hadAtMs = had.get(lead)?.get(rep) ?? Number.NEGATIVE_INFINITY
          return [
            rep,
            {
              open: (open.get(rep) ?? 0) - (owners.get(lead) === rep ? 1 : 0),
              today: countSince(own, dayStartMs) - (hadAtMs >= dayStartMs ? 1 : 0),
              thisWeek: countSince(own, weekStartMs) - (hadAtMs >= weekStartMs ? 1 : 0),
            },
          ]
        }),
      )
    },
    own(lead, rep, atMs) {
      disown(lead)
      owners.set(lead, rep)
      open.set(rep, (open.get(rep) ?? 0) + 1)
      receive(lead, rep, atMs)
    },
    standings: () =>
      [...pools].flatMap(([pool, known]) =>
        [...known].map(([rep, { standing }]) => ({ pool, rep, standing })),
      ),
  }
}

/** Since when somebody who is away has been so: leave that follows on leave without a gap is one absence. */
export function awaySince(leave: Roster['leave'], rep: RepId, atMs: EpochMs): EpochMs | null {
  const own = leave.filter(span => span.rep === rep)
  let since = own.find(({ fromMs, untilMs }) => fromMs <= atMs && (untilMs === null || atMs < untilMs))
  // Each look begins at an earlier leave.
  for (let looks = 0; looks < own.length && since !== undefined; looks++) {
    const { fromMs } = since
    const before = own.find(
      other => other.fromMs < fromMs && (other.untilMs === null || other.untilMs >= fromMs),
    )
    if (before === undefined) return fromMs
    since = before
  }
  return since?.fromMs ?? null
}

/** What an earlier leave accrued is no longer of interest. */
function accruedBy(
  standing: Standing | undefined,
  leave: Roster['leave'],
  rep: RepId,
  atMs: EpochMs,
): bigint {
  if (standing === undefined || standing.awaySinceMs === null) return 0n
  return standing.awaySinceMs === awaySince(leave, rep, atMs) ? standing.accrued : 0n
}

/** Nothing of later is there yet, so whatever was received since a day began was received on that day. */
function countSince(receipts: readonly Receipt[], fromMs: EpochMs): number {
  let low = 0
  let high = receipts.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((receipts[middle]?.atMs ?? 0) < fromMs) low = middle + 1
    else high = middle
  }
  return receipts.length - low
}

/** Seldom, so that each receipt is moved but once or twice. */
function forgetOld(receipts: Receipt[], atMs: EpochMs): void {
  const keptFromMs = atMs - receiptsKeptMs
  const [oldest] = receipts
  if (oldest === undefined || oldest.atMs >= keptFromMs - receiptsKeptMs) return
  receipts.splice(
    0,
    receipts.findIndex(receipt => receipt.atMs >= keptFromMs),
  )
}

function entryOf<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const found = map.get(key)
  if (found !== undefined) return found
  const made = make()
  map.set(key, made)
  return made
}
