import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { acknowledgeLinkOf } from '../../api/acknowledge-link.js'
import { signingKey } from '../../db/signing-keys.js'
import type { LeadId } from '../../domain/ids.js'
import { type ApiUnderTest, apiUnderTest, publicUrl } from './api-under-test.js'
import { assignLead, closeLead, minutesAfterNine, nineOClock, receiveLead } from './people-in-sales.js'

describe('the link in an owner’s mail', () => {
  let api: ApiUnderTest
  beforeAll(async () => {
    api = await apiUnderTest()
  })
  afterAll(() => api.close())

  async function ownedBy(owner: string): Promise<LeadId> {
    const lead = await receiveLead(api.db)
    await api.leads.start(lead, nineOClock)
    await assignLead(api.db, lead, owner)
    return lead
  }

  async function pathFor(lead: LeadId, recipient: string, hop = 0): Promise<string> {
    api.setNow(nineOClock)
    return new URL(await acknowledgeLinkOf(api.db, publicUrl, { lead, hop, recipient }, nineOClock)).pathname
  }

  const open = (path: string) => api.app.request(path)
  const click = (path: string) => api.app.request(path, { method: 'POST' })
  const heardBy = (lead: LeadId) => api.leads.heard.filter(said => said.lead === lead)

  it('shows a button and changes nothing: mail scanners follow links', async () => {
    const lead = await ownedBy('ana')
    const path = await pathFor(lead, 'ana')
    for (const page of [await open(path), await api.app.request(path, { method: 'HEAD' })]) {
      expect(page.status).toBe(200)
      expect(page.headers.get('cache-control')).toBe('no-store')
    }
    expect(await (await open(path)).text()).toContain('I have seen it')
    expect(heardBy(lead)).toEqual([])
  })

  it('names nobody on its page: whoever has the link may not be whom it was sent to', async () => {
    const lead = await ownedBy('ana')
    expect(await (await open(await pathFor(lead, 'ana'))).text()).not.toMatch(/ana|tess|lead-/i)
  })

  it('acknowledges as that person, as of now, once, however often it is clicked', async () => {
    const lead = await ownedBy('ana')
    const path = await pathFor(lead, 'ana')
    api.setNow(minutesAfterNine(3))
    for (let clicks = 0; clicks < 3; clicks += 1) {
      const page = await click(path)
      expect(page.status).toBe(200)
      expect(await page.text()).toContain('Acknowledged')
    }
    expect(heardBy(lead)).toMatchObject([
      { name: 'acknowledge', payload: { actor: { id: 'ana', role: 'rep' }, atMs: minutesAfterNine(3) } },
    ])
  })

  it('is taken down while nobody answers for the lead', async () => {
    const lead = await ownedBy('ana')
    const path = await pathFor(lead, 'ana')
    api.leads.silence()
    const page = await click(path)
    await api.leads.wake()
    expect([page.status, await page.text()]).toEqual([202, expect.stringContaining('counts as of now')])
    expect(heardBy(lead)).toHaveLength(1)
  })

  it('asks to try again while the lead cannot be reached', async () => {
    const lead = await ownedBy('ana')
    const path = await pathFor(lead, 'ana')
    api.leads.unplug()
    const page = await click(path)
    api.leads.plugIn()
    expect(page.status).toBe(503)
    expect((await click(path)).status).toBe(200)
  })

  it('says so when the lead has moved on, also when it has come back since', async () => {
    const lead = await ownedBy('ana')
    const path = await pathFor(lead, 'ana')
    for (const [owner, hop] of [
      ['ben', 1],
      ['ana', 2],
    ] as const) {
      await assignLead(api.db, lead, owner, hop)
      for (const page of [await open(path), await click(path)]) {
        expect(page.status).toBe(409)
        expect(await page.text()).toContain('not yours any more')
      }
    }
    expect(heardBy(lead)).toEqual([])
    expect((await click(await pathFor(lead, 'ana', 2))).status).toBe(200)
  })

  it('says so when the lead moves on between the look and the click', async () => {
    const lead = await ownedBy('ana')
    const path = await pathFor(lead, 'ana')
    api.leads.answerNext({ ok: false, code: 'not-owner', detail: ['ben'], status: 'assigned', owner: null })
    const page = await click(path)
    expect([page.status, await page.text()]).toEqual([409, expect.stringContaining('not yours any more')])
  })

  it('says so when the lead is closed', async () => {
    const lead = await ownedBy('ana')
    const path = await pathFor(lead, 'ana')
    await closeLead(api.db, lead, 'lost')
    for (const page of [await open(path), await click(path)]) {
      expect(page.status).toBe(409)
      expect(await page.text()).toContain('This lead is closed')
    }
    expect(heardBy(lead)).toEqual([])
  })

  it('is good for a week', async () => {
    const lead = await ownedBy('ana')
    const path = await pathFor(lead, 'ana')
    api.setNow(minutesAfterNine(7 * 24 * 60 - 1))
    expect((await open(path)).status).toBe(200)
    api.setNow(minutesAfterNine(7 * 24 * 60 + 1))
    for (const page of [await open(path), await click(path)]) {
      expect(page.status).toBe(410)
      expect(await page.text()).toContain('good for a week')
    }
    expect(heardBy(lead)).toEqual([])
  })

  it('cannot be forged, nor be made of a key of ours for anything else', async () => {
    const lead = await ownedBy('ana')
    const path = await pathFor(lead, 'ana')
    const [head = '', , signature = ''] = path.replace('/a/', '').split('.')
    const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
    const claims = { lead, hop: 0, rep: 'ana', aud: 'acknowledge', jti: 'x', exp: nineOClock }
    const own = await signingKey(api.db, 'acknowledge', nineOClock)
    const signed = (audience: string, key: Uint8Array, of: Record<string, unknown> = claims) =>
      new SignJWT(of).setProtectedHeader({ alg: 'HS256' }).setAudience(audience).sign(key)
    const forged = [
      'nonsense',
      `${head}.${encoded({ ...claims, rep: 'ben' })}.${signature}`,
      `${encoded({ alg: 'none' })}.${encoded(claims)}.`,
      await signed('acknowledge', new TextEncoder().encode('a key of somebody else, as long as ours')),
      await signed('sign-in', own),
      await signed('acknowledge', own, { jti: 'x', exp: nineOClock }),
      await signed('acknowledge', own, { lead, hop: 0, rep: 'ana', jti: 'without an end' }),
    ]
    for (const token of forged) {
      const page = await click(`/a/${token}`)
      expect([token, page.status]).toEqual([token, 410])
      expect(await page.text()).toContain('not one of ours')
    }
    expect(heardBy(lead)).toEqual([])
  })

  it('is signed with a key of 256 bits that is made once, by however many processes at the first use', async () => {
    const fresh = await apiUnderTest()
    const keys = await Promise.all([1, 2, 3].map(() => signingKey(fresh.db, 'acknowledge', nineOClock)))
    await fresh.close()
    expect(new Set(keys.map(key => Buffer.from(key).toString('hex'))).size).toBe(1)
    expect(keys[0]?.length).toBe(32)
  })

  it('is in no log, even when something of ours fails', async () => {
    const broken = await apiUnderTest()
    const lead = await receiveLead(broken.db)
    await assignLead(broken.db, lead, 'ana')
    const of = { lead, hop: 0, recipient: 'ana' }
    const path = new URL(await acknowledgeLinkOf(broken.db, publicUrl, of, nineOClock)).pathname
    await broken.db.query('alter table leads rename column source to moved')
    const page = await broken.app.request(path, { method: 'POST' })
    await broken.close()
    expect(page.status).toBe(500)
    expect(broken.failures).toHaveLength(1)
    expect(JSON.stringify(broken.failures)).not.toContain(path.slice(3, 40))
  })
})
