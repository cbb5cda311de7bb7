/** Policies of many rules, as a large company would have them, each hard in its own way. */
import type { Condition } from '../../domain/condition.js'
import type { Roster } from '../../domain/people.js'
import type { Policy } from '../../domain/policy.js'
import {
  all,
  any,
  aPerson,
  aPolicy,
  aRoster,
  aRule,
  atLeast,
  is,
  not,
  pool,
  prefix,
  rep,
  toPool,
  turns,
} from './a-policy.js'

const reps = 300
const pools = 50

const ways: Record<string, (index: number) => Condition> = {
  /** Territories by postcode: ten districts a rule in three countries. */
  postcodes: index => all(is('country', ['GB', 'DE', 'NL'][index % 3] ?? 'GB'), prefix(...districts(index))),
  /** What comes in by anything: place, campaign, size and product. */
  mixed: index =>
    all(
      is('country', countries[index % countries.length] ?? 'GB'),
      is('campaign', `campaign-${Math.floor(index / countries.length) % 5}`),
      ...(index % 4 === 0 ? [atLeast('employees', 50 * (1 + (index % 7)))] : []),
      ...(index % 3 === 0 ? [not(is('product', `product-${index % 11}`))] : []),
    ),
  /** Every rule asks for a range of scores out of twelve criteria. */
  score: index =>
    all(
      is('country', countries[index % countries.length] ?? 'GB'),
      {
        kind: 'range',
        field: 'score',
        min: index % 90,
        minIncluded: true,
        max: (index % 90) + 7,
        maxIncluded: true,
      },
      is('product', `product-${index % 13}`),
    ),
  /** Two dimensions each, of many: nearly every rule meets nearly every other. */
  overlapping: index =>
    all(
      any(is('industry', `industry-${index % 40}`), is('service', `service-${index % 31}`)),
      atLeast(`employees`, index),
      not(is('urgency', `urgency-${index % 17}`)),
    ),
}

export function largePolicy(way: string, rules: number): Policy {
  const when = ways[way] ?? ways.mixed
  const source = { rollout: 'on' as const, required: [], critical: [], fields: [], form: null }
  const names = Array.from({ length: pools }, (_, index) => `pool-${index}`)
  return aPolicy({
    sources: Object.fromEntries(
      [0, 1, 2, 3, 4].map(index => [`source-${index}`, { ...source, campaign: `campaign-${index}` }]),
    ),
    score: Array.from({ length: 12 }, (_, index) => ({
      name: `criterion ${index}`,
      add: 3 + index * 2,
      when:
        [
          is('product', `product-${index}`),
          atLeast('employees', index * 100),
          is('language', languages[index % languages.length] ?? 'en'),
        ][index % 3] ?? is('country', 'GB'),
    })),
    pools: Object.fromEntries([
      ...names.map((name, index) => [pool(name), turns(Object.fromEntries(membersOf(index)))]),
      [pool('anyone'), turns({ 'rep-0': 1, 'rep-1': 1 })],
    ]),
    rules: Array.from({ length: rules }, (_, index) =>
      aRule(`r${index}`, {
        when: when?.(index) ?? { kind: 'always' },
        assign: toPool(names[index % pools] ?? 'anyone'),
        exception: index % 50 === 0,
        needs: index % 10 === 0 ? [{ kind: 'language' }] : [],
      }),
    ),
  })
}

export function largeRoster(): Roster {
  const manager = aPerson('gina', { role: 'manager', manager: null })
  return aRoster({
    people: [
      manager,
      ...Array.from({ length: reps }, (_, index) =>
        aPerson(`rep-${index}`, { languages: ['en', languages[index % languages.length] ?? 'en'] }),
      ),
    ],
    leave: [],
  })
}

function membersOf(index: number): [string, number][] {
  return Array.from({ length: reps / pools }, (_, at) => [rep(`rep-${index * (reps / pools) + at}`), 100])
}

const countries = [
  'GB',
  'DE',
  'FR',
  'NL',
  'AT',
  'CH',
  'US',
  'CA',
  'ES',
  'IT',
  'PL',
  'SE',
  'DK',
  'NO',
  'FI',
  'IE',
  'PT',
  'BE',
  'CZ',
  'HU',
]
const languages = ['en', 'de', 'fr', 'nl', 'es', 'it', 'pl']

/** Ten that no other rule of the country has. */
function districts(index: number): string[] {
  const first = Math.floor(index / 3) * 10
  const number = (at: number) => String(1000 + first + at)
  return Array.from({ length: 10 }, (_, at) =>
    index % 3 === 0 ? `${letter(first + at, 260)}${letter(first + at, 10)}${(first + at) % 10}` : number(at),
  )
}

function letter(value: number, size: number): string {
  return String.fromCharCode(65 + (Math.floor(value / size) % 26))
}
