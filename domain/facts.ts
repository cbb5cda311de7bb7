import type { NormalisedLead, RoutingFacts } from './lead.js'
import type { Policy } from './policy.js'

/** What the rules may ask about this lead: the border over which nothing personal passes into a decision record. */
export function factsOf(
  policy: Policy,
  lead: NormalisedLead,
  account: RoutingFacts['account'],
): RoutingFacts {
  const source = Object.hasOwn(policy.sources, lead.source) ? policy.sources[lead.source] : undefined
  const needed = new Set([...(source?.required ?? []), ...(source?.critical ?? [])])
  return {
    source: lead.source,
    campaign: lead.campaign ?? source?.campaign ?? null,
    country: lead.country,
    region: lead.region,
    postcode: lead.postcodeArea,
    industry: lead.industry,
    employees: lead.employees,
    product: lead.product,
    service: lead.service,
    language: lead.language,
    urgency: lead.urgency,
    emailDomain: lead.domainKind,
    consent: lead.consent,
    account,
    lists: Object.keys(policy.lists).filter(list => isOn(policy.lists[list] ?? [], lead)),
    fields: Object.fromEntries(Object.entries(lead.fields).filter(([name]) => source?.fields.includes(name))),
    missing: [...needed].filter(field => isMissing(lead, field)).sort(),
  }
}

function isOn(list: readonly string[], { companyKey, domain }: NormalisedLead): boolean {
  return (companyKey !== null && list.includes(companyKey)) || (domain !== null && list.includes(domain))
}

function isMissing(lead: NormalisedLead, field: string): boolean {
  if (field.startsWith('fields.')) return lead.fields[field.slice('fields.'.length)] === undefined
  const value = Object.entries(lead).find(([name]) => name === field)?.[1]
  return value === undefined || value === null
}
