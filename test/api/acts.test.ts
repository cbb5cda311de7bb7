import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { noteOf } from '../../db/notes.js'
import type { LeadId } from '../../domain/ids.js'
import type { Answer } from '../../domain/messages.js'
import { z } from 'zod'
import { type Answered, type ApiUnderTest, apiUnderTest } from './api-under-test.js'
import {
  assignLead,
  closeLead,
  minutesAfterNine,
  nineOClock,
  offerHandoff,
  openRequest,
  openReview,
  queueLead,
  receiveLead,
} from './people-in-sales.js'

describe('working on a lead', () => {
  let api: ApiUnderTest
  let lead: LeadId
  beforeAll(async () => {
    api = await apiUnderTest()
  })
  beforeEach(async () => {
    lead = await receiveLead(api.db)
    await api.leads.start(lead, nineOClock)
    await assignLead(api.db, lead, 'ana')
    api.leads.heard.length = 0
    api.setNow(minutesAfterNine(3))
  })
  afterAll(() => api.close())

  const asAna = { actor: { id: 'ana', role: 'rep' }, atMs: minutesAfterNine(3) }

  it("passes the owner's acknowledgement on as of now, and answers where the lead stands", async () => {
    const { status, body } = await api.post('ana', `/v1/leads/${lead}/acknowledge`)
    expect(status).toBe(200)
    expect(body).toMatchObject({ status: 'acknowledged', owner: 'ana' })
    expect(api.leads.heard).toEqual([
      { lead, name: 'acknowledge', payload: { requestId: requestIdOf(body), ...asAna } },
    ])
  })

  it.each([
    ['touches', { kind: 'call' }, 'recordTouch', { kind: 'call' }],
    [
      'reassignment-requests',
      { reason: 'capacity', wanted: 'ben' },
      'requestReassignment',
      { reason: 'capacity', wanted: 'ben' },
    ],
    ['handoff', { to: 'ben', fields: { budget: 10_000 }, notes: 'keen' }, 'handOff', { to: 'ben' }],
    [
      'handoff/answer',
      { accept: false, reason: 'capacity' },
      'answerHandoff',
      { accept: false, reason: 'capacity' },
    ],
    ['close', { outcome: 'lost', reason: 'price' }, 'close', { outcome: 'lost', reason: 'price' }],
  ])('passes on what is posted to %s', async (path, body, name, payload) => {
    const { status } = await api.post('ana', `/v1/leads/${lead}/${path}`, body)
    expect(status).toBe(200)
    expect(api.leads.heard).toMatchObject([{ lead, name, payload: { ...asAna, ...payload } }])
  })

  it('writes what a person typed to Postgres and none of it into the message', async () => {
    const fields = { budget: 10_000, nextStep: 'demo on Friday' }
    const { body } = await api.post('ana', `/v1/leads/${lead}/handoff`, {
      to: 'ben',
      fields,
      notes: 'Ada is keen',
    })
    expect(await noteOf(api.db, requestIdOf(body))).toEqual({ fields, notes: 'Ada is keen' })
    const touched = await api.post('ana', `/v1/leads/${lead}/touches`, {
      kind: 'call',
      note: 'left word with Ada',
    })
    expect(await noteOf(api.db, requestIdOf(touched.body))).toEqual({ note: 'left word with Ada' })
    expect(JSON.stringify(api.leads.heard)).not.toMatch(/Ada|Friday|10000/)
  })

  it('has the text in Postgres before the lead hears of it', async () => {
    api.leads.silence()
    const { body } = await api.post('ana', `/v1/leads/${lead}/touches`, { kind: 'call', note: 'no answer' })
    expect(await noteOf(api.db, requestIdOf(body))).toEqual({ note: 'no answer' })
    await api.leads.wake()
  })

  describe('under a key', () => {
    const key = { 'Idempotency-Key': 'my-click-1' }

    it('counts once, with the first text, however often it is sent', async () => {
      const touch = (note: string) =>
        api.post('ana', `/v1/leads/${lead}/touches`, { kind: 'call', note }, key)
      const first = await touch('left word')
      api.setNow(minutesAfterNine(9))
      const second = await touch('another text')
      expect(second.body).toEqual(first.body)
      expect(api.leads.heard).toHaveLength(1)
      expect(await noteOf(api.db, requestIdOf(first.body))).toEqual({ note: 'left word' })
    })

    it('is another request for another lead, another person and another act', async () => {
      const other = await receiveLead(api.db)
      await api.leads.start(other, nineOClock)
      await assignLead(api.db, other, 'ana')
      const answers = [
        await api.post('ana', `/v1/leads/${lead}/acknowledge`, undefined, key),
        await api.post('ana', `/v1/leads/${other}/acknowledge`, undefined, key),
        await api.post('mara', `/v1/leads/${lead}/acknowledge`, undefined, key),
        await api.post('ana', `/v1/leads/${lead}/touches`, { kind: 'call' }, key),
      ]
      expect(new Set(answers.map(({ body }) => requestIdOf(body))).size).toBe(4)
      expect(api.leads.heard).toHaveLength(4)
    })

    it('keeps the key itself out of the message: people type anything there', async () => {
      await api.post('ana', `/v1/leads/${lead}/acknowledge`, undefined, {
        'Idempotency-Key': 'ada@example.com',
      })
      expect(JSON.stringify(api.leads.heard)).not.toContain('ada@example.com')
    })
  })

  it('answers 202 when nobody can apply it yet, and says as of when it will count', async () => {
    api.leads.silence()
    const { status, body } = await api.post('ana', `/v1/leads/${lead}/acknowledge`)
    expect(status).toBe(202)
    expect(body).toMatchObject({ status: 'pending', appliesAsOf: '2026-11-23T09:03:00.000Z' })
    api.setNow(minutesAfterNine(50))
    await api.leads.wake()
    expect(api.leads.heard).toMatchObject([{ lead, payload: { atMs: minutesAfterNine(3) } }])
  })

  it('answers 503 when the lead cannot be reached at all', async () => {
    api.leads.unplug()
    const { status, body, headers } = await api.post('ana', `/v1/leads/${lead}/acknowledge`)
    api.leads.plugIn()
    expect(status).toBe(503)
    expect(headers.get('retry-after')).toBe('2')
    expect(body).toMatchObject({ type: 'urn:leadline:problem:unavailable' })
  })

  it('answers 409 with the outcome when the lead is closed', async () => {
    await closeLead(api.db, lead, 'converted')
    const { status, body } = await api.post('ana', `/v1/leads/${lead}/acknowledge`)
    expect(status).toBe(409)
    expect(body).toMatchObject({
      type: 'urn:leadline:problem:closed',
      leadStatus: 'closed',
      outcome: 'converted',
      owner: 'ana',
    })
  })

  it.each([
    ['wrong-state', 409],
    ['taken', 409],
    ['not-member', 403],
    ['not-owner', 403],
    ['not-decider', 403],
    ['not-allowed', 403],
    ['no-such-item', 404],
    ['not-a-choice', 422],
    ['incomplete', 422],
    ['unknown-reason', 422],
    ['unknown-person', 422],
    ['unknown-version', 422],
    ['cooling-down', 409],
  ] as const)('turns the refusal %s into a problem with status %i', async (code, expected) => {
    const refusal: Answer = { ok: false, code, detail: ['budget', 'need'], status: 'working', owner: 'ana' }
    api.leads.answerNext(refusal)
    const { status, body } = await api.post('ana', `/v1/leads/${lead}/acknowledge`)
    expect(status).toBe(expected)
    expect(body).toMatchObject({
      type: `urn:leadline:problem:${code}`,
      status: expected,
      leadStatus: 'working',
      owner: 'ana',
      allowed: ['budget', 'need'],
    })
  })

  it.each([
    ['touches', { kind: 'smoke signal' }, 'kind'],
    ['touches', { kind: 'call', note: 'x'.repeat(2_001) }, 'note'],
    ['touches', { kind: 'call', note: 'a\0b' }, 'note'],
    ['reassignment-requests', { reason: '' }, 'reason'],
    ['reassignment-requests', { reason: 'capacity', wanted: 'Ben B.' }, 'wanted'],
    ['handoff', { to: 'ben', fields: { budget: { deep: 1 } }, notes: 'keen' }, 'fields.budget'],
    ['handoff/answer', { accept: 'yes' }, 'accept'],
    ['close', { outcome: 'merged' }, 'outcome'],
  ])('refuses %s with a bad field before the lead hears of it', async (path, body, field) => {
    const answered = await api.post('ana', `/v1/leads/${lead}/${path}`, body)
    expect(answered.status).toBe(422)
    expect(answered.body).toMatchObject({ errors: [{ path: field }] })
    expect(api.leads.heard).toEqual([])
  })

  describe('a lead in a queue', () => {
    let waiting: LeadId
    beforeEach(async () => {
      waiting = await receiveLead(api.db)
      await api.leads.start(waiting, nineOClock)
      await queueLead(api.db, waiting, 'ana', 'ben')
    })

    it('hears who accepts it, and answers whose it is', async () => {
      api.leads.answerNext({ ok: true, status: 'assigned', owner: 'ana' })
      const { status, body } = await api.post('ana', `/v1/leads/${waiting}/accept`)
      expect(status).toBe(200)
      expect(body).toMatchObject({ status: 'assigned', owner: 'ana' })
      expect(api.leads.heard).toEqual([
        { lead: waiting, name: 'acceptLead', payload: { requestId: requestIdOf(body), ...asAna } },
      ])
    })

    it('answers 409 with its owner to whoever accepts it second', async () => {
      await assignLead(api.db, waiting, 'ana')
      api.leads.answerNext({ ok: false, code: 'taken', detail: ['ana'], status: 'assigned', owner: 'ana' })
      const { status, body } = await api.post('ben', `/v1/leads/${waiting}/accept`)
      expect(status).toBe(409)
      expect(body).toMatchObject({ type: 'urn:leadline:problem:taken', leadStatus: 'assigned', owner: 'ana' })
    })

    it('is not there for a rep who is no member', async () => {
      const closed = await receiveLead(api.db)
      await api.leads.start(closed, nineOClock)
      await queueLead(api.db, closed, 'ana')
      expect((await api.post('ben', `/v1/leads/${closed}/accept`)).status).toBe(404)
      expect(api.leads.heard).toEqual([])
    })
  })

  describe('what people decide', () => {
    it('lists open reviews to those who decide them, the most urgent first', async () => {
      const mine = await openReview(api.db, lead, { decides: 'ana', backup: 'mara' })
      const other = await receiveLead(api.db)
      const theirs = await openReview(api.db, other, { decides: 'mara' })
      expect(ids(await api.get('mara', '/v1/reviews'), 'reviews')).toEqual(
        expect.arrayContaining([mine, theirs]),
      )
      const ofMara = ids(await api.get('mara', '/v1/reviews?mine=true'), 'reviews')
      expect(ofMara).toContain(theirs)
      expect(ofMara).not.toContain(mine)
      expect(ids(await api.get('ana', '/v1/reviews'), 'reviews')).toEqual([mine])
      expect(ids(await api.get('auditor', '/v1/reviews?mine=true'), 'reviews')).toEqual([])
      const [shown] = z
        .object({ reviews: z.array(z.unknown()) })
        .parse((await api.get('ana', '/v1/reviews')).body).reviews
      expect(shown).toMatchObject({
        leadId: lead,
        kind: 'possible-duplicate',
        choices: ['merge', 'keepSeparate'],
        evidence: { score: 81 },
        dueAt: '2026-11-23T10:00:00.000Z',
      })
    })

    it('lists a review to its backup once it was escalated', async () => {
      const review = await openReview(api.db, lead, { decides: 'mara', backup: 'ben', escalated: true })
      expect(ids(await api.get('ben', '/v1/reviews'), 'reviews')).toEqual([review])
      expect(ids(await api.get('ben', '/v1/reviews?state=all'), 'reviews')).toEqual([review])
    })

    it("passes on a reviewer's decision", async () => {
      const review = await openReview(api.db, lead)
      const into = await receiveLead(api.db)
      const body = { choice: 'merge', into, note: 'same phone on her card' }
      const { status } = await api.post('mara', `/v1/reviews/${review}/decision`, body)
      expect(status).toBe(200)
      expect(api.leads.heard).toMatchObject([
        {
          lead,
          name: 'decideReview',
          payload: { actor: { id: 'mara', role: 'manager' }, review, decision: { choice: 'merge', into } },
        },
      ])
      expect(JSON.stringify(api.leads.heard)).not.toContain('phone')
    })

    it('writes corrected values to Postgres alone', async () => {
      const review = await openReview(api.db, lead)
      const body = { choice: 'correct', fields: { country: 'GB', email: 'ada@example.com', employees: 12 } }
      const answered = await api.post('operations', `/v1/reviews/${review}/decision`, body)
      expect(answered.status).toBe(200)
      expect(await noteOf(api.db, requestIdOf(answered.body))).toEqual({ fields: body.fields })
      const [heard] = api.leads.heard
      expect(heard?.payload).toMatchObject({ decision: { choice: 'correct' } })
      expect(JSON.stringify(heard)).not.toMatch(/GB|ada@/)
    })

    it.each([
      [{ choice: 'correct' }, 'fields'],
      [{ choice: 'correct', fields: {} }, 'fields'],
      [{ choice: 'correct', fields: { owner: 'ana' } }, 'fields'],
      [{ choice: 'correct', fields: { source: 'demo-form' } }, 'fields'],
      [{ choice: 'correct', fields: { employees: 'many' } }, 'fields.employees'],
      [{ choice: 'correct', fields: { city: 'a\0b' } }, 'fields'],
      [{ choice: 'keepSeparate', fields: { city: 'Leeds' } }, 'fields'],
      [{ choice: 'merge', into: 'that one' }, 'into'],
      [{ choice: 'toss a coin' }, 'choice'],
    ])('refuses the decision %j', async (body, field) => {
      const review = await openReview(api.db, lead)
      const answered = await api.post('mara', `/v1/reviews/${review}/decision`, body)
      expect(answered.status).toBe(422)
      expect(answered.body).toMatchObject({
        errors: expect.arrayContaining([expect.objectContaining({ path: field })]),
      })
      expect(api.leads.heard).toEqual([])
    })

    it('lists and decides reassignment requests', async () => {
      const request = await openRequest(api.db, lead, 'ana')
      expect(ids(await api.get('mara', '/v1/reassignment-requests?mine=true'), 'requests')).toContain(request)
      expect(ids(await api.get('ben', '/v1/reassignment-requests'), 'requests')).toEqual([])
      const body = { approve: true, to: 'ben', note: 'fine by me' }
      const { status } = await api.post('mara', `/v1/reassignment-requests/${request}/decision`, body)
      expect(status).toBe(200)
      expect(api.leads.heard).toMatchObject([
        { lead, name: 'decideReassignment', payload: { request, approve: true, to: 'ben' } },
      ])
    })

    it('knows no review and no request that is not there, or not theirs to see', async () => {
      const review = await openReview(api.db, lead)
      const choice = { choice: 'keepSeparate' }
      const nothing = 'd5f6a1f0-8c9c-4c43-9d7c-4b7f1f0c1d11'
      expect((await api.post('mara', `/v1/reviews/${nothing}/decision`, choice)).status).toBe(404)
      expect((await api.post('ben', `/v1/reviews/${review}/decision`, choice)).status).toBe(404)
      const refuse = { approve: false }
      expect((await api.post('mara', '/v1/reassignment-requests/nothing/decision', refuse)).status).toBe(404)
      expect(api.leads.heard).toEqual([])
    })
  })

  it('lets the receiver of a handoff answer for a lead that they never owned', async () => {
    await offerHandoff(api.db, lead, 'ana', 'ben')
    api.leads.answerNext({ ok: true, status: 'assigned', owner: 'ben' })
    const { status, body } = await api.post('ben', `/v1/leads/${lead}/handoff/answer`, { accept: true })
    expect(status).toBe(200)
    expect(body).toMatchObject({ owner: 'ben' })
  })
})

function requestIdOf(body: unknown): string {
  return z.object({ requestId: z.string() }).parse(body).requestId
}

function ids({ status, body }: Answered, list: 'reviews' | 'requests'): string[] {
  expect(status).toBe(200)
  const shown = z.record(z.string(), z.array(z.object({ id: z.string() }))).parse(body)
  return (shown[list] ?? []).map(({ id }) => id)
}
