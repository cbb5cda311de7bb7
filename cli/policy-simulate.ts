import { Command } from 'commander'
import { holidayYearsAround } from '../db/holiday-years.js'
import { formatInstant, parseInstant } from '../domain/calendar.js'
import { type EpochMs, instant, policyVersion } from '../domain/ids.js'
import { emptyLedger } from '../domain/simulation/ledger.js'
import { type Against, openRun, type Report } from '../domain/simulation/report.js'
import { type Past, pastOf } from '../domain/simulation/responses.js'
import type { Setting } from '../domain/simulation/simulation.js'
import type { StreamedLead } from '../domain/simulation/stream.js'
import { CannotStart } from '../worker/cannot-start.js'
import { readDuration, readInstant, readTrial, sayInstant, type Trial } from './policy-trial.js'
import { type LeadTable, openLeadTable } from './simulated-leads.js'
import { createSimulationFile } from './simulation-file.js'
import { number, sayReport } from './simulation-text.js'

type Options = {
  leads?: string
  stored?: true
  people?: string
  against?: string
  source?: string
  from?: string
  to?: string
  every: string
  response: string
  handling: string
  examples: number
  json?: true
  out?: string
}

/**
 * `leadline policy simulate FILE --leads FILE.csv`: whom the leads of a table would go to, without a server. Exit code 1
 * where a file is wrong; rows that cannot be leads are left out, and said.
 */
export function simulateCommand(): Command {
  return new Command('simulate')
    .argument('<file>', 'a policy document')
    .option('--leads <file>', 'a CSV file as import reads it; the columns source and receivedAt may say more')
    .option('--people <file>', 'a people document; without one, everyone whom the policy names is there')
    .option('--against <file>', 'another policy document, to which each lead is compared')
    .option('--source <name>', 'the source of rows that say none (default: the first of the policy)')
    .option('--from <instant>', 'when the first row comes in, where the rows do not say')
    .option(
      '--every <duration>',
      'how long after the one before a row comes in, where the rows do not say',
      '5m',
    )
    .option('--response <duration>', 'working time to the first touch of whoever has no past', '15m')
    .option('--handling <duration>', 'working time for which they have a lead', '40h')
    .option('--examples <number>', 'how many leads that change are shown', Number, 10)
    .option('--out <file>', 'write a line for each lead to this CSV file')
    .option('--json', 'print the whole report as one object')
    .description('run a policy over many leads: who gets them, what changes, what will be late')
    .action(simulate)
}

async function simulate(file: string, options: Options): Promise<void> {
  if (options.leads === undefined) throw new CannotStart('--leads: expected a CSV file')
  const past = pastOf([], assumedTimes(options))
  // The zone is needed to read a date, and the years to read the policy's holidays: the policy is read for its zone first.
  const { policy } = await readTrial(file, undefined, holidayYearsAround(Date.now()))
  const source = options.source ?? Object.keys(policy.sources)[0] ?? ''
  const table = await openLeadTable(options.leads, source)
  const fromMs = table.span?.fromMs ?? firstInstant(options.from, policy.zone)
  const everyMs = readDuration('--every', options.every)
  const toMs = table.span?.toMs ?? instant(fromMs + everyMs * table.leads)
  const years: [number, number] = [holidayYearsAround(fromMs)[0], holidayYearsAround(toMs)[1]]
  const trial = await readTrial(file, options.people, years)
  const against =
    options.against === undefined ? null : await readTrial(options.against, options.people, years)
  const run = openRun(settingOf(trial, past), {
    against: against === null ? null : againstPolicy(options.against ?? '', against, past),
    examplesMost: options.examples,
    assumptions: [
      ...trial.assumptions,
      ...sayTable(table, options.leads, policy.zone, fromMs, options),
      `Everyone acknowledges in their next working moment, first touches a lead after ${options.response} of their working time, and has it for ${options.handling}.`,
      'Every row is a lead of its own and belongs to no account: nobody looks for duplicates or into a CRM.',
      'Nobody answers a review, and no turn is given back.',
    ],
  })
  const report = await runThrough(
    run,
    table.read({ fromMs, everyMs }),
    table.leads,
    options,
    against !== null,
  )
  const rows = { read: table.leads + table.rejectedCount, rejected: table.rejectedCount }
  process.stdout.write(
    options.json ? `${JSON.stringify({ ...report, rows }, null, 2)}\n` : sayReport(report, policy.zone),
  )
}

function assumedTimes({ response, handling }: Options): Past['assumed'] {
  return {
    acknowledgeMs: 0,
    firstTouchMs: readDuration('--response', response),
    handlingMs: readDuration('--handling', handling),
  }
}

/** Without an instant of one's own the first Monday of this year at nine: the same all year. */
function firstInstant(from: string | undefined, zone: string): EpochMs {
  if (from !== undefined) return readInstant('--from', zone, from)
  const year = formatInstant(zone, instant(Date.now())).slice(0, 4)
  const newYear = new Date(`${year}-01-01T00:00Z`).getUTCDay()
  const day = 1 + ((8 - newYear) % 7)
  return parseInstant(zone, `${year}-01-0${day}T09:00`)
}

function settingOf({ policy, roster }: Trial, past: Past): Setting {
  return { policy, version: policyVersion.parse(1), rosterAt: () => roster, past, start: emptyLedger }
}

function againstPolicy(name: string, trial: Trial, past: Past): Against {
  return { kind: 'policy', name, setting: settingOf(trial, past) }
}

function sayTable(table: LeadTable, file: string, zone: string, fromMs: EpochMs, options: Options): string[] {
  for (const { row, reasons } of table.rejected)
    process.stderr.write(`${file}: row ${row}: ${reasons.join('; ')}\n`)
  const { rejectedCount, source, span } = table
  return [
    ...(rejectedCount === 0 ? [] : [`${number(rejectedCount)} rows cannot be leads and are left out.`]),
    ...(source === null ? [] : [`The source of all of them is ${source}.`]),
    ...(span === null
      ? [
          `The rows do not say when they came: the first is taken to come on ${sayInstant(zone, fromMs)}, another every ${options.every}.`,
        ]
      : []),
    'Every pool begins even, and nobody has a lead.',
  ]
}

const leadsPerProgress = 5_000

/** Progress goes to stderr, so that what is printed can be kept. */
async function runThrough(
  run: ReturnType<typeof openRun>,
  leads: AsyncIterable<StreamedLead>,
  all: number,
  { out }: Options,
  isCompared: boolean,
): Promise<Report> {
  const file = out === undefined ? null : createSimulationFile(out, isCompared)
  let taken = 0
  for await (const lead of leads) {
    const rows = run.take(lead)
    taken += 1
    if (file !== null) await file.write(rows)
    if (taken % leadsPerProgress === 0) process.stderr.write(`${number(taken)} of ${number(all)} leads\n`)
  }
  const last = run.finish()
  if (file !== null) {
    await file.write(last)
    await file.close()
  }
  return run.report()
}
