import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createActivities } from '../../activities/index.js'
import { createBuiltInCrm } from '../../adapters/crm/built-in.js'
import { loadPeople } from '../../db/people.js'
import { loadPolicy } from '../../db/policies.js'
import { bigintColumn, connect, execute, type Pool, row, rows, sql } from '../../db/sql.js'
import { violations } from '../../db/verify.js'
import { instant, type LeadId } from '../../domain/ids.js'
import { withinBound } from '../../domain/standing.js'
import { databaseFromTemplate } from '../setup/database.js'
import { prepared } from '../setup/prepared.js'
import { submitted } from '../setup/submitted.js'
import { people, policy } from '../workflows/desk-documents.js'

const atMs = instant(Date.UTC(2026, 10, 23, 9))
const size = process.env.LEADLINE_PROVE === '1' ? { pools: 20, leads: 500 } : { pools: 4, leads: 200 }
const connections = 16
const leadsPerKill = 5

/** Pools of 2 to 50 of the same fifty people, with weights from 1 to 1,000. */
const pools = fc
  .sample(fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 2, maxLength: 50, size: 'max' }), {
    seed: 20_261_123,
    numRuns: size.pools,
  })
  .map((weights, at) => ({
    id: `pool-${at}`,
    members: weights.map((weight, member) => ({ rep: repOf((member + 7 * at) % 50), weight })),
  }))

let db: Pool
let drop: () => Promise<void>
beforeAll(async () => {
  const database = await databaseFromTemplate()
  drop = database.drop
  db = connect(database.url, connections)
  const fifty = Array.from(
    { length: 50 },
    (_, at) =>
      `  ${repOf(at)}: { name: Rep ${at}, email: ${repOf(at)}@leadline.test, role: ae, team: south, calendar: always }`,
  )
  const document = `${people}${fifty.join('\n')}\n`
  await loadPeople(db, { document, fileName: 'people.yaml', by: 'test', atMs })
  const withPools = policy
    .replace(
      'pools:\n',
      `pools:\n${pools.map(({ id, members }) => `  ${id}: { turns: ${sayWeights(members)} }\n`).join('')}`,
    )
    .replace(
      'rules:\n',
      `rules:\n${pools.map(({ id }) => `  - { id: ${id}, when: { product: ${id} }, assign: ${id} }\n`).join('')}`,
    )
  const loaded = await loadPolicy(db, {
    document: withPools,
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

describe('turns of several pools at once', () => {
  it(
    `stay within Tijdeman's bound at every prefix when ${connections} connections take ${size.leads} of each of ${size.pools} pools and are killed at random`,
    async () => {
      const wanted = pools.flatMap(({ id }) => Array.from({ length: size.leads }, () => id))
      const leads = await byAll(wanted, product => prepared(db, { country: 'GB', product }, atMs))
      // One pool after the other would never meet; so everyone takes of all of them.
      const mixed = leads.map((_, at) => leads[(at * 7919) % leads.length] ?? fail())
      const killer = connect(db.options.connectionString ?? '', 1)
      let done = 0
      let killed = 0
      const killing = (async () => {
        while (done < mixed.length) {
          // By what is done, not by the clock: on a slow machine the kills would else leave nothing else to do.
          const isDue = killed * leadsPerKill <= done
          if (isDue) killed += await killSomebody(killer)
          await new Promise(resolve => setTimeout(resolve, 10))
        }
      })()
      const routed = await byAll(mixed, async lead => {
        const owned = await routeNew(lead)
        done += 1
        return owned
      })
      await killing
      await killer.end()
      expect(killed).toBeGreaterThan(size.pools)
      expect(routed.every(({ kind }) => kind === 'assigned')).toBe(true)

      for (const { id, members } of pools) {
        const ledger = await rows(
          db,
          z.object({ seq: bigintColumn, rep: z.string() }),
          sql`select seq, rep from turns where pool = ${id} order by seq`,
        )
        expect(ledger.map(({ seq }) => Number(seq))).toEqual(
          Array.from({ length: size.leads }, (_, at) => at + 1),
        )
        expect(
          withinBound(
            members,
            ledger.map(({ rep }) => rep),
          ),
        ).toBe(true)
        const { sum } = await row(
          db,
          z.object({ sum: z.string() }),
          sql`select sum(standing)::text as sum from standings where pool = ${id}`,
        )
        expect(sum).toBe('0')
      }
      const found = await violations(db, null)
      expect(found.filter(({ invariant }) => /ledger|decision|owner/.test(invariant))).toEqual([])
    },
    size.pools * size.leads * 300,
  )

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

/** One of those that are doing something, wherever they are; gives how many that were. */
async function killSomebody(killer: Pool): Promise<number> {
  const { n } = await row(
    killer,
    z.object({ n: z.int() }),
    sql`select count(pg_terminate_backend(pid))::int as n from (
          select pid from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid() and state <> 'idle'
          order by random() limit 1) as busy`,
  )
  return n
}

/** As many at a time as there are connections. */
async function byAll<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const left = [...items.entries()]
  await Promise.all(
    Array.from({ length: connections }, async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const [at, item] = next
        results[at] = await work(item)
      }
    }),
  )
  return results
}

function repOf(at: number): string {
  return `rep-${String(at).padStart(2, '0')}`
}

function sayWeights(members: readonly { rep: string; weight: number }[]): string {
  return `{ ${members.map(({ rep, weight }) => `${rep}: ${weight}`).join(', ')} }`
}

function fail(): never {
  throw new Error('there is a lead at each place')
}
