/** Leads as the API shows them. */
import { z } from '@hono/zod-openapi'
import type { LeadSummary } from '../db/lead-summary.js'
import type { LeadDetail } from '../db/leads.js'
import { type LeadId, leadId, repId } from '../domain/ids.js'
import { channel, leadStatus, normalisedLead, outcome } from '../domain/lead.js'
import { converted } from '../domain/messages.js'
import { clockKind } from '../domain/timeline.js'
import { iso, isoInstant, isoOrNull } from './instants.js'
import { type WorkflowLink, workflowLink } from './workflow-link.js'

const outcomeFields = {
  leadId,
  url: z.url(),
  status: leadStatus,
  owner: z.object({ id: repId, name: z.string() }).nullable(),
  rule: z.string().nullable().describe('The rule that gave the owner, or put the lead into the queue'),
  dueAt: isoInstant.nullable().describe("When the owner's next clock is due"),
  outcome: outcome.nullable().describe('How it ended; null while it is open'),
  mergedInto: leadId.nullable().describe('The lead that this one became part of, at the end of all merges'),
  review: z
    .object({ id: z.uuid(), kind: z.string(), decides: repId, dueAt: isoInstant })
    .nullable()
    .describe('What a person must decide'),
  held: z
    .object({ retryAt: isoInstant, until: isoInstant })
    .nullable()
    .describe('Nobody is available: when somebody is looked for again, and until when at most'),
  queue: z
    .object({ pool: z.string(), members: z.array(repId), acceptBy: isoInstant, then: z.string() })
    .nullable()
    .describe('The first of the members to accept the lead owns it; nobody by `acceptBy`: `then` gets it'),
}

/** What the sender of a lead learns of it. */
export const leadOutcomeView = z.object(outcomeFields)
export type LeadOutcomeView = z.infer<typeof leadOutcomeView>

export const leadSummaryView = z
  .object({
    ...outcomeFields,
    source: z.string(),
    channel,
    receivedAt: isoInstant,
    closedAt: isoInstant.nullable(),
    name: z.string().nullable(),
    company: z.string().nullable(),
    clock: clockKind.nullable().describe('Which clock dueAt is of'),
  })
  .openapi('Lead')
export type LeadSummaryView = z.infer<typeof leadSummaryView>

export const leadDetailView = leadSummaryView
  .extend({
    lead: normalisedLead.nullable().describe('What was given, and the keys that matching uses'),
    brief: z.string().nullable(),
    account: z.string().nullable(),
    policyVersion: z.int().nullable(),
    assignments: z.array(
      z.object({
        hop: z.int(),
        owner: repId,
        pool: z.string().nullable(),
        rule: z.string(),
        sla: z.string(),
        cause: z.string(),
        policyVersion: z.int(),
        assignedAt: isoInstant,
        savedAt: isoInstant.nullable(),
        acknowledgedAt: isoInstant.nullable(),
        firstTouchAt: isoInstant.nullable(),
        endedAt: isoInstant.nullable(),
        endedWhy: z.string().nullable(),
      }),
    ),
    clocks: z.array(
      z.object({
        clock: clockKind,
        dueAt: isoInstant,
        metAt: isoInstant.nullable(),
        breached: z.boolean(),
        pausedUntil: isoInstant
          .nullable()
          .describe('Stands still until then at the most; null: it runs, or is met'),
      }),
    ),
    times: z
      .object({
        untilOwner: z.object({ systemMs: z.number(), peopleMs: z.number() }).nullable(),
        owners: z.array(
          z.object({
            owner: repId,
            acknowledgeMs: z.number().nullable(),
            firstTouchMs: z.number().nullable(),
          }),
        ),
      })
      .describe(
        'Milliseconds until the first owner, ours and those of people who were asked; then of each owner',
      ),
    reassignmentRequest: z
      .object({ id: z.string(), requestedBy: repId, decides: repId, dueAt: isoInstant })
      .nullable(),
    handoff: z.object({ id: z.string(), from: repId, to: repId, dueAt: isoInstant }).nullable(),
    became: converted.nullable().describe('What a converted lead became, by the ids of the CRM'),
    erasedAt: isoInstant.nullable().describe('Since when nothing personal is left of it'),
    joined: z
      .array(z.object({ leadId, source: z.string(), receivedAt: isoInstant }))
      .describe('The leads that have become part of this one'),
    workflow: workflowLink,
  })
  .openapi('LeadDetail')
