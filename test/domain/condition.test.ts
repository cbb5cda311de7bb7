import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Condition,
  type ConditionFacts,
  computedFields,
  factFields,
  fieldsOf,
  holds,
  sentenceOf,
} from '../../domain/condition.js'

/** A lead of which nothing is known but where it came from. */
const unknownLead: ConditionFacts = {
  source: 'contact-form',
  campaign: null,
  country: null,
  region: null,
  postcode: null,
  industry: null,
  employees: null,
  product: null,
  service: null,
  language: null,
  urgency: null,
  emailDomain: null,
  consent: null,
  account: null,
  lists: [],
  fields: {},
  missing: [],
  score: 0,
  segment: null,
  territories: [],
  qualification: 'raw',
}

const knownLead: ConditionFacts = {
  ...unknownLead,
  campaign: 'demo-request',
  country: 'GB',
  region: 'GB-BNH',
  postcode: 'BN1',
  industry: 'Software',
  employees: 1000,
  product: 'Ledger Pro',
  service: 'support',
  language: 'en',
  urgency: 'high',
  emailDomain: 'business',
  consent: true,
  account: { id: 'acc-7', tier: 'gold', owner: 'gina' },
  lists: ['global-accounts'],
  fields: { intent: '85', seats: 12, trial: true, note: '' },
  score: 40,
  segment: 'enterprise',
  territories: ['uk', 'uk-south'],
  qualification: 'qualified',
}

const is = (field: string, ...values: (string | number | boolean)[]): Condition => ({
  kind: 'oneOf',
  field,
  values,
})
const begins = (field: string, ...prefixes: string[]): Condition => ({ kind: 'prefix', field, prefixes })
const postcodes = (from: string, to: string): Condition => ({
  kind: 'textRange',
  field: 'postcode',
  from,
  to,
})
const not = (of: Condition): Condition => ({ kind: 'not', of })
const both = (...of: Condition[]): Condition => ({ kind: 'all', of })
const either = (...of: Condition[]): Condition => ({ kind: 'any', of })
const exists = (field: string): Condition => ({ kind: 'exists', field })
const onList: Condition = { kind: 'onList', list: 'global-accounts' }
const atLeast = (field: string, min: number): Condition => range(field, min, true, null, false)
const moreThan = (field: string, min: number): Condition => range(field, min, false, null, false)
const lessThan = (field: string, max: number): Condition => range(field, null, false, max, false)
const between = (field: string, min: number, max: number): Condition => range(field, min, true, max, true)

function range(
  field: string,
  min: number | null,
  minIncluded: boolean,
  max: number | null,
  maxIncluded: boolean,
): Condition {
  return { kind: 'range', field, min, minIncluded, max, maxIncluded }
}

