/**
 * The timeline in plain sentences, for the terminal and the desk. A sentence says what happened to the lead and to
 * whom; when it happened stands beside it, so only instants that lie elsewhere (a deadline) are in the sentence.
 *
 * Longer than a file should be: a sentence for every kind of event, and nothing else.
 */
import { assertNever, type EpochMs } from './ids.js'
import type { ReviewDecision } from './messages.js'
import type { TimelineEntry } from './timeline.js'

type Data<Kind extends TimelineEntry['kind']> = Extract<TimelineEntry, { kind: Kind }>['data']

/** How names and instants are said where the sentence is read. */
export type Telling = {
  /** A person's id in the words of the place: their name, or the id itself. */
  person: (id: string) => string
  /** An instant in the time zone of the reader. */
  time: (atMs: EpochMs) => string
}

/** Ids as they are and instants in UTC. */
const plainTelling: Telling = {
  person: id => id,
  time: atMs => new Date(atMs).toISOString().replace(/(:00)?\.000Z$/, 'Z'),
}

/** One sentence without a full stop. A word that has no name yet in `Telling` (a rule, a pool) is said as its id. */
export function sentenceOf(entry: TimelineEntry, telling: Telling = plainTelling): string {
  const { person, time } = telling
  switch (entry.kind) {
    case 'received':
      return `Came in from ${entry.data.source} by ${channelNames[entry.data.channel]}`
    case 'prepared':
      return sayPrepared(entry.data)
    case 'enriched':
      return sayEnriched(entry.data)
    case 'assigned':
      return sayAssigned(entry.data, telling)
    case 'saved':
      return `Saved in the CRM (${entry.data.crm}) with ${entry.data.owner === null ? 'nobody' : person(entry.data.owner)} as owner, and read back`
    case 'told':
      return `Told ${listed(entry.data.recipients.map(person)) || 'nobody'}: ${spaced(entry.data.about)}`
    case 'prospectAcknowledged':
      return `Thanked the prospect by ${entry.data.by}`
    case 'prospectNotAcknowledged':
      return `Sent the prospect no thanks: ${whyNoLetter[entry.data.why]}`
    case 'acknowledged':
      return `${person(entry.data.owner)} acknowledged the lead`
    case 'touched':
      return `${person(entry.data.by)} ${touchWords[entry.data.touch]}${sayCount(entry.data)}`
    case 'clockMet':
      return entry.data.late
        ? `The ${clockNames[entry.data.clock]} clock stopped late: it was due ${time(entry.data.dueAtMs)}`
        : `The ${clockNames[entry.data.clock]} clock stopped in time, due ${time(entry.data.dueAtMs)}`
    case 'reminded':
      return `Reminded ${person(entry.data.owner)} of the ${clockNames[entry.data.clock]}`
    case 'escalated':
      return sayEscalated(entry.data, telling)
    case 'breached':
      return sayBreached(entry.data, telling)
    case 'lapsed':
      return `${person(entry.data.owner)} let the ${clockNames[entry.data.clock]} clock run out and loses the lead`
    case 'reviewOpened':
      return sayReviewOpened(entry.data, telling)
    case 'reviewEscalated':
      return `Review not decided in time: ${person(entry.data.to)} decides now, by ${time(entry.data.dueAtMs)}`
    case 'reviewDecided':
      return `${person(entry.data.by)} decided the review (${spaced(entry.data.kind)}): ${sayChoice(entry.data.decision, telling)}`
    case 'reviewTimedOut':
      return `Nobody decided the review (${spaced(entry.data.kind)}); then: ${spaced(entry.data.then)}`
    case 'reviewSuperseded':
      return `The review (${spaced(entry.data.kind)}) ended by itself: ${spaced(entry.data.by)}`
    default:
      return sayWhatPeopleAsk(entry, telling)
  }
}

type Turning = Extract<
  TimelineEntry,
  {
    kind:
      | `clock${'Started' | 'sPaused' | 'sResumed'}`
      | `${'cover' | 'meetingLink'}${string}`
      | 'policyAdopted'
      | 'reopened'
      | 'submissionSplit'
      | 'intentRaised'
      | 'erased'
  }
>
type AskedOfPeople = Exclude<LeftOver, Turning>
type LeftOver = Exclude<TimelineEntry, { kind: SaidFirst }>
type SaidFirst =
  | 'received'
  | 'prepared'
  | 'enriched'
  | 'assigned'
  | 'saved'
  | 'told'
  | `prospect${string}`
  | 'acknowledged'
  | 'touched'
  | 'clockMet'
  | 'reminded'
  | 'escalated'
  | 'breached'
  | 'lapsed'
  | `review${string}`

