import { progress } from '@clack/prompts'
import { Command } from 'commander'
import { takeIn } from '../api/intake.js'
import { createLeadWorkflows } from '../api/lead-workflows.js'
import type { Config } from '../config.js'
import { knownKeys } from '../db/imports.js'
import { currentPolicy, NoPolicy } from '../db/policies.js'
import { type Column, readColumns } from '../domain/csv-row.js'
import { instant, name } from '../domain/ids.js'
import { CannotStart } from '../worker/cannot-start.js'
import { taskQueue } from '../workflows/ids.js'
import { type Counts, type ImportDeps, importTable } from './import-table.js'
import { type OpenInstance, openInstance } from './open.js'
import { createRejectedFile } from './rejected-file.js'
import { openTable, type TableFile } from './table-file.js'

type Options = { source: string; dryRun?: true; rejected?: string }

/**
 * `leadline import`: each row of a table becomes a submission, once. Exit code 0 also where rows were rejected, 1 where
 * the file cannot be used or the import could not go on.
 */
export function importCommand(): Command {
  const command = new Command('import')
    .argument('<file>', 'a CSV file with a header; comma, semicolon or tab')
    .requiredOption('--source <name>', "the policy's source of these leads")
    .option('--dry-run', 'read and check everything, take nothing in')
    .option('--rejected <file>', 'where rejected rows go (default: FILE.rejected.csv)')
    .description('take in the leads of a CSV file; run again after a break, it goes on')
  return command.action(async (file: string, { source, dryRun, rejected }: Options) => {
    const instance = dryRun ? await instanceIfAny() : await openInstance()
    try {
      const counts = await importFile({ file, source, rejected, instance, dryRun: dryRun === true })
      console.log(summary(counts, dryRun === true))
      if (counts.rejected > 0) console.log(`Rejected rows, with reasons: ${rejected ?? rejectedBeside(file)}`)
    } finally {
      await instance?.close()
    }
  })
}

/**
 * Takes in a file on behalf of another command.
 * @throws CannotStart with what is wrong with the file
 */
export async function importToInstance(file: string, source: string, config?: Config): Promise<Counts> {
  const instance = await openInstance(config)
  try {
    return await importFile({ file, source, rejected: undefined, instance, dryRun: false })
  } finally {
    await instance.close()
  }
}

/** `970 leads, 30 rejected, 0 already there` */
export function summary({ leads, rejected, alreadyThere }: Counts, dryRun: boolean): string {
  const many = leads === 1 ? 'lead' : 'leads'
  return `${leads} ${many}${dryRun ? ' would come in' : ''}, ${rejected} rejected, ${alreadyThere} already there`
}

function rejectedBeside(file: string): string {
  return `${file}.rejected.csv`
}

type Import = {
  file: string
  source: string
  rejected: string | undefined
  /** Null: nothing can be looked up, and nothing is taken in. */
  instance: OpenInstance | null
  dryRun: boolean
}

async function importFile(of: Import): Promise<Counts> {
  const { file, source, instance } = of
  if (!name.safeParse(source).success)
    throw new CannotStart(`--source ${JSON.stringify(source)}: expected a name such as trade-fair`)
  const { table, columns } = await usable(file)
  for (const line of await remarks(columns, source, instance)) console.error(line)
  return importRows(of, table, columns)
}

async function usable(file: string): Promise<{ table: TableFile; columns: readonly Column[] }> {
  const opened = await openTable(file)
  if (!opened.ok) throw new CannotStart(`${file}: ${opened.problem}`)
  const read = readColumns(opened.table.header)
  if (!read.ok) throw new CannotStart(read.problems.map(problem => `${file}:1: ${problem}`).join('\n'))
  return { table: opened.table, columns: read.columns }
}

/** A dry run needs none: it then cannot say which rows are here already. */
async function instanceIfAny(): Promise<OpenInstance | null> {
  try {
    return await openInstance()
  } catch (error) {
    if (!(error instanceof CannotStart)) throw error
    console.error('No instance is running, so all rows count as new.')
    return null
  }
}

async function remarks(
  columns: readonly Column[],
  source: string,
  instance: OpenInstance | null,
): Promise<string[]> {
  const unknown = unknownNames(columns)
  const kept = unknown.length === 0 ? [] : [`Kept, but filling no field: ${unknown.join(', ')}`]
  if (instance === null || (await isDeclared(instance, source))) return kept
  return [
    ...kept,
    `The policy does not declare the source ${source}: a person must look at each of these leads.`,
  ]
}

function unknownNames(columns: readonly Column[]): string[] {
  return columns.filter(({ kind }) => kind === 'unknown').map(({ header }) => header)
}

async function isDeclared({ db }: OpenInstance, source: string): Promise<boolean> {
  try {
    return Object.hasOwn((await currentPolicy(db)).policy.sources, source)
  } catch (error) {
    if (!(error instanceof NoPolicy)) throw error
    throw new CannotStart(error.message)
  }
}

async function importRows(of: Import, table: TableFile, columns: readonly Column[]): Promise<Counts> {
  const { source, instance, dryRun } = of
  const rejected = createRejectedFile(of.rejected ?? rejectedBeside(of.file), table.header)
  const shown = showProgress(table.rows)
  try {
    const counts = await importTable(source, columns, table.read(), {
      known: async keys => (instance === null ? new Set() : knownKeys(instance.db, source, keys)),
      take:
        dryRun || instance === null
          ? async () => ({ existed: false })
          : taker(instance, unknownNames(columns)),
      reject: rejected.add,
      progress: shown.advanceTo,
    })
    shown.end()
    return counts
  } catch (error) {
    shown.end()
    const why = error instanceof Error ? error.message : String(error)
    throw new CannotStart(
      `${of.file}: stopped after ${shown.rows()} of ${table.rows} rows: ${why}. Run it again to go on.`,
    )
  } finally {
    await rejected.close()
  }
}

function taker({ db, temporal }: OpenInstance, unknownFields: readonly string[]): ImportDeps['take'] {
  const now = () => instant(Date.now())
  const leads = createLeadWorkflows(temporal, taskQueue, { db, now })
  return ({ body, raw, key }) =>
    takeIn(
      { db, leads, now },
      { body, raw, channel: 'csv', idempotencyKey: key, submittedBy: 'import', unknownFields },
    )
}

type Shown = { advanceTo: (rows: number) => void; end: () => void; rows: () => number }

const rowsPerLine = 1_000

/** A bar on a terminal; in a log a line now and then. */
function showProgress(all: number): Shown {
  let shown = 0
  const bar = process.stdout.isTTY && all > 0 ? progress({ max: all }) : null
  bar?.start('Taking in')
  return {
    advanceTo(rows) {
      const before = shown
      shown = rows
      if (bar !== null) bar.advance(rows - before, `${rows} of ${all} rows`)
      else if (Math.floor(rows / rowsPerLine) > Math.floor(before / rowsPerLine))
        console.log(`${rows} of ${all} rows`)
    },
    end: () => bar?.stop(`${shown} of ${all} rows`),
    rows: () => shown,
  }
}
