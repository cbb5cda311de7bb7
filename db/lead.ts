/** The lead's own row, as its workflow's activities read and change it. */
import { z } from 'zod'
import { type EpochMs, type LeadId, leadId, policyVersion, repId } from '../domain/ids.js'
import { channel, leadStatus, normalisedLead, outcome, routingFacts } from '../domain/lead.js'
import { converted } from '../domain/messages.js'
import { type Db, execute, row, sql, type Tx, timestamp } from './sql.js'

const leadRow = z
  .object({
    id: leadId,
    source: z.string(),
    channel,
    status: leadStatus,
    outcome: outcome.nullable(),
    normalised: normalisedLead.nullable(),
    facts: routingFacts.nullable(),
    policy_version: policyVersion.nullable(),
    owner: repId.nullable(),
    hop: z.int(),
    brief: z.string().nullable(),
    /** Which of its lives the lead is in, from 0. */
    generation: z.int(),
    /** Leads that a person has called somebody else's. */
    apart_from: z.array(leadId),
    became: converted.nullable(),
    /** Nothing personal is left of it. */
    erased: z.boolean(),
  })
  .transform(({ policy_version, apart_from, ...lead }) => ({
    ...lead,
    policyVersion: policy_version,
    apartFrom: apart_from,
  }))
export type LeadRow = z.infer<typeof leadRow>

const columns = sql`id, source, channel, status, outcome, normalised, facts, policy_version, owner, hop, brief,
                    generation, apart_from, became, erased_at is not null as erased`

export async function readLead(db: Db, lead: LeadId): Promise<LeadRow> {
  return row(db, leadRow, sql`select ${columns} from leads where id = ${lead}`)
}

/** Whoever changes a lead locks its row first: activities of one lead that overlap after a retry wait for each other. */
export async function lockLead(tx: Tx, lead: LeadId): Promise<LeadRow> {
  return row(tx, leadRow, sql`select ${columns} from leads where id = ${lead} for update`)
}

/** The lead's facts and policy, once it is prepared; throws before. */
export function preparedOf(
  lead: LeadRow,
): Required<NonNullableFields<LeadRow, 'normalised' | 'facts' | 'policyVersion'>> {
  const { normalised, facts, policyVersion } = lead
  if (normalised === null || facts === null || policyVersion === null)
    throw new Error(`lead ${lead.id} is not prepared`)
  return { ...lead, normalised, facts, policyVersion }
}
type NonNullableFields<T, K extends keyof T> = Omit<T, K> & { [F in K]: NonNullable<T[F]> }

export async function saveDue(
  tx: Tx,
  lead: LeadId,
  due: { atMs: EpochMs; what: string } | null,
): Promise<void> {
  await execute(
    tx,
    sql`update leads set due_at = ${due === null ? null : timestamp(due.atMs)}, due_kind = ${due?.what ?? null}
        where id = ${lead}`,
  )
}

/** Wakes whoever waits for this lead's outcome (`POST /v1/leads?wait=`) when the transaction commits. */
export async function announceOutcome(tx: Tx, lead: LeadId): Promise<void> {
  await execute(tx, sql`select pg_notify('lead_outcome', ${lead})`)
}
