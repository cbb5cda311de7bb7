/** `POST /v1/leads`: a lead comes in, and whoever waits learns who owns it. */
import { randomUUID } from 'node:crypto'
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { leadOutcome } from '../db/leads.js'
import type { LeadSummary } from '../db/lead-summary.js'
import { type LeadId, leadId } from '../domain/ids.js'
import { leadBody } from '../domain/lead.js'
import type { ApiDeps } from './app.js'
import type { ApiEnv } from './auth.js'
import { idempotencyHeaders } from './idempotency.js'
import { isNestedTooDeeply, takeIn, unknownFieldsOf, withoutBlanks } from './intake.js'
import { leadOutcomeView, viewOutcome } from './lead-view.js'
import { needs } from './permissions.js'
import { Problem, problems } from './problem.js'

/** Longer than a lead takes when all is well, shorter than a proxy's patience. */
const mostWaitSeconds = 10

const submitted = leadOutcomeView
  .extend({
    unknownFields: z.array(z.string()).describe('Names that no field has; kept with the submission'),
    duplicateOf: leadId.optional().describe('The open lead of the same person that this one joins'),
  })
  .openapi('SubmittedLead')

const rawBody = z.record(z.string(), z.unknown())

const route = createRoute({
  method: 'post',
  path: '/v1/leads',
  summary: 'Send a lead',
  description:
    'A 2xx answer means that the lead is durable and will get an outcome. Names that are not listed are kept too. ' +
    'Null and empty text count as missing.',
  tags: ['Leads'],
  middleware: needs('submitLeads'),
  request: {
    headers: idempotencyHeaders,
    query: z.object({
      wait: z.coerce
        .number()
        .min(0)
        .max(mostWaitSeconds)
        .default(0)
        .describe('Seconds to wait for the lead to be assigned, held, put into a queue or review, or closed'),
    }),
    body: {
      required: true,
      content: { 'application/json': { schema: z.preprocess(readBlanksAsMissing, leadBody) } },
    },
  },
  responses: {
    200: {
      description: 'What became of the lead within the time to wait',
      content: { 'application/json': { schema: submitted } },
    },
    202: {
      description: 'The lead is durable; look at `url` for what becomes of it',
      content: { 'application/json': { schema: submitted } },
    },
    ...problems,
  },
})

export function addSubmitLead(app: OpenAPIHono<ApiEnv>, deps: ApiDeps): void {
  app.openapi(route, async c => {
    const body = c.req.valid('json')
    // As it came, with the names that the schema has no field for.
    const raw = rawBody.parse(await c.req.json())
    if (isNestedTooDeeply(raw)) throw new Problem(422, 'too-deep')
    const unknownFields = unknownFieldsOf(raw)
    const taken = await takeIn(deps, {
      body,
      raw,
      channel: 'api',
      idempotencyKey: c.req.valid('header')['idempotency-key'] ?? randomUUID(),
      submittedBy: c.var.caller.id,
      unknownFields,
    })
    if (!taken.isTheSame) throw new Problem(422, 'key-reused')
    const { wait } = c.req.valid('query')
    const lead = await settledLead(deps, taken.leadId, wait)
    const duplicateOf = lead.mergedInto ?? lead.joining ?? undefined
    const answer = { ...viewOutcome(deps.publicUrl, lead), unknownFields, duplicateOf }
    return wait > 0 && isSettled(lead) ? c.json(answer, 200) : c.json(answer, 202)
  })
}

async function settledLead(deps: ApiDeps, lead: LeadId, waitSeconds: number): Promise<LeadSummary> {
  const settled =
    waitSeconds === 0
      ? null
      : await deps.watch.waitFor(lead, waitSeconds * 1000, async () => {
          const read = await leadOutcome(deps.db, lead)
          return read !== null && isSettled(read) ? read : null
        })
  const found = settled ?? (await leadOutcome(deps.db, lead))
  if (found === null) throw new Error(`lead ${lead} was taken in and is not there`)
  return found
}

function isSettled(lead: LeadSummary): boolean {
  return lead.status !== 'received'
}

function readBlanksAsMissing(given: unknown): unknown {
  const object = rawBody.safeParse(given)
  return object.success ? withoutBlanks(object.data) : given
}
