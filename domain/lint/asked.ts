/** What a policy asks about leads, and where in the document it does. */
import type { Condition } from '../condition.js'
import { assertNever } from '../ids.js'
import type { Policy } from '../policy.js'
import type { Path } from '../yaml.js'

/** A condition on one field: what is left when `all`, `any` and `not` are taken apart. */
export type Test = Extract<Condition, { field: string }>

export type Asked = {
  when: Condition
  path: Path
  /** For a sentence: `rule uk`. */
  what: string
}

/** Every condition of the policy, in the order in which the engine asks them. */
export function askedBy(policy: Policy): Asked[] {
  const { disqualified, qualified } = policy.qualify
  const highValue = policy.reviews['high-value'].when
  return [
    ...policy.score.map(({ name, when }, index) => ({
      when,
      path: ['score', index, 'when'],
      what: `the criterion ${name}`,
    })),
    ...optional(disqualified, ['qualify', 'disqualified'], 'qualify: disqualified'),
    ...optional(qualified, ['qualify', 'qualified'], 'qualify: qualified'),
    ...policy.segments.map(({ id, when }) => ({ when, path: ['segments', id], what: `the segment ${id}` })),
    ...Object.entries(policy.territories).map(([id, { when }]) => ({
      when,
      path: ['territories', id],
      what: `the territory ${id}`,
    })),
    ...policy.rules.map(({ id, when }, index) => ({
      when,
      path: ['rules', index, 'when'],
      what: `rule ${id}`,
    })),
    ...optional(highValue, ['reviews', 'high-value', 'when'], 'the review high-value'),
    ...optional(
      policy.reviews['policy-exception'].when,
      ['reviews', 'policy-exception', 'when'],
      'the review policy-exception',
    ),
    ...Object.entries(policy.campaigns).flatMap(([id, { acknowledge, meetingLink }]) =>
      Object.entries({ acknowledge, meetingLink }).flatMap(([letter, terms]) =>
        optional(terms?.when ?? null, ['campaigns', id, letter, 'when'], `the letter of campaign ${id}`),
      ),
    ),
  ]
}

function optional(when: Condition | null, path: Path, what: string): Asked[] {
  return when === null ? [] : [{ when, path, what }]
}

/**
 * The tests of a condition, each with the countries to which the conditions around it keep it; null: all of them.
 * Elsewhere its answer makes no difference, so that nobody needs to know which British postcodes begin with 80.
 */
export function testsIn(
  condition: Condition,
  countries: ReadonlySet<string> | null = null,
): { test: Test; countries: ReadonlySet<string> | null }[] {
  switch (condition.kind) {
    case 'always':
    case 'onList':
      return []
    case 'all': {
      const within = condition.of.reduce(narrowed, countries)
      return condition.of.flatMap(part => testsIn(part, within))
    }
    case 'any':
      return condition.of.flatMap(part => testsIn(part, countries))
    case 'not':
      return testsIn(condition.of, countries)
    case 'oneOf':
    case 'range':
    case 'prefix':
    case 'textRange':
    case 'exists':
      return [{ test: condition, countries }]
    default:
      return assertNever(condition)
  }
}

export function listsIn(condition: Condition): string[] {
  switch (condition.kind) {
    case 'onList':
      return [condition.list]
    case 'all':
    case 'any':
      return condition.of.flatMap(listsIn)
    case 'not':
      return listsIn(condition.of)
    default:
      return []
  }
}

function narrowed(countries: ReadonlySet<string> | null, part: Condition): ReadonlySet<string> | null {
  if (part.kind === 'all') return part.of.reduce(narrowed, countries)
  if (part.kind !== 'oneOf' || part.field !== 'country') return countries
  const named = part.values.map(value => String(value).toUpperCase())
  return new Set(countries === null ? named : named.filter(country => countries.has(country)))
}
