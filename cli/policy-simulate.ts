import { Command, InvalidArgumentError } from 'commander'
import { holidayYearsAround } from '../db/holiday-years.js'
import { type History, throughHistory } from '../db/simulated-history.js'
import { formatInstant, parseInstant } from '../domain/calendar.js'
import { type EpochMs, instant, policyVersion } from '../domain/ids.js'
import { emptyLedger } from '../domain/simulation/ledger.js'
import { openRun, type Report } from '../domain/simulation/report.js'
import { type Past, pastOf } from '../domain/simulation/responses.js'
import type { Setting } from '../domain/simulation/simulation.js'
import type { StreamedLead } from '../domain/simulation/stream.js'
import { CannotStart } from '../worker/cannot-start.js'
import { readDuration, readInstant, readPolicy, readTrial, sayInstant, type Trial } from './policy-trial.js'
import { type LeadTable, openLeadTable } from './simulated-leads.js'
import { createSimulationFile } from './simulation-file.js'
import { number, sayReport } from './simulation-text.js'
import { withInstance } from './with-instance.js'

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
 * `leadline policy simulate FILE --leads FILE.csv`: whom the leads of a table would go to, without a server; with
 * `--stored`, whom the leads of the instance would have gone to. Exit code 1 where a file is wrong; rows that cannot be
 * leads are left out, and said.
 */
export function simulateCommand(): Command {
  return new Command('simulate')
    .argument('<file>', 'a policy document')
    .option('--leads <file>', 'a CSV file as import reads it; the columns source and receivedAt may say more')
    .option('--stored', 'the leads of the instance, with the turns, loads, leave and people of their time')
    .option('--people <file>', 'a people document; without one, everyone whom the policy names is there')
    .option('--against <file>', 'another policy document, to which each lead is compared')
    .option('--source <name>', 'the source of rows that say none (default: the first of the policy)')
    .option(
      '--from <instant>',
      'of stored leads the first; else when the first row comes in, where rows do not say',
    )
    .option('--to <instant>', 'stored leads from before then (default: now)')
    .option('--every <duration>', 'how long after the one before a row comes in, where rows do not say', '5m')
    .option('--response <duration>', 'working time to the first touch of whoever has no past', '15m')
    .option('--handling <duration>', 'working time for which they have a lead', '40h')
    .option('--examples <number>', 'how many leads that change are shown', readCount, 10)
    .option('--out <file>', 'write a line for each lead to this CSV file')
    .option('--json', 'print the whole report as one object')
    .description('run a policy over many leads: who gets them, what changes, what will be late')
    .action(simulate)
}

async function simulate(file: string, options: Options): Promise<void> {
  const { leads, stored } = options
  if ((leads === undefined) === (stored === undefined))
    throw new CannotStart('expected either --leads FILE.csv or --stored')
  const { report, zone, ...more } =
    leads === undefined ? await ofStored(file, options) : await ofTable(file, leads, options)
  process.stdout.write(
    options.json ? `${JSON.stringify({ ...report, ...more }, null, 2)}\n` : sayReport(report, zone),
  )
}

type Simulated = { report: Report; zone: string }

async function ofTable(
  file: string,
  leads: string,
  options: Options,
): Promise<Simulated & { rows: { read: number; rejected: number } }> {
  const past = pastOf([], assumedTimes(options))
  const everyMs = readDuration('--every', options.every)
  // A date needs the zone and holidays need the years: the policy is read for its zone first.
  const { policy } = await readTrial(file, undefined, holidayYearsAround(Date.now()))
  const table = await openLeadTable(leads, options.source ?? Object.keys(policy.sources)[0] ?? '')
  const fromMs = table.span?.fromMs ?? firstInstant(options.from, policy.zone)
  const toMs = table.span?.toMs ?? instant(fromMs + everyMs * table.leads)
  const trial = await readTrial(file, options.people, yearsOf(fromMs, toMs))
  const other =
    options.against === undefined
      ? null
      : await readTrial(options.against, options.people, yearsOf(fromMs, toMs))
  const run = openRun(settingOf(trial, past), {
    against:
      other === null
        ? null
        : { kind: 'policy', name: options.against ?? '', setting: settingOf(other, past) },
    examplesMost: options.examples,
    assumptions: [
      ...trial.assumptions,
      ...sayTable(table, leads, policy.zone, fromMs, options),
      sayAssumedTimes('Everyone', options),
      'Every row is a lead of its own and belongs to no account: nobody looks for duplicates or into a CRM.',
      'Nobody answers a review, and no turn is given back.',
    ],
  })
  const report = await runThrough(run, table.read({ fromMs, everyMs }), table.leads, options)
  return {
    report,
    zone: policy.zone,
    rows: { read: table.leads + table.rejectedCount, rejected: table.rejectedCount },
  }
}

async function ofStored(file: string, options: Options): Promise<Simulated & { undecided: number }> {
  if (options.people !== undefined)
    throw new CannotStart('--people: stored leads go to the people of their time')
  const { policy } = await readPolicy(file, holidayYearsAround(Date.now()))
  const fromMs = options.from === undefined ? null : readInstant('--from', policy.zone, options.from)
  const toMs = options.to === undefined ? instant(Date.now()) : readInstant('--to', policy.zone, options.to)
  const years = yearsOf(fromMs ?? toMs, toMs)
  return withInstance(({ db }) =>
    throughHistory(db, { fromMs, toMs }, async history => {
      const past = pastOf(history.observed, assumedTimes(options))
      const settingFor = async (document: string): Promise<Setting> => ({
        policy: (await readPolicy(document, years)).policy,
        version: policyVersion.parse(1),
        rosterAt: history.rosterAt,
        past,
        start: history.start,
      })
      const { against } = options
      const run = openRun(await settingFor(file), {
        against:
          against === undefined
            ? { kind: 'reality' }
            : { kind: 'policy', name: against, setting: await settingFor(against) },
        examplesMost: options.examples,
        assumptions: sayHistory(history, options),
      })
      const report = await runThrough(run, history.stream(), history.leads, options)
      return { report, zone: policy.zone, undecided: history.undecided }
    }),
  )
}

function sayHistory({ undecided }: History, options: Options): string[] {
  return [
    'Turns, loads, leave and working hours are those of the time.',
    'A lead that comes to the same people as it did goes on as it did; one that does not is foretold from how its people answered before, and nobody answers a review of it.',
    sayAssumedTimes('Whoever has had too few leads', options),
    ...(undecided === 0
      ? []
      : [`${number(undecided)} leads that joined another, or wait to be told who they are, are left out.`]),
  ]
}

function sayAssumedTimes(who: string, { response, handling }: Options): string {
  return `${who} acknowledges in their next working moment, first touches a lead after ${response} of their working time, and has it for ${handling}.`
}

/** The holidays of all years of the leads. */
function yearsOf(fromMs: EpochMs, toMs: EpochMs): [number, number] {
  return [holidayYearsAround(fromMs)[0], holidayYearsAround(toMs)[1]]
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
  { out, against, stored }: Options,
): Promise<Report> {
  const isCompared = against !== undefined || stored === true
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

function readCount(text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Expected a whole number up to 9999.')
}
