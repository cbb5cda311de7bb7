import { z } from 'zod'
import { type EpochMs, instant, leadId, repId } from '../domain/ids.js'
import { channel, type LeadStatus, leadStatus, outcome } from '../domain/lead.js'
import { clockKind, timelineEntry } from '../domain/timeline.js'
import { bigintColumn, instantColumn, sql } from './sql.js'

/** How one lead stands, in a row of a list and in the first half of its page. */
export type LeadSummary = z.output<typeof summaryRow>

/**
 * One lead a row, `l` being the lead: owner's name, rule, the owner's next unmet clock, the open review, what it waits
 * for without an owner (`wait`), the root.
 */
export const summaries = sql`
  select l.id, l.source, l.channel, l.received_at, l.status, l.outcome, l.closed_at, l.owner, l.hop, l.joining,
         coalesce(l.normalised->>'name',
                  nullif(concat_ws(' ', l.normalised->>'firstName', l.normalised->>'lastName'), '')) as name,
         l.normalised->>'company' as company,
         (select p.facts->>'name' from people p where p.id = l.owner order by p.valid_from desc limit 1) as owner_name,
         (select a.rule from assignments a where a.lead_id = l.id order by a.hop desc limit 1) as rule,
         clock.kind as clock, clock.due_ms,
         wait.data as wait, l.due_at as acts_at,
         review.id as review, review.kind as review_kind, review.decides, review.due_at as review_due_at,
         case when l.merged_into is not null then (
           -- A merged lead may have been merged on; who asks is led to the lead that lives.
           with recursive chain as (
             select l.merged_into as id, 1 as depth
             union all
             select m.merged_into, chain.depth + 1 from chain join leads m on m.id = chain.id
             where m.merged_into is not null and chain.depth < 50
           )
           select id from chain order by depth desc limit 1
         ) end as merged_into
  from leads l
  left join lateral (
    select c->>'clock' as kind, (c->>'dueAtMs')::bigint as due_ms
    from (select e.seq, e.data from events e
          where e.lead_id = l.id and e.kind = 'assigned' order by e.seq desc limit 1) given
    cross join jsonb_array_elements(given.data->'clocks') c
    where not exists (select from events m where m.lead_id = l.id and m.seq > given.seq and m.kind = 'clockMet'
                      and m.data->>'clock' = c->>'clock')
    order by due_ms limit 1
  ) clock on l.owner is not null and l.status <> 'closed'
  left join lateral (
    select r.id, r.kind, case when r.escalated_at is null then r.decides else r.backup end as decides,
           case when r.escalated_at is null then r.due_at else r.backup_due_at end as due_at
    from reviews r where r.lead_id = l.id and r.ended_at is null
  ) review on true
  left join lateral (
    select e.data from events e where e.lead_id = l.id and e.kind = l.status order by e.seq desc limit 1
  ) wait on l.status in ('held', 'queued')`

export const summaryRow = z
  .object({
    id: leadId,
    source: z.string(),
    channel,
    received_at: instantColumn,
    status: leadStatus,
    outcome: outcome.nullable(),
    closed_at: instantColumn.nullable(),
    owner: repId.nullable(),
    owner_name: z.string().nullable(),
    hop: z.int(),
    rule: z.string().nullable(),
    clock: clockKind.nullable(),
    due_ms: bigintColumn.nullable(),
    wait: z.unknown(),
    acts_at: instantColumn.nullable(),
    name: z.string().nullable(),
    company: z.string().nullable(),
    joining: leadId.nullable(),
    merged_into: leadId.nullable(),
    review: z.uuid().nullable(),
    review_kind: z.string().nullable(),
    decides: repId.nullable(),
    review_due_at: instantColumn.nullable(),
  })
  .transform(found => ({
    leadId: found.id,
    source: found.source,
    channel: found.channel,
    receivedAtMs: found.received_at,
    status: found.status,
    outcome: found.outcome,
    closedAtMs: found.closed_at,
    /** A name is missing only where nobody ever wrote this person into the people document. */
    owner: found.owner === null ? null : { id: found.owner, name: found.owner_name ?? found.owner },
    hop: found.hop,
    rule: found.status === 'held' ? null : (queueOf(found)?.rule ?? found.rule),
    /** The owner's clock that is due next, and when; null when all are met or nobody owns the lead. */
    clock: found.clock,
    dueAtMs: found.due_ms === null ? null : instant(Number(found.due_ms)),
    /** The prospect's. */
    name: found.name,
    company: found.company,
    joining: found.joining,
    /** The lead that lives, at the end of the chain of merges. */
    mergedInto: found.merged_into,
    /** Waits for somebody to become available, who is looked for again at `retryAtMs`. */
    held: heldOf(found),
    /** Waits for the first of these people to accept it; who gets it when nobody does is `then`. */
    queue: queueOf(found),
    review:
      found.review === null ||
      found.review_kind === null ||
      found.decides === null ||
      found.review_due_at === null
        ? null
        : { id: found.review, kind: found.review_kind, decides: found.decides, dueAtMs: found.review_due_at },
  }))

type Wait = { status: LeadStatus; wait?: unknown; acts_at: EpochMs | null }

function heldOf({ status, wait, acts_at }: Wait) {
  const entry = wait == null ? null : timelineEntry(status, wait)
  if (entry?.kind !== 'held') return null
  const { retryAtMs, untilMs } = entry.data
  // Each try that finds nobody moves the next one; the row alone knows that.
  return { retryAtMs: acts_at ?? retryAtMs, untilMs }
}

function queueOf({ status, wait }: Omit<Wait, 'acts_at'>) {
  const entry = wait == null ? null : timelineEntry(status, wait)
  if (entry?.kind !== 'queued') return null
  const { pool, members, rule, acceptByMs, then } = entry.data
  return { pool, members, rule, acceptByMs, then }
}
