import { appendEvent, timelineOf } from '../db/events.js'
import { lockLead, preparedOf } from '../db/lead.js'
import { saveNormalised } from '../db/normalised.js'
import { policyOfVersion } from '../db/policies.js'
import { execute, sql, transaction } from '../db/sql.js'
import { acceptEnrichment, brief, proposeEnrichment } from '../domain/enrich.js'
import { factsOf } from '../domain/facts.js'
import type { EpochMs, LeadId } from '../domain/ids.js'
import type { ActivityDeps } from './index.js'

/** Surer than a guess from a top-level domain, less sure than a table that the company wrote itself. */
const minimumConfidence = 0.5

/** Fills what nobody gave, field by field, and writes the brief for the rep. */
export function enrich({ db }: ActivityDeps) {
  return async ({ lead, atMs }: { lead: LeadId; atMs: EpochMs }): Promise<{ accepted: string[] }> =>
    transaction(db, async tx => {
      const stored = preparedOf(await lockLead(tx, lead))
      // A retry would find nothing missing, and write over the record of what was filled.
      const known = (await timelineOf(tx, lead)).find(event => event.key === 'enriched')
      if (known?.kind === 'enriched') return { accepted: known.data.accepted }
      const policy = await policyOfVersion(tx, stored.policyVersion)
      const proposals = proposeEnrichment(stored.normalised, { domains: policy.companies })
      const enriched = acceptEnrichment(stored.normalised, proposals, minimumConfidence)
      const accepted = enriched.accepted.map(({ field }) => field)
      const facts = factsOf(policy, enriched.lead, stored.facts.account)
      await saveNormalised(tx, lead, enriched.lead, facts)
      // `filled`: what still yields to a person's word; a merge takes off it.
      const kept = { accepted: enriched.accepted, refused: enriched.refused, filled: accepted }
      await execute(
        tx,
        sql`update leads
            set brief = ${enriched.brief ?? brief(enriched.lead)},
                enrichment = coalesce(enrichment, '{}'::jsonb) || ${JSON.stringify(kept)}::jsonb
            where id = ${lead}`,
      )
      await appendEvent(tx, {
        lead,
        atMs,
        actor: 'system',
        hop: 0,
        key: 'enriched',
        kind: 'enriched',
        data: { accepted, refused: enriched.refused.map(({ field }) => field), degraded: false },
      })
      return { accepted }
    })
}
