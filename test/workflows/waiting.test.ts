import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { leadDetail } from '../../db/leads.js'
import { addLeave } from '../../db/leaves.js'
import { endLeave } from '../../db/people.js'
import { row, rows, sql } from '../../db/sql.js'
import { violations } from '../../db/verify.js'
import { type EpochMs, instant, type LeadId, type RepId, repId } from '../../domain/ids.js'
import type { TimelineEntry } from '../../domain/timeline.js'
import type { LeadOutcome } from '../../workflows/lead.js'
import { leadOwner, leadPool, leadStatus } from '../../workflows/search-attributes.js'
import { type Desk, openDesk } from './a-desk.js'
import { waitingPolicy } from './waiting-documents.js'

let desk: Desk
beforeAll(async () => {
  desk = await openDesk({ policy: waitingPolicy })
})
afterAll(() => desk.close())

const cleo = repId.parse('cleo')

let count = 0
const somebody = (more: Record<string, unknown> = {}) => {
  count += 1
  return {
    name: `Person ${count}`,
    email: `person${count}@company${count}.example`,
    company: `Company ${count}`,
    country: 'GB',
    ...more,
  }
}

const result = async (lead: LeadId): Promise<LeadOutcome> => desk.handle(lead).result()

async function detail(lead: LeadId) {
  const found = await leadDetail(desk.db, lead)
  if (found === null) throw new Error('the lead is not there')
  return found
}

/** What the timeline says of this kind, in order. */
async function told<Kind extends TimelineEntry['kind']>(lead: LeadId, kind: Kind) {
  const story = await desk.story(lead)
  return story.filter((event): event is Extract<typeof event, { kind: Kind }> => event.kind === kind)
}

async function inTheCrm(lead: LeadId): Promise<{ owner: string | null; status: string } | undefined> {
  const found = await rows(
    desk.db,
    z.object({ owner: z.string().nullable(), status: z.string() }),
    sql`select owner, status from crm_leads where lead_id = ${lead}`,
  )
  return found[0]
}

async function queued(more: Record<string, unknown> = {}): Promise<LeadId> {
  const lead = await desk.submit(somebody({ product: 'queue', ...more }))
  await desk.until(lead, 'told')
  return lead
}

async function away(rep: RepId, untilMs: EpochMs | null, meanwhile: () => Promise<void>): Promise<void> {
  const atMs = await desk.now()
  await addLeave(desk.db, { rep, fromMs: atMs, untilMs, by: 'test', atMs })
  try {
    await meanwhile()
  } finally {
    await endLeave(desk.db, rep, await desk.now())
  }
}

const finish = (lead: LeadId) => desk.say(lead, 'close', { outcome: 'lost' }, 'mara', 'manager')

