import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { noteOf } from '../../db/notes.js'
import { execute, sql, timestamp } from '../../db/sql.js'
import type { LeadId } from '../../domain/ids.js'
import type { Answer } from '../../domain/messages.js'
import type { ApiUnderTest } from './api-under-test.js'
import { type Browser, deskUnderTest, leadOfAna, signedIn } from './desk-under-test.js'
import { closeLead, minutesAfterNine, nineOClock } from './people-in-sales.js'

const mine = { reason: 'capacity', wanted: 'ben', note: 'I met them in May.' }
const taken: Answer = { ok: true, status: 'assigned', owner: 'ana' }

describe('a rep who claims a lead that a colleague owns', () => {
  let api: ApiUnderTest
  let lead: LeadId
  let ben: Browser
  let mara: Browser
  beforeAll(async () => {
    api = await deskUnderTest()
    ben = await signedIn(api, 'rep', 'ben')
    mara = await signedIn(api, 'manager', 'mara')
  })
  beforeEach(async () => {
    lead = await leadOfAna(api)
    api.leads.heard.length = 0
    api.setNow(minutesAfterNine(3))
  })
  afterAll(() => api.close())

  const claim = (body: object = mine, headers: Record<string, string> = {}) =>
    api.post('ben', `/v1/leads/${lead}/reassignment-requests`, body, headers)

  it('is heard by the lead, though they may not see it, and learns its status and owner alone', async () => {
    expect((await api.get('ben', `/v1/leads/${lead}`)).status).toBe(404)
    api.leads.answerNext(taken)
    const { status, body } = await claim()
    expect(status).toBe(200)
    expect(body).toEqual({ requestId: expect.any(String), status: 'assigned', owner: 'ana' })
    const [said] = api.leads.heard
    expect(said).toMatchObject({
      lead,
      name: 'requestReassignment',
      payload: { actor: { id: 'ben', role: 'rep' }, reason: 'capacity', wanted: 'ben' },
    })
    expect(JSON.stringify(said)).not.toContain('May')
    expect(await noteOf(api.db, said?.payload.requestId ?? '')).toEqual({ note: 'I met them in May.' })
    // Whoever has claimed a lead sees no more of it than before.
    await keepClaim(said?.payload.requestId ?? '')
    expect((await api.get('ben', `/v1/leads/${lead}`)).status).toBe(404)
    expect((await api.get('ben', `/v1/leads/${lead}/timeline`)).status).toBe(404)
  })

  it('gets 409 while somebody decides about another claim, and hears nothing of that one', async () => {
    api.leads.answerNext({
      ok: false,
      code: 'wrong-state',
      detail: ['review-open', 'c1'],
      status: 'working',
      owner: 'ana',
    })
    const { status, body } = await claim()
    expect(status).toBe(409)
    expect(body).toEqual({
      type: 'urn:leadline:problem:wrong-state',
      title: expect.any(String),
      status: 409,
      leadStatus: 'working',
      owner: 'ana',
    })
  })

  it('gets 409 for a lead that is closed, without hearing how it ended', async () => {
    await closeLead(api.db, lead, 'converted')
    const { status, body } = await claim()
    expect(status).toBe(409)
    expect(body).toMatchObject({ type: 'urn:leadline:problem:closed', leadStatus: 'closed', owner: 'ana' })
    expect(JSON.stringify(body)).not.toContain('converted')
  })

  it('is asked for one of the reasons of the lead’s policy', async () => {
    const { status, body } = await claim({ ...mine, reason: 'because' })
    expect(status).toBe(422)
    expect(body).toMatchObject({
      type: 'urn:leadline:problem:unknown-reason',
      allowed: ['conflict-of-interest', 'capacity'],
    })
    expect(api.leads.heard).toEqual([])
  })

  it('does not ask for a colleague, nor for whoever the rules choose: such a lead does not exist for them', async () => {
    expect((await claim({ ...mine, wanted: 'cleo' })).status).toBe(404)
    expect((await claim({ reason: 'capacity' })).status).toBe(404)
    expect(api.leads.heard).toEqual([])
  })

  it('finds no lead that is not there', async () => {
    const nowhere = '6f2c1c3e-5b0c-4f0e-9f1a-0c9f6d9a0001'
    expect((await api.post('ben', `/v1/leads/${nowhere}/reassignment-requests`, mine)).status).toBe(404)
  })

  it('counts once under a key, and gets the first answer again after it was refused', async () => {
    await coolDown()
    const key = { 'Idempotency-Key': 'my-claim' }
    api.leads.answerNext(taken)
    const first = await claim(mine, key)
    const [said] = api.leads.heard
    await keepClaim(said?.payload.requestId ?? '', 'keepOwner')
    expect(await claim(mine, key)).toMatchObject({ status: 200, body: first.body })
    const again = await claim()
    expect(again.status).toBe(409)
    expect(again.body).toMatchObject({
      type: 'urn:leadline:problem:cooling-down',
      allowed: ['2026-11-24T09:10:00.000Z'],
    })
    api.setNow(minutesAfterNine(24 * 60 + 10))
    api.leads.answerNext(taken)
    expect((await claim()).status).toBe(200)
  })

  it('is shown to whoever decides, by name, with the reason, the note and what either has done', async () => {
    api.leads.answerNext(taken)
    await claim()
    await keepClaim(api.leads.heard[0]?.payload.requestId ?? '')
    const { body } = await api.get('mara', '/v1/reviews')
    expect(body).toMatchObject({
      reviews: expect.arrayContaining([
        expect.objectContaining({
          leadId: lead,
          kind: 'ownership-claimed',
          claim: {
            claimant: { id: 'ben', name: 'Ben Okafor' },
            owner: { id: 'ana', name: 'Ana Ruiz' },
            reason: 'capacity',
            note: 'I met them in May.',
          },
        }),
      ]),
    })
    const { html } = await mara.get('/desk/reviews')
    expect(html).toContain('Ben Okafor says that the lead is theirs (capacity). Ana Ruiz has it.')
    expect(html).toContain('I met them in May.')
    expect(html).toContain('Ana Ruiz: call')
    expect(html).toContain('Ben Okafor, who claims it')
  })

  it('may do so on the desk: by the id of the lead, on the way back to their own queue', async () => {
    expect((await ben.get('/desk')).html).toContain('Claim a lead that a colleague owns')
    expect((await mara.get('/desk')).html).not.toContain('Claim a lead that a colleague owns')
    api.leads.answerNext(taken)
    const { location } = await ben.post('/desk/claims', { lead, reason: 'capacity', note: 'Mine.' })
    expect(location).toBe('/desk?flash=claimed')
    expect(api.leads.heard).toMatchObject([{ lead, payload: { wanted: 'ben', reason: 'capacity' } }])
    expect((await ben.get('/desk?flash=claimed')).html).toContain('somebody decides whose lead it is')
    const unknown = await ben.post('/desk/claims', { lead, reason: 'because' })
    expect(unknown.location).toBe('/desk?flash=refused-unknown-reason')
    const nonsense = await ben.post('/desk/claims', { lead: 'that one', reason: 'capacity' })
    expect(nonsense.location).toBe('/desk?flash=invalid')
    expect(api.leads.heard).toHaveLength(1)
  })

  it('may do so on the page of a lead that they see because they had it before', async () => {
    await execute(
      api.db,
      sql`insert into assignments (lead_id, hop, owner, rule, sla, cause, policy_version, assigned_at, ended_at, ended_why)
          values (${lead}, 7, 'ben', 'uk', 'hot', 'new', 2, ${timestamp(nineOClock)}, ${timestamp(nineOClock)}, 'lapsed')`,
    )
    const { html } = await ben.get(`/desk/leads/${lead}`)
    expect(html).toContain('This lead is mine')
    expect(html).toContain(`name="lead" value="${lead}"`)
    expect(html).not.toContain('Record a touch')
  })

  /** The review as its activity opens it; Ana has called. */
  async function keepClaim(request: string, choice?: 'keepOwner'): Promise<void> {
    const evidence = {
      claim: { owner: 'ana', reason: 'capacity', touches: [{ by: 'ana', touch: 'call', atMs: nineOClock }] },
    }
    const endedAt = choice === undefined ? null : timestamp(minutesAfterNine(10))
    await execute(
      api.db,
      sql`insert into reviews (id, lead_id, hop, kind, opened_at, decides, backup, due_at, backup_due_at, choices,
                               evidence, claimant, claim_request, ended_at, ended_why, decided_by, decision)
          values (gen_random_uuid(), ${lead}, 1, 'ownership-claimed', ${timestamp(nineOClock)}, 'mara', 'olga',
                  ${timestamp(minutesAfterNine(60))}, ${timestamp(minutesAfterNine(120))}, ${['keepOwner', 'assign']},
                  ${JSON.stringify(evidence)}, 'ben', ${request}, ${endedAt}, ${choice === undefined ? null : 'decided'},
                  ${choice === undefined ? null : 'mara'}, ${choice === undefined ? null : JSON.stringify({ choice })})`,
    )
  }

  /** A day for whoever was refused, in a version of its own. */
  async function coolDown(): Promise<void> {
    await execute(
      api.db,
      sql`insert into policies (version, name, document, compiled, loaded_at, loaded_by, reason)
          select 9, name, replace(document, 'decides: mara, within: 2h }', 'decides: mara, within: 2h, coolDown: 24h }'),
                 compiled, loaded_at, loaded_by, reason
          from policies where version = 2`,
    )
    await execute(api.db, sql`update leads set policy_version = 9 where id = ${lead}`)
  }
})