/** The second third of the alphabet of events, so that each fits a screen. */
function sayWhatPeopleAsk(entry: AskedOfPeople | Turning, telling: Telling): string {
  const { person, time } = telling
  switch (entry.kind) {
    case 'reassignmentRequested':
      return sayRequest(entry.data, telling)
    case 'reassignmentEscalated':
      return `Request for another owner not decided in time: ${person(entry.data.to)} decides now, by ${time(entry.data.dueAtMs)}`
    case 'reassignmentDecided':
      return entry.data.timedOut
        ? 'Nobody decided the request for another owner, so the owner stays'
        : `${person(entry.data.by)} ${entry.data.approved ? 'approved' : 'refused'} the request for another owner`
    case 'reassignmentSuperseded':
      return `The request for another owner ended by itself: ${spaced(entry.data.by)}`
    case 'handoffOffered':
      return sayOffer(entry.data, telling)
    case 'handoffRefused':
      return `Handoff from ${person(entry.data.from)}${entry.data.to === null ? '' : ` to ${person(entry.data.to)}`} not possible yet, missing: ${listed(entry.data.missing)}`
    case 'handoffAnswered':
      return sayHandoff(entry.data, telling)
    case 'handoffSuperseded':
      return `The handoff ended by itself: ${spaced(entry.data.by)}`
    case 'held':
      return `Nobody can take it${causes[entry.data.cause]}: held until ${time(entry.data.untilMs)} at most, to be tried again ${time(entry.data.retryAtMs)}`
    case 'queued':
      return sayQueued(entry.data, telling)
    case 'accepted':
      return `${person(entry.data.by)} accepted it from the queue of the pool ${entry.data.pool}`
    case 'queueTimedOut':
      return `Nobody accepted it from the queue of the pool ${entry.data.pool} in time; then: ${sayThen(entry.data.then, telling)}`
    case 'submissionJoined':
      return `Another submission of the same person joined (lead ${entry.data.lead})`
    case 'corrected':
      return `Corrected: ${listed(entry.data.fields)}`
    case 'refused':
      return `Refused ${spaced(entry.data.message)}: ${spaced(entry.data.code)}${inBrackets(entry.data.detail)}`
    case 'closed':
      return sayClosed(entry.data)
    default:
      return sayTurn(entry, telling)
  }
}

/** What interrupts a lead's way, or leads it back. */
function sayTurn(entry: Turning, { person, time }: Telling): string {
  switch (entry.kind) {
    case 'clockStarted':
      return `The ${clockNames[entry.data.clock]} clock runs, due ${time(entry.data.dueAtMs)}`
    case 'clocksPaused':
      return `Paused (${spaced(entry.data.reason)}): ${listed(entry.data.clocks.map(clock => clockNames[clock]))} stand still until ${time(entry.data.untilMs)} at most`
    case 'clocksResumed':
      return `The pause (${spaced(entry.data.reason)}) is over; ${listed(entry.data.clocks.map(({ clock, dueAtMs }) => `${clockNames[clock]} due ${time(dueAtMs)}`)) || 'no clock runs'}`
    case 'coverStarted':
      return `${person(entry.data.owner)} is on leave; ${coverWords[entry.data.then]}${entry.data.then === 'moved' && entry.data.cover !== null ? `, ${person(entry.data.cover)} covers` : ''}`
    case 'coverEnded':
      return `${person(entry.data.owner)} is back from leave; ${backWords[entry.data.then]}`
    case 'meetingLinkSent':
      return entry.data.within === 'letter'
        ? `Sent the prospect a way to book time with ${person(entry.data.owner)}`
        : `The thanks held a way to book time with ${person(entry.data.owner)}`
    case 'meetingLinkNotSent':
      return `Sent the prospect no way to book time with ${person(entry.data.owner)}: ${whyNoLetter[entry.data.why]}`
    case 'policyAdopted':
      return `Goes on under version ${entry.data.to} of the policy, no longer ${entry.data.from}${entry.data.reRoute ? ', and is routed again' : ''}`
    case 'reopened':
      return entry.data.why === 'reopened'
        ? `Opened again (${spaced(entry.data.reason)})`
        : 'Begins its own life again, since it was another person after all'
    case 'submissionSplit':
      return `Lead ${entry.data.lead} was another person after all: what it brought is taken back`
    case 'intentRaised':
      return `Belongs to the campaign ${entry.data.to} from now on, as lead ${entry.data.lead}, which joined it`
    case 'erased':
      return 'Everything personal is erased'
    default:
      return assertNever(entry)
  }
}

