import { z } from 'zod'
import { type Db, rows, sql } from './sql.js'

/** Which of these submissions of the source are here already. */
export async function knownKeys(db: Db, source: string, keys: readonly string[]): Promise<Set<string>> {
  const found = await rows(
    db,
    z.object({ idempotency_key: z.string() }),
    sql`select idempotency_key from submissions where source = ${source} and idempotency_key = any(${keys}::text[])`,
  )
  return new Set(found.map(row => row.idempotency_key))
}
