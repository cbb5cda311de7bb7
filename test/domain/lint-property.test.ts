import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Condition, holds } from '../../domain/condition.js'
import { instant } from '../../domain/ids.js'
import type { RoutingFacts } from '../../domain/lead.js'
import { uncoveredRegions } from '../../domain/lint/coverage.js'
import { lintPolicy } from '../../domain/lint/lint.js'
import { surveyOf } from '../../domain/lint/survey.js'
import type { Policy } from '../../domain/policy.js'
import { profileOf } from '../../domain/score.js'
import {
  all,
  any,
  anAccount,
  aPolicy,
  aRule,
  atLeast,
  everyLead,
  exists,
  is,
  not,
  postcodes,
  prefix,
  toAccountOwner,
  toPool,
} from './a-policy.js'
import { goesBy, isBetween, isShown, type Seen, seen } from './lint-shown.js'

const groupNames = ['place', 'wish', 'size', 'origin', 'company', 'account'] as const
type Group = (typeof groupNames)[number]

const intents: RoutingFacts['fields'][] = [
  {},
  { intent: 40 },
  { intent: 80 },
  { intent: '85' },
  { intent: 'high' },
]
const mails = [null, 'business', 'free', 'disposable'] as const

/**
 * A small world: for each of a few groups of fields every value that matters to a condition of these tests, so that
 * whatever is true of all leads can be found out by looking at every one of them.
 */
const world: Record<Group, readonly Partial<RoutingFacts>[]> = {
  place: [
    {},
    ...['B1', 'B12', 'BN1', 'BN12', 'BN2', '80331', '80999', '81000', '80', '8', '805', 'ZZ9'].map(
      postcode => ({ postcode }),
    ),
    ...['GB', 'DE', 'FR', 'AR'].map(country => ({ country })),
    ...['B1', 'B12', 'BN1', 'BN12', 'BN2', 'M1', 'BN1A'].map(postcode => ({ country: 'GB', postcode })),
    ...['80331', '80999', '81000', '10115', '80330'].map(postcode => ({ country: 'DE', postcode })),
    ...['80331', '80999', '81000', '10115', '80330'].map(postcode => ({ country: 'FR', postcode })),
    ...['B1', 'BN1', 'BN12', '80331', '80999', '805', '81', 'X1'].map(postcode => ({
      country: 'AR',
      postcode,
    })),
    ...['GB-ENG', 'GB-SCT'].flatMap(region => [
      { country: 'GB', region },
      ...['B1', 'B12', 'BN1', 'BN12', 'BN2', 'M1'].map(postcode => ({ country: 'GB', region, postcode })),
    ]),
    ...['DE-BY', 'DE-BE'].flatMap(region => [
      { country: 'DE', region },
      ...['80331', '80999', '81000', '10115', '80330'].map(postcode => ({ country: 'DE', region, postcode })),
    ]),
    { country: 'AR', region: 'AR-B' },
  ],
  wish: [{}, ...['shoes', 'Hats', 'hat stands', 'something else'].map(product => ({ product }))],
  size: [{}, ...[0, 9, 10, 11, 99, 100, 5000].map(employees => ({ employees }))],
  origin: [
    { source: 'form', campaign: 'general' },
    { source: 'form', campaign: 'fairs' },
    { source: 'form', campaign: 'another' },
    ...['general', 'fairs'].flatMap(campaign => intents.map(fields => ({ source: 'api', campaign, fields }))),
    { source: 'elsewhere', campaign: null },
    { source: 'elsewhere', campaign: 'fairs' },
  ],
  company: [
    ...mails.flatMap(emailDomain => [{ emailDomain }, { emailDomain, lists: ['named'] }]),
    { emailDomain: 'business', lists: ['named', 'partners'] },
    { emailDomain: 'business', lists: ['partners'] },
  ],
  account: [{}, { account: anAccount(null) }, { account: { id: 'other', tier: 'gold', owner: null } }],
}