const coverWords = {
  moved: 'the lead moves on',
  stays: 'the lead stays, since it was touched',
  paused: 'the lead stays, and its clocks stand still',
} as const

const backWords = {
  returned: 'the lead comes back',
  'moved-on': 'the lead has moved on meanwhile',
  stayed: 'its clocks run again',
} as const

function sayBreached(data: Data<'breached'>, { person, time }: Telling): string {
  const { clock, owner, dueAtMs, corrective, correctiveBy, correctiveByMs } = data
  const who = owner === null ? 'nobody owned it' : `no ${clockNames[clock]} by ${person(owner)}`
  const seesToIt = correctiveBy == null ? '' : `, ${person(correctiveBy)} sees to it`
  const until = correctiveByMs == null ? '' : ` by ${time(correctiveByMs)}`
  return `Breach: ${who} until ${time(dueAtMs)}; then: ${spaced(corrective)}${seesToIt}${until}`
}

function sayCount({ first, counts }: Data<'touched'>): string {
  if (counts === false) return ', which stops no clock'
  return first ? ': the first touch' : ''
}

const channelNames = { api: 'the API', form: 'a form', csv: 'an import' } as const

const clockNames = {
  assign: 'assignment',
  acknowledge: 'acknowledgement',
  firstTouch: 'first touch',
  stale: 'staleness',
} as const

const touchWords = {
  call: 'called the prospect',
  email: 'wrote to the prospect',
  meeting: 'met the prospect',
  message: 'sent the prospect a message',
  'crm-activity': 'was active on it in the CRM',
} as const

const whyNoLetter = {
  'no-address': 'no address',
  'no-template': 'the campaign has no template',
  'no-consent': 'no consent',
  suppressed: 'nothing is sent to this address any more',
  'no-meeting-link': 'the owner has none',
  'refused-by-server': 'the mail server refused the address',
} as const

const causes = {
  new: '',
  lapsed: ', since the last owner let it lapse',
  review: ', as decided in the review',
  'review-timeout': ', since nobody decided the review',
  reassignment: ', as asked for',
  handoff: ', by handoff',
  'end-of-chain': ', at the end of the re-routes',
  'hold-retry': ', after it was held',
  'hold-over': ', since nobody of its own became available in time',
  accepted: ', as the first to accept it',
  'queue-timeout': ', since nobody accepted it in time',
  leave: ', since the owner is on leave',
  'leave-over': ', back from leave',
  'policy-adopted': ', by the policy that it has adopted',
  reopened: ', since it was opened again',
} as const

function sayPrepared({ verdict, survivor, account, notes }: Data<'prepared'>): string {
  const noted = notes.length === 0 ? '' : `; noted: ${listed(notes.map(spaced))}`
  switch (verdict) {
    case 'new':
      return `Nobody we know: a new lead${noted}`
    case 'joins':
      return `The same person as lead ${survivor ?? '?'}${noted}`
    case 'customer':
      return `Belongs to the account ${account ?? '?'}${noted}`
    case 'review':
      return `A person must look before it is routed${survivor === null ? '' : `: perhaps the same as lead ${survivor}`}${noted}`
    case 'stored':
      return `Its source is off: stored, and nothing else${noted}`
    default:
      return assertNever(verdict)
  }
}

function sayEnriched({ accepted, refused, degraded }: Data<'enriched'>): string {
  const found = accepted.length === 0 ? 'nothing added' : `added ${listed(accepted)}`
  const dropped = refused.length === 0 ? '' : `, refused ${listed(refused)}`
  return degraded ? 'Enrichment was late or failed: routed without it' : `Enriched: ${found}${dropped}`
}

function sayAssigned(data: Data<'assigned'>, { person, time }: Telling): string {
  const { owner, from, rule, pool, cause, clocks } = data
  const source = from === null || from === owner ? '' : ` instead of ${person(from)}`
  const turn = pool === null ? '' : `, a turn of the pool ${pool}`
  const due = clocks.map(({ clock, dueAtMs }) => `${clockNames[clock]} due ${time(dueAtMs)}`)
  return `${person(owner)} owns the lead${source} (${sayRule(rule)}${turn})${causes[cause]}${due.length === 0 ? '' : `; ${listed(due)}`}`
}

