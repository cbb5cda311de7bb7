import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { lookAt } from '../../cli/lead-workflow.js'
import { lockLead } from '../../db/lead.js'
import { openAgain } from '../../db/second-life.js'
import { raw, row, rows, sql, transaction } from '../../db/sql.js'
import { instant, type LeadId, leadId } from '../../domain/ids.js'
import { workflowIdOf } from '../../workflows/ids.js'
import { type LastingDesk, openLastingDesk } from './a-lasting-desk.js'

let desk: LastingDesk
beforeAll(async () => {
  desk = await openLastingDesk({
    policy: document =>
      `${document.replace(
        'campaigns:\n',
        'campaigns:\n  demo: { intent: 80, notify: full, acknowledge: { by: email, template: booked } }\n  quiet: { intent: 0 }\n',
      )}reopen: { within: 7d }\n`
        .replace(
          'templates:\n',
          'templates:\n  booked: { subject: "Your demo", text: "We show you {{product}}." }\n',
        )
        .replace(
          'sources:\n',
          'sources:\n  quiet-form: { campaign: quiet }\n  book-a-demo: { campaign: demo }\n',
        ),
  })
})
afterAll(() => desk.close())

let count = 0
const somebody = (more: Record<string, unknown> = {}) => {
  count += 1
  return {
    name: `Person ${count}`,
    email: `person${count}@again${count}.example`,
    company: `Again ${count}`,
    country: 'GB',
    ...more,
  }
}

async function ownedByAna(more: Record<string, unknown> = {}): Promise<LeadId> {
  const lead = await desk.submit(somebody({ product: 'for-ana', ...more }))
  await desk.until(lead, 'told')
  return lead
}

const close = (lead: LeadId, outcome = 'lost') => desk.post(`/v1/leads/${lead}/close`, { outcome })

async function closedByAna(): Promise<LeadId> {
  const lead = await ownedByAna()
  expect((await close(lead)).status).toBe(200)
  await desk.ended(lead)
  return lead
}

const stands = (lead: LeadId) =>
  row(
    desk.db,
    z.object({
      status: z.string(),
      owner: z.string().nullable(),
      hop: z.int(),
      generation: z.int(),
      outcome: z.string().nullable(),
      merged_into: z.string().nullable(),
      begins: z.boolean(),
      ended: z.boolean(),
      copied: z.boolean(),
    }),
    sql`select status, owner, hop, generation, outcome, merged_into, begin_again is not null as begins,
               workflow_ended_at is not null as ended, history_copied_at is not null as copied
        from leads where id = ${lead}`,
  )

const stateOf = (lead: LeadId) =>
  desk.client.workflow
    .getHandle(workflowIdOf(lead))
    .query<{ step: number; hop: number; ownership: { status: string } }>('state')

const copies = (lead: LeadId) =>
  rows(desk.db, z.object({ status: z.string() }), sql`select status from histories where lead_id = ${lead}`)

