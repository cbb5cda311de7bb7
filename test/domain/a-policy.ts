/**
 * A small company for the tests of decisions: Ana, Ben and Cleo sell in the UK, Dora and Emil to enterprises, Gina leads
 * them, Hugo leads Gina. A test says only what it changes.
 */
import { always as roundTheClock } from '../../domain/calendar.js'
import type { Condition, ConditionFacts } from '../../domain/condition.js'
import { presentEngine } from '../../domain/decide.js'
import type { DecisionInput } from '../../domain/decision.js'
import { instant, type PoolId, policyVersion, poolId, type RepId, repId } from '../../domain/ids.js'
import type { RoutingFacts } from '../../domain/lead.js'
import type { Person, Roster } from '../../domain/people.js'
import {
  type Policy,
  type Pool,
  type ReviewTerms,
  type Rule,
  type Sla,
  type Target,
  touchKinds,
} from '../../domain/policy.js'
import { oneTurn } from '../../domain/standing.js'

export const rep = (id: string): RepId => repId.parse(id)
export const pool = (id: string): PoolId => poolId.parse(id)

export const toRep = (id: string): Target => ({ kind: 'rep', rep: rep(id) })
export const toPool = (id: string): Target => ({ kind: 'pool', pool: pool(id) })
export const toAccountOwner: Target = { kind: 'accountOwner' }
export const toManager: Target = { kind: 'managerOfOwner' }

export const everyLead: Condition = { kind: 'always' }
export const all = (...of: Condition[]): Condition => ({ kind: 'all', of })
export const any = (...of: Condition[]): Condition => ({ kind: 'any', of })
export const not = (of: Condition): Condition => ({ kind: 'not', of })
export const is = (field: string, ...values: (string | number | boolean)[]): Condition => ({
  kind: 'oneOf',
  field,
  values,
})
export const prefix = (...prefixes: string[]): Condition => ({ kind: 'prefix', field: 'postcode', prefixes })
export const postcodes = (from: string, to: string): Condition => ({
  kind: 'textRange',
  field: 'postcode',
  from,
  to,
})
export const atLeast = (field: string, min: number): Condition => ({
  kind: 'range',
  field,
  min,
  minIncluded: true,
  max: null,
  maxIncluded: false,
})
export const exists = (field: string): Condition => ({ kind: 'exists', field })

export function aRule(id: string, changes: Partial<Rule> = {}): Rule {
  return {
    id,
    exception: false,
    when: everyLead,
    assign: toPool('uk-sdr'),
    backup: null,
    needs: [],
    nobodyAvailable: null,
    sla: 'normal',
    rank: null,
    ...changes,
  }
}

export function aPolicy(changes: Partial<Policy> = {}): Policy {
  return {
    policy: 'Test company',
    zone: 'UTC',
    calendars: {},
    lists: {},
    companies: {},
    sources: {
      'demo-form': {
        rollout: 'on',
        campaign: 'demo',
        required: ['company'],
        critical: ['country'],
        fields: [],
        form: null,
      },
    },
    score: [],
    qualify: { disqualified: null, qualified: null },
    segments: [],
    territories: {},
    pools: {
      [pool('uk-sdr')]: turns({ ana: 100, ben: 100, cleo: 50 }),
      [pool('ae-emea')]: turns({ dora: 100, emil: 100 }),
      [pool('anyone')]: aPool({ role: 'sdr' }),
    },
    rules: [],
    otherwise: { assign: toPool('anyone'), sla: 'normal' },
    nobodyAvailable: { kind: 'nextPool' },
    accounts: null,
    duplicates: { merge: 90, review: 70 },
    reviews: {
      'missing-critical': byGina,
      'ambiguous-rule': byGina,
      'possible-duplicate': byGina,
      'undeclared-source': byGina,
      'nobody-available': byGina,
      'high-value': byGina,
      'ownership-claimed': byGina,
      'policy-exception': byGina,
    },
    timeToAssign: null,
    touches: touchKinds,
    pauses: {},
    reminders: { quiet: null, spreadMs: 0 },
    leave: { touched: 'stay' },
    reopen: null,
    slas: { hot: firstTouchWithin(30), normal: firstTouchWithin(240) },
    campaigns: {},
    handoff: null,
    reassign: { reasons: {}, decides: gina, backup: gina, withinMs: 3_600_000, coolDownMs: 0 },
    publish: { signOff: [] },
    keep: { leadsMs: null, submissionsMs: null },
    giveBack: { disqualified: [], reassigned: [] },
    ...changes,
  }
}

