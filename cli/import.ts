/** `leadline import`: a CSV file's rows become submissions; the same export again brings nothing new. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, writeFile } from 'node:fs/promises'
import { progress } from '@clack/prompts'
import { Command } from 'commander'
import { parse } from 'csv-parse'
import { stringify } from 'csv-stringify/sync'
import { takeIn } from '../api/intake.js'
import { createLeadWorkflows } from '../api/lead-workflows.js'
import { canonicalRow, type Column, identityOf, rawRow, readColumns, readRow } from '../domain/csv-row.js'
import { instant } from '../domain/ids.js'
import { taskQueue } from '../workflows/ids.js'
import type { Config } from '../config.js'
import { openInstance } from './open.js'

/** Rows on their way at once: enough to keep Postgres busy, few enough to leave it to others too. */
const rowsAtOnce = 8

export type ImportReport = {
  leads: number
  alreadyThere: number
  rejected: { cells: string[]; reasons: readonly string[] }[]
}

/** Takes one row in; says whether it was there before. Without it (a dry run) the rows are only read. */
export type TakeRow = (row: {
  body: Parameters<typeof takeIn>[1]['body']
  raw: Record<string, string>
  key: string
}) => Promise<{ existed: boolean }>

export function importCommand(): Command {
  return new Command('import')
    .argument('<file>', 'a CSV file with a header; comma, semicolon or tab')
    .requiredOption('--source <name>', "the policy's source of these leads")
    .option('--dry-run', 'read and check, take nothing in')
    .option('--rejected <file>', 'where rejected rows go; default FILE.rejected.csv')
    .description('import leads; run it again after a break, it goes on where it was')
    .action(
      async (
        file: string,
        {
          source,
          dryRun,
          rejected = `${file}.rejected.csv`,
        }: { source: string; dryRun?: true; rejected?: string },
      ) => {
        const report = dryRun ? await importFile(file, source, null) : await importToInstance(file, source)
        if (report.rejected.length > 0) await writeFile(rejected, rejectedRows(report, await headerOf(file)))
        console.log(
          `${report.leads} leads${dryRun ? ' would come in' : ''}, ${report.rejected.length} rejected, ${report.alreadyThere} already there`,
        )
        if (report.rejected.length > 0) console.log(`Rejected rows, with reasons: ${rejected}`)
      },
    )
}

export async function importToInstance(file: string, source: string, config?: Config): Promise<ImportReport> {
  const { db, temporal, close } = await openInstance(config)
  try {
    const now = () => instant(Date.now())
    const leads = createLeadWorkflows(temporal, taskQueue, { db, now })
    return await importFile(file, source, async ({ body, raw, key }) =>
      takeIn(
        { db, leads, now },
        {
          body,
          raw: { ...raw, ...body },
          channel: 'csv',
          idempotencyKey: key,
          submittedBy: 'import',
          unknownFields: [],
        },
      ),
    )
  } finally {
    await close()
  }
}

/** Streams the file; a row that cannot be a lead is kept with its reasons and the rest goes on. */
export async function importFile(file: string, source: string, take: TakeRow | null): Promise<ImportReport> {
  const report: ImportReport = { leads: 0, alreadyThere: 0, rejected: [] }
  const parser = createReadStream(file).pipe(
    parse({
      bom: true,
      delimiter: await delimiterOf(file),
      relax_column_count: true,
      skip_empty_lines: true,
      relax_quotes: true,
    }),
  )
  const seen = new Map<string, number>()
  const bar = process.stdout.isTTY ? progress({ max: Math.max(1, await linesOf(file)) }) : null
  bar?.start('Importing')
  let columns: readonly Column[] | null = null
  let done = 0
  let batch: Promise<void>[] = []
  for await (const cells of parser as AsyncIterable<string[]>) {
    if (columns === null) {
      const header = readColumns(cells)
      if (!header.ok) throw new Error(`${file}:1: ${header.problems.join('; ')}`)
      columns = header.columns
      continue
    }
    batch.push(takeRow(report, source, columns, cells, seen, take))
    if (batch.length >= rowsAtOnce) {
      await Promise.all(batch)
      batch = []
    }
    done += 1
    bar?.advance(1, `${done} rows`)
    if (bar === null && done % 500 === 0) console.log(`${done} rows`)
  }
  await Promise.all(batch)
  bar?.stop(`${done} rows read`)
  if (columns === null) throw new Error(`${file} is empty; expected a header and rows`)
  return report
}

async function takeRow(
  report: ImportReport,
  source: string,
  columns: readonly Column[],
  cells: string[],
  seen: Map<string, number>,
  take: TakeRow | null,
): Promise<void> {
  const row = readRow(source, columns, cells)
  if (!row.ok) {
    report.rejected.push({ cells, reasons: row.reasons })
    return
  }
  const canonical = canonicalRow(columns, cells)
  const occurrence = (seen.get(canonical) ?? 0) + 1
  seen.set(canonical, occurrence)
  const key = `csv-${createHash('sha256')
    .update(identityOf(source, canonical, occurrence))
    .digest('hex')}`
  const { existed } =
    take === null ? { existed: false } : await take({ body: row.body, raw: rawRow(columns, cells), key })
  if (existed) report.alreadyThere += 1
  else report.leads += 1
}

function rejectedRows({ rejected }: ImportReport, header: string[]): string {
  const rows = rejected.map(({ cells, reasons }) => [
    ...header.map((_, at) => cells[at] ?? ''),
    reasons.join('; '),
  ])
  return stringify([[...header, 'reason'], ...rows], { escape_formulas: true })
}

async function firstLineOf(file: string): Promise<string> {
  const handle = await open(file)
  try {
    for await (const line of handle.readLines()) return line
    return ''
  } finally {
    await handle.close()
  }
}

async function headerOf(file: string): Promise<string[]> {
  const line = (await firstLineOf(file)).replace(/^\uFEFF/, '')
  return line.split(await delimiterOf(file)).map(cell => cell.trim().replace(/^"|"$/g, ''))
}

/** What separates the cells of the header: whichever of the three stands there most often. */
async function delimiterOf(file: string): Promise<string> {
  const header = await firstLineOf(file)
  const counted = [',', ';', '\t'].map(mark => ({ mark, count: header.split(mark).length }))
  return counted.reduce((most, one) => (one.count > most.count ? one : most)).mark
}

async function linesOf(file: string): Promise<number> {
  let lines = 0
  for await (const chunk of createReadStream(file)) lines += String(chunk).split('\n').length - 1
  return lines
}
