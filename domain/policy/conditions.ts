/** Makes a condition of its YAML form: a mapping of fields to tests, all of which must hold. */
import { iso31661, iso31662 } from 'iso-3166'
import { type Condition, computedFields, factFields } from '../condition.js'
import type { Path } from '../yaml.js'
import { isMapping, type Report } from './problems.js'

/** Where in the policy a condition stands. Each may ask for what was found out before it, and no more. */
export type Stage = keyof typeof readable

/** What a condition may refer to. */
export type Names = {
  sources: readonly string[]
  campaigns: readonly string[]
  segments: readonly string[]
  territories: readonly string[]
  lists: readonly string[]
  /** Extra fields that a source declares, without `fields.`. */
  declaredFields: readonly string[]
}

const readable = {
  score: [...factFields, 'company'],
  qualification: [...factFields, 'company', 'score'],
  segment: [...factFields, 'company', 'score', 'qualification'],
  territory: ['country', 'region', 'postcode', 'industry'],
  rule: [...factFields, 'company', ...computedFields],
} as const

const numeric = ['employees', 'score']
/** Text that may be anything, so that its beginning may be asked for. */
const free = ['industry', 'product', 'service', 'urgency', 'account', 'accountTier', 'region']
const countries: ReadonlySet<string> = new Set(
  iso31661.flatMap(entry => ('alpha2' in entry ? [entry.alpha2] : [])),
)
const regions: ReadonlySet<string> = new Set(iso31662.map(({ code }) => code))

export function isCountry(code: string): boolean {
  return countries.has(code)
}

type Setting = { stage: Stage; names: Names; report: Report }

/** Reports what is wrong; the condition is then only a stand-in, so that reading can go on. */
export function compileCondition(raw: unknown, path: Path, setting: Setting): Condition {
  if (!isMapping(raw)) return fault(setting, path, 'expected a mapping of fields to tests', raw)
  const entries = Object.entries(raw)
  if (entries.length === 0)
    return fault(setting, path, 'an empty condition; name at least one field', undefined)
  const parts = entries.map(([key, test]) => compileEntry(key, test, [...path, key], setting))
  const [only] = parts
  return only !== undefined && parts.length === 1 ? only : { kind: 'all', of: parts }
}

function compileEntry(key: string, test: unknown, path: Path, setting: Setting): Condition {
  if (key === 'all' || key === 'any') {
    if (!Array.isArray(test) || test.length === 0) {
      return fault(setting, path, 'expected a list of conditions', test)
    }
    return { kind: key, of: test.map((part, index) => compileCondition(part, [...path, index], setting)) }
  }
  if (key === 'not') return { kind: 'not', of: compileCondition(test, path, setting) }
  if (!isReadable(key, path, setting)) return always
  return compileTest(key, test, path, setting)
}

function isReadable(key: string, path: Path, { stage, names, report }: Setting): boolean {
  const here: readonly string[] = readable[stage]
  const declared = stage === 'territory' ? [] : names.declaredFields.map(field => `fields.${field}`)
  const allowed = [...here, ...declared]
  if (allowed.includes(key)) return true
  const everywhere: readonly string[] = [
    ...readable.rule,
    ...names.declaredFields.map(field => `fields.${field}`),
  ]
  const message = !everywhere.includes(key)
    ? key.startsWith('fields.')
      ? 'no source declares this field'
      : 'unknown field'
    : stage === 'territory'
      ? 'a territory is a place or an industry: it cannot ask for this'
      : `a ${stage} cannot ask for this: it is found out later`
  report({ path, at: 'key', message, value: key, allowed: [...allowed, 'all', 'any', 'not'] })
  return false
}

function compileTest(field: string, test: unknown, path: Path, setting: Setting): Condition {
  if (isMapping(test)) return compileNamedTest(field, test, path, setting)
  if (field === 'company') {
    return fault(setting, path, 'a company can only be looked up: { in: list NAME }', test)
  }
  if (test === 'exists') return { kind: 'exists', field }
  if (test === 'missing') return { kind: 'not', of: { kind: 'exists', field } }
  if (Array.isArray(test)) {
    if (test.length === 0) return fault(setting, path, 'an empty list holds for no lead', undefined)
    if (field === 'postcode') return postcodes(test, path, setting)
    const values = test.map((value, index) => plainValue(field, value, [...path, index], setting))
    return { kind: 'oneOf', field, values }
  }
  if (field === 'postcode') return postcodes([test], path, setting)
  if (typeof test === 'string') {
    const range = rangeOf(field, test)
    if (range !== null)
      return isNumeric(field) ? checkedRange(range, test, path, setting) : noRange(test, path, setting)
  }
  return { kind: 'oneOf', field, values: [plainValue(field, test, path, setting)] }
}

