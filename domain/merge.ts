import { z } from 'zod'
import type { EnrichableField } from './enrich.js'
import { readEmail } from './identity/email.js'
import { fold } from './identity/fold.js'
import { conflictsWithCountry, domainFields } from './identity/normalise.js'
import { type DataNote, type NormalisedLead, normalisedLead } from './lead.js'

const choice = z.enum(['keepExisting', 'takeNewest', 'takeMostComplete'])
const choiceOrUnion = z.enum([...choice.options, 'union'])

/**
 * Which value survives a merge, per field (R09). Values that belong together (the parts of a name, of an address, a
 * number and its extension) go together under one rule. A value that could be understood beats one that could not,
 * whatever the rule, and a missing value never wins. `union` keeps both; a key that both have takes the newest value.
 */
export const mergeRules = z.object({
  campaign: choice.default('keepExisting'),
  person: choice.default('takeMostComplete'),
  email: choice.default('keepExisting'),
  phone: choice.default('keepExisting'),
  company: choice.default('keepExisting'),
  website: choice.default('keepExisting'),
  employees: choice.default('takeNewest'),
  industry: choice.default('keepExisting'),
  place: choice.default('takeMostComplete'),
  product: choice.default('takeNewest'),
  service: choice.default('takeNewest'),
  language: choice.default('takeNewest'),
  urgency: choice.default('takeNewest'),
  message: choiceOrUnion.default('union'),
  utm: choiceOrUnion.default('keepExisting'),
  fields: choiceOrUnion.default('union'),
})
export type MergeRules = z.infer<typeof mergeRules>
export const defaultMergeRules: MergeRules = mergeRules.parse({})

type Side = 'existing' | 'incoming'
export type Field = keyof NormalisedLead

/** One field that a merge wrote, for taking it back (domain/unmerge.ts). Holds personal data: Postgres only. */
export type FieldChange = { field: Field; before: NormalisedLead[Field]; after: NormalisedLead[Field] }

export type MergeResult = {
  lead: NormalisedLead
  /** Where each surviving value came from; an empty field has no entry. */
  provenance: Partial<Record<Field, Side | 'both'>>
  /** What the existing lead had before, field by field. */
  changes: FieldChange[]
  /** Every value that did not survive; of a map by key, for example `utm.medium`. */
  lost: { field: string; side: Side; value: string | number | boolean }[]
  /** What is still only filled by enrichment: the `enriched` of the next merge. */
  enriched: EnrichableField[]
}

/**
 * Puts a submission into a lead that it duplicates. The lead keeps its own source; consent is always the newest, so
 * that a withdrawal counts.
 *
 * @param enriched fields of the existing lead that enrichment filled; they yield to what a person gives
 */
export function mergeLead(
  existing: NormalisedLead,
  incoming: NormalisedLead,
  rules: MergeRules = defaultMergeRules,
  enriched: readonly EnrichableField[] = [],
): MergeResult {
  const given = withoutEnriched(existing, new Set(enriched))
  const survivors = mergeGiven(given, incoming, rules)
  const merged = { ...survivors, ...enrichedAgain(survivors, existing, new Set(enriched)) }
  const reading = merged.email === null ? null : readEmail(merged.email)
  const placed = { ...merged, ...domainFields(reading?.kind === 'ok' ? reading.host : null, merged.website) }
  const lead = { ...placed, notes: notesOf(placed, existing, incoming) }
  return {
    lead,
    provenance: provenanceOf(lead, existing, incoming),
    changes: fieldNames
      .filter(field => !isSame(lead[field], existing[field]))
      .map(field => ({ field, before: existing[field], after: lead[field] })),
    lost: [...lostOf(lead, existing, 'existing'), ...lostOf(lead, incoming, 'incoming')],
    enriched: enriched.filter(field => survivors[field] === null && lead[field] !== null),
  }
}

type Choice = z.infer<typeof choice>
type Enriched = ReadonlySet<EnrichableField>

