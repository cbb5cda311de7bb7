import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Activities, createActivities } from '../../activities/index.js'
import { createBuiltInCrm } from '../../adapters/crm/built-in.js'
import { timelineOf } from '../../db/events.js'
import { keepNote } from '../../db/notes.js'
import { decisionsOf } from '../../db/ownership.js'
import { addLeave } from '../../db/leaves.js'
import { loadPeople } from '../../db/people.js'
import { loadPolicy, policyOfVersion } from '../../db/policies.js'
import { bigintColumn, connect, execute, type Pool, row, rows, sql } from '../../db/sql.js'
import { violations } from '../../db/verify.js'
import { reExecute } from '../../domain/decide.js'
import { type EpochMs, instant, type LeadId, policyVersion, type RepId, repId } from '../../domain/ids.js'
import type { Exclusion, HandoffOpened } from '../../domain/life/state.js'
import type { TimelineEntry } from '../../domain/timeline.js'
import { databaseFromTemplate } from '../setup/database.js'
import { prepared } from '../setup/prepared.js'
import { people, policy } from '../workflows/desk-documents.js'

/** A Monday. */
const atMs = instant(Date.UTC(2026, 10, 23, 9))
const hour = 3_600_000
const later = (ms: number): EpochMs => instant(atMs + ms)
const [ana, dora, emil, mara] = [
  repId.parse('ana'),
  repId.parse('dora'),
  repId.parse('emil'),
  repId.parse('mara'),
]

/** Account executives take turns, with an SDR among them by mistake. */
const morePeople = `  emil: { name: Emil Roth, email: emil@leadline.test, role: ae, team: south, calendar: always }
`
const pools = `pools:
  closers: { turns: { cleo: 1, dora: 1, emil: 1 } }
`
const complete = { fields: { budget: '10k' }, notes: 'They want to start in June.' }

type Desk = { db: Pool; activities: Activities; close(): Promise<void> }

/** @param terms of the policy's handoff, after what every one has */
async function openDesk(terms: string): Promise<Desk> {
  const database = await databaseFromTemplate()
  const db = connect(database.url)
  const staff = { document: `${people}${morePeople}`, fileName: 'people.yaml', by: 'test', atMs: instant(0) }
  expect(await loadPeople(db, staff)).toMatchObject({ ok: true })
  const document = policy
    .replace('pools:\n', pools)
    .replace('qualify:\n', 'qualify:\n  giveBack: [spam]\n')
    .replace('accept: 4h, sla: normal }', `accept: 4h, sla: normal${terms} }`)
  const load = { document, fileName: 'policy.yaml', by: 'test', reason: 'test', atMs }
  expect(await loadPolicy(db, load)).toMatchObject({ ok: true })
  const mail = { from: 'leads@leadline.test', send: async () => {} }
  return {
    db,
    activities: createActivities({ db, crm: createBuiltInCrm(db), mail }),
    async close() {
      await db.end()
      await database.drop()
    },
  }
}

let desk: Desk
beforeAll(async () => {
  desk = await openDesk(', assign: closers, onTimeout: up')
})
afterEach(async () => {
  expect(await violations(desk.db, null)).toEqual([])
})
afterAll(() => desk.close())

/** A lead of Ana's, who has written down what the policy asks for. */
async function ownedByAna({ db, activities }: Desk = desk, note: object = complete) {
  const lead = await prepared(db, { country: 'GB' }, atMs)
  await routeTo(lead, ana, 0, 'new', activities)
  const handoff = `hand-${lead}`
  await keepNote(db, { requestId: handoff, lead, actor: 'ana', body: note, atMs })
  return { lead, handoff }
}

function routeTo(
  lead: LeadId,
  rep: RepId,
  hop: number,
  cause: 'new' | 'handoff' | 'lapsed' = 'new',
  { route }: Activities = desk.activities,
) {
  const from = hop === 0 ? null : ana
  return route({
    lead,
    hop,
    atMs,
    cause,
    directed: { kind: 'rep', rep },
    lastOwner: from,
    excluded: [],
    endOfChain: false,
  })
}

type Offer = { to?: RepId | null; hop?: number; at?: EpochMs; excluded?: Exclusion[] }

