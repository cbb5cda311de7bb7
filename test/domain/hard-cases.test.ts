import { describe, expect, it } from 'vitest'
import {
  CalendarError,
  dueAt,
  formatInstant,
  parseInstant,
  type WorkCalendar,
} from '../../domain/calendar.js'
import { clocksOf } from '../../domain/clocks.js'
import { holds } from '../../domain/condition.js'
import { decide, reExecute } from '../../domain/decide.js'
import type { Decision, DecisionInput } from '../../domain/decision.js'
import { instant, type PoolId } from '../../domain/ids.js'
import { ladderInstants, stepAt } from '../../domain/ladder.js'
import type { RoutingFacts } from '../../domain/lead.js'
import type { Policy, Rule } from '../../domain/policy.js'
import { profileOf } from '../../domain/score.js'
import { compareSpecificity, specificityOf } from '../../domain/specificity.js'
import {
  aLead,
  all,
  anInput,
  aPolicy,
  aRule,
  evenPools,
  is,
  pool,
  prefix,
  rep,
  standings,
  thePeople,
  toManager,
  toPool,
  toRep,
  turns,
} from './a-policy.js'

const minute = 60_000
const monToFri = (hours: [string, string][]) => ({
  mon: hours,
  tue: hours,
  wed: hours,
  thu: hours,
  fri: hours,
})
const everyDay = (hours: [string, string][]) => ({ ...monToFri(hours), sat: hours, sun: hours })

const office: WorkCalendar = { zone: 'Europe/London', hours: monToFri([['09:00', '17:00']]), holidays: [] }
const roundTheClock: WorkCalendar = { ...office, hours: everyDay([['00:00', '24:00']]) }
const nights: WorkCalendar = { ...office, hours: everyDay([['22:00', '06:00']]) }
const apia: WorkCalendar = { zone: 'Pacific/Apia', hours: everyDay([['09:00', '17:00']]), holidays: [] }

/** 6 March 2026 is a Friday. A clock starts, is held now and then, and must have run so many minutes. */
type Clock = {
  hours?: WorkCalendar
  start: string
  minutes: number
  held?: readonly [from: string, to: string][]
  /** Where a policy says more than the target. */
  steps?: readonly string[]
}

