/**
 * `npm run bench:simulate -- --json`: leads a second and memory of a simulation of 10,000 and of 100,000 leads through
 * 200 rules, 40 pools and 120 people with office hours, caps and re-routes, in one process; and whether a second run
 * comes to the same report and the same lines, to the byte. docs/simulate.md says how to read it.
 */
import { createHash } from 'node:crypto'
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { z } from 'zod'
import { instant, policyVersion, repId } from '../domain/ids.js'
import { parsePeople } from '../domain/people-document.js'
import { formatPolicyErrors, parsePolicy } from '../domain/policy-document.js'
import { emptyLedger } from '../domain/simulation/ledger.js'
import { openRun } from '../domain/simulation/report.js'
import { pastOf } from '../domain/simulation/responses.js'
import type { Setting } from '../domain/simulation/simulation.js'
import { saidBy, type StreamedLead } from '../domain/simulation/stream.js'
import { countries, sizes } from './two-hundred-rules.js'

type Measured = {
  leads: number
  /** Per second of processor time, so that a busy machine measures nearly the same as an idle one. */
  leadsPerSecond: number
  /** Held at the end of the stream, while leads are still under way, after everything that is free was freed. */
  heapMb: number
  digest: string
}

const products = ['ledger', 'payroll', 'stock', 'till', 'tax']
const pools = 40
const people = 120
const counts = [10_000, 100_000]
const everyMs = 60_000
const startMs = Date.parse('2026-01-05T08:00:00Z')

function main(): void {
  const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })
  const setting = aSetting()
  measure(setting, 2_000)
  const runs = counts.map(count => measure(setting, count))
  const again = measure(setting, counts[0] ?? 0)
  const isIdentical = again.digest === runs[0]?.digest
  const measured = { runs: runs.map(({ digest: _, ...run }) => run), isIdentical }
  if (values.json) return console.log(JSON.stringify(measured))
  console.log(
    `200 rules, ${pools} pools, ${people} people; one core of ${cpus()[0]?.model ?? 'an unknown processor'}, Node ${process.version}`,
  )
  for (const { leads, leadsPerSecond, heapMb } of runs)
    console.log(
      `${leads.toLocaleString('en').padStart(8)} leads: ${leadsPerSecond.toLocaleString('en')} leads/s, ${heapMb} MB held`,
    )
  console.log(isIdentical ? 'A second run is the same, to the byte.' : 'A second run is NOT the same.')
}

function measure(setting: Setting, count: number): Measured {
  const run = openRun(setting, { against: null, examplesMost: 10, assumptions: [] })
  const hash = createHash('sha256')
  const keep = (rows: ReturnType<typeof run.take>) => {
    for (const { after } of rows) hash.update(`${after.id} ${after.owner ?? ''} ${after.touchAtMs ?? ''}\n`)
  }
  const start = processorMs()
  for (const lead of leads(count)) keep(run.take(lead))
  const taken = processorMs() - start
  freeAll()
  const heapMb = Math.round(process.memoryUsage().heapUsed / 1e5) / 10
  const resumed = processorMs()
  keep(run.finish())
  const seconds = (taken + processorMs() - resumed) / 1000
  const digest = hash.update(JSON.stringify(run.report())).digest('hex')
  return { leads: count, leadsPerSecond: Math.round(count / seconds), heapMb, digest }
}

/** A fixed series, made as it goes: two runs measure the same, and no list of leads is in the memory that is measured. */
function* leads(count: number): Generator<StreamedLead> {
  let seed = 1
  const below = (limit: number) => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % limit
  }
  for (let index = 0; index < count; index++) {
    const company = below(5_000)
    yield {
      id: `lead ${index}`,
      atMs: instant(startMs + index * everyMs),
      said: saidBy({
        source: 'form',
        name: `Jo Example ${index}`,
        email: `jo${index}@company-${company}.example`,
        company: `Company ${company} Ltd`,
        country: below(8) === 0 ? 'JP' : (countries[below(countries.length)] ?? 'GB'),
        employees: below(2_000),
        product: products[below(products.length)] ?? 'tax',
      }),
      past: null,
    }
  }
}

