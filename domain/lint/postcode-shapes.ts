/** Which postcodes there can be in a country, as the part of them that conditions read: `NormalisedLead.postcodeArea`. */
import { readPostcode } from '../identity/postcode.js'

/** For each place of a postcode the characters that can stand there. */
export type Shape = readonly string[]

const digits = '0123456789'
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
export const postcodeCharacters = digits + letters

const longest = 10

/** The countries whose postcodes mix letters and digits; of all others `readPostcode` itself tells the shape. */
const mixed: Record<string, readonly Shape[]> = {
  GB: ['A0', 'A00', 'A0A', 'AA0', 'AA00', 'AA0A'].map(shapeOf),
  CA: [['ABCEGHJKLMNPRSTVXY', digits, letters, digits, letters, digits]],
  NL: [['123456789', digits, digits, digits, letters, letters]],
  IE: [[letters, digits, `${digits}W`, ...Array.from({ length: 4 }, () => postcodeCharacters)]],
}

/** Null: the lead's country is not known, and its postcode may be of any. */
export function shapesOf(country: string | null): readonly Shape[] {
  const known = country === null || !Object.hasOwn(mixed, country) ? undefined : mixed[country]
  if (known !== undefined) return known
  return Array.from({ length: longest }, (_, index) => index + 1).flatMap(length => {
    if (!isArea('1'.repeat(length), country)) return []
    const characters = isArea('A'.repeat(length), country) ? postcodeCharacters : digits
    return [Array.from({ length }, () => characters)]
  })
}

function isArea(code: string, country: string | null): boolean {
  return readPostcode(code, country)?.area === code
}

/** `A0`: a letter, then a digit. */
function shapeOf(pattern: string): Shape {
  return [...pattern].map(sign => (sign === 'A' ? letters : digits))
}
