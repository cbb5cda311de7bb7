/** The turn ledgers: standings read and written under the locks of their pools. */
import { z } from 'zod'
import type { LockedPool } from '../domain/decide.js'
import type { DecisionInput, TurnTaken } from '../domain/decision.js'
import { type EpochMs, type LeadId, type PoolId, poolId, type RepId, repId } from '../domain/ids.js'
import { type GivenBackReason, giveBack } from '../domain/standing.js'
import { bigintColumn, execute, instantColumn, row, rowOrNull, rows, sql, type Tx, timestamp } from './sql.js'

/** Decisions of sources in shadow take turns of their own, so that those of the real pools stay what they are. */
export type Ledger = 'real' | 'shadow'

type Standings = DecisionInput['pools']

/** Since when the people who are away have been so; for pools that let leave accrue. */
export type AwaySince = ReadonlyMap<RepId, EpochMs>

/** A turn that was taken for a lead. */
export type OwnersTurn = z.output<typeof turnRow>

/**
 * Locks the pools by id, so that two routings that want the same take them in the same order and never wait for each
 * other in a circle. A pool's row is the lock of all its standings and of the ledger's next number.
 */
export async function lockPools(tx: Tx, ledger: Ledger, pools: readonly PoolId[]): Promise<void> {
  if (pools.length === 0) return
  const ids = pools.map(pool => idIn(ledger, pool))
  await execute(
    tx,
    sql`insert into pools (id) select id from unnest(${ids}::text[]) as id order by id on conflict (id) do nothing`,
  )
  await execute(tx, sql`select 1 from pools where id = any(${ids}::text[]) order by id for update`)
}

/** Where the members of these pools stand; the caller holds the pools' locks. */
export async function readStandings(
  tx: Tx,
  ledger: Ledger,
  pools: readonly LockedPool[],
  awaySince: AwaySince,
): Promise<Standings> {
  if (pools.length === 0) return {}
  const known = await rows(
    tx,
    standingRow,
    sql`select pool, rep, standing, accrued, away_since from standings
        where pool = any(${pools.map(({ pool }) => idIn(ledger, pool))}::text[])`,
  )
  const standingOf = new Map(known.map(found => [`${found.pool} ${found.rep}`, found]))
  const standings: Standings = {}
  for (const { pool, members, catchingUp } of pools) {
    standings[pool] = members.map(({ rep, weight }) => {
      const found = standingOf.get(`${idIn(ledger, pool)} ${rep}`)
      const standing = String(found?.standing ?? 0n)
      if (!catchingUp.includes(rep)) return { rep, weight, standing }
      // What an earlier leave accrued is no longer of interest.
      const accrued = found?.away_since === awaySince.get(rep) ? found?.accrued : 0n
      return { rep, weight, standing, accrued: String(accrued ?? 0n) }
    })
  }
  return standings
}

/** Writes the turn as the ledger's next row; the caller holds the pool's lock. Gives the row's number. */
export async function writeTurn(
  tx: Tx,
  ledger: Ledger,
  turn: TurnTaken,
  of: { lead: LeadId; hop: number; reason: string; atMs: EpochMs; before: Standings; awaySince: AwaySince },
): Promise<string> {
  const pool = idIn(ledger, turn.pool)
  const seq = await nextSeq(tx, pool)
  await execute(
    tx,
    sql`insert into turns (pool, seq, kind, rep, lead_id, hop, reason, entitlements, at)
        values (${pool}, ${seq}, 'taken', ${turn.rep}, ${of.lead}, ${of.hop}, ${of.reason},
                ${JSON.stringify(turn.entitlements)}, ${timestamp(of.atMs)})`,
  )
  const changed = turn.standings.map(({ rep, standing }) => ({ rep, standing, ...accruedBy(rep, turn, of) }))
  await execute(
    tx,
    sql`insert into standings (pool, rep, standing, accrued, away_since)
        select ${pool}, rep, standing::bigint, accrued::bigint, away_since
        from jsonb_to_recordset(${JSON.stringify(changed)}::jsonb)
          as changed(rep text, standing text, accrued text, away_since timestamptz)
        on conflict (pool, rep) do update
          set standing = excluded.standing, accrued = excluded.accrued, away_since = excluded.away_since`,
  )
  return String(seq)
}

/**
 * The turn that the lead's present owner took for it, unless it was given back already; null where there is none. Whoever
 * has it by a handoff took theirs when it was offered to them. The caller holds the lead's lock, so that a retry which
 * runs beside its first try finds what that one wrote.
 */
export async function turnOfOwner(tx: Tx, lead: LeadId): Promise<OwnersTurn | null> {
  return rowOrNull(
    tx,
    turnRow,
    sql`select t.pool, t.rep, t.hop
        from assignments a
        left join lateral (
          select chosen_hop as hop from handoffs
          where lead_id = a.lead_id and to_rep = a.owner and ended_why = 'accepted' and chosen_hop < a.hop
          order by chosen_hop desc limit 1
        ) offered on a.cause = 'handoff'
        join turns t on t.lead_id = a.lead_id and t.hop = coalesce(offered.hop, a.hop) and t.rep = a.owner and t.kind = 'taken'
        where a.lead_id = ${lead} and a.ended_at is null and ${notGivenBack}`,
  )
}

