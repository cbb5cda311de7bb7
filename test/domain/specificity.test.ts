import { describe, expect, it } from 'vitest'
import type { Condition } from '../../domain/condition.js'
import type { Territory } from '../../domain/policy.js'
import {
  compareSpecificity,
  specificityOf,
  whyLessSpecific,
  withoutNesting,
} from '../../domain/specificity.js'
import { all, any, atLeast, everyLead, exists, is, not, postcodes, prefix } from './a-policy.js'

const onList: Condition = { kind: 'onList', list: 'global-accounts' }

const territories: Record<string, Territory> = {
  uk: territory(is('country', 'GB')),
  'uk-south': territory(all(is('country', 'GB'), prefix('BN', 'RH', 'GU', 'PO'))),
  'uk-care': territory(all(is('country', 'GB'), is('industry', 'healthcare'))),
  california: territory(is('region', 'US-CA')),
  dach: territory(is('country', 'DE', 'AT', 'CH')),
  nested: territory(is('territory', 'uk-south')),
  emea: territory(is('country', 'GB', 'DE', 'AT', 'CH', 'FR')),
  'dach-in-emea': territory(is('country', 'DE', 'AT', 'CH'), 'emea'),
  austria: territory(is('country', 'AT'), 'dach-in-emea'),
  'emea-retail': territory(all(is('country', 'GB', 'DE'), is('industry', 'retail'))),
  coast: territory(all(prefix('BN', 'GU', 'PO'), prefix('BN', 'PO')), 'uk-south'),
  'circle-a': territory(is('country', 'GB'), 'circle-b'),
  'circle-b': territory(is('country', 'GB'), 'circle-a'),
}

describe('the dimensions of a rule', () => {
  const cases: [sentence: string, when: Condition, dimensions: string[]][] = [
    ['are none when it takes every lead', everyLead, []],
    ['are one for one field, however many values it lists', is('industry', 'a', 'b', 'c'), ['industry']],
    ['are one for a range', atLeast('employees', 100), ['employees']],
    ['are one for a value that must be there', exists('account'), ['account']],
    ['are one for a list of companies', onList, ['company']],
    ['add up in `all`', all(is('industry', 'a'), is('product', 'b')), ['industry', 'product']],
    [
      'count a field once, however often `all` names it',
      all(is('industry', 'a'), is('industry', 'a', 'b')),
      ['industry'],
    ],
    [
      'are one for the place, however it is said',
      all(is('country', 'GB'), is('region', 'GB-ENG'), prefix('BN')),
      ['place'],
    ],
    ['are those of a territory', is('territory', 'uk-south'), ['place']],
    [
      'are those of a territory that asks more than the place',
      is('territory', 'uk-care'),
      ['place', 'industry'],
    ],
    [
      'count the place once beside a territory',
      all(is('territory', 'uk-south'), is('country', 'GB')),
      ['place'],
    ],
    ['are those of the least specific of several territories', is('territory', 'uk-care', 'uk'), ['place']],
    ['are the place for a territory that nobody declared', is('territory', 'atlantis'), ['place']],
    ['are the place for a territory within a territory', is('territory', 'nested'), ['place']],
    [
      'are those of the least specific branch of `any`',
      any(all(is('industry', 'a'), is('product', 'b')), is('language', 'de')),
      ['language'],
    ],
    ['are none for `any` with a branch that takes every lead', any(is('industry', 'a'), everyLead), []],
    ['are none for an empty `all` or `any`', all(any(), all()), []],
    [
      'are the fields of what `not` denies',
      not(any(is('industry', 'a'), is('country', 'GB'))),
      ['industry', 'place'],
    ],
    [
      'are one for each declared extra field',
      all(is('fields.plan', 'a'), is('fields.seats', 5)),
      ['fields.plan', 'fields.seats'],
    ],
  ]
  it.each(cases)('%s', (_, when, dimensions) => {
    expect([...specificityOf(when, territories).dimensions].sort()).toEqual([...dimensions].sort())
  })
})

