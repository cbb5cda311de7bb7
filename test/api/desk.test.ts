import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { appendEvent } from '../../db/events.js'
import { messagesOf } from '../../db/leads.js'
import { noteOf } from '../../db/notes.js'
import { transaction } from '../../db/sql.js'
import { type LeadId, repId } from '../../domain/ids.js'
import type { ApiUnderTest } from './api-under-test.js'
import { type Browser, deskUnderTest, leadOfAna, shown, signedIn } from './desk-under-test.js'
import {
  assignLead,
  holdLead,
  minutesAfterNine,
  offerHandoff,
  openRequest,
  openReview,
  queueLead,
  receiveLead,
  tellInApp,
} from './people-in-sales.js'

describe('the desk', () => {
  let api: ApiUnderTest
  let ana: Browser
  let ben: Browser
  let dora: Browser
  let mara: Browser
  let auditor: Browser
  beforeAll(async () => {
    api = await deskUnderTest()
    ana = await signedIn(api, 'rep', 'ana')
    ben = await signedIn(api, 'rep', 'ben')
    dora = await signedIn(api, 'rep', 'dora')
    mara = await signedIn(api, 'manager', 'mara')
    auditor = await signedIn(api, 'auditor', null)
  })
  afterAll(() => api.close())

  const heardBy = (lead: LeadId) => api.leads.heard.filter(said => said.lead === lead)

  it.each(['/desk', '/desk/leads', '/desk/reviews', '/desk/requests', '/desk/messages'])(
    'leads a stranger at %s to the page about sign-in links',
    async path => {
      const { status, location } = await shown(await api.app.request(path))
      expect([status, location]).toEqual([303, '/desk/sign-in'])
      expect((await shown(await api.app.request('/desk/sign-in'))).html).toContain('sign-in link')
    },
  )

  it('is not for the keys and sessions of intake sources', async () => {
    const intake = await signedIn(api, 'intake', null)
    expect((await intake.get('/desk')).status).toBe(403)
  })

  it('shows a rep her queue and nobody else’s', async () => {
    const lead = await leadOfAna(api)
    expect((await ana.get('/desk')).html).toContain(`/desk/leads/${lead}/acknowledge`)
    expect((await ben.get('/desk')).html).not.toContain(lead)
    expect((await ben.get(`/desk/leads/${lead}`)).status).toBe(404)
  })

  it('puts the lead that is due first on top of the queue', async () => {
    const later = await leadOfAna(api, 'Later')
    const sooner = await leadOfAna(api, 'Sooner')
    await transaction(api.db, tx =>
      appendEvent(tx, {
        lead: later,
        atMs: api.now(),
        actor: 'ana',
        hop: 0,
        key: 'met',
        kind: 'clockMet',
        data: { clock: 'acknowledge', dueAtMs: minutesAfterNine(5), late: false },
      }),
    )
    const { html } = await ana.get('/desk')
    expect(html.indexOf(sooner)).toBeGreaterThan(0)
    expect(html.indexOf(sooner)).toBeLessThan(html.indexOf(later))
  })

  it('shows one lead with its owner, what is due, what happened and why, and escapes what a prospect wrote', async () => {
    const lead = await leadOfAna(api)
    const { html } = await ana.get(`/desk/leads/${lead}`)
    expect(html).toContain('Ana Ruiz owns the lead')
    expect(html).toContain('Rule for-ana decided')
    expect(html).toContain('in 5 min')
    expect(html).toContain('Ada &lt;b&gt;Bold&lt;/b&gt;')
    expect(html).not.toContain('<script>')
    expect(html).not.toContain('temporal.example.com')
  })

  it('leads operations from a lead to its workflow', async () => {
    const lead = await leadOfAna(api)
    const operations = await signedIn(api, 'operations', null)
    expect((await operations.get(`/desk/leads/${lead}`)).html).toContain(
      `http://temporal.example.com/namespaces/leadline/workflows/lead-${lead}`,
    )
  })

  it('says in words that a deadline has passed', async () => {
    const lead = await leadOfAna(api)
    api.setNow(minutesAfterNine(12))
    expect((await ana.get(`/desk/leads/${lead}`)).html).toContain('(7 min late)')
    api.setNow(minutesAfterNine(0))
  })

  it('acknowledges once, however often the button is pressed', async () => {
    const lead = await leadOfAna(api)
    const fields = { key: randomUUID(), back: 'queue' }
    for (const _ of [1, 2]) {
      const { status, location } = await ana.post(`/desk/leads/${lead}/acknowledge`, fields)
      expect([status, location]).toEqual([303, '/desk?flash=acknowledged'])
    }
    expect(heardBy(lead)).toMatchObject([
      { name: 'acknowledge', payload: { actor: { id: 'ana', role: 'rep' } } },
    ])
    expect((await ana.get('/desk?flash=acknowledged')).html).toContain('Acknowledged.')
  })

  it('offers a lead in a queue to its members with a button, and says who was faster', async () => {
    const lead = await receiveLead(api.db)
    api.leads.started.push(lead)
    await queueLead(api.db, lead, 'ana', 'ben')
    const form = `action="/desk/leads/${lead}/accept"`
    expect((await ana.get('/desk')).html).toContain(form)
    expect((await ben.get(`/desk/leads/${lead}`)).html).toContain(form)
    expect((await dora.get('/desk')).html).not.toContain(lead)
    expect((await dora.get(`/desk/leads/${lead}`)).status).toBe(404)
    const seen = (await mara.get(`/desk/leads/${lead}`)).html
    expect(seen).toContain('for Ana Ruiz, Ben Okafor (desk)')
    expect(seen).not.toContain(form)

    api.leads.answerNext({ ok: true, status: 'assigned', owner: 'ana' })
    const accepted = await ana.post(`/desk/leads/${lead}/accept`, { key: randomUUID(), back: 'queue' })
    expect(accepted.location).toBe('/desk?flash=accepted')
    expect(heardBy(lead)).toMatchObject([{ name: 'acceptLead', payload: { actor: { id: 'ana' } } }])
    await assignLead(api.db, lead, 'ana', 1)
    expect((await ben.get('/desk')).html).not.toContain(form)

    api.leads.answerNext({ ok: false, code: 'taken', detail: ['ana'], status: 'assigned', owner: 'ana' })
    const late = await ben.post(`/desk/leads/${lead}/accept`, { key: randomUUID() })
    expect(late.location).toBe(`/desk/leads/${lead}?flash=refused-taken`)
    expect((await ben.get(late.location ?? '')).html).toContain('Somebody else was faster')
  })

  it('says until when a lead is held', async () => {
    const lead = await receiveLead(api.db)
    await holdLead(api.db, lead)
    const { html } = await mara.get(`/desk/leads/${lead}`)
    expect(html).toContain('nobody is available')
    expect(html).toContain('(in 4 h 0 min)')
    expect((await mara.get('/desk/leads?status=held')).html).toContain('Held until somebody is available')
  })

  it('says nothing that somebody else wrote into the address', async () => {
    expect((await ana.get('/desk?flash=Call+this+number')).html).not.toContain('Call this number')
  })

  it.each([
    [
      'touches',
      { kind: 'call', note: 'No answer' },
      'recordTouch',
      { kind: 'call' },
      'touched',
      { note: 'No answer' },
    ],
    [
      'reassignment-requests',
      { reason: 'capacity', wanted: 'ben', note: 'Full' },
      'requestReassignment',
      { reason: 'capacity', wanted: 'ben' },
      'requested',
      { note: 'Full' },
    ],
    [
      'handoff',
      { to: 'dora', 'field.budget': '40k', notes: 'Wants a demo on Monday.' },
      'handOff',
      { to: 'dora' },
      'offered',
      { fields: { budget: '40k' }, notes: 'Wants a demo on Monday.' },
    ],
    ['close', { outcome: 'lost', reason: 'too-small' }, 'close', { outcome: 'lost' }, 'closed', null],
  ])(
    'sends the form %s to the lead, its text to Postgres',
    async (form, fields, name, payload, flash, text) => {
      const lead = await leadOfAna(api)
      const { location } = await ana.post(`/desk/leads/${lead}/${form}`, fields)
      expect(location).toBe(`/desk/leads/${lead}?flash=${flash}`)
      const [said] = heardBy(lead)
      expect(said).toMatchObject({ name, payload })
      expect(await noteOf(api.db, said?.payload.requestId ?? '')).toEqual(text)
      expect(JSON.stringify(said)).not.toContain('Monday')
    },
  )

  it('refuses a form with an unknown kind of touch before the lead hears of it', async () => {
    const lead = await leadOfAna(api)
    const { location } = await ana.post(`/desk/leads/${lead}/touches`, { kind: 'pigeon' })
    expect(location).toBe(`/desk/leads/${lead}?flash=invalid`)
    expect(heardBy(lead)).toEqual([])
  })

  it('offers the reasons and the receivers that the policy of the lead names', async () => {
    const { html } = await ana.get(`/desk/leads/${await leadOfAna(api)}`)
    expect(html).toContain('value="conflict-of-interest"')
    expect(html).toContain('name="field.budget"')
    expect(html).toMatch(/<select id="to"[^>]*><option value="dora">Dora Lind<\/option><\/select>/)
  })

  it('lets the account executive who was offered a lead read the handoff and answer', async () => {
    const lead = await leadOfAna(api)
    await offerHandoff(api.db, lead, 'ana', 'dora')
    expect((await dora.get(`/desk/leads/${lead}`)).html).toContain('Accept the handoff')
    api.leads.answerNext({ ok: true, status: 'assigned', owner: 'dora' })
    await dora.post(`/desk/leads/${lead}/handoff/answer`, { accept: 'no', reason: 'capacity' })
    expect(heardBy(lead)).toMatchObject([
      { name: 'answerHandoff', payload: { accept: false, reason: 'capacity' } },
    ])
  })

  it('says why the lead refused, and what it means that it is silent or out of reach', async () => {
    const lead = await leadOfAna(api)
    const path = `/desk/leads/${lead}`
    api.leads.answerNext({ ok: false, code: 'wrong-state', detail: [], status: 'closed', owner: 'ana' })
    expect((await ana.post(`${path}/acknowledge`, {})).location).toBe(`${path}?flash=refused-wrong-state`)
    api.leads.silence()
    expect((await ana.post(`${path}/acknowledge`, {})).location).toBe(`${path}?flash=pending`)
    await api.leads.wake()
    api.leads.unplug()
    expect((await ana.post(`${path}/acknowledge`, {})).location).toBe(`${path}?flash=unavailable`)
    api.leads.plugIn()
  })

  it('takes no form that comes from a page of somebody else', async () => {
    const lead = await leadOfAna(api)
    const foreign = await ana.post(`/desk/leads/${lead}/acknowledge`, {}, { origin: 'https://evil.example' })
    expect(foreign.status).toBe(403)
    expect(heardBy(lead)).toEqual([])
  })

  it('shows an auditor everything and takes nothing from them', async () => {
    const lead = await leadOfAna(api)
    const { html } = await auditor.get(`/desk/leads/${lead}`)
    expect(html).toContain('What happened')
    expect(html).not.toContain('What you can do')
    expect((await auditor.post(`/desk/leads/${lead}/acknowledge`, {})).status).toBe(403)
    expect(heardBy(lead)).toEqual([])
  })

  it('filters the leads by status and owner, and ignores what is no filter', async () => {
    const lead = await leadOfAna(api)
    expect((await mara.get('/desk/leads?status=assigned&owner=ana')).html).toContain(lead)
    expect((await mara.get('/desk/leads?status=assigned&owner=ben')).html).not.toContain(lead)
    expect((await mara.get('/desk/leads?status=sleeping&owner=')).html).toContain(lead)
  })

  it('pages through more leads than fit on one', async () => {
    for (let at = 0; at < 51; at += 1) await leadOfAna(api, `Number ${at}`)
    const first = (await mara.get('/desk/leads')).html
    const older = /href="(\/desk\/leads\?[^"]*after[^"]*)"/.exec(first)?.[1]?.replaceAll('&amp;', '&') ?? ''
    const links = (html: string) =>
      [...html.matchAll(/href="\/desk\/leads\/([0-9a-f-]{36})"/g)].map(found => found[1])
    const second = links((await mara.get(older)).html)
    expect(links(first)).toHaveLength(50)
    expect(second.length).toBeGreaterThan(0)
    expect(second.filter(id => links(first).includes(id))).toEqual([])
  })

  it('decides a review with the choice of the form', async () => {
    const lead = await leadOfAna(api)
    const other = await leadOfAna(api)
    const review = await openReview(api.db, lead)
    const { html } = await mara.get('/desk/reviews')
    expect(html).toContain('The same person: merge')
    await mara.post(`/desk/reviews/${review}/decision`, { choice: 'merge', into: other, note: 'Same voice' })
    expect(heardBy(lead)).toMatchObject([
      { name: 'decideReview', payload: { review, decision: { choice: 'merge', into: other } } },
    ])
  })

  it.each([
    ['rep:ben', { choice: 'assign', rep: 'ben' }],
    ['pool:sdr', { choice: 'assign', pool: 'sdr' }],
    ['rule:big', { choice: 'assign', rule: 'big' }],
    ['', { choice: 'assign' }],
  ])('assigns a reviewed lead to "%s"', async (to, decision) => {
    const lead = await leadOfAna(api)
    const review = await openReview(api.db, lead)
    await mara.post(`/desk/reviews/${review}/decision`, { choice: 'assign', to })
    expect(heardBy(lead)[0]?.payload).toMatchObject({ decision })
    expect(heardBy(lead)[0]?.payload).toHaveProperty('decision', decision)
  })

  it('refuses to assign a reviewed lead to what is neither person, pool nor rule', async () => {
    const lead = await leadOfAna(api)
    const review = await openReview(api.db, lead)
    for (const to of ['rep:NOBODY!', 'moon', 'pool:']) {
      const answered = await mara.post(`/desk/reviews/${review}/decision`, { choice: 'assign', to })
      expect(answered.location).toBe('/desk/reviews?flash=invalid')
    }
    expect(heardBy(lead)).toEqual([])
  })

  it('corrects only what was changed, and keeps the values out of the message', async () => {
    const lead = await leadOfAna(api)
    const review = await openReview(api.db, lead)
    const path = `/desk/reviews/${review}/decision`
    const same = { choice: 'correct', email: 'ada@example.com', company: 'Analytical Engines' }
    expect((await mara.post(path, same)).location).toBe('/desk/reviews?flash=no-change')
    await mara.post(path, { ...same, country: 'GB', employees: '7' })
    const [said] = heardBy(lead)
    expect(said?.payload).toHaveProperty('decision', { choice: 'correct' })
    expect(await noteOf(api.db, said?.payload.requestId ?? '')).toEqual({
      fields: { country: 'GB', employees: 7 },
    })
  })

  it('shows a rep only the reviews that they must decide', async () => {
    const lead = await leadOfAna(api)
    await openReview(api.db, lead, { decides: 'ben' })
    expect((await ben.get('/desk/reviews')).html).toContain(lead)
    expect((await ana.get('/desk/reviews')).html).not.toContain(lead)
  })

  it.each([
    ['yes', { approve: true, to: 'ben' }],
    ['no', { approve: false, to: undefined }],
  ])('decides a request for another owner: approve %s', async (approve, payload) => {
    const lead = await leadOfAna(api)
    const request = await openRequest(api.db, lead, 'ana')
    expect((await mara.get('/desk/requests')).html).toContain(request)
    await mara.post(`/desk/requests/${request}/decision`, { approve, to: 'ben', note: 'Talked to both' })
    expect(heardBy(lead)).toMatchObject([{ name: 'decideReassignment', payload: { request, ...payload } }])
  })

  it('marks a message as read by whoever was told, and by nobody else', async () => {
    const lead = await leadOfAna(api)
    const message = await tellInApp(api.db, lead, 'ana', 'A new lead')
    expect((await ben.post(`/desk/messages/${message}/read`, {})).status).toBe(404)
    expect((await ana.get('/desk/messages')).html).toContain('not read yet')
    expect((await ana.post(`/desk/messages/${message}/read`, {})).location).toBe('/desk/messages?flash=read')
    const [read] = await messagesOf(api.db, repId.parse('ana'))
    expect(read).toMatchObject({ id: message, readAtMs: api.now() })
  })

  it('answers with a page, not with a problem document, where there is nothing', async () => {
    for (const path of ['/desk/nowhere', '/desk/leads/not-a-lead', `/desk/leads/${randomUUID()}`]) {
      const { status, html } = await mara.get(path)
      expect([status, html.includes('Nothing here')]).toEqual([404, true])
    }
  })
})
