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
  /** What happens when nobody whom a rule names can take the lead, unless the rule says it itself (R19). */
  nobodyAvailable: NobodyAvailable
  /** What a lead of an existing customer or a named account gets, before any standard rule (R11); null: nothing. */
  accounts: { assign: Target; backup: Target; sla: string } | null
  duplicates: { merge: number; review: number }
  /** Until every lead must have an owner, from its receipt on (R27); null: nobody counts. */
  timeToAssign: AssignTerms | null
  reviews: Record<ReviewKind, ReviewTerms>
  slas: Record<string, Sla>
  /** The kinds of touch that stop a clock; the others stand on the timeline alone. */
  touches: readonly TouchKind[]
  /** Per reason that an owner may name for pausing clocks: which, and for how long at the most. */
  pauses: Record<string, PauseTerms>
  reminders: ReminderTerms
  campaigns: Record<string, Campaign>
  handoff: HandoffTerms | null
  reassign: ReassignTerms
  leave: LeaveTerms
  /** How long after its end a lead may be opened again; null: never. */
  reopen: { withinMs: number } | null
  publish: PublishTerms
  keep: KeepTerms
  /** Reasons for which an owner gets back the turn that the lead was (docs/fairness.md). */
  giveBack: { disqualified: readonly string[]; reassigned: readonly string[] }
}

export type Source = {
  campaign: string
  /** `off`: stored only. `shadow`: decided and recorded, and nobody is assigned. `on`: the whole life (R04). */
  rollout: 'on' | 'shadow' | 'off'
  /** Missing after enrichment: noted on the lead. */
  required: readonly string[]
  /** Missing after enrichment: a review. */
  critical: readonly string[]
  /** Names of extra fields that it declares. */
  fields: readonly string[]
  /** Null: it has no public form. */
  form: SourceForm | null
}

export type SourceForm = {
  /** Null: the page's usual one. */
  title: string | null
  /** What it asks beyond what each form asks and what the source requires, in the order of the page. */
  fields: readonly FormField[]
}

export type FormField = {
  /** One of `formFields`, or `fields.NAME` of what the source declares. */
  name: string
  /** Null: made of the name. */
  label: string | null
  type: FormFieldType
}

/** Of the fields that every lead can have, those that a person can be asked for. */
export const formFields = [
  'firstName',
  'lastName',
  'email',
  'phone',
  'company',
  'website',
  'employees',
  'industry',
  'street',
  'city',
  'region',
  'postcode',
  'country',
  'product',
  'service',
  'language',
  'urgency',
] as const

export const formFieldTypes = ['text', 'number', 'date', 'email', 'tel', 'url'] as const
export type FormFieldType = (typeof formFieldTypes)[number]

type Criterion = { name: string; add: number; when: Condition }

export type Territory = {
  /** What the territory asks, and everything that the ones around it ask. */
  when: Condition
  /** The territory around this one. */
  within: string | null
  manager: RepId | null
}

export type Pool = {
  /** Weight per member; `everyone with role sdr` is resolved against the roster at the time of the decision. */
  members: Record<RepId, number> | { role: string }
  choice: PoolChoice
  /** What becomes of the share of someone on leave (R18). */
  afterLeave: AfterLeave
  /** How many leads a member may have; null: no limit. */
  caps: Caps
  /** Only who is within their working hours; otherwise hours exclude nobody (R19). */
  inHoursOnly: boolean
}

/** How a pool chooses among those who can take the lead (R16). */
export type PoolChoice =
  /** Tijdeman's turns by weight (domain/standing.ts). */
  | { by: 'turns' }
  /** The fewest open leads per weight; equals take turns. */
  | { by: 'leastLoaded' }
  /** The largest part of their capacity free, each member's weight being the open leads that they can have; equals take turns. */
  | { by: 'capacity' }
  /** Everyone is told and the first to accept owns it; after `acceptWithinMs` of real time the lead goes to `then`. */
  | { by: 'queue'; acceptWithinMs: number; then: Target }

/** `hold`: nothing accrues. `catchUp`: it accrues as if they were there, up to so many turns for one absence. */
type AfterLeave = { kind: 'hold' } | { kind: 'catchUp'; turnsMost: number }

/** Open leads at once, and leads received in a calendar day or a week from Monday, in the member's own zone. */
type Caps = { open: number | null; perDay: number | null; perWeek: number | null }

/**
 * `nextPool`: the rule's backup, then `otherwise`, then a review. `nextRule`: the rules that lost, in their order, come
 * before `otherwise`. `assignNow`: hours and caps no longer count in the rule's own target. `hold`: wait for one of the
 * rule's own people, at most so long, then go on as in `nextPool`. `review`: a person decides at once.
 */
