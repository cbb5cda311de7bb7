/** What a lead keeps of each submission that joined it, so that the join can be taken back. Holds personal data. */
import { z } from 'zod'
import { type EnrichableField, enrichableFields } from '../domain/enrich.js'
import { type LeadId, leadId } from '../domain/ids.js'
import { type NormalisedLead, normalisedLead } from '../domain/lead.js'
import type { MergeResult } from '../domain/merge.js'
import type { KeptMerge } from '../domain/unmerge.js'
import { execute, row, rows, sql, type Tx } from './sql.js'

/** A submission that joined, as its own lead has it. */
export type Joined = { lead: LeadId; incoming: NormalisedLead; blockingKeys: string[]; merge: KeptMerge }

/** Under this name the lead's record keeps what a merge changed. */
function nameOf(joined: LeadId): string {
  return `merge:${joined}`
}

/** What enrichment alone has filled: values that somebody has corrected since are theirs. */
type Filled = { filled: EnrichableField[]; hasJoined: boolean }

export async function readFilled(tx: Tx, lead: LeadId, now: NormalisedLead, joined: LeadId): Promise<Filled> {
  const found = await row(
    tx,
    z.object({ has_joined: z.boolean(), filled: z.array(z.string()), accepted }),
    // A lead that was enriched by an earlier release has no `filled`.
    sql`select coalesce(enrichment ? ${nameOf(joined)}, false) as has_joined,
               coalesce(enrichment->'accepted', '[]') as accepted,
               coalesce(enrichment->'filled', jsonb_path_query_array(enrichment, '$.accepted[*].field'), '[]') as filled
        from leads where id = ${lead}`,
  )
  const isUntouched = (field: EnrichableField) =>
    found.accepted.some(one => one.field === field && one.value === now[field])
  return {
    filled: enrichableFields.filter(field => found.filled.includes(field) && isUntouched(field)),
    hasJoined: found.has_joined,
  }
}

/** @param before what was only filled before the merge */
export async function keepMerge(
  tx: Tx,
  lead: LeadId,
  joined: LeadId,
  { changes, lost, enriched }: Pick<MergeResult, 'changes' | 'lost' | 'enriched'>,
  before: readonly EnrichableField[],
): Promise<void> {
  const released = before.filter(field => !enriched.includes(field))
  const kept = { filled: enriched, [nameOf(joined)]: { changes, lost, released } }
  await execute(
    tx,
    sql`update leads set enrichment = coalesce(enrichment, '{}'::jsonb) || ${JSON.stringify(kept)}::jsonb
        where id = ${lead}`,
  )
}

/** The submissions that have joined the lead and were not split from it, in the order in which they did. */
export async function joinedTo(tx: Tx, lead: LeadId): Promise<Joined[]> {
  const found = await rows(
    tx,
    z.object({
      id: leadId,
      normalised: normalisedLead,
      blocking_keys: z.array(z.string()),
      merge: keptMerge,
    }),
    sql`select o.id, o.normalised, o.blocking_keys, l.enrichment->('merge:' || o.id) as merge
        from leads l
        join lateral (
          select (e.data->>'lead')::uuid as id, max(e.seq) as seq
          from events e where e.lead_id = l.id and e.kind = 'submissionJoined' group by 1
        ) joined on true
        join leads o on o.id = joined.id
        where l.id = ${lead} and l.enrichment ? ('merge:' || o.id)
        order by joined.seq`,
  )
  return found.map(({ id, normalised, blocking_keys, merge }) => ({
    lead: id,
    incoming: normalised,
    blockingKeys: blocking_keys,
    merge,
  }))
}

/** Takes one of them off, and writes what taking it back has made of those after it. */
export async function dropMerge(
  tx: Tx,
  lead: LeadId,
  joined: LeadId,
  {
    filled,
    later,
  }: { filled: readonly EnrichableField[]; later: readonly { lead: LeadId; merge: KeptMerge }[] },
): Promise<void> {
  await execute(
    tx,
    sql`update leads
        set enrichment = jsonb_set(enrichment - ${nameOf(joined)}, '{filled}',
              coalesce(enrichment->'filled', '[]') || ${JSON.stringify(filled)}::jsonb)
        where id = ${lead}`,
  )
  for (const { lead: other, merge } of later) {
    await execute(
      tx,
      sql`update leads
          set enrichment = jsonb_set(enrichment, array[${nameOf(other)}], ${JSON.stringify(merge)}::jsonb)
          where id = ${lead}`,
    )
  }
}

const accepted = z.array(z.object({ field: z.string(), value: z.json() }))

const value = z.union([
  z.string(),
  z.number(),
  z.boolean(),
  z.null(),
  normalisedLead.shape.fields,
  normalisedLead.shape.notes,
])
const keptMerge = z.object({
  changes: z.array(z.object({ field: normalisedLead.keyof(), before: value, after: value })),
  /** Absent in what earlier releases kept: what they released can be seen no more, and stays a person's word. */
  released: z.array(z.enum(enrichableFields)).default([]),
  lost: z.array(
    z.object({
      field: z.string(),
      side: z.enum(['existing', 'incoming']),
      value: z.union([z.string(), z.number(), z.boolean()]),
    }),
  ),
})