function offer(
  { lead, handoff }: { lead: LeadId; handoff: string },
  { to = null, hop = 1, at = atMs, excluded = [] }: Offer = {},
  { openHandoff }: Activities = desk.activities,
): Promise<HandoffOpened> {
  return openHandoff({ lead, hop, atMs: at, handoff, from: ana, to, routing: { hop, excluded } })
}

function write(lead: LeadId, hop: number, ...entries: TimelineEntry[]): Promise<void> {
  return desk.activities.record({
    lead,
    hop,
    step: 9,
    atMs,
    actor: 'test',
    entries,
    requestId: null,
    due: null,
  })
}

const answered = (handoff: string, to: RepId, how: 'accepted' | 'declined' | 'timedOut'): TimelineEntry => ({
  kind: 'handoffAnswered',
  data: { handoff, to, accepted: how === 'accepted', reason: null, timedOut: how === 'timedOut' },
})
const ended = (handoff: string): TimelineEntry => ({
  kind: 'handoffSuperseded',
  data: { handoff, by: 'reassignment' },
})
const closed = (reason: string): TimelineEntry => ({
  kind: 'closed',
  data: { outcome: 'disqualified', reason, mergedInto: null },
})

/** `taken dora 1`, `given_back dora 1`: what the ledger has of the lead, with the routing attempt. */
async function ledgerOf(lead: LeadId): Promise<string[]> {
  const turns = await rows(
    desk.db,
    z.object({ kind: z.string(), rep: z.string(), hop: z.int(), reason: z.string() }),
    sql`select kind, rep, hop, reason from turns where lead_id = ${lead} order by pool, seq`,
  )
  return turns.map(({ kind, rep, hop, reason }) => `${kind} ${rep} ${hop} ${reason}`)
}

const chosen = (opened: HandoffOpened): RepId => {
  if (opened.kind !== 'offered' || opened.to === undefined) throw new Error(JSON.stringify(opened))
  return opened.to
}

