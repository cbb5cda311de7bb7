/** Who has owned a lead, why, and what was due when. */
import { z } from 'zod'
import type { Counting } from '../domain/clocks.js'
import { type DecisionRecord, decision, decisionInput } from '../domain/decision.js'
import { type EpochMs, type LeadId, repId } from '../domain/ids.js'
import { rosterAt } from './people.js'
import { type Db, instantColumn, rowOrNull, rows, sql } from './sql.js'

export type Assignment = z.output<typeof assignmentRow>
export type StoredDecision = { hop: number; decidedAtMs: EpochMs; record: DecisionRecord }
/** Every owner that the lead has had, the first one first. */
export async function assignmentsOf(db: Db, lead: LeadId): Promise<Assignment[]> {
  return rows(
    db,
    assignmentRow,
    sql`select hop, owner, pool, rule, sla, cause, policy_version, assigned_at, saved_at, acknowledged_at,
               first_touch_at, ended_at, ended_why
        from assignments where lead_id = ${lead} order by hop`,
  )
}

/** Every decision about the lead's owner, the latest first. */
export async function decisionsOf(db: Db, lead: LeadId): Promise<StoredDecision[]> {
  return rows(
    db,
    decisionRow,
    sql`select hop, decided_at, record from decisions where lead_id = ${lead} order by hop desc`,
  )
}

/** Under which service level, and in whose hours, the present owner's clocks run; null where nobody owns the lead. */
export async function countingOf(db: Db, lead: LeadId, atMs: EpochMs): Promise<Counting | null> {
  const present = await rowOrNull(
    db,
    z.object({ owner: repId, sla: z.string() }),
    sql`select owner, sla from assignments where lead_id = ${lead} and ended_at is null`,
  )
  if (present === null) return null
  const { people } = await rosterAt(db, atMs)
  const owner = people.find(({ id }) => id === present.owner)
  if (owner === undefined) throw new Error(`the owner ${present.owner} is not in the roster`)
  return { sla: present.sla, ownerCalendar: owner.calendar }
}

const assignmentRow = z
  .object({
    hop: z.int(),
    owner: repId,
    pool: z.string().nullable(),
    rule: z.string(),
    sla: z.string(),
    cause: z.string(),
    policy_version: z.int(),
    assigned_at: instantColumn,
    saved_at: instantColumn.nullable(),
    acknowledged_at: instantColumn.nullable(),
    first_touch_at: instantColumn.nullable(),
    ended_at: instantColumn.nullable(),
    ended_why: z.string().nullable(),
  })
  .transform(found => ({
    hop: found.hop,
    owner: found.owner,
    pool: found.pool,
    rule: found.rule,
    sla: found.sla,
    cause: found.cause,
    policyVersion: found.policy_version,
    assignedAtMs: found.assigned_at,
    savedAtMs: found.saved_at,
    acknowledgedAtMs: found.acknowledged_at,
    firstTouchAtMs: found.first_touch_at,
    endedAtMs: found.ended_at,
    endedWhy: found.ended_why,
  }))

const decisionRow = z
  .object({
    hop: z.int(),
    decided_at: instantColumn,
    record: z.object({ input: decisionInput, decision }),
  })
  .transform(found => ({ hop: found.hop, decidedAtMs: found.decided_at, record: found.record }))