describe('a lead that was closed too early', () => {
  it('is opened again: it goes back to its owner, with clocks of their own, and can end another way', async () => {
    const lead = await closedByAna()
    await desk.copyWhatEnded()
    const opened = await desk.post(`/v1/leads/${lead}/reopen`, { reason: 'called-back' })
    expect(opened).toMatchObject({ status: 200, body: { status: 'received', owner: null } })
    await desk.until(lead, 'told', 2)
    expect(await stands(lead)).toMatchObject({
      status: 'assigned',
      owner: 'ana',
      // The end of the first life was said under the attempt after its owner's.
      hop: 2,
      generation: 1,
      outcome: null,
      begins: false,
      ended: false,
      copied: false,
    })
    const story = await desk.story(lead)
    expect(story.find(({ kind }) => kind === 'reopened')).toMatchObject({
      actor: 'root',
      data: { generation: 1, why: 'reopened', reason: 'called-back' },
    })
    expect(story.filter(({ kind }) => kind === 'assigned')).toMatchObject([
      { hop: 0, data: { owner: 'ana', cause: 'new' } },
      { hop: 2, data: { owner: 'ana', cause: 'reopened', from: null, rule: 'directed' } },
    ])
    expect(await stateOf(lead)).toMatchObject({ hop: 3, ownership: { status: 'assigned' } })
    expect((await stateOf(lead)).step).toBeGreaterThan(1_000_000)

    expect((await desk.post(`/v1/leads/${lead}/acknowledge`)).body).toMatchObject({ status: 'acknowledged' })
    expect((await desk.post(`/v1/leads/${lead}/touches`, { kind: 'call' })).status).toBe(200)
    const won = await desk.post(`/v1/leads/${lead}/close`, {
      outcome: 'converted',
      became: { account: 'acc-1', opportunity: 'opp-9' },
    })
    expect(won.status).toBe(200)
    expect(await desk.ended(lead)).toEqual({ outcome: 'converted', owner: 'ana', mergedInto: null, hops: 3 })
    const shown = await desk.get(`/v1/leads/${lead}`)
    expect(shown.body).toMatchObject({
      status: 'closed',
      outcome: 'converted',
      became: { account: 'acc-1', opportunity: 'opp-9' },
    })
    const crm = await row(
      desk.db,
      z.object({ status: z.string(), fields: z.record(z.string(), z.unknown()) }),
      sql`select status, fields from crm_leads where lead_id = ${lead}`,
    )
    expect(crm).toMatchObject({ status: 'converted', fields: { account: 'acc-1', opportunity: 'opp-9' } })

    // Of both lives, one after the other: from the server, and then from their copies.
    expect(await lookAt(desk.db, desk.client, lead)).toMatchObject({ runs: 2, complaints: [] })
    await desk.copyWhatEnded()
    expect(await copies(lead)).toEqual([{ status: 'COMPLETED' }, { status: 'COMPLETED' }])
    expect(await lookAt(desk.db, desk.client, lead)).toMatchObject({ runs: 2, complaints: [] })
    expect(await stands(lead)).toMatchObject({ ended: true, copied: true })
    expect(await desk.findings()).toEqual([])
    await desk.keepHistory('reopened', lead)
  })

  it('is opened once under one key, and its earlier history is copied although it lives on', async () => {
    const lead = await closedByAna()
    const open = () => desk.post(`/v1/leads/${lead}/reopen`, { reason: 'called-back' }, 'my-click')
    const first = await open()
    expect((await open()).body).toEqual(first.body)
    await desk.until(lead, 'told', 2)
    expect((await desk.kinds(lead)).filter(kind => kind === 'reopened')).toHaveLength(1)
    expect(await stands(lead)).toMatchObject({ generation: 1, ended: true, copied: false })
    await desk.copyWhatEnded()
    expect(await stands(lead)).toMatchObject({ ended: false, copied: false })
    expect(await copies(lead)).toHaveLength(1)
    await close(lead)
    await desk.ended(lead)
    await desk.copyWhatEnded()
    expect(await copies(lead)).toHaveLength(2)
    expect(await desk.findings()).toEqual([])
  })

  it('is started once, by the relay too, and again after another end', async () => {
    const lead = await closedByAna()
    await Promise.all([
      desk.post(`/v1/leads/${lead}/reopen`, { reason: 'called-back' }),
      desk.startWhatWaits(),
      desk.startWhatWaits(),
    ])
    await desk.startWhatWaits()
    await desk.until(lead, 'told', 2)
    await close(lead)
    await desk.ended(lead)
    expect((await desk.post(`/v1/leads/${lead}/reopen`, { reason: 'called-back' })).status).toBe(200)
    await desk.until(lead, 'told', 3)
    expect(await stands(lead)).toMatchObject({ generation: 2, owner: 'ana', hop: 4 })
    await close(lead)
    await desk.ended(lead)
    await desk.copyWhatEnded()
    expect(await copies(lead)).toHaveLength(3)
    expect(await desk.findings()).toEqual([])
  })

  it('is started by the relay where nobody did, and what is said to it meanwhile may be said again', async () => {
    const lead = await closedByAna()
    await transaction(desk.db, async tx => {
      const { owner } = await lockLead(tx, lead)
      await openAgain(tx, {
        lead,
        atMs: instant(Date.now()),
        actor: 'mara',
        key: 'reopened-by-hand',
        reason: 'called-back',
        why: 'reopened',
        lastOwner: owner,
        directed: null,
      })
    })
    expect(await stands(lead)).toMatchObject({ status: 'received', owner: null, begins: true })
    expect(await desk.findings()).toEqual([
      `${lead} workflow-lives: open again, but its workflow has not been started`,
    ])
    expect((await close(lead)).status).toBe(503)
    await desk.startWhatWaits()
    await desk.until(lead, 'told', 2)
    expect((await close(lead)).status).toBe(200)
    await desk.ended(lead)
  })
})

