/**
 * The life of a lead as a pure state machine: react(state, event) → the state after it and what must be done.
 * The workflow carries the effects out in order and brings their answers back as events.
 */
import { assertNever, type LeadId, type PolicyVersion, type RepId } from '../ids.js'
import { accept, refused } from './answer.js'
import { stopClocks } from './clock.js'
import { comesDue } from './due.js'
import { handoffOpened } from './handoff.js'
import { hear } from './hear.js'
import { submissionAccepted, submissionSplit } from './joining.js'
import { closing, join, moveOn, owned, record, waiting } from './moves.js'
import { clocksSet, pauseOpened } from './pause.js'
import { requestOpened } from './reassignment.js'
import { reviewOpened } from './review.js'
import type { LeadEvent, LeadState, Owner, Prepared, Reaction, Routed } from './state.js'
import { hold, queue } from './waiting.js'

export function received(lead: LeadId): LeadState {
  return {
    schema: 1,
    lead,
    hop: 0,
    ownership: { status: 'received' },
    clocks: [],
    chain: null,
    review: null,
    request: null,
    handoff: null,
    excluded: [],
    answered: [],
    step: 0,
  }
}

export function react(state: LeadState, event: LeadEvent): Reaction {
  switch (event.kind) {
    case 'prepared':
      return prepared(state, event)
    case 'routed':
      return routed(state, event)
    case 'reviewOpened':
      return reviewOpened(state, event.review)
    case 'requestOpened':
      return requestOpened(state, event)
    case 'handoffOpened':
      return handoffOpened(state, event)
    case 'pauseOpened':
      return pauseOpened(state, event)
    case 'clocksSet':
      return clocksSet(state, event.clocks)
    case 'policyAdopted':
      return policyAdopted(state, event)
    case 'submissionAccepted':
      return submissionAccepted(state, event.accepted)
    case 'submissionSplit':
      return submissionSplit(state, event)
    case 'message':
      return hear(state, event.message, event.atMs)
    case 'due':
      return comesDue(state, event.due)
    default:
      return assertNever(event)
  }
}

type Event<Kind extends LeadEvent['kind']> = Extract<LeadEvent, { kind: Kind }>

function prepared(state: LeadState, { prepared, atMs }: Event<'prepared'>): Reaction {
  const begun = withAssignClock(state, prepared)
  switch (prepared.verdict) {
    case 'new':
    case 'customer':
      return {
        state: begun,
        effects: [
          ...(prepared.acknowledge ? ([{ do: 'acknowledgeProspect' }] as const) : []),
          { do: 'enrich' },
          { do: 'route', cause: 'new', directed: null, lastOwner: null },
        ],
      }
    case 'stored':
      return closing(state, 'stored', 'system', 'source-off', null)
    case 'joins':
      return join(state, prepared.survivor, atMs)
    case 'review':
      if (prepared.disputed !== true) {
        return { state: begun, effects: [{ do: 'openReview', review: 'possible-duplicate' }] }
      }
      // Nobody doubts that the person is new to us, so that they hear from us before it is settled whose they are (R24).
      return {
        state: begun,
        effects: [
          { do: 'acknowledgeProspect' },
          { do: 'enrich' },
          { do: 'openReview', review: 'ambiguous-rule' },
        ],
      }
    case 'ended':
      return {
        state: {
          ...state,
          ownership: { status: 'closed', outcome: prepared.outcome, mergedInto: null, lastOwner: null },
        },
        effects: [],
      }
    default:
      return assertNever(prepared)
  }
}

/** It runs from the receipt of the lead until somebody owns it, through reviews, holds and queues. */
function withAssignClock(state: LeadState, prepared: Prepared): LeadState {
  const assign = 'assign' in prepared ? prepared.assign : undefined
  if (assign === undefined) return state
  const { dueAtMs, tell } = assign
  const clock = { clock: 'assign', dueAtMs, steps: [{ atMs: dueAtMs, do: ['breach'] }] } as const
  return { ...state, clocks: [clock], assignTell: tell }
}