describe('the clock of a lead', () => {
  const clocks: [sentence: string, clock: Clock, due: string, ...steps: string[]][] = [
    [
      'due exactly at closing time stays there',
      { start: '2026-03-06T15:00', minutes: 120 },
      '2026-03-06T17:00',
    ],
    [
      'due at closing is followed up in the morning',
      { start: '2026-03-06T15:00', minutes: 120, steps: ['100%', '100% + 30m'] },
      '2026-03-06T17:00',
      '2026-03-06T17:00',
      '2026-03-09T09:30',
    ],
    [
      'that starts at closing time begins at the next opening',
      { start: '2026-03-06T17:00', minutes: 60 },
      '2026-03-09T10:00',
    ],
    [
      'that starts on Sunday begins on Monday',
      { start: '2026-03-08T03:00', minutes: 60 },
      '2026-03-09T10:00',
    ],
    [
      'that asks for nothing is due at once, on Sunday too',
      { start: '2026-03-08T03:00', minutes: 0 },
      '2026-03-08T03:00',
    ],
    [
      'reminds one hour before in working time, which was last week',
      { start: '2026-03-06T14:00', minutes: 210, steps: ['100% - 1h'] },
      '2026-03-09T09:30',
      '2026-03-06T16:30',
    ],
    [
      'reminds one hour before at closing time, which is the same hour as the next opening',
      { start: '2026-03-06T15:00', minutes: 180, steps: ['100% - 1h'] },
      '2026-03-09T10:00',
      '2026-03-06T17:00',
    ],
    [
      'shorter than an hour reminds when it begins, never at night',
      { start: '2026-03-07T02:00', minutes: 30, steps: ['100% - 1h'] },
      '2026-03-09T09:30',
      '2026-03-09T09:00',
    ],
    [
      'moves by the open part of holds that overlap, once, and its reminder with it',
      {
        start: '2026-03-06T14:00',
        minutes: 120,
        held: [
          ['2026-03-06T14:30', '2026-03-06T15:30'],
          ['2026-03-06T15:00', '2026-03-06T16:00'],
          ['2026-03-06T18:00', '2026-03-07T18:00'],
        ],
        steps: ['100% - 1h'],
      },
      '2026-03-09T09:30',
      '2026-03-06T16:30',
    ],
    [
      'held from the instant at which it is due is due',
      { start: '2026-03-06T14:00', minutes: 60, held: [['2026-03-06T15:00', '2026-03-06T16:00']] },
      '2026-03-06T15:00',
    ],
    [
      'round the clock loses no minute at midnight',
      { hours: roundTheClock, start: '2026-03-06T23:59', minutes: 2, steps: ['1m'] },
      '2026-03-07T00:01',
      '2026-03-07T00:00',
    ],
    [
      'round the clock skips the hour that the clocks leave out',
      { hours: roundTheClock, start: '2026-03-29T00:30', minutes: 60 },
      '2026-03-29T02:30',
    ],
    [
      'round the clock counts the hour that comes twice, twice',
      { hours: roundTheClock, start: '2026-10-25T00:30', minutes: 120, steps: ['50%'] },
      '2026-10-25T01:30',
      '2026-10-25T01:30',
    ],
    [
      'of the night shift has seven hours in the night that loses one',
      { hours: nights, start: '2026-03-28T22:00', minutes: 8 * 60 },
      '2026-03-29T23:00',
    ],
    [
      'of the night shift has nine in the night that gains one',
      { hours: nights, start: '2026-10-24T22:00', minutes: 9 * 60 },
      '2026-10-25T06:00',
    ],
    [
      'of the night shift works into a holiday',
      { hours: { ...nights, holidays: ['2026-12-25'] }, start: '2026-12-24T22:00', minutes: 8 * 60 },
      '2026-12-25T06:00',
    ],
    [
      'of the night shift stands still on the night that begins on a holiday',
      { hours: { ...nights, holidays: ['2026-12-25'] }, start: '2026-12-25T05:00', minutes: 120 },
      '2026-12-26T23:00',
    ],
    [
      'passes over a day that the zone skipped, and its reminder too',
      { hours: apia, start: '2011-12-29T16:00', minutes: 150, steps: ['100% - 1h'] },
      '2011-12-31T10:30',
      '2011-12-31T09:30',
    ],
  ]
  it.each(clocks)('%s', (_, { hours = office, start, minutes, held = [], steps = [] }, due, ...at) => {
    const paused = held.map(([from, to]) => ({
      fromMs: parseInstant(hours.zone, from),
      toMs: parseInstant(hours.zone, to),
    }))
    const startMs = parseInstant(hours.zone, start)
    const ladder = ladderInstants(
      hours,
      startMs,
      minutes * minute,
      steps.map(step => stepAt.parse(step)),
      paused,
    )
    const say = (ms: typeof startMs) => formatInstant(hours.zone, ms).slice(0, 16)
    expect([say(ladder.dueAtMs), ...ladder.steps.map(({ atMs }) => say(atMs))]).toEqual([due, ...at])
    expect(dueAt(hours, startMs, minutes * minute, paused)).toBe(ladder.dueAtMs)
  })

  it('that is due at closing time is breached before anybody is reminded of it', () => {
    const steps = [{ at: stepAt.parse('100%'), do: ['remindOwner' as const] }]
    const sla = {
      ...aPolicy().slas.normal,
      clock: { kind: 'owner' as const },
      acknowledge: null,
      stale: null,
    }
    const policy = aPolicy({
      slas: {
        normal: {
          ...sla,
          firstTouch: { withinMs: 120 * minute, steps },
          reRoutes: { most: 0, then: toManager },
        },
      },
    })
    const startMs = parseInstant(office.zone, '2026-03-06T15:00')
    const clocks = clocksOf(policy, { sla: 'normal', ownerCalendar: office }, startMs)
    expect(clocks.flatMap(clock => clock.steps.flatMap(step => step.do))).toEqual(['breach', 'remindOwner'])
  })

  it('of an owner who has no open hour is an error, not a loop', () => {
    const policy = aPolicy()
    const normal = policy.slas.normal ?? expect.fail('no service level')
    const ofOwner = { ...policy, slas: { normal: { ...normal, clock: { kind: 'owner' as const } } } }
    const closed = { ...office, hours: {} }
    expect(() => clocksOf(ofOwner, { sla: 'normal', ownerCalendar: closed }, instant(0))).toThrow(
      CalendarError,
    )
  })
})

