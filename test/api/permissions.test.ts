import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ApiUnderTest, apiUnderTest, type Who } from './api-under-test.js'

const id = 'd5f6a1f0-8c9c-4c43-9d7c-4b7f1f0c1d11'

/** Who may call what, written down a second time: a change of one of the two must be meant. */
const everyone = ['administrator', 'operations', 'mara', 'ana', 'website', 'auditor'] as const
const staff = ['administrator', 'operations', 'mara', 'ana', 'auditor'] as const
const table: readonly [
  method: 'get' | 'post' | 'put' | 'patch' | 'delete',
  path: string,
  allowed: readonly Who[],
][] = [
  ['post', '/v1/leads', ['administrator', 'website']],
  ['get', '/v1/leads', everyone],
  ['get', '/v1/leads/{id}', everyone],
  ['get', '/v1/leads/{id}/timeline', staff],
  ['get', '/v1/leads/{id}/decision', staff],
  ['post', '/v1/leads/{id}/acknowledge', ['administrator', 'mara', 'ana']],
  ['post', '/v1/leads/{id}/accept', ['administrator', 'mara', 'ana']],
  ['post', '/v1/leads/{id}/touches', ['administrator', 'mara', 'ana']],
  ['post', '/v1/leads/{id}/reassignment-requests', ['administrator', 'mara', 'ana']],
  ['post', '/v1/leads/{id}/handoff', ['administrator', 'mara', 'ana']],
  ['post', '/v1/leads/{id}/handoff/answer', ['administrator', 'mara', 'ana']],
  ['post', '/v1/leads/{id}/close', ['administrator', 'mara', 'ana']],
  ['post', '/v1/leads/{id}/pause', ['administrator', 'mara', 'ana']],
  ['post', '/v1/leads/{id}/resume', ['administrator', 'mara', 'ana']],
  ['post', '/v1/leads/{id}/reopen', ['administrator', 'operations', 'mara', 'ana']],
  ['post', '/v1/leads/{id}/splits', ['administrator', 'operations', 'mara']],
  ['post', '/v1/leads/{id}/erase', ['administrator', 'operations']],
  ['get', '/v1/reviews', staff],
  ['post', '/v1/reviews/{id}/decision', ['administrator', 'operations', 'mara', 'ana']],
  ['get', '/v1/reassignment-requests', staff],
  ['post', '/v1/reassignment-requests/{id}/decision', ['administrator', 'operations', 'mara', 'ana']],
  ['get', '/v1/reps', staff],
  ['post', '/v1/reps/{id}/leave', ['administrator', 'operations', 'mara', 'ana']],
  ['delete', '/v1/reps/{id}/leave/{leave}', ['administrator', 'operations', 'mara', 'ana']],
  ['get', '/v1/leaves', staff],
  ['patch', '/v1/leaves/{leave}', ['administrator', 'operations', 'mara']],
  ['post', '/v1/leaves/{leave}/decision', ['administrator', 'operations', 'mara']],
  ['get', '/v1/subscriptions', ['administrator', 'operations', 'mara', 'ana']],
  ['put', '/v1/subscriptions/{scope}/{value}', ['administrator', 'operations', 'mara', 'ana']],
  ['delete', '/v1/subscriptions/{scope}/{value}', ['administrator', 'operations', 'mara', 'ana']],
  ['post', '/v1/policy/versions/{version}/adoptions', ['administrator', 'operations']],
  ['get', '/v1/reps/{id}/messages', staff],
  ['post', '/v1/messages/{id}/read', staff],
  ['get', '/v1/policy', staff],
  ['get', '/v1/policy/versions', staff],
  ['get', '/v1/policy/versions/{version}', staff],
  ['get', '/v1/policy/versions/{version}/letters/{campaign}', ['administrator', 'operations']],
  ['get', '/v1/policy/diff', staff],
  ['get', '/v1/policy/drafts', staff],
  ['post', '/v1/policy/drafts', ['administrator', 'operations']],
  ['get', '/v1/policy/drafts/{id}', staff],
  ['post', '/v1/policy/drafts/{id}/revisions', ['administrator', 'operations']],
  ['post', '/v1/policy/drafts/{id}/sign-offs', ['administrator', 'operations', 'mara', 'ana']],
  ['post', '/v1/policy/drafts/{id}/publish', ['administrator', 'operations']],
  ['post', '/v1/policy/rollback', ['administrator', 'operations']],
]

/** A path as it is called: of something that is not there, but well formed. */
function addressOf(path: string): string {
  return path
    .replace('{id}', path.includes('/reps/') ? 'ana' : id)
    .replace('{leave}', id)
    .replace('{scope}', 'team')
    .replace('{value}', 'inside')
    .replace('{version}', '7')
}

describe('who may call what', () => {
  let api: ApiUnderTest
  beforeAll(async () => {
    api = await apiUnderTest()
  })
  afterAll(() => api.close())

  it('is written down for every route of the API', async () => {
    const { paths = {} } = api.app.getOpenAPI31Document({
      openapi: '3.1.0',
      info: { title: '', version: '' },
    })
    const routes = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods ?? {}).map(method => `${method} ${path}`),
    )
    const written = table.map(([method, path]) => `${method} ${path}`)
    expect(routes.filter(route => route.includes(' /v1/')).sort()).toEqual(written.sort())
  })

  it.each(table)('%s %s', async (method, path, allowed) => {
    const address = addressOf(path)
    for (const who of everyone) {
      const { status } = await api[method](who, address)
      const isAllowed = allowed.includes(who)
      // Without a body, or for a lead that is not there: every other answer shows that the role was let in.
      expect(status === 403, `${who} gets ${status}`).toBe(!isAllowed)
      expect(status).not.toBe(401)
      expect(status).toBeLessThan(500)
    }
  })

  it.each(table)('%s %s: nothing without a key', async (method, path) => {
    const address = addressOf(path)
    const strangers: Record<string, string>[] = [
      {},
      { authorization: 'Bearer ll_rep_guessed' },
      { authorization: 'Basic cm9vdDpyb290' },
      { authorization: `Bearer ${'x'.repeat(10_000)}` },
      { cookie: 'leadline_session=guessed' },
    ]
    for (const headers of strangers) {
      const response = await api.app.request(address, { method: method.toUpperCase(), headers })
      expect(response.status).toBe(401)
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer/)
      expect(response.headers.get('content-type')).toBe('application/problem+json')
      expect(await response.json()).toMatchObject({ type: 'urn:leadline:problem:unauthenticated' })
    }
  })
})
