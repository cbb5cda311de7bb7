/** The people: who is there, who is away, and what they were told. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { messagesOf } from '../db/leads.js'
import { markRead, repsAt } from '../db/reps.js'
import { leadId, repId } from '../domain/ids.js'
import type { ApiDeps } from './app.js'
import type { ApiEnv } from './auth.js'
import { iso, isoInstant, isoOrNull } from './instants.js'
import { needs } from './permissions.js'
import { Problem, problems } from './problem.js'

const repParams = z.object({ id: repId })

const leaveView = z.object({ id: z.uuid(), from: isoInstant, until: isoInstant.nullable() })

const listReps = createRoute({
  method: 'get',
  path: '/v1/reps',
  summary: 'The roster now: who is away, and who owns how many open leads',
  tags: ['People'],
  middleware: needs('readRoster'),
  responses: {
    200: {
      description: 'The people',
      content: {
        'application/json': {
          schema: z.object({
            reps: z.array(
              z.object({
                id: repId,
                name: z.string(),
                role: z.string(),
                team: z.string(),
                manager: repId.nullable(),
                away: z.boolean(),
                openLeads: z.int(),
                leave: z.array(leaveView).describe('Current and planned'),
              }),
            ),
          }),
        },
      },
    },
    ...problems,
  },
})

const listMessages = createRoute({
  method: 'get',
  path: '/v1/reps/{id}/messages',
  summary: 'What someone was told in the app, newest first',
  tags: ['People'],
  middleware: needs('readMessages'),
  request: { params: repParams },
  responses: {
    200: {
      description: 'The messages',
      content: {
        'application/json': {
          schema: z.object({
            messages: z.array(
              z.object({
                id: z.uuid(),
                leadId,
                about: z.string(),
                subject: z.string(),
                body: z.string(),
                createdAt: isoInstant,
                readAt: isoInstant.nullable(),
              }),
            ),
          }),
        },
      },
    },
    ...problems,
  },
})

const readMessage = createRoute({
  method: 'post',
  path: '/v1/messages/{id}/read',
  summary: 'I have read this message',
  tags: ['People'],
  middleware: needs('readMessages'),
  request: { params: z.object({ id: z.uuid() }) },
  responses: { 204: { description: 'Done' }, ...problems },
})

export function addReps(app: OpenAPIHono<ApiEnv>, deps: ApiDeps): void {
  app.openapi(listReps, async c => {
    const found = await repsAt(deps.db, deps.now())
    const reps = found.map(({ leave, ...rep }) => ({
      ...rep,
      leave: leave.map(({ id, fromMs, untilMs }) => ({ id, from: iso(fromMs), until: isoOrNull(untilMs) })),
    }))
    return c.json({ reps }, 200)
  })

  app.openapi(listMessages, async c => {
    const rep = c.req.valid('param').id
    const { caller } = c.var
    if (caller.role === 'rep' && caller.rep !== rep) throw new Problem(403, 'forbidden')
    const found = await messagesOf(deps.db, rep)
    const messages = found.map(({ createdAtMs, readAtMs, ...message }) => ({
      ...message,
      createdAt: iso(createdAtMs),
      readAt: isoOrNull(readAtMs),
    }))
    return c.json({ messages }, 200)
  })

  app.openapi(readMessage, async c => {
    const { rep } = c.var.caller
    // Only whoever was told can have read it: nobody marks a colleague's message.
    const isOwn = rep !== null && (await markRead(deps.db, rep, c.req.valid('param').id, deps.now()))
    if (!isOwn) throw new Problem(404, 'not-found')
    return c.body(null, 204)
  })
}
