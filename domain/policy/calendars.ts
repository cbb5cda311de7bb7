/**
 * Working hours as both documents write them:
 * `{ zone: Europe/London, hours: { mon-fri: 09:00-17:30 }, holidays: [GB-ENG] }`.
 */
import { z } from 'zod'
import { always, type WorkCalendar, weekdays, zoneName } from '../calendar.js'
import { holidayDates } from '../holidays.js'
import { name } from '../ids.js'
import type { Path } from '../yaml.js'
import type { Report } from './problems.js'

/** The first and the last year for which codes of holidays become dates; whoever loads a document knows the year. */
export type HolidayYears = readonly [number, number]

const interval = z
  .string()
  .regex(/^\d\d:\d\d-\d\d:\d\d$/, 'expected hours such as 09:00-17:30, 00:00 to 24:00')
  .superRefine((text, context) => {
    const [from = '', to = ''] = text.split('-')
    if (!/^([01]\d|2[0-3]):[0-5]\d$/.test(from) || !/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/.test(to)) {
      context.addIssue({ code: 'custom', message: 'expected hours such as 09:00-17:30, 00:00 to 24:00' })
    } else if (from === to) {
      context.addIssue({ code: 'custom', message: 'begins when it ends; the whole day is 00:00-24:00' })
    }
  })

const intervals = z.union([
  interval,
  z.array(interval).min(1, 'expected at least one stretch of hours').max(24),
])

const allHours = z.literal('24/7')

const week = z
  .record(z.string(), intervals)
  .refine(hours => Object.keys(hours).length > 0, 'expected at least one day, such as mon-fri: 09:00-17:30')

const calendar = z.strictObject({
  zone: zoneName,
  hours: z.union([allHours, week]),
  /** Codes such as GB-ENG, or dates such as 2026-12-24. */
  holidays: z.array(z.string()).optional(),
})

export const calendarsShape = z.record(name, calendar)
type Calendars = z.infer<typeof calendarsShape>
type Week = z.infer<typeof week>
type Interval = [string, string]
type Setting = { years: HolidayYears; report: Report }

export function compileCalendars(calendars: Calendars, setting: Setting): Record<string, WorkCalendar> {
  return Object.fromEntries(
    Object.entries(calendars).map(([id, { zone, hours, holidays }]) => {
      const path = ['calendars', id]
      const compiled: WorkCalendar = {
        zone,
        hours:
          hours === '24/7' ? structuredClone(always.hours) : compileWeek(hours, [...path, 'hours'], setting),
        holidays: compileHolidays(holidays ?? [], [...path, 'holidays'], setting),
      }
      return [id, compiled]
    }),
  )
}

function compileWeek(hours: Week, path: Path, { report }: Setting): WorkCalendar['hours'] {
  const compiled = new Map<(typeof weekdays)[number], Interval[]>()
  for (const [key, value] of Object.entries(hours)) {
    const texts = typeof value === 'string' ? [value] : value
    const days = daysOf(key)
    if (days === null) {
      const allowed = [...weekdays, 'mon-fri', 'sat-sun']
      report({
        path: [...path, key],
        at: 'key',
        message: 'not a day or a range of days',
        value: key,
        allowed,
      })
      continue
    }
    const stretches = texts.map((text): Interval => [text.slice(0, 5), text.slice(6)])
    if (overlap(stretches)) {
      report({ path: [...path, key], message: 'two stretches of one day overlap', value: undefined })
    }
    for (const day of days) {
      if (compiled.has(day)) {
        report({ path: [...path, key], at: 'key', message: `${day} has its hours already`, value: key })
      }
      compiled.set(
        day,
        stretches.map(([from, to]) => [from, to]),
      )
    }
  }
  return Object.fromEntries(compiled)
}

/** `mon`, or from one day to another, round the end of the week if need be: `sat-mon`. */
function daysOf(key: string): (typeof weekdays)[number][] | null {
  const [first, last, more] = key.split('-').map(day => weekdays.findIndex(known => known === day))
  if (first === undefined || first < 0 || more !== undefined) return null
  if (last === undefined) return weekdays.slice(first, first + 1)
  if (last < 0) return null
  const length = ((last - first + weekdays.length) % weekdays.length) + 1
  return [...weekdays, ...weekdays].slice(first, first + length)
}

/** A stretch over midnight goes on to its end on the next day; what it meets there is no slip, since it is one shift. */
function overlap(stretches: readonly Interval[]): boolean {
  const sorted = stretches
    .map(([from, to]) => ({ from, to: to > from ? to : '24:00' }))
    .sort((one, other) => (one.from < other.from ? -1 : 1))
  return sorted.some((stretch, index) => {
    const before = sorted[index - 1]
    return before !== undefined && stretch.from < before.to
  })
}

function compileHolidays(holidays: readonly string[], path: Path, { years, report }: Setting): string[] {
  const dates = holidays.flatMap((text, index) => {
    if (z.iso.date().safeParse(text).success) return [text]
    if (/^\d/.test(text)) {
      report({ path: [...path, index], message: 'not a date such as 2026-12-24', value: text })
      return []
    }
    return datesOfCode(text, [...path, index], { years, report })
  })
  return [...new Set(dates)].sort()
}

function datesOfCode(code: string, path: Path, { years: [from, to], report }: Setting): string[] {
  try {
    return holidayDates(code, from, to)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    report({ path, message: error.message, value: undefined })
    return []
  }
}
