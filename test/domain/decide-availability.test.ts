import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { candidatesOf, decide, reExecute } from '../../domain/decide.js'
import { type Decision, type DecisionInput, decision, decisionInput } from '../../domain/decision.js'
import { type EpochMs, instant } from '../../domain/ids.js'
import type { NobodyAvailable, Policy, Pool, Rule } from '../../domain/policy.js'
import { withLoads } from '../../domain/presence.js'
import { oneTurn } from '../../domain/standing.js'
import {
  aLead,
  all,
  anInput,
  aPerson,
  aPolicy,
  aRoster,
  aRule,
  evenPools,
  is,
  pool,
  rep,
  standings,
  thePeople,
  toManager,
  toPool,
  toRep,
  turns,
} from './a-policy.js'

type People = Parameters<typeof thePeople>[0]

const now = anInput().atMs
const minute = 60_000
const hour = 60 * minute
const later = (ms: number): EpochMs => instant(now + ms)
const midnight = later(9 * hour)

const uk = aRule('uk', { when: is('country', 'GB') })
const ukDemo = aRule('uk-demo', { when: all(is('country', 'GB'), is('campaign', 'demo')) })
const withOpen = (open: number) => ({ load: { open, today: open, thisWeek: open, dayEndsAtMs: midnight } })
const asleep = (ms: number) => ({ inHours: false, availableAtMs: later(ms) })

describe('a pool by load', () => {
  it('gives the lead to whoever has the fewest for their weight, and names the numbers', () => {
    const made = decideFor(
      {},
      { choice: { by: 'leastLoaded' } },
      { ana: withOpen(4), ben: withOpen(3), cleo: withOpen(2) },
    )
    expect(made).toMatchObject({
      kind: 'assigned',
      owner: 'ben',
      turn: { rep: 'ben', entitlements: [{ rep: 'ben', entitlement: String(oneTurn) }] },
      candidates: [
        { rep: 'ana', outcome: 'busier', count: 4, standing: null },
        { rep: 'ben', outcome: 'chosen', count: 3 },
        { rep: 'cleo', outcome: 'busier', count: 2, standing: null },
      ],
    })
  })

  it('gives nobody more than their capacity, and then goes on to the next', () => {
    const people = { ana: withOpen(100), ben: withOpen(100), cleo: withOpen(50) }
    expect(decideFor({ backup: toRep('emil') }, { choice: { by: 'capacity' } }, people)).toMatchObject({
      owner: 'emil',
      turn: null,
      candidates: [
        { rep: 'ana', outcome: 'cap-open', count: 100 },
        { rep: 'ben', outcome: 'cap-open', count: 100 },
        { rep: 'cleo', outcome: 'cap-open', count: 50 },
        { rep: 'emil', outcome: 'chosen' },
      ],
    })
  })
})

describe('a queue', () => {
  const queue: Partial<Pool> = {
    choice: { by: 'queue', acceptWithinMs: 30 * minute, then: toManager },
    inHoursOnly: true,
  }

  it('has the lead until one of those who can take it accepts, and takes nobody a turn', () => {
    const people = { ana: {}, ben: asleep(hour), cleo: { inHours: true } }
    const made = decideFor({ sla: 'hot' }, queue, { ...people, ana: { inHours: true } })
    expect(made).toMatchObject({
      kind: 'queued',
      rule: 'uk',
      sla: 'hot',
      tried: [toPool('uk-sdr')],
      pool: 'uk-sdr',
      members: ['ana', 'cleo'],
      acceptByMs: later(30 * minute),
      then: toManager,
      candidates: [
        { rep: 'ana', outcome: 'may-accept', standing: null },
        { rep: 'ben', outcome: 'off-hours', standing: null },
        { rep: 'cleo', outcome: 'may-accept', standing: null },
      ],
    })
    expect(made).not.toHaveProperty('turn')
  })

  it('leaves out who had the lead before', () => {
    const input = { excluded: [{ rep: rep('ana'), reason: 'lapsed' as const }], lastOwner: rep('ana') }
    const people = { ana: { inHours: true }, ben: { inHours: true }, cleo: { inHours: true } }
    expect(decideFor({}, queue, people, input)).toMatchObject({ kind: 'queued', members: ['ben', 'cleo'] })
  })

  it('that nobody can accept from passes the lead on', () => {
    const people = { ana: asleep(hour), ben: asleep(hour), cleo: { away: true, inHours: true } }
    expect(decideFor({}, queue, people)).toMatchObject({
      kind: 'assigned',
      tried: [toPool('uk-sdr'), toPool('anyone')],
    })
  })
})