const uk = aRule('uk', { when: is('country', 'GB') })
const south = aRule('south', { when: is('territory', 'south') })
const city = aRule('city', { when: is('territory', 'city') })
const coast = aRule('coast', { when: is('territory', 'coast') })
const care = aRule('uk-care', { when: all(is('country', 'GB'), is('industry', 'care')) })
const places = territories({
  south: all(is('country', 'GB'), prefix('BN', 'RH')),
  city: all(is('country', 'GB'), prefix('BN1')),
  coast: all(is('country', 'GB'), prefix('BN', 'PO')),
})

type Case = {
  rules: Rule[]
  policy?: Partial<Policy>
  lead?: Partial<RoutingFacts>
  input?: Partial<DecisionInput>
}

describe.each([1, 2, 3] as const)('a lead, by engine %i,', engine => {
  const cases: [sentence: string, given: Case, becomes: string][] = [
    [
      'of a district goes by the district, not by the area or the country around it',
      { rules: [uk, south, city], lead: { postcode: 'BN1' } },
      'city: ana',
    ],
    [
      'of a district that only begins alike goes by the area',
      { rules: [uk, south, city], lead: { postcode: 'BN10' } },
      'south: ana',
    ],
    ['without a postcode goes by the country', { rules: [uk, south, city] }, 'uk: ana'],
    [
      'of an area and an industry goes by the two that the rule of the country asks',
      { rules: [uk, south, care], lead: { postcode: 'BN1', industry: 'care' } },
      'uk-care: ana',
    ],
    [
      'in two areas of which neither is narrower is put before a person',
      { rules: [uk, south, coast], lead: { postcode: 'BN7' } },
      'asked: ambiguous-rule (south, coast)',
    ],
    [
      'of a pool whose last member has left goes to the backup',
      {
        rules: [aRule('uk', { backup: toPool('ae-emea') })],
        input: { people: gone('ana', 'ben', 'cleo') },
      },
      'uk: dora',
    ],
    [
      'of a pool whose last member has left, with nobody behind, is put before a person',
      { rules: [uk], input: { people: gone('ana', 'ben', 'cleo') } },
      'asked: nobody-available',
    ],
    [
      'of a pool in which only a weight of 0 is left goes on',
      {
        rules: [uk],
        policy: { otherwise: { assign: toPool('ae-emea'), sla: 'normal' } },
        input: {
          people: gone('ana', 'ben'),
          pools: {
            ...evenPools(),
            [pool('uk-sdr')]: standings({ ana: [100, 0], ben: [100, 0], cleo: [0, 9] }),
          },
        },
      },
      'uk: dora',
    ],
    [
      'of a rule that names somebody who has left goes to the backup',
      { rules: [aRule('named', { assign: toRep('zed'), backup: toRep('gina') })] },
      'named: gina',
    ],
    [
      'of a rule whose backup and fallback are its own pool asks nobody twice',
      {
        rules: [aRule('round', { backup: toPool('uk-sdr') })],
        policy: { otherwise: { assign: toPool('uk-sdr'), sla: 'normal' } },
        input: { people: gone('ana', 'ben', 'cleo') },
      },
      'asked: nobody-available',
    ],
    [
      'of an owner whose managers manage each other goes on when both are away',
      {
        rules: [uk],
        input: {
          lastOwner: rep('dora'),
          directed: toManager,
          hop: 1,
          people: thePeople({
            gina: { manager: rep('hugo'), away: true },
            hugo: { manager: rep('gina'), away: true },
          }),
        },
      },
      'directed: ana',
    ],
    [
      'that everybody let lapse is put before a person',
      {
        rules: [uk],
        input: { hop: 3, lastOwner: rep('cleo'), excluded: lapsed('ana', 'ben', 'cleo') },
      },
      'asked: nobody-available',
    ],
  ]
  it.each(cases)('%s', (_, { rules, policy = {}, lead = {}, input = {} }, becomes) => {
    const made = aPolicy({ rules, territories: places, ...policy })
    const decision = decide(made, anInput({ engine, facts: aLead(lead), ...input }))
    expect(sayDecision(decision)).toBe(becomes)
    const asked = decision.candidates.map(({ rep: who, pool: of }) => `${who} ${of ?? ''}`)
    expect(new Set(asked).size, 'everybody is looked at once in each place').toBe(asked.length)
  })
})

