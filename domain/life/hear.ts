/** What a lead does with a message: applies it, or refuses it with a code and says where it stands. */
import { assertNever, type EpochMs } from '../ids.js'
import type { Message, ReviewDecision } from '../messages.js'
import type { TimelineEntry } from '../timeline.js'
import { accept, actsFor, refuse, refuseClosed } from './answer.js'
import { closing, exclude, join, lastOwnerOf, moveOn, owned, stopClocks } from './moves.js'
import {
  type Directed,
  type Effect,
  type LeadState,
  type MessageOf,
  type Reaction,
  reviewChoices,
} from './state.js'
import { acceptLead, waitingMembers } from './waiting.js'

export function hear(state: LeadState, message: Message, atMs: EpochMs): Reaction {
  const first = state.answered.find(({ requestId }) => requestId === message.payload.requestId)
  if (first) return { state, effects: [{ do: 'answer', requestId: first.requestId, answer: first.answer }] }
  if (state.ownership.status === 'closed') return refuseClosed(state, message, state.ownership.outcome)
  switch (message.name) {
    case 'acknowledge':
      return acknowledge(state, message, atMs)
    case 'recordTouch':
      return recordTouch(state, message, atMs)
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
    case 'close':
      return close(state, message)
    case 'acceptLead':
      return acceptLead(state, message)
    default:
      return assertNever(message)
  }
}

function acknowledge(state: LeadState, message: MessageOf<'acknowledge'>, atMs: EpochMs): Reaction {
  const owner = owned(state)
  if (owner === null) return refuse(state, message, 'wrong-state')
  if (!actsFor(message, owner.rep)) return refuse(state, message, 'not-owner', [owner.rep])
  if (state.ownership.status !== 'assigned') return { state, effects: [accept(message)] }
  const stopped = stopClocks(state, ['acknowledge'], atMs)
  const after: LeadState = { ...stopped.state, ownership: { status: 'acknowledged', owner } }
  return {
    state: after,
    effects: [
      {
        do: 'record',
        actor: message.payload.actor.id,
        entries: [{ kind: 'acknowledged', data: { owner: owner.rep } }, ...stopped.entries],
        requestId: message.payload.requestId,
      },
      accept(message),
    ],
  }
}

function recordTouch(state: LeadState, message: MessageOf<'recordTouch'>, atMs: EpochMs): Reaction {
  const owner = owned(state)
  if (owner === null) return refuse(state, message, 'wrong-state')
  if (!actsFor(message, owner.rep)) return refuse(state, message, 'not-owner', [owner.rep])
  const { actor, kind, requestId } = message.payload
  const stopped = stopClocks(state, ['acknowledge', 'firstTouch'], atMs)
  const after: LeadState = { ...stopped.state, ownership: { status: 'working', owner } }
  const touched: TimelineEntry = {
    kind: 'touched',
    data: { by: actor.id, touch: kind, first: state.ownership.status !== 'working' },
  }
  return {
    state: after,
    effects: [
      { do: 'record', actor: actor.id, entries: [touched, ...stopped.entries], requestId },
      accept(message),
    ],
  }
}

function requestReassignment(state: LeadState, message: MessageOf<'requestReassignment'>): Reaction {
  const owner = owned(state)
  if (owner === null) return refuse(state, message, 'wrong-state')
  if (!actsFor(message, owner.rep)) return refuse(state, message, 'not-owner', [owner.rep])
  if (state.request !== null) return refuse(state, message, 'wrong-state', ['request-open', state.request.id])
  return { state, effects: [{ do: 'openRequest', message, owner: owner.rep }] }
}

function decideReassignment(state: LeadState, message: MessageOf<'decideReassignment'>): Reaction {
  const { request } = state
  const { actor, approve, to, requestId } = message.payload
  if (request === null || request.id !== message.payload.request)
    return refuse(state, message, 'no-such-item')
  if (!actsFor(message, request.decides) && actor.id !== request.backup) {
    return refuse(state, message, 'not-decider', [request.decides, request.backup])
  }
  const decided: TimelineEntry = {
    kind: 'reassignmentDecided',
    data: { request: request.id, by: actor.id, approved: approve, timedOut: false },
  }
  const tellRequester: Effect = {
    do: 'tell',
    about: 'reassignment-decided',
    to: [{ audience: 'requester', rep: request.by }],
  }
  const after: LeadState = { ...state, request: null }
  if (!approve) {
    return {
      state: after,
      effects: [
        { do: 'record', actor: actor.id, entries: [decided], requestId },
        tellRequester,
        accept(message),
      ],
    }
  }
  const rep = to ?? request.wanted
  const moved = moveOn(exclude(after, request.by, 'reassigned'), {
    cause: 'reassignment',
    directed: rep === null ? null : { kind: 'rep', rep },
    actor: actor.id,
    entries: [decided],
    requestId,
  })
  return { state: moved.state, effects: [...moved.effects, tellRequester, accept(message)] }
}

