import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { execute, sql } from '../../db/sql.js'
import type { ApiUnderTest } from './api-under-test.js'
import { deskUnderTest, leadOfAna } from './desk-under-test.js'
import { receiveLead } from './people-in-sales.js'

describe('the letters of a campaign', () => {
  let api: ApiUnderTest
  beforeAll(async () => {
    api = await deskUnderTest()
  })
  afterAll(() => api.close())

  const path = (campaign: string, query = '', version = 2) =>
    `/v1/policy/versions/${version}/letters/${campaign}${query}`

  it('are shown as an example would get them', async () => {
    expect(await api.get('operations', path('general'))).toMatchObject({
      status: 200,
      body: {
        version: 2,
        campaign: 'general',
        owner: { id: 'example-owner', name: 'Example Owner' },
        letters: [
          {
            letter: 'acknowledgement',
            sent: true,
            to: 'prospect@example.com',
            subject: 'Thank you Example',
            body: 'We have your message about your request.',
          },
          { letter: 'meeting-link', sent: false, why: 'no-letter', subject: null },
          {
            letter: 'owner',
            sent: true,
            subject: 'New lead for Example Owner: Example Prospect, Example Company',
          },
          { letter: 'team', sent: true, to: null },
        ],
      },
    })
  })

  it('are shown as a stored lead would get them, from its owner; nothing is sent', async () => {
    const lead = await leadOfAna(api, 'Ada Bold')
    const { status, body } = await api.get('operations', path('general', `?lead=${lead}`))
    expect(status).toBe(200)
    expect(body).toMatchObject({ owner: { id: 'ana', name: 'Ana Ruiz' } })
    expect(JSON.stringify(body)).toContain('New lead for Ana Ruiz: Ada Bold, Analytical Engines')
    expect(JSON.stringify(body)).toContain('"to":"ada@example.com"')
    expect((await api.db.query('select from messages')).rowCount).toBe(0)
  })

  it('say why one is not sent', async () => {
    const lead = await leadOfAna(api)
    await execute(
      api.db,
      sql`update leads set normalised = jsonb_set(normalised, '{consent}', 'false') where id = ${lead}`,
    )
    const { body } = await api.get('administrator', path('general', `?lead=${lead}`))
    expect(body).toMatchObject({
      letters: [{ letter: 'acknowledgement', sent: false, why: 'no-consent' }, {}, {}, {}],
    })
  })

  it('are of a version, a campaign and a lead that there are', async () => {
    const unprepared = await receiveLead(api.db)
    const nobody = 'd5f6a1f0-8c9c-4c43-9d7c-4b7f1f0c1d11'
    for (const [asked, status] of [
      [path('general', '', 77), 404],
      [path('toString'), 404],
      [path('general', `?lead=${nobody}`), 404],
      [path('general', `?lead=${unprepared}`), 409],
      [path('general', '?lead=nonsense'), 422],
    ] as const)
      expect([asked, (await api.get('operations', asked)).status]).toEqual([asked, status])
  })
})
