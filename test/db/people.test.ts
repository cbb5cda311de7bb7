import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { addLeave } from '../../db/leaves.js'
import { endLeave, loadPeople, rosterAt } from '../../db/people.js'
import { bigintColumn, connect, execute, type Pool, row, sql } from '../../db/sql.js'
import { type EpochMs, instant, repId } from '../../domain/ids.js'
import { databaseFromTemplate } from '../setup/database.js'

let database: { url: string; drop(): Promise<void> }
let db: Pool
beforeAll(async () => {
  database = await databaseFromTemplate()
  db = connect(database.url)
})
afterAll(async () => {
  await db.end()
  await database.drop()
})
beforeEach(() => execute(db, sql`truncate people, teams, leaves`))

const monday = instant(Date.UTC(2026, 10, 23, 9))
const tuesday = instant(Date.UTC(2026, 10, 24, 9))
const wednesday = instant(Date.UTC(2026, 10, 25, 9))
const ana = repId.parse('ana')

const documentOf = (people: Record<string, string>, manager = 'mara') => `
calendars:
  office: { zone: Europe/London, hours: { mon-fri: 09:00-17:30 }, holidays: [GB-ENG] }
teams:
  south: { name: South, manager: ${manager} }
people:
${Object.entries({ mara: 'manager', ...people })
  .map(
    ([id, role]) =>
      `  ${id}: { name: ${id.toUpperCase()}, email: ${id}@leadline.test, role: ${role}, team: south, calendar: office }`,
  )
  .join('\n')}
`

async function load(people: Record<string, string>, atMs: EpochMs, manager = 'mara') {
  return loadPeople(db, { document: documentOf(people, manager), fileName: 'people.yaml', by: 'test', atMs })
}

async function rolesAt(atMs: EpochMs): Promise<Record<string, string>> {
  const { people } = await rosterAt(db, atMs)
  return Object.fromEntries(people.map(({ id, role }) => [id, role]))
}

async function countRows(): Promise<number> {
  const { count } = await row(
    db,
    z.object({ count: bigintColumn }),
    sql`select (select count(*) from people) + (select count(*) from teams) as count`,
  )
  return Number(count)
}

describe('people in dated rows', () => {
  it('are there from the instant at which they were loaded', async () => {
    expect(await load({ ana: 'sdr' }, tuesday)).toEqual({ ok: true, added: 3, changed: 0, ended: 0 })
    expect(await rolesAt(monday)).toEqual({})
    expect(await rolesAt(tuesday)).toEqual({ ana: 'sdr', mara: 'manager' })
  })

  it('change from one instant on, and the past stays what it was', async () => {
    await load({ ana: 'sdr', ben: 'sdr' }, monday)
    expect(await load({ ana: 'ae', cleo: 'sdr' }, wednesday)).toEqual({
      ok: true,
      added: 1,
      changed: 1,
      ended: 1,
    })
    expect(await rolesAt(tuesday)).toEqual({ ana: 'sdr', ben: 'sdr', mara: 'manager' })
    expect(await rolesAt(wednesday)).toEqual({ ana: 'ae', cleo: 'sdr', mara: 'manager' })
  })

  it('keep their row when nothing about them changes', async () => {
    await load({ ana: 'sdr' }, monday)
    const before = await countRows()
    expect(await load({ ana: 'sdr' }, tuesday)).toEqual({ ok: true, added: 0, changed: 0, ended: 0 })
    expect(await countRows()).toBe(before)
  })

  it('come back after they left', async () => {
    await load({ ana: 'sdr' }, monday)
    await load({}, tuesday)
    await load({ ana: 'sdr' }, wednesday)
    expect(await rolesAt(tuesday)).toEqual({ mara: 'manager' })
    expect(await rolesAt(wednesday)).toEqual({ ana: 'sdr', mara: 'manager' })
  })

  it('are what the last load of an instant says', async () => {
    await load({ ana: 'sdr', ben: 'sdr' }, monday)
    await load({ ana: 'ae' }, monday)
    expect(await rolesAt(monday)).toEqual({ ana: 'ae', mara: 'manager' })
    await load({ ana: 'ae', ben: 'ae' }, monday)
    expect(await rolesAt(tuesday)).toEqual({ ana: 'ae', ben: 'ae', mara: 'manager' })
  })

  it('cannot be loaded into the past of a later load', async () => {
    await load({ ana: 'sdr' }, tuesday)
    await expect(load({ ana: 'ae' }, monday)).rejects.toThrow(
      'people of 2026-11-24T09:00:00.000Z are loaded already; 2026-11-23T09:00:00.000Z is before that',
    )
    expect(await rolesAt(wednesday)).toEqual({ ana: 'sdr', mara: 'manager' })
  })

  it('loaded by two at the same moment are those of one of the two', async () => {
    await load({ ana: 'sdr' }, monday)
    const loads = await Promise.all([
      load({ ana: 'ae', ben: 'sdr' }, tuesday),
      load({ ana: 'ae', cleo: 'sdr' }, tuesday),
    ])
    expect(loads.every(({ ok }) => ok)).toBe(true)
    const roles = await rolesAt(wednesday)
    expect([
      { ana: 'ae', ben: 'sdr', mara: 'manager' },
      { ana: 'ae', cleo: 'sdr', mara: 'manager' },
    ]).toContainEqual(roles)
  })

  it('stay as they are when the document is wrong', async () => {
    await load({ ana: 'sdr' }, monday)
    const refused = await load({ ana: 'sdr' }, tuesday, 'nobody')
    expect(refused).toMatchObject({ ok: false, errors: [{ line: 5, path: 'teams.south.manager' }] })
    expect((await rosterAt(db, wednesday)).teams).toEqual([{ id: 'south', name: 'South', manager: 'mara' }])
  })

  it('have one and the same calendar object at every reading, so that what was worked out for it is used again', async () => {
    await load({ ana: 'sdr' }, monday)
    const [first, second] = [await rosterAt(db, monday), await rosterAt(db, tuesday)]
    expect(first.people[0]?.calendar.holidays).toContain('2026-12-25')
    expect(second.people[0]?.calendar).toBe(first.people[0]?.calendar)
  })
})

describe('leave', () => {
  beforeEach(() => load({ ana: 'sdr' }, monday))
  const away = (fromMs: EpochMs, untilMs: EpochMs | null) =>
    addLeave(db, { rep: ana, fromMs, untilMs, by: 'test', atMs: monday })
  const leaveAt = async (atMs: EpochMs) =>
    (await rosterAt(db, atMs)).leave.map(({ fromMs, untilMs }) => [fromMs, untilMs])

  it('is in the roster until it is over', async () => {
    await away(monday, tuesday)
    expect(await leaveAt(monday)).toEqual([[monday, tuesday]])
    expect(await leaveAt(tuesday)).toEqual([])
  })

  it('until further notice ends when the person is back, and the past keeps it', async () => {
    await away(monday, null)
    expect(await endLeave(db, ana, tuesday)).toBe(1)
    expect(await leaveAt(monday)).toEqual([[monday, tuesday]])
    expect(await leaveAt(wednesday)).toEqual([])
  })

  it('that is planned stays when the person comes back from another', async () => {
    await away(monday, null)
    await away(wednesday, null)
    expect(await endLeave(db, ana, tuesday)).toBe(1)
    expect(await leaveAt(wednesday)).toEqual([[wednesday, null]])
  })

  it('ended at the instant at which it began was none', async () => {
    await away(monday, null)
    expect(await endLeave(db, ana, monday)).toBe(1)
    expect(await leaveAt(monday)).toEqual([])
  })
})
