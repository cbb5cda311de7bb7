/** Leave: asked for, approved, changed and ended. The row is what counts; its workflow reads it whenever it changes. */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { type EpochMs, leadId, type LeadId, policyVersion, type RepId, repId } from '../domain/ids.js'
import { policyOfVersion } from './policies.js'
import { type Db, execute, instantColumn, rowOrNull, rows, sql, timestamp } from './sql.js'

export const leaveKind = z.enum(['planned', 'sick', 'half-day'])

export type Leave = z.output<typeof leaveRow>

/** Null: until further notice; nobody in particular covers; asked for only; no calendar file. */
export type NewLeave = {
  rep: RepId
  fromMs: EpochMs
  untilMs: EpochMs | null
  by: string
  atMs: EpochMs
  cover?: RepId | null
  kind?: z.infer<typeof leaveKind>
  /** Absent: whoever enters it approves it. */
  approvedBy?: string | null
  icsUid?: string | null
}

/** The id of the leave: of the same event of a calendar file the same one. */
export async function addLeave(db: Db, leave: NewLeave): Promise<string> {
  const { rep, fromMs, untilMs, by, atMs, cover = null, kind = 'planned', icsUid = null } = leave
  const approvedBy = leave.approvedBy === undefined ? by : leave.approvedBy
  const approvedAt = approvedBy === null ? null : timestamp(atMs)
  const until = untilMs === null ? null : timestamp(untilMs)
  const added = await rowOrNull(
    db,
    z.object({ id: z.uuid() }),
    sql`insert into leaves (id, rep, from_at, until_at, created_by, created_at, cover, kind, approved_by, approved_at,
                            ics_uid)
        values (${randomUUID()}, ${rep}, ${timestamp(fromMs)}, ${until}, ${by}, ${timestamp(atMs)}, ${cover}, ${kind},
                ${approvedBy}, ${approvedAt}, ${icsUid})
        on conflict (rep, ics_uid) where ics_uid is not null
        do update set from_at = excluded.from_at, until_at = excluded.until_at, told_at = null
        returning id`,
  )
  if (added === null) throw new Error('a leave was not stored')
  return added.id
}

export async function leaveOf(db: Db, leave: string): Promise<Leave | null> {
  return rowOrNull(db, leaveRow, sql`select ${columns} from leaves where id = ${leave}`)
}

/** Those that are not over, asked-for ones too; the earliest first. */
export async function leavesAhead(db: Db, rep: RepId | null, atMs: EpochMs): Promise<Leave[]> {
  return rows(
    db,
    leaveRow,
    sql`select ${columns} from leaves
        where (until_at is null or until_at > ${timestamp(atMs)}) and (${rep}::text is null or rep = ${rep})
        order by from_at, id`,
  )
}

/** Whether there was something to decide: a leave that was asked for and not decided yet. */
export async function decideLeave(
  db: Db,
  leave: string,
  { approve, by, atMs }: { approve: boolean; by: string; atMs: EpochMs },
): Promise<boolean> {
  const decided = approve
    ? sql`approved_by = ${by}, approved_at = ${timestamp(atMs)}`
    : sql`refused_by = ${by}, refused_at = ${timestamp(atMs)}`
  const touched = await execute(
    db,
    sql`update leaves set ${decided}, told_at = null
        where id = ${leave} and approved_at is null and refused_at is null`,
  )
  return touched === 1
}

/** Whether it could be changed: it is not over. */
export async function changeLeave(
  db: Db,
  leave: string,
  { untilMs, cover, atMs }: { untilMs?: EpochMs | null; cover?: RepId | null; atMs: EpochMs },
): Promise<boolean> {
  const until = untilMs == null ? null : timestamp(untilMs)
  const touched = await execute(
    db,
    sql`update leaves
        set until_at = case when ${untilMs !== undefined} then ${until}::timestamptz else until_at end,
            cover = case when ${cover !== undefined} then ${cover ?? null}::text else cover end, told_at = null
        where id = ${leave} and (until_at is null or until_at > ${timestamp(atMs)})`,
  )
  return touched === 1
}

/** Leaves whose workflow does not know yet how they stand. */
export async function leavesToTell(db: Db, most: number): Promise<string[]> {
  const found = await rows(
    db,
    z.object({ id: z.uuid() }),
    sql`select id from leaves where told_at is null order by created_at, id limit ${most}`,
  )
  return found.map(({ id }) => id)
}

export async function markTold(db: Db, leave: string, atMs: EpochMs): Promise<void> {
  await execute(db, sql`update leaves set told_at = ${timestamp(atMs)} where id = ${leave}`)
}

/** Nobody could be told: the relay tries again. */
export async function unmark(db: Db, leave: string): Promise<void> {
  await execute(db, sql`update leaves set told_at = null where id = ${leave}`)
}

export type LeadOfRep = { lead: LeadId; touched: 'stay' | 'move' | 'pause' }

/** A page of the open leads that the person owns, in the order of their ids, with what the policy of each says. */
export async function leadsOf(db: Db, rep: RepId, after: LeadId | null, most: number): Promise<LeadOfRep[]> {
  const owned = await rows(
    db,
    z.object({ id: leadId, policy_version: policyVersion }),
    sql`select id, policy_version from leads
        where owner = ${rep} and status <> 'closed' and (${after}::uuid is null or id > ${after}) order by id limit ${most}`,
  )
  return Promise.all(
    owned.map(async ({ id, policy_version }) => {
      const { leave } = await policyOfVersion(db, policy_version)
      return { lead: id, touched: leave.touched }
    }),
  )
}

/** A page of the open leads that this leave has changed something for. */
export async function leadsCovered(
  db: Db,
  leave: string,
  after: LeadId | null,
  most: number,
): Promise<LeadId[]> {
  const found = await rows(
    db,
    z.object({ id: leadId }),
    sql`select distinct l.id from leads l join events e on e.lead_id = l.id
        where e.kind = 'coverStarted' and e.data->>'leave' = ${leave} and l.status <> 'closed'
          and (${after}::uuid is null or l.id > ${after}) order by l.id limit ${most}`,
  )
  return found.map(({ id }) => id)
}

const columns = sql`id, rep, from_at, until_at, cover, kind, created_by, approved_by, refused_by`

const leaveRow = z
  .object({
    id: z.uuid(),
    rep: repId,
    from_at: instantColumn,
    until_at: instantColumn.nullable(),
    cover: repId.nullable(),
    kind: leaveKind,
    created_by: z.string(),
    approved_by: z.string().nullable(),
    refused_by: z.string().nullable(),
  })
  .transform(({ from_at, until_at, created_by, approved_by, refused_by, ...leave }) => ({
    ...leave,
    fromMs: from_at,
    untilMs: until_at,
    createdBy: created_by,
    approvedBy: approved_by,
    refusedBy: refused_by,
  }))
