/** The leads that a simulation goes through, one after the other in the order of time. */
import type { DecisionInput, DecisionRecord, TurnTaken } from '../decision.js'
import { acceptEnrichment, proposeEnrichment } from '../enrich.js'
import { factsOf } from '../facts.js'
import { normalise } from '../identity/normalise.js'
import type { EpochMs, PoolId, RepId } from '../ids.js'
import type { LeadBody, NormalisedLead, RoutingFacts } from '../lead.js'
import type { Policy } from '../policy.js'
import type { GivenBackReason } from '../standing.js'
import type { AssignmentCause, ClockKind } from '../timeline.js'
import type { Place } from './agenda.js'

export type StreamedLead = {
  /** Says in rows and examples which lead it is; nothing personal. */
  id: string
  /** When it is decided for the first time. */
  atMs: EpochMs
  said: Said
  /** What really became of it; null: nothing is known, or its source was off or in shadow. */
  past: LeadPast | null
  wasOnly?: 'stored' | 'shadowed'
}

export type Said =
  | { kind: 'lead'; lead: NormalisedLead; account: RoutingFacts['account'] }
  /** As the rules see it, whatever the policy's sources and lists say. */
  | { kind: 'facts'; facts: RoutingFacts }

export type LeadPast = {
  /** Every routing attempt from the one at `atMs` on, in their order; at least one. */
  steps: readonly [RealStep, ...RealStep[]]
  /** When nobody owned it any more; null: somebody still does. */
  closedAtMs: EpochMs | null
  /** What is said here is known up to then. */
  knownUntilMs: EpochMs
  /** Turns that its owners got back. */
  givenBack: readonly { hop: number; place: Place; reason: GivenBackReason }[]
  /** The first attempt as it stands on record; null where the record tells of less than this engine. */
  record: DecisionRecord | null
  /** It had its first owner before the simulation begins: it takes turns and time, and is no lead of the report. */
  isCarriedOver: boolean
}

/** What a routing attempt was asked, and what came of it. */
export type RealStep = {
  place: Place
  cause: AssignmentCause
  asked: RealAsked
  facts: RoutingFacts
  came: Came
  /** Of one that came to a rule; null: it did not. */
  rule: string | null
  pool: PoolId | null
  sla: string | null
  turn: TurnTaken | null
  /** Of an owner. */
  acknowledgedAtMs: EpochMs | null
  touchedAtMs: EpochMs | null
  breached: readonly ClockKind[]
}

type RealAsked = Pick<
  DecisionInput,
  | 'atMs'
  | 'hop'
  | 'excluded'
  | 'lastOwner'
  | 'directed'
  | 'settled'
  | 'chosenRule'
  | 'heldSinceMs'
  | 'receiver'
>

/** An outcome of routing, in short: `what` is the owner, the kind of review, or the pool of the queue. */
export type Came =
  | { kind: 'assigned'; what: RepId }
  | { kind: 'review'; what: string }
  | { kind: 'queued'; what: PoolId }
  /** A handoff was offered to whom the policy chose: that took a turn, and the lead stayed whose it was. */
  | { kind: 'offered'; what: RepId }
  | { kind: 'disqualified' | 'held'; what: null }

/** As in activities/enrich.ts: the two must be one number. */
const minimumConfidence = 0.5

/** A submission as intake reads it. `account`: of the CRM at the time; null: none, or not known. */
export function saidBy(body: LeadBody, account: RoutingFacts['account'] = null): Said {
  return { kind: 'lead', lead: normalise(body), account }
}

/** What the rules may ask about it: after enrichment from the policy's own tables, as in the life of a real lead. */
export function factsFor(policy: Policy, said: Said): RoutingFacts {
  if (said.kind === 'facts') return said.facts
  return factsOf(policy, enriched(policy, said.lead), said.account)
}

/** With what the policy's own tables say of its company. */
export function enriched({ companies }: Policy, lead: NormalisedLead): NormalisedLead {
  const proposals = proposeEnrichment(lead, { domains: companies })
  return acceptEnrichment(lead, proposals, minimumConfidence).lead
}

/**
 * What became known of a real lead after its first attempt, such as a person's correction, brought into what the
 * simulated policy knows of it.
 */
export function withWhatBecameKnown(
  simulated: RoutingFacts,
  first: RoutingFacts,
  later: RoutingFacts,
): RoutingFacts {
  if (first === later) return simulated
  const changed = Object.fromEntries(
    Object.entries(later).filter(
      ([name, value]) =>
        !policyMade.includes(name) &&
        JSON.stringify(value) !==
          JSON.stringify(Object.entries(first).find(([other]) => other === name)?.[1]),
    ),
  )
  const filled = first.missing.filter(field => !later.missing.includes(field))
  return {
    ...simulated,
    ...changed,
    fields: { ...simulated.fields, ...later.fields },
    missing: simulated.missing.filter(field => !filled.includes(field)),
  }
}

/** Facts that hang on the policy as well as on the lead. */
const policyMade = ['lists', 'fields', 'missing']
