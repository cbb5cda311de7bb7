import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { execute, row, sql } from '../../db/sql.js'
import { rosterAt } from '../../db/people.js'
import { type ApiUnderTest, apiUnderTest } from './api-under-test.js'
import { nineOClock } from './people-in-sales.js'

describe('leave', () => {
  let api: ApiUnderTest
  beforeAll(async () => {
    api = await apiUnderTest()
  })
  beforeEach(async () => {
    api.setNow(nineOClock)
    await execute(api.db, sql`delete from leaves`)
  })
  afterAll(() => api.close())

  const leaveSchema = z.looseObject({ id: z.uuid(), state: z.string() })
  const awayNow = async () => {
    const { leave } = await rosterAt(api.db, api.now())
    return leave.map(({ rep }) => rep)
  }

  it('that a rep asks for counts once a manager has approved it', async () => {
    const asked = await api.post('ana', '/v1/reps/ana/leave', { cover: 'ben' })
    expect(asked).toMatchObject({ status: 201, body: { state: 'asked', cover: 'ben', decidedBy: null } })
    expect(await awayNow()).toEqual([])
    const { id } = leaveSchema.parse(asked.body)
    expect((await api.post('ana', `/v1/leaves/${id}/decision`, { approve: true })).status).toBe(403)
    expect(await api.post('mara', `/v1/leaves/${id}/decision`, { approve: true })).toMatchObject({
      status: 200,
      body: { state: 'approved', decidedBy: 'mara' },
    })
    expect(await awayNow()).toEqual(['ana'])
    expect((await api.post('operations', `/v1/leaves/${id}/decision`, { approve: false })).status).toBe(409)
  })

  it('of somebody who is sick today counts at once', async () => {
    expect(await api.post('ana', '/v1/reps/ana/leave', { kind: 'sick' })).toMatchObject({
      status: 201,
      body: { state: 'approved' },
    })
    expect(await awayNow()).toEqual(['ana'])
  })

  it('that is refused never counts', async () => {
    const { id } = leaveSchema.parse((await api.post('ana', '/v1/reps/ana/leave', {})).body)
    expect(await api.post('mara', `/v1/leaves/${id}/decision`, { approve: false })).toMatchObject({
      body: { state: 'refused' },
    })
    expect(await awayNow()).toEqual([])
  })

  it('of a colleague is nobody’s to enter, and nobody covers for themselves', async () => {
    expect((await api.post('ana', '/v1/reps/ben/leave', {})).status).toBe(403)
    expect((await api.post('mara', '/v1/reps/ana/leave', { cover: 'ana' })).status).toBe(422)
    expect((await api.post('mara', '/v1/reps/ana/leave', { cover: 'nobody' })).status).toBe(422)
  })

  it('can be made shorter, and its workflow is to hear of every change', async () => {
    const plan = { until: '2026-12-28T00:00:00Z' }
    const { id } = leaveSchema.parse((await api.post('mara', '/v1/reps/ana/leave', plan)).body)
    await execute(api.db, sql`update leaves set told_at = now() where id = ${id}`)
    const shorter = { until: '2026-12-01T00:00:00Z', cover: 'ben' }
    expect(await api.patch('mara', `/v1/leaves/${id}`, shorter)).toMatchObject({
      status: 200,
      body: { until: '2026-12-01T00:00:00.000Z', cover: 'ben' },
    })
    const { told } = await row(
      api.db,
      z.object({ told: z.boolean() }),
      sql`select told_at is not null as told from leaves where id = ${id}`,
    )
    expect(told).toBe(false)
    expect((await api.patch('mara', `/v1/leaves/${id}`, { until: '2026-11-22T00:00:00Z' })).status).toBe(422)
  })

  it('is listed with what is only asked for; a rep sees their own', async () => {
    await api.post('ana', '/v1/reps/ana/leave', {})
    await api.post('mara', '/v1/reps/ben/leave', {})
    const listed = z.object({ leaves: z.array(z.looseObject({ rep: z.string(), state: z.string() })) })
    const all = listed.parse((await api.get('mara', '/v1/leaves')).body).leaves
    expect(all.map(({ rep, state }) => `${rep} ${state}`).toSorted()).toEqual(['ana asked', 'ben approved'])
    expect(listed.parse((await api.get('ana', '/v1/leaves')).body).leaves.map(({ rep }) => rep)).toEqual([
      'ana',
    ])
  })

  describe('from a calendar file', () => {
    const calendar = (...events: string[][]) =>
      [
        'BEGIN:VCALENDAR',
        'VERSION:2.0',
        'PRODID:-//leadline//test//EN',
        ...events.flatMap(event => ['BEGIN:VEVENT', ...event, 'END:VEVENT']),
        'END:VCALENDAR',
        '',
      ].join('\r\n')

    const send = (text: string) =>
      api.app.request('/v1/reps/ana/leave', {
        method: 'POST',
        headers: { authorization: `Bearer ${api.keyOf('mara')}`, 'content-type': 'text/calendar' },
        body: text,
      })

    it('has a leave for every event: whole days, half days, in any time zone', async () => {
      const response = await send(
        calendar(
          ['UID:christmas', 'DTSTART;VALUE=DATE:20261224', 'DTEND;VALUE=DATE:20261227'],
          ['UID:dentist', 'DTSTART;TZID=America/New_York:20261201T130000', 'DURATION:PT4H30M'],
          ['UID:utc', 'DTSTART:20261202T130000Z', 'DTEND:20261202T170000Z'],
        ),
      )
      expect(response.status).toBe(201)
      const { leaves } = z
        .object({ leaves: z.array(z.object({ from: z.string(), until: z.string() })) })
        .parse(await response.json())
      expect(leaves.slice(1)).toEqual([
        { from: '2026-12-01T18:00:00.000Z', until: '2026-12-01T22:30:00.000Z' },
        { from: '2026-12-02T13:00:00.000Z', until: '2026-12-02T17:00:00.000Z' },
      ])
    })

    it('changes the leave of an event that is sent again, and adds none', async () => {
      await send(calendar(['UID:trip', 'DTSTART:20261201T090000Z', 'DTEND:20261203T090000Z']))
      await send(calendar(['UID:trip', 'DTSTART:20261201T090000Z', 'DTEND:20261205T090000Z']))
      const { leaves, until } = await row(
        api.db,
        z.object({ leaves: z.int(), until: z.string() }),
        sql`select count(*)::int as leaves, to_char(max(until_at) at time zone 'UTC', 'YYYY-MM-DD') as until from leaves`,
      )
      expect({ leaves, until }).toEqual({ leaves: 1, until: '2026-12-05' })
    })

    it.each([
      ['what is no calendar', 'hello'],
      ['a calendar without an event', calendar()],
      [
        'an event that repeats',
        calendar(['UID:w', 'DTSTART:20261201T090000Z', 'DTEND:20261201T100000Z', 'RRULE:FREQ=WEEKLY']),
      ],
      [
        'a time zone that is none',
        calendar(['UID:z', 'DTSTART;TZID=Mars/Base:20261201T090000', 'DTEND:20261201T100000Z']),
      ],
    ])('refuses %s', async (_what, text) => {
      expect((await send(text)).status).toBe(422)
    })
  })
})