/** The turn that whoever a handoff is offered to took for it; null: the sender named them, or it was given back. */
export async function turnOfOffer(tx: Tx, handoff: string): Promise<OwnersTurn | null> {
  return rowOrNull(
    tx,
    turnRow,
    sql`select t.pool, t.rep, t.hop
        from handoffs h
        join turns t on t.lead_id = h.lead_id and t.hop = h.chosen_hop and t.kind = 'taken'
        where h.id = ${handoff} and ${notGivenBack}`,
  )
}

/** The turn of whoever accepted the lead in a handoff, as long as it has not become theirs; null where there is none. */
export async function turnOfReceiver(tx: Tx, lead: LeadId): Promise<OwnersTurn | null> {
  return rowOrNull(
    tx,
    turnRow,
    sql`select t.pool, t.rep, t.hop
        from handoffs h
        join turns t on t.lead_id = h.lead_id and t.hop = h.chosen_hop and t.kind = 'taken'
        where h.lead_id = ${lead} and h.ended_why = 'accepted' and ${notGivenBack}
          and not exists (select from assignments a
                          where a.lead_id = h.lead_id and a.hop > h.chosen_hop and a.owner = h.to_rep)
        order by t.hop desc limit 1`,
  )
}

/** Of a turn `t`. */
const notGivenBack = sql`
  not exists (select from turns back
              where back.lead_id = t.lead_id and back.hop = t.hop and back.kind = 'given_back')`

/** Why the present owner was allowed to give the lead away, when that was asked and granted; else null. */
export async function grantedReason(tx: Tx, lead: LeadId): Promise<string | null> {
  const granted = await rowOrNull(
    tx,
    z.object({ reason: z.string() }),
    // Only of this owner: a request carries the hop that comes after its owner's.
    sql`select r.reason
        from assignments a
        join reassignment_requests r on r.lead_id = a.lead_id and r.hop > a.hop and r.requested_by = a.owner
        where a.lead_id = ${lead} and a.ended_at is null and r.ended_why in ('approved', 'approved_by_policy')
        order by r.ended_at desc, r.id limit 1`,
  )
  return granted?.reason ?? null
}

/** Writes the ledger's row of a turn that comes back, and the standing after it, under the lock of the pool's row. */
export async function giveTurnBack(
  tx: Tx,
  { pool, rep, hop }: OwnersTurn,
  of: { lead: LeadId; reason: GivenBackReason; atMs: EpochMs },
): Promise<void> {
  const seq = await nextSeq(tx, pool)
  const taker = await row(
    tx,
    z.object({ rep: repId, standing: bigintColumn }),
    sql`select rep, standing from standings where pool = ${pool} and rep = ${rep}`,
  )
  const { standing, reason } = giveBack(taker, of.reason)
  await execute(
    tx,
    sql`insert into turns (pool, seq, kind, rep, lead_id, hop, reason, entitlements, at)
        values (${pool}, ${seq}, 'given_back', ${rep}, ${of.lead}, ${hop}, ${reason}, '[]', ${timestamp(of.atMs)})`,
  )
  await execute(tx, sql`update standings set standing = ${standing} where pool = ${pool} and rep = ${rep}`)
}

/** The number of the row that is written next. Locks the pool's row, so the ledger has no gap. */
async function nextSeq(tx: Tx, pool: string): Promise<bigint> {
  const { next_seq: next } = await row(
    tx,
    z.object({ next_seq: bigintColumn }),
    sql`update pools set next_seq = next_seq + 1 where id = ${pool} returning next_seq`,
  )
  return next - 1n
}

const turnRow = z.object({ pool: poolId, rep: repId, hop: z.int() })

const standingRow = z.object({
  pool: z.string(),
  rep: z.string(),
  standing: bigintColumn,
  accrued: bigintColumn,
  away_since: instantColumn.nullable(),
})

/** No pool of a policy can be called so: its id has no colon. */
function idIn(ledger: Ledger, pool: PoolId): string {
  return ledger === 'real' ? pool : `shadow:${pool}`
}

/** What a member's present leave has accrued by this turn; nothing for whoever is there. */
function accruedBy(
  rep: RepId,
  { pool, entitlements }: TurnTaken,
  { before, awaySince }: { before: Standings; awaySince: AwaySince },
): { accrued: string; away_since: Date | null } {
  const accrued = before[pool]?.find(member => member.rep === rep)?.accrued
  const sinceMs = awaySince.get(rep)
  if (accrued === undefined || sinceMs === undefined) return { accrued: '0', away_since: null }
  const entitlement = entitlements.find(entitled => entitled.rep === rep)?.entitlement ?? '0'
  return { accrued: String(BigInt(accrued) + BigInt(entitlement)), away_since: timestamp(sinceMs) }
}