describe('a cap', () => {
  it('that is reached in the middle of a list sends the rest to the backup, and nobody beyond the cap', () => {
    const policy = aPolicy({
      pools: {
        ...aPolicy().pools,
        [pool('uk-sdr')]: turns({ ana: 2, ben: 1 }, { caps: { open: null, perDay: 4, perWeek: null } }),
      },
      rules: [aRule('uk', { backup: toPool('ae-emea') })],
    })
    const owners = ownersInTurn(policy, 12, {
      ...evenPools(),
      [pool('uk-sdr')]: standings({ ana: [2, 0], ben: [1, 0] }),
    })
    // By turns until Ana has four; Ben then has the rest of his own; the backup takes turns as well.
    expect(owners.join(' ')).toBe('ana ben ana ana ben ana ben ben dora emil dora emil')
  })
})

describe('500 rules, 300 reps and 50 pools', () => {
  const { policy, leads, pools, people } = aLargeCompany()

  it('lead every lead by the rule that looking at all of them finds, to one of its pool', () => {
    for (const facts of leads) {
      const input = anInput({ facts, pools, people })
      const decision = decide(policy, input)
      const expected = byHand(policy, facts)
      expect(decision.kind === 'assigned' ? decision.rule : decision.kind).toBe(expected?.id ?? 'otherwise')
      const target = expected?.assign ?? policy.otherwise.assign
      const members = target.kind === 'pool' ? pools[target.pool] : undefined
      expect(members?.map(({ rep: who }) => who)).toContain(
        decision.kind === 'assigned' ? decision.owner : '',
      )
      expect(reExecute(policy, { input, decision }).same).toBe(true)
    }
    expect(policy.rules).toHaveLength(500)
    expect([people.length, Object.keys(pools).length]).toEqual([300, 50])
  })
})

function territories(places: Record<string, Rule['when']>): Policy['territories'] {
  return Object.fromEntries(
    Object.entries(places).map(([id, when]) => [id, { when, within: null, manager: null }]),
  )
}

function gone(...reps: string[]): DecisionInput['people'] {
  return thePeople(Object.fromEntries(reps.map(id => [id, { employed: false }])))
}

function lapsed(...reps: string[]): DecisionInput['excluded'] {
  return reps.map(id => ({ rep: rep(id), reason: 'lapsed' }))
}

function sayDecision(decision: Decision): string {
  if (decision.kind === 'assigned') return `${decision.rule}: ${decision.owner}`
  if (decision.kind !== 'review') return decision.kind
  const between = decision.between.length === 0 ? '' : ` (${decision.between.join(', ')})`
  return `asked: ${decision.review}${between}`
}

