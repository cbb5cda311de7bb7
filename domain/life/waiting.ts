/**
 * A lead that has a rule and no owner yet: it is held until somebody of the rule's own people is available, or it is in
 * the queue of a pool until somebody accepts it. Both have an instant at which they end.
 */
import { assertNever, type EpochMs, instant, type RepId } from '../ids.js'
import type { Answer } from '../messages.js'
import type { Target } from '../policy.js'
import type { AssignmentCause } from '../timeline.js'
import { accept, refusal, refuse } from './answer.js'
import { lastOwnerOf, moveOn, owned, record, waiting } from './moves.js'
import type { Effect, LeadState, MessageOf, Reaction, Routed, Told } from './state.js'

/** A lead that is held looks for an owner no more often, whatever the engine expects of the next minute. */
const retryLeastMs = 60_000

export function hold(
  state: LeadState,
  { retryAtMs, untilMs }: Extract<Routed, { kind: 'held' }>,
  cause: AssignmentCause,
  atMs: EpochMs,
): Reaction {
  const soonest = Math.max(retryAtMs, atMs + retryLeastMs)
  const until = { retryAtMs: instant(untilMs > atMs ? Math.min(soonest, untilMs) : soonest), untilMs }
  if (state.ownership.status === 'held') {
    const ownership = { ...state.ownership, ...until }
    // Tried again and still nobody: its story has nothing new, its row another instant.
    return { state: { ...state, hop: state.hop + 1, ownership }, effects: [record([])] }
  }
  const lastOwner = lastOwnerOf(state)
  return {
    state: withoutOwner(state, { status: 'held', hop: state.hop, lastOwner, sinceMs: atMs, ...until }),
    effects: [
      record([{ kind: 'held', data: { from: owned(state)?.rep ?? null, ...until, cause } }]),
      { do: 'saveToCrm' },
      ...tellFormerOwner(state),
    ],
  }
}

export function queue(
  state: LeadState,
  { pool, members, rule, acceptByMs, then }: Extract<Routed, { kind: 'queued' }>,
  cause: AssignmentCause,
): Reaction {
  const { hop } = state
  const lastOwner = lastOwnerOf(state)
  const from = owned(state)?.rep ?? null
  const after = withoutOwner(state, {
    status: 'queued',
    hop,
    lastOwner,
    pool,
    members,
    rule,
    acceptByMs,
    then,
  })
  const data = { pool, members: [...members], rule, acceptByMs, then: nameOf(then), from, cause }
  return {
    state: after,
    effects: [
      record([{ kind: 'queued', data }]),
      { do: 'saveToCrm' },
      { do: 'tell', about: 'queued', to: waitingMembers(after) },
      ...tellFormerOwner(state),
    ],
  }
}

/** Routed again by the rules; the engine goes on to the next pool once the hold is over. */
export function holdDue(state: LeadState, atMs: EpochMs): Reaction {
  if (state.ownership.status !== 'held') return { state, effects: [] }
  const { lastOwner, untilMs } = state.ownership
  const cause = atMs < untilMs ? 'hold-retry' : 'hold-over'
  return { state, effects: [{ do: 'route', cause, directed: null, lastOwner }] }
}

export function queueDue(state: LeadState): Reaction {
  if (state.ownership.status !== 'queued') return { state, effects: [] }
  const { pool, then } = state.ownership
  const queuesPassed = [...(state.queuesPassed ?? []), pool]
  return moveOn(
    { ...state, queuesPassed },
    {
      cause: 'queue-timeout',
      directed: then,
      actor: 'system',
      entries: [{ kind: 'queueTimedOut', data: { pool, then: nameOf(then) } }],
      requestId: null,
    },
  )
}

/** The first member to say so gets the lead; everyone after them hears who has it. */
export function acceptLead(state: LeadState, message: MessageOf<'acceptLead'>): Reaction {
  const { actor, requestId } = message.payload
  const owner = owned(state)
  if (owner !== null) {
    if (owner.rep === actor.id) return { state, effects: [accept(message)] }
    return refuse(state, message, 'taken', [owner.rep])
  }
  if (state.ownership.status !== 'queued') return refuse(state, message, 'wrong-state')
  const { members, pool } = state.ownership
  const member = members.find(rep => rep === actor.id)
  if (member === undefined) return refuse(state, message, 'not-member', [...members])
  const moved = moveOn(state, {
    cause: 'accepted',
    directed: { kind: 'rep', rep: member },
    actor: member,
    entries: [{ kind: 'accepted', data: { by: member, pool } }],
    requestId,
  })
  return {
    state: moved.state,
    effects: [...moved.effects, { do: 'answerAcceptance', requestId, member }],
  }
}

/** Whoever accepts may have gone on leave since the lead came into the queue: then the routing gave it to another. */
export function answerToAcceptance(state: LeadState, member: RepId): Answer {
  const owner = owned(state)
  if (owner === null) return refusal(state, 'wrong-state', [])
  if (owner.rep !== member) return refusal(state, 'taken', [owner.rep])
  return { ok: true, status: state.ownership.status, owner: owner.rep }
}

/** Whoever may accept the lead now. */
export function waitingMembers(state: LeadState): Told[] {
  const wait = waiting(state)
  return wait?.status === 'queued' ? wait.members.map(rep => ({ audience: 'member', rep })) : []
}

/** What belonged to an owner ends with the ownership. */
function withoutOwner(state: LeadState, ownership: NonNullable<ReturnType<typeof waiting>>): LeadState {
  return {
    ...state,
    hop: state.hop + 1,
    ownership,
    // Nobody has it: that clock alone runs on.
    clocks: state.clocks.filter(({ clock }) => clock === 'assign'),
    review: null,
    request: null,
    handoff: null,
    pause: null,
  }
}

function tellFormerOwner(state: LeadState): Effect[] {
  const owner = owned(state)
  if (owner === null) return []
  return [{ do: 'tell', about: 'moved-on', to: [{ audience: 'former-owner', rep: owner.rep }] }]
}

function nameOf(target: Target): string {
  switch (target.kind) {
    case 'pool':
      return target.pool
    case 'rep':
      return target.rep
    case 'accountOwner':
      return 'account-owner'
    case 'managerOfOwner':
      return 'manager-of-owner'
    default:
      return assertNever(target)
  }
}
