/** An owner's clocks as absolute instants, computed once when the owner is assigned and never derived again. */
import { always, type WorkCalendar } from './calendar.js'
import { assertNever, type EpochMs } from './ids.js'
import { ladderInstants } from './ladder.js'
import type { RunningClock } from './life/state.js'
import type { ClockTerms, Policy, Sla } from './policy.js'
import type { ClockKind } from './timeline.js'

/** @param ownerCalendar counts when the SLA's clock is in the owner's business hours */
export function clocksOf(
  policy: Policy,
  slaName: string,
  ownerCalendar: WorkCalendar,
  startMs: EpochMs,
): { clocks: RunningClock[]; reRoutes: Sla['reRoutes'] } {
  const sla = policy.slas[slaName]
  if (sla === undefined)
    throw new Error(`the policy has no SLA ${slaName}; it has ${Object.keys(policy.slas).join(', ')}`)
  const calendar = calendarOf(policy, sla, ownerCalendar)
  const clocks = [
    ...(sla.acknowledge === null ? [] : [running('acknowledge', sla.acknowledge, calendar, startMs)]),
    running('firstTouch', sla.firstTouch, calendar, startMs),
  ]
  return { clocks, reRoutes: sla.reRoutes }
}

function running(
  clock: ClockKind,
  terms: ClockTerms,
  calendar: WorkCalendar,
  startMs: EpochMs,
): RunningClock {
  const at = terms.steps.map(step => step.at)
  const { dueAtMs, steps } = ladderInstants(calendar, startMs, terms.withinMs, at)
  const ladder = steps.map(({ atMs, index }) => ({ atMs, do: terms.steps[index]?.do ?? [] }))
  // The breach comes first among what happens at the due instant, so that a reminder there speaks of a breach.
  const before = ladder.filter(step => step.atMs < dueAtMs)
  const after = ladder.filter(step => step.atMs >= dueAtMs)
  return { clock, dueAtMs, steps: [...before, { atMs: dueAtMs, do: ['breach'] }, ...after] }
}

function calendarOf(policy: Policy, { clock }: Sla, ownerCalendar: WorkCalendar): WorkCalendar {
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
