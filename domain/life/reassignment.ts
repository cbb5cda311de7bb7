/** An owner asks for another owner, or somebody else claims the lead; a person, or the policy, says yes or no. */
import { assertNever, type RepId } from '../ids.js'
import type { TimelineEntry } from '../timeline.js'
import { accept, actsFor, refuse, refused } from './answer.js'
import { exclude, moveOn, owned, record } from './moves.js'
import type { Effect, LeadState, MessageOf, Reaction, RequestOpened } from './state.js'

export function requestReassignment(state: LeadState, message: MessageOf<'requestReassignment'>): Reaction {
  const owner = owned(state)
  const { actor, wanted } = message.payload
  if (owner === null) return refuse(state, message, 'wrong-state')
  if (!actsFor(message, owner.rep)) {
    return wanted !== undefined && wanted === actor.id
      ? claim(state, message, wanted)
      : refuse(state, message, 'not-owner', [owner.rep])
  }
  if (state.request !== null) return refuse(state, message, 'wrong-state', ['request-open', state.request.id])
  return { state, effects: [{ do: 'openRequest', message, owner: owner.rep }] }
}

/** Two say that it is theirs: a person decides, and until then the owner stays. */
function claim(state: LeadState, message: MessageOf<'requestReassignment'>, by: RepId): Reaction {
  if (state.review !== null) return refuse(state, message, 'wrong-state', ['review-open', state.review.id])
  const { requestId, reason } = message.payload
  return {
    state,
    effects: [
      { do: 'openReview', review: 'ownership-claimed', claim: { by, requestId, reason } },
      accept(message),
    ],
  }
}

export function requestOpened(
  state: LeadState,
  { message, opened }: { message: MessageOf<'requestReassignment'>; opened: RequestOpened },
): Reaction {
  const owner = owned(state)
  const { requestId, wanted } = message.payload
  if (owner === null) throw new Error('a reassignment was opened for a lead without an owner')
  switch (opened.kind) {
    case 'asked': {
      const { decides, backup, dueAtMs, backupDueAtMs } = opened
      const request = {
        id: requestId,
        by: owner.rep,
        wanted: wanted ?? null,
        decides,
        backup,
        escalated: false,
        dueAtMs,
        backupDueAtMs,
      }
      return {
        state: { ...state, request },
        effects: [
          { do: 'tell', about: 'reassignment-asked', to: [{ audience: 'decider', rep: decides }] },
          accept(message),
        ],
      }
    }
    case 'approved': {
      const moved = moveOn(exclude(state, owner.rep, 'reassigned'), {
        cause: 'reassignment',
        directed: wanted === undefined ? null : { kind: 'rep', rep: wanted },
        actor: 'policy',
        entries: [],
        requestId,
      })
      return { state: moved.state, effects: [...moved.effects, accept(message)] }
    }
    case 'refused':
      return refused(state, message, opened)
    default:
      return assertNever(opened)
  }
}

export function decideReassignment(state: LeadState, message: MessageOf<'decideReassignment'>): Reaction {
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
      effects: [record([decided], actor.id, requestId), tellRequester, accept(message)],
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

export function requestDue(state: LeadState): Reaction {
  const { request } = state
  if (request === null) return { state, effects: [] }
  if (!request.escalated) {
    return {
      state: { ...state, request: { ...request, escalated: true } },
      effects: [
        record([
          {
            kind: 'reassignmentEscalated',
            data: { request: request.id, to: request.backup, dueAtMs: request.backupDueAtMs },
          },
        ]),
        { do: 'tell', about: 'reassignment-asked', to: [{ audience: 'decider', rep: request.backup }] },
      ],
    }
  }
  return {
    state: { ...state, request: null },
    effects: [
      record([
        {
          kind: 'reassignmentDecided',
          data: { request: request.id, by: 'system', approved: false, timedOut: true },
        },
      ]),
      { do: 'tell', about: 'reassignment-decided', to: [{ audience: 'requester', rep: request.by }] },
    ],
  }
}