function aSetting(): Setting {
  const holidayYears: [number, number] = [2026, 2026]
  const policy = parsePolicy(policyText(), 'policy', { holidayYears })
  if (!policy.ok) throw new Error(formatPolicyErrors(policy.errors, 'policy'))
  const read = parsePeople(peopleText(), 'people', { holidayYears })
  if (!read.ok) throw new Error(formatPolicyErrors(read.errors, 'people'))
  const roster = { ...read.people, leave: [] }
  const minuteMs = 60_000
  const observed = Array.from({ length: people }, (_, who) =>
    Array.from({ length: 20 }, (_, nth) => ({
      rep: repId.parse(`rep-${who}`),
      acknowledgeMs: (1 + nth / 4) * minuteMs,
      firstTouchMs: (5 + nth * (1 + (who % 20))) * minuteMs,
      handlingMs: (8 + nth) * 60 * minuteMs,
    })),
  ).flat()
  const past = pastOf(observed, { acknowledgeMs: 0, firstTouchMs: minuteMs, handlingMs: minuteMs })
  return {
    policy: policy.policy,
    version: policyVersion.parse(1),
    rosterAt: () => roster,
    past,
    start: emptyLedger,
  }
}

/** 20 countries × 5 products × 2 sizes; a large company matches two rules, ranked. */
function policyText(): string {
  const rules = countries.flatMap((country, at) =>
    products.flatMap((product, nth) =>
      sizes.map(
        size =>
          `  - { id: ${country.toLowerCase()}-${product}-${size}, when: { country: ${country}, product: ${product}, employees: ">= ${size}" }, assign: pool-${(at * 5 + nth * 2 + (size > 1 ? 1 : 0)) % pools}, rank: ${size > 1 ? 1 : 2}, sla: ${size > 1 ? 'hot' : 'normal'} }`,
      ),
    ),
  )
  const members = Array.from({ length: pools }, (_, at) => {
    const own = [0, 1, 2, 3, 4, 5].map(nth => `rep-${(at * 3 + nth) % people}: ${1 + nth}`)
    return `  pool-${at}: { turns: { ${own.join(', ')} }, caps: { open: 200, perDay: 60 } }`
  })
  return `
policy: Bench
zone: Europe/London
sources: { form: { campaign: general, required: [email] } }
campaigns: { general: {} }
score:
  - { name: large, add: 40, when: { employees: ">= 1000" } }
  - { name: bank, add: 10, when: { product: ledger } }
qualify: { qualified: { score: ">= 40" } }
pools:
${members.join('\n')}
  anyone: { leastLoaded: { ${Array.from({ length: 12 }, (_, at) => `rep-${at * 10}: 1`).join(', ')} } }
rules:
${rules.join('\n')}
otherwise: anyone
reviews: { decides: role manager }
slas:
  hot:
    acknowledge: 10m
    firstTouch: 1h
    steps: [{ at: 50%, do: remind owner }, { at: 100%, do: tell manager }, { at: 100% + 1h, do: re-route }]
    reRoutes: { most: 2, then: manager of owner }
  normal: { firstTouch: { within: 4h, steps: [{ at: 50%, do: remind owner }, { at: 100%, do: tell manager }] } }
sla: normal
`
}

function peopleText(): string {
  const everyone = Array.from(
    { length: people },
    (_, at) =>
      `  rep-${at}: { name: Rep ${at}, email: rep-${at}@example.com, role: sdr, team: sales, calendar: ${['london', 'berlin', 'york'][at % 3] ?? 'london'} }`,
  )
  return `
calendars:
  london: { zone: Europe/London, hours: { mon-fri: 09:00-17:30 } }
  berlin: { zone: Europe/Berlin, hours: { mon-fri: 09:00-18:00 } }
  york: { zone: America/New_York, hours: { mon-fri: 08:30-17:00 } }
teams: { sales: { name: Sales, manager: mia } }
people:
  mia: { name: Mia, email: mia@example.com, role: manager, team: sales, calendar: london }
${everyone.join('\n')}
`
}

function freeAll(): void {
  setFlagsFromString('--expose-gc')
  z.custom<() => void>(value => typeof value === 'function').parse(runInNewContext('gc'))()
}

function processorMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

main()
