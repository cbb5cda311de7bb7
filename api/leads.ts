/** Reading leads: lists, one lead, its timeline and its decisions. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { timelineOf } from '../db/events.js'
import { isInScope, leadDetail, listLeads } from '../db/leads.js'
import { decisionsOf } from '../db/ownership.js'
import { decision, decisionInput } from '../domain/decision.js'
import { epochMs, leadId, repId } from '../domain/ids.js'
import { leadStatus } from '../domain/lead.js'
import { eventKinds } from '../domain/timeline.js'
import { whyOwner } from '../domain/why.js'
import { requireInScope } from './act.js'
import type { ApiDeps } from './app.js'
import type { ApiEnv } from './auth.js'
import { givenInstant, iso, isoInstant } from './instants.js'
import { leadDetailView, leadSummaryView, viewDetail, viewSummary } from './lead-view.js'
import { needs, scopeOf } from './permissions.js'
import { Problem, problems } from './problem.js'

export const leadParams = z.object({ id: leadId })

/** The last row of a page, as text that is only for us to read. */
const cursor = z
  .base64url()
  .max(200)
  .transform((text, context) => {
    const parsed = z.tuple([epochMs, leadId]).safeParse(parseJson(Buffer.from(text, 'base64url').toString()))
    if (parsed.success) return { receivedAtMs: parsed.data[0], lead: parsed.data[1] }
    context.issues.push({ code: 'custom', message: 'not a cursor of this list', input: null })
    return z.NEVER
  })
  .openapi({ type: 'string' })

const listRoute = createRoute({
  method: 'get',
  path: '/v1/leads',
  summary: 'List leads, newest first',
  tags: ['Leads'],
  middleware: needs('readLeads'),
  request: {
    query: z.object({
      status: leadStatus.optional(),
      owner: repId.optional(),
      source: z.string().min(1).max(63).optional(),
      since: givenInstant.optional().describe('Received at this instant or later'),
      limit: z.coerce.number().int().min(1).max(200).default(50),
      cursor: cursor.optional().describe('`nextCursor` of the page before'),
    }),
  },
  responses: {
    200: {
      description: 'One page of the leads that the caller may see',
      content: {
        'application/json': {
          schema: z.object({ leads: z.array(leadSummaryView), nextCursor: z.string().nullable() }),
        },
      },
    },
    ...problems,
  },
})

const detailRoute = createRoute({
  method: 'get',
  path: '/v1/leads/{id}',
  summary: 'One lead: who owns it, who did, and what is due',
  description: 'A key of an intake source gets the part that a list shows.',
  tags: ['Leads'],
  middleware: needs('readLeads'),
  request: { params: leadParams },
  responses: {
    200: {
      description: 'The lead',
      content: { 'application/json': { schema: z.union([leadDetailView, leadSummaryView]) } },
    },
    ...problems,
  },
})

const timelineRoute = createRoute({
  method: 'get',
  path: '/v1/leads/{id}/timeline',
  summary: 'All that happened to a lead, in order',
  tags: ['Leads'],
  middleware: needs('readRecords'),
  request: { params: leadParams },
  responses: {
    200: {
      description: 'The events, the first one first',
      content: {
        'application/json': {
          schema: z.object({
            events: z.array(
              z.object({
                seq: z.int(),
                at: isoInstant,
                kind: z.string().describe(`One of ${eventKinds.join(', ')}`),
                actor: z.string(),
                hop: z.int(),
                data: z.record(z.string(), z.unknown()),
              }),
            ),
          }),
        },
      },
    },
    ...problems,
  },
})

const decisionRoute = createRoute({
  method: 'get',
  path: '/v1/leads/{id}/decision',
  summary: "Every decision about the lead's owner, with its reasons",
  tags: ['Leads'],
  middleware: needs('readRecords'),
  request: { params: leadParams },
  responses: {
    200: {
      description: 'The decisions, the latest first; none while nobody has been chosen',
      content: {
        'application/json': {
          schema: z.object({
            decisions: z.array(
              z.object({
                hop: z.int(),
                decidedAt: isoInstant,
                why: z.array(z.string()).describe('The decision in sentences'),
                input: decisionInput,
                decision,
              }),
            ),
          }),
        },
      },
    },
    ...problems,
  },
})

export function addLeads(app: OpenAPIHono<ApiEnv>, deps: ApiDeps): void {
  app.openapi(listRoute, async c => {
    const { since, cursor, ...filter } = c.req.valid('query')
    // One more than a page: it says whether there is another.
    const found = await listLeads(deps.db, {
      ...filter,
      sinceMs: since,
      after: cursor,
      scope: scopeOf(c.var.caller),
      limit: filter.limit + 1,
    })
    const page = found.slice(0, filter.limit)
    const last = page.at(-1)
    const nextCursor =
      found.length > page.length && last !== undefined
        ? Buffer.from(JSON.stringify([last.receivedAtMs, last.leadId])).toString('base64url')
        : null
    return c.json({ leads: page.map(lead => viewSummary(deps.publicUrl, lead)), nextCursor }, 200)
  })

  app.openapi(detailRoute, async c => {
    const { caller } = c.var
    const { id } = c.req.valid('param')
    const found = (await isInScope(deps.db, scopeOf(caller), id)) ? await leadDetail(deps.db, id) : null
    if (found === null) throw new Problem(404, 'not-found')
    const { publicUrl, workflowOf } = deps
    return c.json(
      caller.role === 'intake' ? viewSummary(publicUrl, found) : viewDetail(publicUrl, found, workflowOf(id)),
      200,
    )
  })

  app.openapi(timelineRoute, async c => {
    const { id } = c.req.valid('param')
    await requireInScope(deps, c.var.caller, id)
    const events = await timelineOf(deps.db, id)
    const shown = events.map(({ seq, atMs, kind, actor, hop, data }) => ({
      seq,
      at: iso(atMs),
      kind,
      actor,
      hop,
      data,
    }))
    return c.json({ events: shown }, 200)
  })

  app.openapi(decisionRoute, async c => {
    const { id } = c.req.valid('param')
    await requireInScope(deps, c.var.caller, id)
    const found = await decisionsOf(deps.db, id)
    const decisions = found.map(({ hop, decidedAtMs, record }) => ({
      hop,
      decidedAt: iso(decidedAtMs),
      why: whyOwner(record),
      ...record,
    }))
    return c.json({ decisions }, 200)
  })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // A cursor that somebody made up: the schema says so.
    return null
  }
}