export type NobodyAvailable =
  | { kind: 'nextPool' | 'nextRule' | 'assignNow' | 'review' }
  | { kind: 'hold'; mostMs: number }

/** What whoever takes the lead must have (R16). A lead that says nothing of it asks nothing. */
export type Need =
  /** Speaks the lead's language. */
  | { kind: 'language' }
  /** Has a skill of the name that the lead has in this field. */
  | { kind: 'field'; field: 'product' | 'service' | 'industry' }
  | { kind: 'skill'; skill: string }

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
  needs: readonly Need[]
  /** Null: as the policy says. */
  nobodyAvailable: NobodyAvailable | null
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
  'ownership-claimed',
  'policy-exception',
] as const
export type ReviewKind = (typeof reviewKinds)[number]

export type ReviewTerms = {
  /** Of `high-value` and `policy-exception`: which leads a person looks at. Null: of none; the others ask as they come. */
  when: Condition | null
  /** Of `high-value`: nobody gets the lead before it is decided. Absent: its owner works on it meanwhile. */
  hold?: true
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
  /** The manager of the first territory that has one and in which the lead lies; else the kind's backup. */
  | { kind: 'managerOfTerritory' }

export type Sla = {
  clock: { kind: 'owner' } | { kind: 'calendar'; calendar: string } | { kind: 'always' }
  acknowledge: ClockTerms | null
  firstTouch: ClockTerms
  /** From each touch on, until the next; null: a lead that is worked on never goes stale. */
  stale: ClockTerms | null
  reRoutes: { most: number; then: Target }
}

export type ClockTerms = { withinMs: number; steps: readonly LadderStep[] }

export type LadderStep = { at: StepAt; do: readonly LadderAction[] }

export type LadderAction = 'remindOwner' | 'tellManager' | 'reRoute'

/** Of a lead that has no owner yet. `tell` hears of the breach at once. */
export type AssignTerms = {
  withinMs: number
  /** Nobody owns the lead, so the clock is in nobody's hours. */
  clock: Exclude<Sla['clock'], { kind: 'owner' }>
  tell: Decider
}

export const touchKinds = ['call', 'email', 'meeting', 'message', 'crm-activity'] as const
export type TouchKind = (typeof touchKinds)[number]

/** The clocks of an owner; whoever pauses stops these of them. */
export const pausableClocks = ['acknowledge', 'firstTouch', 'stale'] as const
export type PauseTerms = { clocks: readonly (typeof pausableClocks)[number][]; mostMs: number }

export type ReminderTerms = {
  /** Minutes of the day in the owner's zone, over midnight where `from` is later; a reminder waits for its end. */
  quiet: { fromMinute: number; toMinute: number } | null
  /** Reminders that come due at one instant are sent over so long, each lead always as late as itself; 0: at once. */
  spreadMs: number
}

export type Campaign = {
  /** How much it says that the prospect wants to buy: a submission of a hotter campaign raises the lead that it joins. */
  intent: number
  /** How the owner's message reads: `short` or `full`. */
  notify: 'short' | 'full'
  /** How the other members of the pool hear of the lead, in the app; `off`: not at all. */
  team: 'short' | 'full' | 'off'
  /** Null: the prospect gets no acknowledgement. */
  acknowledge: ProspectLetter | null
  /** A way to book time with the owner: within the acknowledgement if the owner is known by then, else a letter of its own. */
  meetingLink: ProspectLetter | null
}

/** `when`: of which leads; null: of all of the campaign. */
export type ProspectLetter = { by: 'email'; template: Template; when: Condition | null }

/** What a template may say of the lead: `{{firstName}}`. */
export const templateVariables = [
  'firstName',
  'company',
  'product',
  'contactWithin',
  'replyTo',
  'ownerName',
  'meetingLink',
] as const

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
  /** Who is offered the lead when the sender names nobody; null: the sender must name somebody. */
  assign: Target | null
  /** When nobody answers: `back`, the sender keeps it; `up`, the receiver's manager gets it. */
  onTimeout: 'back' | 'up'
}

export type ReassignTerms = {
  /** Per reason code: approved at once, or by a person. */
  reasons: Record<string, 'approve' | 'ask'>
  decides: Decider
  backup: Decider
  withinMs: number
  /** How long after a refusal the same person may not ask for the same lead again. */
  coolDownMs: number
  /** A request that nobody decided ends refused. */
}

/** What becomes of leads that were touched when their owner goes on leave; untouched ones move to the cover. */
type LeaveTerms = { touched: 'stay' | 'move' | 'pause' }

/** Who must have agreed to a draft before it can be published: one person of each of these roles. */
type PublishTerms = { signOff: readonly string[] }

/** How long closed leads and raw submissions are kept; null: for ever. */
type KeepTerms = { leadsMs: number | null; submissionsMs: number | null }
