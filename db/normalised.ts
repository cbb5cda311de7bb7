import type { LeadId } from '../domain/ids.js'
import type { NormalisedLead, RoutingFacts } from '../domain/lead.js'
import { blockingKeys } from '../domain/match.js'
import { execute, sql, type Tx } from './sql.js'

/**
 * What a lead says, what the rules may ask of it, and the keys by which the next submission of the same person finds
 * it: written together by whoever changes the first. A blocking key stays once it was given: the person may use it
 * again, and whether that makes two records one is the score's to say.
 */
export async function saveNormalised(
  tx: Tx,
  lead: LeadId,
  normalised: NormalisedLead,
  facts: RoutingFacts,
): Promise<void> {
  await execute(
    tx,
    sql`update leads
        set normalised = ${JSON.stringify(normalised)}, facts = ${JSON.stringify(facts)},
            email_key = ${normalised.emailKey}, phone_e164 = ${normalised.phoneE164}, domain = ${normalised.domain},
            company_key = ${normalised.companyKey}, country = ${normalised.country},
            blocking_keys = array(select distinct unnest(blocking_keys || ${blockingKeys(normalised)}::text[]))
        where id = ${lead}`,
  )
}
