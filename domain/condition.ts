/**
 * The closed language in which a policy asks about a lead: equality, lists, ranges, prefixes, existence, all, any, not.
 * Closed, so that a condition can be said in a sentence, compared with another, and searched for holes.
 */
import { assertNever } from './ids.js'
import type { RoutingFacts } from './lead.js'

export type Condition =
  | { kind: 'always' }
  | { kind: 'all' | 'any'; of: readonly Condition[] }
  | { kind: 'not'; of: Condition }
  | { kind: 'oneOf'; field: Field; values: readonly (string | number | boolean)[] }
  | {
      kind: 'range'
      field: Field
      min: number | null
      minIncluded: boolean
      max: number | null
      maxIncluded: boolean
    }
  /** Postcode areas; see `beginsWith` for what BN and SW1 match. Of any other field: how its text begins. */
  | { kind: 'prefix'; field: Field; prefixes: readonly string[] }
  /** Postcodes from the first to the last, both included, compared as text; another length is never inside. */
  | { kind: 'textRange'; field: Field; from: string; to: string }
  | { kind: 'exists'; field: Field }
  /** The lead's company or domain is on this list of the policy. */
  | { kind: 'onList'; list: string }

/** A name of `factFields` or `computedFields`, or `fields.<declared>`. */
export type Field = string

const plainFactFields = [
  'source',
  'campaign',
  'country',
  'region',
  'postcode',
  'industry',
  'employees',
  'product',
  'service',
  'language',
  'urgency',
  'emailDomain',
  'consent',
] as const
/** What a condition may ask about a lead as it came in and as matching left it. */
export const factFields = [...plainFactFields, 'account', 'accountTier'] as const

/** What the policy itself finds out about a lead, in the order in which it does. */
export const computedFields = ['score', 'qualification', 'segment', 'territory'] as const

export type ConditionFacts = RoutingFacts & {
  score: number
  segment: string | null
  territories: readonly string[]
  qualification: 'disqualified' | 'raw' | 'qualified'
}

const plainFields = [...plainFactFields, 'score', 'segment', 'qualification'] as const

type Value = string | number | boolean

/**
 * Whether a condition is true of a lead. A missing value makes every test on it false, so a `not` around that test is
 * true: `not: { country: GB }` holds for a lead without a country. Text compares without regard to case.
 * Throws RangeError for a field that nobody declared, which a parsed policy cannot contain.
 */
export function holds(condition: Condition, facts: ConditionFacts): boolean {
  switch (condition.kind) {
    case 'always':
      return true
    case 'all':
      return condition.of.every(part => holds(part, facts))
    case 'any':
      return condition.of.some(part => holds(part, facts))
    case 'not':
      return !holds(condition.of, facts)
    case 'oneOf':
      return valuesOf(condition.field, facts).some(given =>
        condition.values.some(value => same(given, value)),
      )
    case 'range':
      return valuesOf(condition.field, facts).some(given => within(condition, given))
    case 'prefix':
      return valuesOf(condition.field, facts).some(given =>
        condition.prefixes.some(prefix => beginsWith(condition.field, prefix, given, facts.country)),
      )
    case 'textRange':
      return valuesOf(condition.field, facts).some(given => between(condition.from, condition.to, given))
    case 'exists':
      return valuesOf(condition.field, facts).length > 0
    case 'onList':
      return facts.lists.includes(condition.list)
    default:
      return assertNever(condition)
  }
}

/** The distinct fields that a condition reads, in the order in which it names them; a list is read by `company`. */
export function fieldsOf(condition: Condition): readonly Field[] {
  switch (condition.kind) {
    case 'always':
      return []
    case 'all':
    case 'any':
      return [...new Set(condition.of.flatMap(fieldsOf))]
    case 'not':
      return fieldsOf(condition.of)
    case 'onList':
      return ['company']
    default:
      return [condition.field]
  }
}

/** A condition in plain words, for the reasons of a decision: `country is DE, AT or CH and score is at least 40`. */
export function sentenceOf(condition: Condition): string {
  switch (condition.kind) {
    case 'always':
      return 'every lead'
    case 'all':
      return condition.of.length === 0
        ? 'every lead'
        : condition.of.map(part => phrase(part, 'any')).join(' and ')
    case 'any':
      return condition.of.length === 0
        ? 'no lead'
        : condition.of.map(part => phrase(part, 'all')).join(' or ')
    case 'not':
      return negative(condition.of)
    case 'oneOf':
      return `${words(condition.field)} is ${choice(condition.values, 'or')}`
    case 'range':
      return `${words(condition.field)} is ${limits(condition)}`
    case 'prefix':
      return `${words(condition.field)} begins with ${choice(condition.prefixes, 'or')}`
    case 'textRange':
      return `${words(condition.field)} is from ${condition.from} to ${condition.to}`
    case 'exists':
      return `${words(condition.field)} is known`
    case 'onList':
      return `company is on the list ${condition.list}`
    default:
      return assertNever(condition)
  }
}