describe('a submission that was somebody else’s after all', () => {
  async function joined(second: Record<string, unknown> = {}): Promise<{ survivor: LeadId; other: LeadId }> {
    const person = somebody({ product: 'for-ana', message: 'Price?' })
    const survivor = await desk.submit(person)
    await desk.until(survivor, 'told')
    const other = await desk.submit({ ...person, ...second })
    expect(await desk.ended(other)).toMatchObject({ outcome: 'merged', mergedInto: survivor })
    await desk.until(survivor, 'told', 2)
    return { survivor, other }
  }

  it('begins its own life, and what it brought is gone from the lead that it had joined', async () => {
    const { survivor, other } = await joined({ message: 'I want another thing.', industry: 'Banking' })
    const shown = await desk.get(`/v1/leads/${survivor}`)
    expect(shown.body).toMatchObject({
      joined: [{ leadId: other, source: 'contact-form' }],
      lead: { message: 'Price?\n\nI want another thing.', industry: 'Banking' },
    })
    const split = await desk.post(`/v1/leads/${survivor}/splits`, { lead: other }, 'split-1')
    expect(split).toMatchObject({ status: 200, body: { status: 'assigned', owner: 'ana' } })
    await desk.startWhatWaits()
    await desk.until(other, 'told')
    expect((await desk.get(`/v1/leads/${survivor}`)).body).toMatchObject({
      joined: [],
      lead: { message: 'Price?', industry: null },
    })
    expect(await stands(other)).toMatchObject({
      generation: 1,
      merged_into: null,
      outcome: null,
      owner: 'ana',
    })
    expect(await desk.kinds(other)).toEqual(
      expect.arrayContaining(['closed', 'reopened', 'prepared', 'prospectAcknowledged', 'assigned']),
    )
    expect((await desk.story(other)).filter(({ kind }) => kind === 'prepared')).toMatchObject([
      { data: { verdict: 'joins' } },
      { data: { verdict: 'new' } },
    ])
    await desk.until(survivor, 'told', 3)
    expect((await desk.story(survivor)).filter(({ kind }) => kind === 'told').at(-1)).toMatchObject({
      data: { about: 'submission-split', recipients: ['ana'] },
    })
    // Asked again, it is the same split; another one finds nothing to split.
    expect((await desk.post(`/v1/leads/${survivor}/splits`, { lead: other }, 'split-1')).body).toEqual(
      split.body,
    )
    expect(await desk.post(`/v1/leads/${survivor}/splits`, { lead: other })).toMatchObject({ status: 404 })
    for (const lead of [survivor, other]) {
      await close(lead)
      await desk.ended(lead)
    }
    await desk.copyWhatEnded()
    expect(await copies(other)).toHaveLength(2)
    expect(await desk.findings()).toEqual([])
    await desk.keepHistory('split', other)
  })

  it('is not split from a lead that has ended, nor by who may not', async () => {
    const { survivor, other } = await joined()
    await close(survivor)
    await desk.ended(survivor)
    expect(await desk.post(`/v1/leads/${survivor}/splits`, { lead: other })).toMatchObject({
      status: 409,
      body: { outcome: 'lost' },
    })
    expect(await stands(other)).toMatchObject({ generation: 0, outcome: 'merged' })
  })
})

describe('a submission of a hotter campaign that joins a lead', () => {
  it('makes the lead one of that campaign, which thanks the prospect: one owner, one clock, one letter', async () => {
    const person = somebody({ product: 'for-ana', source: 'quiet-form' })
    const lead = await desk.submit(person)
    await desk.until(lead, 'told')
    await desk.until(lead, 'prospectNotAcknowledged')
    const second = await desk.submit({ ...person, source: 'book-a-demo' })
    expect(await desk.ended(second)).toMatchObject({ outcome: 'merged', mergedInto: lead })
    await desk.until(lead, 'prospectAcknowledged')
    await desk.until(lead, 'told', 2)
    const letters = desk.mails.filter(({ to }) => to === person.email)
    expect(letters.map(({ subject }) => subject)).toEqual(['Your demo'])
    const story = await desk.story(lead)
    expect(story.filter(({ kind }) => kind === 'intentRaised')).toMatchObject([
      { data: { from: 'quiet', to: 'demo', lead: second } },
    ])
    expect(story.filter(({ kind }) => kind === 'assigned')).toHaveLength(1)
    const { campaign } = await row(
      desk.db,
      z.object({ campaign: z.string() }),
      sql`select facts->>'campaign' as campaign from leads where id = ${lead}`,
    )
    expect(campaign).toBe('demo')
    // A cooler one changes nothing, and nobody is thanked twice.
    const third = await desk.submit(person)
    await desk.ended(third)
    await desk.until(lead, 'submissionJoined', 2)
    await close(lead)
    await desk.ended(lead)
    expect(desk.mails.filter(({ to }) => to === person.email)).toHaveLength(1)
    expect((await desk.kinds(lead)).filter(kind => kind === 'intentRaised')).toHaveLength(1)
  })
})

