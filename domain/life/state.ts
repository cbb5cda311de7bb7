/**
 * Where a lead stands, what can happen to it and what must be done about it: the three types of the state machine.
 * Plain JSON, so that a state crosses continue-as-new unchanged.
 */

import type { z } from 'zod'
import type { exclusion } from '../decision.js'
import type { EpochMs, LeadId, PolicyVersion, PoolId, RepId } from '../ids.js'
import type { Outcome } from '../lead.js'
import type { Answer, Message, MessageName, ReviewDecision } from '../messages.js'
import type { LadderAction, ReviewKind, ReviewTimeout, Target, TouchKind } from '../policy.js'
import type { AssignmentCause, ClockKind, TimelineEntry } from '../timeline.js'

export type Exclusion = z.infer<typeof exclusion>

export type LeadState = {
  /** Raised when the shape changes; continue-as-new carries it. */
  schema: 1
  lead: LeadId
  /** Numbers the routing attempts; the owner's hop is the attempt that gave it. */
  hop: number
  ownership: Ownership
  clocks: readonly RunningClock[]
  /** How often the lead may still move on because its owner let it lapse; null before the first owner. */
  chain: { movesLeft: number; end: Target; ended: boolean } | null
  review: OpenReview | null
  request: OpenRequest | null
  handoff: OpenHandoff | null
  /** Clocks that stand still; absent in states of before they could. */
  pause?: Pause | null
  /** Whose lead it is while they are on leave, and who has it meanwhile; null once the lead has moved on. */
  covering?: Covering | null
  /** Queues in which nobody has accepted it since it last had an owner: it does not go round in them without end. */
  queuesPassed?: readonly PoolId[]
  /** Who hears that nobody owns the lead, once its clock of assignment runs out. */
  assignTell?: RepId | null
  excluded: readonly Exclusion[]
  /** The last answers, so that a repeated request gets the first one. */
  answered: readonly { requestId: string; answer: Answer }[]
  /** Numbers the changes that a retry must not write twice. */
  step: number
}

export type Owner = {
  rep: RepId
  manager: RepId | null
  hop: number
  rule: string
  /** Whose turn it was; null for an owner by name. Absent in histories of before it was said. */
  pool?: PoolId | null
  sinceMs: EpochMs
  terms?: OwnerTerms
  /** Absent in histories of before they were said. */
  labels?: LeadLabels
}

/** What engineers search the lead by beside its owner: ids and codes of the policy that gave it. */
export type LeadLabels = {
  team: string
  /** Of the policy's own; null: none, or a name that only the sender knows. */
  campaign: string | null
  segment: string | null
  territories: readonly string[]
  policyVersion: PolicyVersion
}

/** What the policy says of an owner's work, as far as it is not what every policy says: then it is absent. */
export type OwnerTerms = {
  /** The touches that stop a clock; absent: all do. */
  touches?: readonly TouchKind[]
  /** From each touch on a clock of staleness runs. */
  stale?: true
  /** Reminders are sent so much later, at the most (domain/reminders.ts). */
  spreadMs?: number
}

export type Pause = {
  reason: string
  clocks: readonly ClockKind[]
  sinceMs: EpochMs
  untilMs: EpochMs
}

type Covering = { leave: string; rep: RepId; by: RepId | null }

type Ownership =
  | { status: 'received' }
  /** Waits for the lead that it joins to answer. */
  | { status: 'joining'; survivor: LeadId; tries: number; dueAtMs: EpochMs }
  /** Waits for the decision of the open review. `waited`: it was held or in a queue before, so the CRM has it. */
  | { status: 'in_review'; waited?: { lastOwner: RepId | null } }
  | Held
  | Queued
  | { status: 'assigned' | 'acknowledged' | 'working'; owner: Owner }
  | { status: 'closed'; outcome: Outcome; mergedInto: LeadId | null; lastOwner: RepId | null }

/** The routing attempt that found nobody who takes the lead at once, and whose lead it was before. */
type Waiting = { hop: number; lastOwner: RepId | null }

/** Waits for somebody to become available, who is looked for again at `retryAtMs`, and by `untilMs` for the last time. */
export type Held = Waiting & { status: 'held'; sinceMs: EpochMs; retryAtMs: EpochMs; untilMs: EpochMs }

/** The first of `members` to accept owns it; with nobody by `acceptByMs` it goes to `then`. */
export type Queued = Waiting & {
  status: 'queued'
  pool: PoolId
  members: readonly RepId[]
  rule: string
  acceptByMs: EpochMs
  then: Target
}

export type RunningClock = {
  clock: ClockKind
  dueAtMs: EpochMs
  /** Absent in histories of before clocks could be paused. */
  startedAtMs?: EpochMs
  /** The spans in which it stood still. */
  holds?: readonly (readonly [fromMs: EpochMs, toMs: EpochMs])[]
  /** What is still to come, earliest first; the breach at `dueAtMs` is one of them. */
  steps: readonly { atMs: EpochMs; do: readonly (LadderAction | 'breach')[] }[]
}

