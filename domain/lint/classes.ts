/**
 * The values of a field, put into finitely many classes such that every test of the policy has one answer for a whole
 * class. So a question about all leads becomes one about a few choices, and each class has a value to show.
 */
import type { Condition } from '../condition.js'
import type { Test } from './asked.js'
import { bitsOf, firstBits } from './bits.js'
import { anyOf, type Describe, describing, not } from './describe.js'

export type FactValue = string | number | boolean

export type FactClass = {
  /** Null: the field is missing. */
  value: FactValue | null
  /** True of the values in this class and of no others. */
  when: Condition
}

export type Variable = {
  field: string
  /** A value to show for each class; null: the field is missing. */
  values: readonly (FactValue | null)[]
  all: bigint
  /** The class of leads that lack the field; empty for one that is always there. */
  missing: bigint
  /** The positions of the values that the policy itself names. */
  named: readonly number[]
  describe: Describe
}

/** @param rest the positions of the classes of what nobody names, which are best said by what they are not */
export function variableOf(field: string, classes: readonly FactClass[], rest: readonly number[]): Variable {
  const missing = bitsOf(classes.flatMap(({ value }, index) => (value === null ? [index] : [])))
  const unionOf = (indexes: readonly number[]) => anyOf(indexes.flatMap(index => classes[index]?.when ?? []))
  return {
    field,
    values: classes.map(({ value }) => value),
    all: firstBits(classes.length),
    missing,
    named: classes.flatMap(({ when }, index) => (when.kind === 'oneOf' ? [index] : [])),
    describe: describing({ field, missing, rest: bitsOf(rest), unionOf }),
  }
}

export function missingClass(field: string): FactClass {
  return { value: null, when: { kind: 'not', of: { kind: 'exists', field } } }
}

/** A field with a few values, all of them known. */
export function closedVariable(field: string, values: readonly FactValue[]): Variable {
  return variableOf(field, [missingClass(field), ...values.map(value => namedClass(field, value))], [])
}

/** Text that may be anything. */
const openText: Vocabulary = { examples: ['something else'], isOpen: true, has: () => true }

export type Vocabulary = {
  /** To show for what nobody names: the first that nobody does name. */
  examples: readonly string[]
  /** Whether there is always another word than those. */
  isOpen: boolean
  has: (value: string) => boolean
}

/**
 * Text: each value that a test names, for each beginning that one names the texts that go on otherwise, and all other
 * text.
 */
export function textVariable(
  field: string,
  tests: readonly Test[],
  vocabulary: Vocabulary = openText,
): Variable {
  const classes = [missingClass(field), ...textClasses(field, tests, vocabulary)]
  const rest = restOf(field, tests, vocabulary)
  return rest === null
    ? variableOf(field, classes, [])
    : variableOf(field, [...classes, rest], [classes.length])
}

/** A declared field: text, numbers and yes or no, as the source sends it. */
export function mixedVariable(field: string, tests: readonly Test[]): Variable {
  const named = namedIn(tests)
  const limits = limitsOf(tests, named.filter(isNumeric).map(Number))
  if (limits.length === 0) return textVariable(field, tests)
  const texts = textClasses(field, tests, { ...openText, has: text => !isNumeric(text) })
  const classes = [missingClass(field), ...texts, ...numberClasses(field, realCells(limits))]
  const rest = restOf(field, tests, openText)
  const isNumber: Condition = { kind: 'range', field, ...everyNumber }
  const text = rest && { ...rest, when: { kind: 'all' as const, of: [rest.when, not(isNumber)] } }
  return text === null
    ? variableOf(field, classes, [])
    : variableOf(field, [...classes, text], [classes.length])
}

/** Whole numbers up to a largest one. */
export function countVariable(field: string, tests: readonly Test[], most: number): Variable {
  const limits = limitsOf(tests, namedIn(tests).filter(isNumeric).map(Number))
  return variableOf(field, [missingClass(field), ...numberClasses(field, wholeCells(limits, most))], [])
}

/** Every value that a test compares with, once. */
export function namedIn(tests: readonly Test[]): FactValue[] {
  const values = tests.flatMap(test => (test.kind === 'oneOf' ? test.values : []))
  return [...new Map(values.map(value => [plain(value), value])).values()]
}

export function prefixesIn(tests: readonly Test[]): string[] {
  return [
    ...new Set(
      tests
        .flatMap(test => (test.kind === 'prefix' ? test.prefixes.map(plain) : []))
        .filter(text => text !== ''),
    ),
  ]
}

/** As `holds` compares text. */
export function plain(value: FactValue | null): string {
  return String(value).trim().toLowerCase()
}

function namedClass(field: string, value: FactValue): FactClass {
  return { value, when: { kind: 'oneOf', field, values: [value] } }
}

