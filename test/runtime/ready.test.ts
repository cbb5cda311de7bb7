import { readFile } from 'node:fs/promises'
import { Client, Connection } from '@temporalio/client'
import { msToTs } from '@temporalio/common/lib/time.js'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { announcement } from '../../cli/announcement.js'
import { loadPeople, rosterAt } from '../../db/people.js'
import { connect, execute, type Pool, sql } from '../../db/sql.js'
import { instant } from '../../domain/ids.js'
import { hasKeys, loadSample, mintKeys } from '../../worker/first-start.js'
import { missingIn, prepareNamespace, searchAttributes } from '../../worker/namespace.js'
import {
  createReadiness,
  databaseAnswers,
  databaseIsMigrated,
  NotReady,
  policyIsLoaded,
  runChecks,
  temporalAnswers,
} from '../../worker/ready.js'
import { databaseFromTemplate } from '../setup/database.js'
import { freePort } from '../setup/ports.js'
import { people } from '../workflows/desk-documents.js'

const noon = instant(Date.UTC(2026, 10, 23, 12))

let connection: Connection
let database: Awaited<ReturnType<typeof databaseFromTemplate>>
let db: Pool

beforeAll(async () => {
  connection = await Connection.connect({ address: inject('temporalAddress') })
  database = await databaseFromTemplate()
  db = connect(database.url, 5)
})
afterAll(async () => {
  await db.end()
  await database.drop()
  await connection.close()
})

function checks() {
  return {
    postgres: () => databaseAnswers(db),
    migrated: () => databaseIsMigrated(db),
    temporal: () => temporalAnswers(connection, 'default'),
    policy: () => policyIsLoaded(db),
  }
}

describe('readiness', () => {
  it('is refused until a policy is loaded, and says so', async () => {
    expect(await runChecks(checks())).toEqual({
      ready: false,
      checks: { postgres: 'ok', migrated: 'ok', temporal: 'ok', policy: 'no policy loaded' },
    })
    expect(await loadSample(db, noon)).toBe(true)
    expect((await runChecks(checks())).ready).toBe(true)
  })

  it('notices a database of an older release', async () => {
    const older = await databaseFromTemplate()
    const pool = connect(older.url, 2)
    await execute(pool, sql`delete from migrations where name like '0006%'`)
    expect(await runChecks({ migrated: () => databaseIsMigrated(pool) })).toEqual({
      ready: false,
      checks: { migrated: '1 migrations missing' },
    })
    await pool.end()
    await older.drop()
  })

  it('says of a server that is away only that it is, not where it was looked for', async () => {
    const away = connect(`postgres://someone:secret@127.0.0.1:${await freePort()}/leads`, 1)
    const { checks: answers } = await runChecks({ postgres: () => databaseAnswers(away) })
    expect(answers).toEqual({ postgres: 'not reachable' })
    await away.end()
  })

  it('does not wait for a check that never answers', async () => {
    const { checks: answers } = await runChecks({ temporal: () => new Promise(() => {}) })
    expect(answers).toEqual({ temporal: 'no answer' })
  })

  it('asks once for all who ask at the same time', async () => {
    let asked = 0
    const ready = createReadiness({
      worker: async () => {
        asked += 1
        throw new NotReady('stopping')
      },
    })
    const answers = await Promise.all(Array.from({ length: 20 }, ready))
    expect(asked).toBe(1)
    expect(answers[19]).toEqual({ ready: false, checks: { worker: 'stopping' } })
  })
})

