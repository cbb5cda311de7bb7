import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { z } from 'zod'
import { takeIn } from '../../api/intake.js'
import { type Counts, importTable, type Submission } from '../../cli/import-table.js'
import { knownKeys } from '../../db/imports.js'
import { loadPeople } from '../../db/people.js'
import { loadPolicy } from '../../db/policies.js'
import { bigintColumn, connect, type Pool, row, rows, sql } from '../../db/sql.js'
import { readColumns } from '../../domain/csv-row.js'
import { instant } from '../../domain/ids.js'
import { databaseFromTemplate } from '../setup/database.js'
import { people, policy } from '../workflows/desk-documents.js'

let database: { url: string; drop(): Promise<void> }
let db: Pool
let folder: string
beforeAll(async () => {
  database = await databaseFromTemplate()
  db = connect(database.url)
  folder = await mkdtemp(join(tmpdir(), 'leadline-import-'))
  const load = { by: 'test', atMs: instant(Date.now()) }
  await loadPeople(db, { ...load, document: people, fileName: 'people.yaml' })
  await loadPolicy(db, { ...load, document: policy, fileName: 'policy.yaml', reason: 'test' })
})
afterAll(async () => {
  await db.end()
  await database.drop()
  await rm(folder, { recursive: true })
})

const now = () => instant(Date.now())
/** Temporal is away: what is committed is started by the relay. */
const leads = {
  start: () => Promise.reject(new Error('away')),
  send: () => Promise.reject(new Error('away')),
}
const take = ({ body, raw, key }: Submission) =>
  takeIn(
    { db, leads, now },
    { body, raw, channel: 'csv', idempotencyKey: key, submittedBy: 'import', unknownFields: [] },
  )

type Table = { header: string[]; rows: string[][] }

async function importOf(source: string, { header, rows: given }: Table, takeOne = take) {
  const read = readColumns(header)
  if (!read.ok) throw new Error(read.problems.join('; '))
  const rejected: string[] = []
  const counts = await importTable(source, read.columns, streamed(given), {
    known: keys => knownKeys(db, source, keys),
    take: takeOne,
    reject: (cells, reasons) => rejected.push(`${cells.join(',')}: ${reasons.join('; ')}`),
    progress: () => {},
  })
  return { counts, rejected }
}

async function* streamed(cells: string[][]): AsyncGenerator<string[]> {
  yield* cells
}

async function leadsFrom(source: string): Promise<number> {
  const { count } = await row(
    db,
    z.object({ count: bigintColumn }),
    sql`select count(*) from leads where source = ${source}`,
  )
  return Number(count)
}

const header = ['email', 'company']

/** 1,000 rows with 30 bad ones; elsewhere than in a proof a fifth of each. */
const large = process.env.LEADLINE_PROVE === '1' ? { rows: 1_000, bad: 30 } : { rows: 200, bad: 6 }
const badEvery = 33
/** Of each reason for which a row is no lead. */
const badRows = ['nonsense,Acme,5', ',,5', 'p@large.example,Acme,many', 'p@large.example,Acme']

