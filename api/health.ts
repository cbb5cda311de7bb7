/** For whoever runs the process: does it live, and can it take leads? Needs no key and says nothing of any lead. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { ApiDeps } from './app.js'
import type { ApiEnv } from './auth.js'

const readiness = z.object({ ready: z.boolean(), checks: z.record(z.string(), z.string()) })

const healthz = createRoute({
  method: 'get',
  path: '/healthz',
  summary: 'The process answers',
  tags: ['Running'],
  security: [],
  responses: {
    200: {
      description: 'It does',
      content: { 'application/json': { schema: z.object({ status: z.literal('ok') }) } },
    },
  },
})

const readyz = createRoute({
  method: 'get',
  path: '/readyz',
  summary: 'What it needs is there',
  tags: ['Running'],
  security: [],
  responses: {
    200: { description: 'All of it', content: { 'application/json': { schema: readiness } } },
    503: { description: 'Not yet, or no more', content: { 'application/json': { schema: readiness } } },
  },
})

export function addHealth(app: OpenAPIHono<ApiEnv>, deps: Pick<ApiDeps, 'ready'>): void {
  app.openapi(healthz, c => c.json({ status: 'ok' } as const, 200))

  app.openapi(readyz, async c => {
    const state = await deps.ready()
    return state.ready ? c.json(state, 200) : c.json(state, 503)
  })
}
