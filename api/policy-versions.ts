/** Published versions of the policy: the list, one with what it changed, any two compared, and going back. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { rollBack } from '../db/policies.js'
import { compareDocuments, documentOf, type Named, namesAt, type Which } from '../db/policy-comparison.js'
import { publishedVersion, publishedVersions } from '../db/published-policy.js'
import { type PolicyVersion, policyVersion } from '../domain/ids.js'
import { lintPolicy } from '../domain/lint/lint.js'
import type { ApiDeps } from './app.js'
import type { ApiEnv } from './auth.js'
import { idempotencyHeaders } from './idempotency.js'
import { needs } from './permissions.js'
import { publishedAnswer } from './policy-drafts.js'
import { asField, problemOf } from './policy-refusals.js'
import { changeView, versionView, viewChange, viewVersion } from './policy-views.js'
import { Problem, problems } from './problem.js'
import { freeText } from './texts.js'

const mostVersions = 100

/** As far as Postgres counts them. */
const mostVersion = 2_147_483_647

export const givenVersion = z.coerce
  .number()
  .max(mostVersion)
  .pipe(policyVersion)
  .openapi({ type: 'integer', minimum: 1, maximum: mostVersion })

const listVersions = createRoute({
  method: 'get',
  path: '/v1/policy/versions',
  summary: 'Every version that was published, the latest first',
  tags: ['Policy'],
  middleware: needs('readPolicy'),
  request: {
    query: z.object({
      limit: z.coerce.number().int().min(1).max(mostVersions).default(20),
      before: givenVersion.optional().describe('`nextBefore` of the page before'),
    }),
  },
  responses: {
    200: {
      description: 'The versions',
      content: {
        'application/json': {
          schema: z.object({ versions: z.array(versionView), nextBefore: policyVersion.nullable() }),
        },
      },
    },
    ...problems,
  },
})

const readVersion = createRoute({
  method: 'get',
  path: '/v1/policy/versions/{version}',
  summary: 'A version with its document, and what it changed',
  tags: ['Policy'],
  middleware: needs('readPolicy'),
  request: { params: z.object({ version: givenVersion }) },
  responses: {
    200: {
      description: 'The version',
      content: {
        'application/json': {
          schema: versionView.extend({
            document: z.string().describe('YAML'),
            changes: z
              .array(changeView)
              .nullable()
              .describe('Against the version before it; null for the first, and where one cannot be read'),
          }),
        },
      },
    },
    ...problems,
  },
})

const comparable = z
  .union([z.literal('published'), z.uuid(), z.string().regex(/^[1-9]\d{0,8}$/)])
  .transform((text): Which => {
    if (text === 'published') return { kind: 'published' }
    const version = /^\d+$/.test(text) ? policyVersion.safeParse(Number(text)) : null
    return version?.success ? { kind: 'version', version: version.data } : { kind: 'draft', draft: text }
  })
  .openapi({
    type: 'string',
    description: 'The number of a version, `published`, or the id of a draft',
    example: '3',
  })

const diffRoute = createRoute({
  method: 'get',
  path: '/v1/policy/diff',
  summary: 'What is different between two policies, in sentences',
  tags: ['Policy'],
  middleware: needs('readPolicy'),
  request: { query: z.object({ from: comparable, to: comparable }) },
  responses: {
    200: {
      description: 'The changes, in the order of the document; none where both do the same',
      content: { 'application/json': { schema: z.object({ changes: z.array(changeView) }) } },
    },
    ...problems,
  },
})

const rollbackRoute = createRoute({
  method: 'post',
  path: '/v1/policy/rollback',
  summary: 'Publish the document of an earlier version as the next one',
  tags: ['Policy'],
  middleware: needs('changePolicy'),
  request: {
    headers: idempotencyHeaders,
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z.object({
            version: z.number().max(mostVersion).pipe(policyVersion),
            reason: freeText(2_000).min(1).describe('Why, for the record'),
            force: z
              .boolean()
              .optional()
              .describe('In spite of lint errors, which are kept with the version'),
          }),
        },
      },
    },
  },
  responses: {
    200: publishedAnswer('This document is in force already, as this version'),
    201: publishedAnswer('The new version'),
    ...problems,
  },
})

export function addPolicyVersions(app: OpenAPIHono<ApiEnv>, deps: ApiDeps): void {
  const { db, now } = deps

  app.openapi(listVersions, async c => {
    const { limit, before = null } = c.req.valid('query')
    const found = await publishedVersions(db, { before, limit: limit + 1 })
    const versions = found.slice(0, limit)
    const last = versions.at(-1)?.version ?? null
    const nextBefore = found.length > limit ? last : null
    return c.json({ versions: versions.map(viewVersion), nextBefore }, 200)
  })

  app.openapi(readVersion, async c => {
    const found = await publishedVersion(db, c.req.valid('param').version)
    if (found === null) throw new Problem(404, 'not-found')
    const [earlier] = await publishedVersions(db, { before: found.version, limit: 1 })
    const changes = earlier === undefined ? null : await changesBetween(asNamed(earlier), asNamed(found))
    const shown = changes?.ok === true ? changes.changes.map(viewChange) : null
    return c.json({ ...viewVersion(found), document: found.document, changes: shown }, 200)
  })

  app.openapi(diffRoute, async c => {
    const { from, to } = c.req.valid('query')
    const [before, after] = [await documentOf(db, from), await documentOf(db, to)]
    if (before === null || after === null) throw new Problem(404, 'not-found')
    const compared = await changesBetween(before, after)
    if (!compared.ok) throw new Problem(422, 'invalid-request', { errors: compared.errors.map(asField) })
    return c.json({ changes: compared.changes.map(viewChange) }, 200)
  })

  app.openapi(rollbackRoute, async c => {
    const { version, ...given } = c.req.valid('json')
    const requestKey = c.req.valid('header')['idempotency-key'] ?? null
    const by = c.var.caller.id
    const published = await rollBack(db, { ...given, to: version, requestKey, by, atMs: now() }, lintPolicy)
    if (!published.ok) throw problemOf(published)
    return c.json({ version: published.version }, published.isNew ? 201 : 200)
  })

  async function changesBetween(before: Named, after: Named) {
    const atMs = now()
    return compareDocuments(before, after, atMs, await namesAt(db, atMs))
  }
}

function asNamed({ version, document }: { version: PolicyVersion; document: string }): Named {
  return { document, fileName: `version ${version}` }
}
