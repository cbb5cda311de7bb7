/** Which leads a condition means, as a phrase that follows the word: leads `from the contact form in the United Kingdom`. */
import { type Condition, fieldsOf } from '../condition.js'
import { countryName } from '../identity/country.js'
import { languageName } from '../identity/language.js'
import { regionName } from '../identity/region.js'
import { assertNever } from '../ids.js'
import { figure, list, named, placeName } from './words.js'

type OneOf = Extract<Condition, { kind: 'oneOf' }>
type Range = Extract<Condition, { kind: 'range' }>
type Value = OneOf['values'][number]

const placeFields: readonly string[] = ['territory', 'country', 'region', 'postcode']

/** `leads of the campaign events`, or `all leads`. */
export function leadsOf(condition: Condition): string {
  const phrase = phraseOf(condition)
  return phrase === '' ? 'all leads' : `leads ${phrase}`
}

/** Empty for what is true of every lead. */
export function phraseOf(condition: Condition): string {
  switch (condition.kind) {
    case 'always':
      return ''
    case 'all':
      return together(condition.of)
    case 'any':
      return either(condition.of)
    case 'not':
      return without(condition.of)
    case 'oneOf':
      return ofValues(condition)
    case 'range':
      return ofRange(condition)
    case 'prefix':
      return condition.field === 'postcode'
        ? inPostcodes([condition])
        : `whose ${named(condition.field)} begins with ${list(condition.prefixes.map(quoted), 'or')}`
    case 'textRange':
      return condition.field === 'postcode'
        ? inPostcodes([condition])
        : `whose ${named(condition.field)} is from ${condition.from} to ${condition.to}`
    case 'exists':
      return condition.field === 'account' ? 'of a known account' : `whose ${named(condition.field)} is known`
    case 'onList':
      return `of companies on the list “${named(condition.list)}”`
    default:
      return assertNever(condition)
  }
}

/** The parts that say where a lead is from, and the others, in their order. */
export function splitByPlace(condition: Condition): { places: Condition[]; others: Condition[] } {
  const parts: readonly Condition[] = condition.kind === 'all' ? condition.of : [condition]
  return { places: parts.filter(isPlace), others: parts.filter(part => !isPlace(part)) }
}

function isPlace(condition: Condition): boolean {
  const fields = fieldsOf(condition)
  return fields.length > 0 && fields.every(field => placeFields.includes(field))
}

/** What is left out comes last, so that it is left out of the whole. */
function together(parts: readonly Condition[]): string {
  const isLeftOut = (part: Condition) => part.kind === 'not' && part.of.kind !== 'exists'
  const ordered = [...parts.filter(part => !isLeftOut(part)), ...parts.filter(isLeftOut)]
  return ordered
    .map(phraseOf)
    .filter(phrase => phrase !== '')
    .reduce((text, phrase) => {
      if (text === '') return phrase
      return `${text}${/ (or|and) /.test(text) || /^other than/.test(phrase) ? ', ' : ' '}${phrase}`
    }, '')
}

function either(parts: readonly Condition[]): string {
  const postcodes = parts.flatMap(part =>
    (part.kind === 'prefix' || part.kind === 'textRange') && part.field === 'postcode' ? [part] : [],
  )
  if (parts.length > 0 && postcodes.length === parts.length) return inPostcodes(postcodes)
  if (parts.length === 0) return 'of no kind at all'
  const phrases = parts.map(phraseOf)
  if (phrases.includes('')) return ''
  return phrases.length === 1 ? phrases.join('') : `either ${list(phrases, 'or')}`
}

function without(condition: Condition): string {
  if (condition.kind === 'not') return phraseOf(condition.of)
  if (condition.kind === 'exists') {
    return condition.field === 'account'
      ? 'of no known account'
      : `whose ${named(condition.field)} is not known`
  }
  const phrase = phraseOf(condition)
  if (phrase === '') return 'of no kind at all'
  return /^in /.test(phrase) && isPlace(condition) ? `not ${phrase}` : `other than those ${phrase}`
}

function inPostcodes(parts: readonly Extract<Condition, { kind: 'prefix' | 'textRange' }>[]): string {
  const areas = parts.flatMap(part => (part.kind === 'prefix' ? part.prefixes : []))
  const ranges = parts.flatMap(part => (part.kind === 'textRange' ? [`${part.from} to ${part.to}`] : []))
  return list(
    [
      ...(areas.length === 0 ? [] : [`in postcode area${areas.length === 1 ? '' : 's'} ${list(areas)}`]),
      ...(ranges.length === 0 ? [] : [`in postcodes ${list(ranges)}`]),
    ],
    'or',
  )
}

function ofValues({ field, values }: OneOf): string {
  const texts = values.map(String)
  const choice = list(texts.map(named), 'or')
  const many = texts.length > 1
  switch (field) {
    case 'source':
      return `from ${list(
        texts.map(text => `the ${named(text)}`),
        'or',
      )}`
    case 'campaign':
    case 'account':
    case 'urgency':
      return `of the ${field}${many && field !== 'urgency' ? 's' : ''} ${choice}`
    case 'country':
      return `in ${list(texts.map(countryName), 'or')}`
    case 'region':
      return `in ${list(texts.map(regionName), 'or')}`
    case 'territory':
      return `in the ${many ? 'territories' : 'territory'} ${list(texts.map(placeName), 'or')}`
    case 'segment':
      return `in the segment${many ? 's' : ''} ${choice}`
    case 'industry':
      return `in the ${many ? 'industries' : 'industry'} ${choice}`
    case 'product':
    case 'service':
      return `asking for the ${field}${many ? 's' : ''} ${choice}`
    case 'language':
      return `whose language is ${list(texts.map(languageName), 'or')}`
    case 'accountTier':
      return `of accounts of the tier${many ? 's' : ''} ${choice}`
    case 'employees':
      return `of companies with ${list(values.map(amount), 'or')} employees`
    case 'score':
      return `with a score of ${list(values.map(amount), 'or')}`
    case 'emailDomain':
      return `with ${list(
        texts.map(kind => addresses[kind] ?? kind),
        'or',
      )} email address`
    case 'consent':
      return list(
        texts.map(text =>
          text === 'true' ? 'who agreed to be contacted' : 'who did not want to be contacted',
        ),
        'or',
      )
    case 'qualification':
      return `that are ${list(
        texts.map(text => (text === 'raw' ? 'neither qualified nor disqualified' : text)),
        'or',
      )}`
    default:
      return `whose ${named(field)} is ${list(values.map(answer), 'or')}`
  }
}

const addresses: Record<string, string> = {
  business: 'a company',
  free: 'a private',
  disposable: 'a throw-away',
}

function ofRange(range: Range): string {
  const limits = limitsOf(range)
  if (range.field === 'employees') return `of companies with ${limits} employees`
  if (range.field === 'score') return `with a score of ${limits}`
  return `whose ${named(range.field)} is ${limits}`
}

function limitsOf({ min, minIncluded, max, maxIncluded }: Range): string {
  if (min !== null && max !== null && minIncluded && maxIncluded) return `${figure(min)} to ${figure(max)}`
  const least = min === null ? [] : [`${minIncluded ? 'at least' : 'more than'} ${figure(min)}`]
  const most = max === null ? [] : [`${maxIncluded ? 'at most' : 'less than'} ${figure(max)}`]
  return list([...least, ...most]) || 'any number of'
}

function amount(value: Value): string {
  return typeof value === 'number' ? figure(value) : value.toString()
}

function answer(value: Value): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return typeof value === 'number' ? String(value) : quoted(value)
}

function quoted(text: string): string {
  return `“${text}”`
}