function decideReview(state: LeadState, message: MessageOf<'decideReview'>, atMs: EpochMs): Reaction {
  const { review } = state
  const { actor, decision, requestId } = message.payload
  if (review === null || review.id !== message.payload.review) return refuse(state, message, 'no-such-item')
  if (!actsFor(message, review.decides) && actor.id !== review.backup) {
    return refuse(state, message, 'not-decider', [review.decides, review.backup])
  }
  const choices = reviewChoices[review.kind]
  if (!choices.includes(decision.choice)) return refuse(state, message, 'not-a-choice', [...choices])
  const decided: TimelineEntry = {
    kind: 'reviewDecided',
    data: { review: review.id, kind: review.kind, by: actor.id, decision },
  }
  const after: LeadState = { ...state, review: null }
  const recorded: Effect = { do: 'record', actor: actor.id, entries: [decided], requestId }
  const lastOwner = lastOwnerOf(state)
  switch (decision.choice) {
    case 'assign': {
      const directed = directedBy(decision)
      const moved = moveOn(after, {
        cause: 'review',
        directed,
        actor: actor.id,
        entries: [decided],
        requestId,
      })
      return { state: moved.state, effects: [...moved.effects, accept(message)] }
    }
    case 'correct':
      return {
        state: after,
        effects: [recorded, { do: 'route', cause: 'review', directed: null, lastOwner }, accept(message)],
      }
    case 'keepSeparate':
      return {
        state: after,
        effects: [
          recorded,
          { do: 'acknowledgeProspect' },
          { do: 'enrich' },
          { do: 'route', cause: 'review', directed: null, lastOwner },
          accept(message),
        ],
      }
    case 'merge': {
      const joining = join(after, decision.into, atMs)
      return { state: joining.state, effects: [recorded, ...joining.effects, accept(message)] }
    }
    case 'keepOwner':
      return { state: after, effects: [recorded, accept(message)] }
    case 'reject':
    case 'disqualify': {
      const outcome = decision.choice === 'reject' ? 'rejected' : 'disqualified'
      const closed = closing(after, outcome, actor.id, 'review', null, [decided])
      return { state: closed.state, effects: [...closed.effects, accept(message)] }
    }
    default:
      return assertNever(decision)
  }
}

function directedBy(decision: Extract<ReviewDecision, { choice: 'assign' }>): Directed | null {
  if (decision.rep !== undefined) return { kind: 'rep', rep: decision.rep }
  if (decision.pool !== undefined) return { kind: 'pool', pool: decision.pool }
  if (decision.rule !== undefined) return { kind: 'rule', rule: decision.rule }
  return null
}

function handOff(state: LeadState, message: MessageOf<'handOff'>): Reaction {
  const owner = owned(state)
  if (owner === null) return refuse(state, message, 'wrong-state')
  if (!actsFor(message, owner.rep)) return refuse(state, message, 'not-owner', [owner.rep])
  if (state.handoff !== null) return refuse(state, message, 'wrong-state', ['handoff-open', state.handoff.id])
  return { state, effects: [{ do: 'openHandoff', message, owner: owner.rep }] }
}

function answerHandoff(state: LeadState, message: MessageOf<'answerHandoff'>): Reaction {
  const { handoff } = state
  const { actor, accept: accepted, reason, requestId } = message.payload
  if (handoff === null) return refuse(state, message, 'no-such-item')
  if (!actsFor(message, handoff.to)) return refuse(state, message, 'not-owner', [handoff.to])
  const answered: TimelineEntry = {
    kind: 'handoffAnswered',
    data: { handoff: handoff.id, to: handoff.to, accepted, reason: reason ?? null, timedOut: false },
  }
  const after: LeadState = { ...state, handoff: null }
  if (accepted) {
    const moved = moveOn(after, {
      cause: 'handoff',
      directed: { kind: 'rep', rep: handoff.to },
      actor: actor.id,
      entries: [answered],
      requestId,
    })
    return { state: moved.state, effects: [...moved.effects, accept(message)] }
  }
  const declined = exclude(after, handoff.to, 'declined')
  return {
    state: declined,
    effects: [
      { do: 'record', actor: actor.id, entries: [answered], requestId },
      { do: 'tell', about: 'handoff-answered', to: [{ audience: 'requester', rep: handoff.from }] },
      accept(message),
    ],
  }
}

function addSubmission(state: LeadState, message: MessageOf<'addSubmission'>): Reaction {
  const { lead } = message.payload
  // A lead that is itself on its way into another one takes nobody in: the sender matches again and finds the root.
  if (state.ownership.status === 'joining') {
    return {
      state,
      effects: [
        { do: 'answerJoin', lead, accepted: false },
        ...refuse(state, message, 'wrong-state').effects,
      ],
    }
  }
  return {
    state,
    effects: [
      { do: 'acceptSubmission', lead },
      { do: 'answerJoin', lead, accepted: true },
      ...tellOfSubmission(state),
      accept(message),
    ],
  }
}

/** Of a lead in a queue, whoever may accept it; of one that is held nobody has heard yet. */
function tellOfSubmission(state: LeadState): Effect[] {
  const owner = owned(state)
  const to = owner === null ? waitingMembers(state) : [{ audience: 'owner', rep: owner.rep } as const]
  return to.length === 0 ? [] : [{ do: 'tell', about: 'submission-joined', to }]
}

function answerJoin(state: LeadState, message: MessageOf<'answerJoin'>): Reaction {
  const { survivor, accepted } = message.payload
  if (state.ownership.status !== 'joining' || state.ownership.survivor !== survivor)
    return refuse(state, message, 'wrong-state')
  if (accepted) {
    const merged = closing(state, 'merged', 'system', null, survivor)
    return { state: merged.state, effects: [...merged.effects, accept(message)] }
  }
  const again: LeadState = { ...state, ownership: { status: 'received' } }
  return { state: again, effects: [{ do: 'prepare' }, accept(message)] }
}

function close(state: LeadState, message: MessageOf<'close'>): Reaction {
  const owner = owned(state)
  const { actor, outcome, reason } = message.payload
  if (state.ownership.status === 'joining' || state.ownership.status === 'received')
    return refuse(state, message, 'wrong-state')
  if (!actsFor(message, owner?.rep ?? ''))
    return refuse(state, message, 'not-owner', owner === null ? [] : [owner.rep])
  const closed = closing(state, outcome, actor.id, reason ?? null, null)
  return { state: closed.state, effects: [...closed.effects, accept(message)] }
}
