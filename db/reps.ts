/** The people of the roster at one instant, with their leave and their load. */
import { z } from 'zod'
import { type EpochMs, type RepId, repId } from '../domain/ids.js'
import { bigintColumn, type Db, execute, instantColumn, rowOrNull, rows, sql, timestamp } from './sql.js'

export type Rep = z.output<typeof repRow> & {
  /** On leave at this instant. */
  away: boolean
  /** Current and planned leave. */
  leave: Leave[]
}
type Leave = { id: string; fromMs: EpochMs; untilMs: EpochMs | null }

export async function repsAt(db: Db, atMs: EpochMs): Promise<Rep[]> {
  const [people, leave] = await Promise.all([
    rows(
      db,
      repRow,
      sql`select p.id, p.facts->>'name' as name, p.facts->>'role' as role, p.facts->>'team' as team,
                 p.facts->>'manager' as manager,
                 (select count(*) from leads l where l.owner = p.id and l.status <> 'closed') as open_leads
          from people p where ${employedAt(atMs)} order by p.id`,
    ),
    rows(
      db,
      leaveRow,
      sql`select id, rep, from_at, until_at from leaves
          where approved_at is not null and (until_at is null or until_at > ${timestamp(atMs)})
          order by from_at, id`,
    ),
  ])
  return people.map(person => {
    const own = leave.filter(({ rep }) => rep === person.id)
    return {
      ...person,
      away: own.some(({ fromMs }) => fromMs <= atMs),
      leave: own.map(({ id, fromMs, untilMs }) => ({ id, fromMs, untilMs })),
    }
  })
}

export async function isEmployed(db: Db, rep: RepId, atMs: EpochMs): Promise<boolean> {
  const found = await rowOrNull(
    db,
    z.object({ id: repId }),
    sql`select p.id from people p where p.id = ${rep} and ${employedAt(atMs)}`,
  )
  return found !== null
}

/**
 * Ends a leave that runs; takes back one that has not begun. One that is over stays as it was.
 * @returns whether the rep has such a leave
 */
export async function endOneLeave(db: Db, rep: RepId, leave: string, atMs: EpochMs): Promise<boolean> {
  const at = timestamp(atMs)
  const touched = await execute(
    db,
    sql`with found as (select id, from_at, until_at from leaves where id = ${leave} and rep = ${rep} for update),
        ended as (
          update leaves l set until_at = ${at}, told_at = null from found
          where l.id = found.id and found.from_at < ${at} and (found.until_at is null or found.until_at > ${at})
        ),
        taken_back as (delete from leaves l using found where l.id = found.id and found.from_at >= ${at})
        select id from found`,
  )
  return touched === 1
}

/** @returns whether this rep has such a message; one that is read already keeps its first instant */
export async function markRead(db: Db, rep: RepId, message: string, atMs: EpochMs): Promise<boolean> {
  const touched = await execute(
    db,
    sql`update messages set read_at = coalesce(read_at, ${timestamp(atMs)})
        where id = ${message} and recipient = ${rep} and channel = 'in-app'`,
  )
  return touched === 1
}

function employedAt(atMs: EpochMs) {
  const at = timestamp(atMs)
  return sql`p.valid_from <= ${at} and (p.valid_to is null or p.valid_to > ${at})`
}

const repRow = z
  .object({
    id: repId,
    name: z.string(),
    role: z.string(),
    team: z.string(),
    manager: repId.nullable(),
    open_leads: bigintColumn,
  })
  .transform(({ open_leads, ...facts }) => ({ ...facts, openLeads: Number(open_leads) }))

const leaveRow = z
  .object({ id: z.uuid(), rep: repId, from_at: instantColumn, until_at: instantColumn.nullable() })
  .transform(found => ({ id: found.id, rep: found.rep, fromMs: found.from_at, untilMs: found.until_at }))
