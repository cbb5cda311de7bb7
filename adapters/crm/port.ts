import type { EpochMs, LeadId, RepId } from '../../domain/ids.js'

/** What the CRM is told of a lead: the record that reps work from. */
export type CrmLead = {
  lead: LeadId
  /** The step of the lead's life that this owner belongs to; an earlier hop never overwrites a later one. */
  hop: number
  owner: RepId | null
  status: string
  fields: Record<string, string | number | boolean | null>
  ownerSetAtMs: EpochMs | null
}

export type CrmAccount = {
  id: string
  name: string
  domain: string | null
  companyKey: string | null
  country: string | null
  tier: string | null
  customer: boolean
  owner: string | null
}

/** Where companies keep their customers. An outage or a rate limit throws CrmUnavailable: the caller tries again. */
export interface Crm {
  /** Creates or updates the lead's record; saving the same hop again changes nothing. */
  saveLead(lead: CrmLead): Promise<void>
  /** Reads the record back, never from a cache; null when there is none. */
  readLead(lead: LeadId): Promise<CrmLead | null>
  /** Accounts that could be this lead's: same business domain, same company key, or the account of a known contact. */
  findAccounts(keys: {
    domain: string | null
    companyKey: string | null
    emailKey: string | null
    phoneE164: string | null
  }): Promise<CrmAccount[]>
}

export class CrmUnavailable extends Error {
  /** @param retryAfterMs when the vendor said so */
  constructor(
    readonly code: string,
    readonly retryAfterMs: number | null = null,
  ) {
    super(`CRM unavailable: ${code}`)
    this.name = 'CrmUnavailable'
  }
}
