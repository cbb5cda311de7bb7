/** People, teams and leave: dated rows, so that a changed person publishes nothing and the past can be read. */
import type { Sql } from 'sql-template-tag'
import { z } from 'zod'
import { workCalendar } from '../domain/calendar.js'
import { type EpochMs, type RepId, repId } from '../domain/ids.js'
import type { Person, Roster, Team } from '../domain/people.js'
import { parsePeople } from '../domain/people-document.js'
import type { PolicyError } from '../domain/policy-document.js'
import { holidayYearsAround } from './holiday-years.js'
import {
  type Db,
  execute,
  instantColumn,
  type Pool,
  row,
  rows,
  sql,
  type Tx,
  timestamp,
  transaction,
} from './sql.js'

export type LoadedPeople =
  /** People and teams: rows that are new, rows that say something else than before, and who is no longer there. */
  { ok: true; added: number; changed: number; ended: number } | { ok: false; errors: PolicyError[] }

/**
 * From this instant on the roster is what the document says: unchanged people keep their rows, missing ones end.
 * @throws RangeError when a document of a later instant is loaded already: what was true by then is history
 */
export async function loadPeople(
  db: Pool,
  load: { document: string; fileName: string; by: string; atMs: EpochMs },
): Promise<LoadedPeople> {
  const parsed = parsePeople(load.document, load.fileName, { holidayYears: holidayYearsAround(load.atMs) })
  if (!parsed.ok) return parsed
  return transaction(db, async tx => {
    // Two loads at once would both end the same rows and both begin new ones.
    await execute(tx, sql`lock table people, teams in share row exclusive mode`)
    await refuseThePast(tx, load.atMs)
    const people = await replace(tx, sql`people`, parsed.people.people, load.atMs)
    const teams = await replace(tx, sql`teams`, parsed.people.teams, load.atMs)
    return {
      ok: true,
      added: people.added + teams.added,
      changed: people.changed + teams.changed,
      ended: people.ended + teams.ended,
    }
  })
}

/** Everyone who belonged to the company at that instant, and the leave that is not over by then. */
export async function rosterAt(db: Db, atMs: EpochMs): Promise<Roster> {
  const at = timestamp(atMs)
  const people = await rows(
    db,
    factsRow,
    sql`select facts::text from people where valid_from <= ${at} and (valid_to is null or valid_to > ${at}) order by id`,
  )
  const teams = await rows(
    db,
    factsRow,
    sql`select facts::text from teams where valid_from <= ${at} and (valid_to is null or valid_to > ${at}) order by id`,
  )
  return {
    people: people.map(({ facts }) => knownPeople.read(facts)),
    teams: teams.map(({ facts }) => knownTeams.read(facts)),
    leave: await leaveAt(db, atMs),
  }
}

/** The leave that is not over by then, of everybody. */
export async function leaveAt(db: Db, atMs: EpochMs): Promise<Roster['leave']> {
  const leave = await rows(
    db,
    z.object({ rep: repId, from_at: instantColumn, until_at: instantColumn.nullable() }),
    sql`select rep, from_at, until_at from leaves
        where approved_at is not null and (until_at is null or until_at > ${timestamp(atMs)})
        order by rep, from_at, id`,
  )
  return leave.map(({ rep, from_at: fromMs, until_at: untilMs }) => ({ rep, fromMs, untilMs }))
}

/** Since when those of them who are away have been so. Leave that follows on leave without a gap is one absence. */
export async function awaySince(
  db: Db,
  reps: readonly RepId[],
  atMs: EpochMs,
): Promise<ReadonlyMap<RepId, EpochMs>> {
  if (reps.length === 0) return new Map()
  const absences = await rows(
    db,
    z.object({ rep: repId, since: instantColumn }),
    sql`select rep, lower(absence) as since
        from (select rep, unnest(range_agg(tstzrange(from_at, until_at))) as absence from leaves
              where approved_at is not null and rep = any(${[...reps]}::text[]) group by rep) absences
        where absence @> ${timestamp(atMs)}::timestamptz`,
  )
  return new Map(absences.map(({ rep, since }) => [rep, since]))
}

/** Ends at this instant whatever leave the person is on; gives how many there were. Planned leave stays. */
export async function endLeave(db: Db, rep: RepId, atMs: EpochMs): Promise<number> {
  const at = timestamp(atMs)
  // Leave that begins at this very instant has lasted no time: it goes, since an empty stretch is not leave.
  const taken = await execute(db, sql`delete from leaves where rep = ${rep} and from_at = ${at}`)
  const ended = await execute(
    db,
    sql`update leaves set until_at = ${at}, told_at = null
        where rep = ${rep} and from_at < ${at} and (until_at is null or until_at > ${at})`,
  )
  return taken + ended
}

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
  // People of an earlier release have none.
  channel: z.enum(['email', 'in-app']).default('email'),
})
const team: z.ZodType<Team> = z.object({ id: z.string(), name: z.string(), manager: repId })

const factsRow = z.object({ facts: z.string() })

/**
 * Rows as they were parsed before. The key is the text of the row, so nothing here can be out of date, and a calendar
 * stays one object, by which domain/calendar.ts remembers what it has worked out.
 */
function reading<Facts>(schema: z.ZodType<Facts>, most: number): { read(text: string): Facts } {
  const known = new Map<string, Facts>()
  return {
    read(text) {
      const before = known.get(text)
      if (before !== undefined) return before
      const facts = schema.parse(JSON.parse(text))
      if (known.size >= most) known.clear()
      known.set(text, facts)
      return facts
    },
  }
}

/** As many as a large sales organisation has, with some history. */
const knownPeople = reading(person, 5_000)
const knownTeams = reading(team, 1_000)

async function refuseThePast(tx: Tx, atMs: EpochMs): Promise<void> {
  const { latest } = await row(
    tx,
    z.object({ latest: instantColumn.nullable() }),
    sql`select max(valid_from) as latest from (select valid_from from people union all select valid_from from teams) rows`,
  )
  if (latest !== null && latest > atMs)
    throw new RangeError(
      `people of ${new Date(latest).toISOString()} are loaded already; ${new Date(atMs).toISOString()} is before that`,
    )
}

async function replace(
  tx: Tx,
  table: Sql,
  wanted: readonly { id: string }[],
  atMs: EpochMs,
): Promise<{ added: number; changed: number; ended: number }> {
  const at = timestamp(atMs)
  const document = JSON.stringify(wanted)
  const ended = await rows(
    tx,
    z.object({ id: z.string() }),
    sql`update ${table} as old set valid_to = ${at}
        where valid_to is null and not exists (
          select from jsonb_array_elements(${document}::jsonb) as new
          where new->>'id' = old.id and new = old.facts)
        returning id`,
  )
  // Loaded twice at one instant: what the first load said was true at no instant, and makes way.
  const begun = await rows(
    tx,
    z.object({ id: z.string() }),
    sql`insert into ${table} (id, facts, valid_from)
        select new->>'id', new, ${at} from jsonb_array_elements(${document}::jsonb) as new
        where not exists (select from ${table} as old where old.id = new->>'id' and old.valid_to is null)
        on conflict (id, valid_from) do update set facts = excluded.facts, valid_to = null
        returning id`,
  )
  const before = new Set(ended.map(({ id }) => id))
  const after = new Set(begun.map(({ id }) => id))
  const changed = [...after].filter(id => before.has(id)).length
  return { added: after.size - changed, changed, ended: before.size - changed }
}
