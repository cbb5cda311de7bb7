import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Activities, createActivities } from '../../activities/index.js'
import { createBuiltInCrm } from '../../adapters/crm/built-in.js'
import { loadPeople } from '../../db/people.js'
import { loadPolicy } from '../../db/policies.js'
import { bigintColumn, connect, type Pool, row, rows, sql } from '../../db/sql.js'
import { violations } from '../../db/verify.js'
import { instant, type LeadId, type PoolId, poolId, type RepId } from '../../domain/ids.js'
import type { Directed } from '../../domain/life/state.js'
import { oneTurn } from '../../domain/standing.js'
import type { AssignmentCause, TimelineEntry } from '../../domain/timeline.js'
import { databaseFromTemplate } from '../setup/database.js'
import { submitted } from '../setup/submitted.js'
import { people, policy } from '../workflows/desk-documents.js'

const atMs = instant(Date.UTC(2026, 10, 23, 9))

let db: Pool
let drop: () => Promise<void>
let activities: Activities
beforeAll(async () => {
  const database = await databaseFromTemplate()
  drop = database.drop
  db = connect(database.url)
  await loadPeople(db, { document: people, fileName: 'people.yaml', by: 'test', atMs })
  const document = policy
    .replace('disqualified: { emailDomain: disposable }', 'giveBack: [spam]')
    .replace('pools:\n', 'pools:\n  aces: { turns: { ana: 1, ben: 1, cleo: 1 } }\n')
    .replace(
      'reasons: { conflict',
      'giveBack: [conflict-of-interest, mistake], reasons: { mistake: ask, conflict',
    )
  const load = { document, fileName: 'policy.yaml', by: 'test', reason: 'test', atMs }
  expect(await loadPolicy(db, load)).toMatchObject({ ok: true })
  const mail = { from: 'leads@leadline.test', send: async () => {} }
  activities = createActivities({ db, crm: createBuiltInCrm(db), mail })
})
afterEach(async () => {
  expect(await violations(db, null)).toEqual([])
})
afterAll(async () => {
  await db.end()
  await drop()
})

type Way = { cause?: AssignmentCause; directed?: Directed; from?: RepId }

function route(lead: LeadId, hop: number, { cause = 'new', directed, from }: Way = {}) {
  return activities.route({
    lead,
    hop,
    atMs,
    cause,
    directed: directed ?? null,
    lastOwner: from ?? null,
    excluded: from === undefined || directed?.kind === 'rep' ? [] : [{ rep: from, reason: 'reassigned' }],
    endOfChain: false,
  })
}

let count = 0
/** A lead of a pool, with the one whose turn it was. */
async function taken(
  more: Record<string, unknown> = {},
  way: Way = {},
): Promise<{ lead: LeadId; owner: RepId }> {
  count += 1
  const lead = await submitted(db, { email: `p${count}@c${count}.example`, country: 'GB', ...more }, atMs)
  await activities.prepare({ lead, atMs, step: 0 })
  const routed = await route(lead, 0, way)
  if (routed.kind !== 'assigned') throw new Error(`not assigned but ${routed.kind}`)
  return { lead, owner: routed.owner }
}

function close(lead: LeadId, outcome: 'disqualified' | 'lost', reason: string): Promise<void> {
  const entry: TimelineEntry = { kind: 'closed', data: { outcome, reason, mergedInto: null } }
  return write(lead, 5, entry)
}

function write(lead: LeadId, step: number, entry: TimelineEntry): Promise<void> {
  const entries = [entry]
  return activities.record({ lead, hop: 0, step, atMs, actor: 'test', entries, requestId: null, due: null })
}

async function ask(lead: LeadId, by: RepId, reason: string): Promise<string> {
  const request = `ask-${lead}`
  await activities.openReassignment({ lead, hop: 1, atMs, request, by, reason, wanted: null })
  return request
}

async function decide(lead: LeadId, by: RepId, reason: string, approved: boolean): Promise<void> {
  const request = await ask(lead, by, reason)
  const data = { request, by: 'mara', approved, timedOut: false }
  await write(lead, 3, { kind: 'reassignmentDecided', data })
}

const givenBack = (lead: LeadId) =>
  rows(
    db,
    z.object({ rep: z.string(), hop: z.int(), reason: z.string() }),
    sql`select rep, hop, reason from turns where lead_id = ${lead} and kind = 'given_back'`,
  )

/** All standings, less a turn for each that was given back: docs/fairness.md says that nothing else is left of them. */
async function unaccounted(): Promise<bigint> {
  const { units, turns } = await row(
    db,
    z.object({ units: bigintColumn, turns: bigintColumn }),
    sql`select (select coalesce(sum(standing), 0)::text from standings) as units,
               (select count(*)::text from turns where kind = 'given_back') as turns`,
  )
  return units - turns * oneTurn
}

async function standingOf(rep: RepId): Promise<bigint> {
  const { standing } = await row(
    db,
    z.object({ standing: bigintColumn }),
    sql`select standing from standings where pool = 'anyone' and rep = ${rep}`,
  )
  return standing
}

