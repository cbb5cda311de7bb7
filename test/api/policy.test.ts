import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { loadPeople } from '../../db/people.js'
import { execute, sql } from '../../db/sql.js'
import { people, policy } from '../workflows/desk-documents.js'
import { type ApiUnderTest, apiUnderTest, type Who } from './api-under-test.js'
import { nineOClock } from './people-in-sales.js'

/** The desk's policy, with what lint asks for. */
const ranked = policy.replace('assign: dora }', 'assign: dora, rank: 1 }')
const named = (name: string) => ranked.replace('policy: Test desk', `policy: ${name}`)
const signedBy = (name: string, ...roles: string[]) =>
  `${named(name)}publish: { signOff: [${roles.join(', ')}] }\n`

describe('the policy', () => {
  let api: ApiUnderTest
  beforeAll(async () => {
    api = await apiUnderTest()
    const staff = { document: people, fileName: 'people.yaml', by: 'test', atMs: nineOClock }
    expect(await loadPeople(api.db, staff)).toMatchObject({ ok: true })
  })
  beforeEach(() => execute(api.db, sql`truncate policies, policy_drafts cascade`))
  afterAll(() => api.close())

  const drafts = '/v1/policy/drafts'
  async function draft(document: string): Promise<string> {
    const { status, body } = await api.post('operations', drafts, { document })
    expect(status, JSON.stringify(body)).toBe(201)
    return z.object({ id: z.uuid() }).parse(body).id
  }
  const publish = (id: string, more: Record<string, unknown> = {}) =>
    api.post('operations', `${drafts}/${id}/publish`, { reason: 'because', ...more })
  const sign = (who: Who, id: string, role: string, more: Record<string, unknown> = {}) =>
    api.post(who, `${drafts}/${id}/sign-offs`, { role, ...more })
  const goBack = (version: number, headers: Record<string, string> = {}) =>
    api.post('operations', '/v1/policy/rollback', { version, reason: 'as it was' }, headers)
  async function published(document: string): Promise<void> {
    expect(await publish(await draft(document))).toMatchObject({ status: 201 })
  }
  const problem = (code: string) => ({ type: `urn:leadline:problem:${code}` })

  describe('as a draft', () => {
    it('is kept with what it changes, what lint found, and who must agree', async () => {
      await published(named('First'))
      const document = signedBy('Second', 'manager').replace('ana: 1, ben: 1', 'ana: 2, ben: 1')
      const { status, body } = await api.post('operations', drafts, { document, simulation: { moved: 3 } })
      expect(status).toBe(201)
      expect(body).toMatchObject({
        revision: 1,
        name: 'Second',
        author: 'ops-tool',
        createdAt: '2026-11-23T09:00:00.000Z',
        baseVersion: 1,
        inForce: 1,
        publishedAs: null,
        document,
        simulation: { moved: 3 },
        changes: [
          { kind: 'changed', path: 'policy', sentence: 'name First → Second' },
          { path: 'pools.sdr.turns.ana', sentence: "pool sdr: Ana Ruiz's weight 1 → 2" },
          { path: 'publish.signOff', sentence: 'publishing: now also needs the sign-off of role manager' },
        ],
        findings: expect.arrayContaining([expect.objectContaining({ severity: 'note', check: 'coverage' })]),
        signOffs: [{ role: 'manager', needed: true, signed: null, mayGive: ['mara'] }],
      })
      const { id } = z.object({ id: z.uuid() }).parse(body)
      expect(await api.get('auditor', `${drafts}/${id}`)).toEqual(
        expect.objectContaining({ status: 200, body }),
      )
      expect(await api.get('auditor', drafts)).toMatchObject({ body: { drafts: [{ id, name: 'Second' }] } })
    })

    it('sent again is the same draft', async () => {
      const id = await draft(ranked)
      expect(await api.post('operations', drafts, { document: ranked })).toMatchObject({
        status: 200,
        body: { id },
      })
    })

    it('that cannot be read is refused with every place', async () => {
      const document = ranked.replace('zone: UTC', 'zone: Mars').replace('rank: 1', 'colour: red')
      const { status, body } = await api.post('operations', drafts, { document })
      expect(status).toBe(422)
      expect(body).toMatchObject({
        ...problem('invalid-request'),
        errors: [
          { path: 'zone', message: expect.stringMatching(/^document:3:7: zone: /) },
          { path: 'rules[1].colour', message: expect.stringMatching(/^document:17:\d+: /) },
        ],
      })
    })

    it.each([
      { document: `${ranked}# \0` },
      { document: ranked.replace('Test desk', '"Test \\0 desk"') },
      { document: ranked, simulation: { note: 'a \0 b' } },
      { document: '' },
      {},
    ])('that cannot be kept is refused: %#', async body => {
      expect((await api.post('operations', drafts, body)).status).toBe(422)
    })

    it('with another document is another revision, which nobody has signed off', async () => {
      const id = await draft(signedBy('First', 'manager'))
      await sign('mara', id, 'manager')
      const change = { document: signedBy('Second', 'manager'), revision: 1 }
      const revise = () => api.post('operations', `${drafts}/${id}/revisions`, change)
      expect(await revise()).toMatchObject({
        status: 201,
        body: { revision: 2, name: 'Second', signOffs: [{ signed: null }] },
      })
      expect(await revise()).toMatchObject({ status: 200, body: { revision: 2 } })
      expect(
        await api.post('operations', `${drafts}/${id}/revisions`, { document: ranked, revision: 1 }),
      ).toMatchObject({ status: 409, body: problem('draft-changed') })
      expect(await sign('mara', id, 'manager', { revision: 1 })).toMatchObject({
        status: 409,
        body: problem('draft-changed'),
      })
      expect(await publish(id, { revision: 1 })).toMatchObject({
        status: 409,
        body: problem('draft-changed'),
      })
    })

    it('is not there when nobody wrote it', async () => {
      const id = 'd5f6a1f0-8c9c-4c43-9d7c-4b7f1f0c1d11'
      expect((await api.get('mara', `${drafts}/${id}`)).status).toBe(404)
      expect((await publish(id)).status).toBe(404)
      expect((await sign('mara', id, 'manager')).status).toBe(404)
    })
  })

  describe('signed off', () => {
    it('by everyone who must is published, and again is the same version', async () => {
      const id = await draft(signedBy('First', 'manager', 'sdr'))
      expect(await publish(id)).toMatchObject({
        status: 409,
        body: {
          ...problem('not-signed-off'),
          allowed: ['manager', 'sdr'],
          errors: [
            { path: 'publish.signOff', message: expect.stringContaining('who may: mara') },
            { message: expect.stringContaining('ana, ben, cleo') },
          ],
        },
      })
      expect(await sign('mara', id, 'manager', { note: 'read it twice', revision: 1 })).toMatchObject({
        status: 201,
        body: {
          signOffs: [
            { signed: { person: 'mara', at: '2026-11-23T09:00:00.000Z', note: 'read it twice' } },
            { role: 'sdr', signed: null },
          ],
        },
      })
      expect((await sign('ana', id, 'sdr')).status).toBe(201)
      expect((await sign('ana', id, 'sdr')).status).toBe(200)
      expect(await publish(id)).toMatchObject({ status: 201, body: { version: 1 } })
      expect(await publish(id)).toMatchObject({ status: 200, body: { version: 1 } })
      expect(await sign('ana', id, 'sdr')).toMatchObject({ status: 409, body: problem('draft-published') })
      expect(await api.get('ana', '/v1/policy')).toMatchObject({
        body: { version: 1, name: 'First', loadedBy: 'ops-tool', reason: 'because' },
      })
    })

    it('by nobody for a role that they have not', async () => {
      const id = await draft(signedBy('First', 'manager'))
      expect(await sign('ana', id, 'manager')).toMatchObject({
        status: 403,
        body: { ...problem('not-in-role'), allowed: ['mara'] },
      })
      expect(await sign('operations', id, 'manager')).toMatchObject({
        status: 403,
        body: problem('not-in-role'),
      })
      expect(await sign('ana', id, 'sdr')).toMatchObject({ status: 422, body: { allowed: ['manager'] } })
    })

    it('once for each role', async () => {
      const id = await draft(signedBy('First', 'sdr'))
      await sign('ana', id, 'sdr')
      expect(await sign('ben', id, 'sdr')).toMatchObject({
        status: 409,
        body: { ...problem('signed-already'), detail: 'by ana' },
      })
    })
  })

  it('with lint errors is published by force alone, with a reason, and they stay on record', async () => {
    const id = await draft(policy)
    expect(await publish(id)).toMatchObject({
      status: 422,
      body: { ...problem('lint-errors'), errors: [{ path: 'rules[1]' }] },
    })
    expect((await publish(id, { reason: ' ', force: true })).status).toBe(422)
    expect(await publish(id, { reason: 'asked on purpose', force: true })).toMatchObject({ status: 201 })
    expect(await api.get('auditor', '/v1/policy/versions/1')).toMatchObject({
      body: {
        forced: true,
        reason: 'asked on purpose',
        overridden: [{ severity: 'error', check: 'ambiguous-rules', path: 'rules[1]' }],
      },
    })
  })

  describe('in its versions', () => {
    beforeEach(async () => {
      await published(named('First'))
      await published(named('Second'))
      await published(named('Second').replace('ana: 1, ben: 1', 'ana: 1, ben: 3'))
    })
    const list = (query: string) => api.get('auditor', `/v1/policy/versions${query}`)
    const diff = (from: string | number, to: string | number) =>
      api.get('auditor', `/v1/policy/diff?from=${from}&to=${to}`)

    it('is listed, the latest first, a page at a time', async () => {
      expect(await list('?limit=2')).toMatchObject({
        body: { versions: [{ version: 3 }, { version: 2, name: 'Second' }], nextBefore: 2 },
      })
      expect(await list('?limit=2&before=2')).toMatchObject({
        body: { versions: [{ version: 1, forced: false, rollbackOf: null }], nextBefore: null },
      })
      expect((await list('?limit=0')).status).toBe(422)
    })

    it('is read one by one, with what it changed', async () => {
      expect(await api.get('ana', '/v1/policy/versions/3')).toMatchObject({
        status: 200,
        body: {
          document: expect.stringContaining('ben: 3'),
          changes: [{ sentence: "pool sdr: Ben Okafor's weight 1 → 3" }],
        },
      })
      expect(await api.get('ana', '/v1/policy/versions/1')).toMatchObject({ body: { changes: null } })
      expect((await api.get('ana', '/v1/policy/versions/9')).status).toBe(404)
      for (const wrong of ['first', '0', '99999999999'])
        expect((await api.get('ana', `/v1/policy/versions/${wrong}`)).status).toBe(422)
    })

    it('is compared between any two, the one in force, and drafts', async () => {
      const renamed = [{ kind: 'changed', path: 'policy', sentence: 'name First → Second' }]
      expect(await diff(1, 2)).toMatchObject({ status: 200, body: { changes: renamed } })
      expect(await diff('published', 3)).toMatchObject({ body: { changes: [] } })
      const id = await draft(named('Fourth'))
      expect(await diff(2, id)).toMatchObject({ body: { changes: [{ sentence: 'name Second → Fourth' }] } })
      expect((await diff(1, 9)).status).toBe(404)
      expect((await diff(1, 'yesterday')).status).toBe(422)
    })

    it('goes back to an earlier one as a new version, once for each request', async () => {
      const key = { 'idempotency-key': 'back-1' }
      expect(await goBack(1, key)).toMatchObject({ status: 201, body: { version: 4 } })
      expect(await goBack(1)).toMatchObject({ status: 200, body: { version: 4 } })
      await published(named('Fifth'))
      expect(await goBack(1, key)).toMatchObject({ status: 200, body: { version: 4 } })
      expect(await goBack(2, key)).toMatchObject({ status: 422, body: problem('key-reused') })
      expect((await goBack(9)).status).toBe(404)
      expect((await goBack(99_999_999_999)).status).toBe(422)
      expect(await api.get('ana', '/v1/policy/versions/4')).toMatchObject({
        body: { rollbackOf: 1, name: 'First', reason: 'as it was', draft: null },
      })
    })
  })

  it('can be mended when the one in force cannot be read any more', async () => {
    await execute(
      api.db,
      sql`insert into policies (version, name, document, compiled, loaded_at, loaded_by, reason)
          values (1, 'Broken', 'policy: Broken', '{}', '2026-01-01', 'olga', 'of old')`,
    )
    const id = await draft(ranked)
    expect(await api.get('mara', `${drafts}/${id}`)).toMatchObject({ body: { inForce: 1, changes: null } })
    expect(await api.get('mara', `/v1/policy/diff?from=1&to=${id}`)).toMatchObject({ status: 422 })
    expect(await publish(id)).toMatchObject({ status: 201, body: { version: 2 } })
  })
})