describe('a lead in a queue', () => {
  it('is saved before its members are told, goes to the first who accepts it, and the next one hears whose it is', async () => {
    const lead = await queued()
    const kinds = await desk.kinds(lead)
    expect(kinds.indexOf('queued')).toBeLessThan(kinds.indexOf('saved'))
    expect(kinds.indexOf('saved')).toBeLessThan(kinds.indexOf('told'))
    expect((await told(lead, 'told'))[0]?.data).toEqual({ about: 'queued', recipients: ['ana', 'ben'] })
    expect(
      desk.mails.filter(({ subject }) => subject.includes(`Person ${count}`)).map(({ to }) => to),
    ).toEqual(expect.arrayContaining(['ana@leadline.test', 'ben@leadline.test']))
    expect(await inTheCrm(lead)).toEqual({ owner: null, status: 'queued' })
    expect(await detail(lead)).toMatchObject({
      status: 'queued',
      owner: null,
      rule: 'first-come',
      queue: { pool: 'desk', members: ['ana', 'ben'], then: 'anyone' },
    })

    expect(await desk.say(lead, 'acceptLead', {}, 'cleo')).toMatchObject({ ok: false, code: 'not-member' })
    expect(await desk.say(lead, 'acceptLead', {}, 'ben')).toEqual({
      ok: true,
      status: 'assigned',
      owner: 'ben',
    })
    expect(await desk.say(lead, 'acceptLead', {}, 'ana')).toMatchObject({
      ok: false,
      code: 'taken',
      owner: 'ben',
    })
    expect((await told(lead, 'accepted')).map(({ actor, data }) => [actor, data.by])).toEqual([
      ['ben', 'ben'],
    ])
    expect((await told(lead, 'assigned'))[0]?.data).toMatchObject({ owner: 'ben', cause: 'accepted' })
    expect((await detail(lead)).clocks).toHaveLength(2)
    await desk.until(lead, 'saved', 2)
    expect(await inTheCrm(lead)).toEqual({ owner: 'ben', status: 'assigned' })
    await desk.say(lead, 'recordTouch', { kind: 'call' }, 'ben')
    await desk.say(lead, 'close', { outcome: 'converted' }, 'ben')
    expect(await result(lead)).toMatchObject({ outcome: 'converted', owner: 'ben' })
    await desk.keepHistory('queue-accepted', lead)
  })

  it('goes on to whom the pool names when nobody accepts it in time', async () => {
    const lead = await queued()
    await desk.pass(31)
    await desk.until(lead, 'assigned')
    expect((await told(lead, 'queueTimedOut'))[0]?.data).toEqual({ pool: 'desk', then: 'anyone' })
    const [assigned] = await told(lead, 'assigned')
    expect(assigned?.data).toMatchObject({ cause: 'queue-timeout', pool: 'anyone' })
    const [entered] = await told(lead, 'queued')
    expect((await told(lead, 'queueTimedOut'))[0]?.atMs).toBe(entered?.data.acceptByMs)
    expect(await desk.say(lead, 'acceptLead', {}, 'mara', 'manager')).toMatchObject({ code: 'taken' })
    await finish(lead)
    await result(lead)
    await desk.keepHistory('queue-timed-out', lead)
  })

  it('takes in a second submission of the same person, and its members hear of that', async () => {
    const person = somebody({ product: 'queue' })
    const first = await desk.submit(person)
    await desk.until(first, 'told')
    const second = await desk.submit(person)
    await desk.until(first, 'told', 2)
    expect((await told(first, 'told'))[1]?.data).toEqual({
      about: 'submission-joined',
      recipients: ['ana', 'ben'],
    })
    expect(await desk.say(first, 'acceptLead', {}, 'ana')).toMatchObject({ ok: true, owner: 'ana' })
    // Not before: whoever waits for a result lets the time pass in which nobody accepts.
    expect(await result(second)).toMatchObject({ outcome: 'merged', mergedInto: first })
    await finish(first)
  })

  it('is closed by a manager who sees that it is no lead, in the CRM too', async () => {
    const lead = await queued()
    const close = { outcome: 'disqualified', reason: 'spam' }
    expect(await desk.say(lead, 'close', close, 'ana')).toMatchObject({ code: 'not-owner' })
    expect(await desk.say(lead, 'close', close, 'mara', 'manager')).toMatchObject({ ok: true })
    expect(await result(lead)).toMatchObject({ outcome: 'disqualified', owner: null })
    expect(await inTheCrm(lead)).toEqual({ owner: null, status: 'disqualified' })
  })

  it('is nobody’s after its owner let it lapse, and not theirs to accept', async () => {
    const lead = await desk.submit(somebody({ product: 'lapse' }))
    await desk.until(lead, 'told')
    await desk.pass(61)
    await desk.until(lead, 'queued')
    await desk.until(lead, 'told', 5)
    expect(await detail(lead)).toMatchObject({ status: 'queued', owner: null, queue: { members: ['ana'] } })
    const [ended] = (await detail(lead)).assignments
    expect(ended).toMatchObject({ owner: 'ben', endedWhy: 'lapsed' })
    expect(await inTheCrm(lead)).toEqual({ owner: null, status: 'queued' })
    const [, ...after] = (await told(lead, 'told')).map(({ data }) => data)
    expect(after).toContainEqual({ about: 'queued', recipients: ['ana'] })
    expect(after).toContainEqual({ about: 'moved-on', recipients: ['ben'] })
    const labels = (await desk.handle(lead).describe()).typedSearchAttributes
    expect([leadStatus, leadPool, leadOwner].map(key => labels.get(key) ?? null)).toEqual([
      'queued',
      'desk',
      null,
    ])
    expect(await desk.say(lead, 'acceptLead', {}, 'ben')).toMatchObject({ code: 'not-member' })
    expect(await desk.say(lead, 'acceptLead', {}, 'ana')).toMatchObject({ ok: true, owner: 'ana' })
    await finish(lead)
  })

  it('gives the turn back to whoever was allowed to pass the lead on, once it waits for somebody else', async () => {
    const lead = await desk.submit(somebody({ product: 'pass-on' }))
    await desk.until(lead, 'told')
    expect(await desk.say(lead, 'requestReassignment', { reason: 'conflict-of-interest' }, 'cleo')).toEqual({
      ok: true,
      status: 'queued',
      owner: null,
    })
    const turns = () =>
      rows(
        desk.db,
        z.object({ kind: z.string(), rep: z.string(), hop: z.int() }),
        sql`select kind, rep, hop from turns where lead_id = ${lead} order by seq`,
      )
    const taken = { kind: 'taken', rep: 'cleo', hop: 0 }
    expect(await turns()).toEqual([taken, { ...taken, kind: 'given_back' }])
    expect(await desk.say(lead, 'acceptLead', {}, 'ana')).toMatchObject({ ok: true })
    expect(await turns()).toHaveLength(2)
    await finish(lead)
  })

  it('has one owner when two members accept at the same instant, and the other one is told whose it is', async () => {
    for (let round = 0; round < 20; round += 1) {
      const lead = await queued()
      const atMs = await desk.now()
      const answers = await Promise.all(
        ['ana', 'ben'].map(async by => ({ by, answer: await desk.say(lead, 'acceptLead', { atMs }, by) })),
      )
      const winner = answers.find(({ answer }) => answer.ok)
      const loser = answers.find(({ answer }) => !answer.ok)
      expect(winner?.answer).toMatchObject({ status: 'assigned', owner: winner?.by })
      expect(loser?.answer).toMatchObject({ code: 'taken', owner: winner?.by })
      const owners = await rows(
        desk.db,
        z.object({ owner: z.string() }),
        sql`select owner from assignments where lead_id = ${lead}`,
      )
      expect(owners).toEqual([{ owner: winner?.by }])
      await desk.until(lead, 'saved', 2)
      await finish(lead)
      await result(lead)
    }
    expect(await violations(desk.db, null)).toEqual([])
  })
})

