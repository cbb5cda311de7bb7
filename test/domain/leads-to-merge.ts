/** Leads that share some of what they say, rules of merging them, and what enrichment may have filled. */
import fc from 'fast-check'
import { enrichableFields } from '../../domain/enrich.js'
import { normalise } from '../../domain/identity/normalise.js'
import { leadBody, type NormalisedLead } from '../../domain/lead.js'
import { mergeRules } from '../../domain/merge.js'

const maybe = (...values: string[]) => fc.constantFrom(undefined, ...values)
export const leads: fc.Arbitrary<NormalisedLead> = fc
  .record({
    source: fc.constantFrom('form', 'csv'),
    externalId: maybe('7', '8'),
    firstName: maybe('Ana', 'Anna'),
    lastName: maybe('Smith', 'Jones'),
    email: maybe('ana@acme.com', 'Ana@acme.com', 'ben@gmail.com', 'ana@', 'x@mailinator.com'),
    phone: maybe('+44 20 7946 0018', '+44 20 7946 0018 x5', '020 7946 0018', 'call me'),
    company: maybe('Acme Ltd', 'ACME', 'Other GmbH'),
    website: maybe('acme.com', 'other.de', 'none'),
    employees: fc.constantFrom(undefined, 0, 10, 500),
    industry: maybe('Banking', 'Retail'),
    city: maybe('London', 'london', 'Berlin'),
    region: maybe('England', 'Bavaria', 'US-CA'),
    postcode: maybe('SW1A 1AA', '80331', '123'),
    country: maybe('GB', 'Germany', 'Narnia'),
    product: maybe('crm', 'crm with mail'),
    language: maybe('en', 'German', 'Klingon'),
    message: maybe('Price?', 'Price? Demo?', 'Call me'),
    consent: fc.constantFrom(undefined, true, false),
    utm: fc.constantFrom(undefined, { medium: 'cpc' }, { medium: 'mail', term: 'crm' }),
    fields: fc.constantFrom(undefined, { budget: 10 }, { budget: 20, vip: true }, { team: 'a' }),
  })
  .map(body => normalise(leadBody.parse(body)))
const choice = fc.constantFrom('keepExisting', 'takeNewest', 'takeMostComplete')
const choiceOrUnion = fc.constantFrom('keepExisting', 'takeNewest', 'takeMostComplete', 'union')
export const rules = fc
  .record({
    ...{ person: choice, email: choice, phone: choice, company: choice, website: choice, employees: choice },
    ...{ industry: choice, place: choice, product: choice, language: choice },
    ...{ message: choiceOrUnion, utm: choiceOrUnion, fields: choiceOrUnion },
  })
  .map(chosen => mergeRules.parse(chosen))
export const enriched = fc.subarray([...enrichableFields])
