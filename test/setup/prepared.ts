import { policyOfVersion } from '../../db/policies.js'
import { execute, type Pool, sql } from '../../db/sql.js'
import { factsOf } from '../../domain/facts.js'
import { normalise } from '../../domain/identity/normalise.js'
import { type EpochMs, type LeadId, policyVersion } from '../../domain/ids.js'
import { leadBody, type RoutingFacts } from '../../domain/lead.js'
import { submitted } from './submitted.js'

/** A lead as it is once prepared, by version 1 of the policy, and matched with nobody: many of them take no time. */
export async function prepared(
  db: Pool,
  body: Record<string, unknown>,
  receivedAtMs: EpochMs,
  account: RoutingFacts['account'] = null,
): Promise<LeadId> {
  const lead = await submitted(db, body, receivedAtMs)
  const policy = await policyOfVersion(db, policyVersion.parse(1))
  const normalised = normalise(leadBody.parse({ source: 'contact-form', ...body }))
  const facts = factsOf(policy, normalised, account)
  await execute(
    db,
    sql`update leads set policy_version = 1, normalised = ${JSON.stringify(normalised)},
          facts = ${JSON.stringify(facts)}, country = ${normalised.country} where id = ${lead}`,
  )
  return lead
}
