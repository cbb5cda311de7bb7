import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  acceptEnrichment,
  brief,
  enrichableFields,
  type Proposal,
  proposeEnrichment,
  type RefusalReason,
} from '../../domain/enrich.js'
import { industryOfCompany, industryOfDomain } from '../../domain/identity/industry.js'
import { normalise } from '../../domain/identity/normalise.js'
import type { LeadBody } from '../../domain/lead.js'

const lead = (body: Partial<LeadBody>) => normalise({ source: 'demo-form', ...body })
const noTables = { domains: {} }
const says = (field: string, value: Proposal['value'], confidence = 0.9): Proposal => ({
  field,
  value,
  from: 'model',
  confidence,
})

describe('the default enricher', () => {
  it.each<[string, Partial<LeadBody>, Proposal]>([
    [
      'the country of a number',
      { phone: '+44 20 7946 0018' },
      { field: 'country', value: 'GB', from: 'phone', confidence: 0.85 },
    ],
    [
      "the country of a company's domain",
      { email: 'ana@acme.de' },
      { field: 'country', value: 'DE', from: 'domain-ending', confidence: 0.7 },
    ],
    [
      'the country of a mail provider, less surely',
      { email: 'ana@wanadoo.fr' },
      { field: 'country', value: 'FR', from: 'domain-ending', confidence: 0.5 },
    ],
    [
      'the country of a postcode',
      { postcode: 'SW1A 1AA' },
      { field: 'country', value: 'GB', from: 'postcode', confidence: 0.8 },
    ],
    [
      'the country of a region',
      { region: 'US-CA' },
      { field: 'country', value: 'US', from: 'region', confidence: 0.95 },
    ],
    [
      'the region of a postcode',
      { postcode: '94105', country: 'US' },
      { field: 'region', value: 'US-CA', from: 'postcode', confidence: 0.95 },
    ],
    [
      'the nation of a British postcode, less surely at a border',
      { postcode: 'SY1 1AA', country: 'GB' },
      { field: 'region', value: 'GB-ENG', from: 'postcode', confidence: 0.75 },
    ],
    [
      'a region no more surely than its country',
      { postcode: 'EH1 1AA' },
      { field: 'region', value: 'GB-SCT', from: 'postcode', confidence: 0.8 },
    ],
    [
      'the language of a country',
      { country: 'AT' },
      { field: 'language', value: 'de', from: 'country', confidence: 0.6 },
    ],
    [
      'the industry of a reserved ending',
      { email: 'ana@trust.nhs.uk' },
      { field: 'industry', value: 'healthcare', from: 'domain-ending', confidence: 0.9 },
    ],
    [
      'the industry that a name says',
      { company: 'Acme Logistics Ltd' },
      { field: 'industry', value: 'logistics', from: 'company-name', confidence: 0.6 },
    ],
    [
      'the company of a domain',
      { email: 'ana@north-wind.com' },
      { field: 'company', value: 'North Wind', from: 'domain', confidence: 0.5 },
    ],
  ])('proposes %s', (_what, body, expected) => {
    expect(proposeEnrichment(lead(body), noTables)).toContainEqual(expected)
  })

  it("proposes what the policy's table says of a company's domain", () => {
    const tables = {
      domains: { 'acme.com': { company: 'Acme', industry: 'software', employees: 1200, country: 'GB' } },
    }
    const proposals = proposeEnrichment(lead({ email: 'ana@mail.acme.com' }), tables)
    expect(proposals.filter(({ from }) => from === 'policy-table')).toEqual([
      { field: 'country', value: 'GB', from: 'policy-table', confidence: 0.95 },
      { field: 'industry', value: 'software', from: 'policy-table', confidence: 0.95 },
      { field: 'employees', value: 1200, from: 'policy-table', confidence: 0.95 },
      { field: 'company', value: 'Acme', from: 'policy-table', confidence: 0.95 },
    ])
  })

  it('proposes nothing for what was given', () => {
    const given = {
      company: 'Acme',
      industry: 'Retail',
      employees: 5,
      country: 'GB',
      region: 'Kent',
      language: 'en',
    }
    expect(
      proposeEnrichment(lead({ ...given, email: 'ana@acme.de', phone: '+49 30 123456' }), noTables),
    ).toEqual([])
  })

  it('proposes nothing from a toll-free number, a profile page or an ending sold to everybody', () => {
    const body = { phone: '+1 800 356 9377', website: 'linkedin.com/in/ana', email: 'ana@gmail.com' }
    expect(proposeEnrichment(lead(body), noTables)).toEqual([])
    expect(proposeEnrichment(lead({ email: 'ana@acme.io' }), noTables).map(({ field }) => field)).toEqual([
      'company',
    ])
  })

  it.each([
    ['acme.edu', 'education'],
    ['physics.ox.ac.uk', 'education'],
    ['defence.gov.au', 'government'],
    ['impots.gouv.fr', 'government'],
    ['acme.com', null],
    ['education.com', null],
  ])('reads the ending of %s as %s', (domain, industry) => {
    expect(industryOfDomain(domain)).toBe(industry)
  })

  it.each([
    ['St. Marien Klinik GmbH', 'healthcare'],
    ['Smith Solicitors', 'legal'],
    ['University Hospital Leeds', null],
    ['Acme', null],
  ])('reads the name %s as %s', (company, industry) => {
    expect(industryOfCompany(company)).toBe(industry)
  })
})

