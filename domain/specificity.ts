/**
 * How specific a rule is. Of the standard rules that match a lead the most specific wins: the one that constrains
 * more dimensions; between equals, the one with the narrower place; between equals again, the one whose territory lies
 * within more others. Simple enough to be worked out by hand, so that whoever writes a policy can foresee it;
 * docs/routing.md shows how.
 */
import { type Condition, type Field, fieldsOf } from './condition.js'
import { assertNever } from './ids.js'
import type { Policy } from './policy.js'

export type Specificity = {
  /** `place`, and every other field by its own name. */
  dimensions: ReadonlySet<string>
  place: Place
  /** How many territories lie around the innermost one that it asks for; 0 without a territory. */
  nesting: number
}

/** How narrowly a condition says where a lead must be from, the narrowest level that it names. */
type Place =
  | { level: 'none' | 'country' | 'region' }
  /** Leading characters of a postcode that are fixed; a range may leave a fraction open. */
  | { level: 'postcode'; fixedCharacters: number }

type Territories = Policy['territories']

/** These together are one dimension: a rule does not become more specific by saying one place twice. */
const placeFields: ReadonlySet<Field> = new Set(['territory', 'country', 'region', 'postcode'])

const levels = ['none', 'country', 'region', 'postcode'] as const

const nowhere: Place = { level: 'none' }

const unconstrained: Specificity = { dimensions: new Set(), place: nowhere, nesting: 0 }

/** A `territory` test counts as what the territory itself constrains. */
export function specificityOf(condition: Condition, territories: Territories): Specificity {
  switch (condition.kind) {
    case 'always':
      return unconstrained
    case 'all':
      return condition.of.map(part => specificityOf(part, territories)).reduce(both, unconstrained)
    case 'any':
      return leastSpecific(condition.of.map(part => specificityOf(part, territories)))
    case 'not':
    case 'exists':
    case 'onList':
    case 'range':
      return { ...unconstrained, dimensions: dimensionsOf(condition) }
    case 'oneOf':
      if (condition.field === 'territory') return ofTerritories(condition.values.map(String), territories)
      return {
        dimensions: dimensionsOf(condition),
        place: placeOfValues(condition.field, condition.values),
        nesting: 0,
      }
    case 'prefix':
      return {
        dimensions: dimensionsOf(condition),
        place: placeOfValues(condition.field, condition.prefixes),
        nesting: 0,
      }
    case 'textRange':
      return { dimensions: dimensionsOf(condition), place: placeOfRange(condition), nesting: 0 }
    default:
      return assertNever(condition)
  }
}

/** As the engines before 3 had it: a territory within another is as narrow as what it asks for, and no more. */
export function withoutNesting(specificity: Specificity): Specificity {
  return { ...specificity, nesting: 0 }
}

/** Above 0 when the first is the more specific, below 0 when the second is, 0 when neither. */
export function compareSpecificity(one: Specificity, other: Specificity): number {
  return (
    one.dimensions.size - other.dimensions.size ||
    comparePlaces(one.place, other.place) ||
    one.nesting - other.nesting
  )
}

/** Why the first lost to the second, as a clause: `less specific: 1 dimension against 2`. */
export function whyLessSpecific(loser: Specificity, winner: Specificity): string {
  if (loser.dimensions.size !== winner.dimensions.size) {
    return `less specific: ${sayDimensions(loser)} against ${winner.dimensions.size}`
  }
  return comparePlaces(loser.place, winner.place) === 0
    ? `wider territory: ${sayNesting(loser)} against ${sayNesting(winner)}`
    : `wider territory: ${sayPlace(loser.place)} against ${sayPlace(winner.place)}`
}

export function sayDimensions({ dimensions }: Specificity): string {
  return `${dimensions.size} ${dimensions.size === 1 ? 'dimension' : 'dimensions'}`
}

function sayNesting({ nesting }: Specificity): string {
  if (nesting === 0) return 'within no other'
  return nesting === 1 ? 'within 1 other' : `within ${nesting} others`
}

