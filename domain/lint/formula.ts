/** Conditions in the terms of a space: for each field the classes that it may be in, and what the policy works out. */
import type { Condition } from '../condition.js'
import { assertNever } from '../ids.js'
import type { Test } from './asked.js'
import { plain } from './classes.js'
import { bitsOf } from './bits.js'
import type { Space } from './space.js'

export type Formula =
  | { kind: 'yes' | 'no' }
  | { kind: 'in'; variable: number; inside: bigint; outside: bigint }
  | { kind: 'and' | 'or'; of: readonly Formula[] }
  /** The points of the terms that hold come to one of these sums. */
  | { kind: 'sum'; terms: readonly { add: number; when: Formula }[]; allowed: readonly Span[] }

/** Whole numbers, both ends included. */
export type Span = readonly [from: number, to: number]

type Formulas = {
  of: (condition: Condition) => Formula
  disqualified: Formula
}

const yes: Formula = { kind: 'yes' }
const no: Formula = { kind: 'no' }

/** As `profileOf` works it out: score, qualification, segment, territory, each of what comes before it. */
export function formulasOf(space: Space): Formulas {
  const { policy } = space
  const known = new WeakMap<Condition, Formula>()
  const of = (condition: Condition): Formula => {
    const found = known.get(condition)
    if (found !== undefined) return found
    const made = make(condition)
    known.set(condition, made)
    return made
  }
  const make = (condition: Condition): Formula => {
    switch (condition.kind) {
      case 'always':
        return yes
      case 'all':
        return and(condition.of.map(of))
      case 'any':
        return or(condition.of.map(of))
      case 'not':
        return negation(of(condition.of))
      case 'onList': {
        const on = space.lists.flatMap((lists, index) => (lists.includes(condition.list) ? [index] : []))
        return isIn(space, space.indexOf('company'), bitsOf(on))
      }
      default:
        return ofTest(condition)
    }
  }
  const ofTest = (test: Test): Formula => {
    switch (test.field) {
      case 'score':
        return score(test)
      case 'segment':
        return or(policy.segments.filter(({ id }) => names(test, id)).map(({ id }) => segment(id)))
      case 'territory':
        return or(
          Object.entries(policy.territories)
            .filter(([id]) => names(test, id))
            .map(([, { when }]) => of(when)),
        )
      case 'qualification':
        return or(qualifications.filter(name => names(test, name)).map(name => qualification[name]()))
      default:
        return isIn(space, space.indexOf(test.field), space.holding(test))
    }
  }
  const score = (test: Test): Formula => {
    const allowed = sumsOf(test)
    const terms = policy.score.map(({ add, when }) => ({ add, when: of(when) }))
    return sum(terms, allowed)
  }
  const segment = (id: string): Formula => {
    const at = policy.segments.findIndex(each => each.id === id)
    const [own, ...before] = policy.segments.slice(0, at + 1).reverse()
    return own === undefined ? no : and([of(own.when), ...before.map(({ when }) => negation(of(when)))])
  }
  const optional = (condition: Condition | null): Formula => (condition === null ? no : of(condition))
  const { disqualified, qualified } = policy.qualify
  const qualification = {
    disqualified: () => optional(disqualified),
    qualified: () => and([optional(qualified), negation(optional(disqualified))]),
    raw: () => and([negation(optional(qualified)), negation(optional(disqualified))]),
  }
  return { of, disqualified: optional(disqualified) }
}

const qualifications = ['disqualified', 'qualified', 'raw'] as const

export function isIn(space: Space, variable: number, classes: bigint): Formula {
  const all = space.all[variable] ?? 0n
  const inside = classes & all
  if (inside === 0n) return no
  return inside === all ? yes : { kind: 'in', variable, inside, outside: all & ~inside }
}

function and(parts: readonly Formula[]): Formula {
  return joined(parts, 'and')
}

export function or(parts: readonly Formula[]): Formula {
  return joined(parts, 'or')
}

const negations = new WeakMap<Formula, Formula>()

