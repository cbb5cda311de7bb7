/** Leave: asked for, approved, changed and taken back; as JSON, or as the calendar file that a person has anyway. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import {
  addLeave,
  changeLeave,
  decideLeave,
  type Leave,
  leaveKind,
  leaveOf,
  leavesAhead,
} from '../db/leaves.js'
import { rosterAt } from '../db/people.js'
import { endOneLeave } from '../db/reps.js'
import { type EpochMs, type RepId, repId } from '../domain/ids.js'
import type { Person } from '../domain/people.js'
import type { ApiDeps } from './app.js'
import type { ApiEnv, Caller } from './auth.js'
import { readCalendar } from './ics.js'
import { givenInstant, iso, isoInstant, isoOrNull } from './instants.js'
import { needs } from './permissions.js'
import { invalidField, Problem, problems } from './problem.js'

const repParams = z.object({ id: repId })
const leaveParams = z.object({ leave: z.uuid() })

const leaveView = z
  .object({
    id: z.uuid(),
    rep: repId,
    from: isoInstant,
    until: isoInstant.nullable().describe('Null: until further notice'),
    cover: repId.nullable(),
    kind: leaveKind,
    state: z.enum(['asked', 'approved', 'refused']).describe('Only what is approved counts'),
    decidedBy: z.string().nullable(),
  })
  .openapi('Leave')

const newLeave = z.object({
  from: givenInstant.optional().describe('Left out: now'),
  until: givenInstant.optional().describe('Left out: until further notice'),
  cover: repId
    .optional()
    .describe('Who has the untouched leads meanwhile; left out: whoever the rules choose'),
  kind: leaveKind.default('planned'),
})

const addRoute = createRoute({
  method: 'post',
  path: '/v1/reps/{id}/leave',
  summary: 'Someone is away: from now or a later instant, until an instant or further notice',
  description:
    'What a rep enters for themselves is asked for, and counts once a manager has approved it; `sick` counts at once. ' +
    'With the content type `text/calendar` every event of the file is a leave; the same event again changes it.',
  tags: ['People'],
  middleware: needs('askForLeave'),
  request: {
    params: repParams,
    body: {
      required: true,
      content: { 'application/json': { schema: newLeave }, 'text/calendar': { schema: z.string() } },
    },
  },
  responses: {
    201: {
      description: 'The leave; of a calendar file all of its leaves',
      content: {
        'application/json': { schema: z.union([leaveView, z.object({ leaves: z.array(leaveView) })]) },
      },
    },
    ...problems,
  },
})

const listRoute = createRoute({
  method: 'get',
  path: '/v1/leaves',
  summary: 'Leave that is not over, the earliest first; asked-for leave as well',
  tags: ['People'],
  middleware: needs('readRoster'),
  request: { query: z.object({ rep: repId.optional() }) },
  responses: {
    200: {
      description: 'Leaves',
      content: { 'application/json': { schema: z.object({ leaves: z.array(leaveView) }) } },
    },
    ...problems,
  },
})

const decideRoute = createRoute({
  method: 'post',
  path: '/v1/leaves/{leave}/decision',
  summary: 'Approve or refuse what somebody has asked for',
  tags: ['People'],
  middleware: needs('manageLeave'),
  request: {
    params: leaveParams,
    body: { required: true, content: { 'application/json': { schema: z.object({ approve: z.boolean() }) } } },
  },
  responses: {
    200: { description: 'The leave', content: { 'application/json': { schema: leaveView } } },
    ...problems,
  },
})

const changeRoute = createRoute({
  method: 'patch',
  path: '/v1/leaves/{leave}',
  summary: 'Back earlier or later, or covered by somebody else',
  description: 'What has moved to a cover already stays there until the leave ends.',
  tags: ['People'],
  middleware: needs('manageLeave'),
  request: {
    params: leaveParams,
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z.object({ until: givenInstant.nullable().optional(), cover: repId.nullable().optional() }),
        },
      },
    },
  },
  responses: {
    200: { description: 'The leave', content: { 'application/json': { schema: leaveView } } },
    ...problems,
  },
})

const endRoute = createRoute({
  method: 'delete',
  path: '/v1/reps/{id}/leave/{leave}',
  summary: 'Back at work: ends the leave now, or takes back one that has not begun',
  tags: ['People'],
  middleware: needs('askForLeave'),
  request: { params: repParams.extend({ leave: z.uuid() }) },
  responses: { 204: { description: 'Done' }, ...problems },
})

export function addLeaves(app: OpenAPIHono<ApiEnv>, deps: ApiDeps): void {
  app.openapi(addRoute, async c => {
    const atMs = deps.now()
    const person = await personOf(deps, c.req.valid('param').id, c.var.caller, atMs)
    if (c.req.header('content-type')?.startsWith('text/calendar') === true) {
      const leaves = []
      for (const event of readCalendar(await c.req.text(), person.calendar.zone))
        leaves.push(await enter(deps, c.var.caller, person, { ...event, kind: 'planned', cover: null }, atMs))
      return c.json({ leaves: leaves.map(viewOf) }, 201)
    }
    const given = c.req.valid('json')
    if (typeof given === 'string') throw invalidField('', 'expected an object')
    const { from, until, cover, kind } = given
    const wanted = { fromMs: from ?? atMs, untilMs: until ?? null, cover: cover ?? null, kind, icsUid: null }
    return c.json(viewOf(await enter(deps, c.var.caller, person, wanted, atMs)), 201)
  })

  app.openapi(listRoute, async c => {
    const { caller } = c.var
    const asked = c.req.valid('query').rep ?? null
    const rep = caller.role === 'rep' ? caller.rep : asked
    return c.json({ leaves: (await leavesAhead(deps.db, rep, deps.now())).map(viewOf) }, 200)
  })

  app.openapi(decideRoute, async c => {
    const { leave } = c.req.valid('param')
    const { approve } = c.req.valid('json')
    const found = await knownLeave(deps, leave)
    const by = c.var.caller.rep ?? c.var.caller.id
    // Nobody approves their own.
    if (by === found.rep) throw new Problem(403, 'forbidden')
    if (!(await decideLeave(deps.db, leave, { approve, by, atMs: deps.now() })))
      throw new Problem(409, 'wrong-state', { allowed: ['asked'] })
    return c.json(viewOf(await knownLeave(deps, leave)), 200)
  })

  app.openapi(changeRoute, async c => {
    const { leave } = c.req.valid('param')
    const { until, cover } = c.req.valid('json')
    const atMs = deps.now()
    const found = await knownLeave(deps, leave)
    if (until != null && until <= found.fromMs)
      throw invalidField('until', 'must be later than the leave begins')
    if (cover != null) await requireCover(deps, found.rep, cover, atMs)
    const changed = {
      ...(until === undefined ? {} : { untilMs: until }),
      ...(cover === undefined ? {} : { cover }),
    }
    if (!(await changeLeave(deps.db, leave, { ...changed, atMs }))) throw new Problem(404, 'not-found')
    return c.json(viewOf(await knownLeave(deps, leave)), 200)
  })

  app.openapi(endRoute, async c => {
    const { id, leave } = c.req.valid('param')
    await personOf(deps, id, c.var.caller, deps.now())
    if (!(await endOneLeave(deps.db, id, leave, deps.now()))) throw new Problem(404, 'not-found')
    return c.body(null, 204)
  })
}

type Wanted = {
  fromMs: EpochMs
  untilMs: EpochMs | null
  cover: RepId | null
  kind: Leave['kind']
  icsUid: string | null
}

/** A manager's word is the approval; of a rep's own wishes only illness needs none. */
async function enter(
  deps: ApiDeps,
  caller: Caller,
  person: Person,
  wanted: Wanted,
  atMs: EpochMs,
): Promise<Leave> {
  const { fromMs, untilMs, cover, kind } = wanted
  if (untilMs !== null && untilMs <= fromMs) throw invalidField('until', 'must be later than from')
  if (cover !== null) await requireCover(deps, person.id, cover, atMs)
  const counts = caller.role !== 'rep' || kind === 'sick'
  const id = await addLeave(deps.db, {
    ...wanted,
    rep: person.id,
    by: caller.id,
    atMs,
    approvedBy: counts ? caller.id : null,
  })
  return knownLeave(deps, id)
}

