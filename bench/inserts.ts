/** What the same Postgres does with one row per post and nothing else: no intake can be faster. */
import { randomUUID } from 'node:crypto'
import { execute, type Pool, sql } from '../db/sql.js'
import { leadBody } from './leads.js'

/** Long enough that a checkpoint or a pause of the processor does not decide. */
const measureMs = 1_000

/** Rows per second, each committed by itself, over as many connections as there are posts at once. */
export async function insertsPerSecond(db: Pool, atOnce: number): Promise<number> {
  await execute(
    db,
    sql`create table if not exists bench_posts (
          id uuid primary key, raw jsonb not null, received_at timestamptz not null)`,
  )
  const startedAtMs = performance.now()
  const endsAtMs = startedAtMs + measureMs
  let inserted = 0
  async function insertUntilTheEnd(): Promise<void> {
    while (performance.now() < endsAtMs) {
      const raw = JSON.stringify(leadBody(inserted))
      await execute(
        db,
        sql`insert into bench_posts (id, raw, received_at) values (${randomUUID()}, ${raw}, ${new Date()})`,
      )
      inserted += 1
    }
  }
  await Promise.all(Array.from({ length: atOnce }, insertUntilTheEnd))
  return (inserted * 1000) / (performance.now() - startedAtMs)
}
