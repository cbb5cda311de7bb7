/** Countries, their regions and their postcodes, as far as a policy tells them apart. */
import { iso31661, iso31662 } from 'iso-3166'
import type { Condition, ConditionFacts } from '../condition.js'
import { isCountry } from '../policy/conditions.js'
import type { Test } from './asked.js'
import { bitsOf, firstBits } from './bits.js'
import {
  type FactClass,
  missingClass,
  namedIn,
  plain,
  prefixesIn,
  type Variable,
  variableOf,
} from './classes.js'
import { allOf, anyOf, describing, not } from './describe.js'
import { postcodeCharacters, shapesOf } from './postcode-shapes.js'
import { type Area, areasOf, type PostcodeClass, postcodeClasses } from './postcodes.js'

/** A test of postcodes, and the countries in which its answer counts; null: in all. */
type PostcodeTest = { test: Test; countries: ReadonlySet<string> | null }

export type Places = {
  country: Variable
  region: Variable
  postcode: Variable
  /** For each class of regions and of postcodes the country that it lies in; null: it is in every one. */
  countryOfRegion: readonly (string | null)[]
  countryOfPostcode: readonly (string | null)[]
  /** Classes of postcodes in which a test on them holds. */
  postcodesOf: (test: Test) => bigint
  /** Beginnings and ranges under which no postcode of the countries falls that they are asked about. */
  emptyAreas: (test: Test, countries: ReadonlySet<string> | null) => readonly Condition[]
}

/** Its postcodes may be anything, so that it can stand for every country that nobody names. */
const anyCountry = 'AR'

export function placesOf(
  tests: { country: readonly Test[]; region: readonly Test[]; postcode: readonly PostcodeTest[] },
  facts: ConditionFacts,
): Places {
  const regions = namedRegions(tests.region)
  // A British postcode is read by a rule of its own (`beginsWith` in domain/condition.ts).
  const british = tests.postcode.length > 0 ? ['GB'] : []
  const named = [
    ...new Set([...namedCountries(tests.country), ...regions.map(region => region.slice(0, 2)), ...british]),
  ]
  const rest = restOf(named)
  const countries = rest === null ? named : [...named, rest]
  const regionClasses = classesOfRegions(regions, countries)
  const postcodes = classesOfPostcodes(tests.postcode, countries, facts)
  return {
    country: countryVariable(named, rest),
    region: variableOf(
      'region',
      regionClasses.map(({ value, when }) => ({ value, when })),
      regionClasses.flatMap(({ isRest }, index) => (isRest ? [index] : [])),
    ),
    postcode: postcodes.variable,
    countryOfRegion: regionClasses.map(({ value }) => value?.slice(0, 2) ?? null),
    countryOfPostcode: postcodes.countries,
    postcodesOf: postcodes.holdingFor,
    emptyAreas: postcodes.emptyAreas,
  }
}

function namedCountries(tests: readonly Test[]): string[] {
  return namedIn(tests)
    .map(value => plain(value).toUpperCase())
    .filter(isCountry)
}

function namedRegions(tests: readonly Test[]): string[] {
  const named = new Set(namedIn(tests).map(plain))
  const prefixes = prefixesIn(tests)
  return regionCodes.filter(
    code => named.has(plain(code)) || prefixes.some(prefix => plain(code).startsWith(prefix)),
  )
}

function restOf(named: readonly string[]): string | null {
  const free = [anyCountry, ...countryCodes].filter(code => !named.includes(code))
  const longest = shapesOf(anyCountry).length
  return (
    free.find(code => {
      const shapes = shapesOf(code)
      return (
        shapes.length === longest &&
        shapes.every(shape => shape.every(characters => characters === postcodeCharacters))
      )
    }) ??
    free[0] ??
    null
  )
}

function countryVariable(named: readonly string[], rest: string | null): Variable {
  const field = 'country'
  const classes = named.map(
    (value): FactClass => ({ value, when: { kind: 'oneOf', field, values: [value] } }),
  )
  const others: FactClass[] = rest === null ? [] : [{ value: rest, when: { kind: 'exists', field } }]
  return variableOf(
    field,
    [missingClass(field), ...classes, ...others],
    rest === null ? [] : [classes.length + 1],
  )
}

type RegionClass = { value: string | null; when: Condition; isRest: boolean }

/** The regions that somebody names, and one for all others of each country that has others. */
function classesOfRegions(named: readonly string[], countries: readonly string[]): RegionClass[] {
  const field = 'region'
  const known = named.map(
    (value): RegionClass => ({
      value,
      when: { kind: 'oneOf', field, values: [value] },
      isRest: false,
    }),
  )
  const others = countries.flatMap((country): RegionClass[] => {
    const value = regionCodes.find(code => code.startsWith(`${country}-`) && !named.includes(code))
    const inside = named.filter(code => code.startsWith(`${country}-`))
    const when = allOf([{ kind: 'exists', field }, not({ kind: 'oneOf', field, values: inside })])
    return value === undefined ? [] : [{ value, when, isRest: true }]
  })
  return [{ value: null, when: missingClass(field).when, isRest: false }, ...known, ...others]
}

type Postcodes = {
  variable: Variable
  countries: readonly (string | null)[]
  holdingFor: (test: Test) => bigint
  emptyAreas: Places['emptyAreas']
}

