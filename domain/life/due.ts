/** What happens when an instant comes due: a ladder's step, or a person's time to decide that is over. */
import { assertNever } from '../ids.js'
import type { TimelineEntry } from '../timeline.js'
import { closing, exclude, join, moveOn, owned } from './moves.js'
import type { Due, Effect, LeadState, OpenReview, Reaction } from './state.js'
import { holdDue, queueDue } from './waiting.js'

/** How often a lead asks another one to take it before it is matched anew. */
const joinTriesMost = 3

export function comesDue(state: LeadState, due: Due): Reaction {
  switch (due.what) {
    case 'clock':
      return ladderStep(state, due)
    case 'review':
      return state.review === null ? { state, effects: [] } : reviewDue(state, state.review)
    case 'request':
      return requestDue(state)
    case 'handoff':
      return handoffDue(state)
    case 'join':
      return joinDue(state)
    case 'hold':
      return holdDue(state, due.atMs)
    case 'queue':
      return queueDue(state)
    default:
      return assertNever(due)
  }
}

function ladderStep(state: LeadState, due: Extract<Due, { what: 'clock' }>): Reaction {
  const running = state.clocks.find(({ clock }) => clock === due.clock)
  const owner = owned(state)
  const [step, ...later] = running?.steps ?? []
  if (running === undefined || step === undefined || owner === null) return { state, effects: [] }

  const after: LeadState = {
    ...state,
    clocks: state.clocks.map(clock => (clock.clock === due.clock ? { ...clock, steps: later } : clock)),
  }
  const mayMoveOn = step.do.includes('reRoute') && state.chain !== null && !state.chain.ended
  const willMoveOn =
    state.chain?.ended === false && [step, ...later].some(next => next.do.includes('reRoute'))
  const entries: TimelineEntry[] = []
  const told: Effect[] = []
  for (const action of step.do) {
    switch (action) {
      case 'breach':
        entries.push({
          kind: 'breached',
          data: {
            clock: running.clock,
            owner: owner.rep,
            dueAtMs: running.dueAtMs,
            corrective: willMoveOn ? 're-route' : 'escalate',
          },
        })
        break
      case 'remindOwner':
        entries.push({ kind: 'reminded', data: { clock: running.clock, owner: owner.rep } })
        told.push({ do: 'tell', about: 'reminder', to: [{ audience: 'owner', rep: owner.rep }] })
        break
      case 'tellManager':
        entries.push({
          kind: 'escalated',
          data: { clock: running.clock, owner: owner.rep, manager: owner.manager },
        })
        if (owner.manager !== null) {
          told.push({ do: 'tell', about: 'escalation', to: [{ audience: 'manager', rep: owner.manager }] })
        }
        break
      case 'reRoute':
        break
      default:
        assertNever(action)
    }
  }
  if (!mayMoveOn || state.chain === null) {
    return {
      state: after,
      // Recorded even where there is nothing to say: the lead's row must not keep an instant that has passed.
      effects: [record(entries), ...told],
    }
  }
  const atEnd = state.chain.movesLeft <= 0
  const moved = moveOn(
    {
      ...exclude(after, owner.rep, 'lapsed'),
      clocks: [],
      chain: { ...state.chain, movesLeft: Math.max(0, state.chain.movesLeft - 1), ended: atEnd },
    },
    {
      cause: atEnd ? 'end-of-chain' : 'lapsed',
      directed: atEnd ? state.chain.end : null,
      actor: 'system',
      entries: [...entries, { kind: 'lapsed', data: { owner: owner.rep, clock: running.clock } }],
      requestId: null,
    },
  )
  return {
    state: moved.state,
    effects: [
      ...moved.effects,
      ...told.filter(effect => effect.do === 'tell' && effect.about === 'escalation'),
    ],
  }
}

function reviewDue(state: LeadState, review: OpenReview): Reaction {
  if (!review.escalated) {
    return {
      state: { ...state, review: { ...review, escalated: true } },
      effects: [
        record([
          {
            kind: 'reviewEscalated',
            data: { review: review.id, to: review.backup, dueAtMs: review.backupDueAtMs },
          },
        ]),
        { do: 'tell', about: 'review-escalated', to: [{ audience: 'decider', rep: review.backup }] },
      ],
    }
  }
  const timedOut = (then: string): TimelineEntry => ({
    kind: 'reviewTimedOut',
    data: { review: review.id, kind: review.kind, then },
  })
  const after: LeadState = { ...state, review: null }
  switch (review.onTimeout.kind) {
    case 'assign':
      return moveOn(after, {
        cause: 'review-timeout',
        directed: review.onTimeout.target,
        actor: 'system',
        entries: [timedOut('assign')],
        requestId: null,
      })
    case 'keepSeparate':
      return {
        state: after,
        effects: [
          record([timedOut('keepSeparate')]),
          { do: 'acknowledgeProspect' },
          { do: 'enrich' },
          { do: 'route', cause: 'review-timeout', directed: null, lastOwner: null },
        ],
      }
    case 'keepOwner':
      return { state: after, effects: [record([timedOut('keepOwner')])] }
    case 'reject':
      return closing(after, 'rejected', 'system', 'review-timeout', null, [timedOut('reject')])
    default:
      return assertNever(review.onTimeout)
  }
}

function requestDue(state: LeadState): Reaction {
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

function handoffDue(state: LeadState): Reaction {
  const { handoff } = state
  const owner = owned(state)
  if (handoff === null || owner === null) return { state, effects: [] }
  return {
    state: { ...state, handoff: null },
    effects: [
      record([
        {
          kind: 'handoffAnswered',
          data: { handoff: handoff.id, to: handoff.to, accepted: false, reason: null, timedOut: true },
        },
      ]),
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

function joinDue(state: LeadState): Reaction {
  if (state.ownership.status !== 'joining') return { state, effects: [] }
  const { survivor, tries, dueAtMs } = state.ownership
  if (tries < joinTriesMost) return join(state, survivor, dueAtMs)
  return { state: { ...state, ownership: { status: 'received' } }, effects: [{ do: 'prepare' }] }
}

function record(entries: readonly TimelineEntry[]): Effect {
  return { do: 'record', actor: 'system', entries, requestId: null }
}