function mergeGiven(e: NormalisedLead, i: NormalisedLead, rules: MergeRules): NormalisedLead {
  const single = (rule: Choice, field: Field) => choose(e, i, rule, [field], field)
  const email = choose(e, i, rules.email, ['email'], 'emailKey')
  const phone = choose(e, i, rules.phone, ['phone', 'phoneExtension'], 'phoneE164')
  const company = single(rules.company, 'company')
  return {
    source: e.source,
    externalId: e.externalId ?? (e.source === i.source ? i.externalId : null),
    campaign: single(rules.campaign, 'campaign').campaign,
    ...personOf(e, i, rules.person),
    email: email.email,
    emailKey: email.emailKey,
    domain: email.domain,
    domainKind: email.domainKind,
    phone: phone.phone,
    phoneE164: phone.phoneE164,
    phoneExtension: phone.phoneExtension,
    company: company.company,
    companyKey: company.companyKey,
    website: single(rules.website, 'website').website,
    employees: single(rules.employees, 'employees').employees,
    industry: single(rules.industry, 'industry').industry,
    ...placeOf(e, i, rules.place),
    product: single(rules.product, 'product').product,
    service: single(rules.service, 'service').service,
    language: single(rules.language, 'language').language,
    urgency: single(rules.urgency, 'urgency').urgency,
    message: messageOf(e, i, rules.message),
    consent: i.consent ?? e.consent,
    utm: rules.utm === 'union' ? { ...e.utm, ...i.utm } : single(rules.utm, 'utm').utm,
    fields: rules.fields === 'union' ? { ...e.fields, ...i.fields } : single(rules.fields, 'fields').fields,
    notes: e.notes,
  }
}

/** Of a name, and of an address: what survives together. */
export const personFields = ['firstName', 'lastName', 'name'] as const
export const addressFields = ['street', 'city', 'region', 'postcode', 'postcodeArea', 'country'] as const

function personOf(e: NormalisedLead, i: NormalisedLead, rule: Choice) {
  const winner = choose(e, i, rule, personFields, 'name')
  const gaps = fillerOf(winner, winner === e ? i : e, personFields)
  return {
    firstName: winner.firstName ?? gaps.firstName,
    lastName: winner.lastName ?? gaps.lastName,
    name: winner.name ?? gaps.name,
  }
}

function placeOf(e: NormalisedLead, i: NormalisedLead, rule: Choice) {
  const winner = choose(e, i, rule, addressFields, 'country')
  const gaps = fillerOf(winner, winner === e ? i : e, addressFields)
  return {
    street: winner.street ?? gaps.street,
    city: winner.city ?? gaps.city,
    region: winner.region ?? gaps.region,
    postcode: winner.postcode ?? gaps.postcode,
    postcodeArea: winner.postcodeArea ?? gaps.postcodeArea,
    country: winner.country ?? gaps.country,
  }
}

/** The other side fills the gaps of a group unless it contradicts: Berlin's postcode never goes beside London. */
function fillerOf(winner: NormalisedLead, other: NormalisedLead, fields: readonly Field[]): NormalisedLead {
  const contradicts = fields.some(
    field => winner[field] !== null && other[field] !== null && !isAlike(winner[field], other[field]),
  )
  return contradicts ? winner : other
}

function choose(
  e: NormalisedLead,
  i: NormalisedLead,
  rule: Choice | 'union',
  fields: readonly Field[],
  understood: Field,
): NormalisedLead {
  if (filled(e, fields) === 0) return filled(i, fields) === 0 ? e : i
  if (filled(i, fields) === 0) return e
  if (isEmpty(e[understood]) !== isEmpty(i[understood])) return isEmpty(e[understood]) ? i : e
  if (rule === 'takeNewest') return i
  return rule === 'takeMostComplete' && isMoreComplete(i, e, fields) ? i : e
}

function isMoreComplete(a: NormalisedLead, b: NormalisedLead, fields: readonly Field[]): boolean {
  const more = filled(a, fields) - filled(b, fields)
  return more > 0 || (more === 0 && extent(a, fields) > extent(b, fields))
}

function filled(lead: NormalisedLead, fields: readonly Field[]): number {
  return fields.filter(field => !isEmpty(lead[field])).length
}

/** Letters of a text, keys of a map; a larger number is not a fuller one. */
function extent(lead: NormalisedLead, fields: readonly Field[]): number {
  const sizes = fields.map(field => lead[field] ?? 0)
  return sizes.reduce<number>(
    (sum, value) => sum + (typeof value === 'string' ? value : Object.keys(value)).length,
    0,
  )
}

