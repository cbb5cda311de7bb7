/** The secrets that links in messages are signed with: made once, and never shown. */
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { EpochMs } from '../domain/ids.js'
import { type Db, execute, row, sql, timestamp } from './sql.js'

const keyBytes = 32

/** Of two processes that make one at the same moment, one is kept: both read it afterwards. */
export async function signingKey(db: Db, purpose: 'acknowledge', atMs: EpochMs): Promise<Uint8Array> {
  await execute(
    db,
    sql`insert into signing_keys (purpose, key, created_at)
        values (${purpose}, ${randomBytes(keyBytes)}, ${timestamp(atMs)}) on conflict (purpose) do nothing`,
  )
  const { key } = await row(
    db,
    z.object({ key: z.instanceof(Uint8Array) }),
    sql`select key from signing_keys where purpose = ${purpose}`,
  )
  return key
}
