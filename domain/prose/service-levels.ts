/** How fast, what happens on the way and when it is too late, and in whose hours. */
import { type WorkCalendar, weekdays } from '../calendar.js'
import { assertNever } from '../ids.js'
import type { ClockTerms, LadderAction, LadderStep, Policy, Sla } from '../policy.js'
import { type Cast, whoIs } from './cast.js'
import { item, type Section, said } from './section.js'
import { capital, list, named, span, times } from './words.js'

export function serviceLevelsSection(policy: Policy, cast: Cast): Section {
  return {
    id: 'service-levels',
    title: 'Service levels: how fast',
    paragraphs: [
      said('The clocks of a service level start when a lead has its owner.'),
      ...Object.entries(policy.slas).map(([id, sla]) =>
        item(`${capital(named(id))}: ${slaText(sla, cast)}`, `slas/${id}`),
      ),
      ...Object.entries(policy.calendars).map(([id, calendar]) =>
        item(`The calendar ${named(id)}: ${calendarText(calendar)}`, `calendars/${id}`),
      ),
    ],
  }
}

function slaText(sla: Sla, cast: Cast): string {
  const { acknowledge, firstTouch, stale, reRoutes } = sla
  return [
    `${clocksText(sla)}, ${hoursOf(sla)}.`,
    ...laddersOf(sla).map(({ of, steps }) => `${capital(`${of}${laddersText(steps)}`)}.`),
    ...(moves(acknowledge) || moves(firstTouch) || moves(stale) || reRoutes.most > 0
      ? [
          `A lead is moved ${times(reRoutes.most)}${reRoutes.most === 0 ? '' : ' at most'}; then it stays with ${whoIs(reRoutes.then, cast)}.`,
        ]
      : [`Whoever it ends with: ${whoIs(reRoutes.then, cast)}.`].filter(
          () => reRoutes.then.kind !== 'managerOfOwner',
        )),
  ].join(' ')
}

/** `acknowledged by the owner within 5 minutes, first contact within 30 minutes, each further one within 40 hours`. */
function clocksText({ acknowledge, firstTouch, stale }: Sla): string {
  return [
    ...(acknowledge === null ? [] : [`acknowledged by the owner within ${span(acknowledge.withinMs)}`]),
    `first contact within ${span(firstTouch.withinMs)}`,
    ...(stale === null ? [] : [`each further contact within ${span(stale.withinMs)} of the last`]),
  ].join(', ')
}

export function hoursOf({ clock }: Pick<Sla, 'clock'>): string {
  switch (clock.kind) {
    case 'owner':
      return 'counted in the working hours of the owner'
    case 'calendar':
      return `counted in the hours of the calendar ${named(clock.calendar)}`
    case 'always':
      return 'counted day and night'
    default:
      return assertNever(clock)
  }
}

/** Equal ladders are said once. */
export function laddersOf({
  acknowledge,
  firstTouch,
  stale,
}: Sla): { of: string; steps: readonly LadderStep[] }[] {
  const both = acknowledge !== null && JSON.stringify(acknowledge.steps) === JSON.stringify(firstTouch.steps)
  const ladders = [
    ...(acknowledge === null || both ? [] : [{ of: 'for the acknowledgement, ', steps: acknowledge.steps }]),
    {
      of: both ? 'for the acknowledgement and the first contact, ' : 'for the first contact, ',
      steps: firstTouch.steps,
    },
    ...(stale === null ? [] : [{ of: 'for a further contact, ', steps: stale.steps }]),
  ]
  const [only, ...others] = ladders
  return (only !== undefined && others.length === 0 ? [{ ...only, of: '' }] : ladders).filter(
    ({ steps }) => steps.length > 0,
  )
}

function laddersText(steps: readonly LadderStep[]): string {
  return steps.map(stepText).join('; ')
}

/** `when the time is up, the owner is reminded and the manager is told`. */
export function stepText({ at, do: actions }: LadderStep): string {
  return `${whenText(at)}, ${list(actions.map(action => actionWords[action]))}`
}

function whenText({ fraction, offsetMs }: LadderStep['at']): string {
  if (fraction === null) return `${span(offsetMs)} after the start`
  const moment = momentText(fraction)
  if (offsetMs === 0) return moment.at
  return `${span(Math.abs(offsetMs))} ${offsetMs > 0 ? 'after' : 'before'} ${moment.noun}`
}

function momentText(fraction: number): { at: string; noun: string } {
  if (fraction === 1) return { at: 'when the time is up', noun: 'the time is up' }
  if (fraction === 0.5) return { at: 'at half time', noun: 'half time' }
  const percent = Number((fraction * 100).toFixed(3))
  return { at: `at ${percent}% of the time`, noun: `${percent}% of the time` }
}

const actionWords = {
  remindOwner: 'the owner is reminded',
  tellManager: 'the manager is told',
  reRoute: 'the lead moves to somebody else',
} as const satisfies Record<LadderAction, string>

function moves(terms: ClockTerms | null): boolean {
  return terms !== null && terms.steps.some(step => step.do.includes('reRoute'))
}

const dayNames = {
  mon: 'Monday',
  tue: 'Tuesday',
  wed: 'Wednesday',
  thu: 'Thursday',
  fri: 'Friday',
  sat: 'Saturday',
  sun: 'Sunday',
} as const

function calendarText({ zone, hours, holidays }: WorkCalendar): string {
  const days = weekdays.flatMap(day => {
    const stretches = hours[day] ?? []
    return stretches.length === 0 ? [] : [{ day, text: list(stretches.map(stretchText)) }]
  })
  const runs: { from: keyof typeof dayNames; to: keyof typeof dayNames; text: string }[] = []
  for (const { day, text } of days) {
    const last = runs.at(-1)
    if (last !== undefined && last.text === text && weekdays.indexOf(day) === weekdays.indexOf(last.to) + 1)
      last.to = day
    else runs.push({ from: day, to: day, text })
  }
  const open = runs.map(
    ({ from, to, text }) =>
      `${from === to ? dayNames[from] : `${dayNames[from]} to ${dayNames[to]}`} ${text}`,
  )
  const closed = holidays.length === 0 ? '' : `; closed on ${holidaysText(holidays)}`
  return `${list(open) || 'never open'}, in the time zone ${zone}${closed}.`
}

function stretchText([from, to]: readonly [string, string]): string {
  return from === '00:00' && (to === '24:00' || to === '24:00:00') ? 'all day' : `${from} to ${to}`
}

/** Single dates by name; the holidays of a country are counted by year. */
const mostDates = 6

function holidaysText(dates: readonly string[]): string {
  if (dates.length <= mostDates) return list(dates)
  const years = [...new Set(dates.map(date => date.slice(0, 4)))]
  return list(
    years.map(year => {
      const number = dates.filter(date => date.startsWith(year)).length
      return `${number} holiday${number === 1 ? '' : 's'} in ${year}`
    }),
  )
}
