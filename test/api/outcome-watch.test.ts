import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createOutcomeWatch, type OutcomeWatch } from '../../api/outcome-watch.js'
import { connect, execute, type Pool, row, sql } from '../../db/sql.js'
import { type LeadId, leadId } from '../../domain/ids.js'
import { databaseFromTemplate } from '../setup/database.js'

/** Far longer than anything here takes. */
const patienceMs = 30_000

describe('waiting for the outcome of a lead', () => {
  let database: { url: string; drop(): Promise<void> }
  let db: Pool
  let watch: OutcomeWatch
  beforeAll(async () => {
    database = await databaseFromTemplate()
    db = connect(database.url, 5)
    watch = createOutcomeWatch(database.url)
    await listening(db)
  })
  afterAll(async () => {
    await watch.close()
    await db.end()
    await database.drop()
  })

  it('answers at once when the outcome is there', async () => {
    expect(await watch.waitFor(someLead(), 0, async () => 'ana')).toBe('ana')
  })

  it('gives up when the time is over', async () => {
    expect(await watch.waitFor(someLead(), 20, async () => null)).toBeNull()
  })

  it('reads again at each announcement of the lead, more often than by itself', async () => {
    const lead = someLead()
    let readings = 0
    // By itself it would read about five times in this time.
    const waiting = watch.waitFor(lead, 4_000, async () => {
      readings += 1
      if (readings < 20) await execute(db, sql`select pg_notify('lead_outcome', ${lead})`)
      return readings < 20 ? null : 'ana'
    })
    expect(await waiting).toBe('ana')
  })

  it('wakes only those who wait for this lead', async () => {
    // Whoever waits while the connection is being made looks once more when it stands.
    await expect.poll(() => listening(db).catch(() => null), { timeout: patienceMs }).not.toBeNull()
    const others = countedReading()
    const waiting = watch.waitFor(someLead(), 600, others.read)
    await others.started
    for (let times = 0; times < 20; times++) {
      await execute(db, sql`select pg_notify('lead_outcome', ${someLead()})`)
    }
    await waiting
    // At first, when the time was over, and at most one tick in between: not twenty times.
    expect(others.count()).toBeLessThan(10)
  })

  it('finds what nobody announced by reading again', async () => {
    const reading = countedReading()
    const waiting = watch.waitFor(someLead(), patienceMs, reading.read)
    await reading.started
    reading.settle('ana')
    expect(await waiting).toBe('ana')
  })

  it('listens again after its connection was cut, and who waited looks again', async () => {
    const lead = someLead()
    const reading = countedReading()
    const waiting = watch.waitFor(lead, patienceMs, reading.read)
    await reading.started
    const before = await listening(db)
    await execute(db, sql`select pg_terminate_backend(${before})`)
    await expect.poll(() => listening(db), { timeout: patienceMs }).not.toBe(before)
    reading.settle('ana')
    await execute(db, sql`select pg_notify('lead_outcome', ${lead})`)
    expect(await waiting).toBe('ana')
  })

  it('passes on the failure of a reading', async () => {
    const failing = watch.waitFor(someLead(), patienceMs, async () => {
      throw new Error('no table')
    })
    await expect(failing).rejects.toThrow('no table')
  })

  it('lets everyone go when it closes', async () => {
    const closing = createOutcomeWatch(database.url)
    const reading = countedReading()
    const waiting = closing.waitFor(someLead(), patienceMs, reading.read)
    await reading.started
    await closing.close()
    expect(await waiting).toBeNull()
  })

  it('closes where there is no database at all', async () => {
    const nowhere = createOutcomeWatch('postgres://nobody@127.0.0.1:1/nothing')
    expect(await nowhere.waitFor(someLead(), 20, async () => 'ana')).toBe('ana')
    await nowhere.close()
  })
})

function someLead(): LeadId {
  return leadId.parse(randomUUID())
}

function countedReading() {
  let settled: string | null = null
  let count = 0
  let start = () => {}
  const started = new Promise<void>(resolve => {
    start = resolve
  })
  return {
    started,
    count: () => count,
    settle(owner: string) {
      settled = owner
    },
    async read() {
      count += 1
      start()
      return settled
    },
  }
}

/** @returns the server process that listens for the watch, once there is one */
async function listening(db: Pool): Promise<number> {
  const query = sql`
    select pid from pg_stat_activity
    where application_name = 'leadline-outcome-watch' and datname = current_database() and query ilike 'listen%'`
  return vi.waitFor(async () => (await row(db, z.object({ pid: z.int() }), query)).pid, {
    timeout: patienceMs,
  })
}
