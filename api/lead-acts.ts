/** What the people who work on a lead tell it. Each act is one message of domain/messages.ts. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { endOfHandoff } from '../db/decided-items.js'
import { repId } from '../domain/ids.js'
import { payloads, touchKind } from '../domain/messages.js'
import { actAnswers, answerAct, type Envelope } from './act.js'
import type { ApiDeps } from './app.js'
import type { ApiEnv } from './auth.js'
import { reassignment } from './claims.js'
import { idempotencyHeaders } from './idempotency.js'
import { leadParams } from './leads.js'
import { needs } from './permissions.js'
import { problems } from './problem.js'
import { freeText, longText, noteField } from './texts.js'

const reason = z.string().min(1).max(63).describe('A reason code of the policy')

/** Ids, which stand in histories and timelines: no place for a name or an address. */
const crmId = z.string().regex(/^[\w.:-]{1,100}$/, 'an id of the CRM: letters, digits, _ . : -')
const became = z
  .object({ account: crmId, contact: crmId, opportunity: crmId })
  .partial()
  .refine(ids => Object.keys(ids).length > 0, 'at least one id')
  .describe('What a converted lead became, by the ids of the CRM')

function actRoute<Path extends string, Body extends z.ZodObject>(path: Path, summary: string, body: Body) {
  return createRoute({
    method: 'post',
    path,
    summary,
    tags: ['Work'],
    middleware: needs('workLeads'),
    request: {
      headers: idempotencyHeaders,
      params: leadParams,
      body: { required: true, content: { 'application/json': { schema: body } } },
    },
    responses: { ...actAnswers, ...problems },
  })
}

const acknowledgeRoute = createRoute({
  method: 'post',
  path: '/v1/leads/{id}/acknowledge',
  summary: 'I have seen that this lead is mine',
  tags: ['Work'],
  middleware: needs('workLeads'),
  request: { headers: idempotencyHeaders, params: leadParams },
  responses: { ...actAnswers, ...problems },
})

const acceptRoute = createRoute({
  method: 'post',
  path: '/v1/leads/{id}/accept',
  summary: 'I take this lead from the queue',
  description:
    'For a lead with status `queued`: the first of the members of its `queue` to accept owns it. Everyone after them ' +
    'gets 409 `taken` with the owner.',
  tags: ['Work'],
  middleware: needs('workLeads'),
  request: { headers: idempotencyHeaders, params: leadParams },
  responses: { ...actAnswers, ...problems },
})

const touchRoute = actRoute(
  '/v1/leads/{id}/touches',
  'I have been in touch with the prospect',
  z.object({ kind: touchKind, note: noteField }),
)

const requestRoute = actRoute(
  '/v1/leads/{id}/reassignment-requests',
  'Ask for another owner, or claim the lead',
  z.object({
    reason,
    wanted: repId
      .optional()
      .describe('Left out: whoever the rules choose. A rep who names themselves claims a colleague’s lead'),
    note: noteField,
  }),
)

const handOffRoute = actRoute(
  '/v1/leads/{id}/handoff',
  'Offer the lead to the next owner, with what the policy asks for',
  z.object({
    to: repId.optional().describe('Left out: whoever the policy chooses'),
    fields: z.record(z.string().min(1).max(63), z.union([freeText(1000), z.number(), z.boolean()])),
    notes: longText,
  }),
)

const answerHandoffRoute = actRoute(
  '/v1/leads/{id}/handoff/answer',
  'Accept or decline the lead that was offered to me',
  z.object({ accept: z.boolean(), reason: reason.optional() }),
)

const closeRoute = actRoute(
  '/v1/leads/{id}/close',
  'Say how the lead ended',
  z
    .object({ outcome: payloads.close.shape.outcome, reason: reason.optional(), became: became.optional() })
    .refine(({ outcome, became }) => outcome === 'converted' || became === undefined, {
      path: ['became'],
      message: 'only a converted lead became something',
    }),
)

export function addLeadActs(app: OpenAPIHono<ApiEnv>, deps: ApiDeps): void {
  app.openapi(acknowledgeRoute, c => {
    const lead = c.req.valid('param').id
    return answerAct(c, deps, { lead, name: 'acknowledge', payload: envelope => envelope })
  })

  app.openapi(acceptRoute, c => {
    const lead = c.req.valid('param').id
    return answerAct(c, deps, { lead, name: 'acceptLead', payload: envelope => envelope })
  })

  app.openapi(touchRoute, c => {
    const lead = c.req.valid('param').id
    const { kind, note } = c.req.valid('json')
    const payload = (envelope: Envelope) => ({ ...envelope, kind })
    return answerAct(c, deps, { lead, name: 'recordTouch', payload, text: { note } })
  })

  app.openapi(requestRoute, c => {
    const lead = c.req.valid('param').id
    return answerAct(c, deps, reassignment(deps, c.var.caller, lead, c.req.valid('json')))
  })

  app.openapi(handOffRoute, c => {
    const lead = c.req.valid('param').id
    const { to, ...text } = c.req.valid('json')
    return answerAct(c, deps, { lead, name: 'handOff', payload: envelope => ({ ...envelope, to }), text })
  })

  app.openapi(answerHandoffRoute, c => {
    const lead = c.req.valid('param').id
    const said = c.req.valid('json')
    return answerAct(c, deps, {
      lead,
      name: 'answerHandoff',
      payload: envelope => ({ ...envelope, ...said }),
      decided: () => endOfHandoff(deps.db, lead),
    })
  })

  app.openapi(closeRoute, c => {
    const lead = c.req.valid('param').id
    const said = c.req.valid('json')
    return answerAct(c, deps, { lead, name: 'close', payload: envelope => ({ ...envelope, ...said }) })
  })
}
