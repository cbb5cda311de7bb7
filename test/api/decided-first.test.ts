import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { appendEvent } from '../../db/events.js'
import { execute, sql, timestamp, transaction } from '../../db/sql.js'
import { type LeadId, repId } from '../../domain/ids.js'
import type { Answer, ReviewDecision } from '../../domain/messages.js'
import type { TimelineEntry } from '../../domain/timeline.js'
import type { ApiUnderTest } from './api-under-test.js'
import { type Browser, deskUnderTest, leadOfAna, signedIn } from './desk-under-test.js'
import { minutesAfterNine, openRequest, openReview } from './people-in-sales.js'

const tenPast = '2026-11-23T09:10:00.000Z'
const noItem: Answer = { ok: false, code: 'no-such-item', detail: [], status: 'assigned', owner: 'cleo' }

describe('whoever decides second', () => {
  let api: ApiUnderTest
  let lead: LeadId
  let mara: Browser
  let ben: Browser
  beforeAll(async () => {
    api = await deskUnderTest()
    mara = await signedIn(api, 'manager', 'mara')
    ben = await signedIn(api, 'rep', 'ben')
  })
  beforeEach(async () => {
    lead = await leadOfAna(api)
    api.setNow(minutesAfterNine(11))
  })
  afterAll(() => api.close())

  async function decidedReview(decision: ReviewDecision): Promise<string> {
    const review = await openReview(api.db, lead)
    await execute(
      api.db,
      sql`update reviews set ended_at = ${timestamp(minutesAfterNine(10))}, ended_why = 'decided', decided_by = 'olga',
            decision = ${JSON.stringify(decision)} where id = ${review}`,
    )
    return review
  }

  async function happens(key: string, actor: string, entry: TimelineEntry): Promise<void> {
    await transaction(api.db, tx =>
      appendEvent(tx, { lead, atMs: minutesAfterNine(10), actor, hop: 0, key, ...entry }),
    )
  }

  const decisions: [ReviewDecision, object][] = [
    [
      { choice: 'assign', rep: repId.parse('cleo') },
      { choice: 'assign', to: 'cleo', by: 'olga', at: tenPast },
    ],
    [{ choice: 'keepSeparate' }, { choice: 'keepSeparate', by: 'olga', at: tenPast }],
  ]
  it.each(decisions)('about a review hears what was decided first: %j', async (decision, decided) => {
    const review = await decidedReview(decision)
    api.leads.answerNext(noItem)
    const body = { choice: 'keepSeparate' }
    const answered = await api.post('mara', `/v1/reviews/${review}/decision`, body)
    expect(answered.status).toBe(409)
    expect(answered.body).toEqual({
      type: 'urn:leadline:problem:decided-already',
      title: expect.any(String),
      status: 409,
      leadStatus: 'assigned',
      owner: 'cleo',
      decided,
    })
  })

  it('hears it of a lead that the first decision has closed, too', async () => {
    const review = await decidedReview({ choice: 'reject' })
    await execute(api.db, sql`update leads set status = 'closed', outcome = 'rejected' where id = ${lead}`)
    const answered = await api.post('mara', `/v1/reviews/${review}/decision`, { choice: 'keepSeparate' })
    expect(answered.status).toBe(409)
    expect(answered.body).toMatchObject({
      type: 'urn:leadline:problem:closed',
      outcome: 'rejected',
      decided: { choice: 'reject', by: 'olga', at: tenPast },
    })
  })

  it('about a review that ended by itself hears what overtook it', async () => {
    const review = await openReview(api.db, lead)
    await execute(
      api.db,
      sql`update reviews set ended_at = ${timestamp(minutesAfterNine(10))}, ended_why = 'superseded' where id = ${review}`,
    )
    await happens(`reviewEnded-${review}`, 'ana', {
      kind: 'reviewSuperseded',
      data: { review, kind: 'possible-duplicate', by: 'reassignment' },
    })
    api.leads.answerNext(noItem)
    const answered = await api.post('mara', `/v1/reviews/${review}/decision`, { choice: 'keepSeparate' })
    expect(answered.body).toMatchObject({ decided: { choice: 'superseded', by: 'ana', at: tenPast } })
  })

  it.each([
    ['approved', 'olga', { choice: 'approved', by: 'olga', at: tenPast }],
    ['refused', 'olga', { choice: 'refused', by: 'olga', at: tenPast }],
    ['timed_out', 'system', { choice: 'timed_out', by: null, at: tenPast }],
  ])('about a request for another owner hears the same: %s', async (why, by, decided) => {
    const request = await openRequest(api.db, lead, 'ana')
    await execute(
      api.db,
      sql`update reassignment_requests
          set ended_at = ${timestamp(minutesAfterNine(10))}, ended_why = ${why}, decided_by = ${by} where id = ${request}`,
    )
    api.leads.answerNext(noItem)
    const path = `/v1/reassignment-requests/${request}/decision`
    const answered = await api.post('mara', path, { approve: true })
    expect(answered).toMatchObject({ status: 409, body: { decided } })
  })

  it('to answer a handoff hears who has answered it, or that its time was over', async () => {
    const offer = (id: string, why: string, minute: number) =>
      execute(
        api.db,
        sql`insert into handoffs (id, lead_id, hop, from_rep, to_rep, offered_at, due_at, ended_at, ended_why)
            values (${id}, ${lead}, 1, 'ana', 'ben', ${timestamp(minutesAfterNine(minute))},
                    ${timestamp(minutesAfterNine(60))}, ${timestamp(minutesAfterNine(10))}, ${why})`,
      )
    const accept = async () => {
      api.leads.answerNext(noItem)
      return api.post('ben', `/v1/leads/${lead}/handoff/answer`, { accept: true })
    }
    await offer(`one-${lead}`, 'declined', 1)
    await happens(`handoffEnded-one-${lead}`, 'mara', {
      kind: 'handoffAnswered',
      data: {
        handoff: `one-${lead}`,
        to: repId.parse('ben'),
        accepted: false,
        reason: null,
        timedOut: false,
      },
    })
    expect(await accept()).toMatchObject({
      status: 409,
      body: { decided: { choice: 'declined', to: 'ben', by: 'mara', at: tenPast } },
    })
    await offer(`two-${lead}`, 'timed_out', 2)
    await happens(`handoffEnded-two-${lead}`, 'system', {
      kind: 'handoffAnswered',
      data: { handoff: `two-${lead}`, to: repId.parse('ben'), accepted: false, reason: null, timedOut: true },
    })
    expect(await accept()).toMatchObject({
      status: 409,
      body: { decided: { choice: 'timed_out', by: null } },
    })
  })

  it('still finds nothing where there was nothing to decide', async () => {
    api.leads.answerNext(noItem)
    const answered = await api.post('ana', `/v1/leads/${lead}/handoff/answer`, { accept: true })
    expect(answered.status).toBe(404)
    expect(answered.body).toMatchObject({ type: 'urn:leadline:problem:no-such-item' })
  })

  it('reads it on the desk, if the lead is theirs to see', async () => {
    const review = await decidedReview({ choice: 'assign', rep: repId.parse('cleo') })
    api.leads.answerNext(noItem)
    const { location } = await mara.post(`/desk/reviews/${review}/decision`, { choice: 'keepSeparate' })
    expect(location).toBe(`/desk/reviews?flash=refused-no-such-item&item=${review}`)
    const { html } = await mara.get(location ?? '')
    expect(html).toContain('olga: assign (Cleo Marsh), ')
    expect((await ben.get(location ?? '')).html).not.toContain('Cleo Marsh')
    expect((await mara.get('/desk/reviews?item=that-one')).status).toBe(200)

    const request = await openRequest(api.db, lead, 'ana')
    await execute(
      api.db,
      sql`update reassignment_requests
          set ended_at = ${timestamp(minutesAfterNine(10))}, ended_why = 'refused', decided_by = 'mara' where id = ${request}`,
    )
    api.leads.answerNext(noItem)
    const asked = await mara.post(`/desk/requests/${request}/decision`, { approve: 'yes' })
    expect(asked.location).toBe(`/desk/requests?flash=refused-no-such-item&item=${request}`)
    expect((await mara.get(asked.location ?? '')).html).toContain('Mara Voss: refused, ')
  })
})
