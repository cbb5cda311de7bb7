/** What can be done with a lead after its end, and with one that another has joined: open it again, split it, erase it. */
import { randomUUID } from 'node:crypto'
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { leadId, name } from '../domain/ids.js'
import { actAnswers, answerAct, type Envelope, requestIdOf } from './act.js'
import type { ApiDeps } from './app.js'
import { type ApiEnv, actorOf } from './auth.js'
import { eraseClosed, familyOf } from './erase-lead.js'
import { idempotencyHeaders } from './idempotency.js'
import { leadParams } from './leads.js'
import { needs } from './permissions.js'
import { problems } from './problem.js'
import { reopenLead } from './reopen-lead.js'
import { noteField } from './texts.js'

/** Stands on the timeline, where no free text may. */
const reopenReason = name.describe('A code of your own, for example `called-back`')

const reopenRoute = createRoute({
  method: 'post',
  path: '/v1/leads/{id}/reopen',
  summary: 'Open a closed lead again',
  description:
    'For a lead that was lost, disqualified, rejected or converted, within the time that its policy says. It goes ' +
    'back to its last owner, and by the rules where they cannot take it or nobody ever had it. A rep opens what ' +
    'they owned.',
  tags: ['Work'],
  middleware: needs('reopenLeads'),
  request: {
    headers: idempotencyHeaders,
    params: leadParams,
    body: {
      required: true,
      content: { 'application/json': { schema: z.object({ reason: reopenReason, note: noteField }) } },
    },
  },
  responses: { 200: actAnswers[200], ...problems },
})

const splitRoute = createRoute({
  method: 'post',
  path: '/v1/leads/{id}/splits',
  summary: 'Say that a lead which joined this one is somebody else’s',
  description:
    'What it brought is taken back, unless somebody has corrected it since or a later submission says it too, and it ' +
    'begins a life of its own. Neither joins the other again.',
  tags: ['Work'],
  middleware: needs('splitLeads'),
  request: {
    headers: idempotencyHeaders,
    params: leadParams,
    body: {
      required: true,
      content: {
        'application/json': { schema: z.object({ lead: leadId.describe('The lead that joined this one') }) },
      },
    },
  },
  responses: { ...actAnswers, ...problems },
})

const eraseRoute = createRoute({
  method: 'post',
  path: '/v1/leads/{id}/erase',
  summary: 'Forget the person: everything personal that we have of this lead',
  description:
    'Cannot be undone. An open lead is closed first. Leads that became part of it, or of which it became part, are ' +
    'the same person’s and are erased too. The timeline stays: it holds ids and codes.',
  tags: ['Work'],
  middleware: needs('eraseLeads'),
  request: { headers: idempotencyHeaders, params: leadParams },
  responses: { ...actAnswers, ...problems },
})

export function addSecondLives(app: OpenAPIHono<ApiEnv>, deps: ApiDeps): void {
  app.openapi(reopenRoute, async c => {
    const lead = c.req.valid('param').id
    const { reason, note } = c.req.valid('json')
    const key = c.req.valid('header')['idempotency-key']
    const { requestId } = await reopenLead(deps, c.var.caller, { lead, reason, note, key })
    return c.json({ requestId, status: 'received', owner: null }, 200)
  })

  app.openapi(splitRoute, c => {
    const lead = c.req.valid('param').id
    const { lead: other } = c.req.valid('json')
    const payload = (envelope: Envelope) => ({ ...envelope, lead: other })
    return answerAct(c, deps, { lead, name: 'splitSubmission', payload })
  })

  app.openapi(eraseRoute, async c => {
    const { root, isOpen } = await familyOf(deps, c.req.valid('param').id)
    if (isOpen) return answerAct(c, deps, { lead: root, name: 'erase', payload: envelope => envelope })
    const { owner } = await eraseClosed(deps, c.var.caller, root)
    const key = c.req.valid('header')['idempotency-key']
    const requestId =
      key === undefined ? randomUUID() : requestIdOf(root, actorOf(c.var.caller), 'erase', key)
    return c.json({ requestId, status: 'closed', owner }, 200)
  })
}