function sayQueued(data: Data<'queued'>, telling: Telling): string {
  const { person, time } = telling
  const { pool, members, cause, acceptByMs, then } = data
  return `In the queue of the pool ${pool}${causes[cause]}: the first of ${listed(members.map(person))} to accept it by ${time(acceptByMs)} owns it, else ${sayThen(then, telling)}`
}

/** Pools and people never have the same name. */
function sayThen(then: string, { person }: Telling): string {
  if (then === 'account-owner') return 'the account owner'
  return then === 'manager-of-owner' ? 'the manager of the last owner' : person(then)
}

function sayRule(rule: string): string {
  if (rule === 'otherwise') return 'the fallback'
  if (rule === 'directed') return 'as directed'
  return rule === 'account owner' ? 'account routing' : `rule ${rule}`
}

function sayEscalated({ clock, owner, manager }: Data<'escalated'>, { person }: Telling): string {
  const told = manager === null ? 'no manager to tell' : `told ${person(manager)}`
  return `Escalated: ${person(owner)} owes the ${clockNames[clock]}; ${told}`
}

function sayChoice(decision: ReviewDecision, { person }: Telling): string {
  switch (decision.choice) {
    case 'assign':
      if (decision.rep !== undefined) return `assign to ${person(decision.rep)}`
      if (decision.pool !== undefined) return `assign to the pool ${decision.pool}`
      return decision.rule === undefined ? 'assign by the rules' : `assign by ${sayRule(decision.rule)}`
    case 'merge':
      return `the same person as lead ${decision.into}`
    case 'keepSeparate':
      return 'another person, a lead of its own'
    case 'correct':
      return 'corrected, to be routed again'
    case 'keepOwner':
      return 'the owner stays'
    case 'reject':
      return 'not a lead'
    case 'disqualify':
      return 'disqualified'
    default:
      return assertNever(decision)
  }
}

function sayRequest({ by, reason, decides }: Data<'reassignmentRequested'>, { person }: Telling): string {
  const next = decides === null ? 'the policy approves that at once' : `${person(decides)} decides`
  return `${person(by)} asks for another owner (${spaced(reason)}); ${next}`
}

function sayReviewOpened(data: Data<'reviewOpened'>, { person, time }: Telling): string {
  const { kind, decides, backup, dueAtMs, claim } = data
  const what =
    claim === undefined
      ? `Review opened (${spaced(kind)})`
      : `${person(claim.by)} says that the lead is theirs (${spaced(claim.reason)})`
  return `${what}: ${person(decides)} decides by ${time(dueAtMs)}, else ${person(backup)}`
}

function sayOffer(
  { from, to, dueAtMs, pool, up }: Data<'handoffOffered'>,
  { person, time }: Telling,
): string {
  const chosen =
    pool === undefined ? '' : `, whom the policy chose${pool === null ? '' : ` (a turn of the pool ${pool})`}`
  const then = up === undefined ? '' : `, else ${person(up)} gets it`
  return `${person(from)} offers the lead to ${person(to)}${chosen}, who answers by ${time(dueAtMs)}${then}`
}

function sayHandoff(
  { to, accepted, reason, timedOut, up }: Data<'handoffAnswered'>,
  { person }: Telling,
): string {
  if (timedOut) {
    const then = up === undefined ? 'the owner stays' : `it goes up to ${person(up)}`
    return `${person(to)} did not answer the handoff in time, so ${then}`
  }
  return `${person(to)} ${accepted ? 'accepted' : 'declined'} the handoff${reason === null ? '' : ` (${spaced(reason)})`}`
}

function sayClosed({ outcome, reason, mergedInto }: Data<'closed'>): string {
  if (mergedInto !== null) return `Closed: ${outcome} into lead ${mergedInto}`
  return `Closed: ${outcome}${reason === null ? '' : ` (${spaced(reason)})`}`
}

/** `missing-critical` and `requestReassignment` as people write them; `re-route` is written so. */
function spaced(code: string): string {
  return code
    .replace(/([a-z])([A-Z])/g, (_, end: string, start: string) => `${end} ${start.toLowerCase()}`)
    .replace(/(?<!\bre)-/g, ' ')
}

function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`
}

function inBrackets(details: readonly string[]): string {
  return details.length === 0 ? '' : ` (${listed(details)})`
}