function classesOfPostcodes(
  tests: readonly PostcodeTest[],
  countries: readonly string[],
  facts: ConditionFacts,
): Postcodes {
  const areas = distinctAreas(tests)
  const classes = [null, ...countries].flatMap(country => {
    const asked = areas.filter(({ counts }) => counts === null || (country !== null && counts.has(country)))
    const found = postcodeClasses(
      country,
      asked.map(({ area }) => area),
      facts,
    )
    return found.map(each => ({ ...each, under: each.under.flatMap(at => asked[at]?.index ?? []) }))
  })
  const under = areas.map((): number[] => [])
  for (const [index, each] of classes.entries()) {
    for (const at of each.under) under[at]?.push(index + 1)
  }
  const byArea = under.map(bitsOf)
  const indexes = new Map(areas.map(({ area, index }) => [JSON.stringify(area.condition), index]))
  const classesUnder = (area: Area) => byArea[indexes.get(JSON.stringify(area.condition)) ?? -1] ?? 0n
  const countryOf = [null, ...classes.map(({ country }) => country)]
  const byCountry = new Map(
    countries.map(country => [
      country,
      bitsOf(countryOf.flatMap((each, index) => (each === country ? [index] : []))),
    ]),
  )
  const all = firstBits(classes.length + 1)
  return {
    variable: {
      field: 'postcode',
      values: [null, ...classes.map(({ value }) => value)],
      all,
      missing: 1n,
      named: [],
      describe: describing({
        field: 'postcode',
        missing: 1n,
        rest: bitsOf(classes.flatMap(({ under }, index) => (under.length === 0 ? [index + 1] : []))),
        unionOf: (included, within) => unionOf(included, within, classes, areas),
      }),
    },
    countries: countryOf,
    holdingFor: test =>
      test.kind === 'exists' ? all & ~1n : areasOf(test).reduce((set, area) => set | classesUnder(area), 0n),
    emptyAreas: (test, asked) => {
      const inside =
        asked === null ? all : [...asked].reduce((set, country) => set | (byCountry.get(country) ?? 0n), 0n)
      return areasOf(test)
        .filter(area => (classesUnder(area) & inside) === 0n)
        .map(({ condition }) => condition)
    },
  }
}

type DistinctArea = { area: Area; index: number; counts: Set<string> | null }

/** Each area once, with every country in which some test asks for it. */
function distinctAreas(tests: readonly PostcodeTest[]): DistinctArea[] {
  const distinct = new Map<string, DistinctArea>()
  for (const { test, countries } of tests) {
    for (const area of areasOf(test)) {
      const key = JSON.stringify(area.condition)
      const known = distinct.get(key)
      if (known === undefined) {
        distinct.set(key, {
          area,
          index: distinct.size,
          counts: countries === null ? null : new Set(countries),
        })
      } else if (countries === null) known.counts = null
      else for (const country of known.counts === null ? [] : countries) known.counts?.add(country)
    }
  }
  return [...distinct.values()]
}

/** The widest areas of which everything is included are said whole; of others, what they are without the narrower ones. */
function unionOf(
  included: readonly number[],
  within: bigint,
  classes: readonly PostcodeClass[],
  areas: readonly DistinctArea[],
): Condition {
  const here = classes
    .map((each, index) => ({ under: new Set(each.under), index: index + 1 }))
    .filter(({ index }) => ((within >> BigInt(index)) & 1n) === 1n)
  const wanted = new Set(included)
  const said = new Set<number>()
  const byArea = new Map<number, typeof here>()
  for (const each of here) {
    for (const at of each.under) byArea.set(at, [...(byArea.get(at) ?? []), each])
  }
  const parts: Condition[] = []
  const ordered = here
    .filter(({ index }) => wanted.has(index))
    .sort((one, other) => one.under.size - other.under.size)
  for (const { under, index } of ordered) {
    if (said.has(index)) continue
    const [any] = under
    const alike = any === undefined ? here : (byArea.get(any) ?? [])
    const narrower = alike.filter(
      other => other.index !== index && [...under].every(at => other.under.has(at)),
    )
    const whole = narrower.every(other => wanted.has(other.index))
    const beyond = new Set(narrower.flatMap(other => [...other.under].filter(at => !under.has(at))))
    const base = narrowest([...under].flatMap(at => areas[at]?.area ?? []))
    const without = [...beyond].flatMap(at => areas[at]?.area.condition ?? [])
    parts.push(whole || without.length === 0 ? allOf(base) : allOf([...base, not(anyOf(without))]))
    for (const other of whole ? narrower : []) said.add(other.index)
  }
  return anyOf(parts)
}

/** Who begins with BN1 begins with BN. */
function narrowest(under: readonly Area[]): Condition[] {
  return under
    .filter(
      ({ beginsWith, ends }) =>
        ends.length > 0 ||
        !under.some(other => other.beginsWith !== beginsWith && other.beginsWith.startsWith(beginsWith)),
    )
    .map(({ condition }) => condition)
}

const countryCodes = iso31661.flatMap(entry => ('alpha2' in entry ? [entry.alpha2] : []))
const regionCodes = iso31662.map(({ code }) => code)