export function turns(weights: Record<string, number>, changes: Partial<Pool> = {}): Pool {
  return aPool(Object.fromEntries(Object.entries(weights).map(([id, weight]) => [rep(id), weight])), changes)
}

export function aPool(members: Pool['members'], changes: Partial<Pool> = {}): Pool {
  return {
    members,
    choice: { by: 'turns' },
    afterLeave: { kind: 'hold' },
    caps: { open: null, perDay: null, perWeek: null },
    inHoursOnly: false,
    ...changes,
  }
}

/** The same reviews, with a condition for high value. */
export function reviewsWithHighValue(when: Condition): Policy['reviews'] {
  return { ...aPolicy().reviews, 'high-value': { ...byGina, when } }
}

export function aLead(changes: Partial<RoutingFacts> = {}): RoutingFacts {
  return {
    source: 'demo-form',
    campaign: 'demo',
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
    ...changes,
  }
}

/** A lead as rules see it. */
export function aKnownLead(changes: Partial<ConditionFacts> = {}): ConditionFacts {
  return { ...aLead(), score: 0, segment: null, territories: [], qualification: 'raw', ...changes }
}

export function anAccount(owner: string | null): RoutingFacts['account'] {
  return { id: 'acc-1', tier: null, owner }
}

export function aPerson(id: string, changes: Partial<Person> = {}): Person {
  return {
    id: rep(id),
    name: id,
    email: `${id}@example.com`,
    role: 'sdr',
    team: 'sales',
    manager: rep('gina'),
    calendar: roundTheClock,
    languages: [],
    skills: [],
    meetingLink: null,
    channel: 'email',
    ...changes,
  }
}

export function aRoster(changes: Partial<Roster> = {}): Roster {
  return {
    teams: [{ id: 'sales', name: 'Sales', manager: rep('gina') }],
    people: [
      ...['ana', 'ben', 'cleo'].map(id => aPerson(id)),
      ...['dora', 'emil'].map(id => aPerson(id, { role: 'ae' })),
      aPerson('gina', { role: 'manager', manager: rep('hugo') }),
      aPerson('hugo', { role: 'manager', manager: null }),
    ],
    leave: [],
    ...changes,
  }
}

const managers: Record<string, string | null> = { gina: 'hugo', hugo: null }

/** Everyone of the company, each where `changes` does not say otherwise at work. */
export function thePeople(
  changes: Record<string, Partial<DecisionInput['people'][number]>> = {},
): DecisionInput['people'] {
  return ['ana', 'ben', 'cleo', 'dora', 'emil', 'gina', 'hugo'].map(id => {
    const manager = id in managers ? (managers[id] ?? null) : 'gina'
    return {
      rep: rep(id),
      employed: true,
      away: false,
      manager: manager === null ? null : rep(manager),
      ...changes[id],
    }
  })
}

/** A pool's members, `[weight, standing in turns]` each; whole hundredths of turns. */
export function standings(members: Record<string, [number, number]>): DecisionInput['pools'][PoolId] {
  return Object.entries(members).map(([id, [weight, standingTurns]]) => ({
    rep: rep(id),
    weight,
    standing: String((BigInt(Math.round(standingTurns * 100)) * oneTurn) / 100n),
  }))
}

/** Every pool of `aPolicy` at zero. */
export function evenPools(): DecisionInput['pools'] {
  return {
    [pool('uk-sdr')]: standings({ ana: [100, 0], ben: [100, 0], cleo: [50, 0] }),
    [pool('ae-emea')]: standings({ dora: [100, 0], emil: [100, 0] }),
    [pool('anyone')]: standings({ ana: [100, 0], ben: [100, 0], cleo: [100, 0] }),
  }
}

export function anInput(changes: Partial<DecisionInput> = {}): DecisionInput {
  return {
    engine: presentEngine,
    policyVersion: policyVersion.parse(1),
    atMs: instant(1_767_225_600_000),
    hop: 0,
    facts: aLead(),
    excluded: [],
    lastOwner: null,
    directed: null,
    people: thePeople(),
    pools: evenPools(),
    ...changes,
  }
}

const gina: ReviewTerms['decides'] = { kind: 'rep', rep: rep('gina') }

const byGina: ReviewTerms = {
  when: null,
  decides: gina,
  backup: gina,
  withinMs: 3_600_000,
  onTimeout: { kind: 'reject' },
}

function firstTouchWithin(minutes: number): Sla {
  return {
    clock: { kind: 'always' },
    acknowledge: null,
    firstTouch: { withinMs: minutes * 60_000, steps: [] },
    stale: null,
    reRoutes: { most: 2, then: toRep('gina') },
  }
}