/** `{ not: TEST }`, `{ startsWith: [..] }`, `{ in: list NAME }`. */
function compileNamedTest(
  field: string,
  test: Record<string, unknown>,
  path: Path,
  setting: Setting,
): Condition {
  const [entry, more] = Object.entries(test)
  if (entry === undefined || more !== undefined) {
    return fault(
      setting,
      path,
      'expected one of { not: .. }, { startsWith: [..] }, { in: list NAME }',
      undefined,
    )
  }
  const [word, what] = entry
  const inside = [...path, word]
  if (word === 'not') return { kind: 'not', of: compileTest(field, what, inside, setting) }
  if (word === 'startsWith') return startsWith(field, what, inside, setting)
  if (word === 'in') return onList(field, what, inside, setting)
  setting.report({
    path: inside,
    at: 'key',
    message: 'unknown test',
    value: word,
    allowed: ['not', 'startsWith', 'in'],
  })
  return always
}

function startsWith(field: string, what: unknown, path: Path, setting: Setting): Condition {
  if (field === 'postcode') return postcodes(Array.isArray(what) ? what : [what], path, setting)
  if (!free.includes(field) && !field.startsWith('fields.')) {
    return fault(setting, path, `${field} has no beginning to ask for; list its values instead`, undefined)
  }
  const prefixes = (Array.isArray(what) ? what : [what]).map((prefix, index) => {
    const here = Array.isArray(what) ? [...path, index] : path
    if ((typeof prefix === 'string' && prefix.trim() !== '') || typeof prefix === 'number')
      return String(prefix)
    fault(setting, here, 'expected text', prefix)
    return ''
  })
  if (prefixes.length === 0) return fault(setting, path, 'an empty list holds for no lead', undefined)
  return { kind: 'prefix', field, prefixes }
}

function onList(field: string, what: unknown, path: Path, setting: Setting): Condition {
  if (field !== 'company') return fault(setting, path, 'only a company can be on a list', undefined)
  const list = typeof what === 'string' ? /^list (\S+)$/.exec(what)?.[1] : undefined
  if (list === undefined) return fault(setting, path, 'expected list NAME', what)
  if (!setting.names.lists.includes(list)) {
    setting.report({ path, message: 'unknown list', value: list, allowed: setting.names.lists })
  }
  return { kind: 'onList', list }
}

/** Areas and ranges may stand in one list; a lead in one of them is enough. */
function postcodes(tests: readonly unknown[], path: Path, setting: Setting): Condition {
  const prefixes: string[] = []
  const ranges: Condition[] = []
  for (const [index, test] of tests.entries()) {
    const here = tests.length > 1 ? [...path, index] : path
    const text = typeof test === 'string' || typeof test === 'number' ? String(test) : ''
    const range = /^([A-Z0-9]{1,10})\.\.([A-Z0-9]{1,10})$/i.exec(text)
    if (range !== null) ranges.push(postcodeRange(range[1] ?? '', range[2] ?? '', here, setting))
    else if (/^[A-Z0-9][A-Z0-9 -]{0,9}$/i.test(text)) prefixes.push(text.toUpperCase())
    else
      fault(
        setting,
        here,
        'expected how a postcode begins, such as BN or SW1, or a range such as 10000..19999',
        test,
      )
  }
  const parts: Condition[] =
    prefixes.length > 0 ? [{ kind: 'prefix', field: 'postcode', prefixes }, ...ranges] : ranges
  const [only] = parts
  return only !== undefined && parts.length === 1 ? only : { kind: 'any', of: parts }
}

