import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Condition, type ConditionFacts, holds } from '../../domain/condition.js'
import { matchRules, poolsToLock } from '../../domain/matching.js'
import type { Policy, Rule } from '../../domain/policy.js'
import { matchingRules } from '../../domain/rule-index.js'
import {
  aKnownLead,
  all,
  anAccount,
  any,
  aPerson,
  aPolicy,
  aRoster,
  aRule,
  atLeast,
  everyLead,
  is,
  not,
  pool,
  prefix,
  toAccountOwner,
  toPool,
  toRep,
  turns,
} from './a-policy.js'

const uk = aRule('uk', { when: is('country', 'GB') })
const ukSouth = aRule('uk-south', { when: all(is('country', 'GB'), prefix('BN', 'RH')) })
const ukDemo = aRule('uk-demo', { when: all(is('country', 'GB'), is('campaign', 'demo')), sla: 'hot' })
const ukLarge = aRule('uk-large', { when: all(is('country', 'GB'), atLeast('employees', 1000)) })
const global = aRule('global', { exception: true, when: is('campaign', 'demo'), assign: toRep('gina') })
const urgent = aRule('urgent', { exception: true, when: is('urgency', 'high') })
const dach = aRule('dach', { when: is('territory', 'dach') })
const nestedTerritories: Policy['territories'] = {
  emea: { when: is('country', 'GB', 'DE', 'AT', 'CH'), within: null, manager: null },
  dach: {
    when: all(is('country', 'GB', 'DE', 'AT', 'CH'), is('country', 'DE', 'AT', 'CH')),
    within: 'emea',
    manager: null,
  },
}
const accounts: Policy['accounts'] = { assign: toAccountOwner, backup: toPool('ae-emea'), sla: 'hot' }

describe('the rule that decides', () => {
  const cases: [
    sentence: string,
    rules: Rule[],
    changes: Partial<Policy>,
    lead: Partial<ConditionFacts>,
    rule: string,
  ][] = [
    ['is the fallback when no rule matches', [uk], {}, { country: 'FR' }, 'otherwise'],
    ['is the only one that matches', [uk, ukDemo], {}, { campaign: null }, 'uk'],
    ['is the one with more dimensions', [uk, ukDemo], {}, {}, 'uk-demo'],
    ['is the one with the narrower territory', [uk, ukSouth], {}, { postcode: 'BN1' }, 'uk-south'],
    ['is an exception, though a standard rule is more specific', [ukDemo, global], {}, {}, 'global'],
    ['is the first exception of the document', [urgent, global], {}, { urgency: 'high' }, 'urgent'],
    [
      'is the other exception when the document turns them',
      [global, urgent],
      {},
      { urgency: 'high' },
      'global',
    ],
    [
      'is the account owner before any standard rule',
      [uk, ukDemo],
      { accounts },
      { account: anAccount('dora') },
      'account owner',
    ],
    [
      'is an exception before the account owner',
      [global],
      { accounts },
      { account: anAccount('dora') },
      'global',
    ],
    ['is no account owner for a lead without an account', [uk], { accounts }, {}, 'uk'],
    [
      'is no account owner in a policy that says nothing of accounts',
      [uk],
      {},
      { account: anAccount('dora') },
      'uk',
    ],
    [
      'is the lower rank between equals',
      [ranked(ukDemo, 2), ranked(ukLarge, 1)],
      {},
      { employees: 1000 },
      'uk-large',
    ],
    [
      'is the ranked one between equals, when the other is not',
      [ukDemo, ranked(ukLarge, 9)],
      {},
      { employees: 1000 },
      'uk-large',
    ],
    [
      'is that of the inner of two territories, though a rank would have it otherwise',
      [ranked(aRule('emea', { when: is('territory', 'emea') }), 1), dach],
      { territories: nestedTerritories },
      { country: 'DE', territories: ['emea', 'dach'] },
      'dach',
    ],
    ['is not the ranked one against a more specific', [ranked(uk, 1), ukDemo], {}, {}, 'uk-demo'],
  ]
  it.each(cases)('%s', (_, rules, changes, lead, rule) => {
    expect(matchRules(aPolicy({ rules, ...changes }), aKnownLead(lead))).toMatchObject({
      kind: 'matched',
      rule,
    })
  })

  it('was nobody for leads of nested territories before engine 3, so that a person was asked', () => {
    const rules = [aRule('emea', { when: is('territory', 'emea') }), dach]
    const policy = aPolicy({ rules, territories: nestedTerritories })
    const lead = aKnownLead({ country: 'DE', territories: ['emea', 'dach'] })
    expect(matchRules(policy, lead, null, 'ignored')).toMatchObject({
      kind: 'ambiguous',
      between: ['emea', 'dach'],
    })
    expect(matchRules(policy, lead)).toMatchObject({
      rule: 'dach',
      outcomes: [
        { rule: 'emea', outcome: 'lost', why: 'wider territory: within no other against within 1 other' },
        { rule: 'dach', outcome: 'won', why: 'the most specific: 1 dimension' },
      ],
    })
  })

  it('does not depend on where a standard rule stands in the document', () => {
    const rules = [uk, ukDemo, ukSouth]
    for (const turned of [rules, [...rules].reverse()]) {
      expect(matchRules(aPolicy({ rules: turned }), aKnownLead({ postcode: 'BN1' }))).toMatchObject({
        rule: 'uk-demo',
      })
    }
  })
})

