import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { loadPolicy } from '../../db/policies.js'
import { execute, rows, sql } from '../../db/sql.js'
import type { ApiUnderTest } from './api-under-test.js'
import { policy } from '../workflows/desk-documents.js'
import { deskUnderTest, shown } from './desk-under-test.js'

const more = `sources:
  event-list: { campaign: general }
  closed-form: { campaign: general, form: false }
  trial-form:
    campaign: general
    required: [fields.region]
    fields: [seats, startBy, region, secret]
    form:
      title: Try it
      fields:
        - { name: startBy, label: "When <do> you start?", type: date }
        - { name: seats, type: number }
        - product
        - { name: email, label: Work email }
`

const ada = { firstName: 'Ada', email: 'ada@example.com', message: 'Hello' }

describe('the contact form', () => {
  let api: ApiUnderTest
  beforeAll(async () => {
    api = await deskUnderTest()
    const document = policy.replace('sources:\n', more)
    const load = { fileName: 'policy.yaml', by: 'olga', reason: 'forms', atMs: api.now() }
    expect(await loadPolicy(api.db, { ...load, document })).toMatchObject({ ok: true })
  })
  beforeEach(() => execute(api.db, sql`truncate leads, submissions cascade`))
  afterAll(() => api.close())

  const open = async (path: string) => shown(await api.app.request(path))
  const send = async (fields: Record<string, string>, source = 'contact-form', headers = {}) =>
    shown(
      await api.app.request(`/f/${source}`, { method: 'POST', body: new URLSearchParams(fields), headers }),
    )
  const stored = () =>
    rows(
      api.db,
      z.object({
        raw: z.json(),
        channel: z.string(),
        submitted_by: z.string(),
        unknown_fields: z.array(z.string()),
      }),
      sql`select s.raw, l.channel, s.submitted_by, s.unknown_fields
          from submissions s join leads l on l.id = s.lead_id order by s.received_at`,
    )
  const tokenIn = (html: string) => /name="submission_token" value="([^"]+)"/.exec(html)?.[1] ?? ''

  it('is there for a source that has one by the policy', async () => {
    const { status, html } = await open('/f/contact-form')
    expect(status).toBe(200)
    expect(html).toMatch(/<input id="email"[^>]*required/)
    expect(html).not.toContain('Leadline')
    expect(html).not.toContain('<script')
  })

  it.each([
    ['a source that has none', '/f/event-list'],
    ['a source whose form is closed', '/f/closed-form'],
    ['a source that nobody declared', '/f/unheard-of'],
    ['a name that every object has', '/f/constructor'],
    ['a page of a form', '/f/contact-form/more'],
  ])('is not there for %s', async (_what, path) => {
    const { status, html } = await open(path)
    expect([status, html.includes('There is no form here')]).toEqual([404, true])
    expect(html).not.toContain('Leadline')
  })

  it('takes nothing in for a source that has none', async () => {
    const { status, html } = await send(ada, 'event-list')
    expect([status, html.includes('There is no form here')]).toEqual([404, true])
    expect(await stored()).toEqual([])
  })

  it('asks what the policy says, in its order, by its labels and types, and then what else the source needs', async () => {
    const { html } = await open('/f/trial-form')
    expect(html).toContain('<h1>Try it</h1>')
    const asked = [...html.matchAll(/<label for="([^"]+)">([^<]*)<\/label><input[^>]*? type="(\w+)"/g)]
    expect(asked.map(([, ...ask]) => ask.join(' | '))).toEqual([
      'firstName | First name (optional) | text',
      'lastName | Last name (optional) | text',
      'phone | Phone (optional) | tel',
      'company | Company (optional) | text',
      'country | Country (optional) | text',
      'fields.startBy | When &lt;do&gt; you start? (optional) | date',
      'fields.seats | Seats (optional) | number',
      'product | What are you interested in? (optional) | text',
      'email | Work email (optional) | email',
      'fields.region | Region | text',
    ])
    expect(html).not.toContain('secret')
  })

  it('takes what is declared as the extra fields of the lead, a number as a number', async () => {
    const typed = { 'fields.seats': '12.5', 'fields.startBy': '2026-12-01', 'fields.region': 'north' }
    const ours = { 'fields.secret': 'from our own page', 'fields.other': 'x' }
    expect((await send({ ...ada, ...typed, ...ours }, 'trial-form')).status).toBe(200)
    expect(await stored()).toMatchObject([
      {
        raw: {
          fields: { seats: 12.5, startBy: '2026-12-01', region: 'north', secret: 'from our own page' },
          'fields.other': 'x',
        },
        unknown_fields: ['fields.other'],
      },
    ])
  })

  it.each([
    ['fields.seats', 'a dozen', 'Please give a number.'],
    ['fields.startBy', 'x'.repeat(1001), 'This is too long: at most 1000 characters.'],
    ['fields.region', '  ', 'Please fill this in.'],
  ])('says by the declared field %s what is wrong', async (name, value, error) => {
    const { status, html } = await send({ ...ada, 'fields.region': 'north', [name]: value }, 'trial-form')
    expect(status).toBe(422)
    expect(html).toContain(`<span id="${name}-error" class="error">${error}</span>`)
    expect(await stored()).toEqual([])
  })

  it('asks for what the source cannot do without', async () => {
    expect((await open('/f/demo-form')).html).toMatch(/<input id="country"[^>]*required/)
    const { status, html } = await send({ email: 'ada@example.com' }, 'demo-form')
    expect([status, html.includes('Please fill this in.')]).toEqual([422, true])
    expect(await stored()).toEqual([])
  })

  it('takes in a lead, thanks, and names the page that it came from', async () => {
    const { status, html } = await send({ ...ada, consent: 'yes' })
    expect([status, html.includes('Thank you')]).toEqual([200, true])
    expect(html).not.toContain('Leadline')
    expect(await stored()).toEqual([
      {
        raw: { ...ada, source: 'contact-form', consent: true },
        channel: 'form',
        submitted_by: 'form:contact-form',
        unknown_fields: [],
      },
    ])
    expect(api.leads.started.length).toBeGreaterThan(0)
  })

  it('takes multipart forms as well', async () => {
    const body = new FormData()
    for (const [name, value] of Object.entries(ada)) body.set(name, value)
    body.set('attachment', new File(['x'], 'x.txt'))
    const { status } = await shown(await api.app.request('/f/contact-form', { method: 'POST', body }))
    expect(status).toBe(200)
    expect(await stored()).toMatchObject([{ raw: ada }])
  })

  it('makes one lead of a double click, and two of two messages of one visit', async () => {
    const submission_token = tokenIn((await open('/f/contact-form')).html)
    expect(submission_token).not.toBe('')
    await Promise.all([send({ ...ada, submission_token }), send({ ...ada, submission_token })])
    expect(await stored()).toHaveLength(1)
    await send({ ...ada, message: 'And another thing', submission_token })
    expect(await stored()).toHaveLength(2)
  })

  it('gives each visit its own token', async () => {
    const tokens = [await open('/f/contact-form'), await open('/f/contact-form')].map(({ html }) =>
      tokenIn(html),
    )
    expect(new Set(tokens).size).toBe(2)
  })

  it('thanks a program that fills in the trap, and stores nothing', async () => {
    const { status, html } = await send({ ...ada, homepage_url: 'https://spam.example' })
    expect([status, html.includes('Thank you')]).toEqual([200, true])
    expect(await stored()).toEqual([])
  })

  it.each([
    ['email', { email: 'ada at example' }, 'This does not look like an email address.'],
    ['email', { firstName: 'Ada' }, 'Please give an email address or a phone number.'],
    ['firstName', { ...ada, firstName: 'x'.repeat(201) }, 'at most 200 characters'],
  ])('says by the field %s what is wrong, and keeps what was typed', async (name, fields, error) => {
    const { status, html } = await send({ ...fields, company: '"Quoted" & <Co>', submission_token: 'same' })
    expect(status).toBe(422)
    expect(html).toMatch(new RegExp(`<span id="${name}-error" class="error">[^<]*${error}`))
    expect(html).toMatch(new RegExp(`<input id="${name}"[^>]*aria-describedby="${name}-error"`))
    expect(html).toContain('value="&quot;Quoted&quot; &amp; &lt;Co&gt;"')
    expect(tokenIn(html)).toBe('same')
    expect(await stored()).toEqual([])
  })

  it('carries the utm values of the address through the form to the lead', async () => {
    const { html } = await open('/f/contact-form?utm_source=fair&UTM_Campaign=spring&other=1')
    expect(html).toContain('<input type="hidden" name="utm_source" value="fair"/>')
    await send({ ...ada, utm_source: 'fair', utm_campaign: 'x'.repeat(400) })
    expect(await stored()).toMatchObject([{ raw: { utm: { source: 'fair', campaign: 'x'.repeat(300) } } }])
  })

  it('counts a box that was shown and left empty as a no, and one that was not shown as nothing said', async () => {
    await send({ ...ada, submission_token: 'shown' })
    expect(await stored()).toMatchObject([{ raw: { consent: false } }])
    await execute(api.db, sql`truncate leads, submissions cascade`)
    await send(ada)
    expect((await stored()).map(({ raw }) => raw)).toEqual([{ ...ada, source: 'contact-form' }])
  })

  it('lets nobody say in a form what is ours to say, and keeps names that it does not know', async () => {
    await send({ ...ada, source: 'partner', utm: 'x', fields: 'x', receivedAt: 'x', shoeSize: '38' })
    expect(await stored()).toMatchObject([
      { raw: { ...ada, source: 'contact-form', shoeSize: '38' }, unknown_fields: ['shoeSize'] },
    ])
  })

  it('takes forms from pages of other sites, since no session is behind them', async () => {
    expect((await send(ada, 'contact-form', { origin: 'https://acme.example' })).status).toBe(200)
  })

  it('refuses more than 64 KiB with a page', async () => {
    const { status, html } = await send({ ...ada, message: 'x'.repeat(64 * 1024) }, 'contact-form', {
      'content-length': String(65 * 1024),
    })
    expect([status, html.includes('Please go back and shorten it.')]).toEqual([413, true])
  })

  it('refuses a multipart body that cannot be read', async () => {
    const response = await api.app.request('/f/contact-form', {
      method: 'POST',
      body: 'not multipart',
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
    })
    expect(response.status).toBe(400)
  })

  it('takes the lead in even while nobody can start its workflow', async () => {
    api.leads.unplug()
    expect((await send(ada)).status).toBe(200)
    api.leads.plugIn()
    expect(await stored()).toHaveLength(1)
  })
})