function postcodeRange(from: string, to: string, path: Path, setting: Setting): Condition {
  const [first, last] = [from.toUpperCase(), to.toUpperCase()]
  if (first.length !== last.length) {
    return fault(setting, path, 'the ends of a range of postcodes must be equally long', `${from}..${to}`)
  }
  if (first > last) return fault(setting, path, 'a range must begin with its lower end', `${from}..${to}`)
  return { kind: 'textRange', field: 'postcode', from: first, to: last }
}

type Range = Extract<Condition, { kind: 'range' }>

function rangeOf(field: string, test: string): Range | null {
  const between = /^(-?\d+(?:\.\d+)?)\.\.(-?\d+(?:\.\d+)?)$/.exec(test)
  if (between !== null) {
    const [, min, max] = between
    return { kind: 'range', field, min: Number(min), minIncluded: true, max: Number(max), maxIncluded: true }
  }
  const compared = /^(>=|>|<=|<)\s*(-?\d+(?:\.\d+)?)$/.exec(test)
  if (compared === null) return null
  const [, sign = '', text] = compared
  const limit = Number(text)
  const included = sign.endsWith('=')
  return sign.startsWith('>')
    ? { kind: 'range', field, min: limit, minIncluded: included, max: null, maxIncluded: false }
    : { kind: 'range', field, min: null, minIncluded: false, max: limit, maxIncluded: included }
}

function isNumeric(field: string): boolean {
  return numeric.includes(field) || field.startsWith('fields.')
}

function checkedRange(range: Range, test: string, path: Path, setting: Setting): Condition {
  if (range.min !== null && range.max !== null && range.min > range.max) {
    return fault(setting, path, 'a range must begin with its lower end', test)
  }
  return range
}

function noRange(test: string, path: Path, setting: Setting): Condition {
  return fault(setting, path, 'only employees, score and extra fields are numbers that can be compared', test)
}

/** One value that the field may have, checked against what it can be at all. */
function plainValue(field: string, value: unknown, path: Path, setting: Setting): string | number | boolean {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    fault(setting, path, 'expected one value: text, a number, true or false', value)
    return ''
  }
  if (typeof value === 'string' && /^[<>]/.test(value)) {
    fault(
      setting,
      path,
      'expected a comparison such as ">= 1000", "> 5" or "< 3", alone and not in a list',
      value,
    )
    return value
  }
  const wrong = refusalOf(field, value, setting.names)
  if (wrong !== null) setting.report({ path, value, ...wrong })
  return typeof value === 'string' && (field === 'country' || field === 'region')
    ? value.toUpperCase()
    : value
}

function refusalOf(
  field: string,
  value: string | number | boolean,
  names: Names,
): { message: string; allowed?: readonly string[] } | null {
  const text = String(value)
  if (numeric.includes(field)) {
    const forms = 'a number, a comparison such as ">= 1000" or a range such as 100..999'
    return typeof value === 'number' ? null : { message: `expected ${forms}` }
  }
  if (field === 'consent') return typeof value === 'boolean' ? null : { message: 'expected true or false' }
  if (text.trim() === '') return { message: 'expected a value; a field that is not there is `missing`' }
  if (field === 'country' && !isCountry(text.toUpperCase())) {
    return { message: 'not a country code of ISO 3166-1, such as GB (not UK), DE or US' }
  }
  if (field === 'region' && !regions.has(text.toUpperCase())) {
    return { message: 'not a region code of ISO 3166-2, such as US-CA' }
  }
  if (field === 'language' && !/^[a-z]{2,3}$/i.test(text))
    return { message: 'not a language code, such as en or de' }
  const allowed = choicesOf(field, names)
  return allowed === null || allowed.includes(text) ? null : { message: `unknown ${field}`, allowed }
}

function choicesOf(field: string, names: Names): readonly string[] | null {
  const choices: Record<string, readonly string[] | undefined> = {
    source: names.sources,
    campaign: names.campaigns,
    segment: names.segments,
    territory: names.territories,
    qualification: ['disqualified', 'raw', 'qualified'],
    emailDomain: ['business', 'free', 'disposable'],
  }
  return choices[field] ?? null
}

const always: Condition = { kind: 'always' }

function fault({ report }: Setting, path: Path, message: string, value: unknown): Condition {
  report({ path, message, value })
  return always
}
