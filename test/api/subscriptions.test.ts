import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { watchersOf } from '../../db/subscriptions.js'
import { type ApiUnderTest, apiUnderTest } from './api-under-test.js'
import { assignLead, receiveLead } from './people-in-sales.js'

describe('watching', () => {
  let api: ApiUnderTest
  beforeAll(async () => {
    api = await apiUnderTest()
  })
  afterAll(() => api.close())

  it('a pool, a source, a campaign, all leads or one: until they watch no more', async () => {
    const lead = await receiveLead(api.db)
    const of = { lead, pool: 'sdr', source: 'demo-form', campaign: 'general' }
    expect(await watchersOf(api.db, of)).toEqual([])
    expect((await api.put('mara', '/v1/subscriptions/pool/sdr')).status).toBe(204)
    expect((await api.put('mara', '/v1/subscriptions/campaign/general')).status).toBe(204)
    expect((await api.put('operations', '/v1/subscriptions/all/everything?rep=olga')).status).toBe(204)
    expect(await watchersOf(api.db, of)).toEqual(['mara', 'olga'])
    expect(await watchersOf(api.db, { ...of, pool: 'ae', campaign: null })).toEqual(['olga'])
    expect(await api.get('mara', '/v1/subscriptions')).toMatchObject({
      body: {
        subscriptions: [
          { scope: 'campaign', value: 'general' },
          { scope: 'pool', value: 'sdr' },
        ],
      },
    })
    expect((await api.delete('mara', '/v1/subscriptions/pool/sdr')).status).toBe(204)
    expect((await api.delete('mara', '/v1/subscriptions/pool/sdr')).status).toBe(404)
  })

  it('is for a rep only of leads that it sees', async () => {
    const own = await receiveLead(api.db)
    await assignLead(api.db, own, 'ana')
    const other = await receiveLead(api.db)
    await assignLead(api.db, other, 'ben')
    expect((await api.put('ana', `/v1/subscriptions/lead/${own}`)).status).toBe(204)
    expect((await api.put('ana', `/v1/subscriptions/lead/${other}`)).status).toBe(404)
    expect((await api.put('ana', '/v1/subscriptions/pool/sdr')).status).toBe(403)
    expect((await api.put('ana', `/v1/subscriptions/lead/${own}?rep=ben`)).status).toBe(403)
  })

  it('asks for the name of something', async () => {
    expect((await api.put('mara', '/v1/subscriptions/lead/nonsense')).status).toBe(422)
    expect((await api.put('operations', '/v1/subscriptions/pool/sdr')).status).toBe(422)
    expect((await api.put('mara', '/v1/subscriptions/planet/mars')).status).toBe(422)
  })
})