describe('a first start', () => {
  it('loads the sample company once, with customers in its CRM', async () => {
    await loadSample(db, noon)
    expect(await loadSample(db, noon)).toBe(false)
    const { rowCount } = await db.query(sql`select 1 from crm_accounts where customer and owner is not null`)
    expect(rowCount).toBeGreaterThan(0)
  })

  it('leaves a company alone whose people are loaded and whose policy is not', async () => {
    const empty = await databaseFromTemplate()
    const pool = connect(empty.url, 2)
    const load = { fileName: 'people.yaml', by: 'test', atMs: noon }
    expect(await loadPeople(pool, { ...load, document: people })).toMatchObject({ ok: true })
    expect(await loadSample(pool, noon)).toBe(false)
    expect((await rosterAt(pool, noon)).people.map(({ id }) => id)).toContain('mara')
    await pool.end()
    await empty.drop()
  })

  it('goes on with a first start that was broken off after the people', async () => {
    const empty = await databaseFromTemplate()
    const pool = connect(empty.url, 2)
    const document = await readFile(new URL('../../policies/acme-people.yaml', import.meta.url), 'utf8')
    await loadPeople(pool, { document, fileName: 'acme-people.yaml', by: 'first-start', atMs: noon })
    expect(await loadSample(pool, noon)).toBe(true)
    await pool.end()
    await empty.drop()
  })

  it('makes a key for each role, those of a manager and a rep as people of the company', async () => {
    await loadSample(db, noon)
    expect(await hasKeys(db)).toBe(false)
    const keys = await mintKeys(db, noon)
    expect(Object.keys(keys)).toEqual(['administrator', 'operations', 'manager', 'rep', 'intake', 'auditor'])
    expect(await hasKeys(db)).toBe(true)
    const bound = await db.query(sql`select role, rep from api_keys where rep is not null order by role`)
    expect(bound.rows).toEqual([
      { role: 'manager', rep: 'maria' },
      { role: 'rep', rep: 'ana' },
    ])
  })

  it('prints a line into which the shell puts a key that only its holder knows', async () => {
    const about = { url: 'http://localhost:4000', keys: {}, keysFile: null, uiUrl: null, mailIsCaught: false }
    const lines = await announcement(about, db, noon)
    expect(lines.find(line => line.includes('curl'))).toContain('"Authorization: Bearer $LEADLINE_KEY"')
  })

  it('makes no key for a rep where there are no people yet', async () => {
    const empty = await databaseFromTemplate()
    const pool = connect(empty.url, 2)
    expect(Object.keys(await mintKeys(pool, noon))).not.toContain('rep')
    await pool.end()
    await empty.drop()
  })
})

describe('the namespace of a given Temporal server', () => {
  const usual = { days: 90, given: false }

  it('is made with a long memory and every search attribute, and found complete afterwards', async () => {
    const namespace = `leads-${crypto.randomUUID()}`
    expect(await missingIn(connection, namespace, usual)).toEqual([`namespace ${namespace}`])
    await prepareNamespace(connection, namespace, usual)
    expect(await missingIn(connection, namespace, usual)).toEqual([])
    await prepareNamespace(connection, namespace, usual)
    const client = new Client({ connection, namespace })
    for (const name of searchAttributes) {
      expect(await client.workflow.count(`${name} is null`)).toMatchObject({ count: 0 })
    }
  })

  it('remembers longer when it forgot too soon', async () => {
    const namespace = `short-${crypto.randomUUID()}`
    await connection.workflowService.registerNamespace({
      namespace,
      workflowExecutionRetentionPeriod: msToTs('1 day'),
    })
    await expect
      .poll(async () => (await missingIn(connection, namespace, usual))[0], { timeout: 20_000 })
      .toBe('retention of 90 days (it is 1)')
    await prepareNamespace(connection, namespace, usual)
    expect(await missingIn(connection, namespace, usual)).toEqual([])
  })

  it('keeps a longer memory than the usual one, unless somebody has set a shorter one', async () => {
    const namespace = `long-${crypto.randomUUID()}`
    await prepareNamespace(connection, namespace, { days: 120, given: true })
    expect(await missingIn(connection, namespace, usual)).toEqual([])
    const short = { days: 30, given: true }
    await expect
      .poll(() => missingIn(connection, namespace, short), { timeout: 20_000 })
      .toEqual(['retention of 30 days (it is 120)'])
    await prepareNamespace(connection, namespace, short)
    await expect.poll(() => missingIn(connection, namespace, short), { timeout: 20_000 }).toEqual([])
  })
})