export function negation(formula: Formula): Formula {
  const known = negations.get(formula)
  if (known !== undefined) return known
  const made = negate(formula)
  negations.set(formula, made)
  if (made.kind !== 'yes' && made.kind !== 'no') negations.set(made, formula)
  return made
}

function negate(formula: Formula): Formula {
  switch (formula.kind) {
    case 'yes':
      return no
    case 'no':
      return yes
    case 'in':
      return { ...formula, inside: formula.outside, outside: formula.inside }
    case 'and':
      return or(formula.of.map(negation))
    case 'or':
      return and(formula.of.map(negation))
    case 'sum':
      return { ...formula, allowed: complement(formula.allowed) }
    default:
      return assertNever(formula)
  }
}

/** Flat, without what says nothing, and with one test for each variable. */
function joined(parts: readonly Formula[], kind: 'and' | 'or'): Formula {
  const [settled, empty] = kind === 'and' ? [no, yes] : [yes, no]
  const flat = parts
    .flatMap(part => (part.kind === kind ? part.of : [part]))
    .filter(part => part.kind !== empty.kind)
  if (flat.some(part => part.kind === settled.kind)) return settled
  const merged: Formula[] = []
  const places = new Map<number, number>()
  for (const part of flat) {
    const at = part.kind === 'in' ? places.get(part.variable) : undefined
    const other = at === undefined ? undefined : merged[at]
    if (part.kind !== 'in' || at === undefined || other?.kind !== 'in') {
      if (part.kind === 'in') places.set(part.variable, merged.length)
      merged.push(part)
      continue
    }
    const all = part.inside | part.outside
    const inside = kind === 'and' ? other.inside & part.inside : other.inside | part.inside
    if (inside === 0n) return no
    if (inside === all) return yes
    merged[at] = { ...part, inside, outside: all & ~inside }
  }
  const [only] = merged
  if (only === undefined) return empty
  return merged.length === 1 ? only : { kind, of: merged }
}

function sum(terms: readonly { add: number; when: Formula }[], allowed: readonly Span[]): Formula {
  const certain = terms.filter(({ when }) => when.kind === 'yes').reduce((total, { add }) => total + add, 0)
  const open = terms.filter(({ when, add }) => when.kind !== 'yes' && when.kind !== 'no' && add !== 0)
  const shifted = allowed.map(([from, to]): Span => [from - certain, to - certain])
  if (open.length === 0) return shifted.some(([from, to]) => from <= 0 && 0 <= to) ? yes : no
  return { kind: 'sum', terms: open, allowed: shifted }
}

/** The whole numbers for which a test of a score holds. */
function sumsOf(test: Test): Span[] {
  switch (test.kind) {
    case 'exists':
      return [[-Infinity, Infinity]]
    case 'range': {
      const { min, minIncluded, max, maxIncluded } = test
      const from = min === null ? -Infinity : minIncluded ? Math.ceil(min) : Math.floor(min) + 1
      const to = max === null ? Infinity : maxIncluded ? Math.floor(max) : Math.ceil(max) - 1
      return from > to ? [] : [[from, to]]
    }
    case 'oneOf': {
      const whole = test.values.map(Number).filter(Number.isInteger)
      return [...new Set(whole)].sort((one, other) => one - other).map(value => [value, value])
    }
    default:
      return []
  }
}

/** Of spans that are in order and do not overlap. */
function complement(spans: readonly Span[]): Span[] {
  const edges = [-Infinity, ...spans.flatMap(([from, to]) => [from - 1, to + 1]), Infinity]
  return Array.from(
    { length: edges.length / 2 },
    (_, index): Span => [edges[index * 2] ?? 0, edges[index * 2 + 1] ?? 0],
  ).filter(([from, to]) => from <= to && !(from === Infinity || to === -Infinity))
}

/** Whether a test of a name holds for this one. */
function names(test: Test, name: string): boolean {
  if (test.kind === 'exists') return true
  return test.kind === 'oneOf' && test.values.some(value => plain(value) === plain(name))
}