describe('a condition', () => {
  const cases: [sentence: string, condition: Condition, known: boolean, unknown: boolean][] = [
    ['about every lead holds for each', { kind: 'always' }, true, true],
    ['holds for the value that it names', is('campaign', 'demo-request'), true, false],
    ['holds for one of the values that it names', is('country', 'DE', 'GB'), true, false],
    ['does not hold for another value', is('country', 'DE', 'AT'), false, false],
    ['compares text without regard to case', is('industry', 'SOFTWARE'), true, false],
    ['compares text without regard to blanks around it', is('product', ' ledger pro '), true, false],
    ['does not take a part of a text for the text', is('product', 'Ledger'), false, false],
    ['holds for a flag that is set', is('consent', true), true, false],
    ['does not hold for a flag that is set the other way', is('consent', false), false, false],
    ['finds one of several territories', is('territory', 'uk-south'), true, false],
    ['finds a territory among those that it names', is('territory', 'dach', 'uk'), true, false],
    ['asks for the account by its id', is('account', 'acc-7'), true, false],
    ['asks for the tier of the account', is('accountTier', 'gold'), true, false],
    ['asks for what the policy found out', both(is('segment', 'enterprise'), is('score', 40)), true, false],
    ['asks for the qualification', is('qualification', 'qualified'), true, false],
    ['takes the lower end of `at least`', atLeast('employees', 1000), true, false],
    ['leaves out the lower end of `more than`', moreThan('employees', 1000), false, false],
    ['leaves out the upper end of `less than`', lessThan('employees', 1000), false, false],
    ['takes both ends of a range', both(between('score', 40, 50), between('score', 30, 40)), true, false],
    ['does not hold outside of a range', between('employees', 1, 999), false, false],
    ['takes a score of nothing for a number', between('score', 0, 40), true, true],
    ['compares a number that a form gave as text', atLeast('fields.intent', 80), true, false],
    ['knows a number that a form gave as text', is('fields.intent', 85), true, false],
    ['knows a number that is written as text in the policy', is('fields.seats', '12'), true, false],
    ['knows a flag that is written as text in the policy', is('fields.trial', 'true'), true, false],
    ['compares no text as if it were a number', atLeast('product', 0), false, false],
    ['asks for how a text begins', begins('product', 'ledger'), true, false],
    ['keeps the blanks inside of a text', begins('product', 'ledgerp'), false, false],
    ['asks whether something is there', exists('account'), true, false],
    ['takes an empty text for a missing one', exists('fields.note'), false, false],
    ['knows no extra field by the name of something else', exists('fields.constructor'), false, false],
    ['asks whether a lead lies in any territory', exists('territory'), true, false],
    ['asks whether a company is on a list', onList, true, false],
    ['asks for another list in vain', { kind: 'onList', list: 'partners' }, false, false],
    ['with `all` holds when each part does', both(is('country', 'GB'), onList), true, false],
    ['with `all` fails when one part does', both(is('country', 'GB'), is('language', 'de')), false, false],
    ['with `any` holds when one part does', either(is('country', 'DE'), onList), true, false],
    ['with `any` fails when no part holds', either(is('country', 'DE'), is('language', 'de')), false, false],
    ['with an empty `all` holds', both(), true, true],
    ['with an empty `any` fails', either(), false, false],
    ['with `not` holds for a lead that does not say it', not(is('country', 'GB')), false, true],
    ['with `not` of a range holds for a lead without a number', not(atLeast('employees', 5)), false, true],
  ]
  it.each(cases)('%s', (_sentence, condition, known, unknown) => {
    expect(holds(condition, knownLead)).toBe(known)
    expect(holds(condition, unknownLead)).toBe(unknown)
  })

  it('is refused when it asks for a field that nobody declared', () => {
    expect(() => holds(is('budget', 5), knownLead)).toThrow(RangeError)
    expect(() => holds(is('toString', 5), knownLead)).toThrow('unknown field in a condition: toString')
  })
})

describe('a postcode area', () => {
  const cases: [
    sentence: string,
    prefix: string,
    country: string | null,
    postcode: string,
    inside: boolean,
  ][] = [
    ['of two letters takes its districts', 'BN', 'GB', 'BN1', true],
    ['of two letters takes its districts of two digits', 'BN', 'GB', 'BN41', true],
    ['of one letter does not take an area that begins with it', 'B', 'GB', 'BN1', false],
    ['of one letter takes its districts', 'B', 'GB', 'B33', true],
    ['is not taken by more letters than it has', 'BN', 'GB', 'BNX', false],
    ['of a district takes the district', 'SW1', 'GB', 'SW1', true],
    ['of a district takes its parts', 'SW1', 'GB', 'SW1A', true],
    ['of a district does not take a district that begins with its number', 'SW1', 'GB', 'SW11', false],
    ['of a part takes the part', 'SW1A', 'GB', 'SW1A', true],
    ['of a part does not take another part', 'SW1A', 'GB', 'SW1P', false],
    ['of a part does not take the district', 'SW1A', 'GB', 'SW1', false],
    ['may be written small and with blanks', ' sw1 a', 'GB', 'SW1A', true],
    ['of digits takes every postcode that begins so', '80', 'DE', '80331', true],
    ['of digits takes one that goes on with the same digit', '8', 'DE', '88045', true],
    ['of digits does not take them further back', '80', 'DE', '18055', false],
    ['of digits takes a hyphen for nothing', '00-9', 'PL', '00950', true],
    ['of a letter takes a Canadian postcode', 'K', 'CA', 'K1A0B1', true],
    ['of a letter and a digit takes a Canadian postcode', 'K1', 'CA', 'K1A0B1', true],
    ['of one letter takes no other area in an unknown country', 'B', null, 'BN11AA', false],
    ['of two letters takes its own in an unknown country', 'BN', null, 'BN11AA', true],
  ]
  it.each(cases)('%s', (_sentence, prefix, country, postcode, inside) => {
    expect(holds(begins('postcode', prefix), { ...unknownLead, country, postcode })).toBe(inside)
  })
})

