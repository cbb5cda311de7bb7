/**
 * The life of a lead as a pure state machine: react(state, event) → the state after it and what must be done.
 * The workflow carries the effects out in order and brings their answers back as events.
 */
import { assertNever, type LeadId } from '../ids.js'
import { comesDue } from './due.js'
import { hear } from './hear.js'
import { closing, exclude, join, moveOn, owned, waiting } from './moves.js'
import type { LeadEvent, LeadState, Reaction } from './state.js'
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
      return reviewOpened(state, event)
    case 'requestOpened':
      return requestOpened(state, event)
    case 'handoffOpened':
      return handoffOpened(state, event)
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
  switch (prepared.verdict) {
    case 'new':
    case 'customer':
      return {
        state,
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
        return { state, effects: [{ do: 'openReview', review: 'possible-duplicate' }] }
      }
      // Nobody doubts that the person is new to us, so that they hear from us before it is settled whose they are (R24).
      return {
        state,
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

function routed(state: LeadState, { routed, atMs, cause }: Event<'routed'>): Reaction {
  switch (routed.kind) {
    case 'assigned': {
      const before = owned(state)
      const ended = cause === 'end-of-chain' || (state.chain?.ended ?? false)
      const owner = {
        rep: routed.owner,
        manager: routed.manager,
        hop: state.hop,
        rule: routed.rule,
        pool: routed.pool,
        sinceMs: atMs,
      }
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
      }
      return {
        state: after,
        effects: [
          { do: 'saveToCrm' },
          {
            do: 'tell',
            about: 'assigned',
            to: [{ audience: 'owner', rep: owner.rep }, { audience: 'team' }],
          },
          ...(before === null || before.rep === owner.rep
            ? []
            : ([
                { do: 'tell', about: 'moved-on', to: [{ audience: 'former-owner', rep: before.rep }] },
              ] as const)),
          ...(routed.highValue ? ([{ do: 'openReview', review: 'high-value' }] as const) : []),
        ],
      }
    }
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
      return queue(state, routed, cause)
    case 'shadowed':
      return closing({ ...state, hop: state.hop + 1 }, 'shadowed', 'system', 'source-in-shadow', null)
    default:
      return assertNever(routed)
  }
}

function reviewOpened(state: LeadState, { review }: Event<'reviewOpened'>): Reaction {
  const told = { do: 'tell', about: 'review', to: [{ audience: 'decider', rep: review.decides }] } as const
  if (owned(state) !== null) return { state: { ...state, review }, effects: [told] }
  const waited = waiting(state)
  if (waited === null)
    return { state: { ...state, review, ownership: { status: 'in_review' } }, effects: [told] }
  const { lastOwner } = waited
  return {
    state: { ...state, review, ownership: { status: 'in_review', waited: { lastOwner } } },
    // The end of the wait is over; the lead's row and the CRM must not keep it.
    effects: [{ do: 'record', actor: 'system', entries: [], requestId: null }, { do: 'saveToCrm' }, told],
  }
}

function requestOpened(state: LeadState, { message, opened }: Event<'requestOpened'>): Reaction {
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
          { do: 'answer', requestId, answer: null },
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
      return { state: moved.state, effects: [...moved.effects, { do: 'answer', requestId, answer: null }] }
    }
    case 'refused':
      return {
        state,
        effects: [
          {
            do: 'answer',
            requestId,
            answer: {
              ok: false,
              code: opened.code,
              detail: [...opened.detail],
              status: state.ownership.status,
              owner: owner.rep,
            },
          },
        ],
      }
    default:
      return assertNever(opened)
  }
}

function handoffOpened(state: LeadState, { message, opened }: Event<'handoffOpened'>): Reaction {
  const owner = owned(state)
  const { requestId, to } = message.payload
  if (owner === null) throw new Error('a handoff was opened for a lead without an owner')
  if (opened.kind === 'refused') {
    return {
      state,
      effects: [
        {
          do: 'answer',
          requestId,
          answer: {
            ok: false,
            code: opened.code,
            detail: [...opened.detail],
            status: state.ownership.status,
            owner: owner.rep,
          },
        },
      ],
    }
  }
  return {
    state: { ...state, handoff: { id: requestId, from: owner.rep, to, dueAtMs: opened.dueAtMs } },
    effects: [
      { do: 'tell', about: 'handoff-offered', to: [{ audience: 'receiver', rep: to }] },
      { do: 'answer', requestId, answer: null },
    ],
  }
}