function textClasses(field: string, tests: readonly Test[], vocabulary: Vocabulary): FactClass[] {
  const named = namedIn(tests)
  const prefixes = prefixesIn(tests)
  return [
    ...named
      .filter(value => plain(value) !== '' && vocabulary.has(String(value)))
      .map(value => ({
        ...namedClass(field, value),
        value: typeof value === 'boolean' ? value : String(value),
      })),
    ...prefixes.map(prefix => {
      const longer = prefixes.filter(other => other !== prefix && other.startsWith(prefix))
      const inside = named.filter(value => plain(value).startsWith(prefix))
      const value = freeText([prefix, `${prefix} and more`], prefix, inside.map(plain), longer)
      const begins: Condition = { kind: 'prefix', field, prefixes: [prefix] }
      return { value, when: { kind: 'all' as const, of: [begins, ...unnamed(field, inside, longer)] } }
    }),
  ]
}

/** Null: there is no such value, since every one is named. */
function restOf(field: string, tests: readonly Test[], { examples, isOpen }: Vocabulary): FactClass | null {
  const named = namedIn(tests)
  const prefixes = prefixesIn(tests)
  const value = isOpen
    ? freeText(examples, '', named.map(plain), prefixes)
    : examples.find(example => !isTaken(example, named.map(plain), prefixes))
  if (value === undefined) return null
  return { value, when: { kind: 'all', of: [{ kind: 'exists', field }, ...unnamed(field, named, prefixes)] } }
}

function unnamed(field: string, values: readonly FactValue[], prefixes: readonly string[]): Condition[] {
  const named: Condition[] = values.length === 0 ? [] : [{ kind: 'oneOf', field, values }]
  const begun: Condition[] = prefixes.length === 0 ? [] : [{ kind: 'prefix', field, prefixes }]
  return [...named, ...begun].map(not)
}

/**
 * A text that is none of `values` and begins with none of `prefixes`: a candidate, or else the stem and one more letter.
 * With more letters to choose from than there are values and prefixes, one of them is free.
 */
function freeText(
  candidates: readonly string[],
  stem: string,
  values: readonly string[],
  prefixes: readonly string[],
): string {
  const letters = Array.from({ length: values.length + prefixes.length + 1 }, (_, index) =>
    String.fromCodePoint(0x4e00 + index),
  )
  const texts = [...candidates, ...letters.map(letter => stem + letter)]
  return texts.find(text => !isTaken(text, values, prefixes)) ?? stem
}

function isTaken(text: string, values: readonly string[], prefixes: readonly string[]): boolean {
  return values.includes(plain(text)) || prefixes.some(prefix => plain(text).startsWith(prefix))
}

function isNumeric(value: FactValue): boolean {
  return typeof value === 'number' || (typeof value === 'string' && /^\s*-?\d+(\.\d+)?\s*$/.test(value))
}

/** Where the answer of a test may change. */
function limitsOf(tests: readonly Test[], named: readonly number[]): number[] {
  const ends = tests.flatMap(test => (test.kind === 'range' ? [test.min, test.max] : []))
  const limits = [...named, ...ends.filter(end => end !== null)]
  return [...new Set(limits)].sort((one, other) => one - other)
}

/** Numbers from a first one on, up to another; null: without end. */
type Cell = {
  /** A number in it. */
  value: number
  min: number | null
  minIncluded: boolean
  max: number | null
  maxIncluded: boolean
}

function numberClasses(field: string, cells: readonly Cell[]): FactClass[] {
  return cells.map(({ value, ...ends }) => ({ value, when: { kind: 'range', field, ...ends } }))
}

function wholeCells(limits: readonly number[], most: number): Cell[] {
  const cuts = limits.flatMap(limit => [Math.ceil(limit), Math.floor(limit) + 1])
  const starts = [...new Set([0, ...cuts])]
    .filter(cut => cut >= 0 && cut <= most)
    .sort((one, other) => one - other)
  return starts.map((start, index) => ({
    value: start,
    min: index === 0 ? null : start,
    minIncluded: true,
    max: starts[index + 1] ?? null,
    maxIncluded: false,
  }))
}

const everyNumber = { min: null, minIncluded: false, max: null, maxIncluded: false }

/** Each limit alone, and what lies between two of them. */
function realCells(limits: readonly number[]): Cell[] {
  const points = limits.map(limit => ({
    value: limit,
    min: limit,
    minIncluded: true,
    max: limit,
    maxIncluded: true,
  }))
  const gaps = [null, ...limits].map((min, index) => {
    const max = limits[index] ?? null
    return { value: between(min, max), min, minIncluded: false, max, maxIncluded: false }
  })
  return gaps.flatMap((gap, index) => [gap, ...points.slice(index, index + 1)])
}

function between(min: number | null, max: number | null): number {
  if (min === null) return max === null ? 0 : Math.floor(max) - 1
  const next = Math.floor(min) + 1
  return max === null || next < max ? next : (min + max) / 2
}
