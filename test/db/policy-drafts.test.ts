import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { draftOf, draftWith, openDrafts } from '../../db/drafted-policy.js'
import { loadPeople } from '../../db/people.js'
import { currentPolicy, loadPolicy, policyOfVersion, rollBack } from '../../db/policies.js'
import { compareDocuments, documentOf, namesAt } from '../../db/policy-comparison.js'
import { publishDraft, reviseDraft, saveDraft, signOff } from '../../db/policy-drafts.js'
import type { Lint } from '../../db/policy-publishing.js'
import { publishedVersion, publishedVersions } from '../../db/published-policy.js'
import { connect, execute, type Pool, rows, sql, timestamp } from '../../db/sql.js'
import { instant, policyVersion, repId } from '../../domain/ids.js'
import { lintPolicy } from '../../domain/lint/lint.js'
import { databaseFromTemplate } from '../setup/database.js'
import { people, policy } from '../workflows/desk-documents.js'

let database: { url: string; drop(): Promise<void> }
let db: Pool
const atMs = instant(Date.UTC(2026, 10, 23, 9))
const fileName = 'policy.yaml'
beforeAll(async () => {
  database = await databaseFromTemplate()
  db = connect(database.url)
  await loadPeople(db, { document: people, fileName: 'people.yaml', by: 'test', atMs })
})
afterAll(async () => {
  await db.end()
  await database.drop()
})
beforeEach(() => execute(db, sql`truncate policies, policy_drafts cascade`))

const named = (name: string) => policy.replace('policy: Test desk', `policy: ${name}`)
const signedBy = (name: string, ...roles: string[]) =>
  `${named(name)}publish: { signOff: [${roles.join(', ')}] }\n`

const fine: Lint = () => []
const complaining =
  (severity: 'error' | 'warning'): Lint =>
  () => [
    {
      severity,
      check: 'shadowed-rule',
      path: ['rules', 1],
      message: 'never wins',
      counterExample: null,
      suggestion: 'remove it',
    },
  ]

async function drafted(document: string, lint: Lint | null = fine): Promise<string> {
  const saved = await saveDraft(db, { document, fileName, by: 'olga', atMs }, lint)
  if (!saved.ok) throw new Error(saved.errors[0]?.message)
  return saved.id
}
const sign = (draft: string, role: string, person: string, revision: number | null = null) =>
  signOff(db, { draft, revision, role, person: repId.parse(person), note: null, atMs })
const publish = (draft: string, lint: Lint | null = fine, force = false) =>
  publishDraft(db, { draft, revision: null, by: 'olga', reason: 'because', atMs, force }, lint)
const load = (document: string, lint: Lint | null = null) =>
  loadPolicy(db, { document, fileName, by: 'olga', reason: 'because', atMs }, lint)
const goBack = (to: number, lint: Lint | null = fine, requestKey: string | null = null) =>
  rollBack(db, { to: policyVersion.parse(to), by: 'olga', reason: 'as it was', atMs, requestKey }, lint)
const versionOf = (n: number) => publishedVersion(db, policyVersion.parse(n))

