import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { simulateCommand } from '../../cli/policy-simulate.js'
import { CannotStart } from '../../worker/cannot-start.js'

const policy = 'policies/acme.yaml'
const people = 'policies/acme-people.yaml'

const sums = z.looseObject({
  leads: z.int(),
  outcomes: z.record(z.string(), z.int()),
  people: z.array(z.looseObject({ rep: z.string(), leads: z.int() })),
})
const report = z.looseObject({
  result: sums,
  assumptions: z.array(z.string()),
  rows: z.object({ read: z.int(), rejected: z.int() }),
  against: z
    .looseObject({
      name: z.string(),
      result: sums,
      moved: z.int(),
      same: z.int(),
      reasons: z.array(z.object({ name: z.string(), leads: z.int(), kind: z.string() })),
    })
    .nullable(),
})

const countries = ['GB', 'DE', 'US', '']

describe('a policy over a table of leads on the command line', () => {
  let folder: string
  let table: string
  let changed: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'leadline-simulate-'))
    table = await csv(
      'email,company,country,employees',
      Array.from({ length: 300 }, (_, at) => `p${at}@c${at}.example,C ${at},${countries[at % 4]},${at * 10}`),
    )
    changed = join(folder, 'changed.yaml')
    const text = await readFile(policy, 'utf8')
    const other = text.replace('ben: 50', 'ben: 100')
    expect(other).not.toBe(text)
    await writeFile(changed, other)
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('says for a sales manager who gets how many leads, and what was taken for granted', async () => {
    const { out } = await ran([policy, '--leads', table, '--people', people])
    expect(out).toMatch(/^Acme inbound: 300 leads, /)
    expect(out).toContain('300 (100.0 %) get an owner')
    expect(out).toMatch(/\nperson +leads +share +turns +turns due +score +score due +late\n/)
    expect(out).toContain('- The rows do not say when they came: the first is taken to come on')
  })

  it('is the same to the byte when it is run again, the file as well', async () => {
    const files = [join(folder, 'one.csv'), join(folder, 'other.csv')]
    const runs = []
    for (const file of files)
      runs.push(
        await ran([
          changed,
          '--leads',
          table,
          '--people',
          people,
          '--against',
          policy,
          '--json',
          '--out',
          file,
        ]),
      )
    expect(runs[1]?.out).toBe(runs[0]?.out)
    const [one, other] = await Promise.all(files.map(file => readFile(file, 'utf8')))
    expect(other).toBe(one)
  })

  it('compares two policies, lead by lead', async () => {
    const file = join(folder, 'moves.csv')
    const { out } = await ran([
      changed,
      '--leads',
      table,
      '--people',
      people,
      '--against',
      policy,
      '--json',
      '--out',
      file,
    ])
    const { against } = report.parse(JSON.parse(out))
    const lines = z
      .array(
        z.object({ owner: z.string(), before: z.string(), moved: z.enum(['yes', 'no']), why: z.string() }),
      )
      .parse(parse(await readFile(file, 'utf8'), { columns: true }))
    expect(lines).toHaveLength(300)
    expect(lines.filter(({ moved }) => moved === 'yes')).toHaveLength(against?.moved ?? -1)
    expect(lines.every(({ moved, owner, before }) => (moved === 'yes') === (owner !== before))).toBe(true)
    expect(against?.reasons.map(({ name }) => name)).toContain('pool uk-sdr: other weights (ben 50 → 100)')
  })

  it('moves nothing against itself', async () => {
    const { out } = await ran([policy, '--leads', table, '--people', people, '--against', policy, '--json'])
    expect(report.parse(JSON.parse(out)).against).toMatchObject({ moved: 0, same: 300, reasons: [] })
  })

  it('takes time and source from the rows, and puts them in the order of time', async () => {
    const file = await csv('source,email,country,received_at', [
      'partner-api,b@b.example,GB,2026-03-02T10:00:00Z',
      'fax,c@c.example,GB,',
      'contact-form,a@a.example,GB,2026-03-02T09:00:00+00:00',
    ])
    const lines = join(folder, 'ordered.csv')
    await ran([policy, '--leads', file, '--people', people, '--out', lines])
    const read = z.array(z.looseObject({ lead: z.string(), at: z.string() }))
    const rows = read.parse(parse(await readFile(lines, 'utf8'), { columns: true }))
    expect(rows.map(({ lead, at }) => [lead, at])).toEqual([
      ['row 3', '2026-03-02T09:00:00.000Z'],
      ['row 1', '2026-03-02T10:00:00.000Z'],
      ['row 2', '2026-03-02T10:00:00.000Z'],
    ])
  })

  it('begins where it is told to, in the zone of the policy', async () => {
    const lines = join(folder, 'begun.csv')
    await ran([policy, '--leads', table, '--from', '2026-07-01T09:00', '--every', '1h', '--out', lines])
    const text = await readFile(lines, 'utf8')
    expect(text.split('\n')[1]).toContain('row 1,2026-07-01T08:00:00.000Z')
    expect(text.split('\n')[2]).toContain('row 2,2026-07-01T09:00:00.000Z')
  })

  it('leaves out what cannot be a lead, and says so', async () => {
    const file = await csv('email,country', ['a@a.example,GB', 'not-an-address,GB', ',GB'])
    const { out, err } = await ran([policy, '--leads', file, '--json'])
    expect(report.parse(JSON.parse(out)).rows).toEqual({ read: 3, rejected: 2 })
    expect(err).toContain(`${file}: row 2: email: not an address\n`)
  })

  it('says on stderr how far it is', async () => {
    const rows = Array.from({ length: 5_000 }, (_, at) => `p${at}@c.example,US`)
    const { err } = await ran([policy, '--leads', await csv('email,country', rows), '--json'])
    expect(err).toBe('5,000 of 5,000 leads\n')
  })

  it('refuses what it cannot use', async () => {
    await expect(ran([policy])).rejects.toThrow(CannotStart)
    await expect(ran([policy, '--leads', join(folder, 'none.csv')])).rejects.toThrow('there is no such file')
    await expect(ran([policy, '--leads', table, '--every', 'often'])).rejects.toThrow(
      '--every: not a duration',
    )
    await expect(ran([join(folder, 'none.yaml'), '--leads', table])).rejects.toThrow('there is no such file')
    const nowhere = join(folder, 'none', 'out.csv')
    await expect(ran([policy, '--leads', table, '--out', nowhere])).rejects.toThrow(CannotStart)
  })

  let files = 0
  async function csv(header: string, rows: readonly string[]): Promise<string> {
    const file = join(folder, `leads-${files++}.csv`)
    await writeFile(file, `${[header, ...rows].join('\n')}\n`)
    return file
  }
})

async function ran(args: readonly string[]): Promise<{ out: string; err: string }> {
  const chunks = { out: '', err: '' }
  const spies = [
    vi.spyOn(process.stdout, 'write').mockImplementation(chunk => {
      chunks.out += String(chunk)
      return true
    }),
    vi.spyOn(process.stderr, 'write').mockImplementation(chunk => {
      chunks.err += String(chunk)
      return true
    }),
  ]
  try {
    await simulateCommand().parseAsync([...args], { from: 'user' })
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
  return chunks
}
