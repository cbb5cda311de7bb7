import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { submissionsOf } from '../../cli/demo-stories.js'
import type { ConditionFacts } from '../../domain/condition.js'
import { matchRules } from '../../domain/matching.js'
import { policyShape } from '../../domain/policy/shape.js'
import type { Policy } from '../../domain/policy.js'
import { checkAgainstPeople, formatPolicyErrors, parsePolicy } from '../../domain/policy-document.js'
import { profileOf } from '../../domain/score.js'
import { errorsOf, peopleOf, policyWith, years } from './a-policy-document.js'

describe.each(['acme', 'demo'])('the sample policy %s', sample => {
  it('is right, and names people who are there', () => {
    const { policy, people, source } = sampleOf(sample)
    expect(formatPolicyErrors(checkAgainstPeople(policy, people, source), sample)).toBe('')
  })
})

describe('the public forms of the sample policies', () => {
  it.each([
    ['acme', ['contact-form', 'demo-form']],
    ['demo', ['web']],
  ])('are those of %s', (sample, forms) => {
    const { sources } = sampleOf(sample).policy
    expect(Object.keys(sources).filter(id => sources[id]?.form !== null)).toEqual(forms)
  })

  it('are there for every source through which the demo writes by a form', () => {
    const { sources } = sampleOf('demo').policy
    const used = submissionsOf('run').filter(({ story }) => story.way === 'form')
    expect(used.map(({ body }) => sources[body.source ?? '']?.form?.title)).not.toContain(undefined)
    expect(used.length).toBeGreaterThan(0)
  })
})

describe('the sample policy of Acme', () => {
  const { policy, people } = sampleOf('acme')

  it('has ten reps in three time zones', () => {
    const reps = people.people.filter(({ role }) => role === 'sdr' || role === 'ae')
    expect(reps).toHaveLength(10)
    expect(new Set(reps.map(({ calendar }) => calendar.zone)).size).toBe(3)
  })

  const routes: [lead: string, facts: Partial<ConditionFacts>, rule: string, sla: string][] = [
    ['from Brighton', { country: 'GB', postcode: 'BN1' }, 'uk-south', 'normal'],
    ['from Manchester', { country: 'GB', postcode: 'M1' }, 'uk', 'normal'],
    ['from Vienna', { country: 'AT' }, 'dach', 'normal'],
    ['from California', { country: 'US', region: 'US-CA' }, 'us-west', 'normal'],
    ['from New York', { country: 'US', region: 'US-NY' }, 'us', 'normal'],
    ['from Brazil', { country: 'BR' }, 'otherwise', 'normal'],
    ['of nobody knows where', {}, 'otherwise', 'normal'],
    [
      'of a large company in Brighton',
      { country: 'GB', postcode: 'BN1', employees: 5000 },
      'enterprise-emea',
      'hot',
    ],
    [
      'of a large company in California',
      { country: 'US', region: 'US-CA', employees: 5000 },
      'enterprise-us',
      'hot',
    ],
    ['of a global account', { country: 'DE', lists: ['global-accounts'] }, 'global-accounts', 'hot'],
    [
      'of a gold partner',
      { country: 'DE', source: 'partner-api', fields: { partnerTier: 'gold' } },
      'gold-partners',
      'hot',
    ],
    [
      'of a customer',
      { country: 'GB', account: { id: 'acc-1', tier: null, owner: 'dora' } },
      'account owner',
      'hot',
    ],
  ]
  it.each(routes)('sends a lead %s by the rule that is meant for it', (_lead, facts, rule, sla) => {
    expect(matchOf(policy, facts)).toMatchObject({ kind: 'matched', rule, sla })
  })

  it('leaves no lead between two rules', () => {
    const places = [
      { country: 'GB', postcode: 'BN1' },
      { country: 'DE', language: 'de' },
      { country: 'US', region: 'US-WA' },
      { country: 'FR' },
    ]
    const sizes = [null, 50, 500, 5000].map(employees => ({ employees }))
    const campaigns = Object.keys(policy.campaigns).map(campaign => ({ campaign }))
    for (const place of places)
      for (const size of sizes)
        for (const campaign of campaigns)
          expect(
            matchOf(policy, { ...place, ...size, ...campaign }).kind,
            JSON.stringify({ place, size }),
          ).toBe('matched')
  })
})

describe('the sample policy of the demo', () => {
  const { policy } = sampleOf('demo')

  it('gives every product of its list the rule that the list says', () => {
    const rules = ['thirds', 'breach-me', 'first-come', 'sell-me', 'big-fish', 'anything-else'].map(
      product => {
        const match = matchOf(policy, { product })
        return match.kind === 'matched' ? [match.rule, match.sla] : [match.kind]
      },
    )
    expect(rules).toEqual([
      ['thirds', 'patient'],
      ['breach-me', 'hot'],
      ['first-come', 'hot'],
      ['sell-me', 'patient'],
      ['big-fish', 'patient'],
      ['otherwise', 'patient'],
    ])
    expect(matchOf(policy, { product: 'toss-up' })).toMatchObject({
      kind: 'ambiguous',
      between: ['heads', 'tails'],
    })
    expect(profileOf(policy, { ...anyLead, product: 'not-for-us' }).qualification).toBe('disqualified')
  })

  it('has no clock that a driver could not meet', () => {
    const { hot } = policy.slas
    const clocks = [
      hot?.acknowledge?.withinMs,
      hot?.firstTouch.withinMs,
      policy.handoff?.acceptWithinMs,
      policy.reassign.withinMs,
      ...Object.values(policy.reviews).map(({ withinMs }) => withinMs),
    ]
    for (const withinMs of clocks) expect(withinMs).toBeGreaterThanOrEqual(4_000)
    expect(policy.slas.patient?.firstTouch.withinMs).toBe(600_000)
  })
})

describe('the page on the language', () => {
  const page = readFileSync(new URL('../../docs/policy.md', import.meta.url), 'utf8')
  const [form = '', slas = '', people = ''] = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(
    ([, yaml]) => yaml,
  )

  it('explains every section that a policy may have', () => {
    const unexplained = Object.keys(policyShape.shape).filter(
      key => !new RegExp(`\\| .*\`${key}[:\`]`).test(page),
    )
    expect(unexplained).toEqual([])
  })

  it('has examples that are right', () => {
    for (const example of [form, slas]) expect(errorsOf(policyWith(example))).toEqual([])
    expect(peopleOf(people).people.map(({ id }) => id)).toEqual(['maria', 'ana'])
  })
})

const anyLead: ConditionFacts = {
  source: 'contact-form',
  campaign: 'general',
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
  score: 0,
  segment: null,
  territories: [],
  qualification: 'raw',
}

function matchOf(policy: Policy, facts: Partial<ConditionFacts>) {
  return matchRules(policy, profileOf(policy, { ...anyLead, ...facts }).known)
}

function sampleOf(sample: string) {
  const read = (name: string) => readFileSync(new URL(`../../policies/${name}.yaml`, import.meta.url), 'utf8')
  const parsed = parsePolicy(read(sample), `${sample}.yaml`, years)
  if (!parsed.ok) throw new Error(formatPolicyErrors(parsed.errors, `${sample}.yaml`))
  return { ...parsed, people: peopleOf(read(`${sample}-people`)) }
}
