import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Activities, createActivities } from '../../activities/index.js'
import { createBuiltInCrm } from '../../adapters/crm/built-in.js'
import { timelineOf } from '../../db/events.js'
import { loadPeople } from '../../db/people.js'
import { loadPolicy } from '../../db/policies.js'
import { connect, execute, type Pool, row, rows, sql, timestamp } from '../../db/sql.js'
import { instant, type LeadId } from '../../domain/ids.js'
import { type LeadBody, normalisedLead } from '../../domain/lead.js'
import { databaseFromTemplate } from '../setup/database.js'
import { submitted } from '../setup/submitted.js'
import { people, policy } from '../workflows/desk-documents.js'

const atMs = instant(Date.UTC(2026, 10, 23, 9))
const anHourMs = 3_600_000

let db: Pool
let drop: () => Promise<void>
let activities: Activities
beforeAll(async () => {
  const database = await databaseFromTemplate()
  drop = database.drop
  db = connect(database.url)
  await loadPeople(db, { document: people, fileName: 'people.yaml', by: 'test', atMs })
  const withAccounts = policy.replace(
    'rules:',
    'accounts: { assign: account owner, backup: anyone, sla: normal }\nrules:\n' +
      '  - { id: urgent, exception: true, when: { urgency: now }, assign: dora }',
  )
  const loaded = await loadPolicy(db, {
    document: withAccounts,
    fileName: 'policy.yaml',
    by: 'test',
    reason: 'test',
    atMs,
  })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  const mail = { from: 'leads@leadline.test', send: async () => {} }
  activities = createActivities({ db, crm: createBuiltInCrm(db), mail })
})
afterAll(async () => {
  await db.end()
  await drop()
})

async function prepared(body: Partial<LeadBody>) {
  const lead = await submitted(db, body, atMs)
  return { lead, ...(await activities.prepare({ lead, atMs, step: 0 })) }
}

async function account(id: string, domain: string, owner: string): Promise<void> {
  await execute(
    db,
    sql`insert into crm_accounts (id, name, domain, customer, owner)
        values (${id}, ${`Account ${id}`}, ${domain}, true, ${owner})`,
  )
}

describe('a lead that two accounts claim', () => {
  beforeAll(async () => {
    await account('first', 'claimed.example', 'ben')
    await account('second', 'claimed.example', 'cleo')
  })

  it('goes to a person, with the accounts and their owners as evidence', async () => {
    const { lead, ...answer } = await prepared({ email: 'ana@claimed.example' })
    expect(answer).toEqual({ verdict: 'review', disputed: true })
    expect((await timelineOf(db, lead)).at(-1)).toMatchObject({
      kind: 'prepared',
      data: { verdict: 'review', account: null, survivor: null, score: null },
    })

    const review = { lead, hop: 0, step: 1, atMs, review: 'ambiguous-rule', owned: false } as const
    const { id } = await activities.openReview(review)
    const kept = await row(
      db,
      z.object({ choices: z.array(z.string()), evidence: z.record(z.string(), z.unknown()) }),
      sql`select choices, evidence from reviews where id = ${id}`,
    )
    expect(kept.choices).toContain('assign')
    expect(kept.evidence).toMatchObject({
      duplicates: null,
      accounts: {
        reason: 'same-domain',
        claims: [
          { id: 'first', name: 'Account first', owner: 'ben', tier: null, customer: true },
          { id: 'second', name: 'Account second', owner: 'cleo', tier: null, customer: true },
        ],
      },
    })
  })

  it('goes there again when the step is tried again', async () => {
    const { lead, ...answer } = await prepared({ email: 'again@claimed.example' })
    expect(await activities.prepare({ lead, atMs, step: 0 })).toEqual(answer)
  })

  it('may be a duplicate, too: that is asked first', async () => {
    await prepared({ email: 'info@claimed.example', name: 'Ana Smith' })
    const { lead, ...answer } = await prepared({ email: 'info@claimed.example', name: 'Ben Jones' })
    expect(answer).toEqual({ verdict: 'review' })
    const { evidence } = await row(
      db,
      z.object({ evidence: z.record(z.string(), z.unknown()) }),
      sql`select enrichment as evidence from leads where id = ${lead}`,
    )
    expect(evidence).toMatchObject({ duplicates: { score: 60 }, accounts: { reason: 'same-domain' } })
  })

  it('asks nobody where an exception rule comes before any account', async () => {
    const { verdict } = await prepared({ email: 'urgent@claimed.example', urgency: 'now' })
    expect(verdict).toBe('new')
  })

  it('is a customer again once one owner has both', async () => {
    await account('third', 'settled.example', 'ben')
    await account('fourth', 'settled.example', 'ben')
    expect(await prepared({ email: 'ana@settled.example' })).toMatchObject({ verdict: 'customer' })
  })
})

