import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { knownFields } from '../../domain/lead.js'
import { type ApiUnderTest, answered, apiUnderTest } from './api-under-test.js'

describe('the API describes itself', () => {
  let api: ApiUnderTest
  beforeAll(async () => {
    api = await apiUnderTest()
  })
  afterAll(() => api.close())

  const open = async (path: string) => answered(await api.app.request(path))

  it('as an OpenAPI document in which every reference leads somewhere', async () => {
    const { status, body } = await open('/openapi.json')
    expect(status).toBe(200)
    expect(body).toMatchObject({ openapi: '3.1.0', servers: [{ url: 'http://leads.example.com' }] })
    const references = JSON.stringify(body).match(/"\$ref":"#\/[^"]+"/g) ?? []
    expect(references.length).toBeGreaterThan(20)
    const document = z.record(z.string(), z.unknown()).parse(body)
    for (const reference of new Set(references)) {
      const path = reference.slice('"$ref":"#/'.length, -1).split('/')
      const found = path.reduce<unknown>(
        (at, name) => z.record(z.string(), z.unknown()).parse(at)[name],
        document,
      )
      expect(found, reference).toBeTypeOf('object')
    }
  })

  it('with every field that a lead can have', async () => {
    const { body } = await open('/openapi.json')
    const schema = z
      .object({
        content: z.object({
          'application/json': z.object({
            schema: z.looseObject({ properties: z.record(z.string(), z.unknown()) }),
          }),
        }),
      })
      .parse(pathOf(body, '/v1/leads', 'post').requestBody).content['application/json'].schema
    expect(Object.keys(schema.properties)).toEqual(knownFields)
    expect(schema.required).toEqual(['source'])
  })

  it('on a page that takes nothing from anywhere else', async () => {
    const { status, body, headers } = await open('/docs')
    expect(status).toBe(200)
    expect(body).not.toMatch(/https?:\/\//)
    expect(headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'")
    const script = await open('/docs/scalar.js')
    expect(script.status).toBe(200)
    expect(script.headers.get('content-type')).toContain('text/javascript')
    expect(z.string().parse(script.body).length).toBeGreaterThan(1_000_000)
  })

  it('says that it lives, and whether it can take leads', async () => {
    expect(await open('/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } })
    expect(await open('/readyz')).toMatchObject({
      status: 200,
      body: { ready: true, checks: { postgres: 'ok' } },
    })
  })

  it('shows staff the policy in force as it was written', async () => {
    expect(await api.get('ana', '/v1/policy')).toMatchObject({
      status: 200,
      body: { version: 1, name: 'Acme inbound', document: 'policy: Acme inbound', loadedBy: 'olga' },
    })
  })

  it('answers with a problem where there is nothing', async () => {
    for (const path of ['/v2/leads', '/nothing']) {
      expect(await open(path)).toMatchObject({
        status: 404,
        body: { type: 'urn:leadline:problem:not-found' },
      })
    }
    expect(await api.get('mara', '/v1/nothing')).toMatchObject({ status: 404 })
  })

  it('lets no other site read its answers', async () => {
    const response = await api.app.request('/v1/leads', {
      method: 'OPTIONS',
      headers: { origin: 'https://elsewhere.example', 'access-control-request-method': 'POST' },
    })
    expect(response.headers.get('access-control-allow-origin')).toBeNull()
    expect((await api.get('mara', '/v1/leads')).headers.get('access-control-allow-origin')).toBeNull()
  })

  describe('a failure of ours', () => {
    it('says nothing but a number, and the log has it without what the database said', async () => {
      const broken = await apiUnderTest()
      await broken.db.query('alter table leads rename column source to moved')
      const { status, body } = await broken.post('website', '/v1/leads', {
        source: 'contact-form',
        email: 'ada@example.com',
      })
      await broken.close()
      expect(status).toBe(500)
      const { id, ...rest } = z.looseObject({ id: z.uuid() }).parse(body)
      expect(rest).toEqual({
        type: 'urn:leadline:problem:unexpected',
        title: 'Something failed on our side',
        status: 500,
      })
      expect(broken.failures).toMatchObject([{ id, code: 'error 42703', route: 'POST /v1/leads' }])
      expect(JSON.stringify(broken.failures)).not.toMatch(/ada@|column/)
      expect(broken.failures[0]?.frames.join()).toContain('insertSubmission')
    })
  })
})

function pathOf(document: unknown, path: string, method: string) {
  const routes = z
    .object({ paths: z.record(z.string(), z.record(z.string(), z.looseObject({}))) })
    .parse(document)
  const route = routes.paths[path]?.[method]
  if (route === undefined) throw new Error(`no ${method} ${path}`)
  return route
}
