import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import { z } from 'zod'
import { policyCommand } from '../../cli/policy.js'
import { loadPeople } from '../../db/people.js'
import { connect, execute, type Pool, row, sql } from '../../db/sql.js'
import { instant, type LeadId } from '../../domain/ids.js'
import { databaseFromTemplate } from '../setup/database.js'
import { type Desk, openDesk } from '../workflows/a-desk.js'
import { people, policy } from '../workflows/desk-documents.js'

/** The desk's policy, with what lint asks for. */
const ranked = policy.replace('assign: dora }', 'assign: dora, rank: 1 }')
const named = (name: string) => ranked.replace('policy: Test desk', `policy: ${name}`)
const signedBy = (name: string, ...roles: string[]) =>
  `${named(name)}publish: { signOff: [${roles.join(', ')}] }\n`

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leadline-policy-'))
  process.env.TEMPORAL_ADDRESS = inject('temporalAddress')
  process.env.TEMPORAL_NAMESPACE = 'default'
})
afterAll(() => rm(folder, { recursive: true }))

async function fileWith(name: string, content: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

type Said = { out: string; err: string; refused: string | null }

/** Runs `leadline policy`; what it refuses is in `refused`. */
async function run(...args: string[]): Promise<Said> {
  const said: Said = { out: '', err: '', refused: null }
  const spies = [
    vi.spyOn(console, 'log').mockImplementation(text => void (said.out += `${String(text)}\n`)),
    vi.spyOn(console, 'error').mockImplementation(text => void (said.err += `${String(text)}\n`)),
    vi.spyOn(process.stdout, 'write').mockImplementation(text => {
      said.out += String(text)
      return true
    }),
  ]
  const command = policyCommand()
  for (const each of [command, ...command.commands])
    each.exitOverride().configureOutput({ writeErr: () => {} })
  try {
    await command.parseAsync(args, { from: 'user' })
  } catch (error) {
    said.refused = error instanceof Error ? error.message : String(error)
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
  return said
}

async function json(...args: string[]): Promise<unknown> {
  const { out } = await run(...args, '--json')
  return JSON.parse(out)
}

describe('leadline policy, without an instance', () => {
  beforeAll(() => {
    process.env.DATABASE_URL = 'postgresql://nobody@127.0.0.1:1/nothing'
  })

  it('check finds nothing wrong in a good document, alone or against its people', async () => {
    const [file, staff] = [await fileWith('good.yaml', ranked), await fileWith('people.yaml', people)]
    expect((await run('check', file)).out).toBe(`${file}: nothing wrong. Test desk: 2 rules, 2 pools.\n`)
    expect(await json('check', file, '--people', staff)).toEqual({
      ok: true,
      policy: 'Test desk',
      rules: 2,
      pools: 2,
    })
  })

  it('check says file, line and column of each mistake, and of everyone who is not there', async () => {
    const staff = await fileWith('people.yaml', people)
    const bad = await fileWith(
      'bad.yaml',
      ranked.replace('zone: UTC', 'zone: Mars').replace('rank', 'colour'),
    )
    expect((await run('check', bad)).refused).toMatch(
      new RegExp(`^${bad}:3:7: zone: .*Mars.*\n${bad}:17:\\d+: rules\\[1\\]\\.colour: `),
    )
    const strangers = await fileWith('strangers.yaml', ranked.replace('assign: dora', 'assign: zoe'))
    expect((await run('check', strangers)).refused).toBeNull()
    expect((await run('check', strangers, '--people', staff)).refused).toContain(
      `${strangers}:17:56: rules[1].assign: `,
    )
    expect(await json('check', strangers, '--people', staff)).toMatchObject({
      ok: false,
      why: 'document',
      errors: [{ path: 'rules[1].assign' }],
    })
  })

  it('diff says what is different between two files', async () => {
    const before = await fileWith('before.yaml', ranked)
    const after = await fileWith('after.yaml', ranked.replace('ana: 1, ben: 1', 'ana: 2, ben: 1'))
    expect((await run('diff', before, after)).out).toBe("pool sdr: ana's weight 1 → 2\n")
    expect((await run('diff', before, before)).out).toBe('No difference.\n')
    expect(await json('diff', before, after)).toEqual({
      changes: [{ kind: 'changed', path: 'pools.sdr.turns.ana', sentence: "pool sdr: ana's weight 1 → 2" }],
    })
    const broken = await fileWith('broken.yaml', 'policy: 7\n')
    expect((await run('diff', before, broken)).refused).toContain(`${broken}:1:9: policy: `)
  })

  it('has the commands of its other files', () => {
    const names = policyCommand().commands.map(command => command.name())
    expect(names).toEqual(
      expect.arrayContaining(['lint', 'explain', 'simulate', 'sentences', 'diagram', 'schema']),
    )
    expect(new Set(names).size).toBe(names.length)
  })
})

describe('leadline policy', () => {
  let database: { url: string; drop(): Promise<void> }
  let db: Pool
  beforeAll(async () => {
    database = await databaseFromTemplate()
    db = connect(database.url)
    process.env.DATABASE_URL = database.url
    await loadPeople(db, { document: people, fileName: 'people.yaml', by: 'test', atMs: instant(Date.now()) })
  })
  afterAll(async () => {
    await db.end()
    await database.drop()
  })
  beforeEach(() => execute(db, sql`truncate policies, policy_drafts cascade`))

  const idIn = ({ out }: Said) => /^Draft (\S+),/m.exec(out)?.[1] ?? ''

  it('load publishes the next version once, and show prints what was loaded, by whom and why', async () => {
    const file = await fileWith('next.yaml', named('Next desk'))
    const args = ['load', file, '--by', 'olga', '--reason', 'a better\nname']
    expect((await run(...args)).out).toBe('Published as version 1.\n')
    expect((await run(...args)).out).toBe('This is version 1 already.\n')
    const { out } = await run('show')
    expect(out).toMatch(/^# Next desk, version 1: loaded \S+ by olga\n# a better name\n/)
    const again = await fileWith('again.yaml', out)
    expect((await run('check', again)).out).toContain('nothing wrong')
    expect(await json('show')).toMatchObject({ version: 1, name: 'Next desk', loadedBy: 'olga' })
  })

  it('load refuses strangers and files that are not there, and publishes nothing', async () => {
    const strangers = await fileWith('strangers.yaml', ranked.replace('assign: dora', 'assign: zoe'))
    expect((await run('load', strangers)).refused).toMatch(/strangers\.yaml:17:56: rules\[1\]\.assign: .*zoe/)
    expect((await run('load', join(folder, 'none.yaml'))).refused).toContain('there is no such file')
    expect((await run('show')).refused).toContain('no policy is loaded')
  })

  it('load stops at lint errors, and goes on by force with a reason, which stays on record', async () => {
    const file = await fileWith('unclear.yaml', policy)
    const refused = await run('load', file)
    expect(refused.refused).toMatch(/unclear\.yaml:17:\d+: rules\[1\]: .*as specific as for-ana/)
    expect(refused.refused).toContain('With --force')
    expect((await run('load', file, '--force')).refused).toContain('--force needs a --reason')
    expect((await run('load', file, '--force', '--reason', 'for a week')).out).toContain('version 1')
    expect((await run('versions')).out).toMatch(/for a week\n {2}published in spite of lint: rule big /)
  })

  it('draft, sign-off and publish lead from a file to a version', async () => {
    await run('load', await fileWith('first.yaml', named('First')))
    const document = signedBy('Second', 'manager').replace('ana: 1, ben: 1', 'ana: 2, ben: 1')
    const file = await fileWith('second.yaml', document)
    expect((await run('publish', file, '--reason', 'r')).refused).toMatch(
      /nobody with role manager has signed off; who may: mara\n.*leadline policy draft /,
    )
    const drafted = await run('draft', file, '--by', 'olga')
    const id = idIn(drafted)
    expect(drafted.out.split('\n')).toEqual([
      `Draft ${id}, revision 1: Second`,
      expect.stringMatching(/^Begun \S+ by olga, on version 1\.$/),
      'Changes against version 1, which is in force:',
      '  name First → Second',
      "  pool sdr: Ana Ruiz's weight 1 → 2",
      '  publishing: now also needs the sign-off of role manager',
      'Lint: no errors, no warnings.',
      'Sign-off:',
      '  manager: nobody yet; who may: mara',
      '',
    ])
    expect((await run('drafts')).out).toMatch(new RegExp(`^${id} +Second +olga +1 +`, 'm'))
    expect((await run('sign-off', id, '--role', 'manager', '--by', 'ana')).refused).toContain(': mara')
    expect((await run('sign-off', id, '--role', 'boss', '--by', 'ana')).refused).toContain(
      'who does: manager',
    )
    const signed = await run('sign-off', id, '--role', 'manager', '--by', 'mara', '--note', 'fine by me')
    expect(signed.out).toMatch(/\n {2}manager: mara, \S+: fine by me\n/)
    expect((await run('publish', file, '--reason', 'weights', '--by', 'olga')).out).toBe(
      'Published as version 2.\n',
    )
    expect((await run('publish', id, '--reason', 'weights')).out).toBe('This is version 2 already.\n')
    expect((await run('drafts')).out).toBe('No drafts.\n')
    expect((await run('versions')).out).toMatch(
      /^version 2 {2}\S+ by olga: weights\n {2}signed off by mara for manager\n {2}- name First → Second\n/,
    )
  })

  it('draft --replace makes another revision, which nobody has signed off', async () => {
    const first = await fileWith('first.yaml', signedBy('First', 'manager'))
    const id = idIn(await run('draft', first))
    await run('sign-off', id, '--role', 'manager', '--by', 'mara')
    const simulation = await fileWith('simulation.json', '{"moved": 3}')
    const second = await fileWith('second.yaml', signedBy('Second', 'manager'))
    expect(await json('draft', second, '--replace', id, '--simulation', simulation)).toMatchObject({
      id,
      revision: 2,
      name: 'Second',
      simulation: { moved: 3 },
      signOffs: [{ role: 'manager', signed: null }],
    })
    const stale = ['sign-off', id, '--role', 'manager', '--by', 'mara', '--revision', '1']
    expect((await run(...stale)).refused).toContain('another document')
    expect(await json('publish', id, '--reason', 'r')).toMatchObject({ ok: false, why: 'sign-off' })
  })

  it('publish says when it undoes what was published since the draft was begun', async () => {
    await run('load', await fileWith('first.yaml', named('First')))
    const id = idIn(await run('draft', await fileWith('draft.yaml', named('Draft'))))
    await run('load', await fileWith('second.yaml', named('Second')))
    const { out, err } = await run('publish', id, '--reason', 'r')
    expect(out).toBe('Published as version 3.\n')
    expect(err).toContain('begun on version 1: what version 2 brought is no longer in force')
  })

  it('rollback publishes an earlier version once more', async () => {
    await run('load', await fileWith('first.yaml', named('First')))
    await run('load', await fileWith('second.yaml', named('Second')))
    expect((await run('rollback', '1', '--reason', 'too many reviews', '--by', 'olga')).out).toBe(
      'Published as version 3.\n',
    )
    expect(await json('versions', '--limit', '1')).toMatchObject({
      versions: [
        {
          version: 3,
          name: 'First',
          rollbackOf: 1,
          reason: 'too many reviews',
          changes: [{ sentence: 'name Second → First' }],
        },
      ],
    })
    expect((await run('versions')).out).toContain('too many reviews\n  back to version 1\n')
    expect((await run('rollback', '9', '--reason', 'r')).refused).toContain('there is no version 9')
    expect((await run('rollback', 'x', '--reason', 'r')).refused).toContain('not the number of a version')
  })

  it('diff and show take versions, drafts and what is in force', async () => {
    await run('load', await fileWith('first.yaml', named('First')))
    await run('load', await fileWith('second.yaml', named('Second')))
    const file = await fileWith('third.yaml', named('Third'))
    const id = idIn(await run('draft', file))
    expect((await run('diff', '1', '2')).out).toBe('name First → Second\n')
    expect((await run('diff', 'published', file)).out).toBe('name Second → Third\n')
    expect((await run('diff', id, 'published')).out).toBe('name Third → Second\n')
    expect((await run('diff', '1', '9')).refused).toBe('there is no version 9')
    expect((await run('show', '1')).out).toContain('policy: First')
    expect((await run('show', id)).out).toContain('policy: Third')
    expect((await run('show', '9')).refused).toBe('there is no version 9')
  })

  it.each([
    [['publish', 'd5f6a1f0-8c9c-4c43-9d7c-4b7f1f0c1d11', '--reason', 'r'], 'there is no draft d5f6a1f0'],
    [['drafts', 'mine'], 'not the id of a draft'],
    [['publish', 'x.yaml'], "required option '--reason <text>'"],
    [['sign-off', 'x', '--role', 'manager', '--by', 'mara'], 'not the id of a draft'],
    [['versions', '--limit', 'all'], 'expected a whole number'],
  ])('refuses %j', async (args, complaint) => {
    expect((await run(...args)).refused).toContain(complaint)
  })
})

describe('a version that is published while leads are on their way', () => {
  const somebody = { source: 'contact-form', product: 'for-ana', country: 'GB' }
  let desk: Desk
  beforeAll(async () => {
    desk = await openDesk({ policy: ranked })
    process.env.DATABASE_URL = desk.db.options.connectionString ?? ''
  }, 120_000)
  afterAll(() => desk.close())

  it('decides the next lead of the running workers, and no lead that is there already', async () => {
    const early = await desk.submit({ ...somebody, email: 'early@early.example', company: 'Early' })
    await desk.until(early, 'saved')
    const swapped = named('Swapped').replace('assign: ana, backup', 'assign: ben, backup')
    const file = await fileWith('swapped.yaml', swapped)
    expect((await run('publish', file, '--reason', 'Ana is busy')).out).toBe('Published as version 2.\n')
    const late = await desk.submit({ ...somebody, email: 'late@late.example', company: 'Late' })
    await desk.until(late, 'saved')
    // The early lead's owner lets it lapse: it is decided again, by the version that it began with.
    await desk.pass(70)
    await desk.until(early, 'assigned', 2)
    const [first, ...again] = await decisionsOf(early)
    expect(first).toEqual({ hop: 0, version: 1, owner: 'ana' })
    expect(new Set(again.map(({ version }) => version))).toEqual(new Set([1]))
    expect((await decisionsOf(late))[0]).toMatchObject({ version: 2, owner: 'ben' })
  }, 120_000)

  async function decisionsOf(lead: LeadId) {
    const { assignments } = await row(
      desk.db,
      z.object({ assignments: z.array(z.object({ hop: z.int(), version: z.int(), owner: z.string() })) }),
      sql`select jsonb_agg(jsonb_build_object('hop', hop, 'version', policy_version, 'owner', owner)
                           order by hop) as assignments
          from assignments where lead_id = ${lead}`,
    )
    return assignments
  }
})
