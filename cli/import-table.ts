/** From the rows of a table to submissions: each row is read, known by what it says, and taken in once. */
import { createHash } from 'node:crypto'
import { type Column, canonicalRow, identityOf, rawRow, readRow } from '../domain/csv-row.js'
import type { LeadBody } from '../domain/lead.js'
import { forEachAtOnce } from './at-once.js'

export type Submission = {
  body: LeadBody
  /** What is kept of the row: the lead's fields, and under `row` the cells as they stood. */
  raw: Record<string, unknown>
  key: string
}

export type ImportDeps = {
  /** Which of these keys of the source are here already. */
  known: (keys: readonly string[]) => Promise<ReadonlySet<string>>
  /** Takes one in; says whether it was here all the same. */
  take: (submission: Submission) => Promise<{ existed: boolean }>
  reject: (cells: readonly string[], reasons: readonly string[]) => void
  /** After each row that is dealt with. */
  progress: (rows: number) => void
}

export type Counts = { leads: number; rejected: number; alreadyThere: number }

/** Rows on their way at once: enough to keep Postgres busy, few enough to leave it to others too. */
const rowsAtOnce = 8
/** How many rows are looked up by one query. */
const rowsPerLookUp = 500

/**
 * Goes through all rows, whatever is wrong with some of them. Stopped at any row and run again, it goes on there: what
 * is here already is counted and left alone. Throws what `take` throws, once nothing is on its way any more.
 */
export async function importTable(
  source: string,
  columns: readonly Column[],
  rows: AsyncIterable<readonly string[]>,
  deps: ImportDeps,
): Promise<Counts> {
  const counts: Counts = { leads: 0, rejected: 0, alreadyThere: 0 }
  const done = () => deps.progress(counts.leads + counts.rejected + counts.alreadyThere)
  const reject = (cells: readonly string[], reasons: readonly string[]) => {
    deps.reject(cells, reasons)
    counts.rejected += 1
    done()
  }
  await forEachAtOnce(
    rowsAtOnce,
    unknown(submissions(source, columns, rows, reject), deps, counts),
    async submission => {
      const { existed } = await deps.take(submission)
      if (existed) counts.alreadyThere += 1
      else counts.leads += 1
      done()
    },
  )
  return counts
}

async function* submissions(
  source: string,
  columns: readonly Column[],
  rows: AsyncIterable<readonly string[]>,
  reject: ImportDeps['reject'],
): AsyncGenerator<Submission> {
  const seen = new Map<string, number>()
  for await (const cells of rows) {
    const row = readRow(source, columns, cells)
    if (!row.ok) {
      reject(cells, row.reasons)
      continue
    }
    const content = digest(canonicalRow(columns, cells))
    const occurrence = (seen.get(content) ?? 0) + 1
    seen.set(content, occurrence)
    yield {
      body: row.body,
      raw: { ...row.body, row: rawRow(columns, cells) },
      key: `csv-${digest(identityOf(source, content, occurrence))}`,
    }
  }
}

/** Passes on what is not here yet. */
async function* unknown(
  all: AsyncIterable<Submission>,
  deps: ImportDeps,
  counts: Counts,
): AsyncGenerator<Submission> {
  for await (const batch of batches(all)) {
    const known = await deps.known(batch.map(({ key }) => key))
    counts.alreadyThere += batch.filter(({ key }) => known.has(key)).length
    deps.progress(counts.leads + counts.rejected + counts.alreadyThere)
    yield* batch.filter(({ key }) => !known.has(key))
  }
}

async function* batches(all: AsyncIterable<Submission>): AsyncGenerator<Submission[]> {
  let batch: Submission[] = []
  for await (const submission of all) {
    batch.push(submission)
    if (batch.length < rowsPerLookUp) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
