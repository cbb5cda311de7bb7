/** What waits for a person's decision: reviews and reassignment requests. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { endOfRequest, endOfReview } from '../db/decided-items.js'
import {
  latestReviews,
  leadOfRequest,
  leadOfReview,
  openReassignmentRequests,
  openReviews,
  type Review,
} from '../db/leads.js'
import { note } from '../db/notes.js'
import { leadId, type RepId, repId } from '../domain/ids.js'
import { leadBody } from '../domain/lead.js'
import { reviewDecision } from '../domain/messages.js'
import { actAnswers, answerAct, type Envelope } from './act.js'
import type { ApiDeps } from './app.js'
import type { ApiEnv, Caller } from './auth.js'
import { idempotencyHeaders } from './idempotency.js'
import { iso, isoInstant, isoOrNull } from './instants.js'
import { needs } from './permissions.js'
import { Problem, problems } from './problem.js'
import { isStorable, noteField, unstorable } from './texts.js'

const mostReviews = 200

const mine = z
  .stringbool()
  .default(false)
  .describe('Only those that the caller must decide; a rep sees no others')
  .openapi({ type: 'boolean' })

const named = z.object({ id: repId, name: z.string() })

const reviewView = z
  .object({
    id: z.uuid(),
    leadId,
    kind: z.string(),
    openedAt: isoInstant,
    decides: repId.describe('Who must decide now; the backup once it was escalated'),
    dueAt: isoInstant,
    escalatedAt: isoInstant.nullable(),
    choices: z.array(z.string()),
    evidence: z.unknown().describe('What the decision can lean on'),
    endedAt: isoInstant.nullable(),
    endedWhy: z.string().nullable(),
    decidedBy: z.string().nullable(),
    decision: z.unknown(),
    claim: z
      .object({ claimant: named, owner: named, reason: z.string(), note: z.string().nullable() })
      .nullable()
      .describe('Of the kind `ownership-claimed`: who says that the lead is theirs, and whose it was then'),
  })
  .openapi('Review')

const listReviews = createRoute({
  method: 'get',
  path: '/v1/reviews',
  summary: 'Reviews: the most urgent first, or with `state=all` the newest first',
  tags: ['Decisions'],
  middleware: needs('readReviews'),
  request: { query: z.object({ state: z.enum(['open', 'all']).default('open'), mine }) },
  responses: {
    200: {
      description: 'The reviews',
      content: { 'application/json': { schema: z.object({ reviews: z.array(reviewView) }) } },
    },
    ...problems,
  },
})

/** What a reviewer may put right: what the sender said, but not where the lead came from or what they agreed to. */
const correctedFields = leadBody
  .omit({ source: true, receivedAt: true, utm: true, fields: true, consent: true })
  .strict()
  .refine(fields => Object.keys(fields).length > 0, 'at least one field')
  .refine(fields => Object.values(fields).every(isStorable), unstorable)

const reviewBody = reviewDecision
  .and(z.object({ fields: correctedFields.optional(), note: noteField }))
  .refine(body => (body.choice === 'correct') === (body.fields !== undefined), {
    path: ['fields'],
    message: 'needed for the choice correct, and only there',
  })

const decideReview = createRoute({
  method: 'post',
  path: '/v1/reviews/{id}/decision',
  summary: 'Decide a review',
  tags: ['Decisions'],
  middleware: needs('decide'),
  request: {
    headers: idempotencyHeaders,
    params: z.object({ id: z.uuid() }),
    body: { required: true, content: { 'application/json': { schema: reviewBody } } },
  },
  responses: { ...actAnswers, ...problems },
})

const requestView = z
  .object({
    id: z.string(),
    leadId,
    requestedBy: repId,
    reason: z.string(),
    wanted: repId.nullable(),
    note: z.string().nullable(),
    requestedAt: isoInstant,
    decides: repId,
    dueAt: isoInstant,
  })
  .openapi('ReassignmentRequest')

