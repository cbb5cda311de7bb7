/** The line of each simulated lead, in a CSV file: written as it comes. */
import { createWriteStream } from 'node:fs'
import { once } from 'node:events'
import { finished } from 'node:stream/promises'
import { stringify } from 'csv-stringify/sync'
import { sayFate } from '../domain/simulation/comparison.js'
import type { RowOfLead } from '../domain/simulation/report.js'
import { CannotStart } from '../worker/cannot-start.js'

type SimulationFile = {
  write(rows: readonly RowOfLead[]): Promise<void>
  close(): Promise<void>
}

const columns = [
  'lead',
  'at',
  'outcome',
  'owner',
  'rule',
  'pool',
  'sla',
  'score',
  'review',
  'waited',
  'due',
  'first_touch',
  'late',
]
const comparedColumns = ['before', 'rule_before', 'moved', 'why']

/** @throws CannotStart where it cannot be written */
export function createSimulationFile(path: string, isCompared: boolean): SimulationFile {
  const file = createWriteStream(path)
  let failure: Error | null = null
  file.on('error', error => {
    failure = error
  })
  file.write(stringify([[...columns, ...(isCompared ? comparedColumns : [])]]))
  return {
    async write(rows) {
      if (failure !== null) throw new CannotStart(`${path}: ${failure.message}`)
      if (rows.length === 0) return
      const isRoom = file.write(
        stringify(
          rows.map(row => cellsOf(row, isCompared)),
          { escape_formulas: true },
        ),
      )
      if (!isRoom) await once(file, 'drain')
    },
    async close() {
      file.end()
      await finished(file).catch((error: unknown) => {
        throw new CannotStart(`${path}: ${error instanceof Error ? error.message : String(error)}`)
      })
    },
  }
}

function cellsOf({ after, before, move }: RowOfLead, isCompared: boolean): string[] {
  const { outcome, owner, rule, pool, sla, score, review, waited, breach } = after
  return [
    after.id,
    timeOf(after.atMs),
    outcome,
    owner ?? '',
    rule ?? '',
    pool ?? '',
    sla ?? '',
    String(score),
    review ?? '',
    waited ?? '',
    timeOf(after.dueAtMs),
    timeOf(after.touchAtMs),
    breach ? 'yes' : 'no',
    ...(isCompared
      ? [
          before === null ? '' : sayFate(before),
          before?.rule ?? '',
          move === null ? 'no' : 'yes',
          move?.what ?? '',
        ]
      : []),
  ]
}

function timeOf(atMs: number | null): string {
  return atMs === null ? '' : new Date(atMs).toISOString()
}
