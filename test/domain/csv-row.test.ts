import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Column, canonicalRow, identityOf, readColumns, readRow } from '../../domain/csv-row.js'

function columnsOf(...header: string[]): readonly Column[] {
  const read = readColumns(header)
  if (!read.ok) throw new Error(read.problems.join('; '))
  return read.columns
}

describe('a header', () => {
  it.each([
    ['email', 'email'],
    ['E-Mail', 'email'],
    ['  FIRST name ', 'firstName'],
    ['last_name', 'lastName'],
    ['externalID', 'externalId'],
    ['received at', 'receivedAt'],
  ])('%j fills %s', (header, field) => {
    expect(columnsOf(header, 'company', 'phone').at(0)).toMatchObject({ kind: 'field', field })
  })

  it.each([
    ['utm_source', { kind: 'utm', name: 'source' }],
    ['UTM Campaign', { kind: 'utm', name: 'campaign' }],
    ['fields.budget', { kind: 'extra', name: 'budget' }],
    ['Fields.Next Step', { kind: 'extra', name: 'Next Step' }],
    ['favourite colour', { kind: 'unknown' }],
    ['utm', { kind: 'unknown' }],
    ['source', { kind: 'unknown' }],
    ['', { kind: 'unknown' }],
  ])('%j is %j', (header, column) => {
    expect(columnsOf(header, 'email').at(0)).toMatchObject(column)
  })

  it('may not fill one field twice', () => {
    expect(readColumns(['email', 'E-mail', 'phone'])).toEqual({
      ok: false,
      problems: ['two columns fill email'],
    })
  })

  it('must say how to reach somebody', () => {
    expect(readColumns(['first name', 'city'])).toMatchObject({
      ok: false,
      problems: [expect.stringContaining('no column is called email, phone, company')],
    })
  })
})

describe('a row', () => {
  const columns = columnsOf(
    'email',
    'phone',
    'company',
    'employees',
    'consent',
    'receivedAt',
    'utm_source',
    'fields.budget',
  )
  const cells = (given: Partial<Record<string, string>>) =>
    columns.map(column => given[column.kind === 'field' ? column.field : column.header] ?? '')

  it('becomes a lead with what its cells say, and blank cells say nothing', () => {
    const row = readRow(
      'trade-fair',
      columns,
      cells({
        email: ' tess@acme.example ',
        employees: '120',
        consent: 'yes',
        utm_source: 'fair',
        'fields.budget': '10k',
      }),
    )
    expect(row).toEqual({
      ok: true,
      body: {
        source: 'trade-fair',
        email: 'tess@acme.example',
        employees: 120,
        consent: true,
        utm: { source: 'fair' },
        fields: { budget: '10k' },
      },
    })
  })

  it.each<[string, Partial<Record<string, string>>]>([
    ['an email alone', { email: 'a@b.example' }],
    ['a phone alone', { phone: '+44 20 7946 0123' }],
    ['a company alone', { company: 'Acme' }],
  ])('is a lead with %s', (_, given) => {
    expect(readRow('fair', columns, cells(given)).ok).toBe(true)
  })

  it.each<[string, Partial<Record<string, string>>, string]>([
    ['nobody can be reached', { employees: '5' }, 'no email, no phone, no company'],
    ['its address is none', { email: 'tess(at)acme.example' }, 'email: not an address'],
    ['its address has no domain', { email: 'tess', company: 'Acme' }, 'email: not an address'],
    ['its size is a guess', { company: 'Acme', employees: 'about 20' }, 'employees: expected a whole number'],
    [
      'its consent is neither yes nor no',
      { company: 'Acme', consent: 'perhaps' },
      'consent: expected yes or no',
    ],
    [
      'its time has no zone',
      { company: 'Acme', receivedAt: '2026-11-23 10:00' },
      'receivedAt: expected a date and time such as 2026-11-23T09:30:00Z',
    ],
    ['a cell is too long', { company: 'x'.repeat(301) }, 'company: 301 characters, at most 300'],
    [
      'a quote was never closed',
      { company: '"Acme\nnext line' },
      'company: begins with a quote that is not closed as it should be',
    ],
  ])('is rejected when %s', (_, given, reason) => {
    expect(readRow('fair', columns, cells(given))).toEqual({ ok: false, reasons: [reason] })
  })

  it('is rejected with every reason, when it has several', () => {
    const row = readRow('fair', columns, cells({ employees: '-1', consent: 'x', company: 'Acme' }))
    expect(row).toEqual({
      ok: false,
      reasons: ['employees: expected a whole number', 'consent: expected yes or no'],
    })
  })

  it.each([
    [['a@b.example'], '1 cell under 8 columns'],
    [new Array<string>(9).fill('x'), '9 cells under 8 columns'],
  ])('is rejected with the wrong number of cells: %j', (given, reason) => {
    expect(readRow('fair', columns, given)).toEqual({ ok: false, reasons: [reason] })
  })

  it('reads a cell that the file of rejected rows has made harmless', () => {
    const row = readRow('fair', columns, cells({ phone: "'+44 20 7946 0123" }))
    expect(row).toMatchObject({ ok: true, body: { phone: '+44 20 7946 0123' } })
  })
})

describe('two rows are the same submission', () => {
  const header = ['email', 'First name', 'favourite colour']
  const row = ['a@b.example', 'Tess', 'blue']
  const same = canonicalRow(columnsOf(...header), row)

  it.each<[string, string[], string[]]>([
    [
      'whatever the order of the columns',
      ['favourite colour', 'email', 'First name'],
      ['blue', 'a@b.example', 'Tess'],
    ],
    ['however the headers are spelled', ['E-Mail', 'FIRST_NAME', 'Favourite Colour'], row],
    ['whatever spaces surround the cells', header, [' a@b.example', 'Tess  ', '\tblue']],
    ['though an empty column was added', [...header, 'city'], [...row, ' ']],
  ])('%s', (_, otherHeader, cells) => {
    expect(canonicalRow(columnsOf(...otherHeader), cells)).toBe(same)
  })

  it.each<[string, string[]]>([
    ['a cell differs', ['a@b.example', 'Tess', 'red']],
    ['a cell differs in case', ['a@b.example', 'TESS', 'blue']],
    ['cells have changed places', ['a@b.example', 'blue', 'Tess']],
  ])('but not when %s', (_, cells) => {
    expect(canonicalRow(columnsOf(...header), cells)).not.toBe(same)
  })

  it('and no cell can be written so that it looks like two', () => {
    const word = fc.string({ maxLength: 8 })
    fc.assert(
      fc.property(fc.tuple(word, word, word), fc.tuple(word, word, word), (one, other) => {
        const trimmed = (cells: string[]) => cells.map(cell => cell.trim().replace(/^'(?=[=+\-@\t\r])/, ''))
        const areEqual = JSON.stringify(trimmed(one)) === JSON.stringify(trimmed(other))
        const columns = columnsOf(...header)
        expect(canonicalRow(columns, one) === canonicalRow(columns, other)).toBe(areEqual)
      }),
    )
  })

  it('except that the second such row of one file is another submission, and so is one from another source', () => {
    const identities = [identityOf('fair', same, 1), identityOf('fair', same, 2), identityOf('web', same, 1)]
    expect(new Set(identities).size).toBe(3)
  })
})
