/** Service levels that nobody can meet, or whose steps come in an order that makes no sense. */
import { always, CalendarError, dueAt, formatInstant, openIntervals, type WorkCalendar } from '../calendar.js'
import type { EpochMs } from '../ids.js'
import type { Person } from '../people.js'
import type { ClockTerms, Policy, Sla } from '../policy.js'
import { pathText, type Places } from '../yaml.js'
import type { Finding } from './finding.js'
import { leadOn, type Route, routesOf } from './routes.js'
import { enumerated, firstOf, lengthOf } from './sentences.js'
import { firstGap, presenceOf, type Span, type Staff, takersOf, windowFrom } from './staff.js'
import type { Survey } from './survey.js'

const mostNamed = 5

type Said = Pick<Finding, 'severity' | 'message' | 'suggestion'> & Partial<Finding>

/** @param places of the document, so that what a service level inherits is told once, where it is written; null: not at hand */
export function lintSlas(
  survey: Survey,
  staff: Staff | null,
  places: Places | null,
  atMs: EpochMs,
): Finding[] {
  const { policy } = survey
  const routes = routesOf(survey)
  const ofLevels = Object.entries(policy.slas).flatMap(([id, sla]) => {
    const using = routes.filter(route => route.sla === id)
    const says = (...keys: string[]) =>
      places === null || keys.some(key => places.has(pathText(['slas', id, ...key.split('.')])))
    const said: (Said | null)[] = [
      ...(says('acknowledge', 'firstTouch', 'stale') ? lengths(id, sla) : []).map(shownBy(survey, using)),
      ...(says('steps', 'acknowledge.steps', 'firstTouch.steps', 'stale.steps')
        ? stepsOutOfOrder(id, sla)
        : []
      ).map(shownBy(survey, using)),
      says('clock') ? closedCalendar(policy, `the clock of ${id}`, sla, atMs) : null,
      ...(staff === null
        ? []
        : [closedOwners(policy, id, sla, using, staff), unattended(policy, id, sla, using, staff)]),
    ]
    return said
      .filter(each => each !== null)
      .map(
        (each): Finding => ({
          check: 'impossible-sla',
          path: ['slas', id],
          at: 'key',
          counterExample: null,
          ...each,
        }),
      )
  })
  return [...ofLevels, ...closedBeforeAnOwner(policy, atMs)]
}

function closedBeforeAnOwner(policy: Policy, atMs: EpochMs): Finding[] {
  if (policy.timeToAssign === null) return []
  const said = closedCalendar(policy, 'the clock of leads without an owner', policy.timeToAssign, atMs)
  return said === null
    ? []
    : [{ check: 'impossible-sla', path: ['timeToAssign', 'clock'], counterExample: null, ...said }]
}

/** By a lead whose clock it is. */
function shownBy(survey: Survey, [route]: readonly Route[]): (said: Said) => Said {
  return said => {
    const lead = route === undefined ? null : leadOn(survey, route)
    return lead === null ? said : { ...said, counterExample: { lead } }
  }
}

function clocksOf({ acknowledge, firstTouch, stale }: Sla): Record<string, ClockTerms> {
  return {
    ...(acknowledge === null ? {} : { acknowledge }),
    firstTouch,
    ...(stale === null ? {} : { stale }),
  }
}

function lengths(id: string, sla: Sla): Said[] {
  const { acknowledge, firstTouch } = sla
  const none = Object.entries(clocksOf(sla)).filter(([, { withinMs }]) => withinMs <= 0)
  const zero = none.map(
    ([name]): Said => ({
      severity: 'error',
      message: `${name} of ${id} is over when it starts`,
      suggestion: 'give it a time, such as 30m',
    }),
  )
  if (acknowledge === null || acknowledge.withinMs <= firstTouch.withinMs) return zero
  return [
    ...zero,
    {
      severity: 'warning',
      message: `${id} must be acknowledged within ${lengthOf(acknowledge.withinMs)}, but touched within ${lengthOf(firstTouch.withinMs)} already`,
      suggestion: 'make acknowledge the shorter one, or acknowledge: none',
    },
  ]
}

/** Whoever loses the lead is reminded of nothing any more. */
function stepsOutOfOrder(id: string, sla: Sla): Said[] {
  const late = Object.entries(clocksOf(sla)).filter(([, clock]) => remindsTooLate(clock))
  if (late.length === 0) return []
  const clocks = enumerated(
    late.map(([name]) => name),
    'and',
  )
  return [
    {
      severity: 'warning',
      message: `${id} re-routes before it reminds (${clocks}): the owner has lost the lead when the reminder is due`,
      suggestion: 'put the reminder before the re-route',
    },
  ]
}

function remindsTooLate({ withinMs, steps }: ClockTerms): boolean {
  const timed = steps.map(step => ({
    ...step,
    workMs: (step.at.fraction ?? 0) * withinMs + step.at.offsetMs,
  }))
  const moves = timed.filter(step => step.do.includes('reRoute')).map(({ workMs }) => workMs)
  return timed.some(step => step.do.includes('remindOwner') && moves.some(workMs => workMs < step.workMs))
}

