/**
 * `npm run bench`: how fast leads get owners on this machine, as a share of what the same servers do when there is no
 * lead in the work. Seconds depend on the machine; the shares can be compared. docs/performance.md says how to read it.
 */
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { type Floor, openFloor } from './floor.js'
import { insertsPerSecond } from './inserts.js'
import { type Instance, onThrowAwayInstance } from './instance.js'
import { type LeadRates, type Leads, openLeads } from './leads.js'

type Latency = { medianMs: number; p95Ms: number }

/** Rates are per second, each the median of the rounds. */
type Measured = {
  /** How many of each were sent per round. */
  count: number
  rounds: number
  atOnce: number
  /** Workflows with one activity that does nothing. */
  floor: number
  /** Leads, until all have an owner. */
  leads: number
  /** Leads, until every owner is told. */
  told: number
  /** leads / floor */
  ratio: number
  floorLatency: Latency
  leadLatency: Latency
  /** Median of a lead / median of the floor: 1 would be as fast. */
  latencyRatio: number
  /** Posts accepted, each durable and its workflow started. */
  intake: number
  /** Rows that the same Postgres takes, one by one. */
  insert: number
  /** intake / insert */
  intakeRatio: number
}

/** `loadBefore`: what the machine had to do anyway, as the load average of the minute before. */
type Report = Measured & { cores: number; loadBefore: number }

type Round = { floor: number; insert: number; leads: LeadRates }
type Subjects = { floor: Floor; leads: Leads; instance: Instance }

const rounds = 3
/** What a busy website sends at the same time. */
const atOnce = 20
/** First ones compile code and open connections, and are not counted. */
const warmUps = 20
const singles = 30

/** The rounds of so many take half an hour on a small machine. */
const mostLeads = 5_000
const count = z.coerce.number().int().min(atOnce).max(mostLeads)

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { json: { type: 'boolean', default: false }, leads: { type: 'string', default: '200' } },
  })
  const leads = count.safeParse(values.leads)
  if (!leads.success) throw new Error(`--leads: expected a whole number from ${atOnce} to ${mostLeads}`)
  const loadBefore = tenths(loadavg()[0] ?? Number.NaN)
  console.error('Starting the servers …')
  const rates = await onThrowAwayInstance(atOnce, instance => measureOn(instance, leads.data))
  const measured = { ...rates, cores: cpus().length, loadBefore }
  if (values.json) console.log(JSON.stringify(measured))
  else print(measured)
}

async function measureOn(instance: Instance, count: number): Promise<Measured> {
  const floor = await openFloor(instance.temporal)
  try {
    return await measure({ floor, leads: openLeads(instance), instance }, count)
  } finally {
    await floor.close()
  }
}

/** The measured take turns, so that whatever else the machine does meets them alike. */
async function measure(subjects: Subjects, count: number): Promise<Measured> {
  await playRound(subjects, warmUps)
  const played: Round[] = []
  for (let round = 1; round <= rounds; round++) {
    const one = await playRound(subjects, count)
    played.push(one)
    console.error(
      `Round ${round} of ${rounds}: ${tenths(one.leads.owned)} leads/s, floor ${tenths(one.floor)}/s`,
    )
  }
  console.error(`${singles} leads one by one …`)
  const { floorLatency, leadLatency } = await measureSingles(subjects)
  const floor = median(played.map(round => round.floor))
  const leads = median(played.map(round => round.leads.owned))
  const intake = median(played.map(round => round.leads.accepted))
  const insert = median(played.map(round => round.insert))
  return {
    count,
    rounds,
    atOnce,
    floor: tenths(floor),
    leads: tenths(leads),
    told: tenths(median(played.map(round => round.leads.told))),
    ratio: thousandths(leads / floor),
    floorLatency,
    leadLatency,
    latencyRatio: thousandths(leadLatency.medianMs / floorLatency.medianMs),
    intake: tenths(intake),
    insert: tenths(insert),
    intakeRatio: thousandths(intake / insert),
  }
}

async function playRound({ floor, leads, instance }: Subjects, count: number): Promise<Round> {
  return {
    insert: await insertsPerSecond(instance.db, atOnce),
    floor: await floor.perSecond(count, atOnce),
    leads: await leads.perSecond(count, atOnce),
  }
}

async function measureSingles({
  floor,
  leads,
}: Subjects): Promise<{ floorLatency: Latency; leadLatency: Latency }> {
  const floorMs: number[] = []
  const leadMs: number[] = []
  for (let single = 0; single < singles; single++) {
    floorMs.push(await floor.oneMs())
    leadMs.push(await leads.oneMs())
  }
  return { floorLatency: latencyOf(floorMs), leadLatency: latencyOf(leadMs) }
}

function latencyOf(tookMs: readonly number[]): Latency {
  return { medianMs: tenths(median(tookMs)), p95Ms: tenths(quantile(tookMs, 0.95)) }
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** The smallest of the values that at least this share of them does not exceed. */
function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN
}

function tenths(value: number): number {
  return Math.round(value * 10) / 10
}

function thousandths(value: number): number {
  return Math.round(value * 1000) / 1000
}

function print(measured: Report): void {
  const { floor, leads, told, intake, insert, floorLatency, leadLatency } = measured
  const line = (what: string, ...cells: string[]) =>
    console.log(`${what.padEnd(58)}${cells.map(cell => cell.padStart(12)).join('')}`)
  const rate = (value: number) => `${value.toLocaleString('en')} /s`
  console.log(
    `${rounds} rounds of ${measured.count}, ${atOnce} at once; ${measured.cores} cores of ${cpus()[0]?.model ?? 'an unknown processor'}, Node ${process.version}, load before ${measured.loadBefore}`,
  )
  line('a workflow with one activity that does nothing', rate(floor))
  line('a lead, until it has an owner', rate(leads))
  line('a lead, until its owner is told', rate(told))
  line('  share of the floor', String(measured.ratio))
  line('a row in Postgres', rate(insert))
  line('a lead, until it is accepted', rate(intake))
  line('  share of the rows', String(measured.intakeRatio))
  line(`one of ${singles} at an idle server`, 'median', 'p95')
  const times = ({ medianMs, p95Ms }: Latency) => [`${medianMs} ms`, `${p95Ms} ms`]
  line('a workflow with one activity, until its result is here', ...times(floorLatency))
  line('a lead, until the answer that names its owner', ...times(leadLatency))
  line('  times the floor', String(measured.latencyRatio))
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  // The servers are stopped; what is broken off midway may still wait for them.
  process.exit(1)
}
