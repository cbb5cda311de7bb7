import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { always } from '../../domain/calendar.js'
import { instant } from '../../domain/ids.js'
import { lintPolicy } from '../../domain/lint/lint.js'
import type { Roster } from '../../domain/people.js'
import type { Policy, Target } from '../../domain/policy.js'
import {
  all,
  any,
  aPolicy,
  aPerson,
  aRoster,
  aRule,
  atLeast,
  is,
  pool,
  prefix,
  rep,
  toPool,
  toRep,
  turns,
} from './a-policy.js'
import {
  type Fault,
  type Linted,
  lintText,
  linted,
  now,
  readFaults,
  rosterOf,
  said,
  sample,
} from './lint-faults.js'
import { largePolicy, largeRoster } from './lint-large.js'
import { isShown } from './lint-shown.js'

const faults = readFaults()

const results = new Map<Fault, Linted>()
/** Looked through once for all tests. */
function resultOf(fault: Fault): Linted {
  const result = results.get(fault) ?? linted(fault)
  results.set(fault, result)
  return result
}

describe('a fault in a policy', () => {
  it.each(faults)('is found: $sentence', fault => {
    const result = resultOf(fault)
    const { policy, roster, findings } = result
    const notes = fault.expected.filter(line => line.startsWith('note '))
    const told = findings.map(finding => said(finding, result))
    expect(told.filter(line => !line.startsWith('note ') || notes.includes(line))).toEqual(fault.expected)
    const unshown = findings.filter(finding => !isShown(policy, roster, finding))
    expect(unshown).toEqual([])
  })

  it('is one of many, and nearly each is shown by a lead, an instant or a circle', () => {
    const shown = faults.filter(fault => {
      const result = resultOf(fault)
      const wrong = result.findings.filter(finding => fault.expected.includes(said(finding, result)))
      return wrong.some(({ counterExample }) => counterExample !== null)
    })
    expect(faults.length).toBeGreaterThanOrEqual(40)
    expect(shown.length).toBeGreaterThanOrEqual(30)
  })

  it('says what would put it right', () => {
    const silent = faults.flatMap(fault =>
      resultOf(fault).findings.filter(({ suggestion }) => suggestion === ''),
    )
    expect(silent).toEqual([])
  })
})

describe('a sample policy', () => {
  const samples = readdirSync(new URL('../../policies/', import.meta.url)).flatMap(
    file => /^(.+)-people\.yaml$/.exec(file)?.[1] ?? [],
  )
  /** What the demo shows on purpose: a lead between two rules. */
  const meant: Record<string, string[]> = {
    demo: [
      'error ambiguous-rules "{ id: tails, when: { prod": rule tails is as specific as heads and can match the same lead; a person would be asked each time',
      'warning duplicate-rule "{ product: toss-up }, ass": rule tails matches the same leads as rule heads',
    ],
  }

  it.each(samples)('%s has nothing wrong with it', name => {
    const result = lintText(sample(`${name}.yaml`), rosterOf(sample(`${name}-people.yaml`)))
    const { policy, roster, findings } = result
    const wrong = findings.filter(({ severity }) => severity !== 'note').map(finding => said(finding, result))
    expect(wrong).toEqual(meant[name] ?? [])
    expect(findings.filter(finding => !isShown(policy, roster, finding))).toEqual([])
  })
})

describe('what no rule is about', () => {
  it('is said in a sentence', () => {
    const policy = aPolicy({
      rules: [
        aRule('uk', { when: all(is('country', 'GB'), prefix('BN', 'RH')) }),
        aRule('large', { when: all(is('country', 'DE'), atLeast('employees', 50)) }),
      ],
    })
    expect(notesOf(policy)).toEqual([
      'no rule is about leads of which this is true: country is none of GB and DE or (country is GB and not (postcode begins with BN or RH))',
      'no rule is about leads of which this is true: not (country is GB and postcode begins with BN or RH) and (employees is less than 50 or employees is missing)',
    ])
  })

  it('is nothing where the rules take every lead', () => {
    const policy = aPolicy({
      rules: [
        aRule('small', { when: any({ kind: 'not', of: atLeast('employees', 50) }) }),
        aRule('large', { when: atLeast('employees', 50) }),
      ],
    })
    expect(notesOf(policy)).toEqual([])
  })
})

