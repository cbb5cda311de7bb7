import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { timelineOf } from '../../db/events.js'
import { noteOf } from '../../db/notes.js'
import { loadPolicy } from '../../db/policies.js'
import { execute, row, sql, timestamp } from '../../db/sql.js'
import { instant, type LeadId } from '../../domain/ids.js'
import { policy } from '../workflows/desk-documents.js'
import type { Answered, ApiUnderTest, Who } from './api-under-test.js'
import { type Browser, deskUnderTest, leadOfAna, signedIn } from './desk-under-test.js'
import { mergeLead, minutesAfterNine, nineOClock, receiveLead } from './people-in-sales.js'

const dayMs = 86_400_000

let api: ApiUnderTest
beforeAll(async () => {
  api = await deskUnderTest()
  const load = { by: 'olga', atMs: nineOClock, fileName: 'policy.yaml', reason: 'test' }
  const loaded = await loadPolicy(api.db, { ...load, document: `${policy}reopen: { within: 7d }\n` })
  expect(loaded).toMatchObject({ ok: true, version: 3 })
})
beforeEach(() => api.setNow(minutesAfterNine(10)))
afterAll(() => api.close())

/** A lead of Ana's that ended at nine, under the policy that lets it be opened again for seven days. */
async function closed(outcome = 'lost', { policyVersion = 3, ended = true } = {}): Promise<LeadId> {
  const lead = await leadOfAna(api, 'Ada')
  await execute(
    api.db,
    sql`update assignments set ended_at = ${timestamp(nineOClock)}, ended_why = 'closed' where lead_id = ${lead}`,
  )
  await execute(
    api.db,
    sql`update leads set status = 'closed', outcome = ${outcome}, closed_at = ${timestamp(nineOClock)},
          policy_version = ${policyVersion}, workflow_started_at = received_at,
          workflow_ended_at = ${ended ? timestamp(nineOClock) : null}
        where id = ${lead}`,
  )
  return lead
}

const reopen = (
  who: Who,
  lead: LeadId,
  body: unknown = { reason: 'called-back' },
  key?: string,
): Promise<Answered> =>
  api.post(who, `/v1/leads/${lead}/reopen`, body, key === undefined ? {} : { 'Idempotency-Key': key })

const stands = (lead: LeadId) =>
  row(
    api.db,
    z.object({ status: z.string(), generation: z.int(), started: z.boolean(), begins: z.json() }),
    sql`select status, generation, workflow_started_at is not null as started, begin_again as begins
        from leads where id = ${lead}`,
  )

