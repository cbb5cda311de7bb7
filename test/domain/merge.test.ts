import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalise } from '../../domain/identity/normalise.js'
import type { LeadBody, NormalisedLead } from '../../domain/lead.js'
import { defaultMergeRules, type MergeRules, mergeLead, mergeRules } from '../../domain/merge.js'
import { enriched, leads, rules } from './leads-to-merge.js'

const lead = (body: Partial<LeadBody>) => normalise({ source: 'form', ...body })
const ruled = (rules: Partial<MergeRules>) => mergeRules.parse(rules)

type Row = [
  string,
  Partial<MergeRules>,
  Partial<LeadBody>,
  Partial<LeadBody>,
  Partial<NormalisedLead>,
  string[],
]

describe('merging a submission into the lead that it duplicates', () => {
  it.each<Row>([
    [
      'keeps what is there',
      { product: 'keepExisting' },
      { product: 'crm' },
      { product: 'erp' },
      { product: 'crm' },
      ['product'],
    ],
    [
      'takes the newest',
      { product: 'takeNewest' },
      { product: 'crm' },
      { product: 'erp' },
      { product: 'erp' },
      ['product'],
    ],
    [
      'takes the most complete',
      { product: 'takeMostComplete' },
      { product: 'crm' },
      { product: 'crm with mail' },
      { product: 'crm with mail' },
      ['product'],
    ],
    [
      'keeps what is there when both are equally complete',
      { product: 'takeMostComplete' },
      { product: 'crm' },
      { product: 'erp' },
      { product: 'crm' },
      ['product'],
    ],
    [
      'fills a gap under any rule',
      { product: 'keepExisting' },
      {},
      { product: 'erp' },
      { product: 'erp' },
      [],
    ],
    ['loses nothing to a gap', { product: 'takeNewest' }, { product: 'crm' }, {}, { product: 'crm' }, []],
    [
      'joins two messages',
      {},
      { message: 'Price?' },
      { message: 'Also a demo.' },
      { message: 'Price?\n\nAlso a demo.' },
      [],
    ],
    [
      'says a repeated message once',
      {},
      { message: 'Price, please' },
      { message: 'Price' },
      { message: 'Price, please' },
      [],
    ],
    [
      'joins the extra fields, the newest value of each',
      {},
      { fields: { budget: 10, team: 'a' } },
      { fields: { budget: 20, seats: 5 } },
      { fields: { budget: 20, team: 'a', seats: 5 } },
      ['fields.budget'],
    ],
    [
      'keeps the first campaign parameters',
      {},
      { utm: { medium: 'cpc', term: 'crm' } },
      { utm: { medium: 'mail' } },
      { utm: { medium: 'cpc', term: 'crm' } },
      ['utm.medium'],
    ],
    [
      'moves the parts of an address together',
      { place: 'takeNewest' },
      { city: 'London', country: 'GB', postcode: 'SW1A 1AA' },
      { city: 'Berlin', country: 'DE' },
      { city: 'Berlin', country: 'DE', postcode: null, postcodeArea: null },
      ['city', 'country', 'postcode', 'postcodeArea'],
    ],
    [
      'completes an address that does not contradict',
      {},
      { city: 'london', country: 'GB' },
      { city: 'London', country: 'GB', postcode: 'SW1A 1AA' },
      { city: 'London', country: 'GB', postcode: 'SW1A 1AA', postcodeArea: 'SW1A' },
      ['city'],
    ],
    [
      'takes the fuller name whole',
      {},
      { name: 'Ana' },
      { firstName: 'Ana', lastName: 'Smith' },
      { firstName: 'Ana', lastName: 'Smith', name: 'Ana Smith' },
      ['name'],
    ],
    [
      'takes an address that works before one that does not',
      { email: 'keepExisting' },
      { email: 'ana@' },
      { email: 'ana@acme.com' },
      { email: 'ana@acme.com', emailKey: 'ana@acme.com', domain: 'acme.com', domainKind: 'business' },
      ['email'],
    ],
    [
      'keeps a number that works before a newer one that does not',
      { phone: 'takeNewest' },
      { phone: '+44 20 7946 0018 x5' },
      { phone: 'call me' },
      { phone: '+44 20 7946 0018 x5', phoneE164: '+442079460018', phoneExtension: '5' },
      ['phone'],
    ],
    [
      'lets a withdrawn consent count',
      {},
      { consent: true },
      { consent: false },
      { consent: false },
      ['consent'],
    ],
    ['keeps its own source', {}, { source: 'form' }, { source: 'csv' }, { source: 'form' }, ['source']],
    [
      'takes no external id of another source',
      {},
      {},
      { source: 'csv', externalId: '7' },
      { externalId: null },
      ['source', 'externalId'],
    ],
    ['takes the external id of its own source', {}, {}, { externalId: '7' }, { externalId: '7' }, []],
    [
      'keeps the domain that belongs to the surviving address',
      { email: 'takeNewest' },
      { email: 'ana@acme.com' },
      { email: 'ana@gmail.com' },
      { email: 'ana@gmail.com', domain: 'gmail.com', domainKind: 'free' },
      ['email', 'emailKey', 'domain', 'domainKind'],
    ],
  ])('%s', (_what, rules, existing, incoming, expected, lost) => {
    const result = mergeLead(lead(existing), lead(incoming), ruled(rules))
    expect(result.lead).toMatchObject(expected)
    expect(result.lost.map(({ field }) => field).sort()).toEqual([...lost].sort())
  })

  it('says where each surviving value came from', () => {
    const { provenance } = mergeLead(
      lead({ email: 'ana@acme.com', product: 'crm', message: 'Price?' }),
      lead({ email: 'ana@acme.com', product: 'erp', city: 'Leeds', message: 'Demo?' }),
    )
    expect(provenance).toEqual({
      source: 'both',
      email: 'both',
      emailKey: 'both',
      domain: 'both',
      domainKind: 'both',
      product: 'incoming',
      city: 'incoming',
      message: 'both',
    })
  })

  it('drops a note whose value did not survive, and keeps the others once', () => {
    const existing = lead({ email: 'ana@', postcode: '123', country: 'GB' })
    const incoming = lead({ email: 'ana@acme.com', postcode: '123', country: 'GB' })
    expect(mergeLead(existing, incoming).lead.notes).toEqual([
      { code: 'postcode-invalid', fields: ['postcode'] },
    ])
  })

  it('notes a contradiction that only the merge brought together', () => {
    const { lead: merged } = mergeLead(lead({ phone: '+44 20 7946 0018' }), lead({ country: 'FR' }))
    expect(merged.notes).toEqual([{ code: 'phone-country-conflict', fields: ['phone', 'country'] }])
  })

  it('keeps two messages of full length and, beyond that, the newest', () => {
    const full = (letter: string) => letter.repeat(10_000)
    const once = mergeLead(lead({ message: full('a') }), lead({ message: full('b') })).lead
    expect(once.message).toHaveLength(20_002)
    const twice = mergeLead(once, lead({ message: full('c') }))
    expect(twice.lead.message).toBe(full('c'))
    expect(twice.lost).toEqual([{ field: 'message', side: 'existing', value: once.message }])
  })

  it('lets what a person gives replace what enrichment filled, whatever the rule', () => {
    const existing = {
      ...lead({ email: 'ana@acme.com' }),
      industry: 'software',
      employees: 50,
      country: 'GB',
    }
    const incoming = lead({ email: 'ana@acme.com', industry: 'Banking' })
    const merged = mergeLead(existing, incoming, defaultMergeRules, ['industry', 'employees', 'country']).lead
    expect(merged).toMatchObject({ industry: 'Banking', employees: 50, country: 'GB' })
    expect(mergeLead(existing, incoming).lead.industry).toBe('software')
  })

  it('says what is still only filled, also when a person gives what enrichment had guessed', () => {
    const existing = { ...lead({}), industry: 'software', employees: 50, country: 'GB' }
    const incoming = lead({ industry: 'Banking', country: 'GB' })
    const filled = ['industry', 'employees', 'country', 'language'] as const
    expect(mergeLead(existing, incoming, defaultMergeRules, filled).enriched).toEqual(['employees'])
    expect(mergeLead(existing, incoming).enriched).toEqual([])
  })

  it('takes for filled only what was, what stays as it is, and what nobody gives', () => {
    fc.assert(
      fc.property(leads, leads, rules, enriched, (existing, incoming, rules, enriched) => {
        const merged = mergeLead(existing, incoming, rules, enriched)
        for (const field of merged.enriched) {
          expect(enriched).toContain(field)
          // A region without its country is not taken: the one that was filled in stays filled in.
          if (field !== 'region') expect(incoming[field]).toBeNull()
          expect(merged.lead[field]).toBe(existing[field])
        }
      }),
    )
  })

  it('changes nothing when a lead meets itself', () => {
    fc.assert(
      fc.property(leads, one => {
        const result = mergeLead(one, one)
        expect(result.lead).toEqual(one)
        expect(result.changes).toEqual([])
        expect(result.lost).toEqual([])
      }),
    )
  })

  it('never loses a value without naming it', () => {
    fc.assert(
      fc.property(leads, leads, rules, enriched, (existing, incoming, rules, enriched) => {
        const { lead: merged, lost } = mergeLead(existing, incoming, rules, enriched)
        for (const [side, one] of [
          ['existing', existing],
          ['incoming', incoming],
        ] as const) {
          for (const [field, value] of valuesOf(one)) {
            const survives = valuesOf(merged).some(
              ([name, kept]) =>
                name === field && (kept === value || (name === 'message' && `${kept}`.includes(`${value}`))),
            )
            expect(lost.some(l => l.field === field && l.side === side && l.value === value)).toBe(!survives)
          }
        }
      }),
      { numRuns: 200 },
    )
  })

  it('invents nothing: each surviving value was on one side', () => {
    fc.assert(
      fc.property(leads, leads, rules, (existing, incoming, rules) => {
        const given = new Map(
          [...valuesOf(existing), ...valuesOf(incoming)].map(entry => [JSON.stringify(entry), true]),
        )
        const made = valuesOf(mergeLead(existing, incoming, rules).lead)
          .filter(([field]) => !['message', 'domain', 'domainKind'].includes(field))
          .filter(entry => !given.has(JSON.stringify(entry)))
        expect(made).toEqual([])
      }),
    )
  })
})

/** Every value of a lead by its name, maps by key. Written apart from the code that it checks. */
function valuesOf({
  utm,
  fields,
  notes: _,
  ...values
}: NormalisedLead): [string, string | number | boolean][] {
  const singles = Object.entries(values).flatMap(([field, value]): [string, string | number | boolean][] =>
    value === null ? [] : [[field, value]],
  )
  const inside = (map: string, entries: NormalisedLead['fields']) =>
    Object.entries(entries).map(([key, value]): [string, string | number | boolean] => [
      `${map}.${key}`,
      value,
    ])
  return [...singles, ...inside('utm', utm), ...inside('fields', fields)]
}