describe('what a rule needs', () => {
  const needs: Rule['needs'] = [{ kind: 'language' }]
  const speaking = (...languages: string[]) => ({ languages })

  it('is had by whoever takes the lead', () => {
    const people = { ana: speaking('en'), ben: speaking('en', 'de'), cleo: speaking() }
    const facts = aLead({ language: 'de' })
    expect(decideFor({ needs }, {}, people, { facts })).toMatchObject({
      owner: 'ben',
      candidates: [
        { rep: 'ana', outcome: 'lacks-language' },
        { rep: 'ben', outcome: 'chosen' },
        { rep: 'cleo', outcome: 'lacks-language' },
      ],
    })
  })

  it('is asked of nobody by a lead that says nothing of it', () => {
    expect(decideFor({ needs }, {}, {}, { facts: aLead({ language: null }) })).toMatchObject({ owner: 'ana' })
  })

  it('is not asked of whom a person names', () => {
    const input = { facts: aLead({ language: 'de' }), directed: toRep('dora') }
    expect(decideFor({ needs }, {}, {}, input)).toMatchObject({ owner: 'dora' })
  })

  it('gives way in the fallback, which takes what nobody else can', () => {
    const people = { ana: speaking('en'), ben: speaking('en'), cleo: speaking('en') }
    expect(decideFor({ needs }, {}, people, { facts: aLead({ language: 'de' }) })).toMatchObject({
      kind: 'assigned',
      owner: 'ana',
      turn: { pool: 'anyone' },
    })
  })
})

describe('when nobody of the rule is available', () => {
  const limited: Partial<Pool> = { inHoursOnly: true, caps: { open: 5, perDay: null, perWeek: null } }
  const night = {
    ana: { ...asleep(hour), ...withOpen(0) },
    ben: { inHours: true, ...withOpen(5) },
    cleo: { away: true },
  }

  it('the next pool takes it, unless the policy says otherwise', () => {
    expect(decideFor({ backup: toPool('ae-emea') }, limited, night)).toMatchObject({
      owner: 'dora',
      rule: 'uk',
      tried: [toPool('uk-sdr'), toPool('ae-emea')],
      candidates: [
        { rep: 'ana', outcome: 'off-hours' },
        { rep: 'ben', outcome: 'cap-open', count: 5 },
        { rep: 'cleo', outcome: 'away' },
        { rep: 'dora', outcome: 'chosen' },
        { rep: 'emil', outcome: 'waits' },
      ],
    })
  })

  it('the next rule takes it, by the service level of the first', () => {
    const rules = [
      { ...uk, assign: toRep('emil') },
      { ...ukDemo, sla: 'hot' },
    ]
    const policy = limitedPolicy({ rules, nobodyAvailable: { kind: 'nextRule' } }, limited)
    expect(decide(policy, anInput({ people: thePeople(night) }))).toMatchObject({
      owner: 'emil',
      rule: 'uk-demo',
      sla: 'hot',
      tried: [toPool('uk-sdr'), toRep('emil')],
    })
  })

  it('it is assigned now, past hours and caps, in turn', () => {
    const made = decideWhenNobody({ kind: 'assignNow' }, limited, night)
    expect(made).toMatchObject({
      kind: 'assigned',
      owner: 'ana',
      turn: { pool: 'uk-sdr' },
      tried: [toPool('uk-sdr'), toPool('uk-sdr')],
    })
    expect(made.candidates.slice(3).map(({ rep, outcome }) => [rep, outcome])).toEqual([
      ['ana', 'chosen'],
      ['ben', 'waits'],
      ['cleo', 'away'],
    ])
  })

  const never: [sentence: string, rule: Partial<Rule>, people: People, input: Partial<DecisionInput>][] = [
    ['leave', {}, { ana: { away: true }, ben: { away: true }, cleo: { away: true } }, {}],
    [
      'a refusal',
      {},
      { ana: { away: true }, ben: { ...asleep(hour), ...withOpen(0) }, cleo: { away: true } },
      { excluded: [{ rep: rep('ben'), reason: 'declined' }], lastOwner: rep('ben') },
    ],
    [
      'a language that is needed',
      { needs: [{ kind: 'language' }] },
      Object.fromEntries(
        ['ana', 'ben', 'cleo'].map(id => [id, { ...asleep(hour), ...withOpen(0), languages: ['en'] }]),
      ),
      { facts: aLead({ language: 'de' }) },
    ],
  ]
  it.each(never)('it is not assigned now past %s', (_, rule, people, input) => {
    const made = decideFor(
      { ...rule, backup: toRep('emil'), nobodyAvailable: { kind: 'assignNow' } },
      limited,
      { ...people, emil: { languages: ['de'] } },
      input,
    )
    expect(made).toMatchObject({ kind: 'assigned', owner: 'emil' })
  })

  it('a person decides at once, past backup and fallback', () => {
    const rule = { backup: toRep('emil'), nobodyAvailable: { kind: 'review' } } as const
    expect(decideFor(rule, limited, night)).toMatchObject({
      kind: 'review',
      review: 'nobody-available',
      candidates: [{ rep: 'ana' }, { rep: 'ben' }, { rep: 'cleo' }],
    })
  })

  it('but somebody is, what the policy says of the other case does not matter', () => {
    const people = { ...night, ben: { inHours: true, ...withOpen(4) } }
    for (const kind of ['nextRule', 'assignNow', 'review'] as const) {
      expect(decideWhenNobody({ kind }, limited, people)).toMatchObject({
        owner: 'ben',
        tried: [toPool('uk-sdr')],
      })
    }
    expect(decideWhenNobody({ kind: 'hold', mostMs: hour }, limited, people)).toMatchObject({ owner: 'ben' })
  })
})