describe('opening a closed lead again', () => {
  it.each(['lost', 'disqualified', 'rejected', 'converted'])('is possible after it was %s', async outcome => {
    const lead = await closed(outcome)
    const { status, body } = await reopen('mara', lead, { reason: 'called-back', note: 'Ada rang me up.' })
    expect({ status, body }).toMatchObject({ status: 200, body: { status: 'received', owner: null } })
    expect(await stands(lead)).toMatchObject({ status: 'received', generation: 1, started: true })
    expect((await timelineOf(api.db, lead)).at(-1)).toMatchObject({
      kind: 'reopened',
      actor: 'mara',
      data: { generation: 1, why: 'reopened', reason: 'called-back' },
    })
    const { requestId } = z.object({ requestId: z.string() }).parse(body)
    expect(await noteOf(api.db, requestId)).toEqual({ note: 'Ada rang me up.' })
    expect(api.leads.started).toContain(lead)
  })

  it.each<[string, Who, number]>([
    ['an administrator', 'administrator', 200],
    ['operations', 'operations', 200],
    ['a manager', 'mara', 200],
    ['its last owner', 'ana', 200],
    ['a colleague who never had it, for whom it does not exist', 'ben', 404],
    ['an auditor', 'auditor', 403],
    ['whoever sent it in', 'website', 403],
  ])('asked by %s: %s gets %i', async (_, who, wanted) => {
    expect((await reopen(who, await closed())).status).toBe(wanted)
  })

  it('is refused to an earlier owner', async () => {
    const lead = await closed()
    await execute(
      api.db,
      sql`insert into assignments (lead_id, hop, owner, rule, sla, cause, policy_version, assigned_at, ended_at, ended_why)
          select lead_id, hop + 1, 'ben', rule, sla, 'lapsed', policy_version, assigned_at, ended_at, ended_why
          from assignments where lead_id = ${lead}`,
    )
    await execute(api.db, sql`update leads set owner = 'ben' where id = ${lead}`)
    expect(await reopen('ana', lead)).toMatchObject({ status: 403, body: { owner: 'ben' } })
    expect((await reopen('ben', lead)).status).toBe(200)
  })

  it.each([['merged'], ['stored'], ['shadowed'], ['erased']])(
    'is refused after it was %s, with what it would have had to be',
    async outcome => {
      const lead = await closed()
      if (outcome === 'merged') await mergeLead(api.db, lead, await receiveLead(api.db))
      else await execute(api.db, sql`update leads set outcome = ${outcome} where id = ${lead}`)
      expect(await reopen('mara', lead)).toMatchObject({
        status: 409,
        body: {
          type: 'urn:leadline:problem:wrong-state',
          leadStatus: 'closed',
          outcome,
          allowed: ['lost', 'disqualified', 'rejected', 'converted'],
        },
      })
    },
  )

  it('is refused while it is open, and when nothing is known of the person any more', async () => {
    expect(await reopen('mara', await leadOfAna(api))).toMatchObject({
      status: 409,
      body: { leadStatus: 'assigned', owner: 'ana' },
    })
    const lead = await closed()
    await execute(api.db, sql`update leads set erased_at = now() where id = ${lead}`)
    expect((await reopen('mara', lead)).status).toBe(409)
  })

  it('is possible until the last instant that the policy allows, and not after it', async () => {
    const lead = await closed()
    api.setNow(instant(nineOClock + 7 * dayMs + 1))
    expect(await reopen('mara', lead)).toMatchObject({
      status: 409,
      body: {
        type: 'urn:leadline:problem:too-late',
        outcome: 'lost',
        detail: 'the policy let it be opened until 2026-11-30T09:00:00.000Z',
      },
    })
    api.setNow(instant(nineOClock + 7 * dayMs))
    expect((await reopen('mara', lead)).status).toBe(200)
  })

  it('is refused where the policy that the lead lives under opens no lead again', async () => {
    expect(await reopen('mara', await closed('lost', { policyVersion: 2 }))).toMatchObject({
      status: 409,
      body: { type: 'urn:leadline:problem:too-late', detail: 'the policy opens no lead again' },
    })
  })

  it('waits until the last steps of the life before are done', async () => {
    const lead = await closed('lost', { ended: false })
    const { status, headers } = await reopen('mara', lead)
    expect(status).toBe(503)
    expect(headers.get('retry-after')).toBe('2')
    expect(await stands(lead)).toMatchObject({ status: 'closed', generation: 0 })
  })

  it('happens once under one key, and gets the first answer again', async () => {
    const lead = await closed()
    const first = await reopen('mara', lead, { reason: 'called-back' }, 'click-1')
    expect((await reopen('mara', lead, { reason: 'other' }, 'click-1')).body).toEqual(first.body)
    expect(await stands(lead)).toMatchObject({ generation: 1 })
    expect((await reopen('mara', lead, { reason: 'called-back' }, 'click-2')).status).toBe(409)
  })

  it('counts although nobody could start the lead: the relay does', async () => {
    const lead = await closed()
    api.leads.unplug()
    expect((await reopen('mara', lead)).status).toBe(200)
    api.leads.plugIn()
    expect(await stands(lead)).toMatchObject({
      status: 'received',
      started: false,
      begins: { generation: 1, why: 'reopened', lastOwner: 'ana', directed: { kind: 'rep', rep: 'ana' } },
    })
  })

  it('sends what the policy itself had disqualified to the fallback, since by the rules it would end at once', async () => {
    const lead = await closed('disqualified')
    await execute(api.db, sql`update leads set owner = null where id = ${lead}`)
    api.leads.unplug()
    await reopen('mara', lead)
    api.leads.plugIn()
    expect((await stands(lead)).begins).toMatchObject({
      lastOwner: null,
      directed: { kind: 'pool', pool: 'anyone' },
    })
  })

  it.each([['free text'], ['Ada'], [''], ['x'.repeat(64)]])(
    'takes a code as reason, which stands on the timeline, and not %j',
    async reason => {
      expect((await reopen('mara', await closed(), { reason })).status).toBe(422)
    },
  )
})

describe('saying what a converted lead became', () => {
  const close = (lead: LeadId, body: unknown) => api.post('ana', `/v1/leads/${lead}/close`, body)

  it('passes the ids on to the lead', async () => {
    const lead = await leadOfAna(api)
    const became = { account: 'acc-1', contact: '0035g00000abc', opportunity: 'opp:7' }
    api.leads.heard.length = 0
    expect((await close(lead, { outcome: 'converted', became })).status).toBe(200)
    expect(api.leads.heard).toMatchObject([
      { lead, name: 'close', payload: { outcome: 'converted', became } },
    ])
  })

  it.each([
    ['of a lead that was lost', { outcome: 'lost', became: { account: 'acc-1' } }],
    ['that is no id', { outcome: 'converted', became: { contact: 'ada@example.com' } }],
    ['of nothing', { outcome: 'converted', became: {} }],
  ])('refuses what is said %s', async (_, body) => {
    expect((await close(await leadOfAna(api), body)).status).toBe(422)
  })
})