const tests: Record<Group, Condition[]> = {
  place: [
    is('country', 'GB'),
    is('country', 'DE', 'FR'),
    exists('country'),
    is('region', 'GB-ENG', 'DE-BY'),
    prefix('BN'),
    prefix('B', 'BN1'),
    prefix('80'),
    postcodes('80331', '80999'),
    exists('postcode'),
    is('territory', 'south'),
    is('territory', 'sussex'),
    is('territory', 'uk', 'bavaria'),
  ],
  wish: [
    is('product', 'shoes'),
    is('product', 'hats', 'Shoes'),
    { kind: 'prefix', field: 'product', prefixes: ['hat'] },
    exists('product'),
  ],
  size: [
    atLeast('employees', 10),
    atLeast('employees', 100),
    is('employees', 10),
    is('segment', 'large'),
    is('segment', 'small'),
  ],
  origin: [
    is('source', 'form'),
    is('campaign', 'fairs'),
    exists('campaign'),
    atLeast('fields.intent', 80),
    is('fields.intent', 'high'),
  ],
  company: [
    is('emailDomain', 'free', 'business'),
    { kind: 'onList', list: 'named' },
    { kind: 'onList', list: 'partners' },
  ],
  account: [exists('account'), is('accountTier', 'gold')],
}
const worked: Condition[] = [atLeast('score', 30), atLeast('score', 50), is('qualification', 'qualified')]

function conditionOn(groups: readonly Group[], more: readonly Condition[] = []): fc.Arbitrary<Condition> {
  const test = fc.constantFrom(...groups.flatMap(group => tests[group]), ...more)
  const negatable = fc.oneof({ weight: 3, arbitrary: test }, { weight: 1, arbitrary: test.map(not) })
  return fc.oneof(
    { weight: 2, arbitrary: negatable },
    { weight: 4, arbitrary: fc.array(negatable, { minLength: 2, maxLength: 3 }).map(parts => all(...parts)) },
    { weight: 1, arbitrary: fc.tuple(negatable, negatable).map(parts => any(...parts)) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(negatable, negatable, negatable)
        .map(([one, two, three]) => all(one, not(all(two, three)))),
    },
    { weight: 1, arbitrary: fc.constant(everyLead) },
  )
}

/** Criteria and segments may ask for anything but what is worked out after them. */
const early = (group: Group) =>
  tests[group].filter(test => !('field' in test && ['segment', 'territory'].includes(test.field)))

const smallPolicy = fc.subarray([...groupNames], { minLength: 1, maxLength: 2 }).chain(groups => {
  const simple = fc.constantFrom(...groups.flatMap(early))
  const rule = fc.record({
    when: conditionOn(groups, worked),
    exception: fc.oneof(
      { weight: 4, arbitrary: fc.constant(false) },
      { weight: 1, arbitrary: fc.constant(true) },
    ),
    rank: fc.constantFrom(null, null, null, 1, 2),
  })
  return fc.record({
    groups: fc.constant(groups),
    rules: fc.array(rule, { minLength: 1, maxLength: 5 }),
    score: fc.array(fc.tuple(simple, fc.constantFrom(-20, 20, 30)), { maxLength: 4 }),
    disqualified: fc.option(simple, { freq: 2 }),
    hasAccounts: fc.boolean(),
  })
})

type Small = typeof smallPolicy extends fc.Arbitrary<infer Value> ? Value : never

function policyOf({ rules, score, disqualified, hasAccounts }: Small): Policy {
  const source = { rollout: 'on' as const, required: [], critical: [], form: null }
  return aPolicy({
    sources: {
      form: { ...source, campaign: 'general', fields: [] },
      api: { ...source, campaign: 'fairs', fields: ['intent'] },
    },
    lists: { named: ['globex', 'globex.com'], partners: ['globex.com', 'initech.com'] },
    score: score.map(([when, add], index) => ({ name: `criterion ${index}`, add, when })),
    qualify: { disqualified, qualified: atLeast('score', 40) },
    segments: [
      { id: 'large', when: atLeast('employees', 100) },
      { id: 'small', when: exists('employees') },
    ],
    territories: {
      uk: { when: is('country', 'GB'), within: null, manager: null },
      south: { when: all(is('country', 'GB'), prefix('BN')), within: 'uk', manager: null },
      // As wide as what is around it, so that only the nesting tells them apart.
      sussex: { when: all(is('country', 'GB'), prefix('BN')), within: 'south', manager: null },
      bavaria: {
        when: all(is('country', 'DE'), any(is('region', 'DE-BY'), prefix('80'))),
        within: null,
        manager: null,
      },
    },
    rules: rules.map((rule, index) => aRule(`r${index}`, rule)),
    accounts: hasAccounts ? { assign: toAccountOwner, backup: toPool('ae-emea'), sla: 'hot' } : null,
  })
}

