import type { EpochMs, LeadId, RepId } from '../../domain/ids.js'
import type { Account, AccountKeys } from '../../domain/match.js'

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

export type CrmAccount = Account & { name: string }

/** Where companies keep their customers. An outage or a rate limit throws CrmUnavailable: the caller tries again. */
export interface Crm {
  /** Creates or updates the lead's record; saving the same hop again changes nothing. */
  saveLead(lead: CrmLead): Promise<void>
  /** Reads the record back, never from a cache; null when there is none. */
  readLead(lead: LeadId): Promise<CrmLead | null>
  /**
   * The accounts that `matchAccount` could take for the lead, by a domain (however the CRM writes it) or by company key
   * and country, and that of a known contact. Others among them do no harm; where there are too many to give, those of
   * the lead's country and customers come first.
   */
  findAccounts(keys: AccountKeys): Promise<CrmAccount[]>
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
