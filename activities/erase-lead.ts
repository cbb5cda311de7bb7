import { forget } from '../db/erase.js'
import { transaction } from '../db/sql.js'
import type { EpochMs, LeadId } from '../domain/ids.js'
import type { ActivityDeps } from './index.js'

type Input = { lead: LeadId; hop: number; atMs: EpochMs }

/** Forgets the person of a lead that has just been closed for that (R46). Who asked for it stands on the closing. */
export function eraseLead({ db }: ActivityDeps) {
  return async ({ lead, atMs }: Input): Promise<void> =>
    transaction(db, tx => forget(tx, lead, { atMs, actor: 'system' }))
}
