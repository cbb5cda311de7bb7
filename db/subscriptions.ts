/** Who watches which leads. */
import { z } from 'zod'
import { type EpochMs, type LeadId, type RepId, repId } from '../domain/ids.js'
import { type Db, execute, instantColumn, rows, sql, timestamp } from './sql.js'

export const watchScope = z.enum(['all', 'pool', 'source', 'campaign', 'lead'])
export type Watch = { scope: z.infer<typeof watchScope>; value: string }

export async function watch(db: Db, rep: RepId, { scope, value }: Watch, atMs: EpochMs): Promise<void> {
  await execute(
    db,
    sql`insert into subscriptions (rep, scope, value, created_at)
        values (${rep}, ${scope}, ${value}, ${timestamp(atMs)}) on conflict do nothing`,
  )
}

/** Whether there was anything to end. */
export async function unwatch(db: Db, rep: RepId, { scope, value }: Watch): Promise<boolean> {
  const ended = await rows(
    db,
    z.object({ rep: repId }),
    sql`delete from subscriptions where rep = ${rep} and scope = ${scope} and value = ${value} returning rep`,
  )
  return ended.length > 0
}

export async function watchedBy(db: Db, rep: RepId): Promise<(Watch & { sinceMs: EpochMs })[]> {
  const found = await rows(
    db,
    z.object({ scope: watchScope, value: z.string(), created_at: instantColumn }),
    sql`select scope, value, created_at from subscriptions where rep = ${rep} order by scope, value`,
  )
  return found.map(({ scope, value, created_at: sinceMs }) => ({ scope, value, sinceMs }))
}

/** Everyone who watches a lead like this one, each once. */
export async function watchersOf(
  db: Db,
  of: { lead: LeadId; pool: string | null; source: string; campaign: string | null },
): Promise<RepId[]> {
  const found = await rows(
    db,
    z.object({ rep: repId }),
    sql`select distinct rep from subscriptions
        where scope = 'all' or (scope = 'lead' and value = ${of.lead}) or (scope = 'pool' and value = ${of.pool})
           or (scope = 'source' and value = ${of.source}) or (scope = 'campaign' and value = ${of.campaign})
        order by rep`,
  )
  return found.map(({ rep }) => rep)
}
