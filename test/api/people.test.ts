import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { execute, sql } from '../../db/sql.js'
import { z } from 'zod'
import { type ApiUnderTest, apiUnderTest, type Who } from './api-under-test.js'
import { assignLead, minutesAfterNine, nineOClock, receiveLead, tellInApp } from './people-in-sales.js'

describe('the people', () => {
  let api: ApiUnderTest
  beforeAll(async () => {
    api = await apiUnderTest()
  })
  beforeEach(async () => {
    api.setNow(nineOClock)
    await execute(api.db, sql`delete from leaves`)
  })
  afterAll(() => api.close())

  const repNamed = async (id: string) => {
    const { body } = await api.get('mara', '/v1/reps')
    const shown = z.looseObject({
      id: z.string(),
      away: z.boolean(),
      openLeads: z.int(),
      leave: z.array(z.unknown()),
    })
    return z
      .object({ reps: z.array(shown) })
      .parse(body)
      .reps.find(rep => rep.id === id)
  }

  it('are listed as they are now, with their load', async () => {
    const lead = await receiveLead(api.db)
    await assignLead(api.db, lead, 'ben')
    await execute(
      api.db,
      sql`insert into people (id, facts, valid_from, valid_to)
          values ('zoe', '{"id": "zoe", "name": "Zoe", "role": "sdr", "team": "uk", "manager": null}', '2026-01-01', '2026-11-01')`,
    )
    expect(await repNamed('ben')).toMatchObject({
      name: 'ben of Sales',
      role: 'sdr',
      away: false,
      openLeads: 1,
    })
    expect(await repNamed('ana')).toMatchObject({ openLeads: 0 })
    expect(await repNamed('zoe')).toBeUndefined()
  })

  describe('away', () => {
    it('from now until further notice', async () => {
      const { status, body } = await api.post('mara', '/v1/reps/ana/leave', {})
      expect(status).toBe(201)
      expect(body).toMatchObject({ from: '2026-11-23T09:00:00.000Z', until: null })
      expect(body).toMatchObject({ state: 'approved', kind: 'planned', cover: null })
      expect(await repNamed('ana')).toMatchObject({
        away: true,
        leave: [{ from: '2026-11-23T09:00:00.000Z', until: null }],
      })
    })

    it('from a later day until another', async () => {
      const plan = { from: '2026-12-21T00:00:00Z', until: '2026-12-28T00:00:00+01:00' }
      expect((await api.post('operations', '/v1/reps/ana/leave', plan)).status).toBe(201)
      expect(await repNamed('ana')).toMatchObject({
        away: false,
        leave: [{ until: '2026-12-27T23:00:00.000Z' }],
      })
      api.setNow(minutesAfterNine(30 * 24 * 60))
      expect(await repNamed('ana')).toMatchObject({ away: true })
      api.setNow(minutesAfterNine(40 * 24 * 60))
      expect(await repNamed('ana')).toMatchObject({ away: false, leave: [] })
    })

    it('until they come back', async () => {
      const leave = await leaveOf('ana', {})
      api.setNow(minutesAfterNine(60))
      expect((await api.delete('mara', `/v1/reps/ana/leave/${leave}`)).status).toBe(204)
      expect(await repNamed('ana')).toMatchObject({ away: false })
      // A second time changes nothing: the leave ended when it ended.
      api.setNow(minutesAfterNine(90))
      expect((await api.delete('mara', `/v1/reps/ana/leave/${leave}`)).status).toBe(204)
      api.setNow(minutesAfterNine(30))
      expect(await repNamed('ana')).toMatchObject({ away: true })
    })

    it('not at all, when the plan is taken back before it begins', async () => {
      const leave = await leaveOf('ana', { from: '2026-12-21T00:00:00Z' })
      expect((await api.delete('mara', `/v1/reps/ana/leave/${leave}`)).status).toBe(204)
      expect(await repNamed('ana')).toMatchObject({ leave: [] })
    })

    it.each([
      ['nobody', {}, 404],
      ['ana', { from: '2026-12-21T00:00:00Z', until: '2026-12-21T00:00:00Z' }, 422],
      ['ana', { until: '2026-11-23T08:59:00Z' }, 422],
      ['ana', { until: 'Christmas' }, 422],
    ])('refuses for %s the leave %j', async (rep, leave, status) => {
      expect((await api.post('mara', `/v1/reps/${rep}/leave`, leave)).status).toBe(status)
    })

    it("is not found under a colleague's name", async () => {
      const leave = await leaveOf('ana', {})
      expect((await api.delete('mara', `/v1/reps/ben/leave/${leave}`)).status).toBe(404)
      expect(await repNamed('ana')).toMatchObject({ away: true })
    })

    it.each(['ben', 'auditor', 'website'] as const)('is not for %s to write', async who => {
      expect((await api.post(who, '/v1/reps/ana/leave', {})).status).toBe(403)
    })
  })

  describe('told in the app', () => {
    it('see their messages, and their manager does', async () => {
      const lead = await receiveLead(api.db)
      const message = await tellInApp(api.db, lead, 'ana', 'A lead for you')
      for (const who of ['ana', 'mara', 'auditor'] as const) {
        const { status, body } = await api.get(who, '/v1/reps/ana/messages')
        expect(status).toBe(200)
        expect(body).toMatchObject({
          messages: expect.arrayContaining([
            expect.objectContaining({ id: message, leadId: lead, subject: 'A lead for you', readAt: null }),
          ]),
        })
      }
      expect((await api.get('ben', '/v1/reps/ana/messages')).status).toBe(403)
    })

    it('mark their own as read, once, and nobody else does', async () => {
      const message = await tellInApp(api.db, await receiveLead(api.db), 'ana', 'Another lead')
      const read = (who: Who) => api.post(who, `/v1/messages/${message}/read`)
      expect((await read('ben')).status).toBe(404)
      expect((await read('mara')).status).toBe(404)
      expect((await read('administrator')).status).toBe(404)
      expect((await read('ana')).status).toBe(204)
      api.setNow(minutesAfterNine(5))
      expect((await read('ana')).status).toBe(204)
      const { body } = await api.get('ana', '/v1/reps/ana/messages')
      expect(body).toMatchObject({
        messages: expect.arrayContaining([
          expect.objectContaining({ id: message, readAt: '2026-11-23T09:00:00.000Z' }),
        ]),
      })
    })
  })

  async function leaveOf(rep: string, leave: Record<string, unknown>): Promise<string> {
    const { body } = await api.post('mara', `/v1/reps/${rep}/leave`, leave)
    return z.object({ id: z.uuid() }).parse(body).id
  }
})
