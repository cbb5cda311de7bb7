import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { acknowledgeLinkOf } from '../../api/acknowledge-link.js'
import type { LeadId } from '../../domain/ids.js'
import { type ApiUnderTest, apiUnderTest, publicUrl } from './api-under-test.js'
import { assignLead, minutesAfterNine, nineOClock, receiveLead } from './people-in-sales.js'

describe('the link in an owner’s mail', () => {
  let api: ApiUnderTest
  beforeAll(async () => {
    api = await apiUnderTest()
  })
  afterAll(() => api.close())

  async function ownedBy(owner: string): Promise<LeadId> {
    const lead = await receiveLead(api.db)
    await assignLead(api.db, lead, owner)
    return lead
  }

  async function pathFor(lead: LeadId, recipient: string, hop = 0): Promise<string> {
    api.setNow(nineOClock)
    return new URL(await acknowledgeLinkOf(api.db, publicUrl, { lead, hop, recipient }, nineOClock)).pathname
  }

  const open = (path: string) => api.app.request(path)
  const click = (path: string) => api.app.request(path, { method: 'POST' })
  const said = (lead: LeadId) =>
    api.leads.said.filter(({ lead: to, name }) => to === lead && name === 'acknowledge')

  it('shows a button and changes nothing: mail scanners follow links', async () => {
    const lead = await ownedBy('ana')
    const page = await open(await pathFor(lead, 'ana'))
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('I have seen it')
    expect(said(lead)).toEqual([])
  })

  it('acknowledges as that person, once, however often it is clicked', async () => {
    const lead = await ownedBy('ana')
    const path = await pathFor(lead, 'ana')
    expect((await click(path)).status).toBe(200)
    expect((await click(path)).status).toBe(200)
    expect(new Set(said(lead).map(({ payload }) => payload.requestId)).size).toBe(1)
    expect(said(lead)[0]?.payload.actor).toEqual({ id: 'ana', role: 'rep' })
  })

  it('says so when the lead has moved on', async () => {
    const lead = await ownedBy('ana')
    const path = await pathFor(lead, 'ana')
    await assignLead(api.db, lead, 'ben', 1)
    const page = await click(path)
    expect(page.status).toBe(409)
    expect(await page.text()).toContain('not yours any more')
    expect(said(lead)).toEqual([])
  })

  it('is good for a week', async () => {
    const path = await pathFor(await ownedBy('ana'), 'ana')
    api.setNow(minutesAfterNine(7 * 24 * 60 + 1))
    expect((await open(path)).status).toBe(410)
    expect((await click(path)).status).toBe(410)
  })

  it('cannot be forged, nor be used for anything else', async () => {
    const lead = await ownedBy('ana')
    const path = await pathFor(lead, 'ana')
    const [head = '', , signature = ''] = path.replace('/a/', '').split('.')
    const other = Buffer.from(
      JSON.stringify({ lead, hop: 0, rep: 'ben', aud: 'acknowledge', jti: 'x' }),
    ).toString('base64url')
    for (const token of [`${head}.${other}.${signature}`, 'nonsense', `${head}.${other}.`])
      expect((await click(`/a/${token}`)).status).toBe(410)
    expect(said(lead)).toEqual([])
  })
})
