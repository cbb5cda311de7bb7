/** How what people decide has ended: for whoever decides second and must hear what was decided first. */
import { z } from 'zod'
import type { EpochMs, LeadId } from '../domain/ids.js'
import { reviewDecision } from '../domain/messages.js'
import { type Db, instantColumn, rowOrNull, sql } from './sql.js'

export type DecidedItem = {
  /** What was chosen, or `timed_out` or `superseded` where nobody chose. */
  choice: string
  /** To whom or where it went, as far as the choice says: a person, a pool, a rule or a lead. */
  to: string | null
  /** Who decided it, or who superseded it; null: its time. */
  by: string | null
  atMs: EpochMs
}

/** Null: there is no such review, or it is open. */
export async function endOfReview(db: Db, review: string): Promise<DecidedItem | null> {
  return rowOrNull(
    db,
    ended.extend({ decision: reviewDecision.nullable() }).transform(found => ({
      ...decidedItem(found),
      choice: found.decision?.choice ?? found.ended_why,
      to: found.decision === null ? null : targetOf(found.decision),
    })),
    sql`select r.ended_why, r.ended_at, r.decision, coalesce(r.decided_by, e.actor) as by
        from reviews r left join events e on e.lead_id = r.lead_id and e.key = 'reviewEnded-' || r.id
        where r.id = ${review} and r.ended_at is not null`,
  )
}

/** Null: there is no such request, or it is open. */
export async function endOfRequest(db: Db, request: string): Promise<DecidedItem | null> {
  return rowOrNull(
    db,
    ended.transform(decidedItem),
    sql`select q.ended_why, q.ended_at, coalesce(q.decided_by, e.actor) as by
        from reassignment_requests q
        left join events e on e.lead_id = q.lead_id and e.key = 'reassignmentEnded-' || q.id
        where q.id = ${request} and q.ended_at is not null`,
  )
}

/** Of the lead's latest handoff, since an answer names the lead alone. Null: there was none, or it is open. */
export async function endOfHandoff(db: Db, lead: LeadId): Promise<DecidedItem | null> {
  return rowOrNull(
    db,
    ended.extend({ to_rep: z.string() }).transform(found => ({ ...decidedItem(found), to: found.to_rep })),
    sql`select h.ended_why, h.ended_at, h.to_rep, e.actor as by
        from (select * from handoffs where lead_id = ${lead} order by offered_at desc, id limit 1) h
        left join events e on e.lead_id = h.lead_id and e.key = 'handoffEnded-' || h.id
        where h.ended_at is not null`,
  )
}

const ended = z.object({ ended_why: z.string(), ended_at: instantColumn, by: z.string().nullable() })

function decidedItem({ ended_why, ended_at, by }: z.output<typeof ended>): DecidedItem {
  return { choice: ended_why, to: null, by: by === 'system' ? null : by, atMs: ended_at }
}

function targetOf(decision: z.output<typeof reviewDecision>): string | null {
  switch (decision.choice) {
    case 'assign':
      return decision.rep ?? decision.pool ?? decision.rule ?? null
    case 'merge':
      return decision.into
    default:
      return null
  }
}
