/**
 * Every state of a lead against every message and every instant that comes due: the cells of docs/life.md, worked out by
 * the state machine itself. A cell names what is done about it, or the code with which the lead refuses.
 */
import { assertNever, instant, leadId, policyVersion, poolId, repId } from '../../domain/ids.js'
import { earliestDue } from '../../domain/life/moves.js'
import { react, received } from '../../domain/life/react.js'
import type { Due, Effect, LeadState, OpenReview, Routed } from '../../domain/life/state.js'
import { type Message, type MessageName, message } from '../../domain/messages.js'

const lead = leadId.parse('6f2c1c3e-5b0c-4f0e-9f1a-0c9f6d9a0001')
const other = leadId.parse('6f2c1c3e-5b0c-4f0e-9f1a-0c9f6d9a0002')
const reviewId = '6f2c1c3e-5b0c-4f0e-9f1a-0c9f6d9a0009'
const leaveId = '6f2c1c3e-5b0c-4f0e-9f1a-0c9f6d9a0010'
const [ana, ben, mara, otto] = [
  repId.parse('ana'),
  repId.parse('ben'),
  repId.parse('mara'),
  repId.parse('otto'),
]
const minute = (minutes: number) => instant(Date.UTC(2026, 10, 23, 9) + minutes * 60_000)

const toAna: Extract<Routed, { kind: 'assigned' }> = {
  kind: 'assigned',
  owner: ana,
  manager: mara,
  rule: 'uk',
  pool: poolId.parse('uk-sdr'),
  clocks: [
    {
      clock: 'acknowledge',
      startedAtMs: minute(0),
      dueAtMs: minute(60),
      steps: [{ atMs: minute(60), do: ['breach'] }],
    },
    {
      clock: 'firstTouch',
      startedAtMs: minute(0),
      dueAtMs: minute(240),
      steps: [
        { atMs: minute(240), do: ['breach'] },
        { atMs: minute(240), do: ['tellManager', 'reRoute'] },
      ],
    },
  ],
  reRoutes: { most: 1, then: { kind: 'managerOfOwner' } },
  highValue: false,
  terms: { stale: true },
}

function reviewOf(kind: OpenReview['kind'], onTimeout: OpenReview['onTimeout']): OpenReview {
  return {
    id: reviewId,
    kind,
    decides: mara,
    backup: otto,
    escalated: false,
    dueAtMs: minute(30),
    backupDueAtMs: minute(45),
    onTimeout,
  }
}

function say(name: MessageName, payload: object, by: string, role: string, requestId = 'r1'): Message {
  return message.parse({ name, payload: { requestId, actor: { id: by, role }, atMs: minute(5), ...payload } })
}

const heard = (state: LeadState, said: Message) =>
  react(state, { kind: 'message', atMs: minute(5), message: said }).state

const assigned = react(received(lead), {
  kind: 'routed',
  atMs: minute(0),
  cause: 'new',
  routed: toAna,
}).state
const working = react(heard(assigned, say('recordTouch', { kind: 'call' }, 'ana', 'rep', 'touch')), {
  kind: 'clocksSet',
  atMs: minute(5),
  clocks: [
    {
      clock: 'stale',
      startedAtMs: minute(5),
      dueAtMs: minute(3_000),
      steps: [{ atMs: minute(3_000), do: ['breach'] }],
    },
  ],
}).state

const asked = say('requestReassignment', { reason: 'capacity' }, 'ana', 'rep', 'request-1')
const offered = say('handOff', { to: 'dora' }, 'ana', 'rep', 'handoff-1')