/** A rep speaks of themselves alone. */
async function personOf(deps: ApiDeps, rep: RepId, caller: Caller, atMs: EpochMs): Promise<Person> {
  if (caller.role === 'rep' && caller.rep !== rep) throw new Problem(403, 'forbidden')
  const { people } = await rosterAt(deps.db, atMs)
  const person = people.find(({ id }) => id === rep)
  if (person === undefined) throw new Problem(404, 'not-found')
  return person
}

async function requireCover(deps: ApiDeps, rep: RepId, cover: RepId, atMs: EpochMs): Promise<void> {
  if (cover === rep) throw invalidField('cover', 'nobody covers for themselves')
  const { people } = await rosterAt(deps.db, atMs)
  if (!people.some(({ id }) => id === cover)) throw invalidField('cover', 'nobody has this id')
}

async function knownLeave(deps: ApiDeps, leave: string): Promise<Leave> {
  const found = await leaveOf(deps.db, leave)
  if (found === null) throw new Problem(404, 'not-found')
  return found
}

function viewOf({ id, rep, fromMs, untilMs, cover, kind, approvedBy, refusedBy }: Leave) {
  const state = refusedBy !== null ? 'refused' : approvedBy !== null ? 'approved' : 'asked'
  return {
    id,
    rep,
    from: iso(fromMs),
    until: isoOrNull(untilMs),
    cover,
    kind,
    state,
    decidedBy: approvedBy ?? refusedBy,
  } as const
}