describe('a lead that nobody is available for', () => {
  it('is held, and assigned to whoever it waits for as soon as they are back', async () => {
    const backAtMs = instant((await desk.now()) + 2 * 3_600_000)
    await away(cleo, backAtMs, async () => {
      const lead = await desk.submit(somebody({ product: 'hold' }))
      await desk.until(lead, 'saved')
      expect(await detail(lead)).toMatchObject({ status: 'held', owner: null, queue: null })
      expect(await inTheCrm(lead)).toEqual({ owner: null, status: 'held' })
      expect((await desk.kinds(lead)).filter(kind => kind === 'told')).toEqual([])
      expect(await desk.say(lead, 'acceptLead', {}, 'cleo')).toMatchObject({
        code: 'wrong-state',
        status: 'held',
      })
      await desk.pass(121)
      await desk.until(lead, 'assigned')
      expect((await told(lead, 'assigned'))[0]?.data).toMatchObject({ owner: 'cleo', cause: 'hold-retry' })
      await finish(lead)
      await result(lead)
      await desk.keepHistory('held-then-assigned', lead)
    })
  })

  it('goes on to the next pool when the hold is over', async () => {
    await away(cleo, null, async () => {
      const lead = await desk.submit(somebody({ product: 'hold' }))
      await desk.until(lead, 'held')
      const [held] = await told(lead, 'held')
      await desk.pass(241)
      await desk.until(lead, 'assigned')
      const [assigned] = await told(lead, 'assigned')
      expect(assigned?.data).toMatchObject({ cause: 'hold-over', pool: 'anyone' })
      expect(['ana', 'ben']).toContain(assigned?.data.owner)
      expect(assigned?.atMs).toBeGreaterThanOrEqual(held?.data.untilMs ?? Number.POSITIVE_INFINITY)
      await finish(lead)
    })
  })

  it('takes in a second submission of the same person while it is held', async () => {
    await away(cleo, null, async () => {
      const person = somebody({ product: 'hold' })
      const first = await desk.submit(person)
      await desk.until(first, 'saved')
      const second = await desk.submit(person)
      await desk.until(second, 'closed')
      expect((await detail(first)).status).toBe('held')
      expect(await desk.kinds(first)).toContain('submissionJoined')
      await finish(first)
      expect(await result(second)).toMatchObject({ outcome: 'merged', mergedInto: first })
    })
  })
})