/** The nine states of ownership, and the items that may be open beside them. */
export const states = {
  received: received(lead),
  joining: react(received(lead), {
    kind: 'prepared',
    atMs: minute(0),
    prepared: { verdict: 'joins', survivor: other },
  }).state,
  'in review': react(
    react(received(lead), {
      kind: 'prepared',
      atMs: minute(0),
      prepared: { verdict: 'review', assign: { dueAtMs: minute(15), tell: otto } },
    }).state,
    {
      kind: 'reviewOpened',
      atMs: minute(0),
      review: reviewOf('possible-duplicate', { kind: 'keepSeparate' }),
    },
  ).state,
  held: react(received(lead), {
    kind: 'routed',
    atMs: minute(0),
    cause: 'new',
    routed: { kind: 'held', retryAtMs: minute(30), untilMs: minute(240) },
  }).state,
  queued: react(received(lead), {
    kind: 'routed',
    atMs: minute(0),
    cause: 'new',
    routed: {
      kind: 'queued',
      pool: poolId.parse('desk'),
      members: [ana, ben],
      rule: 'chat',
      acceptByMs: minute(30),
      then: { kind: 'pool', pool: poolId.parse('anyone') },
    },
  }).state,
  assigned,
  acknowledged: heard(assigned, say('acknowledge', {}, 'ana', 'rep', 'ack')),
  working,
  'assigned, under review': react(assigned, {
    kind: 'reviewOpened',
    atMs: minute(0),
    review: reviewOf('high-value', { kind: 'keepOwner' }),
  }).state,
  'assigned, claimed': react(assigned, {
    kind: 'reviewOpened',
    atMs: minute(0),
    review: { ...reviewOf('ownership-claimed', { kind: 'keepOwner' }), claimant: ben },
  }).state,
  'assigned, reassignment asked': react(assigned, {
    kind: 'requestOpened',
    atMs: minute(5),
    message: requireNamed(asked, 'requestReassignment'),
    opened: { kind: 'asked', decides: mara, backup: otto, dueAtMs: minute(30), backupDueAtMs: minute(45) },
  }).state,
  'working, handoff offered': react(working, {
    kind: 'handoffOpened',
    atMs: minute(5),
    message: requireNamed(offered, 'handOff'),
    opened: { kind: 'offered', dueAtMs: minute(30) },
  }).state,
  'assigned, paused': {
    ...assigned,
    pause: {
      reason: 'waiting-for-prospect',
      clocks: ['acknowledge', 'firstTouch'],
      sinceMs: minute(2),
      untilMs: minute(20),
    },
  },
  'assigned, covering': { ...assigned, covering: { leave: leaveId, rep: ben, by: ana } },
  closed: heard(assigned, say('close', { outcome: 'lost' }, 'ana', 'rep', 'close')),
} as const satisfies Record<string, LeadState>
export type StateName = keyof typeof states
export const stateNames = Object.keys(states).filter((name): name is StateName => name in states)

function requireNamed<Name extends MessageName>(said: Message, name: Name): Extract<Message, { name: Name }> {
  if (!isNamed(said, name)) throw new Error(`${said.name} is not ${name}`)
  return said
}

function isNamed<Name extends MessageName>(
  said: Message,
  name: Name,
): said is Extract<Message, { name: Name }> {
  return said.name === name
}

/** What is said, by whoever has most reason to say it. */
const spoken: Record<MessageName, { payload: object; by: readonly [id: string, role: string] }> = {
  acknowledge: { payload: {}, by: ['ana', 'rep'] },
  acceptLead: { payload: {}, by: ['ana', 'rep'] },
  recordTouch: { payload: { kind: 'call' }, by: ['ana', 'rep'] },
  pauseClock: { payload: { reason: 'waiting-for-prospect' }, by: ['ana', 'rep'] },
  resumeClock: { payload: {}, by: ['ana', 'rep'] },
  requestReassignment: { payload: { reason: 'capacity' }, by: ['ana', 'rep'] },
  decideReassignment: { payload: { request: 'request-1', approve: true }, by: ['mara', 'manager'] },
  decideReview: {
    payload: { review: reviewId, decision: { choice: 'keepOwner' } },
    by: ['mara', 'manager'],
  },
  handOff: { payload: { to: 'dora' }, by: ['ana', 'rep'] },
  answerHandoff: { payload: { accept: true }, by: ['dora', 'rep'] },
  addSubmission: { payload: { lead: other }, by: [other, 'system'] },
  answerJoin: { payload: { survivor: other, accepted: true }, by: [other, 'system'] },
  splitSubmission: { payload: { lead: other }, by: ['otto', 'operations'] },
  changeOwnerAvailability: {
    payload: {
      leave: leaveId,
      rep: 'ana',
      change: { kind: 'left', cover: 'ben', touched: 'stay', untilMs: null },
    },
    by: ['system', 'system'],
  },
  adoptPolicy: { payload: { version: policyVersion.parse(2), reRoute: false }, by: ['otto', 'operations'] },
  close: { payload: { outcome: 'lost' }, by: ['ana', 'rep'] },
  erase: { payload: {}, by: ['otto', 'administrator'] },
}
export const messageNames = message.options.map(({ shape }) => shape.name.value)

