/**
 * Every lead that there can be, as far as the policy tells leads apart: for each field the classes of its values, and
 * what some fields say about others. docs/lint.md has the list of what is taken for possible.
 */
import { type ConditionFacts, holds } from '../condition.js'
import { languageSubtag } from '../identity/language.js'
import type { Policy } from '../policy.js'
import { askedBy, type Test, testsIn } from './asked.js'
import { bitsOf, indexesOf } from './bits.js'
import {
  closedVariable,
  countVariable,
  type FactValue,
  mixedVariable,
  textVariable,
  type Variable,
  variableOf,
  type Vocabulary,
} from './classes.js'
import { companiesOf, companyVariable } from './companies.js'
import { not } from './describe.js'
import { type Places, placesOf } from './places.js'
import { accountStar, companyStar, placeStar, sourceStar, type Star } from './stars.js'

/** For each variable the classes that are left. Together a box: any choice that the stars allow is a lead. */
export type Domains = readonly bigint[]

export type Space = {
  policy: Policy
  variables: readonly Variable[]
  stars: readonly Star[]
  all: Domains
  places: Places
  /** For each class of the variable `company` the lists that such a company is on. */
  lists: readonly (readonly string[])[]
  /** Declared fields of which both beginnings and numbers are asked, which no classes keep apart exactly. */
  inexact: readonly string[]
  indexOf: (field: string) => number
  /** The classes of its field in which a test holds. */
  holding: (test: Test) => bigint
}

/** As `leadBody` in domain/lead.ts has it. */
const mostEmployees = 10_000_000

/** @throws RangeError for a test of a field that nobody knows, as `holds` does */
export function spaceOf(policy: Policy): Space {
  const tests = testsOf(policy)
  const on = (field: string) => (tests.get(field) ?? []).map(({ test }) => test)
  const declared = [
    ...new Set([
      ...Object.values(policy.sources).flatMap(({ fields }) => fields.map(field => `fields.${field}`)),
      ...[...tests.keys()].filter(field => field.startsWith('fields.')),
    ]),
  ]
  const places = placesOf(
    { country: on('country'), region: on('region'), postcode: tests.get('postcode') ?? [] },
    nothing,
  )
  const companies = companiesOf(policy)
  const variables = [
    sourceVariable(policy),
    campaignVariable(policy, on('campaign')),
    ...declared.map(field => mixedVariable(field, on(field))),
    places.country,
    places.region,
    places.postcode,
    textVariable('industry', on('industry')),
    countVariable('employees', on('employees'), mostEmployees),
    textVariable('product', on('product')),
    textVariable('service', on('service')),
    textVariable('language', on('language'), languages),
    textVariable('urgency', on('urgency')),
    companyVariable(companies),
    closedVariable('emailDomain', ['business', 'free', 'disposable']),
    closedVariable('consent', [true, false]),
    textVariable('account', on('account'), accounts),
    textVariable('accountTier', on('accountTier')),
  ]
  const indexOf = (field: string) => {
    const index = variables.findIndex(variable => variable.field === field)
    if (index === -1) throw new RangeError(`unknown field in a condition: ${field}`)
    return index
  }
  return {
    policy,
    variables,
    stars: [
      sourceStar(policy, variables, indexOf, declared),
      placeStar(places, indexOf),
      companyStar(companies, variables, indexOf),
      accountStar(variables, indexOf),
    ],
    all: variables.map(({ all }) => all),
    places,
    lists: companies.map(({ lists }) => lists),
    inexact: declared.filter(field => isInexact(on(field))),
    indexOf,
    holding: remembering(test => holdingOf(test, variables[indexOf(test.field)], places)),
  }
}

/** A lead of which nothing is known. */
export const nothing: ConditionFacts = {
  source: '',
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

function testsOf(policy: Policy): Map<string, ReturnType<typeof testsIn>> {
  const byField = new Map<string, ReturnType<typeof testsIn>>()
  for (const { when } of askedBy(policy)) {
    for (const found of testsIn(when)) {
      const known = byField.get(found.test.field)
      if (known === undefined) byField.set(found.test.field, [found])
      else known.push(found)
    }
  }
  return byField
}

const languages: Vocabulary = {
  examples: ['en', 'de', 'fr', 'es', 'it', 'nl', 'pt', 'pl', 'sv', 'da', 'cs', 'ja'],
  isOpen: false,
  has: value => languageSubtag(value) === value.toLowerCase(),
}

const accounts: Vocabulary = { examples: ['an-account'], isOpen: true, has: () => true }

/** Declared ones first, since a witness takes the first that it can; then one that nobody declared. */
function sourceVariable({ sources }: Policy): Variable {
  const names = Object.keys(sources)
  const unknown = ['elsewhere', 'unknown-source', ...names.map(name => `${name}-2`)].find(
    name => !names.includes(name),
  )
  const field = 'source'
  return variableOf(
    field,
    [
      ...names.map(value => ({ value, when: { kind: 'oneOf' as const, field, values: [value] } })),
      { value: unknown ?? 'elsewhere', when: not({ kind: 'oneOf', field, values: names }) },
    ],
    [names.length],
  )
}

/** What a source says of its leads, what conditions ask for, and what a lead may say itself. */
function campaignVariable({ sources }: Policy, tests: readonly Test[]): Variable {
  const given = [...new Set(Object.values(sources).map(({ campaign }) => campaign))]
  const asked: Test = { kind: 'oneOf', field: 'campaign', values: given }
  return textVariable('campaign', [...tests, asked], {
    examples: ['another-campaign'],
    isOpen: true,
    has: () => true,
  })
}

function isInexact(tests: readonly Test[]): boolean {
  const asksNumbers = tests.some(
    test =>
      test.kind === 'range' ||
      (test.kind === 'oneOf' && test.values.some(value => typeof value === 'number')),
  )
  return asksNumbers && tests.some(({ kind }) => kind === 'prefix')
}

function holdingOf(test: Test, variable: Variable | undefined, places: Places): bigint {
  if (variable === undefined) return 0n
  if (test.field === 'postcode') return places.postcodesOf(test)
  return bitsOf(
    indexesOf(variable.all).filter(index =>
      holds(test, withFact(test.field, variable.values[index] ?? null)),
    ),
  )
}

function withFact(field: string, value: FactValue | null): ConditionFacts {
  if (field.startsWith('fields.')) {
    return { ...nothing, fields: value === null ? {} : { [field.slice('fields.'.length)]: value } }
  }
  const text = value === null ? null : String(value)
  if (field === 'account')
    return { ...nothing, account: text === null ? null : { id: text, tier: null, owner: null } }
  if (field === 'accountTier') return { ...nothing, account: { id: 'any', tier: text, owner: null } }
  return { ...nothing, [field]: value }
}

function remembering(answer: (test: Test) => bigint): (test: Test) => bigint {
  const known = new Map<string, bigint>()
  return test => {
    const key = JSON.stringify(test)
    const found = known.get(key)
    if (found !== undefined) return found
    const made = answer(test)
    known.set(key, made)
    return made
  }
}