describe('a range of postcodes', () => {
  const cases: [sentence: string, from: string, to: string, postcode: string, inside: boolean][] = [
    ['takes its first', '10000', '19999', '10000', true],
    ['takes its last', '10000', '19999', '19999', true],
    ['takes what is between', '10000', '19999', '12345', true],
    ['does not take what comes after', '10000', '19999', '20000', false],
    ['keeps a nought at the front', '01000', '01999', '01067', true],
    ['does not take a shorter postcode', '1000', '1999', '10115', false],
    ['does not take a longer postcode', '10000', '19999', '1010', false],
    ['takes districts of one length', 'BN1', 'BN9', 'bn5', true],
  ]
  it.each(cases)('%s', (_sentence, from, to, postcode, inside) => {
    expect(holds(postcodes(from, to), { ...unknownLead, postcode })).toBe(inside)
  })
})

describe('whatever the condition and the lead', () => {
  const field = fc.constantFrom(...factFields, ...computedFields, 'fields.intent')
  const value = fc.oneof(
    fc.constantFrom('GB', 'BN', '80', 'uk', 'gold', 'business', 'raw', ''),
    fc.integer({ min: -2, max: 120 }),
    fc.boolean(),
  )
  const limit = fc.option(fc.integer({ min: -2, max: 120 }))
  const code = fc.constantFrom('BN', 'BN1', 'SW1', '80', '80331', '10000', '19999')
  const leaf = fc.oneof(
    fc.constant<Condition>({ kind: 'always' }),
    fc.record({ kind: fc.constant('oneOf' as const), field, values: fc.array(value, { maxLength: 3 }) }),
    fc.record({
      kind: fc.constant('range' as const),
      field,
      min: limit,
      minIncluded: fc.boolean(),
      max: limit,
      maxIncluded: fc.boolean(),
    }),
    fc.record({ kind: fc.constant('prefix' as const), field, prefixes: fc.array(code, { maxLength: 2 }) }),
    fc.record({ kind: fc.constant('textRange' as const), field, from: code, to: code }),
    fc.record({ kind: fc.constant('exists' as const), field }),
    fc.record({ kind: fc.constant('onList' as const), list: fc.constantFrom('a', 'b') }),
  )
  const { condition } = fc.letrec<{ condition: Condition }>(tie => ({
    condition: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.record({
        kind: fc.constantFrom('all' as const, 'any' as const),
        of: fc.array(tie('condition'), { maxLength: 3 }),
      }),
      fc.record({ kind: fc.constant('not' as const), of: tie('condition') }),
    ),
  }))
  const maybe = (...texts: string[]) => fc.option(fc.constantFrom(...texts))
  const facts: fc.Arbitrary<ConditionFacts> = fc.record({
    source: fc.constantFrom('form', 'GB'),
    campaign: maybe('GB', 'raw'),
    country: maybe('GB', 'DE'),
    region: maybe('GB', 'US-CA'),
    postcode: maybe('BN1', 'SW11', 'SW1A', '80331', '10000'),
    industry: maybe('gold', '80'),
    employees: fc.option(fc.nat(120)),
    product: maybe('business', ''),
    service: maybe('uk'),
    language: maybe('en'),
    urgency: maybe('raw'),
    emailDomain: fc.option(fc.constantFrom('business', 'free', 'disposable')),
    consent: fc.option(fc.boolean()),
    account: fc.option(fc.constant({ id: 'gold', tier: 'gold', owner: null })),
    lists: fc.subarray(['a', 'b']),
    fields: fc.oneof(fc.constant({}), fc.record({ intent: value })),
    missing: fc.constant([]),
    score: fc.integer({ min: -2, max: 120 }),
    segment: maybe('uk', 'GB'),
    territories: fc.subarray(['uk', 'GB']),
    qualification: fc.constantFrom('disqualified', 'raw', 'qualified'),
  })

  it('exactly one of a condition and its opposite holds', () => {
    fc.assert(
      fc.property(condition, facts, (one, lead) => holds(not(one), lead) === !holds(one, lead)),
      { numRuns: 500 },
    )
  })

  it('neither all nor any depends on the order of their parts', () => {
    fc.assert(
      fc.property(fc.array(condition, { maxLength: 4 }), facts, (parts, lead) => {
        const turned = parts.toReversed()
        expect(holds({ kind: 'all', of: turned }, lead)).toBe(holds({ kind: 'all', of: parts }, lead))
        expect(holds({ kind: 'any', of: turned }, lead)).toBe(holds({ kind: 'any', of: parts }, lead))
      }),
    )
  })

  it('only the fields that it names decide whether it holds', () => {
    fc.assert(
      fc.property(condition, facts, facts, (one, lead, other) => {
        const mixed = fieldsOf(one).reduce<ConditionFacts>(
          (so, name) => withField(so, name, lead),
          // A prefix of a postcode is read by the country's own rules.
          fieldsOf(one).includes('postcode') ? { ...other, country: lead.country } : other,
        )
        expect(holds(one, mixed)).toBe(holds(one, lead))
      }),
      { numRuns: 500 },
    )
  })

  it('it can be said in a sentence that is not empty', () => {
    fc.assert(fc.property(condition, one => sentenceOf(one).length > 0))
  })
})