/** What a lead has under a field's name: nothing when it is missing, several only for territories. */
function valuesOf(field: Field, facts: ConditionFacts): readonly Value[] {
  if (field === 'territory') return facts.territories
  const value = lookUp(field, facts)
  return value === null || value === '' ? [] : [value]
}

function lookUp(field: Field, facts: ConditionFacts): Value | null {
  if (field.startsWith('fields.')) {
    const declared = field.slice('fields.'.length)
    return Object.hasOwn(facts.fields, declared) ? (facts.fields[declared] ?? null) : null
  }
  if (field === 'account') return facts.account?.id ?? null
  if (field === 'accountTier') return facts.account?.tier ?? null
  const known = plainFields.find(candidate => candidate === field)
  if (known === undefined) throw new RangeError(`unknown field in a condition: ${field}`)
  return facts[known]
}

/** A form or a CSV file gives a declared field as text, so `5` and `"5"`, `true` and `"true"` are the same. */
function same(given: Value, value: Value): boolean {
  if (typeof value === 'number') return numberOf(given) === value
  return plainText(given) === plainText(value)
}

function numberOf(value: Value): number | null {
  if (typeof value === 'number') return value
  return typeof value === 'string' && /^\s*-?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : null
}

function within(range: Extract<Condition, { kind: 'range' }>, given: Value): boolean {
  const number = numberOf(given)
  if (number === null) return false
  if (range.min !== null && (range.minIncluded ? number < range.min : number <= range.min)) return false
  return range.max === null || (range.maxIncluded ? number <= range.max : number < range.max)
}

/**
 * A postcode prefix ends where a part of the postcode ends, so that Birmingham's `B` is not Brighton's `BN`:
 * letters alone (`BN`) must not be followed by another letter, in every country; in GB, where the fact is the outward
 * part, a prefix that ends in a digit (`SW1`) must not be followed by another digit, so it matches SW1 and SW1A, not
 * SW11. Everywhere else digits are plain (`80` matches 80331), and so is any other field.
 */
function beginsWith(field: Field, prefix: string, given: Value, country: string | null): boolean {
  if (field !== 'postcode') return plainText(given).startsWith(plainText(prefix))
  const whole = compact(given)
  const start = compact(prefix)
  if (!whole.startsWith(start)) return false
  const next = whole.slice(start.length, start.length + 1)
  if (/^[A-Z]+$/.test(start)) return !/[A-Z]/.test(next)
  if (country === 'GB' && /\d$/.test(start)) return !/\d/.test(next)
  return true
}

function between(from: string, to: string, given: Value): boolean {
  const text = compact(given)
  const first = compact(from)
  const last = compact(to)
  return text.length === first.length && text.length === last.length && first <= text && text <= last
}

/** A postcode without what people put into it to read it better. */
function compact(value: Value): string {
  return String(value)
    .replace(/[\s-]+/g, '')
    .toUpperCase()
}

function plainText(value: Value): string {
  return String(value).trim().toLowerCase()
}

/** A part of a longer sentence, in brackets where its own and/or would be misread. */
function phrase(condition: Condition, bracketed: 'all' | 'any'): string {
  const sentence = sentenceOf(condition)
  return condition.kind === bracketed && condition.of.length > 1 ? `(${sentence})` : sentence
}

function negative(condition: Condition): string {
  switch (condition.kind) {
    case 'always':
      return 'no lead'
    case 'not':
      return sentenceOf(condition.of)
    case 'oneOf':
      return condition.values.length === 1
        ? `${words(condition.field)} is not ${choice(condition.values, 'or')}`
        : `${words(condition.field)} is none of ${choice(condition.values, 'and')}`
    case 'exists':
      return `${words(condition.field)} is missing`
    case 'onList':
      return `company is not on the list ${condition.list}`
    default:
      return `not (${sentenceOf(condition)})`
  }
}

function words(field: Field): string {
  const plain = field.startsWith('fields.') ? field.slice('fields.'.length) : field
  return plain.replace(/([a-z])([A-Z])/g, (_, end: string, start: string) => `${end} ${start.toLowerCase()}`)
}

function choice(values: readonly Value[], last: 'or' | 'and'): string {
  const texts = values.map(String)
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} ${last} ${texts.at(-1) ?? ''}`
}

function limits(range: Extract<Condition, { kind: 'range' }>): string {
  const least = range.min === null ? null : `${range.minIncluded ? 'at least' : 'more than'} ${range.min}`
  const most = range.max === null ? null : `${range.maxIncluded ? 'at most' : 'less than'} ${range.max}`
  return [least, most].filter(limit => limit !== null).join(' and ') || 'any number'
}
