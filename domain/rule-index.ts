/**
 * The rules of a policy, prepared once so that a lead is compared with the few that it can match. For each field a
 * table says which rules a value leaves standing; the rules left standing by all fields are then tested in full. So
 * the index decides nothing: without it the answer is the same, later.
 */
import { type Condition, type ConditionFacts, holds } from './condition.js'
import type { Policy, Rule } from './policy.js'
import { type Specificity, specificityOf, withoutNesting } from './specificity.js'

export type IndexedRule = { rule: Rule; specificity: Specificity }

/** `ignored`: as engines 1 and 2 had it, where a territory was no narrower for lying within another. */
export type Nesting = 'counted' | 'ignored'

type RuleIndex = {
  /** In the order of the document. */
  rules: Readonly<Record<Nesting, readonly IndexedRule[]>>
  tables: readonly FieldTable[]
}

/** Sets of rules, one bit per rule in the order of the document, 32 to a word. */
type RuleSet = Uint32Array

type FieldTable = {
  field: IndexedField
  /** Rules that ask nothing of this field: what a value that no rule names leaves standing. */
  indifferent: RuleSet
  /** By value: the indifferent rules and those that want this value. */
  byValue: ReadonlyMap<string, RuleSet>
}

/** Fields that hold plain text, so that a value is looked up as `holds` would compare it. */
const indexedFields = [
  'source',
  'campaign',
  'country',
  'region',
  'industry',
  'product',
  'service',
  'language',
  'urgency',
  'emailDomain',
  'segment',
  'qualification',
  'territory',
] as const
type IndexedField = (typeof indexedFields)[number]

const bitsPerWord = 32

/** Every rule whose condition holds, in the order of the document. */
export function matchingRules(
  policy: Policy,
  facts: ConditionFacts,
  nesting: Nesting = 'counted',
): readonly IndexedRule[] {
  const { rules: byNesting, tables } = indexOf(policy)
  const rules = byNesting[nesting]
  const standing = allOf(rules.length)
  for (const table of tables) keepOnly(standing, leftStandingBy(table, facts))
  return rulesIn(standing, rules).filter(({ rule }) => holds(rule.when, facts))
}

const indexes = new WeakMap<Policy, RuleIndex>()

/** A policy never changes once it is made, so its index is built on first use and kept as long as the policy is. */
function indexOf(policy: Policy): RuleIndex {
  const known = indexes.get(policy)
  if (known !== undefined) return known
  const index = buildIndex(policy)
  indexes.set(policy, index)
  return index
}

function buildIndex(policy: Policy): RuleIndex {
  const rules = policy.rules.map(rule => ({
    rule,
    specificity: specificityOf(rule.when, policy.territories),
  }))
  const wanted = policy.rules.map(rule => wantedValues(rule.when))
  const tables = indexedFields
    .filter(field => wanted.some(values => values.has(field)))
    .map(field =>
      tableOf(
        field,
        wanted.map(values => values.get(field) ?? null),
      ),
    )
  const flat = rules.map(({ rule, specificity }) => ({ rule, specificity: withoutNesting(specificity) }))
  return { rules: { counted: rules, ignored: flat }, tables }
}

/** `wanted`: per rule the values that it accepts, or null when it asks nothing of this field. */
function tableOf(field: IndexedField, wanted: readonly (readonly string[] | null)[]): FieldTable {
  const indifferent = noneOf(wanted.length)
  wanted.forEach((values, position) => {
    if (values === null) add(indifferent, position)
  })
  const byValue = new Map<string, RuleSet>()
  wanted.forEach((values, position) => {
    for (const value of values ?? []) {
      const rules = byValue.get(value) ?? indifferent.slice()
      add(rules, position)
      byValue.set(value, rules)
    }
  })
  return { field, indifferent, byValue }
}

/**
 * What a lead must have for a condition to hold, as far as the tables can tell: the lists of values on its way
 * through `all`. Of two lists for one field the later stands; the full test looks at both.
 */
function wantedValues(condition: Condition): ReadonlyMap<IndexedField, readonly string[]> {
  if (condition.kind === 'all') return new Map(condition.of.flatMap(part => [...wantedValues(part)]))
  if (condition.kind !== 'oneOf' || condition.values.some(value => typeof value !== 'string'))
    return new Map()
  const field = indexedFields.find(candidate => candidate === condition.field)
  return field === undefined ? new Map() : new Map([[field, condition.values.map(keyOf)]])
}

function leftStandingBy({ field, indifferent, byValue }: FieldTable, facts: ConditionFacts): RuleSet {
  if (field === 'territory') {
    const sets = facts.territories.map(territory => byValue.get(keyOf(territory)) ?? indifferent)
    return sets.length === 0 ? indifferent : sets.reduce(union)
  }
  const value = facts[field]
  return value === null ? indifferent : (byValue.get(keyOf(value)) ?? indifferent)
}

/** Text compares without regard to case or outer spaces, as in `holds`. */
function keyOf(value: string | number | boolean): string {
  return String(value).trim().toLowerCase()
}

function noneOf(size: number): RuleSet {
  return new Uint32Array(Math.ceil(size / bitsPerWord))
}

function allOf(size: number): RuleSet {
  return noneOf(size).fill(0xffff_ffff)
}

function add(set: RuleSet, position: number): void {
  const word = Math.floor(position / bitsPerWord)
  set[word] = (set[word] ?? 0) | (1 << (position % bitsPerWord))
}

function keepOnly(set: RuleSet, others: RuleSet): void {
  for (let word = 0; word < set.length; word++) set[word] = (set[word] ?? 0) & (others[word] ?? 0)
}

function union(one: RuleSet, other: RuleSet): RuleSet {
  return one.map((word, at) => word | (other[at] ?? 0))
}

function rulesIn(set: RuleSet, rules: readonly IndexedRule[]): IndexedRule[] {
  const found: IndexedRule[] = []
  for (let word = 0; word < set.length; word++) {
    for (let bits = set[word] ?? 0; bits !== 0; bits &= bits - 1) {
      const rule = rules[word * bitsPerWord + bitsPerWord - 1 - Math.clz32(bits & -bits)]
      if (rule !== undefined) found.push(rule)
    }
  }
  return found
}
