import { z } from 'zod'
import { appendEvent } from '../db/events.js'
import { lockLead, preparedOf, readLead } from '../db/lead.js'
import { saveNormalised } from '../db/normalised.js'
import { policyOfVersion } from '../db/policies.js'
import { execute, row, sql, transaction, type Tx } from '../db/sql.js'
import { type EnrichableField, enrichableFields } from '../domain/enrich.js'
import { factsOf } from '../domain/facts.js'
import type { EpochMs, LeadId } from '../domain/ids.js'
import type { NormalisedLead } from '../domain/lead.js'
import { defaultMergeRules, mergeLead } from '../domain/merge.js'
import type { ActivityDeps } from './index.js'

type Input = { lead: LeadId; hop: number; atMs: EpochMs; from: LeadId }

/**
 * Takes another submission of the same person into this lead: its owner, its clocks and its decision stay. Asked twice
 * by one lead, it does so once: a second merge would find nothing to change and forget what the first one did.
 */
export function acceptSubmission({ db }: ActivityDeps) {
  return async ({ lead, hop, atMs, from }: Input): Promise<void> => {
    const incoming = preparedOf(await readLead(db, from))
    await transaction(db, async tx => {
      const stored = preparedOf(await lockLead(tx, lead))
      const { joined, filled } = await readEnrichment(tx, lead, from, stored.normalised)
      if (joined) return
      const policy = await policyOfVersion(tx, stored.policyVersion)
      const merged = mergeLead(stored.normalised, incoming.normalised, defaultMergeRules, filled)
      await saveNormalised(tx, lead, merged.lead, factsOf(policy, merged.lead, stored.facts.account))
      const kept = {
        filled: merged.enriched,
        [mergeOf(from)]: { changes: merged.changes, lost: merged.lost },
      }
      await execute(
        tx,
        sql`update leads set enrichment = coalesce(enrichment, '{}'::jsonb) || ${JSON.stringify(kept)}::jsonb
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

/** Under this name the lead's record keeps what a merge changed. */
function mergeOf(from: LeadId): string {
  return `merge:${from}`
}

/**
 * Whether the other lead has been taken in, and which values nobody but enrichment gave. A value that somebody has
 * corrected since is theirs.
 */
async function readEnrichment(tx: Tx, lead: LeadId, from: LeadId, now: NormalisedLead) {
  const { joined, filled, accepted } = await row(
    tx,
    z.object({
      joined: z.boolean(),
      filled: z.array(z.string()),
      accepted: z.array(z.object({ field: z.string(), value: z.json() })),
    }),
    // A lead that was enriched by an earlier release has no `filled`.
    sql`select coalesce(enrichment ? ${mergeOf(from)}, false) as joined,
               coalesce(enrichment->'accepted', '[]') as accepted,
               coalesce(enrichment->'filled', jsonb_path_query_array(enrichment, '$.accepted[*].field'), '[]') as filled
        from leads where id = ${lead}`,
  )
  const isUntouched = (field: EnrichableField) =>
    accepted.some(one => one.field === field && one.value === now[field])
  return { joined, filled: enrichableFields.filter(field => filled.includes(field) && isUntouched(field)) }
}
