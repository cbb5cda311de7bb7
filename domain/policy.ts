/**
 * A policy as the engine reads it. domain/policy-document.ts makes it from the YAML that sales operations write;
 * every name in it is resolved and every duration is in milliseconds. Plain JSON, so that it can be stored.
 */
import type { WorkCalendar } from './calendar.js'
import type { Condition } from './condition.js'
import type { PoolId, RepId } from './ids.js'
import type { StepAt } from './ladder.js'

export type Policy = {
  policy: string
  zone: string
  calendars: Record<string, WorkCalendar>
  /** Company names or domains, in the keys that matching uses. */
  lists: Record<string, readonly string[]>
  /** What the default enricher may say of a business domain. */
  companies: Record<string, { company?: string; industry?: string; employees?: number; country?: string }>
  sources: Record<string, Source>
  score: readonly Criterion[]
  qualify: { disqualified: Condition | null; qualified: Condition | null }
  /** In the order of the document; the first whose condition holds is the lead's segment. */
  segments: readonly { id: string; when: Condition }[]
  territories: Record<string, Territory>
  pools: Record<PoolId, Pool>
  rules: readonly Rule[]
  /** What no rule matched. */
  otherwise: { assign: Target; sla: string }
  /** What a lead of an existing customer or a named account gets, before any standard rule (R11); null: nothing. */
  accounts: { assign: Target; backup: Target; sla: string } | null
  duplicates: { merge: number; review: number }
  reviews: Record<ReviewKind, ReviewTerms>
  slas: Record<string, Sla>
  campaigns: Record<string, Campaign>
  handoff: HandoffTerms | null
  reassign: ReassignTerms
}

export type Source = {
  campaign: string
  /** Missing after enrichment: noted on the lead. */
  required: readonly string[]
  /** Missing after enrichment: a review. */
  critical: readonly string[]
  /** Names of extra fields that it declares. */
  fields: readonly string[]
}

export type Criterion = { name: string; add: number; when: Condition }

export type Territory = { when: Condition; manager: RepId | null }

export type Pool = {
  /** Weight per member; `everyone with role sdr` is resolved against the roster at the time of the decision. */
  turns: Record<RepId, number> | { role: string }
}

export type Target =
  | { kind: 'pool'; pool: PoolId }
  | { kind: 'rep'; rep: RepId }
  | { kind: 'accountOwner' }
  /** The manager of the lead's last owner. */
  | { kind: 'managerOfOwner' }

export type Rule = {
  id: string
  /** Exception rules are looked at first, in the order of the document (R11, R20). */
  exception: boolean
  when: Condition
  assign: Target
  backup: Target | null
  sla: string
  /** Decides between rules of equal specificity: the lower wins. Null: not ranked. */
  rank: number | null
}

export const reviewKinds = [
  'missing-critical',
  'ambiguous-rule',
  'possible-duplicate',
  'undeclared-source',
  'nobody-available',
  'high-value',
] as const
export type ReviewKind = (typeof reviewKinds)[number]

export type ReviewTerms = {
  /** Only `high-value` has one: which leads are reviewed while their owner already works on them. */
  when: Condition | null
  decides: Decider
  backup: Decider
  /** Until the decision owner must have decided, and again for the backup. */
  withinMs: number
  /** What happens when the backup's time is over too. */
  onTimeout: ReviewTimeout
}

export type ReviewTimeout =
  | { kind: 'assign'; target: Target }
  | { kind: 'keepSeparate' }
  | { kind: 'keepOwner' }
  | { kind: 'reject' }

/** Who decides: always one person in the end. */
export type Decider =
  | { kind: 'rep'; rep: RepId }
  | { kind: 'role'; role: string }
  | { kind: 'managerOfOwner' }

export type Sla = {
  clock: { kind: 'owner' } | { kind: 'calendar'; calendar: string } | { kind: 'always' }
  acknowledge: ClockTerms | null
  firstTouch: ClockTerms
  reRoutes: { most: number; then: Target }
}

export type ClockTerms = { withinMs: number; steps: readonly LadderStep[] }

export type LadderStep = { at: StepAt; do: readonly LadderAction[] }

export type LadderAction = 'remindOwner' | 'tellManager' | 'reRoute'

export type Campaign = {
  /** How the owner's message reads: `short` or `full`. */
  notify: 'short' | 'full'
  /** Null: the prospect gets no acknowledgement. */
  acknowledge: { by: 'email'; template: Template } | null
}

/** What a template may say of the lead: `{{firstName}}`. */
export const templateVariables = ['firstName', 'company', 'product', 'contactWithin', 'replyTo'] as const

/** Text with variables in double braces, without blanks inside them. */
export type Template = { subject: string; text: string }

export type HandoffTerms = {
  fromRole: string
  toRole: string
  required: readonly string[]
  notesAtLeast: number
  /** Working time of the receiver. */
  acceptWithinMs: number
  sla: string
}

export type ReassignTerms = {
  /** Per reason code: approved at once, or by a person. */
  reasons: Record<string, 'approve' | 'ask'>
  decides: Decider
  backup: Decider
  withinMs: number
  /** A request that nobody decided ends refused. */
}