describe('a draft', () => {
  it('is kept with what lint found in it, and the version on which it was begun', async () => {
    await load(named('First'))
    const id = await drafted(named('Second'), complaining('warning'))
    expect(await draftOf(db, id, atMs)).toMatchObject({
      name: 'Second',
      revision: 1,
      author: 'olga',
      baseVersion: 1,
      inForce: 1,
      findings: [{ check: 'shadowed-rule', path: ['rules', 1] }],
      simulation: null,
      publishedAs: null,
    })
    expect(await currentPolicy(db)).toMatchObject({ version: 1 })
  })

  it('keeps what a simulation of it came to', async () => {
    const simulation = { leads: 10_000, moved: 12 }
    const saved = await saveDraft(db, { document: policy, fileName, by: 'olga', atMs, simulation }, fine)
    expect(saved.ok && (await draftOf(db, saved.id, atMs))).toMatchObject({ simulation })
  })

  it('must be a policy', async () => {
    expect(await saveDraft(db, { document: 'policy: 7\n', fileName, by: 'olga', atMs }, fine)).toMatchObject({
      ok: false,
      why: 'document',
      errors: expect.arrayContaining([expect.objectContaining({ line: 1, path: 'policy' })]),
    })
    expect(await openDrafts(db, 10)).toEqual([])
  })

  it('sent again is the same draft, also side by side, and found by its document', async () => {
    const [one, other] = await Promise.all([drafted(policy), drafted(policy)])
    expect(one).toBe(other)
    expect(await drafted(policy)).toBe(one)
    expect(await draftWith(db, policy)).toBe(one)
    expect(await openDrafts(db, 10)).toMatchObject([{ id: one }])
  })

  it('is published with a reason, and again gives the same version', async () => {
    const id = await drafted(policy)
    expect(await publish(id)).toEqual({ ok: true, version: 1, isNew: true })
    expect(await publish(id)).toEqual({ ok: true, version: 1, isNew: false })
    expect(await versionOf(1)).toMatchObject({
      loadedBy: 'olga',
      reason: 'because',
      draft: id,
      forced: false,
    })
    expect(await openDrafts(db, 10)).toEqual([])
    expect(await draftWith(db, policy)).toBeNull()
  })

  it('that is published cannot change or be signed off any more', async () => {
    const id = await drafted(signedBy('First', 'manager'))
    await sign(id, 'manager', 'mara')
    await publish(id)
    const revision = { draft: id, revision: null, document: policy, fileName, by: 'olga', atMs }
    expect(await reviseDraft(db, revision, fine)).toMatchObject({ ok: false, why: 'published' })
    expect(await sign(id, 'manager', 'mara')).toMatchObject({ ok: false, why: 'published' })
  })

  it('that names somebody who has left since is not published', async () => {
    const id = await drafted(policy.replace('assign: dora }', 'assign: zoe }'))
    expect(await publish(id)).toMatchObject({ ok: false, why: 'document', errors: [{ value: 'zoe' }] })
  })

  it('that nobody knows is said to be so', async () => {
    const nobody = 'd5f6a1f0-8c9c-4c43-9d7c-4b7f1f0c1d11'
    expect(await publish(nobody)).toMatchObject({ ok: false, why: 'no-such-draft' })
    expect(await sign(nobody, 'manager', 'mara')).toMatchObject({ ok: false, why: 'no-such-draft' })
    expect(await draftOf(db, nobody, atMs)).toBeNull()
  })
})

describe('signing off', () => {
  it('is asked of the roles that the policy in force names, and of whom is said', async () => {
    await sign(await drafted(signedBy('First', 'manager')), 'manager', 'mara')
    await publish((await openDrafts(db, 1))[0]?.id ?? '')
    const id = await drafted(named('Second'))
    expect(await publish(id)).toMatchObject({
      ok: false,
      why: 'sign-off',
      missing: [{ role: 'manager', mayGive: ['mara'] }],
      errors: [
        { path: 'publish.signOff', message: 'nobody with role manager has signed off; who may: mara' },
      ],
    })
    expect(await sign(id, 'manager', 'mara')).toEqual({ ok: true, isNew: true })
    expect(await publish(id)).toEqual({ ok: true, version: 2, isNew: true })
    expect(await versionOf(2)).toMatchObject({ signOffs: [{ role: 'manager', person: 'mara' }] })
  })

  it('is asked of the roles of the draft itself where the policy in force names none', async () => {
    const id = await drafted(signedBy('First', 'sales-ops', 'manager'))
    expect(await publish(id)).toMatchObject({ missing: [{ role: 'sales-ops' }, { role: 'manager' }] })
    await sign(id, 'sales-ops', 'oskar')
    expect(await publish(id)).toMatchObject({ missing: [{ role: 'manager' }] })
    expect(await draftOf(db, id, atMs)).toMatchObject({
      signOffs: [
        { role: 'sales-ops', needed: true, signed: { person: 'oskar' }, mayGive: ['oskar'] },
        { role: 'manager', needed: true, signed: null, mayGive: ['mara'] },
      ],
    })
    await sign(id, 'manager', 'mara')
    expect(await publish(id)).toEqual({ ok: true, version: 1, isNew: true })
  })

  it('cannot be got round by loading the file, nor by force', async () => {
    const document = signedBy('First', 'manager')
    expect(await load(document)).toMatchObject({ ok: false, why: 'sign-off' })
    expect(await publish(await drafted(document), fine, true)).toMatchObject({ ok: false, why: 'sign-off' })
    await expect(currentPolicy(db)).rejects.toThrow('no policy is loaded')
  })

  it('is for whoever has the role, and for roles that are asked', async () => {
    const id = await drafted(signedBy('First', 'manager'))
    expect(await sign(id, 'manager', 'ana')).toMatchObject({ why: 'not-in-role', mayGive: ['mara'] })
    expect(await sign(id, 'sales-ops', 'oskar')).toMatchObject({ why: 'not-asked', asked: ['manager'] })
  })

  it('is done once for each role', async () => {
    const id = await drafted(signedBy('First', 'sdr'))
    expect(await sign(id, 'sdr', 'ana')).toEqual({ ok: true, isNew: true })
    expect(await sign(id, 'sdr', 'ana')).toEqual({ ok: true, isNew: false })
    expect(await sign(id, 'sdr', 'ben')).toMatchObject({ why: 'signed-already', by: 'ana' })
  })

  it('counts no longer when the document changes, and never for another revision than was read', async () => {
    const id = await drafted(signedBy('First', 'manager'))
    await sign(id, 'manager', 'mara', 1)
    const change = {
      draft: id,
      revision: 1,
      document: signedBy('Changed', 'manager'),
      fileName,
      by: 'olga',
      atMs,
    }
    expect(await reviseDraft(db, change, complaining('warning'))).toEqual({
      ok: true,
      revision: 2,
      isNew: true,
    })
    expect(await reviseDraft(db, change, fine), 'sent again').toEqual({
      ok: true,
      revision: 2,
      isNew: false,
    })
    expect(await draftOf(db, id, atMs)).toMatchObject({
      name: 'Changed',
      findings: [{ severity: 'warning' }],
      signOffs: [{ role: 'manager', signed: null }],
    })
    expect(await publish(id)).toMatchObject({ ok: false, why: 'sign-off' })
    expect(await sign(id, 'manager', 'mara', 1)).toMatchObject({ why: 'changed' })
    expect(await sign(id, 'manager', 'mara', 2)).toEqual({ ok: true, isNew: true })
    expect(await publish(id)).toMatchObject({ ok: true, version: 1 })
  })
})

