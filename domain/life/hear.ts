/** What a lead does with a message: applies it, or refuses it with a code and says where it stands. */
import { assertNever, type EpochMs } from '../ids.js'
import type { Actor, Message } from '../messages.js'
import type { TimelineEntry } from '../timeline.js'
import { accept, actsFor, refuse, refuseClosed } from './answer.js'
import { stopClocks } from './clock.js'
import { answerHandoff, handOff } from './handoff.js'
import { addSubmission, answerJoin, splitSubmission } from './joining.js'
import { changeOwnerAvailability } from './leave.js'
import { closing, owned, record } from './moves.js'
import { pauseClock, resumeClock } from './pause.js'
import { decideReassignment, requestReassignment } from './reassignment.js'
import { decideReview } from './review.js'
import type { Effect, LeadState, MessageOf, Reaction } from './state.js'
import { acceptLead } from './waiting.js'

export function hear(state: LeadState, message: Message, atMs: EpochMs): Reaction {
  const first = state.answered.find(({ requestId }) => requestId === message.payload.requestId)
  if (first) return { state, effects: [{ do: 'answer', requestId: first.requestId, answer: first.answer }] }
  if (state.ownership.status === 'closed') return refuseClosed(state, message, state.ownership.outcome)
  const senders = sendersOf(message.name)
  if (senders !== null && !senders.includes(message.payload.actor.role))
    return refuse(state, message, 'not-allowed', [...senders])
  switch (message.name) {
    case 'acknowledge':
      return acknowledge(state, message, atMs)
    case 'acceptLead':
      return acceptLead(state, message)
    case 'recordTouch':
      return recordTouch(state, message, atMs)
    case 'pauseClock':
      return pauseClock(state, message)
    case 'resumeClock':
      return resumeClock(state, message)
    case 'requestReassignment':
      return requestReassignment(state, message)
    case 'decideReassignment':
      return decideReassignment(state, message)
    case 'decideReview':
      return decideReview(state, message, atMs)
    case 'handOff':
      return handOff(state, message)
    case 'answerHandoff':
      return answerHandoff(state, message)
    case 'addSubmission':
      return addSubmission(state, message)
    case 'answerJoin':
      return answerJoin(state, message)
    case 'splitSubmission':
      return splitSubmission(state, message)
    case 'changeOwnerAvailability':
      return changeOwnerAvailability(state, message, atMs)
    case 'adoptPolicy':
      return adoptPolicy(state, message)
    case 'close':
      return close(state, message)
    case 'erase':
      return erase(state, message)
    default:
      return assertNever(message)
  }
}

/** Whose role alone says whether they may; null: their part in the lead does, and each message asks for it. */
function sendersOf(name: Message['name']): readonly Actor['role'][] | null {
  switch (name) {
    case 'addSubmission':
    case 'answerJoin':
    case 'changeOwnerAvailability':
      return ['system']
    case 'splitSubmission':
      return ['administrator', 'operations', 'manager']
    case 'adoptPolicy':
    case 'erase':
      return ['administrator', 'operations']
    default:
      return null
  }
}

function acknowledge(state: LeadState, message: MessageOf<'acknowledge'>, atMs: EpochMs): Reaction {
  const owner = owned(state)
  if (owner === null) return refuse(state, message, 'wrong-state')
  if (!actsFor(message, owner.rep)) return refuse(state, message, 'not-owner', [owner.rep])
  if (state.ownership.status !== 'assigned') return { state, effects: [accept(message)] }
  const stopped = stopClocks(state, ['acknowledge'], atMs)
  const acknowledged: TimelineEntry = { kind: 'acknowledged', data: { owner: owner.rep } }
  const { actor, requestId } = message.payload
  return {
    state: { ...stopped.state, ownership: { status: 'acknowledged', owner } },
    effects: [record([acknowledged, ...stopped.entries], actor.id, requestId), accept(message)],
  }
}

function recordTouch(state: LeadState, message: MessageOf<'recordTouch'>, atMs: EpochMs): Reaction {
  const owner = owned(state)
  if (owner === null) return refuse(state, message, 'wrong-state')
  if (!actsFor(message, owner.rep)) return refuse(state, message, 'not-owner', [owner.rep])
  const { actor, kind, requestId } = message.payload
  const { status } = state.ownership
  const counts = owner.terms?.touches?.includes(kind) ?? true
  const touched: TimelineEntry = {
    kind: 'touched',
    data: {
      by: actor.id,
      touch: kind,
      first: counts && status !== 'working',
      ...(counts ? {} : { counts: false as const }),
    },
  }
  if (!counts) return { state, effects: [record([touched], actor.id, requestId), accept(message)] }
  const stopped = stopClocks(state, ['acknowledge', 'firstTouch', 'stale'], atMs)
  const isPaused = state.pause?.clocks.includes('stale') ?? false
  const starts: Effect[] =
    owner.terms?.stale === true && !isPaused ? [{ do: 'startClock', clock: 'stale' }] : []
  return {
    state: { ...stopped.state, ownership: { status: 'working', owner } },
    effects: [record([touched, ...stopped.entries], actor.id, requestId), ...starts, accept(message)],
  }
}

function adoptPolicy(state: LeadState, message: MessageOf<'adoptPolicy'>): Reaction {
  if (state.ownership.status === 'joining' || state.ownership.status === 'received')
    return refuse(state, message, 'wrong-state')
  return { state, effects: [{ do: 'adoptPolicy', message }] }
}

function close(state: LeadState, message: MessageOf<'close'>): Reaction {
  const owner = owned(state)
  const { actor, outcome, reason, became } = message.payload
  if (state.ownership.status === 'joining' || state.ownership.status === 'received')
    return refuse(state, message, 'wrong-state')
  if (!actsFor(message, owner?.rep ?? ''))
    return refuse(state, message, 'not-owner', owner === null ? [] : [owner.rep])
  const closed = closing(state, outcome, actor.id, reason ?? null, null, { became })
  return { state: closed.state, effects: [...closed.effects, accept(message)] }
}

/** Not while another lead may be taking it in, which would keep what this one forgets. */
function erase(state: LeadState, message: MessageOf<'erase'>): Reaction {
  if (state.ownership.status === 'joining' || state.ownership.status === 'received')
    return refuse(state, message, 'wrong-state')
  const closed = closing(state, 'erased', message.payload.actor.id, null, null)
  return { state: closed.state, effects: [...closed.effects, { do: 'erase' }, accept(message)] }
}
