/** Drafts of the policy: written, signed off, published. */
import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { draftOf, openDrafts } from '../db/drafted-policy.js'
import { compareDocuments, documentOf, namesAt } from '../db/policy-comparison.js'
import { publishDraft, reviseDraft, saveDraft, signOff } from '../db/policy-drafts.js'
import { isStorable } from '../db/policy-publishing.js'
import { name, policyVersion } from '../domain/ids.js'
import { lintPolicy } from '../domain/lint/lint.js'
import type { ApiDeps } from './app.js'
import type { ApiEnv } from './auth.js'
import { needs } from './permissions.js'
import { problemOf } from './policy-refusals.js'
import { draftSummary, draftView, viewDraft, viewDraftSummary } from './policy-views.js'
import { Problem, problems } from './problem.js'
import { freeText, unstorable } from './texts.js'

/** More drafts at once are nobody's plan. */
const mostDrafts = 100

const params = z.object({ id: z.uuid() })

const readRevision = z
  .int()
  .positive()
  .optional()
  .describe('The revision that you have read; when the draft is another one by now, nothing happens')

const simulation = z
  .record(z.string(), z.unknown())
  .refine(isStorable, unstorable)
  .optional()
  .describe('What a simulation of the draft came to, kept as it is')

const reasonField = freeText(2_000).min(1).describe('Why, for the record')

const documentField = z.string().min(1).describe('YAML')

const draftAnswer = (description: string) => ({
  description,
  content: { 'application/json': { schema: draftView } },
})

const listDrafts = createRoute({
  method: 'get',
  path: '/v1/policy/drafts',
  summary: 'Drafts that are not published, the latest first',
  tags: ['Policy'],
  middleware: needs('readPolicy'),
  responses: {
    200: {
      description: 'The drafts',
      content: { 'application/json': { schema: z.object({ drafts: z.array(draftSummary) }) } },
    },
    ...problems,
  },
})

const writeDraft = createRoute({
  method: 'post',
  path: '/v1/policy/drafts',
  summary: 'Draft a policy; nothing changes until it is published',
  description: 'The same document by the same author again is the same draft while it is not published.',
  tags: ['Policy'],
  middleware: needs('changePolicy'),
  request: {
    body: {
      required: true,
      content: { 'application/json': { schema: z.object({ document: documentField, simulation }) } },
    },
  },
  responses: {
    200: draftAnswer('The draft that it is already'),
    201: draftAnswer('The new draft'),
    ...problems,
  },
})

const readDraft = createRoute({
  method: 'get',
  path: '/v1/policy/drafts/{id}',
  summary: 'A draft: what it changes, what lint found, who has signed off and who must',
  tags: ['Policy'],
  middleware: needs('readPolicy'),
  request: { params },
  responses: { 200: draftAnswer('The draft'), ...problems },
})

const reviseRoute = createRoute({
  method: 'post',
  path: '/v1/policy/drafts/{id}/revisions',
  summary: 'Put another document into a draft: the next revision, which nobody has signed off',
  tags: ['Policy'],
  middleware: needs('changePolicy'),
  request: {
    params,
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z.object({ document: documentField, simulation, revision: readRevision }),
        },
      },
    },
  },
  responses: {
    200: draftAnswer('This is its document already'),
    201: draftAnswer('The next revision'),
    ...problems,
  },
})

const signDraft = createRoute({
  method: 'post',
  path: '/v1/policy/drafts/{id}/sign-offs',
  summary:
    'Agree to a draft, as the person of your key or session and for the role that they have in the roster',
  tags: ['Policy'],
  middleware: needs('signOffPolicy'),
  request: {
    params,
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z.object({ role: name, note: freeText(2_000).optional(), revision: readRevision }),
        },
      },
    },
  },
  responses: {
    200: draftAnswer('You had signed off already'),
    201: draftAnswer('Signed off'),
    ...problems,
  },
})

export const publishedAnswer = (description: string) => ({
  description,
  content: { 'application/json': { schema: z.object({ version: policyVersion }) } },
})

const publishRoute = createRoute({
  method: 'post',
  path: '/v1/policy/drafts/{id}/publish',
  summary: 'Publish a draft as the next version; new leads are decided by it from now on',
  tags: ['Policy'],
  middleware: needs('changePolicy'),
  request: {
    params,
    body: {
      required: true,
      content: {
        'application/json': {
          schema: z.object({
            reason: reasonField,
            force: z
              .boolean()
              .optional()
              .describe('In spite of lint errors, which are kept with the version'),
            revision: readRevision,
          }),
        },
      },
    },
  },
  responses: {
    200: publishedAnswer('It is this version already'),
    201: publishedAnswer('The new version'),
    ...problems,
  },
})

export function addPolicyDrafts(app: OpenAPIHono<ApiEnv>, deps: ApiDeps): void {
  const { db, now } = deps

  async function shown(id: string): Promise<z.infer<typeof draftView>> {
    const atMs = now()
    const draft = await draftOf(db, id, atMs)
    if (draft === null) throw new Problem(404, 'not-found')
    const inForce = await documentOf(db, { kind: 'published' })
    const own = { document: draft.document, fileName: `draft ${id}` }
    const compared = inForce === null ? null : compareDocuments(inForce, own, atMs, await namesAt(db, atMs))
    return viewDraft(draft, compared?.ok === true ? compared.changes : null)
  }

  app.openapi(listDrafts, async c => {
    const drafts = await openDrafts(db, mostDrafts)
    return c.json({ drafts: drafts.map(viewDraftSummary) }, 200)
  })

  app.openapi(writeDraft, async c => {
    const writing = { ...c.req.valid('json'), fileName: 'document', by: c.var.caller.id, atMs: now() }
    const saved = await saveDraft(db, writing, lintPolicy)
    if (!saved.ok) throw problemOf(saved)
    return c.json(await shown(saved.id), saved.isNew ? 201 : 200)
  })

  app.openapi(readDraft, async c => c.json(await shown(c.req.valid('param').id), 200))

  app.openapi(reviseRoute, async c => {
    const draft = c.req.valid('param').id
    const { revision = null, ...given } = c.req.valid('json')
    const writing = { ...given, fileName: 'document', by: c.var.caller.id, atMs: now() }
    const revised = await reviseDraft(db, { ...writing, draft, revision }, lintPolicy)
    if (!revised.ok) throw problemOf(revised)
    return c.json(await shown(draft), revised.isNew ? 201 : 200)
  })

  app.openapi(signDraft, async c => {
    const draft = c.req.valid('param').id
    const { role, note = null, revision = null } = c.req.valid('json')
    const person = c.var.caller.rep
    if (person === null)
      throw new Problem(403, 'not-in-role', { detail: 'This key or session is no person of the roster.' })
    const signed = await signOff(db, { draft, revision, role, person, note, atMs: now() })
    if (!signed.ok) throw problemOf(signed)
    return c.json(await shown(draft), signed.isNew ? 201 : 200)
  })

  app.openapi(publishRoute, async c => {
    const draft = c.req.valid('param').id
    const { revision = null, ...given } = c.req.valid('json')
    const publication = { ...given, draft, revision, by: c.var.caller.id, atMs: now() }
    const published = await publishDraft(db, publication, lintPolicy)
    if (!published.ok) throw problemOf(published)
    return c.json({ version: published.version }, published.isNew ? 201 : 200)
  })
}
