import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { mintKey, signInLink } from '../../db/access.js'
import { execute, rows, sql } from '../../db/sql.js'
import { z } from 'zod'
import { type ApiUnderTest, apiUnderTest, publicUrl } from './api-under-test.js'
import { assignLead, minutesAfterNine, nineOClock, receiveLead } from './people-in-sales.js'

const fromOurPage = { origin: publicUrl }

describe('signing in', () => {
  let api: ApiUnderTest
  beforeAll(async () => {
    api = await apiUnderTest()
  })
  beforeEach(() => api.setNow(nineOClock))
  afterAll(() => api.close())

  const open = async (path: string) => api.app.request(path)
  const confirm = async (path: string, headers: Record<string, string> = fromOurPage) =>
    api.app.request(path, { method: 'POST', headers })
  const sessionOf = (response: Response): string => {
    const cookie = response.headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(/^leadline_session=[\w-]{43}; /)
    return cookie.split(';')[0] ?? ''
  }

  it('takes a click on a page: opening the link, as a scanner does, uses nothing up', async () => {
    const link = await api.linkFor('rep', 'ana')
    for (let scanner = 0; scanner < 3; scanner++) {
      const page = await open(link)
      expect(page.status).toBe(200)
      expect(page.headers.get('set-cookie')).toBeNull()
      expect(await page.text()).toContain('<form method="post">')
    }
    const response = await confirm(link)
    expect(response.status).toBe(303)
    expect(response.headers.get('location')).toBe('/desk')
  })

  it('gives a cookie that no script reads and no other site sends along', async () => {
    const response = await confirm(await api.linkFor('rep', 'ana'))
    const cookie = response.headers.get('set-cookie')
    expect(cookie).toContain('HttpOnly')
    expect(cookie).toContain('SameSite=Lax')
    expect(cookie).toContain('Path=/')
    expect(cookie).toContain('Max-Age=1209600')
  })

  it('lets the browser act as that person', async () => {
    const session = sessionOf(await confirm(await api.linkFor('rep', 'ana')))
    const lead = await receiveLead(api.db)
    await api.leads.start(lead, nineOClock)
    await assignLead(api.db, lead, 'ana')
    const response = await api.app.request(`/v1/leads/${lead}/acknowledge`, {
      method: 'POST',
      headers: { cookie: session, ...fromOurPage },
    })
    expect(response.status).toBe(200)
    expect(api.leads.heard.at(-1)).toMatchObject({ payload: { actor: { id: 'ana', role: 'rep' } } })
  })

  it('works once', async () => {
    const link = await api.linkFor('manager', 'mara')
    const responses = await Promise.all([confirm(link), confirm(link), confirm(link)])
    expect(responses.map(({ status }) => status).sort()).toEqual([303, 410, 410])
    expect((await confirm(link)).status).toBe(410)
    expect((await open(link)).status).toBe(410)
  })

  it('works for a day', async () => {
    const link = await api.linkFor('manager', 'mara')
    api.setNow(minutesAfterNine(24 * 60))
    expect((await open(link)).status).toBe(410)
    expect((await confirm(link)).status).toBe(410)
  })

  it('lasts two weeks', async () => {
    const session = sessionOf(await confirm(await api.linkFor('manager', 'mara')))
    const read = async () => (await api.app.request('/v1/leads', { headers: { cookie: session } })).status
    api.setNow(minutesAfterNine(14 * 24 * 60 - 1))
    expect(await read()).toBe(200)
    api.setNow(minutesAfterNine(14 * 24 * 60))
    expect(await read()).toBe(401)
  })

  it('ends with a click', async () => {
    const session = sessionOf(await confirm(await api.linkFor('manager', 'mara')))
    const out = await api.app.request('/sign-out', {
      method: 'POST',
      headers: { cookie: session, ...fromOurPage },
    })
    expect(out.status).toBe(200)
    expect(out.headers.get('set-cookie')).toMatch(/^leadline_session=; Max-Age=0/)
    expect((await api.app.request('/v1/leads', { headers: { cookie: session } })).status).toBe(401)
  })

  it('knows no link that was made up', async () => {
    expect((await open('/sign-in/made-up')).status).toBe(410)
    expect((await confirm('/sign-in/made-up')).status).toBe(410)
  })

  describe('from another site', () => {
    const others: [string, Record<string, string>][] = [
      ['says so', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
      ['is a neighbour', { origin: 'http://evil.example.com', 'sec-fetch-site': 'same-site' }],
      ['hides where it is from', { origin: 'null' }],
      ['says nothing', {}],
    ]

    it.each(others)('does not happen when the page %s', async (_, headers) => {
      const link = await api.linkFor('rep', 'ana')
      const response = await confirm(link, headers)
      expect(response.status).toBe(403)
      expect(response.headers.get('set-cookie')).toBeNull()
      expect((await open(link)).status).toBe(200)
    })

    it.each(others)('lets nobody act with the cookie when the page %s', async (_, headers) => {
      const session = sessionOf(await confirm(await api.linkFor('rep', 'ana')))
      const lead = await receiveLead(api.db)
      await assignLead(api.db, lead, 'ana')
      for (const [method, path] of [
        ['POST', `/v1/leads/${lead}/acknowledge`],
        ['POST', `/v1/leads/${lead}/close`],
        ['DELETE', '/v1/reps/ana/leave/d5f6a1f0-8c9c-4c43-9d7c-4b7f1f0c1d11'],
        ['POST', '/sign-out'],
      ] as const) {
        const response = await api.app.request(path, { method, headers: { cookie: session, ...headers } })
        expect(response.status, `${method} ${path}`).toBe(403)
        expect(await response.json()).toMatchObject({ type: 'urn:leadline:problem:other-origin' })
      }
      expect((await api.app.request('/v1/leads', { headers: { cookie: session, ...headers } })).status).toBe(
        200,
      )
    })
  })

  it.each([
    [
      'the browser says that it is our page',
      { 'sec-fetch-site': 'same-origin', origin: 'http://127.0.0.1:4710' },
    ],
    ['the console was opened by another name of the machine', { origin: 'http://localhost' }],
  ])('accepts changes when %s', async (_, headers) => {
    const session = sessionOf(await confirm(await api.linkFor('administrator', null)))
    const response = await api.app.request('/v1/reps/ana/leave', {
      method: 'POST',
      body: '{}',
      headers: { cookie: session, 'content-type': 'application/json', ...headers },
    })
    expect(response.status).toBe(201)
  })

  it('never needs the origin for a key: programs send none', async () => {
    const key = await mintKey(api.db, { name: 'importer', role: 'intake', rep: null })
    expect(key).toMatch(/^ll_intake_[\w-]{43}$/)
    const response = await api.app.request('/v1/leads', {
      method: 'POST',
      body: '{"source":"contact-form"}',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        origin: 'https://elsewhere.example',
      },
    })
    expect(response.status).toBe(202)
  })

  it('stores no key, link or session that could be used by who reads the database', async () => {
    const key = await mintKey(api.db, { name: 'secret', role: 'auditor', rep: null })
    const link = await api.linkFor('auditor', null)
    const session = sessionOf(await confirm(await api.linkFor('auditor', null))).split('=')[1] ?? '?'
    const stored = await rows(
      api.db,
      z.object({ row: z.string() }),
      sql`select api_keys::text as row from api_keys union all select sign_in_links::text from sign_in_links
          union all select sessions::text from sessions`,
    )
    expect(stored.length).toBeGreaterThan(3)
    const everything = stored.map(({ row }) => row).join()
    for (const secret of [key.split('_')[2] ?? '?', link.split('/')[2] ?? '?', session]) {
      expect(everything).not.toContain(secret)
      expect(everything).not.toContain(Buffer.from(secret).toString('hex'))
    }
  })

  it('refuses a key that was revoked', async () => {
    const key = await mintKey(api.db, { name: 'leaver', role: 'auditor', rep: null })
    const read = async () =>
      (await api.app.request('/v1/leads', { headers: { authorization: `bearer ${key}` } })).status
    expect(await read()).toBe(200)
    await execute(api.db, sql`update api_keys set revoked_at = now() where name = 'leaver'`)
    expect(await read()).toBe(401)
  })

  it('makes no key or link for a rep without saying which', async () => {
    await expect(mintKey(api.db, { name: 'nobody', role: 'rep', rep: null })).rejects.toThrow()
    await expect(signInLink(api.db, { role: 'rep', rep: null }, publicUrl, nineOClock)).rejects.toThrow()
  })

  it('stops listening to an address that guesses hundreds of keys, and to no other', async () => {
    const from = (remoteAddress: string) => ({ incoming: { socket: { remoteAddress } } })
    const guess = async (remoteAddress: string, key: string) => {
      const headers = { authorization: `Bearer ${key}` }
      return api.app.request('/v1/leads', { headers }, from(remoteAddress))
    }
    const known = api.keyOf('auditor')
    for (let tries = 0; tries < 299; tries++) await guess('192.0.2.1', `guess-${tries}`)
    expect((await guess('192.0.2.1', known)).status).toBe(200)
    expect((await guess('192.0.2.1', 'one more')).status).toBe(401)
    const response = await guess('192.0.2.1', 'and another')
    expect(response.status).toBe(429)
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await guess('192.0.2.1', known)).status).toBe(429)
    expect((await guess('192.0.2.2', known)).status).toBe(200)
  })
})