function messageOf(e: NormalisedLead, i: NormalisedLead, rule: MergeRules['message']): string | null {
  if (rule !== 'union') return choose(e, i, rule, ['message'], 'message').message
  if (e.message === null || i.message === null) return e.message ?? i.message
  if (e.message.includes(i.message)) return e.message
  const both = i.message.includes(e.message) ? i.message : `${e.message}${betweenMessages}${i.message}`
  return both.length <= longestMessageCharacters ? both : i.message
}

function notesOf(lead: NormalisedLead, existing: NormalisedLead, incoming: NormalisedLead): DataNote[] {
  // A note outlives the merge where the value that it speaks of does.
  const standing = [existing, incoming].flatMap(side =>
    side.notes.filter(({ fields }) =>
      fieldNames.filter(name => fields.includes(name)).every(name => isSame(lead[name], side[name])),
    ),
  )
  const byText = new Map(
    [...standing, ...conflictsWithCountry(lead)].map(note => [JSON.stringify(note), note]),
  )
  return [...byText.values()]
}

function provenanceOf(lead: NormalisedLead, existing: NormalisedLead, incoming: NormalisedLead) {
  const provenance: MergeResult['provenance'] = {}
  for (const field of fieldNames) {
    if (isEmpty(lead[field]) || field === 'notes') continue
    const isOld = isSame(lead[field], existing[field])
    const isNew = isSame(lead[field], incoming[field])
    provenance[field] = isOld === isNew ? 'both' : isOld ? 'existing' : 'incoming'
  }
  return provenance
}

function lostOf(lead: NormalisedLead, side: NormalisedLead, name: Side): MergeResult['lost'] {
  const { utm, fields, notes: _, ...values } = side
  const now = new Map<string, unknown>(Object.entries(lead))
  const singles = Object.entries(values).flatMap(([field, value]) => {
    if (value === null || value === now.get(field)) return []
    const isInside = field === 'message' && lead.message?.includes(`${value}`)
    return isInside ? [] : [{ field, side: name, value }]
  })
  const entries = (map: string, before: typeof fields, after: typeof fields) =>
    Object.entries(before)
      .filter(([key, value]) => after[key] !== value)
      .map(([key, value]) => ({ field: `${map}.${key}`, side: name, value }))
  return [...singles, ...entries('utm', utm, lead.utm), ...entries('fields', fields, lead.fields)]
}

function withoutEnriched(lead: NormalisedLead, enriched: Enriched): NormalisedLead {
  const isGiven = (field: EnrichableField) => !enriched.has(field)
  return {
    ...lead,
    industry: isGiven('industry') ? lead.industry : null,
    employees: isGiven('employees') ? lead.employees : null,
    country: isGiven('country') ? lead.country : null,
    region: isGiven('region') ? lead.region : null,
    company: isGiven('company') ? lead.company : null,
    companyKey: isGiven('company') ? lead.companyKey : null,
    language: isGiven('language') ? lead.language : null,
  }
}

function enrichedAgain(merged: NormalisedLead, existing: NormalisedLead, enriched: Enriched) {
  const country = merged.country ?? (enriched.has('country') ? existing.country : null)
  const isRegionOfCountry = country !== null && existing.region?.startsWith(`${country}-`)
  const company = merged.company === null && enriched.has('company') ? existing : merged
  return {
    industry: merged.industry ?? (enriched.has('industry') ? existing.industry : null),
    employees: merged.employees ?? (enriched.has('employees') ? existing.employees : null),
    country,
    region: merged.region ?? (enriched.has('region') && isRegionOfCountry ? existing.region : null),
    company: company.company,
    companyKey: company.companyKey,
    language: merged.language ?? (enriched.has('language') ? existing.language : null),
  }
}

function isEmpty(value: NormalisedLead[Field]): boolean {
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0)
}

function isAlike(a: NormalisedLead[Field], b: NormalisedLead[Field]): boolean {
  return typeof a === 'string' && typeof b === 'string' ? fold(a) === fold(b) : isSame(a, b)
}

/** Equal as JSON, whatever the order of keys: a map that went through JSONB comes back in another order. */
export function isSame(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a, sortedKeys) === JSON.stringify(b, sortedKeys)
}

function sortedKeys(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

const fieldNames = normalisedLead.keyof().options

export const betweenMessages = '\n\n'

/** Two full messages (R01's limit is 10 000 characters); beyond it the newest stays and the older is listed as lost. */
const longestMessageCharacters = 20_002
