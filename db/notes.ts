import { z } from 'zod'
import type { EpochMs, LeadId, RepId } from '../domain/ids.js'
import { type Db, execute, rowOrNull, sql, timestamp } from './sql.js'

/** What a person wrote with a message. It stays here: the message carries only the requestId (domain/messages.ts). */
export const note = z.object({
  note: z.string().optional(),
  /** Corrected values of the lead, or the fields of a handoff. */
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  /** What the one who hands the lead over tells the next owner. */
  notes: z.string().optional(),
})
export type Note = z.infer<typeof note>

/** Keeps what the first message with this requestId said; a repeated one changes nothing. */
export async function keepNote(
  db: Db,
  kept: { requestId: string; lead: LeadId; actor: string; body: Note; atMs: EpochMs },
): Promise<void> {
  await execute(
    db,
    sql`insert into notes (request_id, lead_id, actor, body, at)
        select ${kept.requestId}, id, ${kept.actor}, ${JSON.stringify(kept.body)}::jsonb,
               ${timestamp(kept.atMs)}::timestamptz
        -- Of whom we have forgotten everything we keep nothing new; the lock waits for an erasure that is under way.
        from leads where id = ${kept.lead} and erased_at is null for share
        on conflict (request_id) do nothing`,
  )
}

export async function noteOf(db: Db, requestId: string): Promise<Note | null> {
  const found = await rowOrNull(
    db,
    z.object({ body: note }),
    sql`select body from notes where request_id = ${requestId}`,
  )
  return found?.body ?? null
}

/**
 * What the decider wrote with the latest answer to what one of these people had asked of the lead (R33: they are told
 * why); null where it was not decided by a person, or without a word.
 */
export async function noteOfDecision(
  db: Db,
  lead: LeadId,
  asked: 'reassignment' | 'claim',
  by: readonly RepId[],
): Promise<string | null> {
  const items =
    asked === 'claim'
      ? sql`select decision_request, ended_at, claimant as asked_by from reviews`
      : sql`select decision_request, ended_at, requested_by as asked_by from reassignment_requests`
  const found = await rowOrNull(
    db,
    z.object({ note: z.string().nullable() }),
    sql`select (select n.body->>'note' from notes n where n.request_id = item.decision_request) as note
        from (${items} where lead_id = ${lead}) item
        where asked_by = any(${by}::text[]) and ended_at is not null order by ended_at desc limit 1`,
  )
  return found?.note ?? null
}
