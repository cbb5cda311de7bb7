/** From SDR to AE: offered with what the policy asks for, accepted, declined, or left until its time is over. */
import type { TimelineEntry } from '../timeline.js'
import { accept, actsFor, refuse, refused } from './answer.js'
import { exclude, moveOn, owned, record } from './moves.js'
import type { HandoffOpened, LeadState, MessageOf, Reaction } from './state.js'

export function handOff(state: LeadState, message: MessageOf<'handOff'>): Reaction {
  const owner = owned(state)
  if (owner === null) return refuse(state, message, 'wrong-state')
  if (!actsFor(message, owner.rep)) return refuse(state, message, 'not-owner', [owner.rep])
  if (state.handoff !== null) return refuse(state, message, 'wrong-state', ['handoff-open', state.handoff.id])
  return { state, effects: [{ do: 'openHandoff', message, owner: owner.rep }] }
}

export function handoffOpened(
  state: LeadState,
  { message, opened }: { message: MessageOf<'handOff'>; opened: HandoffOpened },
): Reaction {
  const owner = owned(state)
  if (owner === null) throw new Error('a handoff was opened for a lead without an owner')
  if (opened.kind === 'refused') return refused(state, message, opened)
  const { requestId } = message.payload
  const to = opened.to ?? message.payload.to
  if (to === undefined) throw new Error('a handoff was opened to nobody')
  return {
    state: {
      ...state,
      // Choosing somebody was a routing attempt of its own.
      hop: opened.hop === undefined ? state.hop : opened.hop + 1,
      handoff: { id: requestId, from: owner.rep, to, dueAtMs: opened.dueAtMs, up: opened.up ?? null },
    },
    effects: [
      { do: 'tell', about: 'handoff-offered', to: [{ audience: 'receiver', rep: to }] },
      accept(message),
    ],
  }
}

export function answerHandoff(state: LeadState, message: MessageOf<'answerHandoff'>): Reaction {
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
  return {
    state: exclude(after, handoff.to, 'declined'),
    effects: [
      record([answered], actor.id, requestId),
      { do: 'tell', about: 'handoff-answered', to: [{ audience: 'requester', rep: handoff.from }] },
      accept(message),
    ],
  }
}

/** Back to whoever offered it, or up to the receiver's manager, as the policy says. */
export function handoffDue(state: LeadState): Reaction {
  const { handoff } = state
  const owner = owned(state)
  if (handoff === null || owner === null) return { state, effects: [] }
  const timedOut: TimelineEntry = {
    kind: 'handoffAnswered',
    data: {
      handoff: handoff.id,
      to: handoff.to,
      accepted: false,
      reason: null,
      timedOut: true,
      ...(handoff.up == null ? {} : { up: handoff.up }),
    },
  }
  const after: LeadState = { ...state, handoff: null }
  if (handoff.up != null) {
    const moved = moveOn(exclude(after, handoff.to, 'lapsed'), {
      cause: 'handoff',
      directed: { kind: 'rep', rep: handoff.up },
      actor: 'system',
      entries: [timedOut],
      requestId: null,
    })
    return {
      state: moved.state,
      effects: [
        ...moved.effects,
        { do: 'tell', about: 'handoff-answered', to: [{ audience: 'requester', rep: handoff.from }] },
      ],
    }
  }
  return {
    state: after,
    effects: [
      record([timedOut]),
      {
        do: 'tell',
        about: 'handoff-answered',
        to: [
          { audience: 'requester', rep: handoff.from },
          ...(owner.manager === null ? [] : ([{ audience: 'manager', rep: owner.manager }] as const)),
        ],
      },
    ],
  }
}
