import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { watchedBy, watchersOf } from '../../db/subscriptions.js'
import { repId } from '../../domain/ids.js'
import { type ApiUnderTest, apiUnderTest } from './api-under-test.js'
import { type Browser, deskUnderTest, leadOfAna, signedIn } from './desk-under-test.js'
import { assignLead, closeLead, receiveLead } from './people-in-sales.js'

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

  it('is for people who work here, and what is watched twice is watched once', async () => {
    expect((await api.put('mara', '/v1/subscriptions/pool/sdr?rep=nobody')).status).toBe(404)
    for (let times = 0; times < 2; times += 1)
      expect((await api.put('mara', '/v1/subscriptions/source/demo-form?rep=ben')).status).toBe(204)
    expect(await api.get('ben', '/v1/subscriptions')).toMatchObject({
      body: { subscriptions: [{ scope: 'source', value: 'demo-form' }] },
    })
    expect((await api.delete('ben', '/v1/subscriptions/source/demo-form')).status).toBe(204)
  })
})

describe('watching one lead, at the desk', () => {
  let api: ApiUnderTest
  let ana: Browser
  let mara: Browser
  beforeAll(async () => {
    api = await deskUnderTest()
    ana = await signedIn(api, 'rep', 'ana')
    mara = await signedIn(api, 'manager', 'mara')
  })
  afterAll(() => api.close())

  const watched = async () => (await watchedBy(api.db, repId.parse('mara'))).map(({ value }) => value)

  it('is a button on its page, which then ends it', async () => {
    const lead = await leadOfAna(api)
    const page = `/desk/leads/${lead}`
    expect((await mara.get(page)).html).toContain('Watch this lead</button>')
    expect(await mara.post(`${page}/watch`, { watch: 'yes' })).toMatchObject({
      status: 303,
      location: `${page}?flash=watched`,
    })
    expect(await watched()).toEqual([lead])
    await closeLead(api.db, lead, 'lost')
    expect((await mara.get(page)).html).toContain('Watch this lead no more</button>')
    expect(await mara.post(`${page}/watch`, { watch: 'no' })).toMatchObject({
      location: `${page}?flash=unwatched`,
    })
    expect(await watched()).toEqual([])
    expect((await mara.get(page)).html).not.toContain('Watch this lead')
  })

  it('is not offered to its owner, who hears of it anyhow, nor to whoever may not', async () => {
    const lead = await leadOfAna(api)
    const auditor = await signedIn(api, 'auditor', null)
    const ben = await signedIn(api, 'rep', 'ben')
    for (const browser of [ana, auditor])
      expect((await browser.get(`/desk/leads/${lead}`)).html).not.toContain('Watch this lead')
    expect((await auditor.post(`/desk/leads/${lead}/watch`, { watch: 'yes' })).status).toBe(403)
    expect((await ben.post(`/desk/leads/${lead}/watch`, { watch: 'yes' })).status).toBe(404)
    expect((await mara.post(`/desk/leads/${lead}/watch`, { watch: 'perhaps' })).location).toContain('invalid')
    expect(await watched()).toEqual([])
  })
})
