import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  CalendarError,
  dueAt,
  elapsedMs,
  type Hold,
  isOpen,
  nextOpen,
  openIntervals,
  type WorkCalendar,
  weekdays,
} from '../../domain/calendar.js'
import { instant } from '../../domain/ids.js'
import {
  openSteps,
  oracleDueAt,
  oracleElapsedMs,
  oracleIntervals,
  type Timeline,
  timelineOf,
} from './calendar-oracle.js'

/** 1,000 cases for the daily run; `LEADLINE_PROVE=1` for the figure that docs/calendars.md states. */
const cases = process.env.LEADLINE_PROVE === '1' ? 10_000 : 1_000
const patienceMs = 900_000

/** For each zone, days around which its clocks did something worth a look; the rest are quiet or random days. */
const eventfulDays: [string, string[]][] = [
  ['UTC', ['2024-02-28', '2025-12-31']],
  ['Europe/London', ['2025-03-30', '2025-10-26']],
  ['America/New_York', ['2026-03-08', '2026-11-01']],
  ['Australia/Lord_Howe', ['2025-04-06', '2025-10-05']], // by half an hour
  ['Asia/Kathmandu', ['1986-01-01', '2025-06-01']], // from +05:30 to +05:45
  ['Pacific/Apia', ['2011-09-24', '2011-12-30', '2012-04-01']], // no 30 December 2011
  ['Africa/Cairo', ['2014-07-31', '2023-04-28', '2023-10-26']], // at midnight
  ['America/St_Johns', ['2010-03-14', '2010-11-07', '2025-03-09']], // at a minute past midnight, until 2011
  ['Asia/Kolkata', ['2025-11-01']],
  ['America/Sao_Paulo', ['2018-02-18', '2018-11-04']], // at midnight
  ['Pacific/Chatham', ['2025-04-06', '2025-09-28']], // at 02:45 and 03:45
  ['Africa/Casablanca', ['2025-02-23', '2025-04-06']], // for the month of Ramadan
  ['America/Nuuk', ['2022-03-27', '2022-10-30']], // at ten in the evening
]

const dayMs = 86_400_000
const minuteMs = 60_000

/** Days around those under test: hours that run over midnight reach into the next day, and a day may be skipped. */
const [daysBefore, daysAfter] = [3, 1]

type Window = { zone: string; timeline: Timeline; fromMs: number; toMs: number }

const known = new Map<string, Window>()

function eventfulWindow(zone: string, date: string, days: number, stepMs: number): Window {
  const window = known.get(`${zone} ${date} ${stepMs}`) ?? windowOf(zone, Date.parse(date), days, stepMs)
  known.set(`${zone} ${date} ${stepMs}`, window)
  return window
}

function windowOf(zone: string, middleMs: number, days: number, stepMs: number): Window {
  const [fromMs, toMs] = [middleMs - Math.floor(days / 2) * dayMs, middleMs + Math.ceil(days / 2) * dayMs]
  const timeline = timelineOf(zone, fromMs - daysBefore * dayMs, toMs + daysAfter * dayMs, stepMs)
  return { zone, timeline, fromMs, toMs }
}

const minuteWindow = fc.oneof(
  {
    weight: 19,
    arbitrary: fc
      .constantFrom(...eventfulDays.flatMap(([zone, dates]) => dates.map(date => ({ zone, date }))))
      .map(({ zone, date }) => eventfulWindow(zone, date, 10, minuteMs)),
  },
  {
    weight: 1,
    arbitrary: fc
      .record({
        zone: fc.constantFrom(...eventfulDays.map(([zone]) => zone)),
        day: fc.integer({ min: 4_000, max: 24_000 }),
      })
      .map(({ zone, day }) => windowOf(zone, day * dayMs, 10, minuteMs)),
  },
)

const secondWindow = fc
  .constantFrom<[string, string][]>(
    ['America/New_York', '2026-03-08'],
    ['Australia/Lord_Howe', '2025-04-05'],
    ['Pacific/Apia', '2011-12-30'],
    ['America/St_Johns', '2010-11-07'],
  )
  .map(([zone, date]) => eventfulWindow(zone, date, 1, 1000))

const two = (value: number) => String(value).padStart(2, '0')
const timeOfDay = (seconds: boolean) =>
  fc.oneof(
    fc.constantFrom(
      '00:00',
      '00:01',
      '01:00',
      '01:30',
      '02:00',
      '02:30',
      '02:45',
      '03:00',
      '23:00',
      '23:30',
      '23:59',
    ),
    fc
      .integer({ min: 0, max: 95 })
      .map(quarter => `${two(Math.floor(quarter / 4))}:${two((quarter % 4) * 15)}`),
    fc
      .tuple(fc.nat(23), fc.nat(59), fc.nat(59))
      .map(([h, m, s]) => `${two(h)}:${two(m)}${seconds ? `:${two(s)}` : ''}`),
  )

function hoursOfWeek(seconds: boolean): fc.Arbitrary<WorkCalendar['hours']> {
  const interval = fc.tuple(
    timeOfDay(seconds),
    fc.oneof({ weight: 4, arbitrary: timeOfDay(seconds) }, { weight: 1, arbitrary: fc.constant('24:00') }),
  )
  const hoursOfDay = fc.oneof(
    { weight: 1, arbitrary: fc.constant<[string, string][]>([['00:00', '24:00']]) },
    { weight: 4, arbitrary: fc.array(interval, { maxLength: 3 }) },
  )
  return fc
    .tuple(...weekdays.map(() => fc.option(hoursOfDay, { freq: 6, nil: undefined })))
    .map(week => Object.fromEntries(weekdays.map((day, i) => [day, week[i]])))
}