describe('a territory as wide as the one around it', () => {
  const countries = is('country', 'GB', 'DE', 'AT', 'CH')
  const inner = all(countries, is('country', 'DE', 'AT', 'CH'))
  const between = (within: string | null) =>
    lintPolicy(
      aPolicy({
        rules: [
          aRule('emea', { when: is('territory', 'emea') }),
          aRule('dach', { when: is('territory', 'dach') }),
        ],
        territories: {
          emea: { when: countries, within: null, manager: null },
          dach: { when: inner, within, manager: null },
        },
      }),
      aRoster(),
      { atMs: now },
    ).filter(({ severity }) => severity === 'error')

  it('is no fault when it lies within it', () => {
    expect(between('emea')).toEqual([])
  })

  it('is one when the policy does not say so', () => {
    expect(between(null).map(({ check }) => check)).toEqual(['overlapping-territories'])
  })

  it('can be put right in that way, which lint suggests', () => {
    expect(between(null).map(({ suggestion }) => suggestion)).toEqual([
      'draw the border between emea and dach, put one `within` the other, or give one of the rules a rank',
    ])
  })
})

describe('queues in a circle', () => {
  const queue = (then: Target) =>
    turns({ ana: 1, ben: 1 }, { choice: { by: 'queue', acceptWithinMs: 60_000, then } })
  const pools = {
    ...aPolicy().pools,
    [pool('first')]: queue(toPool('second')),
    [pool('second')]: queue(toPool('third')),
    [pool('third')]: queue(toPool('second')),
  }
  const shownIn = (policy: Policy, roster: Roster | null = aRoster()) =>
    lintPolicy(policy, roster, { atMs: now }).filter(({ check }) => check === 'backup-cycle')

  it('are shown by a lead that comes into the circle from outside', () => {
    const policy = aPolicy({
      pools,
      rules: [aRule('uk', { when: is('country', 'GB'), assign: toPool('first') })],
    })
    const [finding, ...others] = shownIn(policy)
    expect(finding).toMatchObject({
      severity: 'error',
      path: ['pools', 'second', 'then'],
      counterExample: { lead: { country: 'GB' } },
    })
    expect(finding?.message).toContain('second, then third, then second')
    expect(finding === undefined || isShown(policy, aRoster(), finding)).toBe(true)
    expect(others).toEqual([])
  })

  it.each([
    { says: 'a backup alone leads into them', rules: [aRule('uk', { backup: toPool('first') })] },
    { says: 'nothing does', rules: [] },
  ])('are named where $says', ({ rules }) => {
    expect(shownIn(aPolicy({ pools, rules }))).toMatchObject([
      { severity: 'error', counterExample: { cycle: ['second', 'third', 'second'] } },
    ])
  })

  it('are none where a person, or several who take turns, stand behind the last', () => {
    const ending = (then: Target) => aPolicy({ pools: { ...pools, [pool('third')]: queue(then) } })
    expect(shownIn(ending(toRep('gina')))).toEqual([])
    const fallback = { ...ending(toPool('uk-sdr')), otherwise: { assign: toPool('first'), sla: 'normal' } }
    expect(shownIn(fallback)).toEqual([])
    expect(shownIn(fallback, null)).toEqual([])
  })
})