describe('a lead that is held', () => {
  const hold: NobodyAvailable = { kind: 'hold', mostMs: 4 * hour }
  const hoursOnly: Partial<Pool> = { inHoursOnly: true }
  const capped = (caps: Partial<Pool['caps']>): Partial<Pool> => ({
    caps: { open: null, perDay: null, perWeek: null, ...caps },
  })
  const night = { ana: asleep(3 * hour), ben: asleep(2 * hour), cleo: asleep(5 * hour) }
  const full = { ana: withOpen(3), ben: withOpen(3), cleo: withOpen(3) }

  const cases: [sentence: string, limits: Partial<Pool>, people: People, retryMs: number][] = [
    ['waits for the first whose hours begin', hoursOnly, night, 2 * hour],
    [
      'waits for the first who is back from leave, in a pool that asks for no hours',
      {},
      {
        ana: { away: true, availableAtMs: later(hour) },
        ben: { away: true, availableAtMs: null },
        cleo: { employed: false },
      },
      15 * minute,
    ],
    [
      'waits for nobody who will not have it, and so for the last who may',
      hoursOnly,
      { ana: { ...asleep(hour), employed: false }, ben: asleep(3 * hour), cleo: asleep(5 * hour) },
      3 * hour,
    ],
    ['is looked at soon, when only open leads are too many', capped({ open: 3 }), full, 15 * minute],
    ['waits no longer than the policy says', capped({ perDay: 3 }), full, 4 * hour],
    [
      'waits for midnight, when the day is full',
      capped({ perWeek: 3 }),
      Object.fromEntries(
        Object.entries(full).map(([id, { load }]) => [
          id,
          { load: { ...load, dayEndsAtMs: later(2 * hour) } },
        ]),
      ),
      2 * hour,
    ],
  ]
  it.each(cases)('%s', (_, limits, people, retryMs) => {
    expect(decideWhenNobody(hold, limits, people)).toMatchObject({
      kind: 'held',
      rule: 'uk',
      sla: 'normal',
      tried: [toPool('uk-sdr')],
      retryAtMs: later(retryMs),
      untilMs: later(4 * hour),
    })
  })

  it('waits for the person that the rule names', () => {
    const people = { dora: { away: true, inHours: true, availableAtMs: later(hour) } }
    expect(decideFor({ assign: toRep('dora'), nobodyAvailable: hold }, {}, people)).toMatchObject({
      kind: 'held',
      tried: [toRep('dora')],
      retryAtMs: later(hour),
    })
  })

  it('counts its waiting from the first time', () => {
    const heldSinceMs = later(-3 * hour)
    expect(decideFor({ nobodyAvailable: hold }, hoursOnly, night, { heldSinceMs })).toMatchObject({
      kind: 'held',
      retryAtMs: later(hour),
      untilMs: later(hour),
    })
  })

  const goesOn: [sentence: string, people: People, input: Partial<DecisionInput>][] = [
    ['when its time is over', night, { heldSinceMs: later(-4 * hour) }],
    ['when its time was over long ago', night, { heldSinceMs: later(-40 * hour) }],
    ['when nobody for whom it would wait may have it', {}, { excluded: refusedBy('ana', 'ben', 'cleo') }],
    ['when it had an owner already', night, { lastOwner: rep('emil') }],
  ]
  it.each(goesOn)('goes on to the next pool %s', (_, people, input) => {
    const rule = { backup: toRep('emil'), nobodyAvailable: hold }
    expect(decideFor(rule, hoursOnly, { ...night, ...people }, input)).toMatchObject({
      kind: 'assigned',
      owner: 'emil',
      tried: [toPool('uk-sdr'), toRep('emil')],
    })
  })
})

