/**
 * One row of an imported table: which field each column fills, what the row says as a lead, and the text that tells
 * whether two rows are the same submission.
 */
import { z } from 'zod'
import { readEmail } from './identity/email.js'
import { assertNever } from './ids.js'
import { type LeadBody, leadBody } from './lead.js'

/** Where a column's cells go. What is `unknown` is kept with the raw row and fills nothing. */
export type Column = { header: string } & (
  | { kind: 'field'; field: string }
  | { kind: 'utm' | 'extra'; name: string }
  | { kind: 'unknown' }
)

export type Columns = { ok: true; columns: readonly Column[] } | { ok: false; problems: readonly string[] }

export type Row = { ok: true; body: LeadBody } | { ok: false; reasons: readonly string[] }

/** A row without any of these reaches nobody. */
const contactFields = ['email', 'phone', 'company'] as const

/** Of a lead's body, what a column can fill: `source` is said once for the file, the other two are made of columns. */
const columnFields = Object.keys(leadBody.shape).filter(field => !['source', 'utm', 'fields'].includes(field))

/**
 * The columns of a header. Case, spaces, dots, hyphens and underscores of a name do not count: `First Name` is
 * `firstName`, `E-Mail` is `email`. `utm_source` fills `utm.source`; `fields.budget` the declared field `budget`.
 */
export function readColumns(header: readonly string[]): Columns {
  const columns = header.map(cell => columnOf(cell.trim()))
  const problems = [...twice(columns), ...withoutContact(columns)]
  return problems.length === 0 ? { ok: true, columns } : { ok: false, problems }
}

/** What a row says as a lead, or every reason why it cannot be one. An empty cell says nothing. */
export function readRow(source: string, columns: readonly Column[], cells: readonly string[]): Row {
  if (cells.length !== columns.length)
    return {
      ok: false,
      reasons: [`${counted(cells.length, 'cell')} under ${counted(columns.length, 'column')}`],
    }
  const unclosed = columns.find((_, at) => /^"[^]*\n/.test(cells[at] ?? ''))
  if (unclosed !== undefined)
    return {
      ok: false,
      reasons: [`${unclosed.header}: begins with a quote that is not closed as it should be`],
    }
  const typed = bodyOf(columns, cells)
  const parsed = leadBody.safeParse({ source, ...typed })
  if (!parsed.success) return { ok: false, reasons: parsed.error.issues.map(issue => sayIssue(issue, typed)) }
  const reasons = cannotBeALead(parsed.data)
  return reasons.length === 0 ? { ok: true, body: parsed.data } : { ok: false, reasons }
}

/**
 * The same text for the same submission: what the row says, column by column in the order of their names, whatever
 * the order, the case of the headers, the spaces around cells and the empty columns of this export.
 * @param occurrence 1 for the first such row of its file: two equal rows of one file are two submissions
 */
export function identityOf(source: string, row: string, occurrence: number): string {
  return JSON.stringify([source, row, occurrence])
}

/** A row without its place in the file: for counting how often it stands there. */
export function canonicalRow(columns: readonly Column[], cells: readonly string[]): string {
  const said = columns.map((column, at) => [nameOf(column), cellOf(cells, at)] as const)
  return JSON.stringify(said.filter(([, cell]) => cell !== '').toSorted(byNameThenCell))
}

/** The row as it stood in the file, under the headers of the file; of equal unknown headers the last. */
export function rawRow(columns: readonly Column[], cells: readonly string[]): Record<string, string> {
  return Object.fromEntries(columns.map(({ header }, at) => [header, cells[at] ?? '']))
}

/** What a file of rejected rows puts before a cell that a spreadsheet would run; taken off again here. */
function cellOf(cells: readonly string[], at: number): string {
  return (cells[at] ?? '').trim().replace(/^'(?=[=+\-@\t\r])/, '')
}

function columnOf(header: string): Column {
  const extra = /^fields[. ](.+)$/i.exec(header)?.[1]
  if (extra !== undefined) return { header, kind: 'extra', name: extra.trim() }
  const utm = /^utm[._ -](.+)$/i.exec(header)?.[1]
  if (utm !== undefined) return { header, kind: 'utm', name: utm.trim().toLowerCase() }
  const field = columnFields.find(known => letters(known) === letters(header))
  return field === undefined ? { header, kind: 'unknown' } : { header, kind: 'field', field }
}

function letters(text: string): string {
  return text.toLowerCase().replace(/[\s._-]+/g, '')
}

/** The name under which a column's cells count, whatever the header's spelling. */
function nameOf(column: Column): string {
  switch (column.kind) {
    case 'field':
      return column.field
    case 'utm':
      return `utm.${column.name}`
    case 'extra':
      return `fields.${column.name}`
    case 'unknown':
      return `?${letters(column.header)}`
    default:
      return assertNever(column)
  }
}

function twice(columns: readonly Column[]): string[] {
  const names = columns.filter(column => column.kind !== 'unknown').map(nameOf)
  const repeated = new Set(names.filter((name, at) => names.indexOf(name) < at))
  return [...repeated].map(name => `two columns fill ${name}`)
}

function withoutContact(columns: readonly Column[]): string[] {
  const has = contactFields.some(field =>
    columns.some(column => column.kind === 'field' && column.field === field),
  )
  return has
    ? []
    : [`no column is called ${contactFields.join(', ')}; known names: ${columnFields.join(', ')}`]
}

function bodyOf(columns: readonly Column[], cells: readonly string[]): Record<string, unknown> {
  const said = columns
    .map((column, at) => ({ column, cell: cellOf(cells, at) }))
    .filter(({ cell }) => cell !== '')
  const named = (kind: Column['kind']) =>
    said.flatMap(({ column, cell }) =>
      column.kind === kind && 'name' in column ? [[column.name, cell] as const] : [],
    )
  const plain = said.flatMap(({ column, cell }) =>
    column.kind === 'field' ? [[column.field, cell] as const] : [],
  )
  return {
    ...Object.fromEntries(plain),
    ...(named('utm').length > 0 && { utm: Object.fromEntries(named('utm')) }),
    ...(named('extra').length > 0 && { fields: Object.fromEntries(named('extra')) }),
  }
}

function cannotBeALead(body: LeadBody): string[] {
  if (contactFields.every(field => body[field] === undefined)) return [`no ${contactFields.join(', no ')}`]
  if (body.email !== undefined && readEmail(body.email).kind !== 'ok') return ['email: not an address']
  return []
}

/** Says which cell and what was expected, never the cell itself twice: the row stands beside the reason. */
function sayIssue(issue: z.core.$ZodIssue, typed: Record<string, unknown>): string {
  const field = issue.path.map(String).join('.')
  if (field === 'receivedAt') return `${field}: expected a date and time such as 2026-11-23T09:30:00Z`
  if (field === 'employees') return `${field}: expected a whole number`
  if (field === 'consent') return `${field}: expected yes or no`
  const length = typeof typed[field] === 'string' ? typed[field].length : null
  if (issue.code === 'too_big' && length !== null)
    return `${field}: ${length} characters, at most ${issue.maximum}`
  return `${field}: ${issue.message}`
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function byNameThenCell(one: readonly [string, string], other: readonly [string, string]): number {
  const [first, second] = one[0] === other[0] ? [one[1], other[1]] : [one[0], other[0]]
  return first < second ? -1 : first > second ? 1 : 0
}
