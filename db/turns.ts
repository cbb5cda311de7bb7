/** The turn ledger: standings read and written under the locks of their pools. */
import { z } from 'zod'
import type { TurnTaken } from '../domain/decision.js'
import { type EpochMs, type LeadId, type PoolId, poolId, type RepId, repId } from '../domain/ids.js'
import type { PoolToLock } from '../domain/matching.js'
import { type GivenBackReason, giveBack } from '../domain/standing.js'
import { bigintColumn, execute, row, rowOrNull, rows, sql, type Tx, timestamp } from './sql.js'

export type Standings = Record<PoolId, { rep: RepId; weight: number; standing: string }[]>

/** A turn that was taken for a lead. */
export type OwnersTurn = z.output<typeof turnRow>

/**
 * Locks the pools and reads where their members stand. All are locked by id, so that two routings that want the same
 * pools take them in the same order and never wait for each other in a circle. The pool's row is the lock of all its
 * standings and of the ledger's next number.
 * @param also a pool in which this transaction gives a turn back, and of which nothing is read
 */
export async function lockStandings(
  tx: Tx,
  pools: readonly PoolToLock[],
  also: PoolId | null = null,
): Promise<Standings> {
  const ids = new Set([...pools.map(({ pool }) => pool), ...(also === null ? [] : [also])])
  for (const pool of [...ids].sort()) {
    await execute(tx, sql`insert into pools (id) values (${pool}) on conflict (id) do nothing`)
    await execute(tx, sql`select 1 from pools where id = ${pool} for update`)
  }
  const standings: Standings = {}
  for (const { pool, members } of pools) {
    const known = await rows(
      tx,
      z.object({ rep: z.string(), standing: bigintColumn }),
      sql`select rep, standing from standings where pool = ${pool}`,
    )
    const standingOf = new Map(known.map(({ rep, standing }) => [rep, standing]))
    standings[pool] = members.map(({ rep, weight }) => ({
      rep,
      weight,
      standing: String(standingOf.get(rep) ?? 0n),
    }))
  }
  return standings
}

/** Writes the turn as the ledger's next row; the caller holds the pool's lock. Gives the row's number. */
export async function writeTurn(
  tx: Tx,
  turn: TurnTaken,
  of: { lead: LeadId; hop: number; reason: string; atMs: EpochMs },
): Promise<string> {
  const seq = await nextSeq(tx, turn.pool)
  await execute(
    tx,
    sql`insert into turns (pool, seq, kind, rep, lead_id, hop, reason, entitlements, at)
        values (${turn.pool}, ${seq}, 'taken', ${turn.rep}, ${of.lead}, ${of.hop}, ${of.reason},
                ${JSON.stringify(turn.entitlements)}, ${timestamp(of.atMs)})`,
  )
  await execute(
    tx,
    sql`insert into standings (pool, rep, standing)
        select ${turn.pool}, changed.rep, changed.standing::bigint
        from jsonb_to_recordset(${JSON.stringify(turn.standings)}::jsonb) as changed(rep text, standing text)
        on conflict (pool, rep) do update set standing = excluded.standing`,
  )
  return String(seq)
}

/**
 * The turn that the lead's present owner took for it, unless it was given back already; null where there is none. The
 * caller holds the lead's lock, so that a retry which runs beside its first try finds what that one wrote.
 */
export async function turnOfOwner(tx: Tx, lead: LeadId): Promise<OwnersTurn | null> {
  return rowOrNull(
    tx,
    turnRow,
    sql`select t.pool, t.rep, t.hop
        from assignments a
        join turns t on t.lead_id = a.lead_id and t.hop = a.hop and t.rep = a.owner and t.kind = 'taken'
        where a.lead_id = ${lead} and a.ended_at is null
          and not exists (select from turns back
                          where back.lead_id = t.lead_id and back.hop = t.hop and back.kind = 'given_back')`,
  )
}

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
async function nextSeq(tx: Tx, pool: PoolId): Promise<bigint> {
  const { next_seq: next } = await row(
    tx,
    z.object({ next_seq: bigintColumn }),
    sql`update pools set next_seq = next_seq + 1 where id = ${pool} returning next_seq`,
  )
  return next - 1n
}

const turnRow = z.object({ pool: poolId, rep: repId, hop: z.int() })
