/** How many leads people have, counted under locks of theirs, so that a limit holds whoever else routes. */
import { z } from 'zod'
import { type LeadId, type RepId, repId } from '../domain/ids.js'
import type { LeadCounts, LoadToCount } from '../domain/presence.js'
import { bigintColumn, execute, rows, sql, type Tx } from './sql.js'

/**
 * Locks the loads of these people, given in the order of their ids. Always after the locks of pools: so two routings
 * that want the same never wait for each other in a circle.
 */
export async function lockLoads(tx: Tx, reps: readonly RepId[]): Promise<void> {
  if (reps.length === 0) return
  const wanted = [...reps]
  await execute(
    tx,
    sql`insert into loads (rep) select rep from unnest(${wanted}::text[]) as rep order by rep
        on conflict (rep) do nothing`,
  )
  await execute(tx, sql`select 1 from loads where rep = any(${wanted}::text[]) order by rep for update`)
}

/**
 * Open leads, and leads received in the spans given; the caller holds the locks. `lead`, which is being routed, counts
 * nowhere: whoever has it already gains none.
 */
export async function countLoads(
  tx: Tx,
  spans: readonly LoadToCount[],
  lead: LeadId,
): Promise<ReadonlyMap<RepId, LeadCounts>> {
  if (spans.length === 0) return new Map()
  const counted = await rows(
    tx,
    z.object({ rep: repId, open: bigintColumn, today: bigintColumn, week: bigintColumn }),
    sql`select span.rep, open.leads as open, received.today, received.week
        from jsonb_to_recordset(${JSON.stringify(spans)}::jsonb) as span
               (rep text, "dayStartMs" bigint, "dayEndsAtMs" bigint, "weekStartMs" bigint, "weekEndsAtMs" bigint)
        cross join lateral (select to_timestamp("dayStartMs" / 1000.0) as day, to_timestamp("dayEndsAtMs" / 1000.0) as day_ends,
                                   to_timestamp("weekStartMs" / 1000.0) as week, to_timestamp("weekEndsAtMs" / 1000.0) as week_ends) at
        cross join lateral (
          select count(*) as leads from assignments
          where owner = span.rep and ended_at is null and lead_id <> ${lead}) open
        cross join lateral (
          select count(distinct lead_id) filter (where assigned_at >= at.day and assigned_at < at.day_ends) as today,
                 count(distinct lead_id) as week
          from assignments
          where owner = span.rep and assigned_at >= at.week and assigned_at < at.week_ends and lead_id <> ${lead}) received`,
  )
  return new Map(
    counted.map(({ rep, open, today, week }) => [
      rep,
      { open: Number(open), today: Number(today), thisWeek: Number(week) },
    ]),
  )
}