export type OpenReview = {
  id: string
  kind: ReviewKind
  decides: RepId
  backup: RepId
  escalated: boolean
  dueAtMs: EpochMs
  backupDueAtMs: EpochMs
  onTimeout: ReviewTimeout
  /** Of a lead whose ownership is claimed: who claims it. */
  claimant?: RepId
}

type OpenRequest = {
  id: string
  by: RepId
  wanted: RepId | null
  decides: RepId
  backup: RepId
  escalated: boolean
  dueAtMs: EpochMs
  backupDueAtMs: EpochMs
}

type OpenHandoff = {
  id: string
  from: RepId
  to: RepId
  dueAtMs: EpochMs
  /** Who gets the lead when nobody answers; absent or null: the sender keeps it. */
  up?: RepId | null
}

/** What intake found out about the lead. */
export type Prepared =
  /** The source's rollout is off. */
  | { verdict: 'stored' }
  | { verdict: 'new' | 'customer'; acknowledge: boolean; assign?: AssignClock }
  | { verdict: 'joins'; survivor: LeadId }
  /** `disputed`: not about who the person is, but which of several accounts the lead belongs to. */
  | { verdict: 'review'; disputed?: boolean; assign?: AssignClock }
  /** The lead's life is over already: this run was started again by mistake. */
  | { verdict: 'ended'; outcome: Outcome }

/** Until when somebody must own the lead, counted from its receipt, and who hears of it otherwise. */
export type AssignClock = { dueAtMs: EpochMs; tell: RepId }

export type Routed =
  | {
      kind: 'assigned'
      owner: RepId
      manager: RepId | null
      rule: string
      pool?: PoolId | null
      clocks: readonly RunningClock[]
      reRoutes: { most: number; then: Target }
      highValue: boolean
      terms?: OwnerTerms
      labels?: LeadLabels
      /** The campaign sends leads like this one a way to book time with their owner. */
      meetingLink?: true
    }
  | { kind: 'review'; review: ReviewKind }
  | { kind: 'disqualified' }
  | { kind: 'held'; retryAtMs: EpochMs; untilMs: EpochMs }
  | {
      kind: 'queued'
      pool: PoolId
      members: readonly RepId[]
      rule: string
      acceptByMs: EpochMs
      then: Target
    }
  /** The source is in shadow: what would have happened is on record, and nothing else happens. */
  | { kind: 'shadowed' }

export type RequestOpened =
  | { kind: 'asked'; decides: RepId; backup: RepId; dueAtMs: EpochMs; backupDueAtMs: EpochMs }
  | { kind: 'approved' }
  | {
      kind: 'refused'
      code: 'unknown-reason' | 'unknown-person' | 'cooling-down'
      detail: readonly string[]
    }

export type HandoffOpened =
  /** `to`: whom the policy chose, where the sender named nobody; `hop`: the routing attempt that chose them. */
  | { kind: 'offered'; dueAtMs: EpochMs; to?: RepId; hop?: number; up?: RepId | null }
  | { kind: 'refused'; code: 'incomplete' | 'unknown-person'; detail: readonly string[] }

export type PauseOpened =
  | { kind: 'paused'; clocks: readonly ClockKind[]; untilMs: EpochMs }
  | { kind: 'refused'; code: 'unknown-reason'; detail: readonly string[] }

export type PolicyAdopted =
  | { kind: 'adopted'; clocks: readonly RunningClock[]; terms: OwnerTerms }
  | { kind: 'refused'; code: 'unknown-version'; detail: readonly string[] }

/** Which of the survivor's letters the hotter campaign still owes the prospect; `tell`: the owner hears of the raise. */
export type SubmissionAccepted = { acknowledge: boolean; meetingLink: boolean }

/** What happens to a lead: something is said to it, an instant comes due, or an activity answers. */
export type LeadEvent =
  | { kind: 'prepared'; atMs: EpochMs; prepared: Prepared }
  | { kind: 'routed'; atMs: EpochMs; cause: AssignmentCause; routed: Routed }
  | { kind: 'reviewOpened'; atMs: EpochMs; review: OpenReview }
  | { kind: 'requestOpened'; atMs: EpochMs; message: MessageOf<'requestReassignment'>; opened: RequestOpened }
  | { kind: 'handoffOpened'; atMs: EpochMs; message: MessageOf<'handOff'>; opened: HandoffOpened }
  | { kind: 'pauseOpened'; atMs: EpochMs; message: MessageOf<'pauseClock'>; opened: PauseOpened }
  /** These replace the running clocks of their kinds. */
  | { kind: 'clocksSet'; atMs: EpochMs; clocks: readonly RunningClock[] }
  | { kind: 'policyAdopted'; atMs: EpochMs; message: MessageOf<'adoptPolicy'>; adopted: PolicyAdopted }
  | { kind: 'submissionAccepted'; atMs: EpochMs; accepted: SubmissionAccepted }
  | { kind: 'submissionSplit'; atMs: EpochMs; message: MessageOf<'splitSubmission'>; split: boolean }
  | { kind: 'message'; atMs: EpochMs; message: Message }
  | { kind: 'due'; atMs: EpochMs; due: Due }