describe('looking for the same person', () => {
  /** As many colleagues, with the one's address, who came an hour earlier or later than the others. */
  async function crowd(colleague: LeadId, times: number, laterMs: number): Promise<void> {
    await execute(
      db,
      sql`insert into leads
          select copy.* from leads one
          cross join generate_series(1, ${times}) as n
          cross join jsonb_populate_record(one, jsonb_build_object(
            'id', gen_random_uuid(), 'received_at', ${timestamp(atMs + laterMs)}::timestamptz + n * interval '1 second'
          )) as copy
          where one.id = ${colleague}`,
    )
  }

  it.each([
    ['newest', -anHourMs],
    ['oldest', anHourMs],
  ])('finds the one with the same address as the %s of 250 from one company', async (when, laterMs) => {
    const domain = `${when}.example`
    const { lead: colleague } = await prepared({ email: `colleague@${domain}`, name: 'Ben Jones' })
    await crowd(colleague, 249, laterMs)
    const { lead: first } = await prepared({ email: `ana@${domain}`, name: 'Ana Smith' })
    expect(await prepared({ email: `ana@${domain}`, name: 'Ana Smith' })).toMatchObject({
      verdict: 'joins',
      survivor: first,
    })
  })

  it.each<[string, Partial<LeadBody>, Partial<LeadBody>]>([
    [
      'two free addresses and the website of one company',
      { email: 'ana.smith@gmail.com', website: 'https://www.one.example/about' },
      { email: 'asmith@gmx.net', website: 'one.example' },
    ],
    [
      'a free address and the website of the company, then one of its addresses',
      { email: 'ana.two@gmail.com', website: 'two.example' },
      { email: 'a.smith@two.example' },
    ],
    [
      'an address of the company, then a free one and its website',
      { email: 'a.smith@three.example' },
      { email: 'ana.three@gmail.com', website: 'three.example' },
    ],
  ])('knows a colleague of that name by %s', async (_what, before, after) => {
    const ana = { name: 'Ana Smith', city: 'Leeds' }
    const { lead: first } = await prepared({ ...ana, ...before })
    const { lead, verdict } = await prepared({ ...ana, ...after })
    expect(verdict).toBe('review')
    const { candidates } = await row(
      db,
      z.object({ candidates: z.array(z.string()) }),
      sql`select enrichment->'duplicates'->'candidates' as candidates from leads where id = ${lead}`,
    )
    expect(candidates).toEqual([first])
  })

  it('finds the other of two that come at once with nothing but a website in common', async () => {
    const names = Array.from({ length: 20 }, (_, n) => `Ana Smith ${'abcdefghijklmnopqrst'.charAt(n)}`)
    const verdicts = await Promise.all(
      names.map(async (name, n) => {
        const website = `at-once-${n}.example`
        const both = await Promise.all(
          ['gmail.com', 'gmx.net'].map(host =>
            prepared({ name, website, city: 'Leeds', email: `at-once-${n}@${host}` }),
          ),
        )
        return both.map(({ verdict }) => verdict).sort()
      }),
    )
    expect(verdicts.filter(pair => pair.join() === 'new,review')).toHaveLength(names.length)
  })

  it('does not look among strangers at one free provider', async () => {
    const ana = { name: 'Ana Smith', city: 'Bath' }
    await prepared({ ...ana, email: 'ana.bath@web.de' })
    expect(await prepared({ ...ana, email: 'ana.smith.bath@web.de' })).toMatchObject({ verdict: 'new' })
  })
})