type Case = Window & { calendar: WorkCalendar; holds: Hold[]; startMs: number; endMs: number; workMs: number }

function caseIn(window: Window, hours: fc.Arbitrary<WorkCalendar['hours']>): fc.Arbitrary<Case> {
  const { zone, fromMs, toMs, timeline } = window
  const { stepMs } = timeline
  const steps = (toMs - fromMs) / stepMs
  const at = fc.nat(steps - 1).map(step => fromMs + step * stepMs)
  const hold = fc
    .tuple(at, fc.option(fc.nat(Math.floor((2 * dayMs) / stepMs)), { freq: 10 }))
    .map(([beginMs, length]) => ({
      fromMs: instant(beginMs),
      toMs: length === null ? null : instant(beginMs + length * stepMs),
    }))
  return fc
    .record({
      hours,
      holidays: fc.uniqueArray(fc.constantFrom(...timeline.dates), { maxLength: 3 }),
      holds: fc.array(hold, { maxLength: 3 }),
      startMs: at,
      endMs: at,
      workMs: fc.nat(Math.floor(steps / 2)).map(work => work * stepMs),
    })
    .map(({ hours, holidays, ...rest }) => ({ ...window, calendar: { zone, hours, holidays }, ...rest }))
}

const minuteCase = minuteWindow.chain(window => caseIn(window, hoursOfWeek(false)))
const secondCase = secondWindow.chain(window => caseIn(window, hoursOfWeek(true)))

describe('a working calendar, held against an oracle that walks step by step', () => {
  it(`agrees to the minute in ${cases} random weeks of ${eventfulDays.length} zones`, {
    timeout: patienceMs,
  }, () => {
    fc.assert(fc.property(minuteCase, agrees), { numRuns: cases })
  })

  it(`agrees to the second in ${cases / 10} random days of 4 zones`, { timeout: patienceMs }, () => {
    fc.assert(fc.property(secondCase, agrees), { numRuns: cases / 10 })
  })
})

function agrees({ timeline, fromMs, toMs, calendar, holds, startMs, endMs, workMs }: Case): void {
  const open = openSteps(timeline, calendar)
  const running = openSteps(timeline, calendar, holds)
  const intervals = oracleIntervals(timeline, open, fromMs, toMs)
  expect([...openIntervals(calendar, instant(fromMs), instant(toMs))]).toEqual(intervals)

  const due = attempt(() => dueAt(calendar, instant(startMs), workMs, holds))
  const oracleDue = oracleDueAt(timeline, running, startMs, workMs, toMs)
  // Past the window the oracle is silent: then the answer lies there too, or there is none.
  if (oracleDue !== null) expect(due).toBe(oracleDue)
  else if (typeof due === 'number') expect(due).toBeGreaterThan(toMs)
  else expect(['held', 'no-open-time']).toContain(due)

  // Random work hardly ever ends exactly at closing time, or where a hold begins: so look at each such end.
  for (const [, endMs] of oracleIntervals(timeline, running, startMs, toMs - timeline.stepMs)) {
    const workMs = oracleElapsedMs(timeline, running, startMs, endMs)
    expect(attempt(() => dueAt(calendar, instant(startMs), workMs, holds))).toBe(endMs)
  }

  const elapsed = elapsedMs(calendar, instant(startMs), instant(endMs), holds)
  expect(elapsed).toBe(oracleElapsedMs(timeline, running, startMs, endMs))

  const inside = intervals.some(([from, to]) => from <= startMs && startMs < to)
  expect(isOpen(calendar, instant(startMs))).toBe(inside)
  const opening = inside ? startMs : intervals.find(([from]) => from >= startMs)?.[0]
  if (opening !== undefined) expect(nextOpen(calendar, instant(startMs))).toBe(opening)
}

describe('a due time', () => {
  it('comes out the same when the work is done in two parts', { timeout: patienceMs }, () => {
    fc.assert(
      fc.property(minuteCase, fc.double({ min: 0, max: 1, noNaN: true }), (one, share) => {
        const { calendar, holds, startMs, workMs } = one
        const firstMs = Math.floor(workMs * share)
        const atOnce = attempt(() => dueAt(calendar, instant(startMs), workMs, holds))
        const inParts = attempt(() =>
          dueAt(calendar, dueAt(calendar, instant(startMs), firstMs, holds), workMs - firstMs, holds),
        )
        expect(inParts).toBe(atOnce)
      }),
      { numRuns: cases },
    )
  })

  it('lies as much working time after its start as was asked for, to the millisecond', {
    timeout: patienceMs,
  }, () => {
    fc.assert(
      fc.property(minuteCase, fc.nat(59_999), ({ calendar, holds, startMs, workMs }, oddMs) => {
        const start = instant(startMs + oddMs)
        const due = attempt(() => dueAt(calendar, start, workMs + oddMs, holds))
        fc.pre(typeof due === 'number')
        if (typeof due === 'number')
          expect(elapsedMs(calendar, start, instant(due), holds)).toBe(workMs + oddMs)
      }),
      { numRuns: cases },
    )
  })
})

/** The answer, or the code of the refusal. */
function attempt(answer: () => number): number | string {
  try {
    return answer()
  } catch (error) {
    if (error instanceof CalendarError) return error.code
    throw error
  }
}