describe('accepting an enrichment', () => {
  it('fills what is missing, the surest proposal first, in the light of the country', () => {
    const given = lead({ phone: '020 7946 0018', postcode: 'sw1a1aa' })
    const result = acceptEnrichment(
      given,
      [
        says('region', 'Kent', 0.7),
        says('country', 'DE', 0.6),
        says('country', 'Britain', 0.8),
        says('company', 'Acme Ltd'),
      ],
      0.5,
    )
    expect(result.lead).toMatchObject({
      country: 'GB',
      region: 'GB-KEN',
      company: 'Acme Ltd',
      companyKey: 'acme',
    })
    expect(result.lead).toMatchObject({ phoneE164: '+442079460018', postcodeArea: 'SW1A', notes: [] })
    expect(result.accepted.map(({ field, value }) => [field, value])).toEqual([
      ['country', 'GB'],
      ['company', 'Acme Ltd'],
      ['region', 'GB-KEN'],
    ])
    expect(result.refused).toEqual([{ ...says('country', 'DE', 0.6), reason: 'outdone' }])
  })

  it.each<[string, Partial<LeadBody>, Proposal, RefusalReason]>([
    ['a value that was given', { industry: 'Retail' }, says('industry', 'software', 1), 'already-given'],
    ['a number of people that was given as 0', { employees: 0 }, says('employees', 50, 1), 'already-given'],
    [
      'a guess over a country that nobody could read',
      { country: 'Congo' },
      says('country', 'FR', 1),
      'given-but-unclear',
    ],
    ['a doubtful value', {}, says('industry', 'software', 0.49), 'confidence-low'],
    ['a confidence above 1', {}, says('industry', 'software', 1.5), 'confidence-invalid'],
    ['a confidence that is no number', {}, says('industry', 'software', Number.NaN), 'confidence-invalid'],
    ['a country that is none', {}, says('country', 'Narnia'), 'value-invalid'],
    ['a region of another country', { country: 'GB' }, says('region', 'US-CA'), 'value-invalid'],
    ['a language that is none', {}, says('language', 'Klingon'), 'value-invalid'],
    ['half a person', {}, says('employees', 1.5), 'value-invalid'],
    ['a number written out', {}, says('employees', 'many'), 'value-invalid'],
    ['an industry that is a number', {}, says('industry', 5), 'value-invalid'],
    ['an empty value', {}, says('industry', '  '), 'value-invalid'],
    ['an industry as long as a story', {}, says('industry', 'a'.repeat(101)), 'value-invalid'],
    ['a link', {}, says('company', 'Acme https://evil.example'), 'value-invalid'],
    ['markup', {}, says('company', '<b>Acme</b>'), 'value-invalid'],
    ['a text that hides its direction', {}, says('company', 'Acme\u202Eemca'), 'value-invalid'],
    ['a brief with a link', {}, says('brief', 'Call them at www.evil.example'), 'value-invalid'],
    ['an owner', {}, says('owner', 'ben', 1), 'field-not-allowed'],
    ['a rule', {}, says('rule', 'enterprise', 1), 'field-not-allowed'],
    ['a score', {}, says('score', 100, 1), 'field-not-allowed'],
    ['a source', {}, says('source', 'partner', 1), 'field-not-allowed'],
    ['a campaign', {}, says('campaign', 'demo', 1), 'field-not-allowed'],
    ['a consent', {}, says('consent', true, 1), 'field-not-allowed'],
    ['an address', {}, says('email', 'ben@acme.com', 1), 'field-not-allowed'],
    ['a property of every object', {}, says('constructor', 'x', 1), 'field-not-allowed'],
    ['a prototype', {}, says('__proto__', 'x', 1), 'field-not-allowed'],
  ])('refuses %s', (_what, body, proposed, reason) => {
    const given = lead(body)
    const result = acceptEnrichment(given, [proposed], 0.5)
    expect(result.lead).toEqual(given)
    expect(result.accepted).toEqual([])
    expect(result.refused).toEqual([{ ...proposed, reason }])
  })

  it('takes the next proposal when the surest is no value', () => {
    const result = acceptEnrichment(lead({}), [says('country', 'Narnia', 1), says('country', 'FR', 0.6)], 0.5)
    expect(result.lead.country).toBe('FR')
  })

  it('takes a brief on one line beside the lead, not into it', () => {
    const given = lead({})
    const result = acceptEnrichment(given, [says('brief', 'Ana wants\na price.')], 0.5)
    expect(result.brief).toBe('Ana wants a price.')
    expect(result.lead).toEqual(given)
  })

  it('accepts at the minimum itself', () => {
    expect(acceptEnrichment(lead({}), [says('industry', 'software', 0.5)], 0.5).lead.industry).toBe(
      'software',
    )
  })

  it('whatever is proposed, changes empty allowed fields alone and judges each proposal once', () => {
    const given = lead({ email: 'ana@acme.com', industry: 'Retail', country: 'GB', message: 'Price?' })
    const fields = fc.constantFrom(
      ...enrichableFields,
      'brief',
      'owner',
      'email',
      'source',
      'notes',
      'message',
    )
    const values = fc.oneof(
      fc.constantFrom('GB', 'FR', 'en', 'GB-KEN', 'Acme', 50, null, true),
      fc.string(),
      fc.double(),
    )
    const proposals = fc.array(fc.tuple(fields, values, fc.double()).map(([f, v, c]) => says(f, v, c)))
    fc.assert(
      fc.property(proposals, fc.double({ min: 0, max: 1, noNaN: true }), (proposed, minimum) => {
        const result = acceptEnrichment(given, proposed, minimum)
        const { region: _r, employees: _e, company: _c, companyKey: _k, language: _l, ...untouched } = given
        expect(result.lead).toMatchObject(untouched)
        expect(result.accepted.length + result.refused.length).toBe(proposed.length)
        expect(result.accepted.every(({ confidence }) => confidence >= minimum && confidence <= 1)).toBe(true)
        expect(new Set(result.accepted.map(({ field }) => field)).size).toBe(result.accepted.length)
        expect(acceptEnrichment(result.lead, result.accepted, minimum).lead).toEqual(result.lead)
      }),
    )
  })
})

describe('the brief', () => {
  it('says who, where from, what they want and what they wrote', () => {
    const full = lead({
      ...{ campaign: 'spring', name: 'Ana Smith', company: 'Acme Ltd', industry: 'software', employees: 250 },
      ...{ city: 'Leeds', region: 'England', country: 'GB', product: 'CRM', urgency: 'high', language: 'de' },
      message: 'We need\n\na price.',
    })
    expect(brief(full)).toBe(
      'Ana Smith of Acme Ltd (software, 250 people) from Leeds, England, the United Kingdom asks about CRM. ' +
        'They came through demo-form (campaign spring), call it high and read German. They wrote: “We need a price.”',
    )
  })

  it('says what little there is', () => {
    expect(brief(lead({}))).toBe('Somebody asks to be contacted. They came through demo-form.')
    expect(brief(lead({ email: 'ana@acme.com', employees: 1 }))).toBe(
      'ana@acme.com (1 person) asks to be contacted. They came through demo-form.',
    )
  })

  it('cuts a long message between words', () => {
    const text = brief(lead({ message: 'price list '.repeat(50) }))
    expect(text.length).toBeLessThan(260)
    expect(text).toMatch(/(price|list) …”$/)
  })
})