export type MessageOf<Name extends MessageName> = Extract<Message, { name: Name }>

export type Due =
  | { what: 'clock'; clock: ClockKind; do: RunningClock['steps'][number]['do']; atMs: EpochMs }
  | { what: 'review' | 'request' | 'handoff' | 'join' | 'hold' | 'queue' | 'pause'; atMs: EpochMs }

type Audience =
  | 'owner'
  | 'former-owner'
  | 'team'
  | 'member'
  | 'manager'
  | 'decider'
  | 'requester'
  | 'receiver'
  | 'watcher'

/** What the workflow does about it, in this order. */
export type Effect =
  | { do: 'prepare' }
  | { do: 'acknowledgeProspect' }
  | { do: 'enrich' }
  | { do: 'route'; cause: AssignmentCause; directed: Directed | null; lastOwner: RepId | null }
  /** Writes these to the timeline, and to the tables that they speak of, in one transaction. */
  | { do: 'record'; actor: string; entries: readonly TimelineEntry[]; requestId: string | null }
  /** Told after the record is saved and read back, and not at all when the owner has changed since. */
  | { do: 'saveToCrm' }
  | { do: 'tell'; about: About; to: readonly Told[] }
  /** `claim`: by whom, under which request. */
  | { do: 'openReview'; review: ReviewKind; claim?: { by: RepId; requestId: string; reason: string } }
  | { do: 'openRequest'; message: MessageOf<'requestReassignment'>; owner: RepId }
  | { do: 'openHandoff'; message: MessageOf<'handOff'>; owner: RepId }
  | { do: 'openPause'; message: MessageOf<'pauseClock'>; owner: RepId }
  /** Counts a clock from now on: the one of staleness, which each touch begins again. */
  | { do: 'startClock'; clock: 'stale' }
  /** The clocks of the pause go on; what is left of them is counted from now on. */
  | {
      do: 'resumeClocks'
      pause: Pause
      by: 'person' | 'time' | 'leave'
      actor: string
      requestId: string | null
    }
  | { do: 'adoptPolicy'; message: MessageOf<'adoptPolicy'> }
  | { do: 'sendMeetingLink' }
  /** Takes back what that submission brought, and begins its own life again. */
  | { do: 'splitSubmission'; message: MessageOf<'splitSubmission'> }
  /** Forgets the person, once the lead is closed. */
  | { do: 'erase' }
  | { do: 'askToJoin'; survivor: LeadId }
  | { do: 'acceptSubmission'; lead: LeadId }
  | { do: 'answerJoin'; lead: LeadId; accepted: boolean }
  /** Null: applied; the answer says where the lead stands once all effects before this one are done. */
  | { do: 'answer'; requestId: string; answer: Answer | null }
  /** To a member of the queue: whether the routing has given them the lead. */
  | { do: 'answerAcceptance'; requestId: string; member: RepId }

/** A target that a person or the end of the chain named, or the rule that a person chose between equals. */
export type Directed = Target | { kind: 'rule'; rule: string }

export type About =
  | 'assigned'
  | 'queued'
  | 'moved-on'
  | 'reminder'
  | 'escalation'
  | 'submission-joined'
  | 'review'
  | 'review-escalated'
  | 'reassignment-asked'
  | 'reassignment-decided'
  | 'handoff-offered'
  | 'handoff-answered'
  /** The clock of assignment ran out. */
  | 'unassigned'
  | 'claim-decided'
  | 'submission-split'
  /** What somebody was asked, or had asked for, has ended by itself. */
  | 'superseded'

/** Who is told: a person, or all who belong to the lead in that way. */
export type Told =
  | { audience: Exclude<Audience, 'team' | 'watcher'>; rep: RepId }
  | { audience: 'team' | 'watcher' }

export type Reaction = { state: LeadState; effects: readonly Effect[] }

/** The choices of each kind of review; the API shows them, the lead refuses any other. */
export const reviewChoices: Record<ReviewKind, readonly ReviewDecision['choice'][]> = {
  'missing-critical': ['correct', 'assign', 'reject', 'disqualify'],
  'ambiguous-rule': ['assign', 'correct', 'reject', 'disqualify'],
  'possible-duplicate': ['merge', 'keepSeparate', 'reject', 'disqualify'],
  'undeclared-source': ['assign', 'reject', 'disqualify'],
  'nobody-available': ['assign', 'reject', 'disqualify'],
  'high-value': ['keepOwner', 'assign', 'reject', 'disqualify'],
  'ownership-claimed': ['keepOwner', 'assign'],
  'policy-exception': ['assign', 'correct', 'reject', 'disqualify'],
}
