/** What waits for a person's decision: reviews and reassignment requests. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import {
  latestReviews,
  leadOfRequest,
  leadOfReview,
  openReassignmentRequests,
  openReviews,
  type Review,
} from '../db/leads.js'
import { leadId, type RepId, repId } from '../domain/ids.js'
import { leadBody } from '../domain/lead.js'
import { type ReviewDecision, reviewDecision } from '../domain/messages.js'
import { actAnswers, answerAct, type Envelope } from './act.js'
import type { ApiDeps } from './app.js'
import type { ApiEnv, Caller } from './auth.js'
import { idempotencyHeaders } from './idempotency.js'
import { iso, isoInstant, isoOrNull } from './instants.js'
import { needs } from './permissions.js'
import { Problem, problems } from './problem.js'
import { noteField } from './texts.js'

const mine = z
  .stringbool()
  .default(false)
  .describe('Only those that the caller must decide; a rep sees no others')
  .openapi({ type: 'boolean' })

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

/** Values that a reviewer puts right; where the lead came from and when are not up for correction. */
const correctedFields = leadBody
  .omit({ source: true, receivedAt: true, utm: true, fields: true, consent: true })
  .partial()
  .strict()
  .refine(fields => Object.keys(fields).length > 0, 'at least one field')

const reviewBody = z.discriminatedUnion('choice', [
  ...reviewDecision.options
    .filter(option => option.shape.choice.value !== 'correct')
    .map(option => option.extend({ note: noteField })),
])