describe('people and pools', () => {
  it('are not spoken of where nobody says who there is', () => {
    const policy = aPolicy({ pools: { [pool('anyone')]: turns({ nobody: 1 }) } })
    expect(checksOf(policy, null)).not.toContain('unknown-person')
    expect(checksOf(policy, null)).not.toContain('empty-pool')
  })

  it('are wrong in a policy made by hand whose pool has a cap of nought', () => {
    const capped = turns({ ana: 1 }, { caps: { open: null, perDay: 0, perWeek: null } })
    const policy = aPolicy({ pools: { ...aPolicy().pools, [pool('anyone')]: capped } })
    expect(checksOf(policy)).toContain('error empty-pool')
  })

  it('are wrong where managers go round in a circle', () => {
    const people = [aPerson('ana', { manager: rep('ben') }), aPerson('ben', { manager: rep('ana') })]
    const findings = lintPolicy(aPolicy(), aRoster({ people }), { atMs: now })
    const circle = findings.find(({ check, path }) => check === 'backup-cycle' && path.length === 0)
    expect(circle?.counterExample).toEqual({ cycle: ['ana', 'ben', 'ana'] })
  })

  it('are right where a queue at night leaves its leads to somebody who is there', () => {
    const nights = { ...always, hours: { mon: always.hours.mon } }
    const policy = aPolicy({
      rules: [aRule('all', { assign: toPool('uk-sdr'), backup: toRep('hugo') })],
      pools: { ...aPolicy().pools, [pool('uk-sdr')]: turns({ ana: 1, ben: 1 }, { inHoursOnly: true }) },
    })
    const people = aRoster().people.map(person =>
      person.id === 'ana' || person.id === 'ben' ? { ...person, calendar: nights } : person,
    )
    expect(checksOf(policy, aRoster({ people }))).not.toContain('warning impossible-sla')
  })
})

describe('a question that is too large', () => {
  /** Does this sum of nearly equal numbers come to that? Nobody knows a quick way. */
  const hard = aPolicy({
    score: Array.from({ length: 40 }, (_, index) => ({
      name: `criterion ${index}`,
      add: 1_000 - index * 7,
      when: is(`fields.answer${index}`, true),
    })),
    sources: {
      form: {
        rollout: 'on',
        campaign: 'demo',
        required: [],
        critical: [],
        form: null,
        fields: Array.from({ length: 40 }, (_, index) => `answer${index}`),
      },
    },
    rules: [aRule('exactly', { when: is('score', 13_337.0) }), aRule('never', { when: is('score', 40_001) })],
  })

  it('is named, and no answer is made up', () => {
    const findings = lintPolicy(hard, null, { atMs: now })
    const bounded = findings.filter(({ check }) => check === 'bounded').map(({ message }) => message)
    const answered = findings.filter(({ severity }) => severity === 'error').map(({ path }) => path[1])
    expect(bounded).toContain('whether rule exactly can match: not decided within 20000 steps of the search')
    expect(answered).toEqual([1])
  })
})

describe('a field of which numbers and beginnings are asked', () => {
  it('is said to be taken apart only roughly', () => {
    const [source] = Object.values(aPolicy().sources)
    if (source === undefined) throw new Error('the policy of tests has no source')
    const policy = aPolicy({
      sources: { form: { ...source, fields: ['code'] } },
      rules: [
        aRule('large', { when: atLeast('fields.code', 50) }),
        aRule('fifties', { when: { kind: 'prefix', field: 'fields.code', prefixes: ['5'] }, rank: 1 }),
      ],
    })
    const notes = lintPolicy(policy, null, { atMs: now }).filter(({ check }) => check === 'bounded')
    expect(notes.map(({ message }) => message)).toEqual([
      'the tests of fields.code, which ask for numbers and for how a text begins: taken apart only roughly, so that a finding about it may be missing',
    ])
  })
})

describe('a policy of 500 rules, 300 reps and 50 pools', { timeout: 120_000 }, () => {
  it.each(['postcodes', 'mixed', 'score', 'overlapping'])('is looked through: %s', way => {
    const [policy, roster] = [largePolicy(way, 500), largeRoster()]
    const findings = lintPolicy(policy, roster, { atMs: now })
    expect(findings.length).toBeGreaterThan(0)
    expect(findings.filter(finding => !isShown(policy, roster, finding))).toEqual([])
  })
})

function notesOf(policy: Policy): string[] {
  return lintPolicy(policy, null, { atMs: instant(0) })
    .filter(({ check, path }) => check === 'coverage' && path[0] === 'otherwise')
    .map(({ message }) => message.split(';')[0] ?? '')
}

function checksOf(policy: Policy, roster: Roster | null = aRoster()): string[] {
  return lintPolicy(policy, roster, { atMs: now }).map(({ severity, check }) => `${severity} ${check}`)
}