describe('leave in a pool that catches up', () => {
  const catchUp: Partial<Pool> = { afterLeave: { kind: 'catchUp', turnsMost: 2 } }
  const pools = (accrued: string): DecisionInput['pools'] => ({
    ...evenPools(),
    [pool('uk-sdr')]: standings({ ana: [100, 0], ben: [100, 0], cleo: [200, 0] }).map(member =>
      member.rep === 'cleo' ? { ...member, accrued } : member,
    ),
  })
  const entitled = (made: Decision) =>
    made.kind === 'assigned'
      ? Object.fromEntries(
          (made.turn?.entitlements ?? []).map(({ rep, entitlement }) => [rep, Number(entitlement) / 1e12]),
        )
      : null

  it('accrues as if they were there', () => {
    const made = decideFor({}, catchUp, { cleo: { away: true } }, { pools: pools('0') })
    expect(made).toMatchObject({
      owner: 'ana',
      candidates: [{}, {}, { rep: 'cleo', outcome: 'away', standing: null }],
    })
    expect(entitled(made)).toEqual({ ana: 0.25, ben: 0.25, cleo: 0.5 })
  })

  it('accrues no more than the pool allows for one absence', () => {
    const almost = decideFor({}, catchUp, { cleo: { away: true } }, { pools: pools('1900000000000') })
    expect(entitled(almost)).toEqual({ ana: 0.45, ben: 0.45, cleo: 0.1 })
    const full = decideFor({}, catchUp, { cleo: { away: true } }, { pools: pools(String(2n * oneTurn)) })
    expect(entitled(full)).toEqual({ ana: 0.5, ben: 0.5 })
  })

  const not: [
    sentence: string,
    changes: Partial<Pool>,
    rule: Partial<Rule>,
    input: Partial<DecisionInput>,
  ][] = [
    ['in a pool that holds', { afterLeave: { kind: 'hold' } }, {}, {}],
    ['of a lead that they had before', catchUp, {}, { excluded: refusedBy('cleo') }],
    [
      'of a lead that they could not have taken',
      catchUp,
      { needs: [{ kind: 'language' }] },
      { facts: aLead({ language: 'de' }) },
    ],
    ['where load decides, not turns', { ...catchUp, choice: { by: 'leastLoaded' } }, {}, {}],
  ]
  it.each(not)('accrues nothing %s', (_, changes, rule, input) => {
    const german = { languages: ['de'], ...withOpen(0) }
    const people = { ana: german, ben: german, cleo: { away: true, languages: ['en'], ...withOpen(0) } }
    expect(entitled(decideFor(rule, changes, people, { pools: pools('0'), ...input }))).toEqual({
      ana: 0.5,
      ben: 0.5,
    })
  })
})

