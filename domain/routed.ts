/** What a lead's life hears of a decision: its wait, its question, or its owner with clocks and terms. */
import { clocksOf } from './clocks.js'
import { holds } from './condition.js'
import type { Decision } from './decision.js'
import { assertNever, type EpochMs, type PolicyVersion } from './ids.js'
import type { RoutingFacts } from './lead.js'
import type { OwnerTerms, Routed } from './life/state.js'
import type { Person, Roster } from './people.js'
import { type Policy, touchKinds } from './policy.js'
import { profileOf } from './score.js'
import type { AssignmentCause } from './timeline.js'

type Assigned = Extract<Decision, { kind: 'assigned' }>

export type Circumstances = {
  facts: RoutingFacts
  policyVersion: PolicyVersion
  roster: Roster
  cause: AssignmentCause
  atMs: EpochMs
}

/** @throws Error when the owner is not in the roster, which the decision has read as well */
export function routedOf(policy: Policy, decision: Decision, circumstances: Circumstances): Routed {
  switch (decision.kind) {
    case 'assigned': {
      const owner = circumstances.roster.people.find(({ id }) => id === decision.owner)
      if (owner === undefined) throw new Error(`the owner ${decision.owner} is not in the roster`)
      return assignedTo(policy, decision, owner, circumstances)
    }
    case 'review':
      return { kind: 'review', review: decision.review }
    case 'disqualified':
      return { kind: 'disqualified' }
    case 'held': {
      const { retryAtMs, untilMs } = decision
      return { kind: 'held', retryAtMs, untilMs }
    }
    case 'queued': {
      const { pool, members, rule, acceptByMs, then } = decision
      return { kind: 'queued', pool, members, rule, acceptByMs, then }
    }
    default:
      return assertNever(decision)
  }
}

/** Whoever takes over by a handoff works under the handoff's own service level. */
export function slaUnder(policy: Policy, { sla }: Assigned, cause: AssignmentCause): string {
  return cause === 'handoff' && policy.handoff !== null ? policy.handoff.sla : sla
}

function assignedTo(
  policy: Policy,
  decision: Assigned,
  owner: Person,
  { facts, policyVersion, cause, atMs }: Circumstances,
): Routed {
  const sla = slaUnder(policy, decision, cause)
  const terms = ownerTerms(policy, sla)
  return {
    kind: 'assigned',
    owner: owner.id,
    manager: owner.manager,
    rule: decision.rule,
    pool: decision.turn?.pool ?? null,
    clocks: clocksOf(policy, { sla, ownerCalendar: owner.calendar }, atMs),
    reRoutes: policy.slas[sla]?.reRoutes ?? { most: 0, then: { kind: 'managerOfOwner' } },
    highValue: decision.review === 'high-value',
    ...(Object.keys(terms).length === 0 ? {} : { terms }),
    ...(sendsMeetingLink(policy, facts) ? ({ meetingLink: true } as const) : {}),
    labels: {
      team: owner.team,
      campaign: declaredCampaign(policy, facts),
      segment: decision.segment,
      territories: decision.territories,
      policyVersion,
    },
  }
}

/** Anyone can send anything as the name of a campaign; it stands in the history only where it is one of ours. */
function declaredCampaign({ campaigns }: Policy, { campaign }: RoutingFacts): string | null {
  return campaign !== null && Object.hasOwn(campaigns, campaign) ? campaign : null
}

/** Only what is not the usual: it stands in the history of every lead. */
export function ownerTerms(policy: Policy, sla: string): OwnerTerms {
  const { touches, reminders } = policy
  return {
    ...(touchKinds.every(kind => touches.includes(kind)) ? {} : { touches }),
    ...((policy.slas[sla]?.stale ?? null) === null ? {} : ({ stale: true } as const)),
    ...(reminders.spreadMs === 0 ? {} : { spreadMs: reminders.spreadMs }),
  }
}

/** Whether the lead's campaign gives a lead like this one a way to book time with its owner. */
export function sendsMeetingLink(policy: Policy, facts: RoutingFacts): boolean {
  const letter = policy.campaigns[facts.campaign ?? '']?.meetingLink ?? null
  return letter !== null && (letter.when === null || holds(letter.when, profileOf(policy, facts).known))
}
