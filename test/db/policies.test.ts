import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { loadPeople } from '../../db/people.js'
import { currentPolicy, loadPolicy, NoPolicy, policyOfVersion } from '../../db/policies.js'
import { connect, execute, instantColumn, type Pool, row, sql } from '../../db/sql.js'
import { instant, policyVersion } from '../../domain/ids.js'
import { databaseFromTemplate } from '../setup/database.js'
import { people, policy } from '../workflows/desk-documents.js'

let database: { url: string; drop(): Promise<void> }
let db: Pool
const atMs = instant(Date.UTC(2026, 10, 23, 9))
beforeAll(async () => {
  database = await databaseFromTemplate()
  db = connect(database.url)
  await loadPeople(db, { document: people, fileName: 'people.yaml', by: 'test', atMs })
})
afterAll(async () => {
  await db.end()
  await database.drop()
})
beforeEach(() => execute(db, sql`truncate policies cascade`))

const named = (name: string) => policy.replace('policy: Test desk', `policy: ${name}`)
const load = (document: string) =>
  loadPolicy(db, { document, fileName: 'policy.yaml', by: 'olga', reason: 'because', atMs })

describe('policies', () => {
  it('are numbered in the order in which they are published, and the last one is in force', async () => {
    expect(await load(named('First'))).toEqual({ ok: true, version: 1, isNew: true })
    expect(await load(named('Second'))).toEqual({ ok: true, version: 2, isNew: true })
    expect(await currentPolicy(db)).toMatchObject({ version: 2, policy: { policy: 'Second' } })
    expect((await policyOfVersion(db, policyVersion.parse(1))).policy).toBe('First')
  })

  it('keep who published them, when and why', async () => {
    await load(policy)
    const stored = await row(
      db,
      z.object({ loaded_by: z.string(), loaded_at: instantColumn, reason: z.string() }),
      sql`select loaded_by, loaded_at, reason from policies`,
    )
    expect(stored).toEqual({ loaded_by: 'olga', loaded_at: atMs, reason: 'because' })
  })

  it('are the same version when the document in force is loaded again, and a new one when an old one is', async () => {
    await load(named('First'))
    expect(await load(named('First'))).toEqual({ ok: true, version: 1, isNew: false })
    await load(named('Second'))
    expect(await load(named('First'))).toEqual({ ok: true, version: 3, isNew: true })
  })

  it('published by several at the same moment each get a number of their own', async () => {
    const loads = await Promise.all(['A', 'B', 'C', 'D', 'E'].map(name => load(named(name))))
    const versions = loads.map(loaded => (loaded.ok ? Number(loaded.version) : 0))
    expect(versions.toSorted()).toEqual([1, 2, 3, 4, 5])
  })

  it('that name somebody who is not there are refused with the place, and nothing is published', async () => {
    const refused = await load(policy.replace('assign: dora }', 'assign: zoe }'))
    expect(refused).toMatchObject({
      ok: false,
      errors: [{ line: 17, path: 'rules[1].assign', value: 'zoe' }],
    })
    await expect(currentPolicy(db)).rejects.toThrow(NoPolicy)
  })

  it('that are no policies are refused with the place', async () => {
    expect(await load('policy: 7\n')).toMatchObject({
      ok: false,
      errors: expect.arrayContaining([expect.objectContaining({ line: 1, path: 'policy' })]),
    })
  })

  it('keep the holidays that they were published with, whatever a later release of the data says', async () => {
    const document = `calendars:\n  uk: { zone: Europe/London, hours: { mon-fri: 09:00-17:30 }, holidays: [GB-ENG] }\n${policy}`
    await load(document)
    expect((await currentPolicy(db)).policy.calendars.uk?.holidays).toContain('2026-12-25')
    await execute(db, sql`alter table policies disable trigger policies_append_only`)
    await execute(
      db,
      sql`update policies set compiled = jsonb_set(compiled, '{calendars,uk,holidays}', '["2026-06-01"]')`,
    )
    await execute(db, sql`alter table policies enable trigger policies_append_only`)
    expect((await currentPolicy(db)).policy.calendars.uk?.holidays).toEqual(['2026-06-01'])
  })

  it('are compiled once: every reading gives the same object', async () => {
    await load(policy)
    expect((await currentPolicy(db)).policy).toBe((await currentPolicy(db)).policy)
  })

  it('need one to be in force', async () => {
    await expect(currentPolicy(db)).rejects.toThrow(
      'no policy is loaded; load one with: leadline policy load FILE',
    )
  })
})