/** So that a table fits a page; each message is in one of them. */
export const messageGroups = {
  'An owner at work': ['acknowledge', 'acceptLead', 'recordTouch', 'pauseClock', 'resumeClock', 'close'],
  'People ask and decide': [
    'requestReassignment',
    'decideReassignment',
    'decideReview',
    'handOff',
    'answerHandoff',
  ],
  'Other leads, leave and operations': [
    'addSubmission',
    'answerJoin',
    'splitSubmission',
    'changeOwnerAvailability',
    'adoptPolicy',
    'erase',
  ],
} as const satisfies Record<string, readonly MessageName[]>

/** A cell: what is done, in order, or the code of the refusal. */
export function whatIsDone(state: StateName, name: MessageName): string {
  const { payload, by } = spoken[name]
  return told(
    react(states[state], {
      kind: 'message',
      atMs: minute(5),
      message: say(name, payloadIn(state, payload, name), ...by, 'said'),
    }),
  )
}

/** The same of a stranger: a rep who has nothing to do with the lead. */
export function whatAStrangerHears(state: StateName, name: MessageName): string {
  const { payload } = spoken[name]
  return told(
    react(states[state], {
      kind: 'message',
      atMs: minute(5),
      message: say(name, payload, 'sid', 'rep', 'said'),
    }),
  )
}

/** The review of a lead without an owner has other choices. */
function payloadIn(state: StateName, payload: object, name: MessageName): object {
  return state === 'in review' && name === 'decideReview'
    ? { review: reviewId, decision: { choice: 'keepSeparate' } }
    : payload
}

export const dueNames = ['clock', 'review', 'request', 'handoff', 'join', 'hold', 'queue', 'pause'] as const
type DueName = (typeof dueNames)[number]

/** What comes due next in the state, if it is of this kind; null: in this state it never is. */
export function whatComesDue(state: StateName, name: DueName): string | null {
  const due = dueOf(states[state], name)
  if (due === null) return null
  return told(react(states[state], { kind: 'due', atMs: due.atMs, due }))
}

function dueOf(state: LeadState, name: DueName): Due | null {
  const others: LeadState = {
    ...state,
    review: name === 'review' ? state.review : null,
    request: name === 'request' ? state.request : null,
    handoff: name === 'handoff' ? state.handoff : null,
    pause: name === 'pause' || name === 'clock' ? (state.pause ?? null) : null,
    clocks: name === 'clock' ? state.clocks : [],
  }
  const due = earliestDue(others)
  return due?.what === name ? due : null
}

function told({ state, effects }: { state: LeadState; effects: readonly Effect[] }): string {
  const refusal = effects.flatMap(effect =>
    effect.do === 'answer' && effect.answer?.ok === false ? [effect.answer.code] : [],
  )[0]
  if (refusal !== undefined) return `refused: ${refusal}`
  const done = effects.flatMap(wordOf)
  const words = done.length === 0 ? 'nothing to do' : done.join(', ')
  return state.ownership.status === 'closed' ? `${words} → closed` : words
}

function wordOf(effect: Effect): string[] {
  switch (effect.do) {
    case 'answer':
    case 'answerAcceptance':
      return []
    case 'record':
      return effect.entries.map(({ kind }) => kind)
    case 'route':
      return [`route (${effect.cause})`]
    case 'tell':
      return [`tell ${effect.about}`]
    case 'openReview':
      return [`open review ${effect.review}`]
    case 'startClock':
      return [`start clock ${effect.clock}`]
    case 'answerJoin':
      return [effect.accepted ? 'answer: joined' : 'answer: not joined']
    case 'prepare':
    case 'acknowledgeProspect':
    case 'enrich':
    case 'saveToCrm':
    case 'openRequest':
    case 'openHandoff':
    case 'openPause':
    case 'resumeClocks':
    case 'adoptPolicy':
    case 'sendMeetingLink':
    case 'splitSubmission':
    case 'erase':
    case 'askToJoin':
    case 'acceptSubmission':
      return [effect.do.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)]
    default:
      return assertNever(effect)
  }
}