describe('a lead whose history has become long', () => {
  /** By Signal: the time-skipping server does not carry an Update over to the next run. */
  const signal = (lead: LeadId, name: string, by: string, payload: object = {}) =>
    desk.handle(lead).signal(name, { requestId: randomUUID(), actor: { id: by, role: 'rep' }, ...payload })

  it('waits in its queue as before', async () => {
    const lead = await desk.submit(somebody({ product: 'queue' }), { historyMost: 5 })
    await desk.until(lead, 'told')
    const { runId } = await desk.handle(lead).describe()
    await signal(lead, 'acceptLead', 'cleo')
    await desk.until(lead, 'refused')
    await startedAnew(lead, runId)
    await signal(lead, 'acceptLead', 'ana')
    await desk.until(lead, 'assigned')
    expect((await told(lead, 'assigned'))[0]?.data).toMatchObject({ owner: 'ana', cause: 'accepted' })
    await signal(lead, 'close', 'ana', { outcome: 'lost' })
    expect(await result(lead)).toMatchObject({ outcome: 'lost', owner: 'ana' })
  })

  it('is held as before, since the same instant', async () => {
    await away(cleo, null, async () => {
      const lead = await desk.submit(somebody({ product: 'hold' }), { historyMost: 5 })
      await desk.until(lead, 'saved')
      const { runId } = await desk.handle(lead).describe()
      await signal(lead, 'acceptLead', 'cleo')
      await startedAnew(lead, runId)
      await desk.pass(241)
      await desk.until(lead, 'assigned')
      const [held] = await told(lead, 'held')
      const [assigned] = await told(lead, 'assigned')
      expect(assigned?.data.cause).toBe('hold-over')
      expect(assigned?.atMs).toBeGreaterThanOrEqual(held?.data.untilMs ?? Number.POSITIVE_INFINITY)
      await signal(lead, 'close', assigned?.data.owner ?? '', { outcome: 'lost' })
      await result(lead)
    })
  })

  async function startedAnew(lead: LeadId, runId: string): Promise<void> {
    for (let tries = 0; tries < 200; tries += 1) {
      if ((await desk.handle(lead).describe()).runId !== runId) return
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    throw new Error('the lead has not continued as new')
  }
})

describe('a source that is not in use yet', () => {
  const traces = (lead: LeadId) =>
    row(
      desk.db,
      z.object({ turns: z.string(), assignments: z.string(), messages: z.string(), saved: z.string() }),
      sql`select (select count(*) from turns where lead_id = ${lead} and pool not like 'shadow:%') as turns,
                 (select count(*) from assignments where lead_id = ${lead}) as assignments,
                 (select count(*) from messages where lead_id = ${lead}) as messages,
                 (select count(*) from crm_leads where lead_id = ${lead}) as saved`,
    )
  const none = { turns: '0', assignments: '0', messages: '0', saved: '0' }

  it('has its leads stored when it is off, and that is all', async () => {
    const lead = await desk.submit(somebody({ source: 'quiet-form' }))
    expect(await result(lead)).toEqual({ outcome: 'stored', owner: null, mergedInto: null, hops: 0 })
    expect(await desk.kinds(lead)).toEqual(['received', 'prepared', 'closed'])
    expect(await traces(lead)).toEqual(none)
    await desk.keepHistory('stored', lead)
  })

  it('has them decided and recorded in shadow, and nobody hears of them', async () => {
    const lead = await desk.submit(somebody({ source: 'trial-form' }))
    expect(await result(lead)).toEqual({ outcome: 'shadowed', owner: null, mergedInto: null, hops: 1 })
    expect(await desk.kinds(lead)).toEqual(['received', 'prepared', 'enriched', 'closed'])
    expect(await traces(lead)).toEqual(none)
    const decided = await row(
      desk.db,
      z.object({ kind: z.string(), owner: z.string() }),
      sql`select record->'decision'->>'kind' as kind, record->'decision'->>'owner' as owner
          from decisions where lead_id = ${lead}`,
    )
    expect(decided.kind).toBe('assigned')
    expect(['ana', 'ben', 'cleo']).toContain(decided.owner)
    await desk.keepHistory('shadowed', lead)
  })

  it.each(['quiet-form', 'trial-form'])(
    'takes nobody in: a lead of the same person after one of %s is its own',
    async source => {
      const person = somebody()
      await result(await desk.submit({ ...person, source }))
      const lead = await desk.submit(person)
      await desk.until(lead, 'assigned')
      expect((await told(lead, 'prepared'))[0]?.data).toMatchObject({ verdict: 'new', survivor: null })
      await finish(lead)
    },
  )

  it('neither joins the open lead of the same person in shadow nor asks who it is, and that is on record', async () => {
    const person = somebody()
    const live = await desk.submit(person)
    await desk.until(live, 'told')
    const lead = await desk.submit({ ...person, source: 'trial-form' })
    expect(await result(lead)).toMatchObject({ outcome: 'shadowed', mergedInto: null })
    expect((await told(lead, 'prepared'))[0]?.data).toMatchObject({ verdict: 'joins', survivor: live })
    expect(await told(live, 'submissionJoined')).toEqual([])
    await finish(live)
  })

  it('has left nothing behind that breaks an invariant', async () => {
    expect(await violations(desk.db, null)).toEqual([])
  })
})
