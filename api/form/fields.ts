/** What the contact form asks, and what a posted form says. */
import type { Policy } from '../../domain/policy.js'
import { type LeadBody, leadBody } from '../../domain/lead.js'
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

export type Ask = {
  name: string
  label: string
  type: 'text' | 'email' | 'tel' | 'url' | 'number'
  fill?: string
}

const asks: readonly Ask[] = [
  { name: 'firstName', label: 'First name', type: 'text', fill: 'given-name' },
  { name: 'lastName', label: 'Last name', type: 'text', fill: 'family-name' },
  { name: 'email', label: 'Email', type: 'email', fill: 'email' },
  { name: 'phone', label: 'Phone', type: 'tel', fill: 'tel' },
  { name: 'company', label: 'Company', type: 'text', fill: 'organization' },
  { name: 'website', label: 'Website', type: 'text', fill: 'url' },
  { name: 'employees', label: 'Number of employees', type: 'number' },
  { name: 'industry', label: 'Industry', type: 'text' },
  { name: 'street', label: 'Street', type: 'text', fill: 'street-address' },
  { name: 'city', label: 'City', type: 'text', fill: 'address-level2' },
  { name: 'region', label: 'State or region', type: 'text', fill: 'address-level1' },
  { name: 'postcode', label: 'Postcode', type: 'text', fill: 'postal-code' },
  { name: 'country', label: 'Country', type: 'text', fill: 'country-name' },
  { name: 'product', label: 'What are you interested in?', type: 'text' },
  { name: 'service', label: 'Service', type: 'text' },
  { name: 'language', label: 'Language', type: 'text' },
  { name: 'urgency', label: 'How urgent is it?', type: 'text' },
]

/** Asked whatever the source says. */
const always = ['firstName', 'lastName', 'email', 'phone', 'company', 'country']

export type FormSource = { id: string; asks: readonly (Ask & { needed: boolean })[] }

/** What the form of this source asks; null for a source that the policy does not declare. */
export function formSourceOf(policy: Policy, id: string): FormSource | null {
  const source = Object.entries(policy.sources).find(([known]) => known === id)?.[1]
  if (source === undefined) return null
  const needed = [...source.required, ...source.critical]
  return {
    id,
    asks: asks
      .filter(({ name }) => always.includes(name) || needed.includes(name))
      .map(ask => ({ ...ask, needed: needed.includes(ask.name) })),
  }
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
  const said = Object.entries(typed).filter(
    ([name]) => !notAsked.includes(name) && !ownNames.includes(name) && !/^utm_/i.test(name),
  )
  const raw = withoutBlanks({
    ...Object.fromEntries(said),
    source: source.id,
    ...consentOf(typed),
    ...(Object.keys(utm).length > 0 && { utm }),
  })
  const parsed = leadBody.safeParse(raw)
  const errors = { ...(parsed.success ? {} : badFieldsOf(parsed.error.issues)), ...missingOf(source, raw) }
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

function missingOf(source: FormSource, raw: Record<string, unknown>): FieldErrors {
  const missing = source.asks.filter(({ name, needed }) => needed && raw[name] === undefined)
  const errors = Object.fromEntries(missing.map(({ name }) => [name, 'Please fill this in.'] as const))
  const { email, phone } = raw
  if (email === undefined && phone === undefined) {
    return { ...errors, email: 'Please give an email address or a phone number.' }
  }
  const isAddress = typeof email !== 'string' || /^\s*[^\s@]+@[^\s@]+\s*$/u.test(email)
  return isAddress ? errors : { ...errors, email: 'This does not look like an email address.' }
}

type Issue = { code?: string; path: readonly PropertyKey[]; maximum?: unknown }

function badFieldsOf(issues: readonly Issue[]): FieldErrors {
  return Object.fromEntries(
    issues.map(issue => {
      const name = String(issue.path[0] ?? '')
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