describe('lint', () => {
  it('stops a draft, a load and a rollback by its errors', async () => {
    await load(named('First'))
    await load(named('Second'))
    const refused = {
      ok: false,
      why: 'lint',
      errors: [{ line: 17, path: 'rules[1]', message: 'never wins; remove it' }],
    }
    expect(await publish(await drafted(named('Third')), complaining('error'))).toMatchObject(refused)
    expect(await load(named('Third'), complaining('error'))).toMatchObject(refused)
    expect(await goBack(1, complaining('error'))).toMatchObject(refused)
    expect(await currentPolicy(db)).toMatchObject({ version: 2 })
  })

  it('stops nothing by warnings', async () => {
    expect(await load(policy, complaining('warning'))).toMatchObject({ ok: true, version: 1 })
    expect(await versionOf(1)).toMatchObject({ forced: false, overridden: [] })
  })

  it('is overridden by force, and what it said stays on record', async () => {
    const id = await drafted(policy, complaining('error'))
    expect(await publish(id, complaining('error'), true)).toMatchObject({ ok: true, version: 1 })
    expect(await versionOf(1)).toMatchObject({
      forced: true,
      reason: 'because',
      overridden: [{ check: 'shadowed-rule', message: 'never wins' }],
    })
  })

  it('itself finds two rules between which it cannot decide, and force without need is no force', async () => {
    expect(await load(policy, lintPolicy)).toMatchObject({
      ok: false,
      why: 'lint',
      errors: [{ line: 17, path: 'rules[1]', message: expect.stringContaining('as specific as for-ana') }],
    })
    const ranked = policy.replace('assign: dora }', 'assign: dora, rank: 1 }')
    expect(await publish(await drafted(ranked, lintPolicy), lintPolicy, true)).toMatchObject({ ok: true })
    expect(await versionOf(1)).toMatchObject({ forced: false, overridden: [] })
  })
})