describe('an import', () => {
  it('takes in what can be a lead, rejects the rest with reasons, and goes on', async () => {
    const { counts, rejected } = await importOf('fair-1', {
      header,
      rows: [
        ['a@b.example', 'Acme'],
        ['', ''],
        ['nonsense', 'Acme'],
        ['c@d.example', ''],
        ['x', 'y', 'z'],
      ],
    })
    expect(counts).toEqual({ leads: 2, rejected: 3, alreadyThere: 0 })
    expect(rejected).toEqual([
      ',: no email, no phone, no company',
      'nonsense,Acme: email: not an address',
      'x,y,z: 3 cells under 2 columns',
    ])
    expect(await leadsFrom('fair-1')).toBe(2)
  })

  it('counts two equal rows of one file as two submissions, and the same file again as none', async () => {
    const table = {
      header,
      rows: [
        ['a@b.example', 'Acme'],
        ['a@b.example', 'Acme'],
      ],
    }
    expect((await importOf('fair-2', table)).counts).toEqual({ leads: 2, rejected: 0, alreadyThere: 0 })
    expect((await importOf('fair-2', table)).counts).toEqual({ leads: 0, rejected: 0, alreadyThere: 2 })
    expect(await leadsFrom('fair-2')).toBe(2)
  })

  it('takes in only what a longer export adds', async () => {
    await importOf('fair-3', { header, rows: [['a@b.example', 'Acme']] })
    const longer = {
      header,
      rows: [
        ['n@ew.example', 'New'],
        ['a@b.example', 'Acme'],
        ['a@b.example', 'Acme'],
      ],
    }
    expect((await importOf('fair-3', longer)).counts).toEqual({ leads: 2, rejected: 0, alreadyThere: 1 })
  })

  it('that broke off goes on where it was when it is run again', async () => {
    const table = { header, rows: Array.from({ length: 40 }, (_, at) => [`p${at}@broken.example`, 'Acme']) }
    let taken = 0
    const breaking = async (submission: Submission) => {
      if (taken === 25) throw new Error('the power went out')
      taken += 1
      return take(submission)
    }
    await expect(importOf('fair-4', table, breaking)).rejects.toThrow('the power went out')
    const before = await leadsFrom('fair-4')
    expect(before).toBe(25)
    expect((await importOf('fair-4', table)).counts).toEqual({ leads: 15, rejected: 0, alreadyThere: 25 })
    expect(await leadsFrom('fair-4')).toBe(40)
  })

  it('keeps of a row the fields of the lead and the cells as they stood', async () => {
    await importOf('fair-5', {
      header: ['E-Mail', 'utm_source', 'fields', 'Shoe size'],
      rows: [[' a@b.example ', 'mail', 'x', '42']],
    })
    const kept = await row(
      db,
      z.object({ raw: z.unknown() }),
      sql`select raw from submissions where source = 'fair-5'`,
    )
    expect(kept.raw).toEqual({
      source: 'fair-5',
      email: 'a@b.example',
      utm: { source: 'mail' },
      row: { 'E-Mail': ' a@b.example ', utm_source: 'mail', fields: 'x', 'Shoe size': '42' },
    })
  })

  it('brings the same leads from any order of rows and columns, and nothing the second time', async () => {
    let runs = 0
    const person = fc.constantFrom('ada', 'bo', 'cy', 'not an address')
    const table = fc.array(fc.tuple(person, fc.constantFrom('Acme', 'Zenith', '')), { maxLength: 12 })
    const shuffled = table.chain(given =>
      fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length }), fc.boolean()),
    )
    await fc.assert(
      fc.asyncProperty(shuffled, async ([given, reordered, mirrored]) => {
        const source = `any-${(runs += 1)}`
        const cells = (pairs: (readonly [string, string])[]) =>
          pairs.map(([name, company]) => [name.includes(' ') ? name : `${name}@b.example`, company])
        const first = await importOf(source, { header, rows: cells(given) })
        const again = mirrored
          ? { header: header.toReversed(), rows: cells(reordered).map(pair => pair.toReversed()) }
          : { header, rows: cells(reordered) }
        const second = await importOf(source, again)
        expect(second.counts).toEqual({
          leads: 0,
          rejected: first.counts.rejected,
          alreadyThere: first.counts.leads,
        })
        expect(await leadsFrom(source)).toBe(first.counts.leads)
      }),
      { numRuns: 30 },
    )
  })
})