describe('the narrower territory', () => {
  const narrowToWide: [sentence: string, narrower: Condition, wider: Condition][] = [
    ['is a country, against none', is('country', 'GB'), exists('country')],
    ['is a country, against all but one', is('country', 'GB'), not(is('country', 'FR'))],
    ['is a region, against a country', is('region', 'US-CA'), is('country', 'US')],
    ['is a postcode, against a region', prefix('9'), is('region', 'US-CA')],
    ['is the longer prefix', prefix('803'), prefix('80')],
    ['is the list whose shortest prefix is longer', prefix('803', '804'), prefix('80', '80331')],
    ['is a whole postcode, against a prefix', is('postcode', '80331', '80333'), prefix('803')],
    ['is the range with fewer postcodes', postcodes('80000', '80499'), postcodes('80000', '80999')],
    ['is a range, against the prefix that contains it', postcodes('80000', '81999'), prefix('8')],
    ['is a prefix, against the range that contains it', prefix('80'), postcodes('80000', '81999')],
    ['is a short range across a border of prefixes', postcodes('79900', '80100'), prefix('8')],
    ['is a range of outward codes, against their letters', postcodes('SW1', 'SW9'), prefix('S')],
    ['is a range whose letters differ later', postcodes('SW1A', 'SW1Y'), postcodes('SA1A', 'SW1A')],
    ['is the narrowest that `all` names', all(is('country', 'DE'), prefix('80')), is('country', 'DE')],
    [
      'is the least narrow that `any` allows',
      any(prefix('803'), prefix('804')),
      any(prefix('80331'), prefix('80')),
    ],
    ['is what a territory says', is('territory', 'uk-south'), is('territory', 'uk')],
    [
      'is the widest of several territories',
      is('territory', 'uk-south'),
      is('territory', 'uk-south', 'dach'),
    ],
    [
      'is a region, said as a territory, against a country',
      is('territory', 'california'),
      is('country', 'US'),
    ],
  ]
  it.each(narrowToWide)('%s', (_, narrower, wider) => {
    expect(Math.sign(compare(narrower, wider))).toBe(1)
    expect(Math.sign(compare(wider, narrower))).toBe(-1)
  })

  const inToOut: [sentence: string, inner: Condition, outer: Condition][] = [
    ['within another, against that one', is('territory', 'dach-in-emea'), is('territory', 'emea')],
    ['within two others, against within one', is('territory', 'austria'), is('territory', 'dach-in-emea')],
    ['of postcodes as long as those around it', is('territory', 'coast'), is('territory', 'uk-south')],
    [
      'within another, against the same countries by name',
      is('territory', 'dach-in-emea'),
      is('country', 'DE'),
    ],
    [
      'within another, where both rules ask for more besides',
      all(is('territory', 'dach-in-emea'), prefix('10')),
      all(is('territory', 'emea'), prefix('10')),
    ],
    [
      'that is the outer one of a list, against one that lies in none',
      is('territory', 'austria', 'dach-in-emea'),
      is('territory', 'austria', 'emea'),
    ],
    [
      'that is the innermost of those that a lead must be in',
      all(is('territory', 'emea'), is('territory', 'austria')),
      all(is('territory', 'emea'), is('territory', 'dach-in-emea')),
    ],
  ]
  it.each(inToOut)('is, of equally narrow places, the one %s', (_, inner, outer) => {
    expect(Math.sign(compare(inner, outer))).toBe(1)
    expect(Math.sign(compare(outer, inner))).toBe(-1)
    const flat = [inner, outer].map(when => withoutNesting(specificityOf(when, territories)))
    expect(flat[0]).toEqual(flat[1])
  })

  it('is not the inner one where the outer rule asks for a narrower place, or for more', () => {
    expect(compare(is('territory', 'austria'), all(is('territory', 'emea'), prefix('10')))).toBeLessThan(0)
    expect(compare(is('territory', 'austria'), is('territory', 'emea-retail'))).toBeLessThan(0)
  })

  it('counts each territory of a circle once, since only a policy that is refused has one', () => {
    expect(specificityOf(is('territory', 'circle-a'), territories).nesting).toBe(2)
  })

  const equals: [sentence: string, one: Condition, other: Condition][] = [
    ['one country and three', is('country', 'GB'), is('country', 'DE', 'AT', 'CH')],
    ['prefixes of one length', prefix('BN'), prefix('RH', 'GU')],
    ['a prefix and the range of exactly its postcodes', prefix('80'), postcodes('80000', '80999')],
    ['a prefix however it is typed', prefix('sw1 a'), prefix('SW1A')],
    [
      'a prefix of another field, which is no place',
      { kind: 'prefix', field: 'industry', prefixes: ['a'] },
      is('industry', 'a'),
    ],
    [
      'a range of another field, which is no place',
      { kind: 'textRange', field: 'industry', from: 'a', to: 'b' },
      is('industry', 'a'),
    ],
  ]
  it.each(equals)('is neither of %s', (_, one, other) => {
    expect(compare(one, other)).toBe(0)
  })

  it('counts only between rules of as many dimensions', () => {
    expect(compare(prefix('80331'), all(is('industry', 'a'), is('product', 'b')))).toBeLessThan(0)
  })

  it('fixes 1.8 characters when a range of 2,000 of five digits is worked out as docs/routing.md does', () => {
    expect(specificityOf(postcodes('80000', '81999'), {}).place).toEqual({
      level: 'postcode',
      fixedCharacters: 1.8,
    })
  })
})

describe('why a rule is less specific', () => {
  const cases: [loser: Condition, winner: Condition, why: string][] = [
    [
      is('country', 'GB'),
      all(is('country', 'GB'), is('product', 'a')),
      'less specific: 1 dimension against 2',
    ],
    [everyLead, is('country', 'GB'), 'less specific: 0 dimensions against 1'],
    [is('country', 'GB'), prefix('BN'), 'wider territory: country against postcode to 2 characters'],
    [is('product', 'a'), is('region', 'US-CA'), 'wider territory: no place against region'],
    [
      postcodes('80000', '81999'),
      prefix('80'),
      'wider territory: postcode to 1.8 characters against postcode to 2 characters',
    ],
  ]
  const nested: typeof cases = [
    [
      is('territory', 'emea'),
      is('territory', 'dach-in-emea'),
      'wider territory: within no other against within 1 other',
    ],
    [
      is('territory', 'dach-in-emea'),
      is('territory', 'austria'),
      'wider territory: within 1 other against within 2 others',
    ],
  ]
  it.each([...cases, ...nested])('is said in a clause', (loser, winner, why) => {
    expect(whyLessSpecific(specificityOf(loser, territories), specificityOf(winner, territories))).toBe(why)
  })
})

function compare(one: Condition, other: Condition): number {
  return compareSpecificity(specificityOf(one, territories), specificityOf(other, territories))
}

function territory(when: Condition, within: string | null = null): Territory {
  return { when, within, manager: null }
}
