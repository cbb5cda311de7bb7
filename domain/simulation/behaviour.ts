/** What the people do with a simulated lead, and when: told from how they answered before. */
import { dueAt } from '../calendar.js'
import { type EpochMs, instant, type RepId } from '../ids.js'
import { owned } from '../life/moves.js'
import type { LeadState, Routed, RunningClock } from '../life/state.js'
import type { Message } from '../messages.js'
import type { Person, Roster } from '../people.js'
import type { ClockKind } from '../timeline.js'
import type { Ledger } from './ledger.js'
import { type Past, timesOf } from './responses.js'
import type { RealStep } from './stream.js'

/** `Infinity`: not at all. */
export type Plan = {
  acknowledgeAtMs: number
  touchAtMs: number
  closeAtMs: number
  /** Who is the first of a queue to accept. */
  accepts: { rep: RepId; atMs: number } | null
}

export const noPlan: Plan = {
  acknowledgeAtMs: Number.POSITIVE_INFINITY,
  touchAtMs: Number.POSITIVE_INFINITY,
  closeAtMs: Number.POSITIVE_INFINITY,
  accepts: null,
}

/** Which draw of the past it is: of which lead, and of its how manieth owner. */
type Draw = { number: number; turn: number }

/** What becomes of it with whom it has come to; nothing where that is nobody. */
export function planAfter(
  past: Past,
  routed: Routed,
  { people }: Pick<Roster, 'people'>,
  { openOf }: Pick<Ledger, 'openOf'>,
  atMs: EpochMs,
  draw: Draw,
): Plan {
  if (routed.kind === 'assigned') {
    const owner = people.find(({ id }) => id === routed.owner)
    return owner === undefined ? noPlan : planOf(past, owner, atMs, draw)
  }
  if (routed.kind !== 'queued') return noPlan
  const members = people.filter(({ id }) => routed.members.includes(id))
  return planOfQueue(past, members, openOf, atMs, draw)
}

/** Each of their times is working time of their own. A lead that is never touched stays until it is taken from them. */
function planOf(past: Past, owner: Person, atMs: EpochMs, { number, turn }: Draw): Plan {
  const times = timesOf(past, owner.id, number, turn)
  const touchMs = times.firstTouchMs
  return {
    acknowledgeAtMs: after(owner, atMs, Math.min(times.acknowledgeMs, touchMs)),
    touchAtMs: after(owner, atMs, touchMs),
    closeAtMs: after(owner, atMs, Math.max(times.handlingMs, touchMs)),
    accepts: null,
  }
}

/** Whoever of them looks first: of equals whoever has fewer open leads, then by id. */
function planOfQueue(
  past: Past,
  members: readonly Person[],
  openOf: (rep: RepId) => number,
  atMs: EpochMs,
  { number, turn }: Draw,
): Plan {
  const looks = members
    .map(member => ({
      rep: member.id,
      atMs: after(member, atMs, timesOf(past, member.id, number, turn).acknowledgeMs),
      open: openOf(member.id),
    }))
    .sort((one, other) => one.atMs - other.atMs || one.open - other.open || (one.rep < other.rep ? -1 : 1))
  const [first] = looks
  return { ...noPlan, accepts: first === undefined || !Number.isFinite(first.atMs) ? null : first }
}

/** When a person next does something with the lead; `Infinity`: nobody does. */
export function nextActMs(plan: Plan, state: LeadState): number {
  switch (state.ownership.status) {
    case 'assigned':
      return Math.min(plan.acknowledgeAtMs, plan.touchAtMs, plan.closeAtMs)
    case 'acknowledged':
      return Math.min(plan.touchAtMs, plan.closeAtMs)
    case 'working':
      return plan.closeAtMs
    case 'queued':
      return plan.accepts?.atMs ?? Number.POSITIVE_INFINITY
    default:
      return Number.POSITIVE_INFINITY
  }
}

/** What somebody says to the lead by this instant; null: nothing. */
export function actAt(plan: Plan, state: LeadState, atMs: EpochMs): Message | null {
  const { hop } = state
  if (state.ownership.status === 'queued') {
    const { accepts } = plan
    if (accepts === null || accepts.atMs > atMs) return null
    return { name: 'acceptLead', payload: said(`accept-${hop}`, accepts.rep, atMs) }
  }
  const owner = owned(state)?.rep
  if (owner === undefined || nextActMs(plan, state) > atMs) return null
  if (state.ownership.status !== 'working' && plan.touchAtMs <= atMs)
    return { name: 'recordTouch', payload: { ...said(`touch-${hop}`, owner, atMs), kind: 'call' } }
  if (plan.closeAtMs <= atMs)
    return { name: 'close', payload: { ...said(`close-${hop}`, owner, atMs), outcome: 'lost' } }
  return { name: 'acknowledge', payload: said(`acknowledge-${hop}`, owner, atMs) }
}

/** Of the clocks of a real owner, those that ran out: `untilMs` is as long as they had the lead. */
export function breachedIn(
  clocks: readonly RunningClock[],
  { acknowledgedAtMs, touchedAtMs }: Pick<RealStep, 'acknowledgedAtMs' | 'touchedAtMs'>,
  untilMs: EpochMs,
): CountedClock[] {
  const metAtMs = {
    acknowledge: acknowledgedAtMs ?? touchedAtMs ?? untilMs,
    firstTouch: touchedAtMs ?? untilMs,
  }
  return clocks.flatMap(({ clock, dueAtMs }) => (isCounted(clock) && metAtMs[clock] > dueAtMs ? [clock] : []))
}

/** The clocks that a person's past answers tell of. */
export type CountedClock = 'acknowledge' | 'firstTouch'

export function isCounted(clock: ClockKind): clock is CountedClock {
  return clock === 'acknowledge' || clock === 'firstTouch'
}

function said(requestId: string, rep: RepId, atMs: EpochMs) {
  return { requestId, actor: { id: rep, role: 'rep' as const }, atMs }
}

/** At the earliest in the first moment of their next working hour. */
function after({ calendar }: Person, atMs: EpochMs, workMs: number): number {
  if (!Number.isFinite(workMs)) return Number.POSITIVE_INFINITY
  return dueAt(calendar, instant(atMs), Math.max(1, Math.round(workMs)))
}
