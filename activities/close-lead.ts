import { execute, sql, timestamp } from '../db/sql.js'
import type { EpochMs, LeadId } from '../domain/ids.js'
import type { ActivityDeps } from './index.js'

/** The last thing that a lead's run does: from here on the relay may copy its history. */
export function closeLead({ db }: ActivityDeps) {
  return async ({ lead, atMs }: { lead: LeadId; atMs: EpochMs }): Promise<void> => {
    await execute(
      db,
      // Whatever was copied of an earlier life, this run is not.
      sql`update leads
          set workflow_ended_at = ${timestamp(atMs)}, history_copied_at = null, due_at = null, due_kind = null
          where id = ${lead}`,
    )
  }
}