describe('a person who wants to be forgotten', () => {
  const personal = /tess|forget-me|020 7946|secret/i

  /** Every row of every table, as text. */
  async function everything(): Promise<string> {
    const tables = await rows(
      desk.db,
      z.object({ name: z.string() }),
      sql`select table_name as name from information_schema.tables
          where table_schema = 'public' and table_type = 'BASE TABLE' order by 1`,
    )
    const found = await Promise.all(
      tables.map(async ({ name }) => {
        const all = await rows(
          desk.db,
          z.object({ text: z.string() }),
          sql`select t::text as text from ${raw(name)} t`,
        )
        return all.map(({ text }) => `${name}: ${text}`)
      }),
    )
    return found.flat().join('\n')
  }

  const tess = (n: number) => ({
    name: 'Tess Secret',
    email: `tess@forget-me${n}.example`,
    phone: `+44 20 7946 001${n}`,
    company: `Forget-Me ${n}`,
    country: 'GB',
    message: 'My secret is safe.',
    product: 'for-ana',
    externalId: `secret-${n}`,
    utm: { term: 'secret' },
    secretField: 'secret',
  })

  it('is forgotten while the lead is open, with every submission, note and message; the timeline stays', async () => {
    const lead = await desk.submit(tess(1))
    await desk.until(lead, 'told')
    await desk.until(lead, 'prospectAcknowledged')
    const second = await desk.submit({ ...tess(1), message: 'Another secret.' })
    await desk.ended(second)
    await desk.post(`/v1/leads/${lead}/touches`, { kind: 'call', note: 'Tess was out.' })
    expect(await everything()).toMatch(personal)

    const erased = await desk.post(`/v1/leads/${second}/erase`, undefined, 'forget-1')
    expect(erased).toMatchObject({ status: 200, body: { status: 'closed' } })
    expect(await desk.ended(lead)).toMatchObject({ outcome: 'erased' })
    expect(await desk.kinds(lead)).toEqual(
      expect.arrayContaining(['assigned', 'touched', 'closed', 'erased']),
    )
    expect(await desk.kinds(second)).toContain('erased')
    await desk.copyWhatEnded()
    expect(await everything()).not.toMatch(personal)
    expect((await desk.get(`/v1/leads/${lead}`)).body).toMatchObject({
      outcome: 'erased',
      lead: null,
      name: null,
      erasedAt: expect.any(String),
    })
    expect((await desk.post(`/v1/leads/${lead}/erase`)).status).toBe(200)
    expect((await desk.kinds(lead)).filter(kind => kind === 'erased')).toHaveLength(1)
    expect((await desk.post(`/v1/leads/${lead}/reopen`, { reason: 'called-back' })).status).toBe(409)
    await desk.post(`/v1/leads/${lead}/touches`, { kind: 'call', note: 'Tess again.' })
    expect(await everything()).not.toMatch(personal)
    expect(await desk.findings()).toEqual([])
  })

  it('is forgotten after the end, and stays away when the same submission is sent again', async () => {
    const posted = await desk.post('/v1/leads', { source: 'contact-form', ...tess(2) }, 'tess-secret-2')
    const lead = leadId.parse(posted.body.leadId)
    await desk.until(lead, 'told')
    await desk.until(lead, 'prospectAcknowledged')
    await close(lead)
    await desk.ended(lead)
    expect((await desk.post(`/v1/leads/${lead}/erase`)).status).toBe(200)
    await desk.copyWhatEnded()
    expect(await everything()).not.toMatch(personal)
    expect((await desk.story(lead)).at(-1)).toMatchObject({ kind: 'erased', actor: 'root' })
    expect((await stands(lead)).outcome).toBe('lost')
    const again = await desk.post('/v1/leads', { source: 'contact-form', ...tess(2) }, 'tess-secret-2')
    expect(again.body).toMatchObject({ leadId: lead, status: 'closed' })
    expect(await everything()).not.toMatch(personal)
    expect(await desk.findings()).toEqual([])
  })
})