/** Lead after lead on one day, each decision seeing the turns and the counts of those before it. */
function ownersInTurn(policy: Policy, leads: number, start: DecisionInput['pools']): string[] {
  const counts = new Map<string, number>()
  let pools = start
  return Array.from({ length: leads }, () => {
    const people = thePeople().map(person => {
      const today = counts.get(person.rep) ?? 0
      return {
        ...person,
        load: { open: today, today, thisWeek: today, dayEndsAtMs: instant(1_767_312_000_000) },
      }
    })
    const decision = decide(policy, anInput({ engine: 3, people, pools }))
    if (decision.kind !== 'assigned') return decision.kind
    counts.set(decision.owner, (counts.get(decision.owner) ?? 0) + 1)
    pools = withTurn(pools, decision.turn)
    return decision.owner
  })
}

function withTurn(
  pools: DecisionInput['pools'],
  turn: Extract<Decision, { kind: 'assigned' }>['turn'],
): DecisionInput['pools'] {
  if (turn === null) return pools
  const after = new Map(turn.standings.map(({ rep: who, standing }) => [who, standing]))
  const members = (pools[turn.pool] ?? []).map(member => ({
    ...member,
    standing: after.get(member.rep) ?? member.standing,
  }))
  return { ...pools, [turn.pool]: members }
}

/** Every rule is asked, and of those that hold the first of the most specific ones is taken. */
function byHand(policy: Policy, facts: RoutingFacts): Rule | undefined {
  const { known } = profileOf(policy, facts)
  return policy.rules
    .filter(({ when }) => holds(when, known))
    .toSorted((one, other) =>
      compareSpecificity(
        specificityOf(other.when, policy.territories),
        specificityOf(one.when, policy.territories),
      ),
    )[0]
}

function aLargeCompany() {
  const poolIds = Array.from({ length: 50 }, (_, at) => `pool-${String(at).padStart(2, '0')}`)
  const members = new Map<PoolId, string[]>(
    poolIds.map((id, at) => [
      pool(id),
      Array.from({ length: 6 }, (_, place) => `rep-${String(at * 6 + place).padStart(3, '0')}`),
    ]),
  )
  const countries = ['GB', 'DE', 'FR', 'US', 'IT']
  const products = Array.from({ length: 10 }, (_, at) => `product-${at}`)
  const industries = Array.from({ length: 9 }, (_, at) => `industry-${at}`)
  // No two that one lead matches are equally specific: they ask for one, two or three things.
  const conditions = [
    ...countries.flatMap(country =>
      products.flatMap(product =>
        industries.map(industry =>
          all(is('country', country), is('product', product), is('industry', industry)),
        ),
      ),
    ),
    ...countries.map(country => is('country', country)),
    ...countries.flatMap(country =>
      industries.map(industry => all(is('country', country), is('industry', industry))),
    ),
  ]
  const rules = conditions.map((when, at) =>
    aRule(`rule-${at}`, { when, assign: toPool(poolIds[at % 50] ?? '') }),
  )
  const policy = aPolicy({
    rules,
    pools: Object.fromEntries(
      [...members].map(([id, reps]) => [id, turns(Object.fromEntries(reps.map(who => [who, 100])))]),
    ),
    otherwise: { assign: toPool('pool-49'), sla: 'normal' },
  })
  const someone = <Value>(values: readonly Value[], at: number) => values[at % values.length] ?? null
  const leads = Array.from({ length: 300 }, (_, at) =>
    aLead({
      country: someone([...countries, null, 'SE'], at),
      product: someone([...products, null], at * 3),
      industry: someone([...industries, null, 'another'], at * 5),
    }),
  )
  return {
    policy,
    leads,
    pools: Object.fromEntries(
      [...members].map(([id, reps]) => [id, standings(Object.fromEntries(reps.map(who => [who, [100, 0]])))]),
    ),
    people: [...members.values()]
      .flat()
      .map(who => ({ rep: rep(who), employed: true, away: false, manager: null })),
  }
}
