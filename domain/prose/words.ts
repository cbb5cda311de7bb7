/** The small change of English: lists, numbers, lengths of time, and the names that a policy gives to things. */
import { isCountry } from '../policy/conditions.js'

/** What is said in capitals wherever it stands in a name: the trade's and the map's own abbreviations. */
const abbreviations: ReadonlySet<string> = new Set(
  'ae api apac b2b b2c bdr cee csm crm csv dach emea eu gp hr hvac latam nhs ooh sdr sla smb uk us usa vip'.split(
    ' ',
  ),
)

/** Codes of countries that are words as well, so that no-insurance is not about Norway. */
const words: ReadonlySet<string> = new Set(
  'ad al am as at be by co do in is it la ma me mo my no pa re sc so st to vi'.split(' '),
)

const smallNumbers = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten']

/** `a, b and c`. */
export function list(texts: readonly string[], last: 'and' | 'or' = 'and'): string {
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} ${last} ${texts.at(-1) ?? ''}`
}

/** `one lead`, `12 leads`. */
export function count(number: number, unit: string, units = `${unit}s`): string {
  return `${inWords(number)} ${number === 1 ? unit : units}`
}

export function inWords(number: number): string {
  return smallNumbers[number] ?? figure(number)
}

/** `12,000`. */
export function figure(number: number): string {
  const [whole = '', rest] = String(number).split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',')
  return rest === undefined ? grouped : `${grouped}.${rest}`
}

/** `once`, `twice`, `three times`. */
export function times(number: number): string {
  return ['never', 'once', 'twice'][number] ?? `${inWords(number)} times`
}

/** What a policy calls `uk-sdr` or `partnerTier`, as it reads in a sentence: `UK SDR`, `partner tier`. */
export function named(id: string): string {
  return id
    .replace(/^fields\./, '')
    .replace(/([a-z])([A-Z])/g, (_, end: string, start: string) => `${end} ${start.toLowerCase()}`)
    .split(/[-_ ]+/)
    .map(word => (isAbbreviation(word.toLowerCase()) ? word.toUpperCase() : word))
    .join(' ')
}

function isAbbreviation(word: string): boolean {
  return abbreviations.has(word) || (isCountry(word.toUpperCase()) && !words.has(word))
}

/** A territory, which is a name of a place as a rule: `North Shore`. */
export function placeName(id: string): string {
  return named(id).split(' ').map(capital).join(' ')
}

export function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

/** `an SDR`, `a manager`. */
export function one(noun: string): string {
  const spelt = /^[A-Z]{2}/.test(noun)
  return `${(spelt ? /^[AEFHILMNORSX]/ : /^[aeiouAEIOU]/).test(noun) ? 'an' : 'a'} ${noun}`
}

const units = [
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const

/** `1 hour 30 minutes`: exact, in hours at most, since a day of working time is not 24 hours. */
export function span(ms: number): string {
  let left = ms
  const parts = units.flatMap(([unit, unitMs]) => {
    const number = Math.floor(left / unitMs)
    left -= number * unitMs
    return number === 0 ? [] : [`${figure(number)} ${unit}${number === 1 ? '' : 's'}`]
  })
  return parts.join(' ') || 'no time'
}

/** Of real time: in days where it comes to whole ones. */
export function realSpan(ms: number): string {
  const days = ms / 86_400_000
  return Number.isInteger(days) && days > 0 ? `${figure(days)} day${days === 1 ? '' : 's'}` : span(ms)
}
