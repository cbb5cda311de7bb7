import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { publishedPolicy } from '../db/published-policy.js'
import { policyVersion } from '../domain/ids.js'
import type { ApiDeps } from './app.js'
import type { ApiEnv } from './auth.js'
import { iso, isoInstant } from './instants.js'
import { needs } from './permissions.js'
import { Problem, problems } from './problem.js'

const route = createRoute({
  method: 'get',
  path: '/v1/policy',
  summary: 'The policy by which leads are decided now',
  tags: ['Policy'],
  middleware: needs('readPolicy'),
  responses: {
    200: {
      description: 'The latest version, with its document as it was written',
      content: {
        'application/json': {
          schema: z.object({
            version: policyVersion,
            name: z.string(),
            loadedAt: isoInstant,
            loadedBy: z.string(),
            reason: z.string(),
            document: z.string().describe('YAML'),
          }),
        },
      },
    },
    ...problems,
  },
})

export function addPolicy(app: OpenAPIHono<ApiEnv>, deps: ApiDeps): void {
  app.openapi(route, async c => {
    const policy = await publishedPolicy(deps.db)
    if (policy === null) throw new Problem(404, 'not-found')
    const { loadedAtMs, ...rest } = policy
    return c.json({ ...rest, loadedAt: iso(loadedAtMs) }, 200)
  })
}
