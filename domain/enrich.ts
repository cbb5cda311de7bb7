import { companyKey, companyOfDomain } from './identity/company.js'
import { countryCode, countryName, countryOfDomain } from './identity/country.js'
import { tidy } from './identity/fold.js'
import { industryOfCompany, industryOfDomain } from './identity/industry.js'
import { languageName, languageOfCountry, languageSubtag } from './identity/language.js'
import { withCountry } from './identity/normalise.js'
import { readPhone } from './identity/phone.js'
import { looksBritish } from './identity/postcode.js'
import { regionOfPostcode } from './identity/postcoderegion.js'
import { countryOfRegion, readRegion, regionName } from './identity/region.js'
import type { NormalisedLead } from './lead.js'

/**
 * What an enricher says of a lead. `field` is any text, since a model may name what it must not touch, and the record
 * shows that it was refused. `confidence` runs from 0 to 1.
 */
export type Proposal = {
  field: string
  value: string | number | boolean | null
  /** Where it came from: `policy-table`, `phone`, a model's name. */
  from: string
  confidence: number
}

/** All that enrichment may fill. Owner, rule, source, campaign, score and consent are not here and never will be. */
export const enrichableFields = ['country', 'region', 'industry', 'employees', 'company', 'language'] as const
export type EnrichableField = (typeof enrichableFields)[number]

export type RefusalReason =
  | 'field-not-allowed'
  /** A person or the form gave a value. */
  | 'already-given'
  /** They gave one that could not be understood: a person looks, nobody guesses over it. */
  | 'given-but-unclear'
  | 'confidence-invalid'
  | 'confidence-low'
  | 'value-invalid'
  /** A surer proposal for the same field was accepted. */
  | 'outdone'

export type Enrichment = {
  lead: NormalisedLead
  /** An accepted brief, else null; `brief(lead)` writes one. */
  brief: string | null
  /** With the value as it was written into the lead. */
  accepted: Proposal[]
  refused: (Proposal & { reason: RefusalReason })[]
}

/** What the policy's people know of companies, by registrable domain. */
export type EnrichmentTables = {
  domains: Readonly<
    Record<string, { company?: string; industry?: string; employees?: number; country?: string } | undefined>
  >
}

/**
 * Accepts proposals field by field, the surest first, and says why each other one was refused. Pure: the same lead and
 * proposals give the same answer, whoever made them.
 *
 * @param minimumConfidence from 0 to 1; below it a proposal is refused
 */
export function acceptEnrichment(
  lead: NormalisedLead,
  proposals: readonly Proposal[],
  minimumConfidence: number,
): Enrichment {
  let enriched: Enrichment = { lead, brief: null, accepted: [], refused: [] }
  for (const one of [...proposals].sort(countryFirstThenSurest)) {
    const verdict = judge(one, lead, enriched, minimumConfidence)
    enriched =
      verdict.kind === 'accepted'
        ? {
            ...enriched,
            ...verdict.result,
            accepted: [...enriched.accepted, { ...one, value: verdict.value }],
          }
        : { ...enriched, refused: [...enriched.refused, { ...one, reason: verdict.reason }] }
  }
  return enriched
}

/**
 * The default enricher: what tables say of a lead, without a network and without chance. Several proposals for one
 * field are all given, so that the record shows what spoke for which country.
 */
export function proposeEnrichment(lead: NormalisedLead, tables: EnrichmentTables): Proposal[] {
  const domain = lead.domainKind === 'business' ? lead.domain : null
  const known = domain !== null && Object.hasOwn(tables.domains, domain) ? tables.domains[domain] : undefined
  const countries = lead.country === null ? countryProposals(lead, known?.country) : []
  const likeliest = countries.toSorted((a, b) => b.confidence - a.confidence)[0]
  return [
    ...countries,
    ...regionProposals(lead, likeliest),
    ...proposeValue('industry', known?.industry, 'policy-table', fromPolicy),
    ...proposeValue('industry', domain && industryOfDomain(domain), 'domain-ending', fromReservedEnding),
    ...proposeValue(
      'industry',
      lead.company && industryOfCompany(lead.company),
      'company-name',
      fromCompanyName,
    ),
    ...proposeValue('employees', known?.employees, 'policy-table', fromPolicy),
    ...proposeValue('company', known?.company, 'policy-table', fromPolicy),
    ...proposeValue('company', domain && companyOfDomain(domain), 'domain', fromDomainName),
    ...languageProposals(lead, likeliest),
  ].filter(({ field }) => isMissing(lead, field))
}

