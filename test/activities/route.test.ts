import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { createActivities } from '../../activities/index.js'
import { createBuiltInCrm } from '../../adapters/crm/built-in.js'
import { decisionsOf } from '../../db/ownership.js'
import { addLeave } from '../../db/leaves.js'
import { loadPeople } from '../../db/people.js'
import { loadPolicy, policyOfVersion } from '../../db/policies.js'
import { bigintColumn, connect, execute, type Pool, rows, sql } from '../../db/sql.js'
import { violations } from '../../db/verify.js'
import { reExecute } from '../../domain/decide.js'
import type { DecisionRecord } from '../../domain/decision.js'
import {
  type EpochMs,
  instant,
  type LeadId,
  type PoolId,
  policyVersion,
  poolId,
  repId,
} from '../../domain/ids.js'
import type { Routed } from '../../domain/life/state.js'
import { oneTurn } from '../../domain/standing.js'
import { databaseFromTemplate } from '../setup/database.js'
import { prepared } from '../setup/prepared.js'
import { people, policy } from '../workflows/desk-documents.js'

/** A Monday. */
const atMs = instant(Date.UTC(2026, 10, 23, 9))
const hour = 3_600_000
const day = 24 * hour
const later = (ms: number): EpochMs => instant(atMs + ms)

const staff = ['lea', 'mia', 'noa', 'tea', 'ula', 'uma', 'ada', 'bea', 'fay', 'fia']
const morePeople = `${staff
  .map(id => `  ${id}: { name: ${id}, email: ${id}@leadline.test, role: ae, team: south, calendar: always }`)
  .join('\n')}
  ger: { name: Ger, email: ger@leadline.test, role: ae, team: south, calendar: always, languages: [de, en] }
  eng: { name: Eng, email: eng@leadline.test, role: ae, team: south, calendar: always, languages: [en] }
  ona: { name: Ona, email: ona@leadline.test, role: ae, team: south, calendar: office }
  zoe: { name: Zoe, email: zoe@leadline.test, role: ae, team: south, calendar: auckland }
`
const morePools = `
  left: { turns: { lea: 1, mia: 1 }, caps: { open: 3 } }
  right: { turns: { lea: 1, noa: 1 }, caps: { open: 3 } }
  daily: { turns: { zoe: 1 }, caps: { perDay: 2, perWeek: 3 } }
  load: { leastLoaded: { ula: 1, uma: 1 } }
  catching: { turns: { ada: 1, bea: 1 }, afterLeave: catch up to 2 turns }
  first: { queue: [fay, fia], acceptWithin: 30m, then: mara }
  german: { turns: { eng: 1, ger: 1 } }
  office: { turns: { ona: 1 }, hours: only }
  tested: { turns: { tea: 1, mia: 1 } }
`
const products = ['left', 'right', 'daily', 'load', 'catching', 'first', 'tested']
const moreRules = `
${products.map(id => `  - { id: ${id}, when: { product: ${id} }, assign: ${id}, nobodyAvailable: review }`).join('\n')}
  - { id: german, when: { product: german }, assign: german, needs: [language] }
  - { id: office, when: { product: office }, assign: office, backup: dora, nobodyAvailable: { hold: 4h } }
`

