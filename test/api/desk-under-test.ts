/** The API with people and a policy that the desk can read, browsers that are signed in, and a lead to work on. */
import { expect } from 'vitest'
import type { Role } from '../../db/access.js'
import { loadPeople } from '../../db/people.js'
import { loadPolicy } from '../../db/policies.js'
import { execute, sql, timestamp } from '../../db/sql.js'
import type { DecisionRecord } from '../../domain/decision.js'
import { type LeadId, policyVersion, repId } from '../../domain/ids.js'
import type { NormalisedLead } from '../../domain/lead.js'
import { people, policy } from '../workflows/desk-documents.js'
import { type ApiUnderTest, apiUnderTest, publicUrl } from './api-under-test.js'
import { assignLead, nineOClock, receiveLead } from './people-in-sales.js'

export async function deskUnderTest(): Promise<ApiUnderTest> {
  const api = await apiUnderTest()
  const load = { by: 'olga', atMs: nineOClock }
  expect(await loadPeople(api.db, { ...load, document: people, fileName: 'people.yaml' })).toMatchObject({
    ok: true,
  })
  const loaded = await loadPolicy(api.db, {
    ...load,
    document: policy,
    fileName: 'policy.yaml',
    reason: 'test',
  })
  expect(loaded).toMatchObject({ ok: true, version: 2 })
  return api
}

export type Browser = {
  get(path: string): Promise<Shown>
  post(path: string, fields: Record<string, string>, headers?: Record<string, string>): Promise<Shown>
}
export type Shown = { status: number; html: string; location: string | null }

export async function signedIn(api: ApiUnderTest, role: Role, rep: string | null): Promise<Browser> {
  const opened = await api.app.request(await api.linkFor(role, rep), {
    method: 'POST',
    headers: { origin: publicUrl },
  })
  const cookie = opened.headers.get('set-cookie')?.split(';')[0] ?? ''
  return {
    get: async path => shown(await api.app.request(path, { headers: { cookie } })),
    post: async (path, fields, headers = {}) =>
      shown(
        await api.app.request(path, {
          method: 'POST',
          body: new URLSearchParams(fields),
          headers: { cookie, origin: publicUrl, ...headers },
        }),
      ),
  }
}

export async function shown(response: Response): Promise<Shown> {
  return { status: response.status, html: await response.text(), location: response.headers.get('location') }
}

/** A lead of Ana's, prepared under the policy, with a name that is no good in a page. */
export async function leadOfAna(api: ApiUnderTest, name = 'Ada <b>Bold</b>'): Promise<LeadId> {
  const lead = await receiveLead(api.db)
  api.leads.started.push(lead)
  await assignLead(api.db, lead, 'ana')
  await execute(
    api.db,
    sql`update leads set normalised = ${JSON.stringify({ ...ada, name })}, policy_version = 2 where id = ${lead}`,
  )
  await execute(
    api.db,
    sql`insert into decisions (lead_id, hop, engine, policy_version, decided_at, record)
        values (${lead}, 0, 1, 2, ${timestamp(nineOClock)}, ${JSON.stringify(decided)})`,
  )
  return lead
}

const ada: NormalisedLead = {
  source: 'contact-form',
  campaign: 'general',
  externalId: null,
  firstName: null,
  lastName: null,
  name: 'Ada',
  email: 'ada@example.com',
  emailKey: 'ada@example.com',
  domain: 'example.com',
  domainKind: 'business',
  phone: '+44 20 7946 0000',
  phoneE164: '+442079460000',
  phoneExtension: null,
  company: 'Analytical Engines',
  companyKey: 'analytical engines',
  website: null,
  employees: null,
  industry: null,
  street: null,
  city: null,
  region: null,
  postcode: null,
  postcodeArea: null,
  country: null,
  product: null,
  service: null,
  language: null,
  urgency: null,
  message: '<script>alert(1)</script>',
  consent: true,
  utm: {},
  fields: {},
  notes: [],
}

const ana = repId.parse('ana')

const decided: DecisionRecord = {
  input: {
    engine: 1,
    policyVersion: policyVersion.parse(2),
    atMs: nineOClock,
    hop: 0,
    facts: {
      source: 'contact-form',
      campaign: 'general',
      country: null,
      region: null,
      postcode: null,
      industry: null,
      employees: null,
      product: 'for-ana',
      service: null,
      language: null,
      urgency: null,
      emailDomain: 'business',
      consent: true,
      account: null,
      lists: [],
      fields: {},
      missing: [],
    },
    excluded: [],
    lastOwner: null,
    directed: null,
    people: [{ rep: ana, employed: true, away: false, manager: repId.parse('mara') }],
    pools: {},
  },
  decision: {
    kind: 'assigned',
    score: { total: 0, reasons: [] },
    segment: null,
    territories: [],
    qualification: 'raw',
    rules: [{ rule: 'for-ana', outcome: 'won', why: 'the only rule that matched' }],
    candidates: [{ rep: ana, pool: null, outcome: 'chosen', standing: null }],
    owner: ana,
    rule: 'for-ana',
    tried: [{ kind: 'rep', rep: ana }],
    turn: null,
    sla: 'normal',
    review: null,
  },
}
