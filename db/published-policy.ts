import { z } from 'zod'
import { policyVersion } from '../domain/ids.js'
import { type Db, instantColumn, rowOrNull, sql } from './sql.js'

export type PublishedPolicy = z.output<typeof policyRow>

/** The latest version, which new leads are decided by; null before the first was loaded. */
export async function publishedPolicy(db: Db): Promise<PublishedPolicy | null> {
  return rowOrNull(
    db,
    policyRow,
    sql`select version, name, document, loaded_at, loaded_by, reason from policies order by version desc limit 1`,
  )
}

const policyRow = z
  .object({
    version: policyVersion,
    name: z.string(),
    document: z.string(),
    loaded_at: instantColumn,
    loaded_by: z.string(),
    reason: z.string(),
  })
  .transform(({ loaded_at, loaded_by, ...rest }) => ({ ...rest, loadedAtMs: loaded_at, loadedBy: loaded_by }))
