import fc from 'fast-check'
import { iso31661 } from 'iso-3166'
import { describe, expect, it } from 'vitest'
import { type Condition, holds } from '../../domain/condition.js'
import { readPostcode } from '../../domain/identity/postcode.js'
import { shapesOf } from '../../domain/lint/postcode-shapes.js'
import { areasOf, postcodeClasses } from '../../domain/lint/postcodes.js'
import { nothing } from '../../domain/lint/space.js'

const countries = [null, ...iso31661.flatMap(entry => ('alpha2' in entry ? [entry.alpha2] : []))]

/** Near enough to postcodes that many of them are some. */
const code = fc.oneof(
  fc.stringMatching(/^[0-9]{1,10}$/),
  fc.stringMatching(/^[A-Z0-9]{1,10}$/),
  fc.stringMatching(/^[A-Z]{1,2}[0-9][A-Z0-9]?$/),
  fc.stringMatching(/^[ABCX][0-9][A-Z][0-9][A-Z][0-9]$/),
  fc.stringMatching(/^[0-2][0-9]{3}[A-Z]{2}$/),
  fc.stringMatching(/^[A-F][0-9][0-9WX][A-Z0-9]{4}$/),
)

describe('the shapes of postcodes', () => {
  it('are those that intake reads, in every country', () => {
    fc.assert(
      fc.property(code, code, (one, other) => {
        for (const country of countries) {
          for (const text of [one, other]) {
            const isArea = readPostcode(text, country)?.area === text
            const hasShape = shapesOf(country).some(
              shape =>
                shape.length === text.length &&
                shape.every((characters, at) => characters.includes(text.charAt(at))),
            )
            expect([country, text, hasShape]).toEqual([country, text, isArea])
          }
        }
      }),
      { numRuns: 60 },
    )
  })
})

const beginning = fc.stringMatching(/^(B|BN|BN1|SW1|SW1A|[0-9]{1,3}|8|80|8033)$/)
const range = fc
  .tuple(fc.stringMatching(/^(80|81)[0-9]{3}$/), fc.stringMatching(/^8[1-9][0-9]{3}$/))
  .map(([from, to]) => (from < to ? { from, to } : { from: to, to: from }))
const test = fc.oneof(
  fc
    .array(beginning, { minLength: 1, maxLength: 3 })
    .map(prefixes => ({ kind: 'prefix' as const, field: 'postcode', prefixes })),
  range.map(ends => ({ kind: 'textRange' as const, field: 'postcode', ...ends })),
)
const given = fc.oneof(
  fc.stringMatching(/^(B|BN|M|SW)[0-9]{1,2}$/),
  fc.stringMatching(/^SW1[A-Z]$/),
  fc.stringMatching(/^8[0-3][0-9]{3}$/),
  fc.stringMatching(/^(8|80|803|BN|B)[A-Z0-9]{0,6}$/),
)

describe('the classes of postcodes', () => {
  it('have one for every postcode, in which it falls under the same areas', () => {
    fc.assert(
      fc.property(
        fc.array(test, { minLength: 1, maxLength: 4 }),
        fc.array(given, { minLength: 10, maxLength: 30 }),
        (tests, given) => {
          const areas = tests.flatMap(areasOf)
          for (const country of [null, 'GB', 'DE', 'NL', 'AR']) {
            const classes = postcodeClasses(country, areas, nothing)
            const under = (postcode: string) =>
              areas.flatMap(({ condition }, at) => (isIn(condition, country, postcode) ? [at] : []))
            const known = new Set(classes.map(({ under: areasOfClass }) => areasOfClass.join()))
            for (const { value, under: areasOfClass } of classes) {
              expect([country, value, readPostcode(value, country)?.area]).toEqual([country, value, value])
              expect([value, under(value)]).toEqual([value, areasOfClass])
            }
            for (const postcode of given.filter(text => readPostcode(text, country)?.area === text)) {
              expect([country, postcode, known.has(under(postcode).join())]).toEqual([
                country,
                postcode,
                true,
              ])
            }
          }
        },
      ),
      { numRuns: 150 },
    )
  })

  it('know that BN1 is no part of BN10 in Britain, and that 80 is a part of 80331 in Germany', () => {
    const [bn1, eighty] = [areasOf(prefixes('BN1')), areasOf(prefixes('80'))]
    const british = postcodeClasses('GB', bn1, nothing).map(({ value, under }) => [value, under.length])
    expect(british).toContainEqual(['BN1', 1])
    expect(british.filter(([, size]) => size === 0)).not.toEqual([])
    expect(postcodeClasses('DE', eighty, nothing).map(({ under }) => under.length)).toEqual([1, 0])
    expect(postcodeClasses('DE', bn1, nothing).map(({ under }) => under.length)).toEqual([0])
  })
})

function prefixes(text: string) {
  return { kind: 'prefix' as const, field: 'postcode', prefixes: [text] }
}

function isIn(condition: Condition, country: string | null, postcode: string): boolean {
  return holds(condition, { ...nothing, country, postcode })
}
