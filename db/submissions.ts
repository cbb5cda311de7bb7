import { z } from 'zod'
import { type EpochMs, type LeadId, leadId } from '../domain/ids.js'
import type { Channel } from '../domain/lead.js'
import { digestOf } from './erase.js'
import { execute, instantColumn, row, sql, type Tx, timestamp } from './sql.js'

export type Submission = {
  id: string
  lead: LeadId
  source: string
  channel: Channel
  idempotencyKey: string
  /** JSON text. */
  raw: string
  unknownFields: readonly string[]
  receivedAtMs: EpochMs
  submittedBy: string
  externalId: string | null
}

/** @returns whether the submission is new; when it is not, nothing was written */
export async function insertSubmission(tx: Tx, submission: Submission): Promise<boolean> {
  // The unique key (source, idempotency_key) closes the race of one submission sent twice at the same moment: the
  // second insert waits until the first commits, then inserts nothing, and so makes no lead either. Both rows come
  // from one statement because the foreign key is looked at when the statement ends.
  const leads = await execute(
    tx,
    sql`with fresh as (
          insert into submissions (id, lead_id, source, idempotency_key, raw, unknown_fields, received_at,
                                   submitted_by, external_id)
          select ${submission.id}::uuid, ${submission.lead}::uuid, ${submission.source}, ${submission.idempotencyKey},
                 ${submission.raw}::jsonb, ${submission.unknownFields}::text[], ${timestamp(submission.receivedAtMs)}::timestamptz,
                 ${submission.submittedBy}, ${submission.externalId}
          -- A person who was erased does not come back by what was sent before.
          where not exists (
            select from submissions erased
            where erased.source = ${submission.source}
              and erased.idempotency_key = ${digestOf(sql`${submission.idempotencyKey}`)})
          on conflict (source, idempotency_key) do nothing
          returning lead_id, source, received_at
        )
        insert into leads (id, source, channel, received_at)
        select lead_id, source, ${submission.channel}, received_at from fresh`,
  )
  return leads === 1
}

export type KnownSubmission = {
  lead: LeadId
  receivedAtMs: EpochMs
  /** Whether the submission at hand says the same and comes from the same sender. */
  isTheSame: boolean
  workflowStarted: boolean
}

/** The submission that already stands under this one's key. */
export async function knownSubmission(tx: Tx, submission: Submission): Promise<KnownSubmission> {
  // A later statement than the insert: it sees what the insert waited for. jsonb compares by content, not by text.
  return row(
    tx,
    z
      .object({ lead: leadId, received_at: instantColumn, is_the_same: z.boolean(), started: z.boolean() })
      .transform(known => ({
        lead: known.lead,
        receivedAtMs: known.received_at,
        isTheSame: known.is_the_same,
        workflowStarted: known.started,
      })),
    sql`select s.lead_id as lead, s.received_at, l.workflow_started_at is not null as started,
               -- Of what is erased nobody can say what it said.
               (s.raw = ${submission.raw}::jsonb or l.erased_at is not null)
                 and s.submitted_by = ${submission.submittedBy} as is_the_same
        from submissions s join leads l on l.id = s.lead_id
        where s.source = ${submission.source}
          and s.idempotency_key in (${submission.idempotencyKey}, ${digestOf(sql`${submission.idempotencyKey}`)})`,
  )
}
