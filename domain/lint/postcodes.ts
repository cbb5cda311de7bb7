/**
 * The postcodes of a country, put into classes by which of the policy's beginnings and ranges they fall under. Found by
 * walking down the characters that these name: where a postcode leaves them, all that goes on from there is one class
 * for each length that a range asks for.
 */
import { type Condition, type ConditionFacts, holds } from '../condition.js'
import type { Test } from './asked.js'
import { postcodeCharacters, type Shape, shapesOf } from './postcode-shapes.js'

/** A beginning, a range or a whole postcode that the policy names: what a postcode can fall under. */
export type Area = { condition: Condition; beginsWith: string; ends: readonly string[] }

export type PostcodeClass = {
  country: string | null
  value: string
  /** The positions of the areas that it falls under. */
  under: readonly number[]
}

/** The areas of a test. It holds for a postcode that falls under one of them. */
export function areasOf(test: Test): Area[] {
  switch (test.kind) {
    case 'prefix':
      return test.prefixes.map(prefix => ({
        condition: { kind: 'prefix', field: 'postcode', prefixes: [prefix] },
        beginsWith: compact(prefix),
        ends: [],
      }))
    case 'textRange': {
      const ends = [compact(test.from), compact(test.to)]
      return [{ condition: test, beginsWith: '', ends }]
    }
    case 'oneOf':
      return test.values.map(value => ({
        condition: { kind: 'oneOf', field: 'postcode', values: [value] },
        beginsWith: compact(String(value)),
        ends: [],
      }))
    default:
      return []
  }
}

/** @param facts what a test is asked about; only country and postcode are changed */
export function postcodeClasses(
  country: string | null,
  areas: readonly Area[],
  facts: ConditionFacts,
): PostcodeClass[] {
  const found = new Map<string, PostcodeClass>()
  const candidatesFor = indexOf(areas)
  for (const value of witnesses(areas, shapesOf(country))) {
    const under = candidatesFor(value).filter(at => {
      const condition = areas[at]?.condition
      return condition !== undefined && holds(condition, { ...facts, country, postcode: value })
    })
    const key = under.join()
    if (!found.has(key)) found.set(key, { country, value, under })
  }
  return [...found.values()]
}

/** The few areas that a postcode can fall under, so that not every one is held against every postcode. */
function indexOf(areas: readonly Area[]): (value: string) => number[] {
  const byBeginning = new Map<string, number[]>()
  const ranges: { at: number; from: string; to: string }[] = []
  for (const [at, { beginsWith, ends }] of areas.entries()) {
    const [from, to] = ends
    if (from !== undefined && to !== undefined) ranges.push({ at, from, to })
    else byBeginning.set(beginsWith, [...(byBeginning.get(beginsWith) ?? []), at])
  }
  return value => {
    const begun = Array.from({ length: value.length + 1 }, (_, length) => value.slice(0, length)).flatMap(
      beginning => byBeginning.get(beginning) ?? [],
    )
    const within = ranges.filter(
      ({ from, to }) => from.length === value.length && from <= value && value <= to,
    )
    return [...begun, ...within.map(({ at }) => at)].sort((one, other) => one - other)
  }
}

/** Postcodes of these shapes, at least one for every set of areas that a postcode can fall under. */
function witnesses(areas: readonly Area[], shapes: readonly Shape[]): Iterable<string> {
  const named = areas.flatMap(({ beginsWith, ends }) => (ends.length > 0 ? ends : [beginsWith]))
  const lengths = new Set(areas.flatMap(({ ends }) => ends.map(end => end.length)))
  return walk('', [...new Set(named)], { shapes, lengths })
}

type Ground = {
  shapes: readonly Shape[]
  /** Those for which ranges ask; of all other lengths one is as good as another. */
  lengths: ReadonlySet<number>
}

function* walk(beginning: string, named: readonly string[], ground: Ground): Generator<string> {
  const shapes = ground.shapes.filter(shape => fits(beginning, shape))
  if (shapes.some(shape => shape.length === beginning.length)) yield beginning
  const at = beginning.length
  const next = new Set(named.map(text => text.charAt(at)).filter(character => character !== ''))
  const possible = [...postcodeCharacters].filter(character =>
    shapes.some(shape => shape[at]?.includes(character)),
  )
  for (const character of possible.filter(each => next.has(each))) {
    const further = named.filter(text => text.charAt(at) === character)
    yield* walk(beginning + character, further, ground)
  }
  for (const character of oneOfEachKind(
    possible.filter(each => !next.has(each)),
    [...next].sort(),
  )) {
    yield* completions(beginning + character, shapes, ground.lengths)
  }
}

/** Digits and letters apart, since a beginning may end between them; and apart by what is named on either side, for ranges. */
function oneOfEachKind(characters: readonly string[], named: readonly string[]): string[] {
  const kinds = new Map<string, string>()
  for (const character of [...characters].sort(niceFirst)) {
    const kind = `${/\d/.test(character)} ${named.filter(other => other < character).length}`
    if (!kinds.has(kind)) kinds.set(kind, character)
  }
  return [...kinds.values()]
}

function* completions(
  beginning: string,
  shapes: readonly Shape[],
  lengths: ReadonlySet<number>,
): Generator<string> {
  const seen = new Set<number | 'another'>()
  for (const shape of shapes) {
    const length = lengths.has(shape.length) ? shape.length : 'another'
    if (seen.has(length) || !fits(beginning, shape)) continue
    seen.add(length)
    yield beginning + shape.slice(beginning.length).map(nicest).join('')
  }
}

function fits(beginning: string, shape: Shape): boolean {
  return (
    beginning.length <= shape.length &&
    [...beginning].every((character, at) => shape[at]?.includes(character))
  )
}

/** A postcode of noughts looks like a slip. */
function nicest(characters: string): string {
  return [...characters].sort(niceFirst)[0] ?? ''
}

function niceFirst(one: string, other: string): number {
  return Number(one === '0') - Number(other === '0') || (one < other ? -1 : 1)
}

/** As `holds` reads a postcode. */
function compact(postcode: string): string {
  return postcode.replace(/[\s-]+/g, '').toUpperCase()
}