describe('what must be loaded for a decision with limits', () => {
  const asked = { hop: 0, facts: aLead({ language: 'de' }), directed: null, lastOwner: null }
  const factsOf = (policy: Policy) =>
    Object.fromEntries(
      candidatesOf(policy, asked, aRoster(), now).people.map(({ rep, ...facts }) => [
        rep,
        Object.keys(facts).filter(key => !['employed', 'away', 'manager'].includes(key)),
      ]),
    )

  it('is nothing more, where the policy asks for no more', () => {
    const { people, loads } = candidatesOf(aPolicy({ rules: [uk] }), asked, aRoster(), now)
    expect(people[0]).toEqual({ rep: 'ana', employed: true, away: false, manager: 'gina' })
    expect(loads).toEqual([])
  })

  it('is the hours of those in a pool that asks for them, and of those for whom a lead waits', () => {
    const pools = { ...aPolicy().pools, [pool('ae-emea')]: turns({ dora: 1 }, { inHoursOnly: true }) }
    const backup = toPool('ae-emea')
    expect(factsOf(aPolicy({ pools, rules: [{ ...uk, backup }] }))).toMatchObject({
      ana: [],
      dora: ['inHours', 'availableAtMs'],
    })
    const nobodyAvailable = { kind: 'hold', mostMs: hour } as const
    expect(factsOf(aPolicy({ rules: [{ ...uk, assign: toRep('dora'), nobodyAvailable }] }))).toMatchObject({
      ana: [],
      dora: ['inHours', 'availableAtMs'],
    })
  })

  it('is what those can whom a rule asks for it', () => {
    const rules = [{ ...uk, assign: toRep('dora'), needs: [{ kind: 'language' as const }] }]
    expect(factsOf(aPolicy({ rules }))).toMatchObject({ ana: [], dora: ['languages', 'skills'] })
  })

  const limits: Partial<Pool>[] = [
    { caps: { open: 1, perDay: null, perWeek: null } },
    { caps: { open: null, perDay: 1, perWeek: null } },
    { caps: { open: null, perDay: null, perWeek: 1 } },
    { choice: { by: 'leastLoaded' } },
    { choice: { by: 'capacity' } },
  ]
  it.each(limits)('is how many leads they have, in a pool with %j', changes => {
    const { loads } = candidatesOf(limitedPolicy({ rules: [uk] }, changes), asked, aRoster(), now)
    expect(loads.map(({ rep }) => rep)).toEqual(['ana', 'ben', 'cleo'])
  })

  it('is what leave has accrued, of those on leave in a pool that catches up', () => {
    const leave = [{ rep: rep('ben'), fromMs: instant(0), untilMs: null }]
    const policy = limitedPolicy({ rules: [uk] }, { afterLeave: { kind: 'catchUp', turnsMost: 5 } })
    const { pools } = candidatesOf(policy, asked, aRoster({ leave }), now)
    expect(pools.map(({ pool: id, catchingUp }) => [id, catchingUp])).toEqual([
      ['anyone', []],
      ['uk-sdr', ['ben']],
    ])
  })
})

describe('every decision under limits', () => {
  const rich = limitedPolicy(
    {
      rules: [
        { ...uk, needs: [{ kind: 'language' }], nobodyAvailable: { kind: 'hold', mostMs: hour } },
        {
          ...ukDemo,
          assign: toPool('ae-emea'),
          backup: toPool('uk-sdr'),
          nobodyAvailable: { kind: 'nextRule' },
        },
        aRule('fr', {
          when: is('country', 'FR'),
          assign: toPool('ae-emea'),
          nobodyAvailable: { kind: 'assignNow' },
        }),
      ],
    },
    {
      inHoursOnly: true,
      caps: { open: 3, perDay: 2, perWeek: 4 },
      afterLeave: { kind: 'catchUp', turnsMost: 1 },
    },
    { choice: { by: 'capacity' }, inHoursOnly: true },
  )
  const input = someInput()

  it('keeps to them, unless it is to be assigned now; and repeats from its record', () => {
    const outcomes = new Set<string>()
    fc.assert(
      fc.property(input, given => {
        const made = decide(rich, given)
        outcomes.add(made.kind)
        const stored = JSON.parse(JSON.stringify({ input: given, decision: made }))
        const record = { input: decisionInput.parse(stored.input), decision: decision.parse(stored.decision) }
        expect(reExecute(rich, record)).toEqual({ same: true, decision: made })
        if (made.kind === 'held') expect(made.retryAtMs).toBeGreaterThan(given.atMs)
        if (made.kind !== 'assigned') return
        const owner = given.people.find(person => person.rep === made.owner)
        expect(owner).toMatchObject({ employed: true, away: false })
        expect(sumOf(made.turn?.entitlements.map(({ entitlement }) => entitlement) ?? [])).toBe(
          made.turn === null ? 0n : oneTurn,
        )
        if (made.turn?.pool === 'uk-sdr') {
          expect(owner?.inHours).toBe(true)
          expect(owner?.load?.open).toBeLessThan(3)
          expect(owner?.load?.today).toBeLessThan(2)
          expect(owner?.load?.thisWeek).toBeLessThan(4)
        }
        if (made.turn?.pool === 'ae-emea' && made.rule !== 'fr') expect(owner?.inHours).toBe(true)
        if (made.turn?.pool === 'uk-sdr' && made.rule === 'uk' && given.facts.language !== null)
          expect(owner?.languages).toContain(given.facts.language)
      }),
      { seed: 31, numRuns: 600 },
    )
    expect([...outcomes].sort()).toEqual(['assigned', 'held', 'review'])
  })

  it('is told all that it needs', () => {
    fc.assert(
      fc.property(input, given => {
        const roster = aRoster({
          people: aRoster().people.map(person => ({ ...aPerson(person.id), role: person.role })),
        })
        const { people, pools, loads } = candidatesOf(rich, given, roster, given.atMs)
        const loaded = Object.fromEntries(
          pools.map(({ pool: id, members }) => [id, members.map(member => ({ ...member, standing: '0' }))]),
        )
        const told = { ...given, people: withLoads(people, loads, new Map()), pools: loaded }
        expect(decide(rich, told).candidates.filter(({ outcome }) => outcome === 'left')).toEqual([])
      }),
      { seed: 32, numRuns: 200 },
    )
  })
})

