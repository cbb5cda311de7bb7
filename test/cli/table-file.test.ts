import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openTable } from '../../cli/table-file.js'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'leadline-table-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function fileWith(content: string | Buffer): Promise<string> {
  const path = join(folder, `${crypto.randomUUID()}.csv`)
  await writeFile(path, content)
  return path
}

async function rowsOf(content: string | Buffer) {
  const opened = await openTable(await fileWith(content))
  if (!opened.ok) throw new Error(opened.problem)
  const rows: (readonly string[])[] = []
  for await (const cells of opened.table.read()) rows.push(cells)
  expect(opened.table.rows).toBe(rows.length)
  return { header: opened.table.header, rows }
}

const lead = { header: ['email', 'company'], rows: [['a@b.example', 'Acme']] }

describe('a table is read', () => {
  it.each<[string, string | Buffer, typeof lead]>([
    ['with commas', 'email,company\na@b.example,Acme\n', lead],
    ['with semicolons, as Excel writes them in much of Europe', 'email;company\na@b.example;Acme\n', lead],
    ['with tabs', 'email\tcompany\na@b.example\tAcme\n', lead],
    ['with a byte order mark', '\uFEFFemail,company\na@b.example,Acme\n', lead],
    [
      'in UTF-16, as Excel writes Unicode text',
      Buffer.from('\uFEFFemail\tcompany\r\na@b.example\tAcme\r\n', 'utf16le'),
      lead,
    ],
    ['with the line ends of Windows', 'email,company\r\na@b.example,Acme\r\n', lead],
    ['without a line end at the end', 'email,company\na@b.example,Acme', lead],
    ['with blank lines and rows', '\nemail,company\n\na@b.example,Acme\n,\n , \n\n', lead],
    [
      'with separators and line ends inside quotes',
      '"e,mail";"com\npany"\n"a;b@c.example";"Ac\r\nme"\n',
      { header: ['e,mail', 'com\npany'], rows: [['a;b@c.example', 'Ac\r\nme']] },
    ],
    [
      'with a quote inside a cell',
      'email,company\na@b.example,5" disks\n"b@c.example","Say ""hi"""\n',
      {
        header: ['email', 'company'],
        rows: [
          ['a@b.example', '5" disks'],
          ['b@c.example', 'Say "hi"'],
        ],
      },
    ],
    ['with one column', 'email\na@b.example\n', { header: ['email'], rows: [['a@b.example']] }],
    ['with a header alone', 'email,company\n', { header: ['email', 'company'], rows: [] }],
    [
      'with rows of any length',
      'email,company\na\nb,c,d\n',
      { header: ['email', 'company'], rows: [['a'], ['b', 'c', 'd']] },
    ],
  ])('%s', async (_, content, expected) => {
    expect(await rowsOf(content)).toEqual(expected)
  })

  it('where a letter falls between two pieces of a long file', async () => {
    const rows = Array.from({ length: 40_000 }, (_, at) => `${'é'.repeat(at % 5)}@b.example,Grüße ${at}`)
    const read = await rowsOf(`email,company\n${rows.join('\n')}\n`)
    expect(read.rows.map(cells => cells.join(','))).toEqual(rows)
  })
})

describe('a file is unusable, and that is known before any row is used,', () => {
  it.each<[string, string | Buffer, string]>([
    ['when it is empty', '', 'the file is empty; expected a header and rows'],
    [
      'when a quote is never closed',
      'email\na@b.example\n"c@d.example\ne@f.example\n',
      'a quote is opened and never closed',
    ],
    [
      'when it is in a code page',
      Buffer.concat([
        Buffer.from('email,company\na@b.example,M'),
        Buffer.from([0xfc]),
        Buffer.from('ller\n'),
      ]),
      'not UTF-8 text; save it as "CSV UTF-8" and try again',
    ],
    [
      'when a row has no end',
      `email\n"${'x\n'.repeat(100_001)}"\n`,
      'a row has more than 200000 characters; is a quote never closed before it?',
    ],
  ])('%s', async (_, content, problem) => {
    expect(await openTable(await fileWith(content))).toEqual({ ok: false, problem })
  })

  it('when it is not there, or is a folder', async () => {
    expect(await openTable(join(folder, 'no-such.csv'))).toEqual({
      ok: false,
      problem: 'there is no such file',
    })
    expect(await openTable(folder)).toEqual({ ok: false, problem: 'this is a folder; expected a file' })
  })
})
