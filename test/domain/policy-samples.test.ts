import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { submissionsOf } from '../../cli/demo-stories.js'
import { parseInstant } from '../../domain/calendar.js'
import type { ConditionFacts } from '../../domain/condition.js'
import type { RoutingFacts } from '../../domain/lead.js'
import { lintPolicy } from '../../domain/lint/lint.js'
import { matchRules } from '../../domain/matching.js'
import { policyShape } from '../../domain/policy/shape.js'
import type { Policy } from '../../domain/policy.js'
import { checkAgainstPeople, formatPolicyErrors } from '../../domain/policy-document.js'
import { profileOf } from '../../domain/score.js'
import { readYaml } from '../../domain/yaml.js'
import { errorsOf, peopleOf, policyWith } from './a-policy-document.js'
import { becomesOf, type Otherwise, sampleCompany } from './a-sample-company.js'

describe.each(['acme', 'field-services', 'healthcare', 'demo'])('the sample policy %s', sample => {
  it('is right, and names people who are there', () => {
    const { policy, people, source } = sampleCompany(sample)
    expect(formatPolicyErrors(checkAgainstPeople(policy, people, source), sample)).toBe('')
  })
})

describe.each(['acme', 'field-services', 'healthcare'])('lint about the sample policy %s', sample => {
  const { policy, people, source, text } = sampleCompany(sample)
  const yaml = readYaml(text)
  const roster = { ...people, leave: [] }

  it.each(['2026-11-23T12:00Z', '2026-12-19T23:00Z', '2026-03-27T03:00Z'])('has nothing to say at %s', at => {
    const atMs = parseInstant('UTC', at)
    const findings = lintPolicy(policy, roster, { atMs, source, document: yaml.ok ? yaml.value : null })
    const said = findings.filter(({ severity }) => severity !== 'note').map(({ message }) => message)
    expect(said).toEqual([])
  })
})

describe('the public forms of the sample policies', () => {
  it.each([
    ['acme', ['contact-form', 'demo-form']],
    ['field-services', ['website']],
    ['healthcare', ['appointment-form', 'contact-page']],
    ['demo', ['web']],
  ])('are those of %s', (sample, forms) => {
    const { sources } = sampleCompany(sample).policy
    expect(Object.keys(sources).filter(id => sources[id]?.form !== null)).toEqual(forms)
  })

  it('are there for every source through which the demo writes by a form', () => {
    const { sources } = sampleCompany('demo').policy
    const used = submissionsOf('run').filter(({ story }) => story.way === 'form')
    expect(used.map(({ body }) => sources[body.source ?? '']?.form?.title)).not.toContain(undefined)
    expect(used.length).toBeGreaterThan(0)
  })
})

