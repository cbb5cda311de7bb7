import { join } from 'node:path'
import type { Config } from '../config.js'
import { keyHolder } from '../db/access.js'
import type { Pool } from '../db/sql.js'
import type { EpochMs } from '../domain/ids.js'
import { readJson, writePrivate } from '../worker/embedded/instance.js'
import { hasKeys, type Keys, keys, mintKeys } from '../worker/first-start.js'

/** `areNew`: nobody has seen them yet, and where they are not kept, nobody will again. */
export type FirstKeys = { keys: Keys; areNew: boolean; file: string | null }

function keysFile(config: Config): string {
  return join(config.home, 'keys.json')
}

/**
 * A key per role, made at the first start. On a database of our own they are kept in the data folder, beside the
 * database itself; on a given one they are shown once, since its keys belong to whoever runs it.
 */
export async function firstKeys(config: Config, db: Pool, now: EpochMs): Promise<FirstKeys> {
  if (config.database.kind === 'given') {
    return { keys: (await hasKeys(db)) ? {} : await mintKeys(db, now), areNew: true, file: null }
  }
  const file = keysFile(config)
  const kept = await keptKeys(config, db)
  if (kept !== null) return { keys: kept, areNew: false, file }
  const minted = await mintKeys(db, now)
  await writePrivate(file, minted)
  return { keys: minted, areNew: true, file }
}

/** Null where there are none, or where they are of another database. */
export async function keptKeys(config: Config, db: Pool): Promise<Keys | null> {
  if (config.database.kind === 'given') return null
  const kept = await readJson(keysFile(config), keys)
  const holder = kept?.intake === undefined ? null : await keyHolder(db, kept.intake)
  return holder === null ? null : kept
}
