/** People, teams and leave: dated rows, so that a changed person publishes nothing and the past can be read. */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { workCalendar } from '../domain/calendar.js'
import { type EpochMs, type RepId, repId } from '../domain/ids.js'
import type { Person, Roster, Team } from '../domain/people.js'
import { parsePeople, type PeopleError } from '../domain/people-document.js'
import { holidayYearsAround } from './policies.js'
import {
  type Db,
  execute,
  instantColumn,
  type Pool,
  rows,
  sql,
  timestamp,
  transaction,
  type Tx,
} from './sql.js'

const person: z.ZodType<Person> = z.object({
  id: repId,
  name: z.string(),
  email: z.string(),
  role: z.string(),
  team: z.string(),
  manager: repId.nullable(),
  calendar: workCalendar,
  languages: z.array(z.string()),
  skills: z.array(z.string()),
  meetingLink: z.string().nullable(),
})
const team: z.ZodType<Team> = z.object({ id: z.string(), name: z.string(), manager: repId })

export type LoadedPeople = { ok: true; changed: number; ended: number } | { ok: false; errors: PeopleError[] }

/** From this instant on the roster is what the document says: unchanged people keep their rows, missing ones end. */
export async function loadPeople(
  db: Pool,
  load: { document: string; fileName: string; by: string; atMs: EpochMs },
): Promise<LoadedPeople> {
  const parsed = parsePeople(load.document, load.fileName, { holidayYears: holidayYearsAround(load.atMs) })
  if (!parsed.ok) return parsed
  return transaction(db, async tx => {
    // Two loads at once would each end the other's rows.
    await execute(tx, sql`lock table people, teams in share row exclusive mode`)
    const people = await replace(tx, 'people', parsed.people.people, load.atMs)
    const teams = await replace(tx, 'teams', parsed.people.teams, load.atMs)
    return { ok: true, changed: people.changed + teams.changed, ended: people.ended + teams.ended }
  })
}

/** Everyone who belonged to the company at that instant, and the leave that is not over by then. */
export async function rosterAt(db: Db, atMs: EpochMs): Promise<Roster> {
  const at = timestamp(atMs)
  const people = await rows(
    db,
    z.object({ facts: person }),
    sql`select facts from people where valid_from <= ${at} and (valid_to is null or valid_to > ${at}) order by id`,
  )
  const teams = await rows(
    db,
    z.object({ facts: team }),
    sql`select facts from teams where valid_from <= ${at} and (valid_to is null or valid_to > ${at}) order by id`,
  )
  const leave = await rows(
    db,
    z.object({ rep: repId, from_at: instantColumn, until_at: instantColumn.nullable() }),
    sql`select rep, from_at, until_at from leaves where until_at is null or until_at > ${at} order by rep, from_at`,
  )
  return {
    people: people.map(({ facts }) => facts),
    teams: teams.map(({ facts }) => facts),
    leave: leave.map(({ rep, from_at: fromMs, until_at: untilMs }) => ({ rep, fromMs, untilMs })),
  }
}

/** @param leave.untilMs null: until further notice */
export async function addLeave(
  db: Db,
  leave: { rep: RepId; fromMs: EpochMs; untilMs: EpochMs | null; by: string; atMs: EpochMs },
): Promise<string> {
  const id = randomUUID()
  await execute(
    db,
    sql`insert into leaves (id, rep, from_at, until_at, created_by, created_at)
        values (${id}, ${leave.rep}, ${timestamp(leave.fromMs)},
                ${leave.untilMs === null ? null : timestamp(leave.untilMs)}, ${leave.by}, ${timestamp(leave.atMs)})`,
  )
  return id
}

/** Ends at this instant whatever leave the person is on; gives how many there were. */
export async function endLeave(db: Db, rep: RepId, atMs: EpochMs): Promise<number> {
  const at = timestamp(atMs)
  return execute(
    db,
    sql`update leaves set until_at = ${at}
        where rep = ${rep} and from_at < ${at} and (until_at is null or until_at > ${at})`,
  )
}

async function replace(
  tx: Tx,
  table: 'people' | 'teams',
  wanted: readonly { id: string }[],
  atMs: EpochMs,
): Promise<{ changed: number; ended: number }> {
  const name = table === 'people' ? sql`people` : sql`teams`
  const at = timestamp(atMs)
  const document = JSON.stringify(wanted)
  const ended = await execute(
    tx,
    sql`update ${name} as old set valid_to = ${at}
        where valid_to is null and not exists (
          select 1 from jsonb_array_elements(${document}::jsonb) as new
          where new->>'id' = old.id and new = old.facts)`,
  )
  const changed = await execute(
    tx,
    sql`insert into ${name} (id, facts, valid_from)
        select new->>'id', new, ${at} from jsonb_array_elements(${document}::jsonb) as new
        where not exists (select 1 from ${name} as old where old.id = new->>'id' and old.valid_to is null)`,
  )
  return { changed, ended: Math.max(0, ended - changed) }
}
