/**
 * The timeline in plain sentences, for the terminal and the desk. A sentence says what happened to the lead and to
 * whom; when it happened stands beside it, so only instants that lie elsewhere (a deadline) are in the sentence.
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
      return `Sent the prospect no thanks: ${notThanked[entry.data.why]}`
    case 'acknowledged':
      return `${person(entry.data.owner)} acknowledged the lead`
    case 'touched':
      return `${person(entry.data.by)} ${touchWords[entry.data.touch]}${entry.data.first ? ': the first touch' : ''}`
    case 'clockMet':
      return entry.data.late
        ? `The ${clockNames[entry.data.clock]} clock stopped late: it was due ${time(entry.data.dueAtMs)}`
        : `The ${clockNames[entry.data.clock]} clock stopped in time, due ${time(entry.data.dueAtMs)}`
    case 'reminded':
      return `Reminded ${person(entry.data.owner)} of the ${clockNames[entry.data.clock]}`
    case 'escalated':
      return sayEscalated(entry.data, telling)
    case 'breached':
      return `Breach: no ${clockNames[entry.data.clock]} by ${person(entry.data.owner)} until ${time(entry.data.dueAtMs)}; then: ${spaced(entry.data.corrective)}`
    case 'lapsed':
      return `${person(entry.data.owner)} let the ${clockNames[entry.data.clock]} clock run out and loses the lead`
    case 'reviewOpened':
      return `Review opened (${spaced(entry.data.kind)}): ${person(entry.data.decides)} decides by ${time(entry.data.dueAtMs)}, else ${person(entry.data.backup)}`
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

type AskedOfPeople = Extract<
  TimelineEntry,
  {
    kind:
      | `${'reassignment' | 'handoff' | 'queue'}${string}`
      | 'held'
      | 'accepted'
      | 'submissionJoined'
      | 'corrected'
      | 'refused'
      | 'closed'
  }
>

/** The second half of the alphabet of events, so that each half fits a screen. */
function sayWhatPeopleAsk(entry: AskedOfPeople, telling: Telling): string {
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
      return `${person(entry.data.from)} offers the lead to ${person(entry.data.to)}, who answers by ${time(entry.data.dueAtMs)}`
    case 'handoffRefused':
      return `Handoff from ${person(entry.data.from)} to ${person(entry.data.to)} not possible yet, missing: ${listed(entry.data.missing)}`
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
      return assertNever(entry)
  }
}

const channelNames = { api: 'the API', form: 'a form', csv: 'an import' } as const

const clockNames = { acknowledge: 'acknowledgement', firstTouch: 'first touch' } as const

const touchWords = {
  call: 'called the prospect',
  email: 'wrote to the prospect',
  meeting: 'met the prospect',
  message: 'sent the prospect a message',
} as const

const notThanked = {
  'no-address': 'no address',
  'no-template': 'the campaign has no template',
  'no-consent': 'no consent',
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

function sayHandoff(
  { to, accepted, reason, timedOut }: Data<'handoffAnswered'>,
  { person }: Telling,
): string {
  if (timedOut) return `${person(to)} did not answer the handoff in time, so the owner stays`
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