describe('rules of equal specificity', () => {
  const tied = { rules: [uk, ukDemo, ukLarge] }
  const large = aKnownLead({ employees: 1000 })

  it('leave the choice to a person', () => {
    expect(matchRules(aPolicy(tied), large)).toMatchObject({
      kind: 'ambiguous',
      between: ['uk-demo', 'uk-large'],
    })
  })

  it('stay ambiguous when their ranks are the same', () => {
    const rules = [ranked(ukDemo, 1), ranked(ukLarge, 1)]
    expect(matchRules(aPolicy({ rules }), large).kind).toBe('ambiguous')
  })

  it('leave out of the question a third that is ranked behind them', () => {
    const third = aRule('uk-referred', { when: all(is('country', 'GB'), is('source', 'demo-form')), rank: 2 })
    const rules = [ranked(ukDemo, 1), ranked(ukLarge, 1), third]
    expect(matchRules(aPolicy({ rules }), large)).toMatchObject({
      between: ['uk-demo', 'uk-large'],
      outcomes: expect.arrayContaining([
        { rule: 'uk-referred', outcome: 'lost', why: 'as specific as uk-demo, and rank 2 against rank 1' },
      ]),
    })
  })

  it('are settled by the rule that a person chose', () => {
    const match = matchRules(aPolicy(tied), large, 'uk-large')
    expect(match).toMatchObject({
      kind: 'matched',
      rule: 'uk-large',
      outcomes: [
        { rule: 'uk', outcome: 'lost', why: 'less specific: 1 dimension against 2' },
        { rule: 'uk-demo', outcome: 'lost', why: 'as specific as uk-large, which a person chose' },
        { rule: 'uk-large', outcome: 'won', why: 'a person chose it between equally specific rules' },
      ],
    })
  })

  it('are not settled by a rule that was not in question', () => {
    expect(matchRules(aPolicy(tied), large, 'uk').kind).toBe('ambiguous')
  })

  it('lend their most urgent service level to a lead that a person sends past them', () => {
    const policy = aPolicy({ rules: [ukLarge, ukDemo] })
    expect(matchRules(policy, large).sla).toBe('hot')
  })
})

describe('the reasons of the rules', () => {
  const cases: [
    sentence: string,
    rules: Rule[],
    changes: Partial<Policy>,
    lead: Partial<ConditionFacts>,
    outcomes: string[],
  ][] = [
    ['say that nothing matched', [], {}, {}, ['otherwise won: no rule matched']],
    [
      'say how specific the winner is, and what each other lacks',
      [uk, ukSouth, ukDemo],
      {},
      { postcode: 'BN1' },
      [
        'uk lost: less specific: 1 dimension against 2',
        'uk-south lost: less specific: 1 dimension against 2',
        'uk-demo won: the most specific: 2 dimensions',
      ],
    ],
    [
      'say whose territory is narrower',
      [uk, ukSouth],
      {},
      { postcode: 'BN1', campaign: null },
      [
        'uk lost: wider territory: country against postcode to 2 characters',
        'uk-south won: the most specific: 1 dimension',
      ],
    ],
    [
      'say which rank decided',
      [ranked(ukDemo, 1), ukLarge],
      {},
      { employees: 1000 },
      [
        'uk-demo won: rank 1 among 2 equally specific rules',
        'uk-large lost: as specific as uk-demo, and no rank against rank 1',
      ],
    ],
    [
      'say between what a person must choose',
      [uk, ukDemo, ukLarge],
      {},
      { employees: 1000 },
      [
        'uk lost: less specific: 1 dimension against 2',
        'uk-demo lost: as specific as uk-large, and no rank decides',
        'uk-large lost: as specific as uk-demo, and no rank decides',
      ],
    ],
    [
      'say that an exception came before everything else that matched',
      [uk, urgent, global],
      { accounts },
      { urgency: 'high', account: anAccount('dora') },
      [
        'urgent won: exception rules come first',
        'global lost: exception rule urgent stands before it in the policy',
        'account owner lost: exception rule urgent comes before it',
        'uk lost: exception rule urgent comes before it',
      ],
    ],
    [
      'say that the account came before the standard rules',
      [uk],
      { accounts },
      { account: anAccount(null) },
      [
        'account owner won: the lead belongs to an account',
        'uk lost: the account owner comes before standard rules',
      ],
    ],
  ]
  it.each(cases)('%s', (_, rules, changes, lead, expected) => {
    const { outcomes } = matchRules(aPolicy({ rules, ...changes }), aKnownLead(lead))
    expect(outcomes.map(({ rule, outcome, why }) => `${rule} ${outcome}: ${why}`)).toEqual(expected)
  })
})