describe('splitting and erasing', () => {
  it('tells the lead which one was somebody else’s', async () => {
    const lead = await leadOfAna(api)
    const other = await receiveLead(api.db)
    api.leads.heard.length = 0
    expect((await api.post('operations', `/v1/leads/${lead}/splits`, { lead: other })).status).toBe(200)
    expect(api.leads.heard).toMatchObject([
      {
        lead,
        name: 'splitSubmission',
        payload: { lead: other, actor: { id: 'ops-tool', role: 'operations' } },
      },
    ])
    expect((await api.post('ana', `/v1/leads/${lead}/splits`, { lead: other })).status).toBe(403)
  })

  it('answers with how the lead ended where it has', async () => {
    const lead = await closed('converted')
    expect(await api.post('mara', `/v1/leads/${lead}/splits`, { lead: lead })).toMatchObject({
      status: 409,
      body: { outcome: 'converted' },
    })
  })

  it('asks an open lead to forget, and the one that a merged lead became part of', async () => {
    const lead = await leadOfAna(api)
    const merged = await receiveLead(api.db)
    await mergeLead(api.db, merged, lead)
    api.leads.heard.length = 0
    expect((await api.post('administrator', `/v1/leads/${merged}/erase`)).status).toBe(200)
    expect(api.leads.heard).toMatchObject([{ lead, name: 'erase' }])
  })

  it('forgets a closed lead itself, and those that became part of it', async () => {
    const lead = await closed()
    const merged = await receiveLead(api.db)
    await mergeLead(api.db, merged, lead)
    expect((await api.post('mara', `/v1/leads/${lead}/erase`)).status).toBe(403)
    expect((await api.post('operations', `/v1/leads/${lead}/erase`)).status).toBe(200)
    for (const one of [lead, merged])
      expect((await timelineOf(api.db, one)).at(-1)).toMatchObject({ kind: 'erased', actor: 'ops-tool' })
    expect((await api.get('mara', `/v1/leads/${lead}`)).body).toMatchObject({
      outcome: 'lost',
      lead: null,
      name: null,
      erasedAt: '2026-11-23T09:10:00.000Z',
      joined: [{ leadId: merged }],
    })
  })

  it('waits until the last steps of a lead that has just ended are done', async () => {
    expect(
      (await api.post('operations', `/v1/leads/${await closed('lost', { ended: false })}/erase`)).status,
    ).toBe(503)
  })

  it('knows no lead that is not there', async () => {
    const nobody = 'd5f6a1f0-8c9c-4c43-9d7c-4b7f1f0c1d11'
    expect((await api.post('operations', `/v1/leads/${nobody}/erase`)).status).toBe(404)
  })
})

describe('on the desk', () => {
  let mara: Browser
  let ana: Browser
  beforeAll(async () => {
    mara = await signedIn(api, 'manager', 'mara')
    ana = await signedIn(api, 'rep', 'ana')
  })

  it('a closed lead is opened again with one of the reasons', async () => {
    const lead = await closed()
    const path = `/desk/leads/${lead}`
    expect((await ana.get(path)).html).toContain('Open the lead again')
    const sent = await ana.post(`${path}/reopen`, { reason: 'called-back', note: 'She rang.' })
    expect(sent).toMatchObject({ status: 303, location: `${path}?flash=reopened` })
    expect((await ana.get(`${path}?flash=reopened`)).html).toContain('Opened again.')
    expect(await stands(lead)).toMatchObject({ generation: 1 })
    expect((await ana.post(`${path}/reopen`, { reason: 'called-back' })).location).toBe(
      `${path}?flash=refused-wrong-state`,
    )
  })

  it('that is not offered when it is too late, and says so to whoever clicks then', async () => {
    const lead = await closed()
    const path = `/desk/leads/${lead}`
    api.setNow(instant(nineOClock + 8 * dayMs))
    const page = await mara.get(path)
    expect(page.status).toBe(200)
    expect(page.html).not.toContain('Open the lead again')
    expect((await mara.post(`${path}/reopen`, { reason: 'other' })).location).toBe(
      `${path}?flash=refused-too-late`,
    )
  })

  it('each submission that joined has a button that splits it off, for those who may', async () => {
    const lead = await leadOfAna(api)
    const other = await receiveLead(api.db, { source: 'demo-form' })
    await mergeLead(api.db, other, lead)
    const path = `/desk/leads/${lead}`
    expect((await mara.get(path)).html).toContain('split it off')
    const seen = (await ana.get(path)).html
    expect(seen).toContain('from demo-form')
    expect(seen).not.toContain('split it off')
    api.leads.heard.length = 0
    expect((await mara.post(`${path}/splits`, { lead: other })).location).toBe(`${path}?flash=split`)
    expect(api.leads.heard).toMatchObject([{ lead, name: 'splitSubmission', payload: { lead: other } }])
    expect((await ana.post(`${path}/splits`, { lead: other })).status).toBe(403)
  })

  it('an erased lead says that it is', async () => {
    const lead = await closed()
    await api.post('operations', `/v1/leads/${lead}/erase`)
    const { html } = await mara.get(`/desk/leads/${lead}`)
    expect(html).toContain('Everything personal is erased.')
    expect(html).not.toContain('Ada')
  })
})
