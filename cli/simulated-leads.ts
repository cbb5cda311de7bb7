/** The rows of a table as a stream of leads for a simulation, in the order of time. */
import { type Column, readColumns, readRow } from '../domain/csv-row.js'
import { type EpochMs, instant } from '../domain/ids.js'
import type { LeadBody } from '../domain/lead.js'
import { saidBy, type StreamedLead } from '../domain/simulation/stream.js'
import { CannotStart } from '../worker/cannot-start.js'
import { openTable, type TableFile } from './table-file.js'

export type LeadTable = {
  /** Rows that can be leads. */
  leads: number
  /** The instants of the first and of the last; null: no row says when it was received. */
  span: { fromMs: EpochMs; toMs: EpochMs } | null
  rejected: { row: number; reasons: readonly string[] }[]
  /** How many rows in all are none. */
  rejectedCount: number
  /** The source of rows that say none; null: each says its own. */
  source: string | null
  /** Reads the file anew. Where no row says when, they come evenly: the first at `fromMs`, the next `everyMs` later. */
  read(pace: { fromMs: EpochMs; everyMs: number }): AsyncGenerator<StreamedLead>
}

type Read = { row: number; body: LeadBody; atMs: EpochMs | null }

const rejectedKept = 20

/**
 * Reads the file once: what is wrong is known before anything is simulated, and whether its rows are in order. A file
 * that is not is sorted, and for that read into memory as a whole.
 * @param source of rows without one; the column `source` comes first
 * @throws CannotStart with what makes the file unusable
 */
export async function openLeadTable(file: string, source: string): Promise<LeadTable> {
  const opened = await openTable(file)
  if (!opened.ok) throw new CannotStart(`${file}: ${opened.problem}`)
  const { table } = opened
  const read = readColumns(table.header)
  if (!read.ok) throw new CannotStart(read.problems.map(problem => `${file}:1: ${problem}`).join('\n'))
  const { columns } = read
  const sourceAt = columns.findIndex(
    ({ kind, header }) => kind === 'unknown' && header.trim().toLowerCase() === 'source',
  )
  const rejected: LeadTable['rejected'] = []
  const found = { leads: 0, rejected: 0, isInOrder: true, isTimed: false, fromMs: 0, toMs: 0 }
  for await (const one of rowsOf(table, columns, sourceAt, source)) {
    if ('reasons' in one) {
      found.rejected += 1
      if (rejected.length < rejectedKept) rejected.push(one)
      continue
    }
    found.leads += 1
    const { atMs } = one
    if (atMs === null) continue
    if (found.isTimed && atMs < found.toMs) found.isInOrder = false
    found.fromMs = found.isTimed ? Math.min(found.fromMs, atMs) : atMs
    found.toMs = found.isTimed ? Math.max(found.toMs, atMs) : atMs
    found.isTimed = true
  }
  const good = () => goodRows(rowsOf(table, columns, sourceAt, source))
  return {
    leads: found.leads,
    span: found.isTimed ? { fromMs: instant(found.fromMs), toMs: instant(found.toMs) } : null,
    rejected,
    rejectedCount: found.rejected,
    source: sourceAt === -1 ? source : null,
    read: pace => {
      if (!found.isTimed) return evenly(good(), pace)
      return found.isInOrder
        ? timed(good(), instant(found.fromMs))
        : timed(sorted(good()), instant(found.fromMs))
    },
  }
}

async function* rowsOf(
  table: TableFile,
  columns: readonly Column[],
  sourceAt: number,
  source: string,
): AsyncGenerator<Read | { row: number; reasons: readonly string[] }> {
  let row = 0
  for await (const cells of table.read()) {
    row += 1
    const own = sourceAt === -1 ? '' : (cells[sourceAt] ?? '').trim()
    const read = readRow(own === '' ? source : own, columns, cells)
    if (!read.ok) {
      yield { row, reasons: read.reasons }
      continue
    }
    const { receivedAt } = read.body
    yield { row, body: read.body, atMs: receivedAt === undefined ? null : instant(Date.parse(receivedAt)) }
  }
}

async function* goodRows(rows: ReturnType<typeof rowsOf>): AsyncGenerator<Read> {
  for await (const one of rows) if (!('reasons' in one)) yield one
}

async function* evenly(
  rows: AsyncIterable<Read>,
  { fromMs, everyMs }: { fromMs: EpochMs; everyMs: number },
): AsyncGenerator<StreamedLead> {
  let atMs = fromMs
  for await (const one of rows) {
    yield streamed(one, atMs)
    atMs = instant(atMs + everyMs)
  }
}

/** A row that does not say when comes with the one before it. */
async function* timed(rows: AsyncIterable<Read>, fromMs: EpochMs): AsyncGenerator<StreamedLead> {
  let atMs = fromMs
  for await (const one of rows) {
    atMs = one.atMs ?? atMs
    yield streamed(one, atMs)
  }
}

async function* sorted(rows: AsyncIterable<Read>): AsyncGenerator<Read> {
  const all: Read[] = []
  let lastMs: EpochMs | null = null
  for await (const one of rows) {
    lastMs = one.atMs ?? lastMs
    all.push({ ...one, atMs: lastMs })
  }
  yield* all.sort((one, other) => (one.atMs ?? 0) - (other.atMs ?? 0) || one.row - other.row)
}

function streamed({ row, body }: Read, atMs: EpochMs): StreamedLead {
  return { id: `row ${row}`, atMs, said: saidBy(body), past: null }
}
