/** Reading leads: how each stands, for the API, the desk and the command line. Nothing here writes. */
import { z } from 'zod'
import { type EpochMs, type LeadId, leadId, type RepId, repId } from '../domain/ids.js'
import { type LeadStatus, type NormalisedLead, normalisedLead } from '../domain/lead.js'
import { type Converted, converted } from '../domain/messages.js'
import { claimColumn, claimRow } from './claims.js'
import { inScope, type LeadScope } from './lead-scope.js'
import { type LeadSummary, summaries, summaryRow } from './lead-summary.js'
import { clocksIn, type LeadClock, type LeadTimes, timesIn } from '../domain/lead-clocks.js'
import { timelineOf } from './events.js'
import { type Assignment, assignmentsOf } from './ownership.js'
import { type Db, empty, instantColumn, row, rowOrNull, rows, sql, timestamp } from './sql.js'

/** More than a person can look through; the most urgent come first. */
const mostOpenItems = 500

export type LeadFilter = {
  scope: LeadScope
  status?: LeadStatus
  owner?: RepId
  source?: string
  /** Received at this instant or later. */
  sinceMs?: EpochMs
  /** The last lead of the page before. */
  after?: { receivedAtMs: EpochMs; lead: LeadId }
  limit: number
}

export type LeadDetail = LeadSummary & {
  /** As it came in, with the keys that matching uses; null until the lead is prepared. */
  lead: NormalisedLead | null
  brief: string | null
  account: string | null
  policyVersion: number | null
  assignments: Assignment[]
  /** The clocks of the latest owner. */
  clocks: LeadClock[]
  times: LeadTimes
  reassignmentRequest: { id: string; requestedBy: RepId; decides: RepId; dueAtMs: EpochMs } | null
  handoff: { id: string; from: RepId; to: RepId; dueAtMs: EpochMs } | null
  /** What a converted lead became, by the ids of the CRM. */
  became: Converted | null
  /** Since when nothing personal is left of it. */
  erasedAtMs: EpochMs | null
  /** The leads that have become part of this one, in the order in which they did. */
  joined: { lead: LeadId; source: string; receivedAtMs: EpochMs }[]
}

/** How the lead stands now; null when there is no such lead. */
export async function leadOutcome(db: Db, lead: LeadId): Promise<LeadSummary | null> {
  return rowOrNull(db, summaryRow, sql`${summaries} where l.id = ${lead}`)
}

/** Newest first. */
export async function listLeads(db: Db, filter: LeadFilter): Promise<LeadSummary[]> {
  const { status, owner, source, sinceMs, after } = filter
  return rows(
    db,
    summaryRow,
    sql`${summaries}
        where ${inScope(filter.scope)}
          ${status === undefined ? empty : sql`and l.status = ${status}`}
          ${owner === undefined ? empty : sql`and l.owner = ${owner}`}
          ${source === undefined ? empty : sql`and l.source = ${source}`}
          ${sinceMs === undefined ? empty : sql`and l.received_at >= ${timestamp(sinceMs)}`}
          ${after === undefined ? empty : pastCursor(after)}
        order by l.received_at desc, l.id
        limit ${filter.limit}`,
  )
}

/** A rep's open leads: the one that must be acted on first stands first. Without clocks: the oldest first. */
export async function queueOf(db: Db, rep: RepId): Promise<LeadSummary[]> {
  return rows(
    db,
    summaryRow,
    sql`${summaries}
        where l.owner = ${rep} and l.status <> 'closed'
        order by clock.due_ms nulls last, l.received_at, l.id
        limit ${mostOpenItems}`,
  )
}

/** Leads that this person may accept from a queue, the one whose time is over first stands first. */
export async function acceptableBy(db: Db, rep: RepId): Promise<LeadSummary[]> {
  return rows(
    db,
    summaryRow,
    sql`${summaries}
        where l.status = 'queued' and wait.data->'members' ? ${rep}
        order by l.due_at, l.received_at, l.id
        limit ${mostOpenItems}`,
  )
}

export async function isInScope(db: Db, scope: LeadScope, lead: LeadId): Promise<boolean> {
  const found = await rowOrNull(
    db,
    z.object({ id: leadId }),
    sql`select l.id from leads l where l.id = ${lead} and ${inScope(scope)}`,
  )
  return found !== null
}

