import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { appendEvent } from '../../db/events.js'
import { queueOf } from '../../db/leads.js'
import { execute, sql, transaction } from '../../db/sql.js'
import { type LeadId, leadId, repId } from '../../domain/ids.js'
import { type ApiUnderTest, apiUnderTest, type Who } from './api-under-test.js'
import {
  assignLead,
  closeLead,
  minutesAfterNine,
  nineOClock,
  offerHandoff,
  openRequest,
  openReview,
  queueLead,
  receiveLead,
} from './people-in-sales.js'

describe('reading leads', () => {
  let api: ApiUnderTest
  beforeAll(async () => {
    api = await apiUnderTest()
  })
  afterAll(() => api.close())

  const listed = async (who: Who, query = ''): Promise<LeadId[]> => {
    const { status, body } = await api.get(who, `/v1/leads${query}`)
    expect(status).toBe(200)
    return z
      .object({ leads: z.array(z.object({ leadId })) })
      .parse(body)
      .leads.map(lead => lead.leadId)
  }

  describe('in a list', () => {
    it('shows the newest first, page by page, each once', async () => {
      const source = `fair-${randomUUID()}`
      const sent = []
      // Three of them at the same instant: the page ends among them.
      for (const minute of [0, 1, 2, 2, 2, 3]) {
        sent.push(await receiveLead(api.db, { source, atMs: minutesAfterNine(minute) }))
      }
      const pages: LeadId[][] = []
      let cursor: string | null = ''
      while (cursor !== null && pages.length < 10) {
        const more = cursor === '' ? '' : `&cursor=${cursor}`
        const { body } = await api.get('mara', `/v1/leads?source=${source}&limit=2${more}`)
        const page = z
          .object({ leads: z.array(z.object({ leadId })), nextCursor: z.string().nullable() })
          .parse(body)
        pages.push(page.leads.map(lead => lead.leadId))
        cursor = page.nextCursor
      }
      expect(pages.map(page => page.length)).toEqual([2, 2, 2])
      expect(pages.flat()[0]).toBe(sent[5])
      expect(pages.flat().at(-1)).toBe(sent[0])
      expect(new Set(pages.flat())).toEqual(new Set(sent))
    })

    it('filters by status, owner, source and time', async () => {
      const source = `fair-${randomUUID()}`
      const early = await receiveLead(api.db, { source, atMs: minutesAfterNine(-60) })
      const late = await receiveLead(api.db, { source, atMs: minutesAfterNine(60) })
      await assignLead(api.db, late, 'ana')
      expect(await listed('mara', `?source=${source}`)).toEqual([late, early])
      expect(await listed('mara', `?source=${source}&status=assigned`)).toEqual([late])
      expect(await listed('mara', `?source=${source}&status=received`)).toEqual([early])
      expect(await listed('mara', `?source=${source}&status=held`)).toEqual([])
      expect(await listed('mara', `?source=${source}&owner=ana`)).toEqual([late])
      expect(await listed('mara', `?source=${source}&owner=ben`)).toEqual([])
      expect(await listed('mara', `?source=${source}&since=2026-11-23T11:00:00%2B02:00`)).toEqual([late])
    })

    it.each(['limit=0', 'limit=201', 'status=lost', 'since=yesterday', 'cursor=abc', 'owner=Ana%20Ruiz'])(
      'refuses ?%s',
      async query => {
        const { status, body } = await api.get('mara', `/v1/leads?${query}`)
        expect(status).toBe(422)
        expect(body).toMatchObject({ errors: [{ path: query.split('=')[0] }] })
      },
    )
  })

  describe('of others', () => {
    let own: LeadId
    let former: LeadId
    let other: LeadId
    let partners: LeadId
    beforeEach(async () => {
      own = await receiveLead(api.db)
      former = await receiveLead(api.db)
      other = await receiveLead(api.db)
      partners = await receiveLead(api.db, { submittedBy: 'partner' })
      await assignLead(api.db, own, 'ana')
      await assignLead(api.db, former, 'ana', 0)
      await assignLead(api.db, former, 'ben', 1)
      await assignLead(api.db, other, 'ben')
    })

    const sees = async (who: Who): Promise<Record<string, boolean>> => {
      const list = await listed(who, '?limit=200')
      const seen: Record<string, boolean> = {}
      for (const [name, lead] of Object.entries({ own, former, other, partners })) {
        const { status } = await api.get(who, `/v1/leads/${lead}`)
        expect(status, `${name}: list and lead must agree`).toBe(list.includes(lead) ? 200 : 404)
        seen[name] = status === 200
      }
      return seen
    }

    it.each([
      ['ana', { own: true, former: true, other: false, partners: false }],
      ['ben', { own: false, former: true, other: true, partners: false }],
      ['website', { own: true, former: true, other: true, partners: false }],
      ['partner', { own: false, former: false, other: false, partners: true }],
      ['mara', { own: true, former: true, other: true, partners: true }],
      ['operations', { own: true, former: true, other: true, partners: true }],
      ['auditor', { own: true, former: true, other: true, partners: true }],
      ['administrator', { own: true, former: true, other: true, partners: true }],
    ] as const)('shows %s only what is theirs', async (who, expected) => {
      expect(await sees(who)).toEqual(expected)
    })

    it('leads everybody but a website to its workflow', async () => {
      const id = `lead-${own}`
      const url = `http://temporal.example.com/namespaces/leadline/workflows/${id}`
      expect((await api.get('operations', `/v1/leads/${own}`)).body).toMatchObject({
        workflow: { id, namespace: 'leadline', url },
      })
      expect((await api.get('website', `/v1/leads/${own}`)).body).not.toHaveProperty('workflow')
    })

    it.each([
      ['a review that they decide', (lead: LeadId) => openReview(api.db, lead, { decides: 'ana' })],
      ['a review that they are the backup of', (lead: LeadId) => openReview(api.db, lead, { backup: 'ana' })],
      ['a reassignment that they asked for', (lead: LeadId) => openRequest(api.db, lead, 'ana')],
      ['a handoff to them', (lead: LeadId) => offerHandoff(api.db, lead, 'ben', 'ana')],
      ['a queue that they are in', (lead: LeadId) => queueLead(api.db, lead, 'ana', 'ben')],
      [
        'a queue that somebody else was faster in',
        async (lead: LeadId) => {
          await queueLead(api.db, lead, 'ana', 'ben')
          await assignLead(api.db, lead, 'ben', 1)
        },
      ],
    ])('shows a rep the lead of %s', async (_, concern) => {
      await concern(other)
      expect(await sees('ana')).toMatchObject({ other: true })
    })

    it.each(['timeline', 'decision', 'acknowledge'])(
      'says nothing of a strange lead by its %s',
      async part => {
        const method = part === 'acknowledge' ? api.post : api.get
        const { status, body } = await method('ana', `/v1/leads/${other}/${part}`)
        expect(status).toBe(404)
        expect(body).toMatchObject({ type: 'urn:leadline:problem:not-found' })
      },
    )
  })

  describe('one by one', () => {
    it('shows who owns it, who owned it before, and what is due', async () => {
      const lead = await receiveLead(api.db)
      await assignLead(api.db, lead, 'ben', 0)
      await assignLead(api.db, lead, 'ana', 1)
      const review = await openReview(api.db, lead, { escalated: true })
      const request = await openRequest(api.db, lead, 'ana')
      await offerHandoff(api.db, lead, 'ana', 'ben')
      await transaction(api.db, tx =>
        appendEvent(tx, {
          lead,
          atMs: minutesAfterNine(4),
          actor: 'ana',
          hop: 1,
          key: 'met',
          kind: 'clockMet',
          data: { clock: 'acknowledge', dueAtMs: minutesAfterNine(5), late: false },
        }),
      )
      const { status, body } = await api.get('ana', `/v1/leads/${lead}`)
      expect(status).toBe(200)
      expect(body).toMatchObject({
        leadId: lead,
        status: 'assigned',
        owner: { id: 'ana', name: 'ana of Sales' },
        clock: 'firstTouch',
        dueAt: '2026-11-23T09:30:00.000Z',
        review: { id: review, decides: 'olga', dueAt: '2026-11-23T11:00:00.000Z' },
        assignments: [
          { hop: 0, owner: 'ben', endedWhy: 'lapsed' },
          { hop: 1, owner: 'ana', cause: 'lapsed', endedAt: null },
        ],
        clocks: [
          { clock: 'acknowledge', metAt: '2026-11-23T09:04:00.000Z', breached: false },
          { clock: 'firstTouch', metAt: null },
        ],
        reassignmentRequest: { id: request, requestedBy: 'ana', decides: 'mara' },
        handoff: { from: 'ana', to: 'ben' },
      })
    })

    it('shows the source what became of its lead and no more', async () => {
      const lead = await receiveLead(api.db)
      await assignLead(api.db, lead, 'ana')
      const { body } = await api.get('website', `/v1/leads/${lead}`)
      expect(body).toMatchObject({ status: 'assigned', owner: { id: 'ana' } })
      expect(body).not.toHaveProperty('assignments')
      expect(body).not.toHaveProperty('lead')
      expect((await api.get('website', `/v1/leads/${lead}/timeline`)).status).toBe(403)
    })

    it.each(['/v1/leads/not-an-id', '/v1/leads/lead-1'])('refuses %s', async path => {
      expect((await api.get('mara', path)).status).toBe(422)
    })

    it('shows its timeline in order', async () => {
      const lead = await receiveLead(api.db)
      await assignLead(api.db, lead, 'ana')
      const { body } = await api.get('auditor', `/v1/leads/${lead}/timeline`)
      expect(body).toMatchObject({
        events: [
          { seq: 1, kind: 'received', at: new Date(nineOClock).toISOString(), actor: 'website' },
          { seq: 2, kind: 'assigned', data: { owner: 'ana' } },
        ],
      })
    })

    it('shows the latest decision first, in sentences and as it was recorded', async () => {
      const lead = await receiveLead(api.db)
      for (const hop of [0, 1]) await decide(lead, hop)
      const { status, body } = await api.get('ana', `/v1/leads/${await ownedBy('ana', lead)}/decision`)
      expect(status).toBe(200)
      expect(body).toMatchObject({
        decisions: [
          { hop: 1, input: { hop: 1 }, decision: { kind: 'assigned', owner: 'ana', rule: 'uk' } },
          { hop: 0, input: { hop: 0 } },
        ],
      })
      const [latest] = z
        .object({ decisions: z.array(z.object({ why: z.array(z.string()) })) })
        .parse(body).decisions
      expect(latest?.why[0]).toBe('ana owns this lead.')
    })
  })

  it('puts the most urgent lead of a rep first, and the closed ones nowhere', async () => {
    const rep = repId.parse('olga')
    const [calm, urgent, closed] = [
      await receiveLead(api.db),
      await receiveLead(api.db),
      await receiveLead(api.db),
    ]
    for (const lead of [calm, urgent, closed]) await assignLead(api.db, lead, 'olga')
    await closeLead(api.db, closed, 'lost')
    await transaction(api.db, tx =>
      appendEvent(tx, {
        lead: calm,
        atMs: nineOClock,
        actor: 'olga',
        hop: 0,
        key: 'met',
        kind: 'clockMet',
        data: { clock: 'acknowledge', dueAtMs: minutesAfterNine(5), late: false },
      }),
    )
    expect((await queueOf(api.db, rep)).map(lead => [lead.leadId, lead.clock, lead.dueAtMs])).toEqual([
      [urgent, 'acknowledge', minutesAfterNine(5)],
      [calm, 'firstTouch', minutesAfterNine(30)],
    ])
  })

  async function ownedBy(owner: string, lead: LeadId): Promise<LeadId> {
    await assignLead(api.db, lead, owner)
    return lead
  }

  async function decide(lead: LeadId, hop: number): Promise<void> {
    const facts = {
      source: 'contact-form',
      campaign: null,
      country: 'GB',
      region: null,
      postcode: null,
      industry: null,
      employees: null,
      product: null,
      service: null,
      language: null,
      urgency: null,
      emailDomain: 'business',
      consent: null,
      account: null,
      lists: [],
      fields: {},
      missing: [],
    }
    const record = {
      input: {
        engine: 1,
        policyVersion: 1,
        atMs: nineOClock,
        hop,
        facts,
        excluded: [],
        lastOwner: null,
        directed: null,
        people: [{ rep: 'ana', employed: true, away: false, manager: 'mara' }],
        pools: {},
      },
      decision: {
        kind: 'assigned',
        score: { total: 0, reasons: [] },
        segment: null,
        territories: [],
        qualification: 'raw',
        rules: [{ rule: 'uk', outcome: 'won', why: 'the only one' }],
        candidates: [{ rep: 'ana', pool: null, outcome: 'chosen', standing: null }],
        owner: 'ana',
        rule: 'uk',
        tried: [{ kind: 'rep', rep: 'ana' }],
        turn: null,
        sla: 'hot',
        review: null,
      },
    }
    await execute(
      api.db,
      sql`insert into decisions (lead_id, hop, engine, policy_version, record, decided_at)
          values (${lead}, ${hop}, 1, 1, ${JSON.stringify(record)}, ${new Date(nineOClock)})`,
    )
  }
})