describe('a handoff that names nobody', () => {
  it('goes by turns to account executives alone, on record, and until when says their calendar', async () => {
    const first = await ownedByAna()
    const opened = await offer(first)
    const to = chosen(opened)
    expect(opened).toEqual({ kind: 'offered', dueAtMs: later(4 * hour), to, hop: 1, up: mara })
    const second = await ownedByAna()
    const next = chosen(await offer(second))
    expect([to, next].sort()).toEqual(['dora', 'emil'])
    expect(await ledgerOf(first.lead)).toEqual([`taken ${to} 1 handoff`])

    const [made] = await decisionsOf(desk.db, first.lead)
    expect(made?.record.input).toMatchObject({ hop: 1, receiver: 'ae', lastOwner: 'ana' })
    expect(made?.record.decision).toMatchObject({ kind: 'assigned', owner: to, turn: { pool: 'closers' } })
    const version = await policyOfVersion(desk.db, policyVersion.parse(1))
    if (made === undefined) throw new Error('nothing was decided')
    expect(reExecute(version, made.record).same).toBe(true)

    const story = await timelineOf(desk.db, first.lead)
    expect(story.find(({ kind }) => kind === 'handoffOffered')?.data).toMatchObject({
      from: 'ana',
      to,
      pool: 'closers',
      turn: expect.stringMatching(/^\d+$/),
      up: 'mara',
    })
  })

  it('is offered to the same one by a retry, which takes no second turn', async () => {
    const handed = await ownedByAna()
    const opened = await offer(handed)
    expect(await offer(handed)).toEqual(opened)
    expect(await ledgerOf(handed.lead)).toHaveLength(1)
    expect(await decisionsOf(desk.db, handed.lead)).toHaveLength(2)
  })

  it('leaves the lead with its owner, due when the receiver must have answered', async () => {
    const handed = await ownedByAna()
    await execute(desk.db, sql`update leads set due_at = null, due_kind = null where id = ${handed.lead}`)
    await offer(handed)
    const stands = await row(
      desk.db,
      z.object({ owner: z.string(), hop: z.int(), due_at: z.date(), due_kind: z.string() }),
      sql`select owner, hop, due_at, due_kind from leads where id = ${handed.lead}`,
    )
    expect(stands).toEqual({
      owner: 'ana',
      hop: 0,
      due_at: new Date(later(4 * hour)),
      due_kind: 'handoff',
    })
  })

  it('passes over whoever has declined this lead, and the turn of whoever declines comes back', async () => {
    const handed = await ownedByAna()
    const to = chosen(await offer(handed))
    await write(handed.lead, 0, answered(handed.handoff, to, 'declined'))
    await write(handed.lead, 0, answered(handed.handoff, to, 'declined'))
    expect(await ledgerOf(handed.lead)).toEqual([`taken ${to} 1 handoff`, `given_back ${to} 1 declined`])
    const again = { ...handed, handoff: `${handed.handoff}-again` }
    await keepNote(desk.db, {
      requestId: again.handoff,
      lead: handed.lead,
      actor: 'ana',
      body: complete,
      atMs,
    })
    const excluded: Exclusion[] = [{ rep: to, reason: 'declined' }]
    expect(chosen(await offer(again, { hop: 2, excluded }))).toBe(to === 'dora' ? 'emil' : 'dora')
  })

  it.each([
    ['nobody answers it', (handoff: string, to: RepId) => [answered(handoff, to, 'timedOut')]],
    ['another owner overtakes it', (handoff: string) => [ended(handoff)]],
    ['the lead is closed', (handoff: string) => [ended(handoff), closed('budget')]],
  ])('has the turn back when %s', async (_, entries) => {
    const handed = await ownedByAna()
    const to = chosen(await offer(handed))
    await write(handed.lead, 0, ...entries(handed.handoff, to))
    expect(await ledgerOf(handed.lead)).toEqual([`taken ${to} 1 handoff`, `given_back ${to} 1 declined`])
  })

  it('costs the turn of whoever accepts, on the attempt that chose them', async () => {
    const handed = await ownedByAna()
    const to = chosen(await offer(handed))
    await write(handed.lead, 0, answered(handed.handoff, to, 'accepted'))
    expect(await routeTo(handed.lead, to, 2, 'handoff')).toMatchObject({ kind: 'assigned', owner: to })
    expect(await ledgerOf(handed.lead)).toEqual([`taken ${to} 1 handoff`])
    const owners = await rows(
      desk.db,
      z.object({ owner: z.string(), hop: z.int(), sla: z.string(), ended_why: z.string().nullable() }),
      sql`select owner, hop, sla, ended_why from assignments where lead_id = ${handed.lead} order by hop`,
    )
    expect(owners).toEqual([
      { owner: 'ana', hop: 0, sla: 'normal', ended_why: 'handoff' },
      { owner: to, hop: 2, sla: 'normal', ended_why: null },
    ])
  })

  it('has the turn back when whoever accepted finds that it is spam, as the policy says of every owner', async () => {
    const handed = await ownedByAna()
    const to = chosen(await offer(handed))
    await write(handed.lead, 0, answered(handed.handoff, to, 'accepted'))
    await routeTo(handed.lead, to, 2, 'handoff')
    await write(handed.lead, 2, closed('spam'))
    expect(await ledgerOf(handed.lead)).toEqual([`taken ${to} 1 handoff`, `given_back ${to} 1 disqualified`])
  })

  it('has the turn back when whoever accepted is away by then, and somebody else gets the lead', async () => {
    const handed = await ownedByAna()
    const to = chosen(await offer(handed))
    const leave = await addLeave(desk.db, { rep: to, fromMs: atMs, untilMs: null, by: 'test', atMs })
    await write(handed.lead, 0, answered(handed.handoff, to, 'accepted'))
    const routed = await routeTo(handed.lead, to, 2, 'handoff')
    expect(routed).toMatchObject({ kind: 'assigned' })
    expect(routed.kind === 'assigned' && routed.owner).not.toBe(to)
    const turns = await ledgerOf(handed.lead)
    expect(turns).toEqual(expect.arrayContaining([`given_back ${to} 1 declined`]))
    await execute(desk.db, sql`delete from leaves where id = ${leave}`)
  })

  it('has the turn back when whoever accepted never gets the lead, since it ends before', async () => {
    const handed = await ownedByAna()
    const to = chosen(await offer(handed))
    await write(handed.lead, 0, answered(handed.handoff, to, 'accepted'))
    await write(handed.lead, 0, closed('budget'))
    expect(await ledgerOf(handed.lead)).toEqual([`taken ${to} 1 handoff`, `given_back ${to} 1 declined`])
  })

  it('is refused with what kept each of them from it, and leaves no trace in the ledger', async () => {
    const handed = await ownedByAna()
    const since = later(100 * hour)
    for (const rep of [dora, emil]) {
      await addLeave(desk.db, { rep, fromMs: since, untilMs: instant(since + hour), by: 'test', atMs })
    }
    const refused = await offer(handed, { at: since })
    expect(refused).toEqual({
      kind: 'refused',
      code: 'unknown-person',
      detail: ['cleo:other-role', 'dora:away', 'emil:away'],
    })
    expect(await ledgerOf(handed.lead)).toEqual([])
    expect(await decisionsOf(desk.db, handed.lead)).toHaveLength(1)
    // The number is still to be had.
    expect(await offer(handed, { at: later(102 * hour) })).toMatchObject({ kind: 'offered', hop: 1 })
  })

  it('is refused with all that is missing before anybody is asked', async () => {
    const handed = await ownedByAna(desk, { notes: 'short' })
    expect(await offer(handed)).toEqual({
      kind: 'refused',
      code: 'incomplete',
      detail: ['budget', 'notes'],
    })
    expect(await ledgerOf(handed.lead)).toEqual([])
    const story = await timelineOf(desk.db, handed.lead)
    expect(story.find(({ kind }) => kind === 'handoffRefused')?.data).toEqual({
      from: 'ana',
      to: null,
      missing: ['budget', 'notes'],
    })
  })
})

