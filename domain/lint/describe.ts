/** Says sets of classes as conditions again, so that a region of leads can be read and be asked about. */
import type { Condition } from '../condition.js'
import { indexesOf } from './bits.js'

/** The condition that holds for these classes and for no other one of `within`. */
export type Describe = (included: bigint, within: bigint) => Condition

type Described = {
  field: string
  missing: bigint
  rest: bigint
  /** Of classes that are neither missing nor rest, all of them in `within`. */
  unionOf: (classes: readonly number[], within: bigint) => Condition
}

export const always: Condition = { kind: 'always' }

/** What includes the rest is said by what it leaves out. */
export function describing({ field, missing, rest, unionOf }: Described): Describe {
  const exists: Condition = { kind: 'exists', field }
  return (included, within) => {
    if ((within & ~included) === 0n) return always
    const known = included & ~missing
    const mayBeMissing = (included & missing) !== 0n
    if (known === 0n) return mayBeMissing ? not(exists) : not(always)
    const excluded = within & ~missing & ~known
    if (excluded === 0n) return exists
    // Without a rest what is left out may be said instead, if it is less. The rest alone cannot be said but by others.
    const isEasierLeftOut = (excluded & rest) === 0n && mayBeMissing && sizeOf(excluded) < sizeOf(known)
    if ((known & rest) === 0n && !isEasierLeftOut) {
      const union = unionOf(indexesOf(known), within)
      return mayBeMissing ? anyOf([union, not(exists)]) : union
    }
    const others = not(unionOf(indexesOf(excluded), within))
    return mayBeMissing || (within & missing) === 0n ? others : allOf([exists, others])
  }
}

/** Equal fields are said together: `country is DE, AT or CH`, not three times `country`. */
export function anyOf(conditions: readonly Condition[]): Condition {
  const parts = mergedRanges(
    mergedLists(conditions.filter(({ kind }) => kind !== 'any').concat(flat(conditions, 'any'))),
  )
  const [only] = parts
  return only !== undefined && parts.length === 1 ? only : { kind: 'any', of: parts }
}

export function allOf(conditions: readonly Condition[]): Condition {
  const parts = conditions
    .filter(({ kind }) => kind !== 'all')
    .concat(flat(conditions, 'all'))
    .filter(({ kind }) => kind !== 'always')
  const [only] = parts
  if (only === undefined) return always
  return parts.length === 1 ? only : { kind: 'all', of: parts }
}

export function not(of: Condition): Condition {
  return of.kind === 'not' ? of.of : { kind: 'not', of }
}

function sizeOf(set: bigint): number {
  return indexesOf(set).length
}

function flat(conditions: readonly Condition[], kind: 'all' | 'any'): readonly Condition[] {
  return conditions.flatMap(condition => (condition.kind === kind ? condition.of : []))
}

type Listed = Extract<Condition, { kind: 'oneOf' | 'prefix' }>
type Range = Extract<Condition, { kind: 'range' }>

function mergedLists(conditions: readonly Condition[]): Condition[] {
  const merged: Condition[] = []
  for (const condition of conditions) {
    const at = merged.findIndex(
      other => isListed(condition) && other.kind === condition.kind && other.field === condition.field,
    )
    const other = merged[at]
    if (other?.kind === 'oneOf' && condition.kind === 'oneOf')
      merged[at] = { ...other, values: [...other.values, ...condition.values] }
    else if (other?.kind === 'prefix' && condition.kind === 'prefix')
      merged[at] = { ...other, prefixes: [...other.prefixes, ...condition.prefixes] }
    else merged.push(condition)
  }
  return merged
}

function isListed(condition: Condition): condition is Listed {
  return condition.kind === 'oneOf' || condition.kind === 'prefix'
}

/** Of one field, since only `unionOf` makes them: those that touch become one. */
function mergedRanges(conditions: readonly Condition[]): Condition[] {
  const ranges = conditions
    .filter(condition => condition.kind === 'range')
    .sort(
      (one, other) =>
        (one.min ?? -Infinity) - (other.min ?? -Infinity) ||
        Number(other.minIncluded) - Number(one.minIncluded),
    )
  const merged: Range[] = []
  for (const range of ranges) {
    const last = merged.at(-1)
    const touches =
      last !== undefined &&
      last.max !== null &&
      last.max === range.min &&
      (last.maxIncluded || range.minIncluded)
    if (last !== undefined && touches) {
      merged[merged.length - 1] = { ...last, max: range.max, maxIncluded: range.maxIncluded }
    } else merged.push(range)
  }
  return [...merged, ...conditions.filter(({ kind }) => kind !== 'range')]
}
