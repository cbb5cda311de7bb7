import { describe, expect, it } from 'vitest'
import type { RoutingFacts } from '../../domain/lead.js'
import type { Sla } from '../../domain/policy.js'
import { contactWithin, expectedSla } from '../../domain/promise.js'
import { policyOf } from './a-policy-document.js'

const [seconds, minutes, hours] = [1_000, 60_000, 3_600_000]
const byOwner: Sla['clock'] = { kind: 'owner' }
const byCalendar: Sla['clock'] = { kind: 'calendar', calendar: 'uk' }
const roundTheClock: Sla['clock'] = { kind: 'always' }

describe('the time within which a prospect is contacted', () => {
  const cases: [withinMs: number, clock: Sla['clock'], words: string][] = [
    [8 * seconds, byOwner, 'one minute within working hours'],
    [30 * minutes, byOwner, '30 minutes within working hours'],
    [30 * minutes, byCalendar, '30 minutes within working hours'],
    [29 * minutes + seconds, byOwner, '30 minutes within working hours'],
    [59 * minutes + seconds, byOwner, 'one working hour'],
    [hours, byOwner, 'one working hour'],
    [90 * minutes, byOwner, '90 minutes within working hours'],
    [2 * hours, byOwner, '2 working hours'],
    [2 * hours + 30 * minutes, byOwner, '3 working hours'],
    [7 * hours + minutes, byOwner, 'one working day'],
    [8 * hours, byOwner, 'one working day'],
    [8 * hours, byCalendar, 'one working day'],
    [12 * hours, byOwner, '12 working hours'],
    [16 * hours, byOwner, '2 working days'],
    // As docs/calendars.md says: a `d` is 24 hours of the clock that counts it.
    [24 * hours, byOwner, '3 working days'],
    [8 * seconds, roundTheClock, 'one minute'],
    [30 * minutes, roundTheClock, '30 minutes'],
    [hours, roundTheClock, 'one hour'],
    [8 * hours, roundTheClock, '8 hours'],
    [24 * hours, roundTheClock, 'one day'],
    [48 * hours, roundTheClock, '2 days'],
  ]
  it.each(cases)('%d ms on the clock %o is said as: %s', (withinMs, clock, words) => {
    expect(contactWithin({ clock, firstTouch: { withinMs, steps: [] } })).toBe(words)
  })
})

describe('the service level that a lead can expect', () => {
  const policy = policyOf(
    'sources: { form: { campaign: general, critical: [country] } }',
    'campaigns: { general: {} }',
    'pools: { sdr: { turns: { ana: 1 } }, ae: { turns: { bob: 1 } }, desk: { queue: [ana], then: sdr } }',
    `rules:
  - { id: large, when: { employees: ">= 1000" }, assign: ae, sla: hot }
  - { id: queue, when: { product: queue }, assign: desk, backup: sdr, sla: hot }
  - { id: one, when: { product: toss-up }, assign: sdr }
  - { id: other, when: { product: toss-up }, assign: sdr }`,
  )
  const cases: [lead: string, facts: Partial<RoutingFacts>, firstTouchMs: number | null][] = [
    ['by the rule that is about it', { employees: 5000 }, 30 * minutes],
    ['by the rest of the policy where no rule is about it', {}, 4 * hours],
    ['is not known while something critical is missing', { missing: ['country'] }, null],
    ['is not known while a person must choose its rule', { product: 'toss-up' }, null],
    ['is not known while it waits for whoever accepts it', { product: 'queue' }, null],
    ['is not known where nobody declared its source', { source: 'constructor' }, null],
  ]
  it.each(cases)('%s', (_sentence, facts, firstTouchMs) => {
    expect(expectedSla(policy, { ...aLead, ...facts })?.firstTouch.withinMs ?? null).toBe(firstTouchMs)
  })
})

const aLead: RoutingFacts = {
  source: 'form',
  campaign: 'general',
  country: 'GB',
  region: null,
  postcode: null,
  industry: null,
  employees: null,
  product: null,
  service: null,
  language: null,
  urgency: null,
  emailDomain: 'business',
  consent: null,
  account: null,
  lists: [],
  fields: {},
  missing: [],
}