/** The company of `aPolicy`, with limits on the pool uk-sdr, and others on ae-emea. */
function limitedPolicy(changes: Partial<Policy>, uk: Partial<Pool>, ae: Partial<Pool> = {}): Policy {
  return aPolicy({
    ...changes,
    pools: {
      ...aPolicy().pools,
      [pool('uk-sdr')]: turns({ ana: 100, ben: 100, cleo: 50 }, uk),
      [pool('ae-emea')]: turns({ dora: 2, emil: 3 }, ae),
    },
  })
}

function decideFor(
  rule: Partial<Rule>,
  limits: Partial<Pool>,
  people: People,
  input: Partial<DecisionInput> = {},
): Decision {
  const policy = limitedPolicy({ rules: [{ ...uk, ...rule }] }, limits)
  return decide(policy, anInput({ people: thePeople(people), ...input }))
}

function decideWhenNobody(nobodyAvailable: NobodyAvailable, limits: Partial<Pool>, people: People): Decision {
  return decideFor({ nobodyAvailable }, limits, people)
}

function refusedBy(...reps: string[]): DecisionInput['excluded'] {
  return reps.map(id => ({ rep: rep(id), reason: 'declined' }))
}

function sumOf(amounts: readonly string[]): bigint {
  return amounts.reduce((sum, amount) => sum + BigInt(amount), 0n)
}

function someInput(): fc.Arbitrary<DecisionInput> {
  const ids = ['ana', 'ben', 'cleo', 'dora', 'emil', 'gina', 'hugo']
  const load = fc.record({
    open: fc.nat(4),
    today: fc.nat(3),
    thisWeek: fc.nat(5),
    dayEndsAtMs: fc.constant(midnight),
  })
  const person = fc.record({
    employed: fc.nat(8).map(n => n > 0),
    away: fc.nat(3).map(n => n === 0),
    inHours: fc.nat(3).map(n => n > 0),
    availableAtMs: fc.option(fc.integer({ min: 1, max: 3 * hour }).map(later)),
    languages: fc.subarray(['en', 'de', 'fr']),
    skills: fc.constant<string[]>([]),
    load,
  })
  return fc
    .record({
      facts: fc
        .record({
          country: fc.constantFrom('GB', 'GB', 'FR'),
          campaign: fc.constantFrom('demo', 'ads', 'ads'),
          language: fc.constantFrom(null, 'en', 'de'),
        })
        .map(aLead),
      heldSinceMs: fc.option(fc.integer({ min: -90 * minute, max: 0 }).map(later)),
      people: fc
        .tuple(...ids.map(() => person))
        .map(facts => thePeople(Object.fromEntries(facts.map((of, at) => [ids[at] ?? '', of])))),
    })
    .map(anInput)
}