let db: Pool
let drop: () => Promise<void>
beforeAll(async () => {
  const database = await databaseFromTemplate()
  drop = database.drop
  db = connect(database.url, 16)
  const calendars = `calendars:
  office: { zone: Europe/London, hours: { mon-fri: 09:00-17:00 } }
  auckland: { zone: Pacific/Auckland, hours: 24/7 }`
  const document = `${people.replace('calendars:', calendars)}${morePeople}`
  const loadedPeople = await loadPeople(db, {
    document,
    fileName: 'people.yaml',
    by: 'test',
    atMs: instant(0),
  })
  if (!loadedPeople.ok) throw new Error(JSON.stringify(loadedPeople.errors))
  const loaded = await loadPolicy(db, {
    document: policy
      .replace('pools:\n', `pools:${morePools}`)
      .replace('rules:\n', `rules:${moreRules}`)
      .replace('sources:\n', 'sources:\n  shadow-form: { campaign: general, rollout: shadow }\n'),
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

describe('a limit of open leads', () => {
  it('is never exceeded, when 16 leads are routed at once to two pools that share a person', async () => {
    const rounds = process.env.LEADLINE_PROVE === '1' ? 20 : 3
    for (let round = 0; round < rounds; round++) {
      await closeEverything()
      const leads = await Promise.all(
        Array.from({ length: 16 }, (_, at) => newLead({ product: at % 2 === 0 ? 'left' : 'right' })),
      )
      const routed = await Promise.all(leads.map(lead => route(lead)))
      expect(countOf(routed.map(sayRouted))).toEqual({
        lea: 3,
        mia: 3,
        noa: 3,
        'nobody-available': 7,
      })
    }
  })

  it('is on record with the number, and the record repeats', async () => {
    await closeEverything()
    const leads = await Promise.all(Array.from({ length: 7 }, () => newLead({ product: 'left' })))
    for (const lead of leads) await route(lead)
    const last = await recordOf(leads.at(-1))
    expect(last.decision.candidates).toEqual([
      { rep: 'lea', pool: 'left', outcome: 'cap-open', count: 3, standing: null },
      { rep: 'mia', pool: 'left', outcome: 'cap-open', count: 3, standing: null },
    ])
    expect(reExecute(await policyOfVersion(db, policyVersion.parse(1)), last).same).toBe(true)
  })

  it('counts no lead that has moved on', async () => {
    await closeEverything()
    const leads = await Promise.all(Array.from({ length: 6 }, () => newLead({ product: 'left' })))
    for (const lead of leads) await route(lead)
    const [first] = leads
    await route(first, { hop: 1, cause: 'reassignment', directed: { kind: 'rep', rep: repId.parse('dora') } })
    expect(await route(await newLead({ product: 'left' }))).toMatchObject({ kind: 'assigned' })
  })

  it('counts the lead itself nowhere: its owner may have it again when it is directed to the pool', async () => {
    await closeEverything()
    const leads = await Promise.all(Array.from({ length: 6 }, () => newLead({ product: 'left' })))
    const owners = []
    for (const lead of leads) owners.push(sayRouted(await route(lead)))
    const again = { hop: 1, cause: 'review', directed: { kind: 'pool', pool: poolOf('left') } } as const
    expect(sayRouted(await route(leads[0], again))).toBe(owners[0])
  })
})

describe('a limit of the day and of the week', () => {
  it('is of the day and the week that it is for the person', async () => {
    // In Auckland, thirteen hours ahead of UTC: the last hour of a Sunday, the Monday after it, the Tuesday.
    const sunday = instant(Date.UTC(2026, 10, 29, 10, 30))
    const monday = instant(sunday + hour)
    const tuesday = instant(monday + day)
    const said: string[] = []
    for (const at of [sunday, sunday, sunday, monday, monday, monday, tuesday, tuesday]) {
      said.push(sayRouted(await route(await newLead({ product: 'daily' }), { atMs: at })))
    }
    expect(said).toEqual([
      'zoe',
      'zoe',
      'nobody-available',
      'zoe',
      'zoe',
      'nobody-available',
      'zoe',
      'nobody-available',
    ])
  })

  it('counts what was received on a day though it was decided after the next had begun', async () => {
    const wednesday = instant(Date.UTC(2026, 11, 9, 10))
    const dayBefore = instant(wednesday - day)
    const said: string[] = []
    for (const at of [wednesday, dayBefore, dayBefore, wednesday])
      said.push(sayRouted(await route(await newLead({ product: 'daily' }), { atMs: at })))
    expect(said).toEqual(['zoe', 'zoe', 'zoe', 'nobody-available'])
  })
})

describe('a pool by load', () => {
  it('spreads leads that come at once, so that nobody has two more than another', async () => {
    const leads = await Promise.all(Array.from({ length: 16 }, () => newLead({ product: 'load' })))
    const routed = await Promise.all(leads.map(lead => route(lead)))
    expect(countOf(routed.map(sayRouted))).toEqual({ ula: 8, uma: 8 })
  })
})

describe('a rule that needs a language', () => {
  it('gives the lead to whoever speaks it, by the people document of that time', async () => {
    const lead = await newLead({ product: 'german', language: 'German' })
    expect(await route(lead)).toMatchObject({ kind: 'assigned', owner: 'ger' })
    expect((await recordOf(lead)).decision.candidates).toMatchObject([
      { rep: 'eng', outcome: 'lacks-language' },
      { rep: 'ger', outcome: 'chosen' },
    ])
  })
})

describe('a lead that is held', () => {
  it('waits for the hours to begin, owns a decision and nothing else, and is assigned then', async () => {
    const evening = instant(Date.UTC(2026, 10, 23, 18))
    const lead = await newLead({ product: 'office' })
    const untilMs = instant(evening + 4 * hour)
    expect(await route(lead, { atMs: evening })).toEqual({ kind: 'held', retryAtMs: untilMs, untilMs })
    expect(await assignmentsOf(lead)).toEqual([])
    const morning = instant(Date.UTC(2026, 10, 24, 9))
    const again = { hop: 1, atMs: morning, heldSinceMs: instant(morning - hour) }
    expect(await route(lead, again)).toMatchObject({ kind: 'assigned', owner: 'ona' })
  })

  it('goes on to the backup when its time is over', async () => {
    const evening = instant(Date.UTC(2026, 10, 23, 18))
    const lead = await newLead({ product: 'office' })
    await route(lead, { atMs: evening })
    const over = { hop: 1, atMs: instant(evening + 4 * hour), heldSinceMs: evening }
    expect(await route(lead, over)).toMatchObject({ kind: 'assigned', owner: 'dora' })
  })
})

describe('a queue', () => {
  it('is offered the lead, without an owner and without a turn', async () => {
    const lead = await newLead({ product: 'first' })
    const queued: Routed = {
      kind: 'queued',
      pool: poolOf('first'),
      members: [repId.parse('fay'), repId.parse('fia')],
      rule: 'first',
      acceptByMs: later(hour / 2),
      then: { kind: 'rep', rep: repId.parse('mara') },
    }
    expect(await route(lead)).toEqual(queued)
    expect(await route(lead)).toEqual(queued)
    expect(await assignmentsOf(lead)).toEqual([])
    expect(await ledgerOf('first')).toEqual([])
  })
})

describe('leave in a pool that catches up', () => {
  it('accrues up to the most for one absence, however many entries the absence has', async () => {
    const since = later(day)
    await leaveOf('bea', since, instant(since + hour))
    await leaveOf('bea', instant(since + hour), instant(since + 8 * hour))
    const accrued = async () => (await standingsOf('catching')).get('bea')
    // Half a turn each; the second entry begins between the second lead and the third.
    for (const [leads, expected] of [
      [2, { standing: oneTurn, accrued: oneTurn }],
      [1, { standing: (oneTurn * 3n) / 2n, accrued: (oneTurn * 3n) / 2n }],
      [3, { standing: 2n * oneTurn, accrued: 2n * oneTurn }],
    ] as const) {
      for (let lead = 0; lead < leads; lead++) {
        const at = leads === 2 ? since : instant(since + 2 * hour)
        expect(await routeIn('catching', at)).toBe('ada')
      }
      expect(await accrued()).toMatchObject(expected)
    }
    // Back: hers until she is even, and what the leave accrued is forgotten.
    const back = instant(since + 8 * hour)
    const takers = []
    for (let lead = 0; lead < 6; lead++) takers.push(await routeIn('catching', back))
    expect(countOf(takers)).toEqual({ ada: 1, bea: 5 })
    expect(await accrued()).toEqual({ standing: 0n, accrued: 0n, away: false })
    // Another leave begins from nothing.
    await leaveOf('bea', instant(back + hour), null)
    await routeIn('catching', instant(back + 2 * hour))
    expect(await accrued()).toMatchObject({ accrued: oneTurn / 2n })
  })
})

describe('a source in shadow', () => {
  it('is decided and recorded on a ledger of its own, and nobody is assigned', async () => {
    const takers: string[] = []
    for (let turn = 0; turn < 3; turn++) {
      const lead = await newLead({ source: 'shadow-form', product: 'tested' })
      expect(await route(lead)).toEqual({ kind: 'shadowed' })
      expect(await route(lead)).toEqual({ kind: 'shadowed' })
      expect(await assignmentsOf(lead)).toEqual([])
      const record = await recordOf(lead)
      expect(reExecute(await policyOfVersion(db, policyVersion.parse(1)), record).same).toBe(true)
      takers.push(record.decision.kind === 'assigned' ? record.decision.owner : record.decision.kind)
    }
    expect(takers).toEqual(['mia', 'tea', 'mia'])
    expect(await ledgerOf('tested')).toEqual([])
    expect(await ledgerOf('shadow:tested')).toEqual(['mia', 'tea', 'mia'])
    expect(await routeIn('tested', atMs)).toBe('mia')
    expect(await ledgerOf('tested')).toEqual(['mia'])
  })

  it('writes nothing to the timeline, and leaves the lead as it was', async () => {
    const lead = await newLead({ source: 'shadow-form', product: 'tested' })
    await route(lead)
    const found = await rows(
      db,
      z.object({ owner: z.null(), status: z.string(), due_at: z.null(), events: bigintColumn }),
      sql`select owner, status, due_at, (select count(*) from events where lead_id = ${lead}) as events
          from leads where id = ${lead}`,
    )
    expect(found).toEqual([{ owner: null, status: 'received', due_at: null, events: 1n }])
  })
})

describe('all of this', () => {
  it('leaves ledgers without a gap, and standings that are what these say', async () => {
    const found = await violations(db, null)
    expect(found.filter(({ invariant }) => /ledger/.test(invariant))).toEqual([])
  })
})

function route(
  lead: LeadId | undefined,
  changes: Partial<Parameters<ReturnType<typeof activities>['route']>[0]> = {},
) {
  if (lead === undefined) throw new Error('no such lead')
  return activities().route({
    lead,
    hop: 0,
    atMs,
    cause: 'new',
    directed: null,
    lastOwner: null,
    excluded: [],
    endOfChain: false,
    ...changes,
  })
}

function activities() {
  const mail = { from: 'leads@leadline.test', send: async () => {} }
  return createActivities({ db, crm: createBuiltInCrm(db), mail })
}

function newLead(body: Record<string, unknown>): Promise<LeadId> {
  return prepared(db, { country: 'GB', ...body }, atMs)
}

async function routeIn(product: string, at: EpochMs): Promise<string> {
  return sayRouted(await route(await newLead({ product }), { atMs: at }))
}

function sayRouted(routed: Routed): string {
  return routed.kind === 'assigned' ? routed.owner : routed.kind === 'review' ? routed.review : routed.kind
}

function poolOf(id: string): PoolId {
  return poolId.parse(id)
}

function countOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}

/** Everybody has worked off what they had. */
async function closeEverything(): Promise<void> {
  await execute(
    db,
    sql`update assignments set ended_at = assigned_at, ended_why = 'closed' where ended_at is null`,
  )
}

async function leaveOf(rep: string, fromMs: EpochMs, untilMs: EpochMs | null): Promise<void> {
  await addLeave(db, { rep: repId.parse(rep), fromMs, untilMs, by: 'test', atMs })
}

async function recordOf(lead: LeadId | undefined): Promise<DecisionRecord> {
  const [decided] = lead === undefined ? [] : await decisionsOf(db, lead)
  if (decided === undefined) throw new Error('nothing was decided')
  return decided.record
}

function assignmentsOf(lead: LeadId): Promise<{ owner: string }[]> {
  return rows(db, z.object({ owner: z.string() }), sql`select owner from assignments where lead_id = ${lead}`)
}

/** Who took the turns of a pool. */
async function ledgerOf(pool: string): Promise<string[]> {
  const taken = await rows(
    db,
    z.object({ rep: z.string() }),
    sql`select rep from turns where pool = ${pool} order by seq`,
  )
  return taken.map(({ rep }) => rep)
}

async function standingsOf(
  pool: string,
): Promise<Map<string, { standing: bigint; accrued: bigint; away: boolean }>> {
  const found = await rows(
    db,
    z.object({ rep: z.string(), standing: bigintColumn, accrued: bigintColumn, away: z.boolean() }),
    sql`select rep, standing, accrued, away_since is not null as away from standings where pool = ${pool}`,
  )
  return new Map(found.map(({ rep, ...standing }) => [rep, standing]))
}
