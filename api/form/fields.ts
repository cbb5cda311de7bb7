/** What the contact form asks, and what a posted form says. */
import { type LeadBody, leadBody } from '../../domain/lead.js'
import type { FormField, FormFieldType, formFields, Policy } from '../../domain/policy.js'
import { withoutBlanks } from '../intake.js'

/** What was typed, by the name of its input, as it was typed. */
export type Typed = Record<string, string>
/** A sentence per input that is not right. */
export type FieldErrors = Record<string, string>

/** Names that are not a visitor's to say, or that are no text. */
const notAsked = ['source', 'campaign', 'externalId', 'receivedAt', 'utm', 'fields']

/** Who fills it in is no person: people do not see it. Named so that programs want to fill it in. */
export const trapName = 'homepage_url'
/** One per page shown: a second click with the same content is the same lead. */
export const tokenName = 'submission_token'
const ownNames = [trapName, tokenName, 'consent']

/** More are a program's, not a campaign's. */
const mostUtm = 20
const mostUtmName = 63
const mostUtmValue = 300

type Ask = {
  /** Of its input: a field of a lead, or `fields.NAME` as in the policy. */
  name: string
  label: string
  type: FormFieldType
  fill?: string
  /** A number that need not be whole. */
  step?: 'any'
  needed: boolean
}

type Asked = Omit<Ask, 'needed'>

const standardFields: Record<(typeof formFields)[number], Omit<Asked, 'name'>> = {
  firstName: { label: 'First name', type: 'text', fill: 'given-name' },
  lastName: { label: 'Last name', type: 'text', fill: 'family-name' },
  email: { label: 'Email', type: 'email', fill: 'email' },
  phone: { label: 'Phone', type: 'tel', fill: 'tel' },
  company: { label: 'Company', type: 'text', fill: 'organization' },
  website: { label: 'Website', type: 'text', fill: 'url' },
  employees: { label: 'Number of employees', type: 'number' },
  industry: { label: 'Industry', type: 'text' },
  street: { label: 'Street', type: 'text', fill: 'street-address' },
  city: { label: 'City', type: 'text', fill: 'address-level2' },
  region: { label: 'State or region', type: 'text', fill: 'address-level1' },
  postcode: { label: 'Postcode', type: 'text', fill: 'postal-code' },
  country: { label: 'Country', type: 'text', fill: 'country-name' },
  product: { label: 'What are you interested in?', type: 'text' },
  service: { label: 'Service', type: 'text' },
  language: { label: 'Language', type: 'text' },
  urgency: { label: 'How urgent is it?', type: 'text' },
}
/** In the order of the page, unless the policy gives another. */
const standard: readonly Asked[] = Object.entries(standardFields).map(([name, ask]) => ({ name, ...ask }))

/** Asked whatever the source says. */
const always = ['firstName', 'lastName', 'email', 'phone', 'company', 'country']

export type FormSource = {
  id: string
  title: string
  asks: readonly Ask[]
  /** Inputs of a form on somebody's own page may name these too, as `fields.NAME`. */
  declared: readonly string[]
}

/** What the form of this source asks; null for a source that has none, or that the policy does not declare. */
export function formSourceOf(policy: Policy, id: string): FormSource | null {
  const source = Object.entries(policy.sources).find(([known]) => known === id)?.[1]
  if (source === undefined || source.form === null) return null
  const { title, fields } = source.form
  const needed = [...source.required, ...source.critical]
  const listed = fields.map(({ name }) => name)
  const first = standard.filter(({ name }) => always.includes(name) || needed.includes(name))
  const last = needed.filter(name => name.startsWith(extra) && !listed.includes(name))
  const asks = [
    ...first.filter(({ name }) => !listed.includes(name)),
    ...fields.map(askOf),
    ...[...new Set(last)].map(name => askOf({ name, label: null, type: 'text' })),
  ]
  return {
    id,
    title: title ?? 'Contact us',
    asks: asks.map(ask => ({ ...ask, needed: needed.includes(ask.name) })),
    declared: source.fields,
  }
}

/** Before the name of what a source declares, as the policy and the columns of an import have it. */
const extra = 'fields.'

function askOf({ name, label, type }: FormField): Asked {
  const known = standard.find(ask => ask.name === name)
  return known === undefined
    ? { name, label: label ?? spokenName(name), type, ...(type === 'number' && { step: 'any' as const }) }
    : { ...known, label: label ?? known.label }
}