function closedCalendar(
  { calendars }: Policy,
  what: string,
  { clock }: Pick<Sla, 'clock'>,
  atMs: EpochMs,
): Said | null {
  if (clock.kind !== 'calendar') return null
  const calendar = Object.hasOwn(calendars, clock.calendar) ? calendars[clock.calendar] : undefined
  if (calendar === undefined || !isClosed(calendar, atMs)) return null
  return {
    severity: 'error',
    message: `${what} stands still: the calendar ${clock.calendar} has no open hour in the next 30 days`,
    counterExample: { atMs, zone: calendar.zone },
    suggestion: `give ${clock.calendar} hours, or take out holidays`,
  }
}

/** People whose calendar never opens: a clock in their hours would stand still. */
function closedOwners(
  policy: Policy,
  id: string,
  { clock }: Sla,
  using: readonly Route[],
  staff: Staff,
): Said | null {
  if (clock.kind !== 'owner') return null
  const [atMs] = staff.window
  const owners = new Set(
    using.flatMap(({ targets }) => targets.flatMap(target => takersOf(policy, target, staff) ?? [])),
  )
  const closed = [...owners].filter(({ calendar }) => isClosed(calendar, atMs))
  const [first] = closed
  if (first === undefined) return null
  const names = firstOf(
    closed.map(person => person.id),
    mostNamed,
  )
  return {
    severity: closed.length === owners.size ? 'error' : 'warning',
    message: `a clock of ${id} stands still with ${names}: no working hour in the next 30 days`,
    counterExample: { atMs, zone: first.calendar.zone },
    suggestion: `give ${names} working hours, or take them out of the pools`,
  }
}

/** The first instant at which a lead can come whose time is over before anybody who can have it works again. */
function unattended(
  policy: Policy,
  id: string,
  sla: Sla,
  using: readonly Route[],
  staff: Staff,
): Said | null {
  const calendar = calendarOf(policy, sla)
  if (calendar === null || isClosed(calendar, staff.window[0])) return null
  const { withinMs } = sla.firstTouch
  for (const route of using) {
    const owners = ownersBy(policy, route, staff)
    if (owners.length === 0) continue
    const presences = owners.flatMap(person => presenceOf(person, staff, true))
    const gap = gapsIn(presences, staff.window).find(([fromMs, toMs]) =>
      isOver(calendar, fromMs, withinMs, toMs),
    )
    if (gap === undefined) continue
    const names = firstOf(
      owners.map(person => person.id),
      mostNamed,
    )
    return {
      severity: 'warning',
      message: `a lead that goes by ${route.name} and comes at ${formatInstant(policy.zone, gap[0])} must be touched within ${lengthOf(withinMs)} (${id}), and nobody who can have it (${names}) works by then`,
      counterExample: { atMs: gap[0], zone: policy.zone },
      suggestion: `let the clock of ${id} run in business hours of owner, or have somebody there at that time`,
    }
  }
  return null
}

/** Null: it runs in the hours of whoever has the lead, so that there is always somebody. */
function calendarOf({ calendars }: Policy, { clock }: Sla): WorkCalendar | null {
  if (clock.kind === 'always') return always
  return clock.kind === 'calendar' && Object.hasOwn(calendars, clock.calendar)
    ? (calendars[clock.calendar] ?? null)
    : null
}

/** A pool that takes members within their hours alone leaves the lead to the targets behind it, or holds it. */
function ownersBy(policy: Policy, { targets, nobodyAvailable }: Route, staff: Staff): Person[] {
  const [first] = targets
  const isInHoursOnly = first?.kind === 'pool' && policy.pools[first.pool]?.inHoursOnly === true
  if (isInHoursOnly && nobodyAvailable.kind === 'hold') return []
  const tried = isInHoursOnly ? targets : targets.slice(0, 1)
  return [...new Set(tried.flatMap(target => takersOf(policy, target, staff) ?? []))]
}

function gapsIn(presences: readonly Span[], window: Span): Span[] {
  const gaps: Span[] = []
  for (let from = window[0]; ; ) {
    const gap = firstGap(presences, [from, window[1]])
    if (gap === null) return gaps
    gaps.push(gap)
    from = gap[1]
  }
}

function isOver(calendar: WorkCalendar, startMs: EpochMs, withinMs: number, byMs: EpochMs): boolean {
  try {
    return dueAt(calendar, startMs, withinMs) <= byMs
  } catch (error) {
    // Open in these days, but not for long enough in three years: no clock of it runs out.
    if (error instanceof CalendarError) return false
    throw error
  }
}

function isClosed(calendar: WorkCalendar, atMs: EpochMs): boolean {
  const [fromMs, toMs] = windowFrom(atMs)
  return openIntervals(calendar, fromMs, toMs).next().done === true
}
