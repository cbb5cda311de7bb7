import { describe, expect, it } from 'vitest'
import type { Condition } from '../../domain/condition.js'
import type { RoutingFacts } from '../../domain/lead.js'
import type { Policy } from '../../domain/policy.js'
import { profileOf } from '../../domain/score.js'
import { aLead, aPolicy, atLeast, everyLead, is, not, prefix } from './a-policy.js'

const policy = aPolicy({
  score: [
    { name: 'enterprise size', add: 40, when: atLeast('employees', 1000) },
    { name: 'asked for a demo', add: 30, when: is('campaign', 'demo') },
    { name: 'free mail', add: -20, when: is('emailDomain', 'free') },
  ],
  qualify: { disqualified: is('emailDomain', 'disposable'), qualified: atLeast('score', 40) },
  segments: [
    { id: 'enterprise', when: atLeast('employees', 1000) },
    { id: 'hot', when: atLeast('score', 30) },
    { id: 'small', when: everyLead },
  ],
  territories: {
    uk: { when: is('country', 'GB'), within: null, manager: null },
    'uk-south': { when: prefix('BN', 'RH'), within: null, manager: null },
    dach: { when: is('country', 'DE', 'AT', 'CH'), within: null, manager: null },
  },
})

describe('a score', () => {
  const cases: [sentence: string, lead: Partial<RoutingFacts>, total: number, reasons: string[]][] = [
    ['is 0 without a criterion that holds', { campaign: null }, 0, []],
    ['adds up what holds', { employees: 1000 }, 70, ['enterprise size', 'asked for a demo']],
    ['takes off what counts against a lead', { emailDomain: 'free' }, 10, ['asked for a demo', 'free mail']],
    ['may be below 0', { campaign: null, emailDomain: 'free' }, -20, ['free mail']],
    ['knows nothing of a missing value', { employees: null }, 30, ['asked for a demo']],
  ]
  it.each(cases)('%s', (_, lead, total, reasons) => {
    const { score } = profileOf(policy, aLead(lead))
    expect(score.total).toBe(total)
    expect(score.reasons.map(({ name }) => name)).toEqual(reasons)
  })

  it('gives each reason with what it added', () => {
    expect(profileOf(policy, aLead({ emailDomain: 'free' })).score.reasons).toEqual([
      { name: 'asked for a demo', add: 30 },
      { name: 'free mail', add: -20 },
    ])
  })
})

describe('the qualification', () => {
  const cases: [sentence: string, lead: Partial<RoutingFacts>, changes: Partial<Policy>, expected: string][] =
    [
      ['is raw below what the policy asks for', {}, {}, 'raw'],
      [
        'is qualified by the score, exactly at its limit',
        { employees: 1000, campaign: null },
        {},
        'qualified',
      ],
      [
        'is disqualified however high the score',
        { employees: 5000, emailDomain: 'disposable' },
        {},
        'disqualified',
      ],
      ['is raw where the policy says nothing', { employees: 5000 }, { qualify: silent() }, 'raw'],
    ]
  it.each(cases)('%s', (_, lead, changes, expected) => {
    expect(profileOf({ ...policy, ...changes }, aLead(lead)).qualification).toBe(expected)
  })
})

describe('the segment', () => {
  const cases: [sentence: string, lead: Partial<RoutingFacts>, segment: string][] = [
    ['is the first that holds, though others do', { employees: 2000 }, 'enterprise'],
    ['may ask about the score', { employees: 10 }, 'hot'],
    ['is the one for the rest when no other holds', { campaign: null }, 'small'],
  ]
  it.each(cases)('%s', (_, lead, segment) => {
    expect(profileOf(policy, aLead(lead)).segment).toBe(segment)
  })

  it('is missing when none holds', () => {
    expect(profileOf(aPolicy(), aLead()).segment).toBeNull()
  })
})

describe('the territories', () => {
  const cases: [sentence: string, lead: Partial<RoutingFacts>, territories: string[]][] = [
    ['are all in which the lead lies, by their ids', { postcode: 'BN1' }, ['uk', 'uk-south']],
    ['are none for a lead from elsewhere', { country: 'FR', postcode: '75001' }, []],
    ['are none for a lead without a place', { country: null }, []],
  ]
  it.each(cases)('%s', (_, lead, territories) => {
    expect(profileOf(policy, aLead(lead)).territories).toEqual(territories)
  })

  it('do not depend on the order in which the policy names them', () => {
    const turned = {
      ...policy,
      territories: Object.fromEntries(Object.entries(policy.territories).reverse()),
    }
    expect(profileOf(turned, aLead({ postcode: 'BN1' })).territories).toEqual(['uk', 'uk-south'])
  })
})

describe('what is found out', () => {
  const asksLater: [sentence: string, when: Condition][] = [
    ['a qualification', is('qualification', 'qualified')],
    ['a segment', is('segment', 'enterprise')],
    ['a territory', is('territory', 'uk')],
  ]
  it.each(asksLater)('comes too late for a score that asks about %s', (_, when) => {
    const asking = { ...policy, score: [{ name: 'too early', add: 5, when }] }
    expect(profileOf(asking, aLead({ employees: 5000 })).score.total).toBe(0)
  })

  it('can be asked about by rules, beside what the lead said', () => {
    const lead = aLead({ employees: 2000, postcode: 'BN1' })
    expect(profileOf(policy, lead).known).toEqual({
      ...lead,
      score: 70,
      qualification: 'qualified',
      segment: 'enterprise',
      territories: ['uk', 'uk-south'],
    })
  })

  it('lets a territory ask about the segment', () => {
    const asking = {
      ...policy,
      territories: { enterprises: { when: not(is('segment', 'small')), within: null, manager: null } },
    }
    expect(profileOf(asking, aLead({ employees: 2000 })).territories).toEqual(['enterprises'])
  })
})

function silent(): Policy['qualify'] {
  return { disqualified: null, qualified: null }
}