export type LeadDetailView = z.infer<typeof leadDetailView>

function leadUrl(publicUrl: string, lead: LeadId): string {
  return new URL(`/v1/leads/${lead}`, publicUrl).href
}

export function viewOutcome(publicUrl: string, lead: LeadSummary): LeadOutcomeView {
  const { review, held, queue } = lead
  return {
    leadId: lead.leadId,
    url: leadUrl(publicUrl, lead.leadId),
    status: lead.status,
    owner: lead.owner,
    rule: lead.rule,
    dueAt: isoOrNull(lead.dueAtMs),
    outcome: lead.outcome,
    mergedInto: lead.mergedInto,
    review:
      review === null
        ? null
        : { id: review.id, kind: review.kind, decides: review.decides, dueAt: iso(review.dueAtMs) },
    held: held === null ? null : { retryAt: iso(held.retryAtMs), until: iso(held.untilMs) },
    queue:
      queue === null
        ? null
        : { pool: queue.pool, members: queue.members, acceptBy: iso(queue.acceptByMs), then: queue.then },
  }
}

export function viewSummary(publicUrl: string, lead: LeadSummary): LeadSummaryView {
  return {
    ...viewOutcome(publicUrl, lead),
    source: lead.source,
    channel: lead.channel,
    receivedAt: iso(lead.receivedAtMs),
    closedAt: isoOrNull(lead.closedAtMs),
    name: lead.name,
    company: lead.company,
    clock: lead.clock,
  }
}

export function viewDetail(publicUrl: string, lead: LeadDetail, workflow: WorkflowLink): LeadDetailView {
  const { reassignmentRequest: request, handoff } = lead
  return {
    ...viewSummary(publicUrl, lead),
    lead: lead.lead,
    brief: lead.brief,
    account: lead.account,
    policyVersion: lead.policyVersion,
    assignments: lead.assignments.map(assignment => ({
      hop: assignment.hop,
      owner: assignment.owner,
      pool: assignment.pool,
      rule: assignment.rule,
      sla: assignment.sla,
      cause: assignment.cause,
      policyVersion: assignment.policyVersion,
      assignedAt: iso(assignment.assignedAtMs),
      savedAt: isoOrNull(assignment.savedAtMs),
      acknowledgedAt: isoOrNull(assignment.acknowledgedAtMs),
      firstTouchAt: isoOrNull(assignment.firstTouchAtMs),
      endedAt: isoOrNull(assignment.endedAtMs),
      endedWhy: assignment.endedWhy,
    })),
    times: lead.times,
    clocks: lead.clocks.map(({ clock, dueAtMs, metAtMs, breached, pausedUntilMs }) => ({
      clock,
      dueAt: iso(dueAtMs),
      metAt: isoOrNull(metAtMs),
      breached,
      pausedUntil: isoOrNull(pausedUntilMs),
    })),
    reassignmentRequest:
      request === null
        ? null
        : {
            id: request.id,
            requestedBy: request.requestedBy,
            decides: request.decides,
            dueAt: iso(request.dueAtMs),
          },
    handoff:
      handoff === null
        ? null
        : { id: handoff.id, from: handoff.from, to: handoff.to, dueAt: iso(handoff.dueAtMs) },
    became: lead.became,
    erasedAt: isoOrNull(lead.erasedAtMs),
    joined: lead.joined.map(({ lead: id, source, receivedAtMs }) => ({
      leadId: id,
      source,
      receivedAt: iso(receivedAtMs),
    })),
    workflow,
  }
}