describe('the pools to lock', () => {
  it('are every pool of the chain, once, by id, with their members by id', () => {
    const targets = [toPool('uk-sdr'), toRep('gina'), toPool('anyone'), toPool('uk-sdr')]
    const policy = aPolicy({ pools: { ...aPolicy().pools, [pool('uk-sdr')]: turns({ cleo: 50, ana: 100 }) } })
    expect(poolsToLock(policy, targets, aRoster())).toEqual([
      { pool: 'anyone', members: members({ ana: 100, ben: 100, cleo: 100 }) },
      { pool: 'uk-sdr', members: members({ ana: 100, cleo: 50 }) },
    ])
  })

  it('have whoever holds the role at that time', () => {
    const people = [aPerson('zoe'), aPerson('ana', { role: 'ae' }), aPerson('ben')]
    expect(poolsToLock(aPolicy(), [toPool('anyone')], aRoster({ people }))).toEqual([
      { pool: 'anyone', members: members({ ben: 100, zoe: 100 }) },
    ])
  })

  it('may have a member who is called role', () => {
    const policy = aPolicy({ pools: { [pool('odd')]: turns({ role: 3 }) } })
    expect(poolsToLock(policy, [toPool('odd')], aRoster())).toEqual([
      { pool: 'odd', members: members({ role: 3 }) },
    ])
  })

  it('are refused when the policy does not have them', () => {
    expect(() => poolsToLock(aPolicy(), [toPool('nowhere')], aRoster())).toThrow('no pool nowhere')
  })
})

describe('the index of rules', () => {
  it('finds exactly the rules whose conditions hold, in the order of the document', () => {
    fc.assert(
      fc.property(fc.array(someCondition, { maxLength: 80 }), someLead, (conditions, lead) => {
        const policy = aPolicy({ rules: conditions.map((when, at) => aRule(`r-${at}`, { when })) })
        expect(matchingRules(policy, lead).map(({ rule }) => rule.id)).toEqual(
          policy.rules.filter(({ when }) => holds(when, lead)).map(({ id }) => id),
        )
      }),
      { numRuns: 300, seed: 7 },
    )
  })
})

const someText = fc.constantFrom('GB', 'gb', ' DE ', 'a', 'b', 'c')
const someTest: fc.Arbitrary<Condition> = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('country', 'industry', 'territory', 'segment', 'fields.plan', 'consent'),
      fc.array(someText, { maxLength: 3 }),
    )
    .map(([field, values]) => is(field, ...values)),
  fc.constantFrom(
    is('consent', true),
    is('employees', 5),
    is('industry', 5),
    atLeast('employees', 5),
    everyLead,
  ),
)
const { condition: someCondition } = fc.letrec<{ condition: Condition }>(tie => ({
  condition: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    someTest,
    fc.array(tie('condition'), { maxLength: 3 }).map(of => all(...of)),
    fc.array(tie('condition'), { maxLength: 3 }).map(of => any(...of)),
    tie('condition').map(not),
  ),
}))
const maybe = fc.option(someText)
const someLead: fc.Arbitrary<ConditionFacts> = fc
  .record({
    country: maybe,
    industry: fc.option(fc.constantFrom('a', 'B', '5', '')),
    segment: maybe,
    territories: fc.uniqueArray(someText, { maxLength: 3 }),
    consent: fc.option(fc.boolean()),
    employees: fc.option(fc.nat(9)),
    fields: fc.record({ plan: someText }),
  })
  .map(aKnownLead)

function members(weights: Record<string, number>): { rep: string; weight: number }[] {
  return Object.entries(weights).map(([rep, weight]) => ({ rep, weight }))
}

function ranked(rule: Rule, rank: number): Rule {
  return { ...rule, rank }
}
