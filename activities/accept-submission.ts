import { appendEvent } from '../db/events.js'
import { lockLead, preparedOf, readLead } from '../db/lead.js'
import { policyOfVersion } from '../db/policies.js'
import { execute, sql, transaction } from '../db/sql.js'
import { factsOf } from '../domain/facts.js'
import type { EpochMs, LeadId } from '../domain/ids.js'
import { mergeLead } from '../domain/merge.js'
import type { ActivityDeps } from './index.js'

type Input = { lead: LeadId; hop: number; atMs: EpochMs; from: LeadId }

/** Takes another submission of the same person into this lead: its owner, its clocks and its decision stay. */
export function acceptSubmission({ db }: ActivityDeps) {
  return async ({ lead, hop, atMs, from }: Input): Promise<void> => {
    const incoming = preparedOf(await readLead(db, from))
    await transaction(db, async tx => {
      const stored = preparedOf(await lockLead(tx, lead))
      const policy = await policyOfVersion(tx, stored.policyVersion)
      const merged = mergeLead(stored.normalised, incoming.normalised)
      const facts = factsOf(policy, merged.lead, stored.facts.account)
      await execute(
        tx,
        sql`update leads
            set normalised = ${JSON.stringify(merged.lead)}, facts = ${JSON.stringify(facts)},
                enrichment = coalesce(enrichment, '{}'::jsonb)
                  || jsonb_build_object(${`merge:${from}`}::text, ${JSON.stringify({ changes: merged.changes, lost: merged.lost })}::jsonb)
            where id = ${lead}`,
      )
      await appendEvent(tx, {
        lead,
        atMs,
        actor: 'system',
        hop,
        key: `joined-${from}`,
        kind: 'submissionJoined',
        data: { lead: from },
      })
    })
  }
}