/** `lead` with one field as `other` has it. */
function withField(lead: ConditionFacts, field: string, other: ConditionFacts): ConditionFacts {
  if (field === 'company') return { ...lead, lists: other.lists }
  if (field === 'territory') return { ...lead, territories: other.territories }
  if (field === 'account' || field === 'accountTier') return { ...lead, account: other.account }
  if (field.startsWith('fields.')) return { ...lead, fields: other.fields }
  const own = Object.entries(other).filter(([name]) => name === field)
  expect(own).toHaveLength(1)
  return { ...lead, ...Object.fromEntries(own) }
}

describe('the fields of a condition', () => {
  const cases: [sentence: string, condition: Condition, fields: string[]][] = [
    ['are none for every lead', { kind: 'always' }, []],
    ['are the one that it names', is('country', 'GB'), ['country']],
    ['are company for a list', onList, ['company']],
    [
      'are each named once, however deep',
      both(
        is('score', 5),
        either(exists('country'), not(both(is('score', 1), onList))),
        begins('postcode', 'BN'),
      ),
      ['score', 'country', 'company', 'postcode'],
    ],
  ]
  it.each(cases)('%s', (_sentence, condition, fields) => expect(fieldsOf(condition)).toEqual(fields))
})

describe('a condition in words', () => {
  const cases: [condition: Condition, sentence: string][] = [
    [{ kind: 'always' }, 'every lead'],
    [both(), 'every lead'],
    [either(), 'no lead'],
    [is('country', 'GB'), 'country is GB'],
    [is('country', 'DE', 'AT', 'CH'), 'country is DE, AT or CH'],
    [is('emailDomain', 'free'), 'email domain is free'],
    [is('fields.partnerTier', 'gold'), 'partner tier is gold'],
    [atLeast('employees', 1000), 'employees is at least 1000'],
    [moreThan('score', 5), 'score is more than 5'],
    [between('employees', 100, 999), 'employees is at least 100 and at most 999'],
    [begins('postcode', 'BN', 'RH'), 'postcode begins with BN or RH'],
    [postcodes('10000', '19999'), 'postcode is from 10000 to 19999'],
    [exists('account'), 'account is known'],
    [not(exists('account')), 'account is missing'],
    [onList, 'company is on the list global-accounts'],
    [not(onList), 'company is not on the list global-accounts'],
    [not(is('country', 'GB')), 'country is not GB'],
    [not(is('country', 'GB', 'IE')), 'country is none of GB and IE'],
    [not(not(is('country', 'GB'))), 'country is GB'],
    [not(begins('postcode', 'BN')), 'not (postcode begins with BN)'],
    [both(is('country', 'GB'), atLeast('score', 40)), 'country is GB and score is at least 40'],
    [
      both(is('country', 'GB'), either(exists('account'), onList)),
      'country is GB and (account is known or company is on the list global-accounts)',
    ],
    [
      either(both(is('country', 'GB'), is('language', 'en')), is('country', 'US')),
      '(country is GB and language is en) or country is US',
    ],
  ]
  it.each(cases)('%j reads: %s', (condition, sentence) => expect(sentenceOf(condition)).toBe(sentence))
})