export async function leadDetail(db: Db, lead: LeadId): Promise<LeadDetail | null> {
  const summary = await leadOutcome(db, lead)
  if (summary === null) return null
  const [facts, assignments, timeline, reassignmentRequest, handoff, joined] = await Promise.all([
    row(
      db,
      factsRow,
      sql`select normalised, brief, account_id, policy_version, became, erased_at from leads where id = ${lead}`,
    ),
    assignmentsOf(db, lead),
    timelineOf(db, lead),
    rowOrNull(
      db,
      openRequestRow,
      sql`select r.id, r.requested_by, ${currentDecider} as decides, ${currentDueAt} as due_at
          from reassignment_requests r where r.lead_id = ${lead} and r.ended_at is null`,
    ),
    rowOrNull(
      db,
      openHandoffRow,
      sql`select id, from_rep, to_rep, due_at from handoffs where lead_id = ${lead} and ended_at is null`,
    ),
    rows(
      db,
      joinedRow,
      sql`select id, source, received_at from leads where merged_into = ${lead} order by closed_at, id`,
    ),
  ])
  const clocks = clocksIn(timeline)
  return {
    ...summary,
    ...facts,
    assignments,
    clocks,
    times: timesIn(timeline),
    reassignmentRequest,
    handoff,
    joined,
  }
}

export type Review = z.output<typeof reviewRow>
export type ReassignmentRequest = z.output<typeof requestRow>
export type InAppMessage = z.output<typeof messageRow>

/** Reviews that wait for a person, the most urgent first. */
export async function openReviews(db: Db, filter: { decides?: RepId } = {}): Promise<Review[]> {
  const mine = filter.decides === undefined ? empty : sql`and ${currentDecider} = ${filter.decides}`
  return rows(
    db,
    reviewRow,
    sql`${reviews} where r.ended_at is null ${mine} order by due_at, r.id limit ${mostOpenItems}`,
  )
}

/** The latest reviews, open or ended, newest first. */
export async function latestReviews(db: Db, filter: { decides?: RepId; limit: number }): Promise<Review[]> {
  const mine = filter.decides === undefined ? empty : sql`where ${filter.decides} in (r.decides, r.backup)`
  return rows(db, reviewRow, sql`${reviews} ${mine} order by r.opened_at desc, r.id limit ${filter.limit}`)
}

/** Reassignment requests that wait for a person, the most urgent first. */
export async function openReassignmentRequests(
  db: Db,
  filter: { decides?: RepId } = {},
): Promise<ReassignmentRequest[]> {
  const mine = filter.decides === undefined ? empty : sql`and ${currentDecider} = ${filter.decides}`
  return rows(
    db,
    requestRow,
    sql`select r.id, r.lead_id, r.requested_by, r.reason, r.wanted, r.requested_at, ${currentDecider} as decides,
               ${currentDueAt} as due_at, n.body->>'note' as note
        from reassignment_requests r left join notes n on n.request_id = r.id
        where r.ended_at is null ${mine} order by due_at, r.id limit ${mostOpenItems}`,
  )
}

/** The lead that a review is about, open or ended. */
export async function leadOfReview(db: Db, review: string): Promise<LeadId | null> {
  const found = await rowOrNull(db, ofLeadRow, sql`select lead_id from reviews where id = ${review}`)
  return found?.lead_id ?? null
}

/** The lead that a reassignment request is about, open or ended. */
export async function leadOfRequest(db: Db, request: string): Promise<LeadId | null> {
  const found = await rowOrNull(
    db,
    ofLeadRow,
    sql`select lead_id from reassignment_requests where id = ${request}`,
  )
  return found?.lead_id ?? null
}

/** A rep's latest in-app messages, newest first. */
export async function messagesOf(db: Db, rep: RepId, limit = 100): Promise<InAppMessage[]> {
  return rows(
    db,
    messageRow,
    sql`select id, lead_id, about, subject, body, created_at, read_at from messages
        where recipient = ${rep} and channel = 'in-app' order by created_at desc, id limit ${limit}`,
  )
}

function pastCursor({ receivedAtMs, lead }: { receivedAtMs: EpochMs; lead: LeadId }) {
  const at = timestamp(receivedAtMs)
  return sql`and l.received_at <= ${at} and (l.received_at < ${at} or l.id > ${lead})`
}