describe('a published version', () => {
  it('is never changed and never goes', async () => {
    await load(policy)
    await expect(execute(db, sql`update policies set reason = 'another'`)).rejects.toThrow('append-only')
    await expect(execute(db, sql`delete from policies`)).rejects.toThrow('append-only')
  })

  it('is seen at once by whoever reads it on other connections', async () => {
    const elsewhere = connect(database.url, 1)
    await load(named('First'))
    expect(await currentPolicy(elsewhere)).toMatchObject({ version: 1 })
    await publish(await drafted(named('Second')))
    expect(await currentPolicy(elsewhere)).toMatchObject({ version: 2, policy: { policy: 'Second' } })
    expect((await policyOfVersion(elsewhere, policyVersion.parse(1))).policy).toBe('First')
    await elsewhere.end()
  })

  it('stands in a list, the latest first, a page at a time', async () => {
    for (const name of ['First', 'Second', 'Third']) await load(named(name))
    const page = await publishedVersions(db, { before: null, limit: 2 })
    expect(page.map(({ version, name }) => [version, name])).toEqual([
      [3, 'Third'],
      [2, 'Second'],
    ])
    expect(await publishedVersions(db, { before: policyVersion.parse(2), limit: 2 })).toMatchObject([
      { version: 1 },
    ])
  })

  it('is compared with another in sentences, with people by their names', async () => {
    await load(policy)
    await load(policy.replace('ana: 1, ben: 1', 'ana: 2, ben: 1'))
    const [one, other] = [
      await documentOf(db, { kind: 'version', version: policyVersion.parse(1) }),
      await documentOf(db, { kind: 'published' }),
    ]
    expect(
      one !== null && other !== null && compareDocuments(one, other, atMs, await namesAt(db, atMs)),
    ).toEqual({
      ok: true,
      changes: [
        {
          kind: 'changed',
          path: ['pools', 'sdr', 'turns', 'ana'],
          sentence: "pool sdr: Ana Ruiz's weight 1 → 2",
        },
      ],
    })
  })
})

describe('going back', () => {
  it('publishes the old document as a new version, with the reason', async () => {
    await load(named('First'))
    await load(named('Second'))
    expect(await goBack(1)).toEqual({ ok: true, version: 3, isNew: true })
    expect(await versionOf(3)).toMatchObject({ name: 'First', rollbackOf: 1, reason: 'as it was' })
    expect(await currentPolicy(db)).toMatchObject({ version: 3, policy: { policy: 'First' } })
    expect(await goBack(1), 'to what is in force').toEqual({ ok: true, version: 3, isNew: false })
    expect(await goBack(9)).toMatchObject({ ok: false, why: 'no-such-version' })
  })

  it('is one request when it is sent again under the same key, whatever was published since', async () => {
    await load(named('First'))
    await load(named('Second'))
    expect(await goBack(1, fine, 'k1')).toEqual({ ok: true, version: 3, isNew: true })
    await load(named('Fourth'))
    expect(await goBack(1, fine, 'k1')).toEqual({ ok: true, version: 3, isNew: false })
    expect(await goBack(2, fine, 'k1')).toMatchObject({ ok: false, why: 'key-reused' })
  })

  it('counts who had signed that version off, also by way of another rollback', async () => {
    const first = await drafted(signedBy('First', 'manager'))
    await sign(first, 'manager', 'mara')
    await publish(first)
    const second = await drafted(signedBy('Second', 'manager'))
    await sign(second, 'manager', 'mara')
    await publish(second)
    expect(await goBack(1)).toMatchObject({ ok: true, version: 3 })
    expect(await goBack(2)).toMatchObject({ ok: true, version: 4 })
    expect(await goBack(3)).toMatchObject({ ok: true, version: 5 })
  })

  it('does not reach a version that those who must agree now had not agreed to', async () => {
    await load(named('Unsigned'))
    const signed = await drafted(signedBy('Signed', 'manager'))
    await sign(signed, 'manager', 'mara')
    await publish(signed)
    expect(await goBack(1)).toMatchObject({ ok: false, why: 'sign-off', missing: [{ role: 'manager' }] })
  })
})

