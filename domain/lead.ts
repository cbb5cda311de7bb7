import { z } from 'zod'

const text = (most: number) => z.string().trim().max(most)

/**
 * A lead as it is sent to us: flat, with the same names in JSON, form and CSV (requirements R01).
 * Every field but `source` may be missing; an empty string counts as missing. Limits are characters.
 */
export const leadBody = z.object({
  source: text(63).min(1),
  campaign: text(63).optional(),
  externalId: text(200).optional(),
  firstName: text(200).optional(),
  lastName: text(200).optional(),
  name: text(400).optional(),
  email: text(320).optional(),
  phone: text(60).optional(),
  company: text(300).optional(),
  website: text(300).optional(),
  employees: z.coerce.number().int().nonnegative().max(10_000_000).optional(),
  industry: text(100).optional(),
  street: text(300).optional(),
  city: text(200).optional(),
  region: text(100).optional(),
  postcode: text(30).optional(),
  country: text(100).optional(),
  product: text(100).optional(),
  service: text(100).optional(),
  language: text(35).optional(),
  urgency: text(50).optional(),
  message: text(10_000).optional(),
  consent: z.union([z.boolean(), z.stringbool()]).optional(),
  receivedAt: z.iso.datetime({ offset: true }).optional(),
  utm: z.record(text(63), text(300)).optional(),
  /** Declared extra fields; the policy's source says which names it fills. */
  fields: z.record(text(63), z.union([text(1000), z.number(), z.boolean()])).optional(),
})
export type LeadBody = z.infer<typeof leadBody>

/** The names that a body may have; what else it has is kept with the raw submission and listed in the answer. */
export const knownFields = Object.keys(leadBody.shape)

/** Something about a lead's data that a person should know, recorded and never silently resolved (R07). */
const dataNote = z.object({
  /** For example `phone-country-conflict`, `email-invalid`, `country-unknown`. */
  code: z.string(),
  fields: z.array(z.string()),
})
export type DataNote = z.infer<typeof dataNote>

/**
 * A lead after normalisation: what a person gave is kept as typed beside the keys that matching uses.
 * `null` means that it was not given or could not be understood (a note says which).
 */
export const normalisedLead = z.object({
  source: z.string(),
  campaign: z.string().nullable(),
  externalId: z.string().nullable(),
  firstName: z.string().nullable(),
  lastName: z.string().nullable(),
  name: z.string().nullable(),
  email: z.string().nullable(),
  emailKey: z.string().nullable(),
  /** The registrable domain of the address, else of the website. */
  domain: z.string().nullable(),
  domainKind: z.enum(['business', 'free', 'disposable']).nullable(),
  phone: z.string().nullable(),
  phoneE164: z.string().nullable(),
  phoneExtension: z.string().nullable(),
  company: z.string().nullable(),
  companyKey: z.string().nullable(),
  website: z.string().nullable(),
  employees: z.int().nullable(),
  industry: z.string().nullable(),
  street: z.string().nullable(),
  city: z.string().nullable(),
  /** ISO 3166-2, for example `US-CA`; only where it could be told. */
  region: z.string().nullable(),
  postcode: z.string().nullable(),
  /** GB: the outward part (`SW1A`); elsewhere the whole postcode, upper case, without spaces. */
  postcodeArea: z.string().nullable(),
  /** ISO 3166-1 alpha-2. */
  country: z.string().nullable(),
  product: z.string().nullable(),
  service: z.string().nullable(),
  /** BCP 47 primary subtag, lower case. */
  language: z.string().nullable(),
  urgency: z.string().nullable(),
  message: z.string().nullable(),
  consent: z.boolean().nullable(),
  utm: z.record(z.string(), z.string()),
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  notes: z.array(dataNote),
})
export type NormalisedLead = z.infer<typeof normalisedLead>

/**
 * What a rule may ask about a lead, and all that a decision record keeps of it: no name, address, number or message.
 * `lists` holds the policy's lists that the lead's company or domain is on, so that the record needs neither.
 */
export const routingFacts = z.object({
  source: z.string(),
  campaign: z.string().nullable(),
  country: z.string().nullable(),
  region: z.string().nullable(),
  postcode: z.string().nullable(),
  industry: z.string().nullable(),
  employees: z.int().nullable(),
  product: z.string().nullable(),
  service: z.string().nullable(),
  language: z.string().nullable(),
  urgency: z.string().nullable(),
  emailDomain: z.enum(['business', 'free', 'disposable']).nullable(),
  consent: z.boolean().nullable(),
  /** The matched CRM account, when the lead is of a customer or a named account (R11). */
  account: z.object({ id: z.string(), tier: z.string().nullable(), owner: z.string().nullable() }).nullable(),
  lists: z.array(z.string()),
  /** Declared extra fields of the source. */
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  /** Critical or required fields that are still missing after enrichment (R06). */
  missing: z.array(z.string()),
})
export type RoutingFacts = z.infer<typeof routingFacts>

/** How a lead came in. */
export const channel = z.enum(['api', 'form', 'csv'])
export type Channel = z.infer<typeof channel>

/** Why a lead's life ended. `stored` and `shadowed` (its source is off, or in shadow) end it before it has an owner. */
export const outcome = z.enum([
  'converted',
  'disqualified',
  'lost',
  'merged',
  'rejected',
  'erased',
  'stored',
  'shadowed',
])
export type Outcome = z.infer<typeof outcome>

/** What a lead's list row and the first half of `GET /v1/leads/{id}` say of where it stands. */
export const leadStatus = z.enum([
  'received',
  'in_review',
  'held',
  'queued',
  'assigned',
  'acknowledged',
  'working',
  'closed',
])
export type LeadStatus = z.infer<typeof leadStatus>
