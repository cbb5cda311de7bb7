/**
 * `npm run bench:decide -- --json`: decisions a second through 200 rules of three conditions, for leads of every kind,
 * beside json-rules-engine and beside the least that a loop over compiled predicates can do.
 *
 * Not the same work: `decide` comes to an owner by a fair turn and writes the whole record; the other two only say
 * which rules match. That a comparison starts from the same answer is checked before anything is measured.
 */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { Engine, type RuleProperties } from 'json-rules-engine'
import type { Condition } from '../domain/condition.js'
import { decide, presentEngine } from '../domain/decide.js'
import type { DecisionInput } from '../domain/decision.js'
import { instant, policyVersion, poolId, repId } from '../domain/ids.js'
import type { RoutingFacts } from '../domain/lead.js'
import { type Policy, type Pool, type ReviewTerms, touchKinds } from '../domain/policy.js'
import { countries, sizes } from './two-hundred-rules.js'

type Shape = { country: string; industry: string; least: number }
type Measured = {
  decisionsPerSecond: number
  jsonRulesEnginePerSecond: number
  plainLoopPerSecond: number
  ratio: number
}

const roundMs = 500
const countedRounds = 7
const industries = ['software', 'healthcare', 'retail', 'finance', 'energy']

/** 20 countries × 5 industries × 2 sizes = 200 rules; a large company matches two, ranked. */
const shapes: readonly Shape[] = countries.flatMap(country =>
  industries.flatMap(industry => sizes.map(least => ({ country, industry, least }))),
)

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })
  const leads = someLeads()
  await checkThatAllAgree(leads)
  const measured = await measure(leads)
  if (values.json) console.log(JSON.stringify(measured))
  else print(measured)
}