describe('leadline import', () => {
  const run = async (...args: string[]) => leadline(['import', ...args])

  it('says what it did, writes what it rejected, and the mended rows come in', async () => {
    const file = await fileWith(
      'fair.csv',
      'email;phone\na@b.example;\n=1+1;\n;+44 20 7946 0123\n;;;\nx@y.example;1;2\n',
    )
    const first = await run(file, '--source', 'contact-form')
    expect(first).toEqual({
      code: 0,
      out: `2 leads, 2 rejected, 0 already there\nRejected rows, with reasons: ${file}.rejected.csv\n`,
      err: '',
    })
    const rejected = await readFile(`${file}.rejected.csv`, 'utf8')
    expect(parse(rejected, { relax_column_count: true })).toEqual([
      ['email', 'phone', 'reason'],
      ["'=1+1", '', 'email: not an address'],
      ['x@y.example', '1', '3 cells under 2 columns', '2'],
    ])
    const mended = rejected.replace("'=1+1", 'b@c.example').replace(',2\n', '\n')
    const second = await run(await fileWith('mended.csv', mended), '--source', 'contact-form')
    expect(second.out).toBe('2 leads, 0 rejected, 0 already there\n')
    expect(second.err).toBe('Kept, but filling no field: reason\n')
    expect((await run(file, '--source', 'contact-form')).out).toContain(
      '0 leads, 2 rejected, 2 already there\n',
    )
  })

  it('brings what is good of a large file, each bad row with its reason, and nothing the second time', async () => {
    const table = Array.from({ length: large.rows }, (_, at) =>
      at % badEvery === 7 && at < large.bad * badEvery
        ? (badRows[at % badRows.length] ?? '')
        : `p${at}@large.example,Company ${at},${at % 900}`,
    )
    const { bad } = large
    const file = await fileWith('large.csv', ['email,company,employees', ...table, ''].join('\n'))
    const first = await run(file, '--source', 'large')
    // Where nobody watches a bar, every thousand rows are a line.
    expect(first.out.split('\n')).toContain(
      summaryOf({ leads: large.rows - bad, rejected: bad, alreadyThere: 0 }),
    )
    const rejected = z
      .array(z.array(z.string()))
      .parse(parse(await readFile(`${file}.rejected.csv`, 'utf8'), { relax_column_count: true }))
    expect(rejected).toHaveLength(1 + bad)
    for (const cells of rejected.slice(1)) expect(cells[3]).toMatch(/^(email|employees|no email|2 cells)/)
    const second = await run(file, '--source', 'large')
    expect(second.out.split('\n')).toContain(
      summaryOf({ leads: 0, rejected: bad, alreadyThere: large.rows - bad }),
    )
    expect(await leadsFrom('large')).toBe(large.rows - bad)
  }, 180_000)

  it('only looks when it is a dry run, and knows what is here already', async () => {
    const file = await fileWith('dry.csv', 'email\na@dry.example\n')
    const before = await leadsFrom('demo-form')
    expect((await run(file, '--source', 'demo-form', '--dry-run')).out).toBe(
      '1 lead would come in, 0 rejected, 0 already there\n',
    )
    expect(await leadsFrom('demo-form')).toBe(before)
    await run(file, '--source', 'demo-form')
    expect((await run(file, '--source', 'demo-form', '--dry-run')).out).toBe(
      '0 leads would come in, 0 rejected, 1 already there\n',
    )
  })

  it('warns of a source that the policy does not declare', async () => {
    const file = await fileWith('undeclared.csv', 'email\na@undeclared.example\n')
    expect((await run(file, '--source', 'somewhere')).err).toBe(
      'The policy does not declare the source somewhere: a person must look at each of these leads.\n',
    )
  })

  it.each([
    ['has no such column', 'first name\nTess\n', ':1: no column is called email, phone, company'],
    ['has a quote that never closes', 'email\n"a@b.example\n', ': a quote is opened and never closed'],
  ])('refuses a file that %s, with exit code 1', async (_, content, complaint) => {
    const file = await fileWith('bad.csv', content)
    const { code, out, err } = await run(file, '--source', 'contact-form')
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain(`${file}${complaint}`)
  })

  it('killed in the middle and run again, has every row once', async () => {
    const all = 800
    const content = Array.from({ length: all }, (_, at) => `p${at}@killed.example`).join('\n')
    const file = await fileWith('killed.csv', `email\n${content}\n`)
    const { child, ended } = start(['import', file, '--source', 'killed'])
    await until(async () => (await leadsFrom('killed')) > 50)
    child.kill('SIGKILL')
    await ended
    const before = await leadsFrom('killed')
    expect(before).toBeLessThan(all)
    const { out } = await run(file, '--source', 'killed')
    const after = await leadsFrom('killed')
    expect(after).toBe(all)
    expect(out.trimEnd().split('\n').at(-1)).toBe(
      summaryOf({ leads: all - before, rejected: 0, alreadyThere: before }),
    )
    const twice = await rows(
      db,
      z.object({ key: z.string() }),
      sql`select raw->>'email' as key from submissions where source = 'killed' group by 1 having count(*) > 1`,
    )
    expect(twice).toEqual([])
  }, 120_000)
})

function summaryOf({ leads, rejected, alreadyThere }: Counts): string {
  return `${leads} leads, ${rejected} rejected, ${alreadyThere} already there`
}

async function fileWith(name: string, content: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, content)
  return path
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (await holds()) return
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error('it never came to that')
}

type Ended = { code: number | null; out: string; err: string }

async function leadline(args: string[]): Promise<Ended> {
  return start(args).ended
}

function start(args: string[]) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'cli/main.ts', ...args], {
    env: {
      ...process.env,
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      TEMPORAL_NAMESPACE: 'default',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const said = { out: '', err: '' }
  child.stdout.on('data', part => (said.out += String(part)))
  child.stderr.on('data', part => (said.err += String(part)))
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', code => resolve({ code, ...said }))
  })
  return { child, ended }
}
