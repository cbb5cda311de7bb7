/** The turn ledger: standings read and written under the locks of their pools. */
import { z } from 'zod'
import type { TurnTaken } from '../domain/decision.js'
import type { EpochMs, LeadId, PoolId, RepId } from '../domain/ids.js'
import type { PoolToLock } from '../domain/matching.js'
import { bigintColumn, execute, row, rows, sql, type Tx, timestamp } from './sql.js'

export type Standings = Record<PoolId, { rep: RepId; weight: number; standing: string }[]>

/**
 * Locks the pools and reads where their members stand. The pools come sorted, so that two routings that want the same
 * pools take them in the same order and never wait for each other in a circle. The pool's row is the lock of all its
 * standings and of the ledger's next number.
 */
export async function lockStandings(tx: Tx, pools: readonly PoolToLock[]): Promise<Standings> {
  const standings: Standings = {}
  for (const { pool, members } of pools) {
    await execute(tx, sql`insert into pools (id) values (${pool}) on conflict (id) do nothing`)
    await execute(tx, sql`select 1 from pools where id = ${pool} for update`)
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
  const { next_seq: next } = await row(
    tx,
    z.object({ next_seq: bigintColumn }),
    sql`update pools set next_seq = next_seq + 1 where id = ${turn.pool} returning next_seq`,
  )
  const seq = next - 1n
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