/** The three take turns, so that whatever else the machine does meets them alike; the first round warms up. */
async function measure(leads: readonly RoutingFacts[]): Promise<Measured> {
  const policy = aPolicy()
  const inputs = leads.map(inputFor)
  const predicates = shapes.map(predicateOf)
  const engine = aRulesEngine()
  const rounds = []
  for (let round = 0; round <= countedRounds; round++) {
    rounds.push({
      decisions: perSecond(inputs, input => decide(policy, input)),
      plainLoop: perSecond(leads, lead => predicates.filter(holds => holds(lead))),
      jsonRulesEngine: await perSecondAsync(leads, lead => engine.run(asked(lead))),
    })
  }
  const counted = rounds.slice(1)
  const decisionsPerSecond = median(counted.map(({ decisions }) => decisions))
  const jsonRulesEnginePerSecond = median(counted.map(({ jsonRulesEngine }) => jsonRulesEngine))
  return {
    decisionsPerSecond: Math.round(decisionsPerSecond),
    jsonRulesEnginePerSecond: Math.round(jsonRulesEnginePerSecond),
    plainLoopPerSecond: Math.round(median(counted.map(({ plainLoop }) => plainLoop))),
    ratio: Math.round((decisionsPerSecond / jsonRulesEnginePerSecond) * 10) / 10,
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN
}

/** Per second of processor time, so that a busy machine measures nearly the same as an idle one. */
function perSecond<T>(items: readonly T[], work: (item: T) => unknown): number {
  const startMs = processorMs()
  let done = 0
  while (processorMs() - startMs < roundMs) {
    for (const item of items) work(item)
    done += items.length
  }
  return (done * 1000) / (processorMs() - startMs)
}

/** One after the other: waiting costs no processor time, so nothing is gained by running several at once. */
async function perSecondAsync<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<number> {
  const startMs = processorMs()
  let done = 0
  while (processorMs() - startMs < roundMs) {
    for (const item of items.slice(0, 100)) await work(item)
    done += 100
  }
  return (done * 1000) / (processorMs() - startMs)
}

function processorMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

async function checkThatAllAgree(leads: readonly RoutingFacts[]): Promise<void> {
  const policy = aPolicy()
  const engine = aRulesEngine()
  for (const lead of leads.slice(0, 100)) {
    const decided = decide(policy, inputFor(lead))
    const byUs = decided.rules.map(({ rule }) => rule).filter(rule => rule !== 'otherwise')
    const byLoop = shapes.filter(shape => predicateOf(shape)(lead)).map(idOf)
    const byEngine = (await engine.run(asked(lead))).events.map(({ type }) => type)
    if (new Set([byUs, byLoop, byEngine].map(found => [...found].sort().join())).size !== 1) {
      throw new Error(`not the same rules: ${JSON.stringify({ lead, byUs, byLoop, byEngine })}`)
    }
  }
}

function print({ decisionsPerSecond, jsonRulesEnginePerSecond, plainLoopPerSecond, ratio }: Measured): void {
  const row = (what: string, rate: number) =>
    console.log(`${what.padEnd(44)} ${rate.toLocaleString('en').padStart(10)} /s`)
  console.log(
    `200 rules of three conditions, one core of ${cpus()[0]?.model ?? 'an unknown processor'}, Node ${process.version}`,
  )
  row('decide: owner by a turn, with the whole record', decisionsPerSecond)
  row('a plain loop over predicates: matches alone', plainLoopPerSecond)
  row('json-rules-engine: matches alone', jsonRulesEnginePerSecond)
  console.log(`decide is ${ratio} times as fast as json-rules-engine`)
}

function idOf({ country, industry, least }: Shape): string {
  return `${country.toLowerCase()}-${industry}-${least}`
}

function predicateOf({ country, industry, least }: Shape): (lead: RoutingFacts) => boolean {
  return lead =>
    lead.country === country &&
    lead.industry === industry &&
    lead.employees !== null &&
    lead.employees >= least
}

function aRulesEngine(): Engine {
  return new Engine(
    shapes.map(
      (shape): RuleProperties => ({
        conditions: {
          all: [
            { fact: 'country', operator: 'equal', value: shape.country },
            { fact: 'industry', operator: 'equal', value: shape.industry },
            { fact: 'employees', operator: 'greaterThanInclusive', value: shape.least },
          ],
        },
        event: { type: idOf(shape) },
      }),
    ),
  )
}

function asked({ country, industry, employees }: RoutingFacts): Record<string, unknown> {
  return { country, industry, employees: employees ?? 0 }
}

/** A fixed series, so that two runs measure the same; one lead in eight is from where no rule applies. */
function someLeads(): readonly RoutingFacts[] {
  const at = <T>(items: readonly T[], index: number) => items[index % items.length] ?? null
  return Array.from({ length: 1000 }, (_, index) => ({
    source: 'form',
    campaign: null,
    country: index % 8 === 0 ? 'JP' : at(countries, index * 7),
    region: null,
    postcode: null,
    industry: at(industries, index * 3),
    employees: (index * 37) % 2000,
    product: null,
    service: null,
    language: null,
    urgency: null,
    emailDomain: 'business' as const,
    consent: null,
    account: null,
    lists: [],
    fields: {},
    missing: [],
  }))
}

const emptyPool: Pool = {
  members: {},
  choice: { by: 'turns' },
  afterLeave: { kind: 'hold' },
  caps: { open: null, perDay: null, perWeek: null },
  inHoursOnly: false,
}

function aPolicy(): Policy {
  const pools = countries.map(country => poolId.parse(country.toLowerCase()))
  const fallback = poolId.parse('gb')
  return {
    policy: 'bench',
    zone: 'UTC',
    calendars: {},
    lists: {},
    companies: {},
    sources: {
      form: { rollout: 'on', campaign: 'general', required: [], critical: [], fields: [], form: null },
    },
    score: [{ name: 'large', add: 40, when: atLeast(1000) }],
    qualify: { disqualified: null, qualified: { ...atLeast(40), field: 'score' } },
    segments: [{ id: 'enterprise', when: atLeast(1000) }],
    territories: {},
    pools: Object.fromEntries(pools.map(pool => [pool, emptyPool])),
    rules: shapes.map(shape => ({
      id: idOf(shape),
      exception: false,
      when: {
        kind: 'all',
        of: [is('country', shape.country), is('industry', shape.industry), atLeast(shape.least)],
      },
      assign: { kind: 'pool', pool: poolId.parse(shape.country.toLowerCase()) },
      backup: null,
      needs: [],
      nobodyAvailable: null,
      sla: 'normal',
      rank: shape.least === 1 ? 2 : 1,
    })),
    otherwise: { assign: { kind: 'pool', pool: fallback }, sla: 'normal' },
    nobodyAvailable: { kind: 'nextPool' },
    accounts: null,
    duplicates: { merge: 90, review: 70 },
    reviews: {
      'missing-critical': byAna,
      'ambiguous-rule': byAna,
      'possible-duplicate': byAna,
      'undeclared-source': byAna,
      'nobody-available': byAna,
      'high-value': byAna,
      'ownership-claimed': byAna,
      'policy-exception': byAna,
    },
    timeToAssign: null,
    touches: touchKinds,
    pauses: {},
    reminders: { quiet: null, spreadMs: 0 },
    leave: { touched: 'stay' },
    reopen: null,
    slas: {},
    campaigns: {},
    handoff: null,
    reassign: { reasons: {}, decides: byAna.decides, backup: byAna.backup, withinMs: 1, coolDownMs: 0 },
    giveBack: { disqualified: [], reassigned: [] },
    publish: { signOff: [] },
    keep: { leadsMs: null, submissionsMs: null },
  }
}

const ana = repId.parse('ana')
const byAna: ReviewTerms = {
  when: null,
  decides: { kind: 'rep', rep: ana },
  backup: { kind: 'rep', rep: ana },
  withinMs: 1,
  onTimeout: { kind: 'reject' },
}

/** Five people in the one pool that this lead can reach, mid-way through their turns. */
function inputFor(facts: RoutingFacts): DecisionInput {
  const reps = ['ana', 'ben', 'cleo', 'dora', 'emil'].map(id => repId.parse(id))
  const members = reps.map((rep, at) => ({ rep, weight: 100, standing: String((at - 2) * 137_000_000_000) }))
  const reached = [facts.country?.toLowerCase() ?? 'gb', 'gb'].map(id => poolId.parse(id))
  return {
    engine: presentEngine,
    policyVersion: policyVersion.parse(1),
    atMs: instant(0),
    hop: 0,
    facts,
    excluded: [],
    lastOwner: null,
    directed: null,
    people: reps.map(rep => ({ rep, employed: true, away: false, manager: null })),
    pools: Object.fromEntries(reached.map(pool => [pool, members])),
  }
}

function is(field: string, value: string): Condition {
  return { kind: 'oneOf', field, values: [value] }
}

function atLeast(min: number): Extract<Condition, { kind: 'range' }> {
  return { kind: 'range', field: 'employees', min, minIncluded: true, max: null, maxIncluded: false }
}

await main()