describe('at the same moment', () => {
  const rounds = Array.from({ length: 20 }, (_, round) => round)

  it('several who publish get one version each, in order, and none is lost', async () => {
    const drafts = await Promise.all(['A', 'B', 'C', 'D', 'E', 'F'].map(name => drafted(named(name))))
    const published = await Promise.all(drafts.map(id => publish(id)))
    const versions = published.map(one => (one.ok ? Number(one.version) : 0))
    expect(versions.toSorted()).toEqual([1, 2, 3, 4, 5, 6])
    for (const [at, id] of drafts.entries())
      expect((await draftOf(db, id, atMs))?.publishedAs).toBe(versions[at])
  })

  it('several who publish the same draft get the same version', async () => {
    const id = await drafted(policy)
    const published = await Promise.all(rounds.slice(0, 5).map(() => publish(id)))
    expect(published.map(one => one.ok && one.isNew).filter(isNew => isNew)).toHaveLength(1)
    expect(new Set(published.map(one => one.ok && one.version))).toEqual(new Set([1]))
  })

  it('signing off and publishing: published is only what was signed off', async () => {
    for (const round of rounds) {
      const id = await drafted(signedBy(`Round ${round}`, 'manager', 'sales-ops'))
      const [published] = await Promise.all([
        publish(id),
        sign(id, 'manager', 'mara'),
        sign(id, 'sales-ops', 'oskar'),
      ])
      if (!published.ok) expect(published.why).toBe('sign-off')
      expect(await publish(id)).toMatchObject({ ok: true })
    }
    expect(await unsigned()).toEqual([])
  })

  it('changing and publishing: published is the document that was signed off', async () => {
    for (const round of rounds) {
      const agreed = signedBy(`Agreed ${round}`, 'manager')
      const id = await drafted(agreed)
      await sign(id, 'manager', 'mara')
      const document = signedBy(`Smuggled ${round}`, 'manager')
      const [published] = await Promise.all([
        publish(id),
        reviseDraft(db, { draft: id, revision: null, document, fileName, by: 'olga', atMs }, fine),
      ])
      if (published.ok) expect(await versionOf(published.version)).toMatchObject({ document: agreed })
      else expect(['changed', 'sign-off']).toContain(published.why)
    }
    expect(await unsigned()).toEqual([])
  })

  /** Versions of drafts that lack a sign-off of their own roles, which are those in force in these tests. */
  async function unsigned(): Promise<unknown[]> {
    return rows(
      db,
      z.unknown(),
      sql`select published_as, asked.role
          from policy_drafts as draft cross join unnest(sign_off) as asked(role)
          where published_as is not null and not exists (
            select from policy_sign_offs as given
            where given.draft = draft.id and given.revision = draft.revision and given.role = asked.role)`,
    )
  }
})

describe('policies that earlier releases published', () => {
  const read = (name: string) =>
    readFileSync(new URL(`./policies-of-old/${name}.yaml`, import.meta.url), 'utf8')
  const acmePeople = readFileSync(new URL('../../policies/acme-people.yaml', import.meta.url), 'utf8')

  /** As the first release wrote the row: no findings, no sign-offs, and an engine that knew fewer words. */
  async function publishedOfOld(version: number, name: string): Promise<void> {
    const compiled = JSON.stringify({ policy: name, calendars: {}, rules: [], pools: {} })
    await execute(
      db,
      sql`insert into policies (version, name, document, compiled, loaded_at, loaded_by, reason)
          values (${version}, ${name}, ${read(name)}, ${compiled}, ${timestamp(atMs)}, 'first-start', 'the sample company')`,
    )
  }

  it.each([
    ['acme-first', 'Acme inbound', 9],
    ['acme-second', 'Acme inbound', 9],
    ['demo-first', 'Demo', 7],
  ])('%s is still read, shown, compared and followed by another', async (name, called, rules) => {
    await publishedOfOld(1, name)
    const { policy: stored } = await currentPolicy(db)
    expect(stored.policy).toContain(called.split(' ')[0])
    expect(stored.rules.length, 'rules').toBe(rules)
    expect(await versionOf(1)).toMatchObject({
      forced: false,
      overridden: [],
      rollbackOf: null,
      signOffs: [],
    })
    const [one, other] = [
      { document: read(name), fileName: name },
      { document: policy, fileName },
    ]
    expect(compareDocuments(one, other, atMs)).toMatchObject({ ok: true })
    expect(await load(policy)).toMatchObject({ ok: true, version: 2 })
  })

  it('can be gone back to', async () => {
    await publishedOfOld(1, 'acme-first')
    await load(policy)
    expect(await goBack(1), 'where nobody of it works').toMatchObject({ ok: false, why: 'document' })
    await loadPeople(db, { document: acmePeople, fileName: 'people.yaml', by: 'test', atMs })
    expect(await goBack(1)).toMatchObject({ ok: true, version: 3 })
  })
})
