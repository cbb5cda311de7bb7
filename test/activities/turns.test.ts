import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createActivities } from '../../activities/index.js'
import { createBuiltInCrm } from '../../adapters/crm/built-in.js'
import { loadPeople } from '../../db/people.js'
import { loadPolicy } from '../../db/policies.js'
import { bigintColumn, connect, execute, type Pool, row, rows, sql } from '../../db/sql.js'
import { instant, type LeadId } from '../../domain/ids.js'
import { databaseFromTemplate } from '../setup/database.js'
import { submitted } from '../setup/submitted.js'
import { people, policy } from '../workflows/desk-documents.js'

const atMs = instant(Date.UTC(2026, 10, 23, 9))
const weights = { ana: 1, ben: 2, cleo: 3 }
const total = 6
/** Tijdeman's bound for three members: 1 − 1/(2n − 2). */
const bound = 0.75
const leadsCount = process.env.LEADLINE_PROVE === '1' ? 600 : 200

let db: Pool
let drop: () => Promise<void>
beforeAll(async () => {
  const database = await databaseFromTemplate()
  drop = database.drop
  db = connect(database.url, 16)
  await loadPeople(db, { document: people, fileName: 'people.yaml', by: 'test', atMs })
  const weighted = policy
    .replace('{ ana: 1, ben: 1, cleo: 1 }', '{ ana: 1, ben: 2, cleo: 3 }')
    .replace('otherwise: anyone', 'otherwise: sdr')
  const loaded = await loadPolicy(db, {
    document: weighted,
    fileName: 'policy.yaml',
    by: 'test',
    reason: 'test',
    atMs,
  })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
})
afterAll(async () => {
  await db.end()
  await drop()
})

const mail = { from: 'leads@leadline.test', send: async () => {} }
const activities = () => createActivities({ db, crm: createBuiltInCrm(db), mail })

/** As Temporal does: tries again until it has happened. */
async function retried<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work()
    } catch (error) {
      if (tries === 50) throw error
    }
  }
}

function routeNew(lead: LeadId) {
  const { route } = activities()
  return retried(() =>
    route({
      lead,
      hop: 0,
      atMs,
      cause: 'new',
      directed: null,
      lastOwner: null,
      excluded: [],
      endOfChain: false,
    }),
  )
}

describe('turns of a pool with weights 1, 2 and 3', () => {
  it(`stay within Tijdeman's bound at every prefix when ${leadsCount} leads come at once and connections are killed`, async () => {
    const leads: LeadId[] = []
    for (let n = 0; n < leadsCount; n += 1) {
      const lead = await submitted(
        db,
        { email: `p${n}@c${n}.example`, country: 'GB', company: `C${n}` },
        atMs,
      )
      await activities().prepare({ lead, atMs, step: 0 })
      leads.push(lead)
    }
    const killer = connect(db.options.connectionString ?? '', 1)
    let routing = true
    let killed = 0
    const killing = (async () => {
      while (routing) {
        const { n } = await row(
          killer,
          z.object({ n: z.int() }),
          sql`select count(pg_terminate_backend(pid))::int as n from (
                select pid from pg_stat_activity
                where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle' limit 1) as busy`,
        )
        killed += n
        await new Promise(resolve => setTimeout(resolve, 40))
      }
    })()
    const routed = await Promise.all(leads.map(routeNew))
    routing = false
    await killing
    await killer.end()
    expect(killed).toBeGreaterThan(0)
    expect(routed.every(({ kind }) => kind === 'assigned')).toBe(true)

    const ledger = await rows(
      db,
      z.object({ seq: bigintColumn, rep: z.string() }),
      sql`select seq, rep from turns where pool = 'sdr' order by seq`,
    )
    expect(ledger.map(({ seq }) => Number(seq))).toEqual(leads.map((_, index) => index + 1))
    const taken: Record<string, number> = { ana: 0, ben: 0, cleo: 0 }
    for (const [index, { rep }] of ledger.entries()) {
      taken[rep] = (taken[rep] ?? 0) + 1
      for (const [member, weight] of Object.entries(weights)) {
        const due = ((index + 1) * weight) / total
        expect(Math.abs((taken[member] ?? 0) - due)).toBeLessThanOrEqual(bound + 1e-6)
      }
    }
    const sum = await row(
      db,
      z.object({ sum: z.string() }),
      sql`select sum(standing)::text as sum from standings where pool = 'sdr'`,
    )
    expect(sum.sum).toBe('0')
  })

  it('are not taken twice when a routing is tried again', async () => {
    const lead = await submitted(db, { email: 'again@again.example', country: 'GB' }, atMs)
    await activities().prepare({ lead, atMs, step: 0 })
    const first = await routeNew(lead)
    expect(await routeNew(lead)).toEqual(first)
    const turns = await rows(
      db,
      z.object({ seq: bigintColumn }),
      sql`select seq from turns where lead_id = ${lead}`,
    )
    expect(turns).toHaveLength(1)
  })
})

describe('two submissions of one person at the same instant', () => {
  it('become one new lead and one that joins it, fifty times out of fifty', async () => {
    const pairs = Array.from({ length: 50 }, (_, n) => ({
      email: `twin${n}@twins${n}.example`,
      name: `Twin ${n}`,
      company: `Twins ${n}`,
      country: 'GB',
    }))
    const verdicts = await Promise.all(
      pairs.map(async person => {
        const [first, second] = await Promise.all([submitted(db, person, atMs), submitted(db, person, atMs)])
        const { prepare } = activities()
        const both = await Promise.all(
          [first, second].map(lead => retried(() => prepare({ lead, atMs, step: 0 }))),
        )
        return both.map(({ verdict }) => verdict).sort()
      }),
    )
    expect(verdicts.filter(pair => pair.join() === 'joins,new')).toHaveLength(50)
  })
})

describe('what is written once', () => {
  it.each(['events', 'decisions', 'turns'])('cannot be changed or deleted: %s', async table => {
    const statement = {
      events: sql`delete from events`,
      decisions: sql`delete from decisions`,
      turns: sql`update turns set rep = 'ben'`,
    }[table]
    if (statement === undefined) throw new Error(`no statement for ${table}`)
    await expect(execute(db, statement)).rejects.toThrow('append-only')
  })
})