/** `fields.startBy` is asked as `Start by`. */
function spokenName(name: string): string {
  const words = name
    .slice(extra.length)
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/[_-]+/g, ' ')
    .toLowerCase()
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** The utm values of an address or of the form's hidden inputs: `utm_source` is `source`. Too much is cut, not refused. */
export function utmOf(given: Typed): Record<string, string> {
  const found = Object.entries(given).flatMap(([name, value]) => {
    const key = /^utm_(.+)$/i.exec(name)?.[1]?.trim().toLowerCase() ?? ''
    return key === '' || key.length > mostUtmName || value.trim() === '' ? [] : [[key, cut(value)] as const]
  })
  return Object.fromEntries(found.slice(0, mostUtm))
}

export type ReadForm =
  | { ok: true; body: LeadBody; raw: Record<string, unknown> }
  | { ok: false; errors: FieldErrors }

/** What was typed as a lead. What no field is called is kept in `raw` under its own name. */
export function readForm(source: FormSource, typed: Typed): ReadForm {
  const utm = utmOf(typed)
  const fields = extrasOf(source, typed)
  const said = Object.entries(typed).filter(
    ([name]) =>
      !notAsked.includes(name) &&
      !ownNames.includes(name) &&
      !/^utm_/i.test(name) &&
      !isDeclared(source, name),
  )
  const raw = withoutBlanks({
    ...Object.fromEntries(said),
    source: source.id,
    ...consentOf(typed),
    ...(Object.keys(utm).length > 0 && { utm }),
    ...(Object.keys(fields).length > 0 && { fields }),
  })
  const parsed = leadBody.safeParse(raw)
  const errors = {
    ...(parsed.success ? {} : badFieldsOf(parsed.error.issues)),
    ...notNumbers(source, typed),
    ...missingOf(source, typed),
  }
  if (!parsed.success || Object.keys(errors).length > 0) return { ok: false, errors }
  return { ok: true, body: parsed.data, raw }
}

/**
 * Our own page shows the box, so one that is not ticked is a no. A form on somebody's own site may not show it: then
 * nothing was said.
 */
function consentOf(typed: Typed): { consent?: boolean } {
  if (typed.consent !== undefined) return { consent: true }
  return typed[tokenName] === undefined ? {} : { consent: false }
}

function isDeclared({ declared }: FormSource, name: string): boolean {
  return name.startsWith(extra) && declared.includes(name.slice(extra.length))
}

function extrasOf(source: FormSource, typed: Typed): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(withoutBlankText(typed))
      .filter(([name]) => isDeclared(source, name))
      .map(([name, value]) => [name.slice(extra.length), isNumber(source, name) ? Number(value) : value]),
  )
}

function isNumber({ asks }: FormSource, name: string): boolean {
  return name.startsWith(extra) && asks.some(ask => ask.name === name && ask.type === 'number')
}

function notNumbers(source: FormSource, typed: Typed): FieldErrors {
  const wrong = Object.entries(typed).filter(
    ([name, value]) => isNumber(source, name) && !Number.isFinite(Number(value)),
  )
  return Object.fromEntries(wrong.map(([name]) => [name, 'Please give a number.'] as const))
}

function withoutBlankText(typed: Typed): Typed {
  return Object.fromEntries(Object.entries(typed).filter(([, value]) => value.trim() !== ''))
}

function missingOf(source: FormSource, typed: Typed): FieldErrors {
  const given = withoutBlankText(typed)
  const missing = source.asks.filter(({ name, needed }) => needed && given[name] === undefined)
  const errors = Object.fromEntries(missing.map(({ name }) => [name, 'Please fill this in.'] as const))
  const { email, phone } = given
  if (email === undefined && phone === undefined) {
    return { ...errors, email: 'Please give an email address or a phone number.' }
  }
  const isAddress = email === undefined || /^\s*[^\s@]+@[^\s@]+\s*$/u.test(email)
  return isAddress ? errors : { ...errors, email: 'This does not look like an email address.' }
}

type Issue = { code?: string; path: readonly PropertyKey[]; maximum?: unknown }

function badFieldsOf(issues: readonly Issue[]): FieldErrors {
  return Object.fromEntries(
    issues.map(issue => {
      // What a source declares is one level below: `fields.startBy`, as its input is called.
      const name = issue.path.slice(0, issue.path[0] === 'fields' ? 2 : 1).join('.')
      if (name === 'employees') return [name, 'Please give a whole number.'] as const
      const most = issue.code === 'too_big' ? `: at most ${String(issue.maximum)} characters` : ''
      return [name, most === '' ? 'Please check this.' : `This is too long${most}.`] as const
    }),
  )
}

function cut(value: string): string {
  // The half of a pair that a cut may leave is replaced when it is stored.
  return value.trim().slice(0, mostUtmValue)
}

/** For the error list: an input that our own page does not show, yet was posted wrongly. */
export function isShown(source: FormSource, name: string): boolean {
  return name === 'message' || source.asks.some(ask => ask.name === name)
}