describe('a lead that was not worth a turn', () => {
  it('gives its owner the turn back when it is closed for such a reason, once, however often that is tried', async () => {
    const { lead, owner } = await taken()
    const before = await standingOf(owner)
    await Promise.all([close(lead, 'disqualified', 'spam'), close(lead, 'disqualified', 'spam')])
    await close(lead, 'disqualified', 'spam')
    expect(await givenBack(lead)).toEqual([{ rep: owner, hop: 0, reason: 'disqualified' }])
    expect(await standingOf(owner)).toBe(before + oneTurn)
    expect(await unaccounted()).toBe(0n)
  })

  it.each([
    ['disqualified', 'no-budget'],
    ['lost', 'spam'],
  ] as const)('costs its turn all the same when it is %s because of %s', async (outcome, reason) => {
    const { lead } = await taken()
    await close(lead, outcome, reason)
    expect(await givenBack(lead)).toEqual([])
    expect(await unaccounted()).toBe(0n)
  })

  it('gives nothing back to whoever had it by name and not by turn', async () => {
    const { lead } = await taken({ product: 'for-ana' })
    await close(lead, 'disqualified', 'spam')
    expect(await givenBack(lead)).toEqual([])
  })
})

describe('a lead that its owner gives away', () => {
  it('gives the turn back when the policy approves, with the change of the owner, once', async () => {
    const { lead, owner } = await taken()
    await ask(lead, owner, 'conflict-of-interest')
    expect(await givenBack(lead)).toEqual([])
    const next = await route(lead, 1, { cause: 'reassignment', from: owner })
    expect(await route(lead, 1, { cause: 'reassignment', from: owner })).toEqual(next)
    expect(await givenBack(lead)).toEqual([{ rep: owner, hop: 0, reason: 'declined' }])
    expect(await unaccounted()).toBe(0n)
    // The turn of whoever has it now is their own to get back.
    await close(lead, 'disqualified', 'spam')
    expect((await givenBack(lead)).map(({ hop }) => hop)).toEqual([0, 1])
    expect(await unaccounted()).toBe(0n)
  })

  it('gives the turn back when the manager approves', async () => {
    const { lead, owner } = await taken()
    await decide(lead, owner, 'mistake', true)
    await route(lead, 1, { cause: 'reassignment', from: owner })
    expect(await givenBack(lead)).toEqual([{ rep: owner, hop: 0, reason: 'declined' }])
    expect(await unaccounted()).toBe(0n)
  })

  it.each([
    ['was refused', 'mistake', false],
    ['was approved for a reason that costs the turn', 'capacity', true],
  ])('gives nothing back when that %s', async (_what, reason, approved) => {
    const { lead, owner } = await taken()
    await decide(lead, owner, reason, approved)
    await route(lead, 1, { cause: approved ? 'reassignment' : 'lapsed', from: owner })
    expect(await givenBack(lead)).toEqual([])
    expect(await unaccounted()).toBe(0n)
  })

  it('gives nothing back when it comes to the same owner again', async () => {
    const { lead, owner } = await taken()
    await ask(lead, owner, 'conflict-of-interest')
    const again: Directed = { kind: 'rep', rep: owner }
    await route(lead, 1, { cause: 'reassignment', directed: again, from: owner })
    expect(await givenBack(lead)).toEqual([])
  })

  it('gives nothing back for what an earlier owner was granted', async () => {
    const { lead, owner } = await taken()
    await ask(lead, owner, 'conflict-of-interest')
    const next = await route(lead, 1, { cause: 'reassignment', from: owner })
    await route(lead, 2, { cause: 'lapsed', from: next.kind === 'assigned' ? next.owner : owner })
    expect((await givenBack(lead)).map(({ hop }) => hop)).toEqual([0])
  })

  it('waits for no other lead that goes the opposite way between two pools', async () => {
    // The fallback, which every routing locks as well, comes between the two in the order of the locks.
    const [aces, sdr] = [poolId.parse('aces'), poolId.parse('sdr')]
    const leads: { lead: LeadId; owner: RepId; to: PoolId }[] = []
    for (let n = 0; n < 12; n += 1) {
      const [from, to] = n % 2 === 0 ? [sdr, aces] : [aces, sdr]
      const { lead, owner } = await taken({}, { cause: 'review', directed: { kind: 'pool', pool: from } })
      await ask(lead, owner, 'conflict-of-interest')
      leads.push({ lead, owner, to })
    }
    // Postgres ends a deadlock by failing one of the two: nothing is tried again here.
    await Promise.all(
      leads.map(({ lead, owner, to }) =>
        route(lead, 1, { cause: 'reassignment', directed: { kind: 'pool', pool: to }, from: owner }),
      ),
    )
    expect(await Promise.all(leads.map(async ({ lead }) => (await givenBack(lead)).length))).toEqual(
      leads.map(() => 1),
    )
    expect(await unaccounted()).toBe(0n)
  })
})