function routed(state: LeadState, { routed, atMs, cause }: Event<'routed'>): Reaction {
  switch (routed.kind) {
    case 'assigned':
      return assigned(state, routed, { atMs, cause })
    case 'review':
      return {
        state: { ...state, hop: state.hop + 1 },
        effects: [{ do: 'openReview', review: routed.review }],
      }
    case 'disqualified':
      return closing({ ...state, hop: state.hop + 1 }, 'disqualified', 'system', 'qualification', null)
    case 'held':
      return hold(state, routed, cause, atMs)
    case 'queued':
      // Nobody of them has taken it before: going round again would be silence.
      if (state.queuesPassed?.includes(routed.pool) === true) {
        return {
          state: { ...state, hop: state.hop + 1 },
          effects: [{ do: 'openReview', review: 'nobody-available' }],
        }
      }
      return queue(state, routed, cause)
    case 'shadowed':
      return closing({ ...state, hop: state.hop + 1 }, 'shadowed', 'system', 'source-in-shadow', null)
    default:
      return assertNever(routed)
  }
}

function assigned(
  state: LeadState,
  routed: Extract<Routed, { kind: 'assigned' }>,
  { atMs, cause }: Pick<Event<'routed'>, 'atMs' | 'cause'>,
): Reaction {
  const before = owned(state)
  const ended = cause === 'end-of-chain' || (state.chain?.ended ?? false)
  const owner = {
    rep: routed.owner,
    manager: routed.manager,
    hop: state.hop,
    rule: routed.rule,
    pool: routed.pool,
    sinceMs: atMs,
    ...(routed.terms === undefined ? {} : { terms: routed.terms }),
    ...(routed.labels === undefined ? {} : { labels: routed.labels }),
  }
  const inTime = stopClocks(state, ['assign'], atMs).entries
  const after: LeadState = {
    ...state,
    hop: state.hop + 1,
    ownership: { status: 'assigned', owner },
    clocks: routed.clocks,
    chain: {
      movesLeft: state.chain?.movesLeft ?? routed.reRoutes.most,
      end: state.chain?.end ?? routed.reRoutes.then,
      ended,
    },
    review: null,
    request: null,
    handoff: null,
    pause: null,
    queuesPassed: [],
    covering: coveringAfter(state, cause, owner.rep),
  }
  return {
    state: after,
    effects: [
      ...(inTime.length === 0 ? [] : [record(inTime)]),
      { do: 'saveToCrm' },
      {
        do: 'tell',
        about: 'assigned',
        to: [{ audience: 'owner', rep: owner.rep }, { audience: 'team' }, { audience: 'watcher' }],
      },
      ...(before === null || before.rep === owner.rep
        ? []
        : ([
            { do: 'tell', about: 'moved-on', to: [{ audience: 'former-owner', rep: before.rep }] },
          ] as const)),
      ...(routed.meetingLink === true ? ([{ do: 'sendMeetingLink' }] as const) : []),
      ...(routed.highValue ? ([{ do: 'openReview', review: 'high-value' }] as const) : []),
    ],
  }
}

/** The first owner after the leave began covers; whoever gets the lead after that has it for good. */
function coveringAfter(
  { covering }: LeadState,
  cause: Event<'routed'>['cause'],
  owner: RepId,
): LeadState['covering'] {
  if (covering == null || covering.by !== null) return null
  return cause === 'leave-over' || owner === covering.rep ? null : { ...covering, by: owner }
}

function underPolicy(owner: Owner, policyVersion: PolicyVersion): Owner {
  return owner.labels === undefined ? owner : { ...owner, labels: { ...owner.labels, policyVersion } }
}

function policyAdopted(state: LeadState, { message, adopted }: Event<'policyAdopted'>): Reaction {
  if (adopted.kind === 'refused') return refused(state, message, adopted)
  const { ownership } = state
  const { version } = message.payload
  const assignClock = state.clocks.filter(({ clock }) => clock === 'assign')
  const after: LeadState = {
    ...state,
    clocks: [...assignClock, ...adopted.clocks],
    ownership:
      'owner' in ownership
        ? { ...ownership, owner: underPolicy({ ...ownership.owner, terms: adopted.terms }, version) }
        : ownership,
  }
  const isRouted = owned(state) !== null || waiting(state) !== null
  if (!message.payload.reRoute || !isRouted) return { state: after, effects: [record([]), accept(message)] }
  const { actor, requestId } = message.payload
  const moved = moveOn(after, {
    cause: 'policy-adopted',
    directed: null,
    actor: actor.id,
    entries: [],
    requestId,
  })
  return { state: moved.state, effects: [...moved.effects, accept(message)] }
}