describe('the account of a lead', () => {
  it.each<[string, string, Partial<LeadBody>]>([
    ['by website', 'site.example', { email: 'buyer@gmail.com', website: 'https://shop.site.example' }],
    ['by the address of a host', 'https://www.host.example/uk', { email: 'buyer@host.example' }],
  ])('is found %s', async (how, domain, body) => {
    await account(how, domain, 'ben')
    const { lead, verdict } = await prepared(body)
    expect(verdict).toBe('customer')
    const { id } = await row(
      db,
      z.object({ id: z.string().nullable() }),
      sql`select account_id as id from leads where id = ${lead}`,
    )
    expect(id).toBe(how)
  })
})

describe('another submission of the same person', () => {
  async function joins(survivor: LeadId, body: Partial<LeadBody>): Promise<LeadId> {
    const { lead, ...answer } = await prepared(body)
    expect(answer).toEqual({ verdict: 'joins', survivor })
    await activities.acceptSubmission({ lead: survivor, hop: 0, atMs, from: lead })
    return lead
  }

  const what = async (lead: LeadId) =>
    row(
      db,
      z.object({
        normalised: normalisedLead,
        email_key: z.string().nullable(),
        phone_e164: z.string().nullable(),
        domain: z.string().nullable(),
        company_key: z.string().nullable(),
        country: z.string().nullable(),
        kept: z.record(z.string(), z.unknown()),
      }),
      sql`select normalised, email_key, phone_e164, domain, company_key, country, enrichment as kept
          from leads where id = ${lead}`,
    )

  const known = { email: 'ana@known.example', name: 'Ana Smith' }

  async function enriched(): Promise<LeadId> {
    // Each test has a person of its own; the industry, the size and the country are the policy's.
    const { lead } = await prepared({ ...known, email: `ana${crypto.randomUUID()}@known.example` })
    expect((await activities.enrich({ lead, atMs })).accepted).toEqual(
      expect.arrayContaining(['country', 'industry', 'employees']),
    )
    return lead
  }

  it('replaces what only enrichment had filled, and the next one does not replace that', async () => {
    const lead = await enriched()
    const email = (await what(lead)).normalised.email ?? ''
    await joins(lead, { email, industry: 'Banking', country: 'DE' })
    expect((await what(lead)).normalised).toMatchObject({
      industry: 'Banking',
      country: 'DE',
      employees: 5000,
    })
    await joins(lead, { email, industry: 'Retail' })
    expect((await what(lead)).normalised.industry).toBe('Banking')
  })

  it('gives what enrichment had guessed right: from then on it stays', async () => {
    const lead = await enriched()
    const email = (await what(lead)).normalised.email ?? ''
    await joins(lead, { email, industry: 'logistics' })
    await joins(lead, { email, industry: 'Retail' })
    expect((await what(lead)).normalised.industry).toBe('logistics')
  })

  it('does not replace what somebody corrected after enrichment', async () => {
    const lead = await enriched()
    await execute(
      db,
      sql`update leads set normalised = normalised || '{"industry": "Shipping"}' where id = ${lead}`,
    )
    const email = (await what(lead)).normalised.email ?? ''
    await joins(lead, { email, industry: 'Retail' })
    expect((await what(lead)).normalised.industry).toBe('Shipping')
  })

  it('brings keys by which a third one is found', async () => {
    const phone = '+44 20 7946 0123'
    const { lead } = await prepared({ phone, name: 'Tess Third' })
    await joins(lead, {
      phone,
      name: 'Tess Third',
      email: 'tess@third.example',
      company: 'Third Ltd',
      country: 'GB',
    })
    expect(await what(lead)).toMatchObject({
      email_key: 'tess@third.example',
      phone_e164: '+442079460123',
      domain: 'third.example',
      company_key: 'third',
      country: 'GB',
    })
    await joins(lead, { email: 'tess@third.example' })
  })

  it('keeps what the merge changed when the step is tried again', async () => {
    const email = 'retry@retry.example'
    const { lead } = await prepared({ email })
    const from = await joins(lead, { email, product: 'crm', message: 'Price?' })
    const once = await what(lead)
    await activities.acceptSubmission({ lead, hop: 0, atMs, from })
    expect(await what(lead)).toEqual(once)
    expect(once.kept).toMatchObject({
      [`merge:${from}`]: { changes: expect.arrayContaining([expect.objectContaining({ field: 'product' })]) },
    })
  })

  it('stays with a lead that is prepared anew, since the one that it should join had closed', async () => {
    const email = 'anew@anew.example'
    const { lead } = await prepared({ email })
    await joins(lead, { email, product: 'crm' })
    expect(await activities.prepare({ lead, atMs, step: 7 })).toMatchObject({ verdict: 'new' })
    expect((await what(lead)).normalised.product).toBe('crm')
  })
})