describe('the sample policy of Acme', () => {
  const { policy, people } = sampleCompany('acme')

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
    [
      'of a small maker in California',
      { country: 'US', region: 'US-CA', industry: 'manufacturing', employees: 50 },
      'us-makers',
      'normal',
    ],
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

type Leads = [
  lead: string,
  at: string,
  facts: Partial<RoutingFacts>,
  becomes: string,
  otherwise?: Otherwise,
][]

describe('a lead of Acme', () => {
  const acme = sampleCompany('acme')
  const monday = '2026-11-23T10:00'
  const gb = { source: 'contact-form', campaign: 'general', country: 'GB' }
  const leads: Leads = [
    ['from Manchester', monday, { ...gb, postcode: 'M1' }, 'uk: ana, first touch by 2026-11-23T14:00'],
    ['on Friday evening', '2026-11-27T18:00', gb, 'uk: ana, first touch by 2026-11-30T13:00'],
    [
      'from Brighton at the weekend',
      '2026-11-28T11:00',
      { ...gb, postcode: 'BN1' },
      'uk-south: ben, first touch by 2026-11-30T13:00',
    ],
    [
      'at Christmas, which ends on Tuesday',
      '2026-12-25T10:00',
      gb,
      'uk: ana, first touch by 2026-12-29T13:00',
    ],
    [
      'from Vienna on Christmas Eve, a day off of our own',
      '2026-12-24T09:00',
      { ...gb, country: 'AT' },
      'dach: emil, first touch by 2026-12-28T11:30',
    ],
    [
      'over the night in which the clocks go forward',
      '2026-03-27T17:00',
      gb,
      'uk: ana, first touch by 2026-03-30T12:30',
    ],
    [
      'from New York in the week in which only our clocks have gone back, due as lunch begins',
      '2026-10-27T15:00',
      { ...gb, country: 'US', region: 'US-NY' },
      'us: hugo, first touch by 2026-10-27T19:30',
    ],
    [
      'of a large company in California, while Jack has lunch',
      '2026-11-23T20:40',
      { ...gb, country: 'US', region: 'US-CA', employees: 5000 },
      'enterprise-us: jack, first touch by 2026-11-23T21:45',
    ],
    [
      'of a large company, when Dora has as many as she may',
      monday,
      { ...gb, employees: 5000 },
      'enterprise-emea: georg, first touch by 2026-11-23T10:30',
      { dora: { open: 60 } },
    ],
    [
      'of a large company, when nobody who closes may have more',
      monday,
      { ...gb, employees: 5000 },
      'enterprise-emea: ana, first touch by 2026-11-23T10:30',
      { dora: { open: 60 }, georg: { open: 61 } },
    ],
    [
      'on a day on which Ana has had forty',
      monday,
      gb,
      'uk: ben, first touch by 2026-11-23T14:00',
      { ana: { today: 40 } },
    ],
    [
      'in Spanish from the UK',
      monday,
      { ...gb, language: 'es' },
      'uk-spanish: ana, first touch by 2026-11-23T14:00',
    ],
    [
      'in Spanish from the UK, when Ana is away',
      monday,
      { ...gb, language: 'es' },
      'uk-spanish: waits, next try 2026-11-23T10:15, until 2026-11-23T12:00 at most',
      { ana: { away: true } },
    ],
    [
      'from the chat',
      monday,
      { ...gb, source: 'live-chat', campaign: 'chat' },
      'chat: ana or ben or emil or freya or hugo or iris until 2026-11-23T10:10, then anyone',
    ],
    [
      'of a global account, when Gina is away',
      monday,
      { ...gb, lists: ['global-accounts'] },
      'global-accounts: dora, first touch by 2026-11-23T10:30',
      { gina: { away: true } },
    ],
    [
      'of a large company that asked for a demo and is known to us',
      monday,
      {
        source: 'demo-form',
        campaign: 'demo-request',
        employees: 5000,
        account: { id: 'a', tier: null, owner: 'georg' },
      },
      'account owner: georg, first touch by 2026-11-23T10:30, and a look from above',
    ],
    [
      'that does not say its country',
      monday,
      { ...gb, country: null },
      'otherwise: ana, first touch by 2026-11-23T14:00',
    ],
    [
      'from the demo form that does not say its country',
      monday,
      { source: 'demo-form', campaign: 'demo-request', country: null, missing: ['country'] },
      'a person: missing-critical',
    ],
    ['from nowhere that we know', monday, { source: 'fax' }, 'a person: undeclared-source'],
    ['with a throw-away address', monday, { ...gb, emailDomain: 'disposable' }, 'nobody'],
  ]
  it.each(leads)('%s, at %s', (_lead, at, facts, becomes, otherwise = {}) => {
    expect(becomesOf(acme, at, facts, otherwise)).toBe(becomes)
  })
})

describe('an enquiry at Hearthline', () => {
  const hearthline = sampleCompany('field-services')
  const monday = '2026-11-23T10:00'
  const site = { source: 'website', campaign: 'enquiries', country: 'GB', emailDomain: null }
  const tap = { ...site, service: 'plumbing' }
  const emergency = { ...site, urgency: 'emergency' }
  const boiler = { ...site, service: 'boiler-installation' }
  const enquiries: Leads = [
    [
      'about a tap in Brighton',
      monday,
      { ...tap, postcode: 'BN1' },
      'brighton: bea, first touch by 2026-11-23T14:00',
    ],
    [
      'about a tap in Brighton, when Bea has three open and Dan one, for half the weight',
      monday,
      { ...tap, postcode: 'BN3' },
      'brighton: dan, first touch by 2026-11-23T14:00',
      { bea: { open: 3 }, dan: { open: 1 } },
    ],
    [
      'from the last district of the city',
      monday,
      { ...tap, postcode: 'BN42' },
      'brighton: bea, first touch by 2026-11-23T14:00',
    ],
    ['from one further', monday, { ...tap, postcode: 'BN43' }, 'coast: dan, first touch by 2026-11-23T14:00'],
    [
      'from BN10, which is not in BN1',
      monday,
      { ...tap, postcode: 'BN10' },
      'coast: dan, first touch by 2026-11-23T14:00',
    ],
    [
      'about a fuse box on the coast, which Dan knows nothing of',
      monday,
      { ...site, service: 'electrical', postcode: 'BN10' },
      'coast: priya, first touch by 2026-11-23T14:00',
    ],
    [
      'from an office at the airport',
      monday,
      { ...site, postcode: 'RH6' },
      'airport: tessa, first touch by 2026-11-23T14:00',
    ],
    [
      'from Redhill, beside it',
      monday,
      { ...tap, postcode: 'RH1' },
      'weald: will, first touch by 2026-11-23T14:00',
    ],
    [
      'at night waits for the morning',
      '2026-11-23T23:30',
      { ...tap, postcode: 'BN1' },
      'brighton: waits, next try 2026-11-24T08:00, until 2026-11-27T23:30 at most',
    ],
    [
      'on Saturday at closing time waits for Monday',
      '2026-11-28T13:00',
      { ...tap, postcode: 'BN1' },
      'brighton: waits, next try 2026-11-30T08:00, until 2026-12-02T13:00 at most',
    ],
    [
      'about a new boiler, on the evening before Good Friday',
      '2026-04-02T18:30',
      { ...boiler, postcode: 'BN1' },
      'boilers: waits, next try 2026-04-07T08:30, until 2026-04-07T18:30 at most',
    ],
    [
      'about a new boiler has two days of visits, without lunch',
      monday,
      { ...boiler, postcode: 'TN1' },
      'boilers: eddie, first touch by 2026-11-25T10:00',
    ],
    [
      'about a new boiler in a home that is let, with an old one',
      monday,
      { ...boiler, postcode: 'BN2', fields: { property: 'rented', boilerAge: '15' } },
      'landlords: eddie, first touch by 2026-11-25T10:00, and a look from above',
    ],
    [
      'about a new boiler, when both have five visits today',
      monday,
      { ...boiler, postcode: 'TN1' },
      'boilers: waits, next try 2026-11-24T00:00, until 2026-11-28T10:00 at most',
      { eddie: { today: 5 }, fern: { today: 5 } },
    ],
    [
      'that is urgent, on Saturday at noon, has an hour of desk time',
      '2026-11-28T12:30',
      { ...tap, urgency: 'urgent', postcode: 'PO4' },
      'urgent: bea, first touch by 2026-11-30T08:30',
    ],
    [
      'that is urgent, at night, goes to the shift',
      '2026-11-24T02:00',
      { ...tap, urgency: 'urgent', postcode: 'RH10' },
      'urgent: norah, first touch by 2026-11-24T03:00',
    ],
    [
      'that is an emergency, on the morning of New Year',
      '2026-01-01T03:00',
      { ...emergency, service: 'heating', postcode: 'TN1' },
      'emergency: norah, first touch by 2026-01-01T03:15',
    ],
    [
      'that is an emergency of wires, at Christmas by day',
      '2026-12-25T12:00',
      { ...emergency, service: 'electrical', postcode: 'BN20' },
      'emergency: olive, first touch by 2026-12-25T12:15',
    ],
    [
      'that is an emergency of whatever',
      monday,
      { ...emergency, postcode: 'GU1' },
      'emergency-unclear: nick, first touch by 2026-11-23T10:15',
    ],
    [
      'that is an emergency, over the hour that the clocks leave out',
      '2026-03-29T00:50',
      { ...emergency, service: 'plumbing', postcode: 'BN1' },
      'emergency: norah, first touch by 2026-03-29T02:05',
    ],
    [
      'that is an emergency, in the hour that comes twice',
      '2026-10-25T01:50',
      { ...emergency, service: 'plumbing', postcode: 'BN1' },
      'emergency: norah, first touch by 2026-10-25T01:05',
    ],
    [
      'that smells of gas, as the day shift ends',
      '2026-11-23T19:59',
      { ...site, postcode: 'BN1', fields: { gasSmell: 'true' } },
      'gas: nick, first touch by 2026-11-23T20:14',
    ],
    [
      'that smells of gas, as the night shift begins, beyond our area',
      '2026-11-23T20:00',
      { ...site, postcode: 'EH1', fields: { gasSmell: true } },
      'gas: norah, first touch by 2026-11-23T20:15',
    ],
    [
      'of a block that Tessa looks after',
      monday,
      { ...tap, postcode: 'BN1', lists: ['managed-blocks'] },
      'managed-blocks: tessa, first touch by 2026-11-23T11:00',
    ],
    [
      'of somebody with a contract',
      monday,
      { ...tap, postcode: 'BN1', account: { id: 'c', tier: null, owner: 'priya' } },
      'account owner: priya, first touch by 2026-11-23T11:00',
    ],
    [
      'from Edinburgh, where we have no vans',
      monday,
      { ...tap, postcode: 'EH1' },
      'too-far: gareth or hope until 2026-11-23T11:00, then office',
    ],
    [
      'from France',
      monday,
      { ...tap, country: 'FR', postcode: '75001' },
      'otherwise: gareth, first touch by 2026-11-23T14:00',
    ],
    ['without a postcode', monday, { ...tap, missing: ['postcode'] }, 'a person: missing-critical'],
    [
      'without a service, which is a pity and no more',
      monday,
      { ...site, postcode: 'BN1', missing: ['service'] },
      'brighton: bea, first touch by 2026-11-23T14:00',
    ],
  ]
  it.each(enquiries)('%s, at %s', (_lead, at, facts, becomes, otherwise = {}) => {
    expect(becomesOf(hearthline, at, facts, otherwise)).toBe(becomes)
  })
})

describe('a request at Lakeside', () => {
  const lakeside = sampleCompany('healthcare')
  const monday = '2026-11-23T10:00'
  const form = { source: 'appointment-form', campaign: 'appointments', country: 'US', emailDomain: null }
  const milwaukee = { ...form, region: 'US-WI', postcode: '53202' }
  const illinois = { ...form, region: 'US-IL', postcode: '61101' }
  const heart = { service: 'cardiology' }
  const requests: Leads = [
    [
      'for a heart in Milwaukee, lunch not counted',
      monday,
      { ...milwaukee, ...heart },
      'milwaukee: cora, first touch by 2026-11-23T14:45',
    ],
    [
      'for a heart in Milwaukee, when Cora is nearly full',
      monday,
      { ...milwaukee, ...heart },
      'milwaukee: cesar, first touch by 2026-11-23T14:45',
      { cora: { open: 58 } },
    ],
    [
      'for a heart in Milwaukee, when both are full there and one has room in the state',
      monday,
      { ...milwaukee, ...heart },
      'milwaukee: cesar, first touch by 2026-11-23T14:45',
      { cora: { open: 60 }, cesar: { today: 15 } },
    ],
    [
      'in Spanish',
      monday,
      { ...milwaukee, ...heart, language: 'es' },
      'milwaukee: cesar, first touch by 2026-11-23T14:45',
    ],
    [
      'for the skin in Milwaukee',
      monday,
      { ...milwaukee, service: 'Dermatology' },
      'milwaukee: mai, first touch by 2026-11-23T14:45',
    ],
    [
      'from the last postcode of the city',
      monday,
      { ...milwaukee, ...heart, postcode: '53299' },
      'milwaukee: cora, first touch by 2026-11-23T14:45',
    ],
    [
      'from the first one after it',
      monday,
      { ...milwaukee, ...heart, postcode: '53300' },
      'wisconsin: cora, first touch by 2026-11-23T14:45',
    ],
    [
      'from the north shore, for the skin, which is not Joel’s',
      monday,
      { ...illinois, service: 'dermatology', postcode: '60201' },
      'north-shore: irma, first touch by 2026-11-23T14:45',
    ],
    [
      'from the north shore, for a heart',
      monday,
      { ...illinois, ...heart, postcode: '60099' },
      'north-shore: joel, first touch by 2026-11-23T14:45',
    ],
    [
      'on Saturday, due as lunch begins on Monday',
      '2026-11-28T10:00',
      { ...illinois, ...heart },
      'illinois: irma, first touch by 2026-11-30T12:00',
    ],
    [
      'that is urgent, on the night of Thanksgiving',
      '2026-11-26T03:00',
      { ...milwaukee, urgency: 'urgent' },
      'urgent: nell, first touch by 2026-11-26T03:10',
    ],
    [
      'that is urgent, as the shifts change in the evening',
      '2026-11-23T19:00',
      { ...illinois, ...heart, urgency: 'emergency' },
      'urgent: nell, first touch by 2026-11-23T19:10',
    ],
    [
      'that is urgent, over the hour that the clocks leave out, from nobody knows where',
      '2026-03-08T01:55',
      { ...form, country: null, urgency: 'urgent' },
      'urgent: nell, first touch by 2026-03-08T03:05',
    ],
    [
      'that is urgent, over the hour that comes twice',
      '2026-11-01T01:55',
      { ...form, urgency: 'urgent' },
      'urgent: nell, first touch by 2026-11-01T01:05',
    ],
    [
      'for a child that is urgent',
      monday,
      { ...illinois, urgency: 'urgent', fields: { minor: true } },
      'urgent-child: nadia, first touch by 2026-11-23T10:10',
    ],
    [
      'for a child that is urgent, when nobody on duty knows children',
      monday,
      { ...illinois, urgency: 'urgent', fields: { minor: true } },
      'urgent-child: noor, first touch by 2026-11-23T10:10',
      { nadia: { away: true } },
    ],
    [
      'for a child with cancer',
      monday,
      { ...illinois, service: 'oncology', language: 'es', fields: { minor: 'true' } },
      'children: petra, first touch by 2026-11-23T11:00',
    ],
    [
      'about cancer, in the break',
      '2026-11-23T12:15',
      { ...milwaukee, service: 'oncology' },
      'oncology: odile, first touch by 2026-11-23T13:45',
    ],
    [
      'of somebody without insurance',
      monday,
      { ...milwaukee, ...heart, fields: { insurance: 'none' } },
      'no-insurance: faye, first touch by 2026-11-23T14:45',
    ],
    [
      'in Spanish in Illinois, when Irma is full',
      monday,
      { ...illinois, ...heart, language: 'es' },
      'in-spanish: waits, next try 2026-11-23T10:15, until 2026-11-24T10:00 at most',
      { irma: { open: 50 } },
    ],
    [
      'of somebody who does not want to be called',
      monday,
      { ...milwaukee, ...heart, consent: false },
      'no-consent: pia, first touch by 2026-11-23T11:00',
    ],
    [
      'for records',
      monday,
      { source: 'contact-page', campaign: 'questions', service: 'records' },
      'questions: gus or gwen until 2026-11-23T10:20, then gail',
    ],
    [
      'of somebody who is with us',
      monday,
      { ...milwaukee, ...heart, account: { id: 'p', tier: null, owner: 'mai' } },
      'account owner: mai, first touch by 2026-11-23T11:00',
    ],
    [
      'from another state, on Independence Day observed',
      '2026-07-03T10:00',
      { ...form, ...heart, region: 'US-MN', postcode: '55401' },
      'otherwise: gus, first touch by 2026-07-06T12:00',
    ],
    [
      'without a number',
      monday,
      { ...milwaukee, ...heart, missing: ['phone'] },
      'a person: missing-critical',
    ],
    ['without a department', monday, { ...milwaukee, missing: ['service'] }, 'a person: missing-critical'],
    ['of a machine', monday, { ...milwaukee, ...heart, emailDomain: 'disposable' }, 'nobody'],
    [
      'from a throw-away address that says it is urgent',
      monday,
      { ...milwaukee, urgency: 'urgent', emailDomain: 'disposable' },
      'urgent: nadia, first touch by 2026-11-23T10:10',
    ],
  ]
  it.each(requests)('%s, at %s', (_lead, at, facts, becomes, otherwise = {}) => {
    expect(becomesOf(lakeside, at, facts, otherwise)).toBe(becomes)
  })
})

describe('the sample policy of the demo', () => {
  const { policy } = sampleCompany('demo')

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
  const examples = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml = '']) => yaml)

  it('explains every section that a policy may have', () => {
    const unexplained = Object.keys(policyShape.shape).filter(
      key => !new RegExp(`\\| .*\`${key}[:\`]`).test(page),
    )
    expect(unexplained).toEqual([])
  })

  it('has examples that are right', () => {
    expect(examples.length).toBeGreaterThan(10)
    for (const example of examples.slice(0, -1)) expect(errorsOf(policyWith(example))).toEqual([])
    expect(peopleOf(examples.at(-1) ?? '').people.map(({ id }) => id)).toEqual(['maria', 'ana'])
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