const listRequests = createRoute({
  method: 'get',
  path: '/v1/reassignment-requests',
  summary: 'Open reassignment requests, the most urgent first',
  tags: ['Decisions'],
  middleware: needs('readReviews'),
  request: { query: z.object({ mine }) },
  responses: {
    200: {
      description: 'The requests',
      content: { 'application/json': { schema: z.object({ requests: z.array(requestView) }) } },
    },
    ...problems,
  },
})

const decideRequest = createRoute({
  method: 'post',
  path: '/v1/reassignment-requests/{id}/decision',
  summary: 'Approve or refuse a reassignment request',
  tags: ['Decisions'],
  middleware: needs('decide'),
  request: {
    headers: idempotencyHeaders,
    params: z.object({ id: z.string().min(1).max(200) }),
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z.object({ approve: z.boolean(), to: repId.optional(), note: noteField }),
        },
      },
    },
  },
  responses: { ...actAnswers, ...problems },
})

export function addDecisionsByPeople(app: OpenAPIHono<ApiEnv>, deps: ApiDeps): void {
  app.openapi(listReviews, async c => {
    const { state, mine } = c.req.valid('query')
    const decides = decider(c.var.caller, mine)
    if (decides === 'nobody') return c.json({ reviews: [] }, 200)
    const reviews =
      state === 'open'
        ? await openReviews(deps.db, { decides })
        : await latestReviews(deps.db, { decides, limit: mostReviews })
    return c.json({ reviews: reviews.map(viewReview) }, 200)
  })

  app.openapi(decideReview, async c => {
    const review = c.req.valid('param').id
    const { fields, note: written, ...decision } = c.req.valid('json')
    const lead = await leadOfReview(deps.db, review)
    if (lead === null) throw new Problem(404, 'not-found')
    const payload = (envelope: Envelope) => ({ ...envelope, review, decision })
    const text = note.parse({ fields, note: written })
    const decided = () => endOfReview(deps.db, review)
    return answerAct(c, deps, { lead, name: 'decideReview', payload, text, decided })
  })

  app.openapi(listRequests, async c => {
    const decides = decider(c.var.caller, c.req.valid('query').mine)
    if (decides === 'nobody') return c.json({ requests: [] }, 200)
    const requests = await openReassignmentRequests(deps.db, { decides })
    const shown = requests.map(({ requestedAtMs, dueAtMs, ...request }) => ({
      ...request,
      requestedAt: iso(requestedAtMs),
      dueAt: iso(dueAtMs),
    }))
    return c.json({ requests: shown }, 200)
  })

  app.openapi(decideRequest, async c => {
    const request = c.req.valid('param').id
    const { approve, to, note } = c.req.valid('json')
    const lead = await leadOfRequest(deps.db, request)
    if (lead === null) throw new Problem(404, 'not-found')
    const payload = (envelope: Envelope) => ({ ...envelope, request, approve, to })
    const decided = () => endOfRequest(deps.db, request)
    return answerAct(c, deps, { lead, name: 'decideReassignment', payload, text: { note }, decided })
  })
}

/** Whose items to list; undefined: everyone's. */
function decider(caller: Caller, mine: boolean): RepId | undefined | 'nobody' {
  if (!mine && caller.role !== 'rep') return undefined
  return caller.rep ?? 'nobody'
}

function viewReview(review: Review): z.infer<typeof reviewView> {
  return {
    id: review.id,
    leadId: review.leadId,
    kind: review.kind,
    openedAt: iso(review.openedAtMs),
    decides: review.decides,
    dueAt: iso(review.dueAtMs),
    escalatedAt: isoOrNull(review.escalatedAtMs),
    choices: review.choices,
    evidence: review.evidence,
    endedAt: isoOrNull(review.endedAtMs),
    endedWhy: review.endedWhy,
    decidedBy: review.decidedBy,
    decision: review.decision,
    claim: review.claim,
  }
}