/**
 * Two or three plain sentences for the rep: who, what they want, what they wrote. It holds personal data: Postgres and
 * the channels that the policy names, nowhere else.
 */
export function brief(lead: NormalisedLead): string {
  const size =
    lead.employees === null ? null : `${lead.employees} ${lead.employees === 1 ? 'person' : 'people'}`
  const kind = [lead.industry, size].filter(part => part !== null).join(', ')
  const company = lead.company === null ? '' : ` of ${lead.company}`
  const place = [lead.city, lead.region && regionName(lead.region), lead.country && countryName(lead.country)]
  const where = [...new Set(place.filter(part => part !== null))].join(', ')
  const wish = [lead.product, lead.service].filter(part => part !== null).join(' and ')
  const who = `${lead.name ?? lead.email ?? 'Somebody'}${company}${kind && ` (${kind})`}${where && ` from ${where}`}`
  const deeds = [
    `came through ${lead.source}${lead.campaign === null ? '' : ` (campaign ${lead.campaign})`}`,
    lead.urgency === null ? null : `call it ${lead.urgency}`,
    lead.language === null ? null : `read ${languageName(lead.language)}`,
  ].filter(deed => deed !== null)
  const wrote = lead.message === null ? '' : ` They wrote: “${excerpt(lead.message)}”`
  return `${who} asks ${wish ? `about ${wish}` : 'to be contacted'}. They ${enumerated(deeds)}.${wrote}`
}

function countryProposals(lead: NormalisedLead, known: string | undefined): Proposal[] {
  const phone = lead.phoneE164 === null ? null : readPhone(lead.phoneE164, null)
  const ending = lead.domain === null ? null : countryOfDomain(lead.domain)
  const endingTrust = lead.domainKind === 'business' ? fromCountryEnding : fromMailProvider
  return [
    ...proposeValue('country', lead.region && countryOfRegion(lead.region), 'region', fromRegion),
    ...proposeValue('country', known, 'policy-table', fromPolicy),
    ...proposeValue('country', phone?.kind === 'ok' ? phone.country : null, 'phone', fromPhone),
    ...proposeValue(
      'country',
      lead.postcode && looksBritish(lead.postcode) ? 'GB' : null,
      'postcode',
      fromPostcode,
    ),
    ...proposeValue('country', ending, 'domain-ending', endingTrust),
  ]
}

function regionProposals(lead: NormalisedLead, likeliest: Proposal | undefined): Proposal[] {
  const country = lead.country ?? likeliest?.value
  if (typeof country !== 'string' || lead.postcode === null) return []
  const area = withCountry(lead, country).postcodeArea
  const found = area === null ? null : regionOfPostcode(area, country)
  // No surer than the country that it was read in.
  const trust =
    lead.country === null ? Math.min(found?.confidence ?? 0, likeliest?.confidence ?? 0) : found?.confidence
  return proposeValue('region', found?.region, 'postcode', trust ?? 0)
}

function languageProposals(lead: NormalisedLead, likeliest: Proposal | undefined): Proposal[] {
  const country = lead.country ?? likeliest?.value
  const trust = lead.country === null ? Math.min(fromCountry, likeliest?.confidence ?? 0) : fromCountry
  return proposeValue(
    'language',
    typeof country === 'string' ? languageOfCountry(country) : null,
    'country',
    trust,
  )
}

function proposeValue(
  field: EnrichableField,
  value: string | number | null | undefined,
  from: string,
  confidence: number,
): Proposal[] {
  return value === null || value === undefined || value === '' ? [] : [{ field, value, from, confidence }]
}

function isMissing(lead: NormalisedLead, field: string): boolean {
  return enrichableFields.some(name => name === field && lead[name] === null)
}

/** A region and a language are read in the light of the country, so that one is settled first. */
function countryFirstThenSurest(a: Proposal, b: Proposal): number {
  return Number(b.field === 'country') - Number(a.field === 'country') || b.confidence - a.confidence || 0
}

