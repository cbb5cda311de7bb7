import { z } from 'zod'
import type { EpochMs, LeadId } from '../domain/ids.js'
import { type TimelineEntry, timelineEntry } from '../domain/timeline.js'
import { type Db, execute, instantColumn, row, rows, sql, type Tx, timestamp } from './sql.js'

export type TimelineEvent = {
  seq: number
  atMs: EpochMs
  actor: string
  hop: number
  key: string
} & TimelineEntry

/**
 * Appends to the lead's timeline. `key` names the step of the story: a retry with the same key writes nothing.
 */
export async function appendEvent(
  tx: Tx,
  event: { lead: LeadId; atMs: EpochMs; actor: string; hop: number; key: string } & TimelineEntry,
): Promise<void> {
  // Locks the lead's row before looking: a retry that runs beside its first try waits here, then finds the key.
  const lead = await row(
    tx,
    z.object({ last_event: z.int() }),
    sql`select last_event from leads where id = ${event.lead} for update`,
  )
  const known = await rows(
    tx,
    z.object({ seq: z.int() }),
    sql`select seq from events where lead_id = ${event.lead} and key = ${event.key}`,
  )
  if (known.length > 0) return
  const seq = lead.last_event + 1
  await execute(tx, sql`update leads set last_event = ${seq} where id = ${event.lead}`)
  await execute(
    tx,
    sql`insert into events (lead_id, seq, at, kind, actor, hop, data, key)
        values (${event.lead}, ${seq}, ${timestamp(event.atMs)}, ${event.kind}, ${event.actor},
                ${event.hop}, ${JSON.stringify(event.data)}, ${event.key})`,
  )
}

export async function timelineOf(db: Db, lead: LeadId): Promise<TimelineEvent[]> {
  const found = await rows(
    db,
    z.object({
      seq: z.int(),
      at: instantColumn,
      kind: z.string(),
      actor: z.string(),
      hop: z.int(),
      key: z.string(),
      data: z.unknown(),
    }),
    sql`select seq, at, kind, actor, hop, key, data from events where lead_id = ${lead} order by seq`,
  )
  return found.map(({ at, kind, data, ...rest }) => ({ ...rest, atMs: at, ...timelineEntry(kind, data) }))
}
