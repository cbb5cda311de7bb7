/**
 * What a lead's timeline says of its clocks and of its time: when each started, stood still, came due and was met, and
 * how long it waited for us, for a person's decision and for its owner (R27).
 */
import type { EpochMs, RepId } from './ids.js'
import type { RunningClock } from './life/state.js'
import type { ClockKind, TimelineEntry } from './timeline.js'

export type Told = { atMs: EpochMs } & TimelineEntry

export type LeadClock = {
  clock: ClockKind
  startedAtMs: EpochMs
  dueAtMs: EpochMs
  metAtMs: EpochMs | null
  /** The deadline passed before it was met. */
  breached: boolean
  holds: NonNullable<RunningClock['holds']>
  /** Until when at the most it stands still; null: it runs. */
  pausedUntilMs: EpochMs | null
}

/** The clocks of the latest owner, and that of assignment; the earliest due first. */
export function clocksIn(timeline: readonly Told[]): LeadClock[] {
  const clocks = new Map<ClockKind, LeadClock>()
  const pausedSince = new Map<ClockKind, EpochMs>()
  const change = (clock: ClockKind, changed: (of: LeadClock) => LeadClock) => {
    const of = clocks.get(clock)
    if (of !== undefined) clocks.set(clock, changed(of))
  }
  for (const event of timeline) {
    switch (event.kind) {
      case 'assigned':
        for (const clock of [...clocks.keys()].filter(clock => clock !== 'assign')) clocks.delete(clock)
        pausedSince.clear()
        for (const { clock, dueAtMs } of event.data.clocks)
          clocks.set(clock, running(clock, event.atMs, dueAtMs))
        break
      case 'clockStarted':
        clocks.set(event.data.clock, running(event.data.clock, event.atMs, event.data.dueAtMs))
        break
      case 'clocksPaused':
        for (const clock of event.data.clocks) {
          pausedSince.set(clock, event.atMs)
          change(clock, of => ({ ...of, pausedUntilMs: event.data.untilMs }))
        }
        break
      case 'clocksResumed':
        for (const { clock, dueAtMs } of event.data.clocks) {
          const sinceMs = pausedSince.get(clock) ?? event.atMs
          change(clock, of => ({ ...of, dueAtMs, holds: [...of.holds, [sinceMs, event.atMs]] }))
        }
        for (const clock of pausedSince.keys()) change(clock, of => ({ ...of, pausedUntilMs: null }))
        pausedSince.clear()
        break
      case 'policyAdopted':
        for (const { clock, dueAtMs } of event.data.clocks) change(clock, of => ({ ...of, dueAtMs }))
        break
      case 'clockMet':
        change(event.data.clock, of => ({ ...of, metAtMs: event.atMs, pausedUntilMs: null }))
        break
      case 'breached':
        change(event.data.clock, of => ({ ...of, breached: true }))
        break
      default:
        break
    }
  }
  return [...clocks.values()].sort((one, other) => one.dueAtMs - other.dueAtMs)
}

function running(clock: ClockKind, startedAtMs: EpochMs, dueAtMs: EpochMs): LeadClock {
  return { clock, startedAtMs, dueAtMs, metAtMs: null, breached: false, holds: [], pausedUntilMs: null }
}

export type LeadTimes = {
  /** From the receipt to the first owner: what our own steps took, and what people's answers took. Null: none yet. */
  untilOwner: { systemMs: number; peopleMs: number } | null
  /** Of each owner, from when the lead was theirs; null: not done, or not in their time. */
  owners: { owner: RepId; acknowledgeMs: number | null; firstTouchMs: number | null }[]
}

/** A lead waits for people while a review is open, while it is held, and while it is in a queue. */
export function timesIn(timeline: readonly Told[]): LeadTimes {
  const owners: (LeadTimes['owners'][number] & { sinceMs: EpochMs })[] = []
  let untilOwner: LeadTimes['untilOwner'] = null
  let waitingSinceMs: EpochMs | null = null
  let peopleMs = 0
  const [received] = timeline
  for (const event of timeline) {
    const present = owners.at(-1)
    if (untilOwner === null && waitingSinceMs !== null && endsTheWait(event)) {
      peopleMs += event.atMs - waitingSinceMs
      waitingSinceMs = null
    }
    switch (event.kind) {
      case 'reviewOpened':
      case 'held':
      case 'queued':
        waitingSinceMs ??= event.atMs
        break
      case 'assigned':
        untilOwner ??= { systemMs: event.atMs - (received?.atMs ?? event.atMs) - peopleMs, peopleMs }
        owners.push({
          owner: event.data.owner,
          sinceMs: event.atMs,
          acknowledgeMs: null,
          firstTouchMs: null,
        })
        break
      case 'acknowledged':
        if (present) present.acknowledgeMs ??= event.atMs - present.sinceMs
        break
      case 'touched':
        if (present && event.data.counts !== false) {
          present.acknowledgeMs ??= event.atMs - present.sinceMs
          present.firstTouchMs ??= event.atMs - present.sinceMs
        }
        break
      default:
        break
    }
  }
  return {
    untilOwner,
    owners: owners.map(({ owner, acknowledgeMs, firstTouchMs }) => ({ owner, acknowledgeMs, firstTouchMs })),
  }
}

function endsTheWait({ kind }: Told): boolean {
  return [
    'reviewDecided',
    'reviewTimedOut',
    'reviewSuperseded',
    'assigned',
    'accepted',
    'queueTimedOut',
    'closed',
  ].includes(kind)
}
