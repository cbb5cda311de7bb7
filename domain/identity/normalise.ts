import type { DataNote, LeadBody, NormalisedLead } from '../lead.js'
import { companyKey } from './company.js'
import { countryCode } from './country.js'
import { mailDomainKind, registrableDomain, websiteDomain } from './domainname.js'
import { readEmail } from './email.js'
import { tidy } from './fold.js'
import { languageSubtag } from './language.js'
import { fullName } from './person.js'
import { contradictsCountry, readPhone } from './phone.js'
import { readPostcode } from './postcode.js'
import { readRegion } from './region.js'

/** Every code that a note of `normalise` can have; docs/identity.md says what each means. */
export const noteCodes = [
  'email-missing-domain',
  'email-invalid',
  'disposable-email',
  'website-invalid',
  'phone-invalid',
  'phone-incomplete',
  'phone-country-conflict',
  'country-unknown',
  'region-unknown',
  'region-country-conflict',
  'postcode-invalid',
  'language-unknown',
] as const
type NoteCode = (typeof noteCodes)[number]

/**
 * A submission's fields with the keys that matching uses (R05) and notes on what contradicts or cannot be understood
 * (R07). What a person typed stays as typed; nothing is guessed: a missing country stays missing, whatever the phone
 * number says (enrichment may propose one).
 */
export function normalise(body: LeadBody): NormalisedLead {
  const country = readCountry(body)
  const mail = readMail(body)
  const phone = readNumber(body, country.country)
  const place = readPlace(body, country.country)
  const language = readLanguage(body)
  const company = tidy(body.company)
  return {
    source: body.source,
    campaign: tidy(body.campaign),
    externalId: tidy(body.externalId),
    firstName: tidy(body.firstName),
    lastName: tidy(body.lastName),
    name: fullName({ firstName: tidy(body.firstName), lastName: tidy(body.lastName), name: tidy(body.name) }),
    ...mail.fields,
    ...phone.fields,
    company,
    companyKey: company === null ? null : companyKey(company),
    employees: body.employees ?? null,
    industry: tidy(body.industry),
    street: tidy(body.street),
    city: tidy(body.city),
    ...place.fields,
    country: country.country,
    product: tidy(body.product),
    service: tidy(body.service),
    language: language.language,
    urgency: tidy(body.urgency),
    message: body.message?.trim() || null,
    consent: body.consent ?? null,
    utm: { ...body.utm },
    fields: { ...body.fields },
    notes: [...mail.notes, ...phone.notes, ...country.notes, ...place.notes, ...language.notes],
  }
}

/** Re-reads what depends on the country, for a lead whose country became known after intake. */
export function withCountry(lead: NormalisedLead, country: string): NormalisedLead {
  const phone = readNumber({ phone: lead.phone ?? undefined }, country)
  const postcode = lead.postcode === null ? null : readPostcode(lead.postcode, country)
  const isSettled = (note: DataNote) => note.code === 'phone-incomplete' && phone.fields.phoneE164 !== null
  return {
    ...lead,
    country,
    ...(lead.phoneE164 === null ? phone.fields : {}),
    ...(postcode ? { postcode: postcode.written, postcodeArea: postcode.area } : {}),
    notes: [...lead.notes.filter(note => !isSettled(note)), ...conflictsWithCountry({ ...lead, country })],
  }
}

/** The notes on a number or region that contradicts the lead's country; a merge asks again for what it put together. */
export function conflictsWithCountry(
  lead: Pick<NormalisedLead, 'country' | 'phoneE164' | 'region'>,
): DataNote[] {
  if (lead.country === null) return []
  const phone = lead.phoneE164 === null ? null : readPhone(lead.phoneE164, null)
  return [
    ...(phone?.kind === 'ok' && contradictsCountry(phone.callingCode, lead.country)
      ? [note('phone-country-conflict', 'phone', 'country')]
      : []),
    ...(lead.region !== null && !lead.region.startsWith(`${lead.country}-`)
      ? [note('region-country-conflict', 'region', 'country')]
      : []),
  ]
}

type MailFields = Pick<NormalisedLead, 'email' | 'emailKey' | 'domain' | 'domainKind' | 'website'>