describe('sixteen handoffs at once', () => {
  it('are sixteen turns, each once, and nobody waits for the others in a circle', async () => {
    const handed = await Promise.all(Array.from({ length: 16 }, () => ownedByAna()))
    const offered = await Promise.all(handed.map(each => offer(each)))
    // Half of them are declined while the other half is closed.
    await Promise.all(
      handed.map(({ lead, handoff }, at) =>
        at % 2 === 0
          ? write(lead, 0, answered(handoff, chosen(offered[at] ?? never()), 'declined'))
          : write(lead, 0, ended(handoff), closed('budget')),
      ),
    )
    const { taken, back } = await row(
      desk.db,
      z.object({ taken: bigintColumn, back: bigintColumn }),
      sql`select count(*) filter (where kind = 'taken') as taken, count(*) filter (where kind = 'given_back') as back
          from turns where lead_id = any(${handed.map(({ lead }) => lead)}::uuid[])`,
    )
    expect({ taken, back }).toEqual({ taken: 16n, back: 16n })
  })
})

describe('a handoff to somebody by name', () => {
  it('takes no turn and no attempt, and goes up when nobody answers', async () => {
    const handed = await ownedByAna()
    expect(await offer(handed, { to: dora })).toEqual({
      kind: 'offered',
      dueAtMs: later(4 * hour),
      up: mara,
    })
    expect(await ledgerOf(handed.lead)).toEqual([])
    await write(handed.lead, 0, answered(handed.handoff, dora, 'declined'))
    expect(await ledgerOf(handed.lead)).toEqual([])
  })

  it('is refused for another role, with whom it could go to', async () => {
    const handed = await ownedByAna()
    expect(await offer(handed, { to: repId.parse('ben') })).toEqual({
      kind: 'refused',
      code: 'unknown-person',
      detail: ['dora', 'emil'],
    })
  })
})

describe('where the policy chooses nobody', () => {
  it('the sender must name somebody, and hears so with all else that is missing; nothing goes up', async () => {
    const plain = await openDesk('')
    try {
      const handed = await ownedByAna(plain)
      const incomplete = { kind: 'refused', code: 'incomplete' }
      expect(await offer(handed, {}, plain.activities)).toEqual({ ...incomplete, detail: ['to'] })
      const bare = await ownedByAna(plain, {})
      expect(await offer(bare, {}, plain.activities)).toEqual({
        ...incomplete,
        detail: ['to', 'budget', 'notes'],
      })
      expect(await offer(handed, { to: dora }, plain.activities)).toEqual({
        kind: 'offered',
        dueAtMs: later(4 * hour),
      })
    } finally {
      await plain.close()
    }
  })
})

function never(): never {
  throw new Error('nothing was offered')
}
