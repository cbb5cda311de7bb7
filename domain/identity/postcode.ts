/** A postcode that fits its country: as people there write it, and the part that territories are drawn by. */
export type Postcode = { written: string; area: string }

/**
 * Reads a postcode. `area` is GB: the outward part (`SW1A`); US: the five digits; elsewhere the whole without blanks.
 * `null` when it does not fit the country. A country without a rule here, or none, takes any short code.
 */
export function readPostcode(typed: string, country: string | null): Postcode | null {
  const compact = typed
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[\s.‐–-]/gu, '')
  if (country === 'GB') return britishPostcode(compact)
  const form = country === null ? undefined : forms[country]
  if (form === undefined)
    return anyCode.test(compact) ? { written: typed.trim().toUpperCase(), area: compact } : null
  const match = form.pattern.exec(withoutCountryLetters(compact, country))
  if (!match) return null
  const area = country === 'US' ? (match[1] ?? match[0]) : match[0]
  return { written: written(match[0], form), area }
}

/** True for a complete British postcode, whose shape no other country uses. */
export function looksBritish(typed: string): boolean {
  return fullBritish.test(typed.toUpperCase().replace(/\s/g, ''))
}

function britishPostcode(compact: string): Postcode | null {
  const full = fullBritish.exec(compact)
  if (full?.[1] && full[2]) return { written: `${full[1]} ${full[2]}`, area: full[1] }
  // People also give the outward part alone, which is all that a territory asks for.
  return outwardOnly.test(compact) ? { written: compact, area: compact } : null
}

function written(code: string, form: Form): string {
  return form.cut === undefined || code.length <= form.cut
    ? code
    : `${code.slice(0, form.cut)}${form.joint ?? ' '}${code.slice(form.cut)}`
}

// `D-80331`, `CH-8001`, `LV-1010`: the old postal prefix. It never belongs to the digits.
function withoutCountryLetters(compact: string, country: string | null): string {
  const prefix = /^([A-Z]{1,3})(?=\d+$)/.exec(compact)?.[1]
  if (prefix === undefined || country === null) return compact
  return prefix === country || prefix === oldPrefixes[country] ? compact.slice(prefix.length) : compact
}

/** `cut` is where the written form has its blank, or its `joint`. */
type Form = { pattern: RegExp; cut?: number; joint?: string }

// Royal Mail's pattern: area of one or two letters, district, then a digit and two letters.
const fullBritish = /^([A-Z]{1,2}\d[A-Z\d]?|GIR)(\d[ABD-HJLNP-UW-Z]{2})$/
const outwardOnly = /^[A-Z]{1,2}\d[A-Z\d]?$/
const anyCode = /^[A-Z\d]{2,10}$/

const digits = (count: number, cut?: number, joint?: string): Form => ({
  pattern: new RegExp(`^\\d{${count}}$`),
  cut,
  joint,
})

// The Universal Postal Union's addressing sheets, country by country.
const forms: Record<string, Form> = {
  US: { pattern: /^(\d{5})(?:\d{4})?$/, cut: 5, joint: '-' },
  CA: { pattern: /^[ABCEGHJ-NPRSTVXY]\d[A-Z]\d[A-Z]\d$/, cut: 3 },
  NL: { pattern: /^[1-9]\d{3}[A-Z]{2}$/, cut: 4 },
  IE: { pattern: /^[A-Z]\d[\dW][A-Z\d]{4}$/, cut: 3 },
  PT: { pattern: /^\d{4}(?:\d{3})?$/, cut: 4, joint: '-' },
  PL: digits(5, 2, '-'),
  BR: digits(8, 5, '-'),
  JP: digits(7, 3, '-'),
  SE: digits(5, 3),
  CZ: digits(5, 3),
  SK: digits(5, 3),
  GR: digits(5, 3),
  IL: { pattern: /^\d{5}(?:\d{2})?$/ },
  ...withDigits(4, [
    'AT',
    'AU',
    'BE',
    'BG',
    'CH',
    'CY',
    'DK',
    'HU',
    'LI',
    'LU',
    'LV',
    'NO',
    'NZ',
    'PH',
    'SI',
    'TN',
    'ZA',
  ]),
  ...withDigits(5, [
    'DE',
    'EE',
    'ES',
    'FI',
    'FR',
    'HR',
    'ID',
    'IT',
    'KR',
    'LT',
    'MA',
    'MC',
    'MX',
    'MY',
    'RS',
    'SA',
  ]),
  ...withDigits(5, ['TH', 'TR', 'UA']),
  ...withDigits(6, ['CN', 'IN', 'RO', 'RU', 'SG']),
}

function withDigits(count: number, countries: readonly string[]): Record<string, Form> {
  return Object.fromEntries(countries.map(country => [country, digits(count)]))
}

const oldPrefixes: Record<string, string> = {
  DE: 'D',
  AT: 'A',
  BE: 'B',
  LU: 'L',
  FR: 'F',
  IT: 'I',
  ES: 'E',
  SE: 'S',
  NO: 'N',
}