function readMail(body: LeadBody): { fields: MailFields; notes: DataNote[] } {
  const email = tidy(body.email)
  const website = tidy(body.website)
  const reading = email === null ? null : readEmail(email)
  const fields = { email, website, ...domainFields(reading?.kind === 'ok' ? reading.host : null, website) }
  const websiteNotes =
    website !== null && registrableDomain(website) === null ? [note('website-invalid', 'website')] : []
  switch (reading?.kind) {
    case undefined:
      return { fields: { ...fields, emailKey: null }, notes: websiteNotes }
    case 'missingDomain':
      return {
        fields: { ...fields, emailKey: null },
        notes: [note('email-missing-domain', 'email'), ...websiteNotes],
      }
    case 'invalid':
      return {
        fields: { ...fields, emailKey: null },
        notes: [note('email-invalid', 'email'), ...websiteNotes],
      }
    case 'ok': {
      const disposable = fields.domainKind === 'disposable' ? [note('disposable-email', 'email')] : []
      return { fields: { ...fields, emailKey: reading.key }, notes: [...disposable, ...websiteNotes] }
    }
  }
}

/** The domain of the address, else of the company's own website; a profile page on a shared host is nobody's domain. */
export function domainFields(
  mailHost: string | null,
  website: string | null,
): Pick<NormalisedLead, 'domain' | 'domainKind'> {
  if (mailHost !== null) {
    return { domain: registrableDomain(mailHost) ?? mailHost, domainKind: mailDomainKind(mailHost) }
  }
  const domain = website === null ? null : websiteDomain(website)
  return { domain, domainKind: domain === null ? null : 'business' }
}

type PhoneFields = Pick<NormalisedLead, 'phone' | 'phoneE164' | 'phoneExtension'>

function readNumber(
  body: Pick<LeadBody, 'phone'>,
  country: string | null,
): { fields: PhoneFields; notes: DataNote[] } {
  const phone = tidy(body.phone)
  if (phone === null) return { fields: { phone, phoneE164: null, phoneExtension: null }, notes: [] }
  const reading = readPhone(phone, country)
  if (reading.kind !== 'ok') {
    const code = reading.kind === 'incomplete' ? 'phone-incomplete' : 'phone-invalid'
    return { fields: { phone, phoneE164: null, phoneExtension: null }, notes: [note(code, 'phone')] }
  }
  const isConflict = country !== null && contradictsCountry(reading.callingCode, country)
  return {
    fields: { phone, phoneE164: reading.e164, phoneExtension: reading.extension },
    notes: isConflict ? [note('phone-country-conflict', 'phone', 'country')] : [],
  }
}

function readCountry(body: LeadBody): { country: string | null; notes: DataNote[] } {
  const typed = tidy(body.country)
  const country = typed === null ? null : countryCode(typed)
  return { country, notes: typed !== null && country === null ? [note('country-unknown', 'country')] : [] }
}

type PlaceFields = Pick<NormalisedLead, 'region' | 'postcode' | 'postcodeArea'>

function readPlace(body: LeadBody, country: string | null): { fields: PlaceFields; notes: DataNote[] } {
  const typedRegion = tidy(body.region)
  const region = typedRegion === null ? null : readRegion(typedRegion, country)
  const typedPostcode = tidy(body.postcode)
  const postcode = typedPostcode === null ? null : readPostcode(typedPostcode, country)
  return {
    fields: {
      region: region?.kind === 'ok' ? region.code : null,
      postcode: postcode?.written ?? typedPostcode,
      postcodeArea: postcode?.area ?? null,
    },
    notes: [
      ...(region?.kind === 'unknown' ? [note('region-unknown', 'region')] : []),
      ...(region?.kind === 'otherCountry' ? [note('region-country-conflict', 'region', 'country')] : []),
      ...(typedPostcode !== null && postcode === null ? [note('postcode-invalid', 'postcode')] : []),
    ],
  }
}

function readLanguage(body: LeadBody): { language: string | null; notes: DataNote[] } {
  const typed = tidy(body.language)
  const language = typed === null ? null : languageSubtag(typed)
  return {
    language,
    notes: typed !== null && language === null ? [note('language-unknown', 'language')] : [],
  }
}

function note(code: NoteCode, ...fields: (keyof NormalisedLead)[]): DataNote {
  return { code, fields }
}
