/** Clocks that stand still and run again, and open leads that go on under another version of the policy. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { type Adoption, previewAdoption } from '../db/adoption.js'
import { leadId, policyVersion, repId } from '../domain/ids.js'
import { payloads } from '../domain/messages.js'
import { clockKind } from '../domain/timeline.js'
import { act, actAnswers, answerAct } from './act.js'
import type { ApiDeps } from './app.js'
import type { ApiEnv } from './auth.js'
import { idempotencyHeaders } from './idempotency.js'
import { givenInstant, iso, isoInstant } from './instants.js'
import { leadParams } from './leads.js'
import { needs } from './permissions.js'
import { Problem, problems } from './problem.js'
import { noteField } from './texts.js'

const pauseRoute = createRoute({
  method: 'post',
  path: '/v1/leads/{id}/pause',
  summary: 'I wait for somebody, and so do the clocks',
  description:
    'For a reason of the policy’s `pauses`, which says which clocks stand still and for how long at the most. They go ' +
    'on by themselves then, at the next `resume`, or when the lead has another owner.',
  tags: ['Work'],
  middleware: needs('workLeads'),
  request: {
    headers: idempotencyHeaders,
    params: leadParams,
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z.object({
            reason: payloads.pauseClock.shape.reason,
            until: givenInstant.optional().describe('Left out: as long as the policy allows'),
            note: noteField,
          }),
        },
      },
    },
  },
  responses: { ...actAnswers, ...problems },
})

const resumeRoute = createRoute({
  method: 'post',
  path: '/v1/leads/{id}/resume',
  summary: 'The clocks run again',
  tags: ['Work'],
  middleware: needs('workLeads'),
  request: { headers: idempotencyHeaders, params: leadParams },
  responses: { ...actAnswers, ...problems },
})

const dueView = z.object({ clock: clockKind, dueAt: isoInstant, wouldBeDueAt: isoInstant })

const adoptionView = z
  .object({
    lead: leadId,
    owner: repId.nullable(),
    from: z.int(),
    dues: z.array(dueView).describe('Clocks that would be due at another instant'),
    wouldOwn: repId.nullable().describe('With `reRoute`: whom the rules of that version choose now'),
    applied: z.enum(['yes', 'pending', 'no']),
    why: z.string().nullable().describe('Why it was not applied: the code of the lead’s refusal'),
  })
  .openapi('Adoption')

/** Each is a message to a workflow and an answer from it. */
const mostLeads = 500

const adoptRoute = createRoute({
  method: 'post',
  path: '/v1/policy/versions/{version}/adoptions',
  summary: 'Move open leads to this version of the policy, or see what that would change',
  description:
    'A lead keeps the version that it began with until this is asked for. `preview` changes nothing. Clocks are counted ' +
    'anew from when they started; with `reRoute` the lead is routed again by the new rules.',
  tags: ['Policy'],
  middleware: needs('changePolicy'),
  request: {
    params: z.object({ version: z.coerce.number().pipe(policyVersion) }),
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z.object({
            leads: z
              .union([z.literal('all'), z.array(leadId).min(1).max(mostLeads)])
              .describe(`Ids, or all that are open under another version, ${mostLeads} at a time`),
            reRoute: z.boolean().default(false),
            preview: z.boolean().default(false),
          }),
        },
      },
    },
  },
  responses: {
    200: {
      description: 'What changed, or would; leads that nothing changes for are not listed',
      content: { 'application/json': { schema: z.object({ leads: z.array(adoptionView) }) } },
    },
    ...problems,
  },
})

export function addClockActs(app: OpenAPIHono<ApiEnv>, deps: ApiDeps): void {
  app.openapi(pauseRoute, c => {
    const { reason, until, note } = c.req.valid('json')
    return answerAct(c, deps, {
      lead: c.req.valid('param').id,
      name: 'pauseClock',
      payload: envelope => ({ ...envelope, reason, ...(until === undefined ? {} : { untilMs: until }) }),
      text: { note },
    })
  })

  app.openapi(resumeRoute, c => {
    const lead = c.req.valid('param').id
    return answerAct(c, deps, { lead, name: 'resumeClock', payload: envelope => envelope })
  })

  app.openapi(adoptRoute, async c => {
    const { version } = c.req.valid('param')
    const { leads: wanted, reRoute, preview } = c.req.valid('json')
    const changes = await previewAdoption(deps.db, {
      version,
      leads: wanted === 'all' ? null : wanted,
      reRoute,
      atMs: deps.now(),
      most: mostLeads,
    })
    if (changes === null) throw new Problem(404, 'not-found')
    const leads = []
    for (const change of changes) {
      const applied = preview
        ? ({ applied: 'no', why: null } as const)
        : await apply(deps, c.var.caller, change, { version, reRoute })
      leads.push({ ...viewOf(change), ...applied })
    }
    return c.json({ leads }, 200)
  })
}

type Caller = ApiEnv['Variables']['caller']

async function apply(
  deps: ApiDeps,
  caller: Caller,
  { lead }: Adoption,
  adopt: { version: Adoption['to']; reRoute: boolean },
) {
  const { sent } = await act(deps, caller, undefined, {
    lead,
    name: 'adoptPolicy',
    payload: envelope => ({ ...envelope, ...adopt }),
  })
  if ('pending' in sent) return { applied: 'pending', why: null } as const
  return sent.ok ? ({ applied: 'yes', why: null } as const) : ({ applied: 'no', why: sent.code } as const)
}

function viewOf({ lead, owner, from, dues, wouldOwn }: Adoption) {
  return {
    lead,
    owner,
    from,
    dues: dues.map(({ clock, dueAtMs, wouldBeDueAtMs }) => ({
      clock,
      dueAt: iso(dueAtMs),
      wouldBeDueAt: iso(wouldBeDueAtMs),
    })),
    wouldOwn,
  }
}
