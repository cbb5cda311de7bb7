/** An owner's clocks as absolute instants, computed once when the owner is assigned and never derived again. */
import { always, dueAt, type WorkCalendar } from './calendar.js'
import { assertNever, type EpochMs, instant } from './ids.js'
import { ladderInstants } from './ladder.js'
import type { RunningClock } from './life/state.js'
import type { Policy, Sla } from './policy.js'
import { outsideQuietHours } from './quiet-hours.js'
import type { ClockKind } from './timeline.js'

/** The clocks of an owner, of which the policy's service levels tell. */
type OwnersClock = Exclude<ClockKind, 'assign'>

/** Of an owner: the service level that counts for them, and the hours in which they work. */
export type Counting = { sla: string; ownerCalendar: WorkCalendar }

/** What runs from the instant on at which somebody becomes the owner. */
export function clocksOf(policy: Policy, counting: Counting, startMs: EpochMs): RunningClock[] {
  const { acknowledge } = slaOf(policy, counting.sla)
  return [
    ...(acknowledge === null ? [] : [clockOf(policy, counting, 'acknowledge', { startMs })]),
    clockOf(policy, counting, 'firstTouch', { startMs }),
  ]
}

/**
 * A clock that starts at `startMs` and stands still in the holds. Each instant is worked out anew from the start, so
 * that a clock that was paused twice is exact to the second.
 * @throws Error when the service level has no such clock
 */
export function clockOf(
  policy: Policy,
  { sla: slaName, ownerCalendar }: Counting,
  clock: OwnersClock,
  { startMs, holds = [] }: { startMs: EpochMs; holds?: NonNullable<RunningClock['holds']> },
): RunningClock {
  const sla = slaOf(policy, slaName)
  const terms = sla[clock]
  if (terms === null) throw new Error(`the SLA ${slaName} has no clock ${clock}`)
  const calendar = calendarOf(policy, sla, ownerCalendar)
  const at = terms.steps.map(step => step.at)
  const still = holds.map(([fromMs, toMs]) => ({ fromMs, toMs }))
  const { dueAtMs, steps } = ladderInstants(calendar, startMs, terms.withinMs, at, still)
  const ladder = steps.map(({ atMs, index }) =>
    outsideQuiet(policy, ownerCalendar.zone, { atMs, do: terms.steps[index]?.do ?? [] }),
  )
  // The breach comes first among what happens at the due instant, so that a reminder there speaks of a breach.
  const before = ladder.filter(step => step.atMs < dueAtMs)
  const after = ladder.filter(step => step.atMs >= dueAtMs)
  return {
    clock,
    dueAtMs,
    startedAtMs: startMs,
    ...(holds.length === 0 ? {} : { holds }),
    steps: [...byInstant(before), { atMs: dueAtMs, do: ['breach'] }, ...byInstant(after)],
  }
}

/**
 * The clock after a pause: what is left of it, with the pause as one more hold. Steps that were taken stay taken.
 */
export function resumedClock(
  policy: Policy,
  counting: Counting,
  running: RunningClock,
  paused: { fromMs: EpochMs; toMs: EpochMs },
): RunningClock {
  const { clock, startedAtMs, holds = [], steps } = running
  // A clock of an earlier release does not know its start: it goes on as if it had been shifted by the pause alone.
  if (clock === 'assign' || startedAtMs === undefined) return shifted(running, paused.toMs - paused.fromMs)
  const again = clockOf(policy, counting, clock, {
    startMs: startedAtMs,
    holds: [...holds, [paused.fromMs, paused.toMs]],
  })
  const isBreached = !steps.some(isBreach)
  return {
    ...again,
    // What was said of a breach stands.
    dueAtMs: isBreached ? running.dueAtMs : again.dueAtMs,
    steps: steps.length === 0 ? [] : again.steps.slice(-steps.length),
  }
}

/**
 * The running clocks under another version of the policy as of `atMs`: from the same start, with the same holds. What
 * has been taken of a ladder is not taken again: only steps still to come remain, and the breach of a clock that had
 * none. A clock that this version does not have ends; one that does not know its start stays as it is.
 */
export function readoptedClocks(
  policy: Policy,
  counting: Counting,
  running: readonly RunningClock[],
  atMs: EpochMs,
): RunningClock[] {
  const sla = slaOf(policy, counting.sla)
  return running.flatMap(one => {
    const { clock, startedAtMs, holds = [] } = one
    if (clock === 'assign' || startedAtMs === undefined) return [one]
    if (sla[clock] === null) return []
    const again = clockOf(policy, counting, clock, { startMs: startedAtMs, holds })
    const isBreached = !one.steps.some(isBreach)
    const steps = again.steps.filter(step => (isBreach(step) ? !isBreached : step.atMs > atMs))
    return [{ ...again, dueAtMs: isBreached ? one.dueAtMs : again.dueAtMs, steps }]
  })
}

function isBreach(step: ClockStep): boolean {
  return step.do.includes('breach')
}

function shifted(running: RunningClock, byMs: number): RunningClock {
  const later = (atMs: EpochMs) => instant(atMs + byMs)
  return {
    ...running,
    dueAtMs: later(running.dueAtMs),
    steps: running.steps.map(step => ({ ...step, atMs: later(step.atMs) })),
  }
}

/** A breach and the next owner wait for nobody's morning; a reminder does. */
function outsideQuiet(policy: Policy, zone: string, step: ClockStep): ClockStep {
  if (step.do.includes('reRoute')) return step
  return { ...step, atMs: outsideQuietHours(policy.reminders.quiet, zone, step.atMs) }
}

type ClockStep = RunningClock['steps'][number]

function byInstant(steps: readonly ClockStep[]): readonly ClockStep[] {
  return steps.toSorted((one, other) => one.atMs - other.atMs)
}

function slaOf(policy: Policy, name: string): Sla {
  const sla = policy.slas[name]
  if (sla !== undefined) return sla
  throw new Error(`the policy has no SLA ${name}; it has ${Object.keys(policy.slas).join(', ')}`)
}

/** Until when a lead that came in at `receivedAtMs` must have an owner; null: the policy does not count it. */
export function assignmentDueMs(policy: Policy, receivedAtMs: EpochMs): EpochMs | null {
  const terms = policy.timeToAssign
  if (terms === null) return null
  // The clock of a lead that nobody owns is in nobody's hours.
  return dueAt(calendarOf(policy, terms, always), receivedAtMs, terms.withinMs)
}

function calendarOf(
  policy: Policy,
  { clock }: Pick<Sla, 'clock'>,
  ownerCalendar: WorkCalendar,
): WorkCalendar {
  switch (clock.kind) {
    case 'always':
      return always
    case 'owner':
      return ownerCalendar
    case 'calendar': {
      const calendar = policy.calendars[clock.calendar]
      if (calendar === undefined) throw new Error(`the policy has no calendar ${clock.calendar}`)
      return calendar
    }
    default:
      return assertNever(clock)
  }
}
