import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { WorkCalendar } from '../../domain/calendar.js'
import { instant } from '../../domain/ids.js'
import type { Policy, Sla } from '../../domain/policy.js'
import { saidBy } from '../../domain/simulation/stream.js'
import { takeTurns } from '../../domain/standing.js'
import { aPerson, aPolicy, aRoster, aRule, atLeast, is, pool, rep, toPool, toRep, turns } from './a-policy.js'
import { aPast, aSetting, leads, owners, run, startMs, touched } from './a-simulation.js'

const minuteMs = 60_000
const hourMs = 60 * minuteMs

describe('a policy run over a stream of leads', () => {
  it('gives turns by the rule of the ledger', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 6 }), weights => {
        const members = Object.fromEntries(weights.map((weight, index) => [`rep-${index}`, weight]))
        const policy = aPolicy({
          pools: { [pool('uk-sdr')]: turns(members) },
          otherwise: { assign: toPool('uk-sdr'), sla: 'normal' },
        })
        const roster = aRoster({ people: Object.keys(members).map(id => aPerson(id)) })
        const { rows, report } = run(aSetting({ policy, roster }), leads(60))
        const everyone = weights.map((weight, index) => ({ rep: `rep-${index}`, weight }))
        const expected = takeTurns(
          everyone,
          rows.map(() => everyone.map(({ rep: id }) => id)),
        )
        expect(owners(rows)).toEqual(expected)
        const due = report.result.pools[0]?.members.map(({ turnsDue }) => turnsDue) ?? []
        expect(due.reduce((sum, each) => sum + each, 0)).toBeCloseTo(60, 4)
        for (const { turns: taken, turnsDue } of report.result.pools[0]?.members ?? [])
          expect(Math.abs(taken - turnsDue)).toBeLessThanOrEqual(1)
      }),
      { numRuns: 40 },
    )
  })

  it('comes to the same lines and sums when it is run again, to the byte', () => {
    const stream = leads(500, index => ({ country: ['GB', 'DE', 'FR'][index % 3] ?? null, employees: index }))
    const setting = () =>
      aSetting({
        policy: twoRules(),
        past: aPast([...touched('ana', 10, 20, 30, 300, null), ...touched('ben', 1, 2, 3, 4, 5)]),
      })
    expect(JSON.stringify(run(setting(), stream))).toBe(JSON.stringify(run(setting(), stream)))
  })

  it('moves nothing when it is held against itself', () => {
    const stream = leads(200, index => ({ country: index % 2 === 0 ? 'GB' : 'DE' }))
    const past = aPast(touched('ana', null, null, null, null, null))
    const setting = aSetting({ policy: twoRules(), past })
    const { rows, report } = run(setting, stream, {
      against: { kind: 'policy', name: 'itself', setting: aSetting({ policy: twoRules(), past }) },
    })
    expect(report.against).toMatchObject({ moved: 0, same: 200, reasons: [], examples: [] })
    expect(report.against?.result).toEqual(report.result)
    expect(rows).toHaveLength(200)
  })

  it('moves leads to whoever got a larger weight, and says that this is why', () => {
    const before = aSetting({ policy: oneOfTwo({ ana: 1, ben: 1 }) })
    const { report } = run(aSetting({ policy: oneOfTwo({ ana: 3, ben: 1 }) }), leads(400), {
      against: { kind: 'policy', name: 'before', setting: before },
    })
    const people = Object.fromEntries(report.against?.people.map(each => [each.rep, each]) ?? [])
    expect(people.ana).toMatchObject({ before: 200, after: 300 })
    expect(people.ben).toMatchObject({ before: 200, after: 100 })
    expect(report.against?.reasons.map(({ kind }) => kind)).toEqual(['weights'])
    expect(report.against?.reasons[0]?.name).toBe('pool uk-sdr: other weights (ana 1 → 3)')
  })

  it('names the rule that took leads from another one, and leaves all others where they were', () => {
    const large = aRule('large', { when: atLeast('employees', 1000), assign: toRep('dora') })
    const stream = leads(100, index => ({ employees: index < 30 ? 5000 : 10 }))
    const { report } = run(aSetting({ policy: aPolicy({ rules: [large] }) }), stream, {
      against: { kind: 'policy', name: 'without', setting: aSetting() },
    })
    expect(report.against?.reasons[0]).toEqual({
      kind: 'rule',
      name: 'large instead of otherwise',
      leads: 30,
    })
    expect(report.against?.people.find(({ rep: who }) => who === 'dora')).toMatchObject({
      before: 0,
      after: 30,
    })
  })

  it('honours the leave and the roster of the time', () => {
    const away = aRoster({
      leave: [{ rep: rep('ana'), fromMs: startMs, untilMs: instant(startMs + hourMs) }],
    })
    const left = aRoster({ people: aRoster().people.filter(({ id }) => id !== 'ben') })
    const setting = aSetting({
      policy: oneOfTwo({ ana: 1, ben: 1 }),
      rosterAt: atMs => (atMs < startMs + 2 * hourMs ? away : left),
    })
    const { rows } = run(setting, leads(180))
    expect(new Set(owners(rows.slice(0, 60)))).toEqual(new Set(['ben']))
    expect(new Set(owners(rows.slice(60, 120)))).toEqual(new Set(['ana', 'ben']))
    expect(new Set(owners(rows.slice(120)))).toEqual(new Set(['ana']))
  })

  it('lets somebody on leave catch up to what the pool allows, and no further', () => {
    const members = { ana: 1, ben: 1 }
    const policy = aPolicy({
      pools: { [pool('uk-sdr')]: turns(members, { afterLeave: { kind: 'catchUp', turnsMost: 5 } }) },
      otherwise: { assign: toPool('uk-sdr'), sla: 'normal' },
    })
    const leave = [{ rep: rep('ana'), fromMs: startMs, untilMs: instant(startMs + 100 * minuteMs) }]
    const { rows } = run(aSetting({ policy, roster: aRoster({ leave }) }), leads(200))
    expect(owners(rows).filter(owner => owner === 'ana')).toHaveLength(55)
  })

  it('predicts a breach for whoever was slow before, and moves the lead on', () => {
    const past = aPast([...touched('ana', 600, 700, 800, 900, 1000), ...touched('ben', 5, 6, 7, 8, 9)])
    const policy = { ...oneOfTwo({ ana: 1, ben: 1 }), slas: { normal: movingOn } }
    const { rows, report } = run(aSetting({ policy, past }), leads(100))
    const breaches = Object.fromEntries(
      report.result.people.map(({ rep: who, breaches }) => [who, breaches.firstTouch]),
    )
    expect(breaches).toMatchObject({ ana: 50, ben: 0 })
    expect(rows.filter(({ after }) => after.breach).map(({ after }) => after.owner)).toEqual(
      Array(50).fill('ana'),
    )
    expect(report.result.lapses).toBe(50)
    expect(report.result.people.find(({ rep: who }) => who === 'ben')?.later).toBe(50)
  })

  it('ends the moving on where the policy does', () => {
    const never = ['ana', 'ben'].flatMap(id => touched(id, null, null, null, null, null))
    const policy = { ...oneOfTwo({ ana: 1, ben: 1 }), slas: { normal: movingOn } }
    const { report } = run(aSetting({ policy, past: aPast(never) }), leads(10))
    // Each lead lapses with both, and goes to Gina in the end.
    expect(report.result.lapses).toBe(20)
    expect(report.result.people.find(({ rep: who }) => who === 'gina')?.later).toBe(10)
  })

  it('meets a person’s past as often as it was, spread over the leads', () => {
    const past = aPast(touched('ana', 5, 5, 5, 5, 5, 5, 5, 5, 500, 500))
    const { report } = run(aSetting({ policy: oneOfTwo({ ana: 1 }), past }), leads(1000))
    expect(Math.abs((report.result.breaches.firstTouch ?? 0) - 200)).toBeLessThanOrEqual(10)
  })

  it('keeps leads open until they are done with, so that a cap is felt', () => {
    const caps = { open: 10, perDay: null, perWeek: null }
    const policy = aPolicy({
      pools: { [pool('uk-sdr')]: turns({ ana: 1 }, { caps }) },
      otherwise: { assign: toPool('uk-sdr'), sla: 'normal' },
    })
    // One a minute, each for an hour: from the eleventh on nobody can take it, until the first is done with.
    const { rows, report } = run(aSetting({ policy }), leads(90))
    expect(owners(rows.slice(0, 10))).toEqual(Array(10).fill('ana'))
    expect(report.result.outcomes).toMatchObject({ assigned: 20, review: 70 })
    expect(report.result.reviews).toEqual([{ name: 'nobody-available', leads: 70 }])
  })

  it('counts the leads of a day anew on the next', () => {
    const policy = aPolicy({
      pools: { [pool('uk-sdr')]: turns({ ana: 1 }, { caps: { open: null, perDay: 3, perWeek: 5 } }) },
      otherwise: { assign: toPool('uk-sdr'), sla: 'normal' },
    })
    const { rows } = run(aSetting({ policy }), leads(40, undefined, 2 * hourMs))
    const received = rows
      .filter(({ after }) => after.owner === 'ana')
      .map(({ after }) => new Date(after.atMs).getUTCDate())
    // Three on Monday, two more in the same week.
    expect(received).toEqual([23, 23, 23, 24, 24])
  })

  it('holds a lead until somebody is there, and gives it to them then', () => {
    const mornings: WorkCalendar = { zone: 'UTC', hours: { tue: [['09:00', '17:00']] }, holidays: [] }
    const policy = aPolicy({
      pools: { [pool('uk-sdr')]: turns({ ana: 1 }, { inHoursOnly: true }) },
      rules: [aRule('all', { nobodyAvailable: { kind: 'hold', mostMs: 48 * hourMs } })],
      otherwise: { assign: toRep('gina'), sla: 'normal' },
    })
    const roster = aRoster({ people: [aPerson('ana', { calendar: mornings }), aPerson('gina')] })
    const { rows, report } = run(aSetting({ policy, roster }), leads(3))
    expect(owners(rows)).toEqual(['ana', 'ana', 'ana'])
    expect(rows.map(({ after }) => after.waited)).toEqual(['held', 'held', 'held'])
    expect(rows.map(({ after }) => after.rule)).toEqual(['all', 'all', 'all'])
    expect(report.result.waited).toEqual({ held: 3, queued: 0 })
  })

  it('lets whoever was quickest before accept from a queue, or nobody in time', () => {
    const quick = (minutes: number) => ({
      acknowledgeMs: minutes * minuteMs,
      firstTouchMs: null,
      handlingMs: null,
    })
    const looks = (id: string, minutes: number) =>
      Array.from({ length: 5 }, () => ({ rep: rep(id), ...quick(minutes) }))
    const policy = aPolicy({
      pools: {
        [pool('uk-sdr')]: turns(
          { ana: 1, ben: 1 },
          { choice: { by: 'queue', acceptWithinMs: 30 * minuteMs, then: toRep('gina') } },
        ),
      },
      otherwise: { assign: toPool('uk-sdr'), sla: 'normal' },
    })
    const quickBen = run(
      aSetting({ policy, past: aPast([...looks('ana', 20), ...looks('ben', 10)]) }),
      leads(4),
    )
    expect(owners(quickBen.rows)).toEqual(['ben', 'ben', 'ben', 'ben'])
    expect(quickBen.rows[0]?.after).toMatchObject({ rule: 'otherwise', pool: 'uk-sdr', waited: 'queued' })
    const slow = run(aSetting({ policy, past: aPast([...looks('ana', 40), ...looks('ben', 50)]) }), leads(4))
    expect(owners(slow.rows)).toEqual(['gina', 'gina', 'gina', 'gina'])
  })

  it('counts what people must decide, and what never gets an owner', () => {
    const source = { campaign: 'demo', required: [], critical: ['country'], fields: [], form: null }
    const policy = aPolicy({
      sources: {
        'demo-form': { ...source, rollout: 'on' },
        old: { ...source, rollout: 'off' },
        tried: { ...source, rollout: 'shadow' },
      },
      qualify: { disqualified: is('emailDomain', 'disposable'), qualified: null },
    })
    const stream = leads(
      6,
      index =>
        [
          { missing: ['country'] },
          { source: 'fax' },
          { source: 'old' },
          { source: 'tried' },
          { emailDomain: 'disposable' as const },
          {},
        ][index] ?? {},
    )
    const { rows, report } = run(aSetting({ policy }), stream)
    expect(rows.map(({ after }) => after.outcome)).toEqual([
      'review',
      'review',
      'stored',
      'shadowed',
      'disqualified',
      'assigned',
    ])
    expect(report.result.reviews.map(({ name }) => name)).toEqual(['missing-critical', 'undeclared-source'])
    // A source in shadow takes no turn of the real ones.
    expect(report.result.pools.map(({ turns: taken }) => taken)).toEqual([1])
  })

  it('reads and enriches a submission as intake does', () => {
    const body = { source: 'demo-form', email: 'jo@example.de', company: 'Steel Bank AG' }
    const rules = [aRule('germany', { when: is('country', 'DE'), assign: toRep('dora') })]
    const { rows } = run(aSetting({ policy: aPolicy({ rules }) }), [
      { id: 'one', atMs: startMs, said: saidBy(body), past: null },
    ])
    expect(rows[0]?.after).toMatchObject({ owner: 'dora', rule: 'germany' })
  })

  it('compares the score that people got with the score that their turns were due', () => {
    const policy = {
      ...oneOfTwo({ ana: 1, ben: 1 }),
      score: [{ name: 'large', add: 10, when: atLeast('employees', 100) }],
    }
    const { report } = run(
      aSetting({ policy }),
      leads(100, index => ({ employees: index % 2 === 0 ? 1000 : 1 })),
    )
    // Every other lead is large, and turns alternate: one of the two gets all of them.
    expect(report.result.people.map(({ turnsScore }) => turnsScore).sort()).toEqual([0, 500])
    expect(report.result.people.map(({ turnsScoreDue }) => turnsScoreDue)).toEqual([250, 250])
  })
})

function oneOfTwo(weights: Record<string, number>): Policy {
  return aPolicy({
    pools: { [pool('uk-sdr')]: turns(weights) },
    otherwise: { assign: toPool('uk-sdr'), sla: 'normal' },
  })
}

function twoRules(): Policy {
  return aPolicy({
    rules: [
      aRule('uk', { when: is('country', 'GB') }),
      aRule('germany', { when: is('country', 'DE'), assign: toPool('ae-emea'), sla: 'hot' }),
    ],
  })
}

const movingOn: Sla = {
  clock: { kind: 'always' },
  acknowledge: null,
  stale: null,
  firstTouch: {
    withinMs: 4 * hourMs,
    steps: [
      { at: { fraction: 0.5, offsetMs: 0 }, do: ['remindOwner'] },
      { at: { fraction: 1, offsetMs: 0 }, do: ['reRoute'] },
    ],
  },
  reRoutes: { most: 1, then: toRep('gina') },
}