function sayPlace(place: Place): string {
  switch (place.level) {
    case 'none':
      return 'no place'
    case 'country':
    case 'region':
      return place.level
    case 'postcode':
      return `postcode to ${Number(place.fixedCharacters.toFixed(2))} characters`
    default:
      return assertNever(place)
  }
}

function both(one: Specificity, other: Specificity): Specificity {
  return {
    dimensions: new Set([...one.dimensions, ...other.dimensions]),
    place: comparePlaces(one.place, other.place) >= 0 ? one.place : other.place,
    nesting: Math.max(one.nesting, other.nesting),
  }
}

/** A lead may come in by any branch, so the condition promises no more than its weakest one. */
function leastSpecific(branches: readonly Specificity[]): Specificity {
  const [first, ...rest] = branches
  if (first === undefined) return unconstrained
  return rest.reduce((least, branch) => (compareSpecificity(branch, least) < 0 ? branch : least), first)
}

/**
 * A territory carries what those around it ask, so only their number is left to count. Its own condition cannot ask
 * for a territory; there, and for a name that nobody declared, a `territory` test is just a place.
 */
function ofTerritories(ids: readonly string[], territories: Territories): Specificity {
  return leastSpecific(
    ids.map(id => {
      const territory = Object.hasOwn(territories, id) ? territories[id] : undefined
      return territory === undefined
        ? { ...unconstrained, dimensions: new Set(['place']) }
        : { ...specificityOf(territory.when, {}), nesting: nestingOf(id, territories) }
    }),
  )
}

/** How many territories lie around this one. */
export function nestingOf(id: string, territories: Territories): number {
  const around = new Set<string>()
  let next = territories[id]?.within ?? null
  while (next !== null && !around.has(next)) {
    around.add(next)
    next = territories[next]?.within ?? null
  }
  return around.size
}

function dimensionsOf(condition: Condition): ReadonlySet<string> {
  return new Set(fieldsOf(condition).map(field => (placeFields.has(field) ? 'place' : field)))
}

function comparePlaces(one: Place, other: Place): number {
  if (one.level === 'postcode' && other.level === 'postcode')
    return one.fixedCharacters - other.fixedCharacters
  return levels.indexOf(one.level) - levels.indexOf(other.level)
}

/** Of several values the shortest counts: it is the widest. */
function placeOfValues(field: Field, values: readonly (string | number | boolean)[]): Place {
  if (field === 'country' || field === 'region') return { level: field }
  if (field !== 'postcode' || values.length === 0) return nowhere
  return {
    level: 'postcode',
    fixedCharacters: Math.min(...values.map(value => compact(String(value)).length)),
  }
}

/**
 * A range of postcodes fixes the characters that its ends share. Of the rest it leaves as many open as its width needs
 * digits to count, less the part of those that it does not cover: 80000 to 80999 is 1,000 wide and leaves 3 of 5 open,
 * as the prefix 80 does; 80000 to 81999 is 2,000 wide, needs a fourth and covers 0.2 of it, so it fixes 1.8.
 * Where letters differ, every character from the first difference on is open.
 */
function placeOfRange({ field, from, to }: Extract<Condition, { kind: 'textRange' }>): Place {
  if (field !== 'postcode') return nowhere
  const first = compact(from)
  const last = compact(to)
  const shared = sharedCharacters(first, last)
  const width = numberOfCodes(first.slice(shared), last.slice(shared))
  if (width === null) return { level: 'postcode', fixedCharacters: shared }
  const open = String(width - 1).length
  return { level: 'postcode', fixedCharacters: first.length - open + (1 - width / 10 ** open) }
}

/** Null: not two numbers of one length. */
function numberOfCodes(first: string, last: string): number | null {
  const digits = /^\d+$/
  if (first.length !== last.length || !digits.test(first) || !digits.test(last)) return null
  return Number(last) - Number(first) + 1
}

function sharedCharacters(one: string, other: string): number {
  const at = [...one].findIndex((character, index) => character !== other[index])
  return at === -1 ? one.length : at
}

/** As `holds` reads a postcode. */
function compact(postcode: string): string {
  return postcode.replace(/[\s-]+/g, '').toUpperCase()
}
