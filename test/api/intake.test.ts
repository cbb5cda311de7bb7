import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { takeIn } from '../../api/intake.js'
import { timelineOf } from '../../db/events.js'
import { bigintColumn, execute, row, rows, sql } from '../../db/sql.js'
import { type LeadId, leadId } from '../../domain/ids.js'
import { leadBody } from '../../domain/lead.js'
import { type ApiUnderTest, apiUnderTest } from './api-under-test.js'
import {
  assignLead,
  holdLead,
  mergeLead,
  minutesAfterNine,
  nineOClock,
  openReview,
  queueLead,
  receiveLead,
} from './people-in-sales.js'

const ada = { source: 'contact-form', email: 'ada@example.com', company: 'Analytical Engines' }

describe('taking in a lead', () => {
  let api: ApiUnderTest
  beforeAll(async () => {
    api = await apiUnderTest()
  })
  afterAll(() => api.close())

  const send = (body: unknown, headers: Record<string, string> = {}, query = '') =>
    api.post('website', `/v1/leads${query}`, body, headers)

  it('answers 202 for a lead that is durable, and starts its workflow', async () => {
    const { status, body } = await send(ada)
    expect(status).toBe(202)
    expect(body).toMatchObject({ status: 'received', owner: null, unknownFields: [] })
    const lead = leadOf(body)
    expect(body).toMatchObject({ url: `http://leads.example.com/v1/leads/${lead}` })
    expect(api.leads.started).toContain(lead)
    expect(await submissionOf(lead)).toMatchObject({ raw: ada, submitted_by: 'website' })
    expect(await timelineOf(api.db, lead)).toMatchObject([
      {
        seq: 1,
        kind: 'received',
        key: 'received',
        actor: 'website',
        atMs: nineOClock,
        data: { source: 'contact-form', channel: 'api' },
      },
    ])
  })

  it('takes in a lead of a source that no policy declares', async () => {
    const { status } = await send({ source: 'Some Fair in 2026!' })
    expect(status).toBe(202)
  })

  it('keeps names that it has no field for, and lists them', async () => {
    const { body } = await send({ ...ada, shoeSize: 38, nested: { deep: ['kept'] } })
    expect(body).toMatchObject({ unknownFields: ['shoeSize', 'nested'] })
    expect(await submissionOf(leadOf(body))).toMatchObject({
      raw: { shoeSize: 38, nested: { deep: ['kept'] } },
      unknown_fields: ['shoeSize', 'nested'],
    })
  })

  it('reads null and blank text as missing', async () => {
    const { status, body } = await send({ ...ada, phone: null, employees: '', consent: ' ', receivedAt: '' })
    expect(status).toBe(202)
    const { raw } = await submissionOf(leadOf(body))
    expect(raw).toEqual(ada)
    expect(leadBody.parse(raw)).toEqual(ada)
  })

  it("counts the lead from now, whatever the sender's clock said", async () => {
    const { body } = await send({ ...ada, receivedAt: '2020-01-01T00:00:00Z' })
    const lead = leadOf(body)
    const found = await submissionOf(lead)
    expect(found.received_at).toEqual(new Date(nineOClock))
    expect(found.raw).toMatchObject({ receivedAt: '2020-01-01T00:00:00Z' })
  })

  it("keeps the sender's own id of the lead to match by", async () => {
    const { body } = await send({ ...ada, externalId: 'crm-77' })
    expect(await submissionOf(leadOf(body))).toMatchObject({ external_id: 'crm-77' })
  })

  it('still answers 202 when Temporal is down: the relay starts what is not marked', async () => {
    api.leads.unplug()
    const { status, body } = await send(ada)
    api.leads.plugIn()
    expect(status).toBe(202)
    const lead = leadOf(body)
    expect(await isMarked(lead)).toBe(false)
  })

  describe('twice', () => {
    it('is the same lead under the same key', async () => {
      const key = { 'Idempotency-Key': randomUUID() }
      const first = await send(ada, key)
      const second = await send({ ...ada }, key)
      expect(second.status).toBe(202)
      expect(leadOf(second.body)).toBe(leadOf(first.body))
      expect(await countLeads(key['Idempotency-Key'])).toBe(1)
    })

    it('starts the workflow if the first time could not', async () => {
      const key = { 'Idempotency-Key': randomUUID() }
      api.leads.unplug()
      const lead = leadOf((await send(ada, key)).body)
      api.leads.plugIn()
      await send(ada, key)
      expect(await isMarked(lead)).toBe(true)
    })

    it('is one lead however many send it at the same moment', async () => {
      const key = { 'Idempotency-Key': randomUUID() }
      const answers = await Promise.all(Array.from({ length: 12 }, () => send(ada, key)))
      expect(new Set(answers.map(({ body }) => leadOf(body))).size).toBe(1)
      expect(await countLeads(key['Idempotency-Key'])).toBe(1)
      const lead = leadOf(answers[0]?.body)
      expect(await timelineOf(api.db, lead)).toHaveLength(1)
      expect(await orphans()).toBe(0)
    })

    it('is refused under the same key with other content', async () => {
      const key = { 'Idempotency-Key': randomUUID() }
      await send(ada, key)
      const second = await send({ ...ada, email: 'other@example.com' }, key)
      expect(second.status).toBe(422)
      expect(second.body).toMatchObject({ type: 'urn:leadline:problem:key-reused' })
      expect(JSON.stringify(second.body)).not.toContain('example.com')
    })

    it("tells another sender nothing of the lead under the first one's key", async () => {
      const key = { 'Idempotency-Key': randomUUID() }
      const lead = leadOf((await send(ada, key)).body)
      const other = await api.post('partner', '/v1/leads', ada, key)
      expect(other.status).toBe(422)
      expect(JSON.stringify(other.body)).not.toContain(lead)
    })

    it('is two leads under one key from two sources', async () => {
      const key = { 'Idempotency-Key': randomUUID() }
      const first = await send(ada, key)
      const second = await send({ ...ada, source: 'demo-form' }, key)
      expect(leadOf(second.body)).not.toBe(leadOf(first.body))
    })

    it('is two leads without a key: only matching can say that it is the same person', async () => {
      expect(leadOf((await send(ada)).body)).not.toBe(leadOf((await send(ada)).body))
    })
  })

  describe('and waiting for its outcome', () => {
    it('answers 200 with the owner as soon as there is one', async () => {
      const key = { 'Idempotency-Key': randomUUID() }
      const lead = leadOf((await send(ada, key)).body)
      const waiting = send(ada, key, '?wait=10')
      await assignLead(api.db, lead, 'ana')
      const { status, body } = await waiting
      expect(status).toBe(200)
      expect(body).toMatchObject({
        leadId: lead,
        status: 'assigned',
        owner: { id: 'ana', name: 'ana of Sales' },
        rule: 'uk',
        dueAt: new Date(minutesAfterNine(5)).toISOString(),
        outcome: null,
        mergedInto: null,
        review: null,
      })
    })

    it('answers with the review that somebody must decide', async () => {
      const key = { 'Idempotency-Key': randomUUID() }
      const lead = leadOf((await send(ada, key)).body)
      const review = await openReview(api.db, lead)
      await execute(api.db, sql`update leads set status = 'in_review' where id = ${lead}`)
      const { status, body } = await send(ada, key, '?wait=10')
      expect(status).toBe(200)
      expect(body).toMatchObject({
        status: 'in_review',
        owner: null,
        review: { id: review, kind: 'possible-duplicate', decides: 'mara' },
      })
    })

    it.each([
      [
        'the queue that it waits in',
        async (lead: LeadId) => queueLead(api.db, lead, 'ana', 'ben'),
        {
          status: 'queued',
          rule: 'emea',
          held: null,
          queue: {
            pool: 'desk',
            members: ['ana', 'ben'],
            acceptBy: new Date(minutesAfterNine(30)).toISOString(),
            then: 'uk-sdr',
          },
        },
      ],
      [
        'how long it is held',
        async (lead: LeadId) => holdLead(api.db, lead),
        {
          status: 'held',
          rule: null,
          held: {
            retryAt: new Date(minutesAfterNine(30)).toISOString(),
            until: new Date(minutesAfterNine(240)).toISOString(),
          },
          queue: null,
        },
      ],
    ])('answers 200 with %s', async (_, wait, expected) => {
      const key = { 'Idempotency-Key': randomUUID() }
      const lead = leadOf((await send(ada, key)).body)
      const waiting = send(ada, key, '?wait=10')
      await wait(lead)
      const { status, body } = await waiting
      expect(status).toBe(200)
      expect(body).toMatchObject({ leadId: lead, owner: null, dueAt: null, outcome: null, ...expected })
    })

    it('leads a duplicate to the lead that lives, over all merges', async () => {
      const key = { 'Idempotency-Key': randomUUID() }
      const duplicate = leadOf((await send(ada, key)).body)
      const [middle, root] = [await receiveLead(api.db), await receiveLead(api.db)]
      await mergeLead(api.db, duplicate, middle)
      await mergeLead(api.db, middle, root)
      const { status, body } = await send(ada, key, '?wait=10')
      expect(status).toBe(200)
      expect(body).toMatchObject({ status: 'closed', outcome: 'merged', mergedInto: root, duplicateOf: root })
    })

    it('answers 202 when the time is over: the lead is as durable as before', async () => {
      const { status, body } = await send(ada, {}, '?wait=0.05')
      expect(status).toBe(202)
      expect(body).toMatchObject({ status: 'received', owner: null })
    })

    it.each(['11', '-1', 'soon'])('refuses to wait for %s seconds', async wait => {
      const { status, body } = await send(ada, {}, `?wait=${wait}`)
      expect(status).toBe(422)
      expect(body).toMatchObject({ errors: [{ path: 'wait' }] })
    })
  })

  describe('that is not right', () => {
    it('lists every bad field and echoes no value', async () => {
      const secret = 'ada-lovelace'
      const { status, body, headers } = await send({
        email: secret.repeat(40),
        employees: secret,
        receivedAt: secret,
        message: [secret],
      })
      expect(status).toBe(422)
      expect(headers.get('content-type')).toBe('application/problem+json')
      expect(body).toMatchObject({
        type: 'urn:leadline:problem:invalid-request',
        status: 422,
        errors: ['source', 'email', 'employees', 'message', 'receivedAt'].map(path => ({ path })),
      })
      expect(JSON.stringify(body)).not.toContain(secret)
    })

    it.each([
      ['no JSON', '{"source":', 'application/json', 400, 'malformed-request'],
      ['a list', '[]', 'application/json', 422, 'invalid-request'],
      ['a form', 'source=x', 'application/x-www-form-urlencoded', 415, 'not-json'],
      ['null', 'null', 'application/json', 422, 'invalid-request'],
    ])('refuses %s', async (_, text, type, status, code) => {
      const { app, keyOf } = api
      const headers = { authorization: `Bearer ${keyOf('website')}`, 'content-type': type }
      const response = await app.request('/v1/leads', { method: 'POST', body: text, headers })
      expect(response.status).toBe(status)
      expect(await response.json()).toMatchObject({ type: `urn:leadline:problem:${code}` })
    })

    it('refuses a body of more than 256 KiB', async () => {
      const { status, body } = await send({ ...ada, other: 'x'.repeat(256 * 1024) })
      expect(status).toBe(413)
      expect(body).toMatchObject({ type: 'urn:leadline:problem:too-large' })
    })

    it('refuses a body that is nested beyond all reason', async () => {
      const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
      const { app, keyOf } = api
      const headers = { authorization: `Bearer ${keyOf('website')}`, 'content-type': 'application/json' }
      const body = `{"source":"contact-form","other":${deep}}`
      const response = await app.request('/v1/leads', { method: 'POST', body, headers })
      expect(response.status).toBe(422)
      expect(await response.json()).toMatchObject({ type: 'urn:leadline:problem:too-deep' })
    })

    it.each(['', ' ', 'with space', 'é', 'x'.repeat(201)])('refuses the key «%s»', async key => {
      // A header cannot carry some of these at all; those never reach us.
      if (!isHeaderValue(key)) return
      const { status } = await send(ada, { 'Idempotency-Key': key })
      expect(status).toBe(422)
    })
  })

  it('keeps any JSON as it came, except what Postgres cannot keep', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 6, stringUnit: 'binary' }), async other => {
        const { leadId: lead, existed } = await takeIn(api, {
          body: { source: 'contact-form' },
          raw: { source: 'contact-form', other },
          channel: 'form',
          idempotencyKey: randomUUID(),
          submittedBy: 'website',
          unknownFields: ['other'],
        })
        expect(existed).toBe(false)
        const { raw } = await submissionOf(lead)
        const kept = replaceUnstorable({ source: 'contact-form', other })
        const expected = other === null || (typeof other === 'string' && other.trim() === '') ? {} : kept
        expect(raw).toEqual({ ...expected, source: 'contact-form' })
      }),
      { numRuns: 150 },
    )
  })

  async function submissionOf(lead: LeadId) {
    return row(
      api.db,
      z.object({
        raw: z.unknown(),
        unknown_fields: z.array(z.string()),
        submitted_by: z.string(),
        external_id: z.string().nullable(),
        received_at: z.date(),
      }),
      sql`select s.raw, s.unknown_fields, s.submitted_by, s.external_id, l.received_at
          from submissions s join leads l on l.id = s.lead_id where s.lead_id = ${lead}`,
    )
  }

  async function countLeads(idempotencyKey: string): Promise<number> {
    const found = await rows(
      api.db,
      z.object({ lead_id: leadId }),
      sql`select lead_id from submissions where idempotency_key = ${idempotencyKey}`,
    )
    return found.length
  }

  /** Leads without a submission of their own: what a lost race would leave behind. */
  async function orphans(): Promise<bigint | number> {
    const found = await row(
      api.db,
      z.object({ count: bigintColumn }),
      sql`select count(*) from leads l where not exists (select from submissions s where s.lead_id = l.id)`,
    )
    return Number(found.count)
  }

  async function isMarked(lead: LeadId): Promise<boolean> {
    const query = sql`select workflow_started_at is not null as marked from leads where id = ${lead}`
    return (await row(api.db, z.object({ marked: z.boolean() }), query)).marked
  }
})

function leadOf(body: unknown): LeadId {
  return z.object({ leadId }).parse(body).leadId
}

function isHeaderValue(text: string): boolean {
  return /^[\x21-\x7e][\x20-\x7e]*$/.test(text)
}

function replaceUnstorable(value: unknown): Record<string, unknown> {
  const text = JSON.stringify(value, (_, inner) => (typeof inner === 'string' ? clean(inner) : inner))
  return z
    .record(z.string(), z.unknown())
    .parse(
      JSON.parse(text, (_, inner) =>
        z.record(z.string(), z.unknown()).safeParse(inner).success
          ? Object.fromEntries(Object.entries(inner).map(([name, part]) => [clean(name), part]))
          : inner,
      ),
    )
}

function clean(text: string): string {
  return Array.from(text, character =>
    /^(?:\0|\p{Surrogate})$/u.test(character) ? '\uFFFD' : character,
  ).join('')
}
