/** Everything in a policy that has a name and is called by it elsewhere: the same policy under other names. */
import type { Condition } from '../condition.js'
import { poolId } from '../ids.js'
import type { Policy, ProspectLetter, ReviewTerms, Target } from '../policy.js'

export const namedSections = [
  'calendars',
  'lists',
  'sources',
  'campaigns',
  'segments',
  'territories',
  'pools',
  'slas',
  'score',
  'rules',
] as const
export type NamedSection = (typeof namedSections)[number]

/** What something of this section is called from now on. */
type Rename = (section: NamedSection, id: string) => string

/** Fields whose values are names of the policy. */
const namingFields: Record<string, NamedSection | undefined> = {
  source: 'sources',
  campaign: 'campaigns',
  segment: 'segments',
  territory: 'territories',
}

export function underOtherNames(policy: Policy, rename: Rename): Policy {
  const target = (to: Target) => targetUnder(to, rename)
  const condition = (of: Condition) => conditionUnder(of, rename)
  const conditionOrNone = (of: Condition | null) => (of === null ? null : condition(of))
  const sla = (id: string) => rename('slas', id)
  const keys = <Value>(section: NamedSection, values: Record<string, Value>, map: (value: Value) => Value) =>
    Object.fromEntries(Object.entries(values).map(([id, value]) => [rename(section, id), map(value)]))

  const review = (terms: ReviewTerms): ReviewTerms => ({
    ...terms,
    when: conditionOrNone(terms.when),
    onTimeout:
      terms.onTimeout.kind === 'assign'
        ? { kind: 'assign', target: target(terms.onTimeout.target) }
        : terms.onTimeout,
  })

  const letter = (sent: ProspectLetter | null): ProspectLetter | null =>
    sent === null ? null : { ...sent, when: conditionOrNone(sent.when) }

  const onCalendar = (id: string) => ({ kind: 'calendar' as const, calendar: rename('calendars', id) })

  const assign = policy.timeToAssign
  return {
    ...policy,
    calendars: keys('calendars', policy.calendars, calendar => calendar),
    lists: keys('lists', policy.lists, list => list),
    sources: keys('sources', policy.sources, source => ({
      ...source,
      campaign: rename('campaigns', source.campaign),
    })),
    campaigns: keys('campaigns', policy.campaigns, campaign => ({
      ...campaign,
      acknowledge: letter(campaign.acknowledge),
      meetingLink: letter(campaign.meetingLink),
    })),
    score: policy.score.map(({ name, add, when }) => ({
      name: rename('score', name),
      add,
      when: condition(when),
    })),
    qualify: {
      disqualified: conditionOrNone(policy.qualify.disqualified),
      qualified: conditionOrNone(policy.qualify.qualified),
    },
    segments: policy.segments.map(({ id, when }) => ({
      id: rename('segments', id),
      when: condition(when),
    })),
    territories: keys('territories', policy.territories, territory => ({
      ...territory,
      within: territory.within === null ? null : rename('territories', territory.within),
    })),
    pools: keys('pools', policy.pools, pool => ({
      ...pool,
      choice: pool.choice.by === 'queue' ? { ...pool.choice, then: target(pool.choice.then) } : pool.choice,
    })),
    rules: policy.rules.map(rule => ({
      ...rule,
      id: rename('rules', rule.id),
      when: condition(rule.when),
      assign: target(rule.assign),
      backup: rule.backup === null ? null : target(rule.backup),
      sla: sla(rule.sla),
    })),
    otherwise: { assign: target(policy.otherwise.assign), sla: sla(policy.otherwise.sla) },
    accounts:
      policy.accounts === null
        ? null
        : {
            assign: target(policy.accounts.assign),
            backup: target(policy.accounts.backup),
            sla: sla(policy.accounts.sla),
          },
    reviews: {
      'missing-critical': review(policy.reviews['missing-critical']),
      'ambiguous-rule': review(policy.reviews['ambiguous-rule']),
      'possible-duplicate': review(policy.reviews['possible-duplicate']),
      'undeclared-source': review(policy.reviews['undeclared-source']),
      'nobody-available': review(policy.reviews['nobody-available']),
      'high-value': review(policy.reviews['high-value']),
      'ownership-claimed': review(policy.reviews['ownership-claimed']),
      'policy-exception': review(policy.reviews['policy-exception']),
    },
    slas: keys('slas', policy.slas, level => ({
      ...level,
      clock: level.clock.kind === 'calendar' ? onCalendar(level.clock.calendar) : level.clock,
      reRoutes: { ...level.reRoutes, then: target(level.reRoutes.then) },
    })),
    handoff:
      policy.handoff === null
        ? null
        : {
            ...policy.handoff,
            sla: sla(policy.handoff.sla),
            assign: policy.handoff.assign === null ? null : target(policy.handoff.assign),
          },
    timeToAssign:
      assign === null || assign.clock.kind !== 'calendar'
        ? assign
        : { ...assign, clock: onCalendar(assign.clock.calendar) },
  }
}

function targetUnder(to: Target, rename: Rename): Target {
  return to.kind === 'pool' ? { kind: 'pool', pool: poolId.parse(rename('pools', to.pool)) } : to
}

function conditionUnder(of: Condition, rename: Rename): Condition {
  switch (of.kind) {
    case 'all':
    case 'any':
      return { kind: of.kind, of: of.of.map(part => conditionUnder(part, rename)) }
    case 'not':
      return { kind: 'not', of: conditionUnder(of.of, rename) }
    case 'onList':
      return { kind: 'onList', list: rename('lists', of.list) }
    case 'oneOf': {
      const section = namingFields[of.field]
      return section === undefined
        ? of
        : { ...of, values: of.values.map(value => rename(section, String(value))) }
    }
    default:
      return of
  }
}
