/** The moves that several events share. */
import { type EpochMs, instant, type LeadId, type RepId } from '../ids.js'
import type { Outcome } from '../lead.js'
import type { AssignmentCause, TimelineEntry } from '../timeline.js'
import type { Directed, Due, Effect, Held, LeadState, Owner, Queued, Reaction, Told } from './state.js'

/** Who owns the lead now; null where nobody does. */
export function owned(state: LeadState): Owner | null {
  return 'owner' in state.ownership ? state.ownership.owner : null
}

/** Whose lead it is, or was before it had to wait for the next owner; null where nobody ever had it. */
export function lastOwnerOf({ ownership }: LeadState): RepId | null {
  if ('owner' in ownership) return ownership.owner.rep
  if (ownership.status === 'in_review') return ownership.waited?.lastOwner ?? null
  return 'lastOwner' in ownership ? ownership.lastOwner : null
}

/** The wait of a lead that is held or in a queue; null where it does not wait for an owner. */
export function waiting({ ownership }: LeadState): Held | Queued | null {
  return ownership.status === 'held' || ownership.status === 'queued' ? ownership : null
}

/** The routing attempt that gave the lead its owner or its wait; where there is neither, the next one. */
export function hopOf(state: LeadState): number {
  return owned(state)?.hop ?? waiting(state)?.hop ?? state.hop
}

export function isOpen(state: LeadState): boolean {
  return state.ownership.status !== 'closed'
}

/** The earliest instant at which something must be done, and what; null when the lead waits only for messages. */
export function earliestDue(state: LeadState): Due | null {
  const dues: Due[] = []
  if (state.ownership.status === 'joining') dues.push({ what: 'join', atMs: state.ownership.dueAtMs })
  if (state.ownership.status === 'held') dues.push({ what: 'hold', atMs: state.ownership.retryAtMs })
  if (state.ownership.status === 'queued') dues.push({ what: 'queue', atMs: state.ownership.acceptByMs })
  if (state.review) {
    dues.push({
      what: 'review',
      atMs: state.review.escalated ? state.review.backupDueAtMs : state.review.dueAtMs,
    })
  }
  if (state.request) {
    dues.push({
      what: 'request',
      atMs: state.request.escalated ? state.request.backupDueAtMs : state.request.dueAtMs,
    })
  }
  if (state.handoff) dues.push({ what: 'handoff', atMs: state.handoff.dueAtMs })
  if (state.pause) dues.push({ what: 'pause', atMs: state.pause.untilMs })
  for (const { clock, steps } of state.clocks) {
    const [next] = steps
    const standsStill = state.pause?.clocks.includes(clock) ?? false
    if (next && !standsStill) dues.push({ what: 'clock', clock, do: next.do, atMs: next.atMs })
  }
  return dues.reduce<Due | null>(
    (first, due) => (first === null || due.atMs < first.atMs ? due : first),
    null,
  )
}

type Became = Extract<TimelineEntry, { kind: 'closed' }>['data']['became']

/** Ends the lead's life; what is still open beside it is superseded. */
export function closing(
  state: LeadState,
  outcome: Outcome,
  actor: string,
  reason: string | null,
  mergedInto: LeadId | null,
  { before = [], became }: { before?: readonly TimelineEntry[]; became?: Became | undefined } = {},
): Reaction {
  const after: LeadState = {
    ...state,
    ownership: { status: 'closed', outcome, mergedInto, lastOwner: owned(state)?.rep ?? null },
    clocks: [],
    review: null,
    request: null,
    handoff: null,
    pause: null,
    covering: null,
  }
  const closed: TimelineEntry = {
    kind: 'closed',
    data: { outcome, reason, mergedInto, ...(became === undefined ? {} : { became }) },
  }
  const effects: Effect[] = [record([...before, ...superseded(state, 'closed'), closed], actor)]
  if (isInCrm(state)) effects.push({ do: 'saveToCrm' })
  effects.push(...tellClaimant(state.review), ...tellOfSuperseded(state))
  return { state: after, effects }
}

/** Saved there once it had an owner or waited for one. */
export function isInCrm(state: LeadState): boolean {
  const { ownership } = state
  return (
    owned(state) !== null ||
    waiting(state) !== null ||
    (ownership.status === 'in_review' && ownership.waited !== undefined)
  )
}

/** Looks for another owner; items that belong to the present one end. */
export function moveOn(
  state: LeadState,
  move: {
    cause: AssignmentCause
    directed: Directed | null
    actor: string
    entries: readonly TimelineEntry[]
    requestId: string | null
  },
): Reaction {
  const entries = [...move.entries, ...superseded(state, move.cause)]
  return {
    state: { ...state, review: null, request: null, handoff: null },
    effects: [
      ...(entries.length === 0 ? [] : [record(entries, move.actor, move.requestId)]),
      { do: 'route', cause: move.cause, directed: move.directed, lastOwner: lastOwnerOf(state) },
      ...tellClaimant(state.review),
      ...tellOfSuperseded(state),
    ],
  }
}

/** Whoever claims the lead hears how that has ended: decided, or overtaken by what became of the lead. */
export function tellClaimant(review: LeadState['review']): Effect[] {
  if (review?.claimant === undefined) return []
  return [{ do: 'tell', about: 'claim-decided', to: [{ audience: 'requester', rep: review.claimant }] }]
}

/** Nobody who let the lead lapse, declined it or gave it away gets it again. */
export function exclude(
  state: LeadState,
  rep: RepId,
  reason: 'lapsed' | 'declined' | 'reassigned',
): LeadState {
  return { ...state, excluded: [...state.excluded, { rep, reason }] }
}

/** An entry without words is recorded, too: the lead's row must not keep an instant that has passed. */
export function record(
  entries: readonly TimelineEntry[],
  actor = 'system',
  requestId: string | null = null,
): Effect {
  return { do: 'record', actor, entries, requestId }
}

function superseded(state: LeadState, by: string): TimelineEntry[] {
  const entries: TimelineEntry[] = []
  if (state.review)
    entries.push({ kind: 'reviewSuperseded', data: { review: state.review.id, kind: state.review.kind, by } })
  if (state.request) entries.push({ kind: 'reassignmentSuperseded', data: { request: state.request.id, by } })
  if (state.handoff) entries.push({ kind: 'handoffSuperseded', data: { handoff: state.handoff.id, by } })
  return entries
}

/** Whoever was asked need not answer any more, and whoever had asked gets no answer. */
function tellOfSuperseded({ review, request, handoff }: LeadState): Effect[] {
  const to: Told[] = [
    ...(review === null
      ? []
      : [{ audience: 'decider' as const, rep: review.escalated ? review.backup : review.decides }]),
    ...(request === null
      ? []
      : [
          { audience: 'decider' as const, rep: request.escalated ? request.backup : request.decides },
          { audience: 'requester' as const, rep: request.by },
        ]),
    ...(handoff === null ? [] : [{ audience: 'receiver' as const, rep: handoff.to }]),
  ]
  return to.length === 0 ? [] : [{ do: 'tell', about: 'superseded', to }]
}

/** How long a lead waits for the one that it joins before it asks again. */
const joinPatienceMs = 30_000

/** Asks the other lead to take this one in; until it answers, this one belongs to nobody. */
export function join(state: LeadState, survivor: LeadId, atMs: EpochMs): Reaction {
  const tries = state.ownership.status === 'joining' ? state.ownership.tries + 1 : 1
  const ownership = { status: 'joining', survivor, tries, dueAtMs: instant(atMs + joinPatienceMs) } as const
  return { state: { ...state, ownership }, effects: [{ do: 'askToJoin', survivor }] }
}