describe('enrichment', () => {
  it('is still on record when the step is tried again', async () => {
    const { lead } = await prepared({ email: 'tried@known.example' })
    const first = await activities.enrich({ lead, atMs })
    expect(first.accepted).toContain('industry')
    expect(await activities.enrich({ lead, atMs })).toEqual(first)
    const kept = await rows(
      db,
      z.object({ field: z.string() }),
      sql`select jsonb_array_elements(enrichment->'accepted')->>'field' as field from leads where id = ${lead}`,
    )
    expect(kept.map(({ field }) => field)).toEqual(first.accepted)
  })

  it('leaves a lead where the next one without a country looks for its company', async () => {
    const ana = { name: 'Ana Noland', company: 'Noland Works', city: 'Leeds' }
    const { lead } = await prepared({ ...ana, phone: '+44 20 7946 0555' })
    expect((await activities.enrich({ lead, atMs })).accepted).toContain('country')
    expect(await prepared({ ...ana, phone: '+44 20 7946 0556' })).toMatchObject({ verdict: 'review' })
  })
})

describe('a source that is not in use yet', () => {
  const publish = async (rollout: string) => {
    const document = policy.replace('contact-form: {', `contact-form: { rollout: ${rollout},`)
    const load = { fileName: 'policy.yaml', by: 'test', reason: 'test', atMs }
    expect(await loadPolicy(db, { ...load, document })).toMatchObject({ ok: true })
  }

  it.each([
    ['off', { verdict: 'stored' }],
    ['shadow', { verdict: 'new', acknowledge: false }],
  ])(
    'is %s: nobody hears of its leads, and a second try says the same after it was switched on',
    async (rollout, answer) => {
      await publish('on')
      const email = `open@${rollout}.example`
      const open = await prepared({ email })
      expect(open).toMatchObject({ verdict: 'new', acknowledge: true })
      await publish(rollout)
      const { lead, ...first } = await prepared({ email })
      expect(first).toEqual(answer)
      // Whom it would have joined is on record, and it does not join.
      expect((await timelineOf(db, lead)).at(-1)).toMatchObject({ data: { survivor: open.lead } })
      expect(
        await row(db, z.object({ joining: z.null() }), sql`select joining from leads where id = ${lead}`),
      ).toEqual({
        joining: null,
      })
      await publish('on')
      expect(await activities.prepare({ lead, atMs, step: 0 })).toEqual(answer)
    },
  )

  it('asks nobody whose account a lead in shadow belongs to', async () => {
    await publish('shadow')
    const { lead: _, ...answer } = await prepared({ email: 'new@claimed.example' })
    expect(answer).toEqual({ verdict: 'new', acknowledge: false })
  })
})
