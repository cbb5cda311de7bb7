/** A question that a person must decide: opened, decided, passed on to a backup, and ended in any case. */
import { assertNever, type EpochMs } from '../ids.js'
import type { ReviewDecision } from '../messages.js'
import type { TimelineEntry } from '../timeline.js'
import { accept, actsFor, refuse } from './answer.js'
import { closing, join, lastOwnerOf, moveOn, owned, record, tellClaimant, waiting } from './moves.js'
import {
  type Directed,
  type LeadState,
  type MessageOf,
  type OpenReview,
  type Reaction,
  reviewChoices,
} from './state.js'

export function reviewOpened(state: LeadState, review: OpenReview): Reaction {
  const told = { do: 'tell', about: 'review', to: [{ audience: 'decider', rep: review.decides }] } as const
  if (owned(state) !== null) return { state: { ...state, review }, effects: [told] }
  const waited = waiting(state)
  if (waited === null)
    return { state: { ...state, review, ownership: { status: 'in_review' } }, effects: [told] }
  const { lastOwner } = waited
  return {
    state: { ...state, review, ownership: { status: 'in_review', waited: { lastOwner } } },
    // The end of the wait is over; the lead's row and the CRM must not keep it.
    effects: [record([]), { do: 'saveToCrm' }, told],
  }
}

export function decideReview(state: LeadState, message: MessageOf<'decideReview'>, atMs: EpochMs): Reaction {
  const { review } = state
  const { actor, decision, requestId } = message.payload
  if (review === null || review.id !== message.payload.review) return refuse(state, message, 'no-such-item')
  if (!actsFor(message, review.decides) && actor.id !== review.backup) {
    return refuse(state, message, 'not-decider', [review.decides, review.backup])
  }
  // Nobody can keep what nobody has.
  const choices = reviewChoices[review.kind].filter(choice => choice !== 'keepOwner' || owned(state) !== null)
  if (!choices.includes(decision.choice)) return refuse(state, message, 'not-a-choice', [...choices])
  const decided: TimelineEntry = {
    kind: 'reviewDecided',
    data: { review: review.id, kind: review.kind, by: actor.id, decision },
  }
  const after: LeadState = { ...state, review: null }
  const recorded = record([decided], actor.id, requestId)
  const lastOwner = lastOwnerOf(state)
  switch (decision.choice) {
    case 'assign': {
      const directed = directedBy(decision, review)
      const moved = moveOn(after, {
        cause: 'review',
        directed,
        actor: actor.id,
        entries: [decided],
        requestId,
      })
      return {
        state: moved.state,
        effects: [...moved.effects, ...tellClaimant(review), accept(message)],
      }
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
      return { state: after, effects: [recorded, ...tellClaimant(review), accept(message)] }
    case 'reject':
    case 'disqualify': {
      const outcome = decision.choice === 'reject' ? 'rejected' : 'disqualified'
      const closed = closing(after, outcome, actor.id, 'review', null, { before: [decided] })
      return { state: closed.state, effects: [...closed.effects, accept(message)] }
    }
    default:
      return assertNever(decision)
  }
}

/** Of a claim that is granted without a name: to whoever claims it. */
function directedBy(
  decision: Extract<ReviewDecision, { choice: 'assign' }>,
  { claimant }: OpenReview,
): Directed | null {
  if (decision.rep !== undefined) return { kind: 'rep', rep: decision.rep }
  if (decision.pool !== undefined) return { kind: 'pool', pool: decision.pool }
  if (decision.rule !== undefined) return { kind: 'rule', rule: decision.rule }
  return claimant === undefined ? null : { kind: 'rep', rep: claimant }
}

/** First to the backup; after the backup's time to the end that the policy names. */
export function reviewDue(state: LeadState): Reaction {
  const { review } = state
  if (review === null) return { state, effects: [] }
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
    case 'assign': {
      const moved = moveOn(after, {
        cause: 'review-timeout',
        directed: review.onTimeout.target,
        actor: 'system',
        entries: [timedOut('assign')],
        requestId: null,
      })
      return { state: moved.state, effects: [...moved.effects, ...tellClaimant(review)] }
    }
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
      return { state: after, effects: [record([timedOut('keepOwner')]), ...tellClaimant(review)] }
    case 'reject':
      return closing(after, 'rejected', 'system', 'review-timeout', null, { before: [timedOut('reject')] })
    default:
      return assertNever(review.onTimeout)
  }
}
