/** Watching leads: who wants to hear of what enters a pool, a source, a campaign, or of one lead. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { isEmployed } from '../db/reps.js'
import { unwatch, type Watch, watch, watchedBy, watchScope } from '../db/subscriptions.js'
import { leadId, name, poolId, type RepId, repId } from '../domain/ids.js'
import { requireInScope } from './act.js'
import type { ApiDeps } from './app.js'
import type { ApiEnv, Caller } from './auth.js'
import { iso, isoInstant } from './instants.js'
import { needs } from './permissions.js'
import { invalidField, Problem, problems } from './problem.js'

const forWhom = z.object({
  rep: repId
    .optional()
    .describe('Whose; left out: the caller’s own. Others’ are for managers and operations'),
})

/** `all` needs no value: in the path it is written as `all/everything`. */
const watchParams = z.object({ scope: watchScope, value: z.string().min(1).max(100) })

const watchView = z
  .object({ scope: watchScope, value: z.string(), since: isoInstant })
  .openapi('Subscription')

const listRoute = createRoute({
  method: 'get',
  path: '/v1/subscriptions',
  summary: 'What somebody watches',
  tags: ['People'],
  middleware: needs('watchLeads'),
  request: { query: forWhom },
  responses: {
    200: {
      description: 'Their subscriptions',
      content: { 'application/json': { schema: z.object({ subscriptions: z.array(watchView) }) } },
    },
    ...problems,
  },
})

const putRoute = createRoute({
  method: 'put',
  path: '/v1/subscriptions/{scope}/{value}',
  summary: 'Watch: hear when a lead like this gets an owner, and when one is overdue',
  tags: ['People'],
  middleware: needs('watchLeads'),
  request: { query: forWhom, params: watchParams },
  responses: { 204: { description: 'Watched from now on' }, ...problems },
})

const deleteRoute = createRoute({
  method: 'delete',
  path: '/v1/subscriptions/{scope}/{value}',
  summary: 'Watch no more',
  tags: ['People'],
  middleware: needs('watchLeads'),
  request: { query: forWhom, params: watchParams },
  responses: { 204: { description: 'Not watched any more' }, ...problems },
})

export function addSubscriptions(app: OpenAPIHono<ApiEnv>, deps: ApiDeps): void {
  app.openapi(listRoute, async c => {
    const rep = await whose(deps, c.var.caller, c.req.valid('query').rep)
    const watched = await watchedBy(deps.db, rep)
    const subscriptions = watched.map(({ sinceMs, ...of }) => ({ ...of, since: iso(sinceMs) }))
    return c.json({ subscriptions }, 200)
  })

  app.openapi(putRoute, async c => {
    const rep = await whose(deps, c.var.caller, c.req.valid('query').rep)
    const wanted = watchOf(c.req.valid('param'))
    // A rep watches the leads that it sees; whole pools are for those who see all of them.
    if (c.var.caller.role === 'rep' && wanted.scope !== 'lead') throw new Problem(403, 'forbidden')
    if (wanted.scope === 'lead') await requireInScope(deps, c.var.caller, leadId.parse(wanted.value))
    await watch(deps.db, rep, wanted, deps.now())
    return c.body(null, 204)
  })

  app.openapi(deleteRoute, async c => {
    const rep = await whose(deps, c.var.caller, c.req.valid('query').rep)
    if (!(await unwatch(deps.db, rep, watchOf(c.req.valid('param'))))) throw new Problem(404, 'not-found')
    return c.body(null, 204)
  })
}

async function whose(deps: ApiDeps, caller: Caller, asked: RepId | undefined): Promise<RepId> {
  const own = caller.rep
  const rep = asked ?? own
  if (rep === null) throw invalidField('rep', 'say for whom: this key is nobody’s own')
  if (caller.role === 'rep' && rep !== own) throw new Problem(403, 'forbidden')
  if (!(await isEmployed(deps.db, rep, deps.now()))) throw new Problem(404, 'not-found')
  return rep
}

function watchOf({ scope, value }: z.infer<typeof watchParams>): Watch {
  if (scope === 'all') return { scope, value: '' }
  const form = { pool: poolId, source: name, campaign: name, lead: leadId }[scope]
  if (!form.safeParse(value).success) throw invalidField('value', `not the name of a ${scope}`)
  return { scope, value }
}