const factsRow = z
  .object({
    normalised: normalisedLead.nullable(),
    brief: z.string().nullable(),
    account_id: z.string().nullable(),
    policy_version: z.int().nullable(),
    became: converted.nullable(),
    erased_at: instantColumn.nullable(),
  })
  .transform(found => ({
    lead: found.normalised,
    brief: found.brief,
    account: found.account_id,
    policyVersion: found.policy_version,
    became: found.became,
    erasedAtMs: found.erased_at,
  }))

const joinedRow = z
  .object({ id: leadId, source: z.string(), received_at: instantColumn })
  .transform(found => ({ lead: found.id, source: found.source, receivedAtMs: found.received_at }))

const ofLeadRow = z.object({ lead_id: leadId })

const openRequestRow = z
  .object({ id: z.string(), requested_by: repId, decides: repId, due_at: instantColumn })
  .transform(found => ({
    id: found.id,
    requestedBy: found.requested_by,
    decides: found.decides,
    dueAtMs: found.due_at,
  }))

const openHandoffRow = z
  .object({ id: z.string(), from_rep: repId, to_rep: repId, due_at: instantColumn })
  .transform(found => ({ id: found.id, from: found.from_rep, to: found.to_rep, dueAtMs: found.due_at }))

/** Who must decide, and until when: the backup once the item was escalated. `r` is a review or a request. */
const currentDecider = sql`case when r.escalated_at is null then r.decides else r.backup end`
const currentDueAt = sql`case when r.escalated_at is null then r.due_at else r.backup_due_at end`

const reviews = sql`
  select r.id, r.lead_id, r.hop, r.kind, r.opened_at, ${currentDecider} as decides, ${currentDueAt} as due_at,
         r.escalated_at, r.choices, r.evidence, r.ended_at, r.ended_why, r.decided_by, r.decision,
         ${claimColumn} as claim
  from reviews r left join notes n on n.request_id = r.claim_request`

const reviewRow = z
  .object({
    id: z.uuid(),
    lead_id: leadId,
    hop: z.int(),
    kind: z.string(),
    opened_at: instantColumn,
    decides: repId,
    due_at: instantColumn,
    escalated_at: instantColumn.nullable(),
    choices: z.array(z.string()),
    evidence: z.json(),
    ended_at: instantColumn.nullable(),
    ended_why: z.string().nullable(),
    decided_by: z.string().nullable(),
    decision: z.json(),
    claim: claimRow.nullable(),
  })
  .transform(found => ({
    id: found.id,
    leadId: found.lead_id,
    hop: found.hop,
    kind: found.kind,
    openedAtMs: found.opened_at,
    /** Whoever must decide now: the backup once the review was escalated. */
    decides: found.decides,
    dueAtMs: found.due_at,
    escalatedAtMs: found.escalated_at,
    choices: found.choices,
    evidence: found.evidence,
    endedAtMs: found.ended_at,
    endedWhy: found.ended_why,
    decidedBy: found.decided_by,
    decision: found.decision,
    /** Of a lead whose ownership is claimed: by whom, from whom and why. */
    claim: found.claim,
  }))

const requestRow = z
  .object({
    id: z.string(),
    lead_id: leadId,
    requested_by: repId,
    reason: z.string(),
    wanted: repId.nullable(),
    requested_at: instantColumn,
    decides: repId,
    due_at: instantColumn,
    note: z.string().nullable(),
  })
  .transform(found => ({
    id: found.id,
    leadId: found.lead_id,
    requestedBy: found.requested_by,
    reason: found.reason,
    wanted: found.wanted,
    requestedAtMs: found.requested_at,
    decides: found.decides,
    dueAtMs: found.due_at,
    note: found.note,
  }))

const messageRow = z
  .object({
    id: z.uuid(),
    lead_id: leadId,
    about: z.string(),
    subject: z.string(),
    body: z.string(),
    created_at: instantColumn,
    read_at: instantColumn.nullable(),
  })
  .transform(found => ({
    id: found.id,
    leadId: found.lead_id,
    about: found.about,
    subject: found.subject,
    body: found.body,
    createdAtMs: found.created_at,
    readAtMs: found.read_at,
  }))
