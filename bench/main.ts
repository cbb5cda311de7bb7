/**
 * `npm run bench`: how many whole leads this machine sees through, as a share of what the same servers do when there is
 * no lead in the work. Seconds depend on the machine; the share can be compared. docs/performance.md says how to read it.
 */
import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { arrive } from './arrivals.js'
import { type Floor, openFloor } from './floor.js'
import { type Instance, onThrowAwayInstance } from './instance.js'
import { type Leads, type LeadsRound, openLeads } from './leads.js'

type Latency = { p50: number; p99: number }

/** Rates, events and bytes are medians: the rates of the rounds, the others of all leads in them. */
type Report = {
  /** Posted, owned, acknowledged, touched, closed. */
  leadsPerSecond: number
  /** Workflows with one activity that does nothing. */
  floorPerSecond: number
  ratioToFloor: number
  /** From a POST until the answer that names the owner. */
  ownerMs: Latency
  /** From the start of a workflow of the floor until its result is here. */
  floorMs: Latency
  eventsPerLead: number
  bytesPerLead: number
}

type Subjects = { floor: Floor; leads: Leads }
type Round = { floor: number; leads: LeadsRound }

const rounds = 3
const inFlight = 64
/** First ones compile code and open connections, and are not counted. */
const warmUps = 20
const everyMs = 200
/** At 5 per second a minute of each, in blocks that take turns. */
const mostArrivals = 300
const block = 50

/** The rounds of so many take half an hour on a small machine. */
const mostLeads = 5_000
const count = z.coerce.number().int().min(1).max(mostLeads)

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { json: { type: 'boolean', default: false }, leads: { type: 'string', default: '300' } },
  })
  const leads = count.safeParse(values.leads)
  if (!leads.success) throw new Error(`--leads: expected a whole number from 1 to ${mostLeads}`)
  console.error(machine())
  console.error('Starting the servers …')
  const report = await onThrowAwayInstance(instance => measureOn(instance, leads.data))
  if (values.json) console.log(JSON.stringify(report))
  else print(report)
}

async function measureOn(instance: Instance, count: number): Promise<Report> {
  const floor = await openFloor(instance.temporal)
  try {
    const leads = await openLeads(instance)
    try {
      return await measure({ floor, leads }, count)
    } finally {
      await leads.close()
    }
  } finally {
    await floor.close()
  }
}

/** The measured take turns, so that whatever else the machine does meets them alike. */
async function measure(subjects: Subjects, count: number): Promise<Report> {
  await playRound(subjects, warmUps)
  const played: Round[] = []
  for (let round = 1; round <= rounds; round++) {
    const one = await playRound(subjects, count)
    played.push(one)
    const { perSecond } = one.leads
    console.error(`Round ${round} of ${rounds}: ${tenths(perSecond)} leads/s, floor ${tenths(one.floor)}/s`)
  }
  const arrivals = Math.min(count, mostArrivals)
  console.error(`${arrivals} of each, ${1000 / everyMs} per second …`)
  const { ownerMs, floorMs } = await measureArrivals(subjects, arrivals)
  const floorPerSecond = median(played.map(round => round.floor))
  const leadsPerSecond = median(played.map(round => round.leads.perSecond))
  return {
    leadsPerSecond: tenths(leadsPerSecond),
    floorPerSecond: tenths(floorPerSecond),
    ratioToFloor: thousandths(leadsPerSecond / floorPerSecond),
    ownerMs: latencyOf(ownerMs),
    floorMs: latencyOf(floorMs),
    eventsPerLead: median(played.flatMap(round => round.leads.events)),
    bytesPerLead: median(played.flatMap(round => round.leads.bytes)),
  }
}

async function playRound({ floor, leads }: Subjects, count: number): Promise<Round> {
  return { floor: await floor.perSecond(count, inFlight), leads: await leads.round(count, inFlight) }
}

async function measureArrivals(
  { floor, leads }: Subjects,
  count: number,
): Promise<{ ownerMs: number[]; floorMs: number[] }> {
  const floorMs: number[] = []
  const ownerMs: number[] = []
  while (ownerMs.length < count) {
    const some = Math.min(block, count - ownerMs.length)
    floorMs.push(...(await arrive(some, everyMs, () => floor.one())))
    ownerMs.push(...(await arrive(some, everyMs, () => leads.own())))
    await leads.rest()
  }
  return { ownerMs, floorMs }
}

function latencyOf(tookMs: readonly number[]): Latency {
  return { p50: tenths(median(tookMs)), p99: tenths(quantile(tookMs, 0.99)) }
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

function machine(): string {
  const load = tenths(loadavg()[0] ?? Number.NaN)
  return `${cpus().length} cores of ${cpus()[0]?.model ?? 'an unknown processor'}, Node ${process.version}, load before ${load}`
}

function print(report: Report): void {
  const line = (what: string, ...cells: string[]) =>
    console.log(`${what.padEnd(58)}${cells.map(cell => cell.padStart(12)).join('')}`)
  const rate = (value: number) => `${value.toLocaleString('en')} /s`
  const times = ({ p50, p99 }: Latency) => [`${p50} ms`, `${p99} ms`]
  line(`${inFlight} in flight, ${rounds} rounds`)
  line('a workflow with one activity that does nothing', rate(report.floorPerSecond))
  line('a whole lead, from its POST until it is closed', rate(report.leadsPerSecond))
  line('  share of the floor', String(report.ratioToFloor))
  line(`${1000 / everyMs} per second`, 'p50', 'p99')
  line('such a workflow, until its result is here', ...times(report.floorMs))
  line('a lead, until the answer that names its owner', ...times(report.ownerMs))
  line('a closed lead in Temporal')
  line('  events', report.eventsPerLead.toLocaleString('en'))
  line('  bytes', report.bytesPerLead.toLocaleString('en'))
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  // The servers are stopped; what is broken off midway may still wait for them.
  process.exit(1)
}