/** What the engine does with every lead of the world. */
function everyLeadOf(policy: Policy, groups: readonly Group[]): Seen[] {
  const leads = groups.reduce<Partial<RoutingFacts>[]>(
    (known, group) => known.flatMap(lead => world[group].map(part => ({ ...lead, ...part }))),
    [{ source: 'form', campaign: 'general' }],
  )
  return leads.map(part => seen(policy, { ...nobody, ...part }))
}

describe('what lint says of a small policy', () => {
  it('is what looking at every lead comes to', () => {
    fc.assert(
      fc.property(smallPolicy, small => {
        const policy = policyOf(small)
        const leads = everyLeadOf(policy, small.groups)
        const findings = lintPolicy(policy, null, { atMs: instant(1_767_225_600_000) })
        expect(findings.filter(({ check }) => check === 'bounded')).toEqual([])
        for (const [index, { id }] of policy.rules.entries()) {
          const said = findings
            .filter(({ severity, path }) => severity === 'error' && path[0] === 'rules' && path[1] === index)
            .map(({ check }) => check)
          const reach = leads.filter(({ match, matching }) => match !== null && matching.has(id))
          const isNever = said.includes('unreachable-rule') || said.includes('unfilled-field')
          expect([id, isNever], 'unreachable').toEqual([id, reach.length === 0])
          const wins = leads.some(({ match }) => isBetween(match, id) || goesBy(match, id))
          const isTwin = findings.some(
            ({ check, message }) => check === 'duplicate-rule' && message.includes(`rule ${id}`),
          )
          if (!isTwin)
            expect([id, said.includes('shadowed-rule')], 'shadowed').toEqual([id, reach.length > 0 && !wins])
        }
        const isTied = findings.some(
          ({ check }) => check === 'ambiguous-rules' || check === 'overlapping-territories',
        )
        expect(isTied, 'ambiguous').toBe(leads.some(({ match }) => match?.kind === 'ambiguous'))
      }),
      { numRuns: 300 },
    )
  })

  it('covers with its regions every lead that reaches only the fallback, and none that a rule has', () => {
    fc.assert(
      fc.property(smallPolicy, small => {
        const policy = policyOf(small)
        const { regions, isComplete } = uncoveredRegions(surveyOf(policy))
        const standard = policy.rules.filter(({ exception }) => !exception)
        for (const { lead, match, matching } of everyLeadOf(policy, small.groups)) {
          const { known } = profileOf(policy, lead)
          const isInside = regions.some(({ where }) => holds(where, known))
          const reachesOtherwise = goesBy(match, 'otherwise')
          if (isComplete && reachesOtherwise) expect([lead, isInside]).toEqual([lead, true])
          if (standard.some(({ id }) => matching.has(id))) expect([lead, isInside]).toEqual([lead, false])
        }
      }),
      { numRuns: 200 },
    )
  })

  it('shows only leads with which the engine does what the finding says', () => {
    fc.assert(
      fc.property(smallPolicy, small => {
        const policy = policyOf(small)
        for (const finding of lintPolicy(policy, null, { atMs: instant(1_767_225_600_000) })) {
          expect([finding.message, isShown(policy, null, finding)]).toEqual([finding.message, true])
        }
      }),
      { numRuns: 200 },
    )
  })
})

const nobody: RoutingFacts = {
  source: 'form',
  campaign: null,
  country: null,
  region: null,
  postcode: null,
  industry: null,
  employees: null,
  product: null,
  service: null,
  language: null,
  urgency: null,
  emailDomain: null,
  consent: null,
  account: null,
  lists: [],
  fields: {},
  missing: [],
}