type Judgement =
  | { kind: 'accepted'; value: string | number; result: Pick<Enrichment, 'lead'> | Pick<Enrichment, 'brief'> }
  | { kind: 'refused'; reason: RefusalReason }

function judge(one: Proposal, given: NormalisedLead, now: Enrichment, minimumConfidence: number): Judgement {
  const field = [...enrichableFields, 'brief' as const].find(name => name === one.field)
  if (field === undefined) return refused('field-not-allowed')
  if (field !== 'brief' && given[field] !== null) return refused('already-given')
  if (given.notes.some(note => note.code === `${field}-unknown`)) return refused('given-but-unclear')
  if (!(one.confidence >= 0 && one.confidence <= 1)) return refused('confidence-invalid')
  if (one.confidence < minimumConfidence) return refused('confidence-low')
  if (now.accepted.some(accepted => accepted.field === field)) return refused('outdone')
  if (field === 'brief') {
    const text = plainText(one.value, longestBriefCharacters)
    return text === null
      ? refused('value-invalid')
      : { kind: 'accepted', value: text, result: { brief: text } }
  }
  return applied(field, one.value, now.lead) ?? refused('value-invalid')
}

function applied(field: EnrichableField, value: Proposal['value'], lead: NormalisedLead): Judgement | null {
  if (field === 'employees') {
    const isCount =
      typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= mostEmployees
    return isCount ? { kind: 'accepted', value, result: { lead: { ...lead, employees: value } } } : null
  }
  const text = plainText(value, longestTextCharacters[field])
  const read = text === null ? null : readers[field](text, lead)
  return read === null ? null : { kind: 'accepted', ...read }
}

type Applied = { value: string; result: Pick<Enrichment, 'lead'> }

const readers: Record<
  Exclude<EnrichableField, 'employees'>,
  (text: string, lead: NormalisedLead) => Applied | null
> = {
  country: (text, lead) => {
    const country = countryCode(text)
    return country === null ? null : { value: country, result: { lead: withCountry(lead, country) } }
  },
  region: (text, lead) => {
    const region = readRegion(text, lead.country)
    return region.kind === 'ok'
      ? { value: region.code, result: { lead: { ...lead, region: region.code } } }
      : null
  },
  language: (text, lead) => {
    const language = languageSubtag(text)
    return language === null ? null : { value: language, result: { lead: { ...lead, language } } }
  },
  industry: (text, lead) => ({ value: text, result: { lead: { ...lead, industry: text } } }),
  company: (text, lead) => ({
    value: text,
    result: { lead: { ...lead, company: text, companyKey: companyKey(text) } },
  }),
}

/** One line of text; `null` for what is none, is too long, or carries a link that somebody could be led to click. */
function plainText(value: Proposal['value'], mostCharacters: number): string | null {
  if (typeof value !== 'string' || value.length > mostCharacters) return null
  const text = tidy(value)
  return text === null || unfit.test(text) ? null : text
}

function refused(reason: RefusalReason): Judgement {
  return { kind: 'refused', reason }
}

/** `a`, `a and b`, `a, b and c`. */
function enumerated(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}

function excerpt(message: string): string {
  const line = tidy(message) ?? ''
  if (line.length <= longestExcerptCharacters) return line
  return `${line.slice(0, longestExcerptCharacters).replace(/\s+\S*$/, '')} …`
}

// How sure each source is. Somebody looked the company up; a region's code names its country; a number is where
// somebody pays for a line; a country's ending is sold to foreigners too; a name that says "Bank" may be a riverbank.
const fromPolicy = 0.95
const fromRegion = 0.95
const fromReservedEnding = 0.9
const fromPhone = 0.85
const fromPostcode = 0.8
const fromCountryEnding = 0.7
const fromCompanyName = 0.6
const fromCountry = 0.6
const fromMailProvider = 0.5
const fromDomainName = 0.5

// Control characters, and the marks that turn the reading direction and so hide what a text says.
const unfit = /[\p{Cc}\u202a-\u202e\u2066-\u2069<>]|https?:|www\./iu
const mostEmployees = 10_000_000 // as in the intake
const longestBriefCharacters = 600
const longestExcerptCharacters = 160
const longestTextCharacters = {
  country: 100,
  region: 100,
  language: 35,
  industry: 100,
  company: 300,
} as const
