// Past 300 lines because it is tables: a row per rule, with its instants worked out by hand.

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  always,
  CalendarError,
  dueAt,
  elapsedMs,
  formatInstant,
  type Hold,
  isOpen,
  nextOpen,
  openIntervals,
  parseInstant,
  type WorkCalendar,
  workCalendar,
} from '../../domain/calendar.js'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

type Hours = WorkCalendar['hours']

function calendarIn(zone: string, hours: Hours, holidays: string[] = []): WorkCalendar {
  return workCalendar.parse({ zone, hours, holidays })
}

function weekdaysFrom(from: string, to: string): Hours {
  return { mon: [[from, to]], tue: [[from, to]], wed: [[from, to]], thu: [[from, to]], fri: [[from, to]] }
}

function everyDay(from: string, to: string): Hours {
  return { ...weekdaysFrom(from, to), sat: [[from, to]], sun: [[from, to]] }
}

function holdsIn(zone: string, holds: readonly (readonly [string, string | null])[]): Hold[] {
  return holds.map(([from, to]) => ({
    fromMs: parseInstant(zone, from),
    toMs: to === null ? null : parseInstant(zone, to),
  }))
}

function due(
  calendar: WorkCalendar,
  start: string,
  workMs: number,
  holds: [string, string | null][] = [],
): string {
  const { zone } = calendar
  return formatInstant(zone, dueAt(calendar, parseInstant(zone, start), workMs, holdsIn(zone, holds)))
}

function elapsed(
  calendar: WorkCalendar,
  from: string,
  to: string,
  holds: [string, string | null][] = [],
): number {
  const { zone } = calendar
  return elapsedMs(calendar, parseInstant(zone, from), parseInstant(zone, to), holdsIn(zone, holds))
}

function refusal(ask: () => unknown): CalendarError | null {
  try {
    ask()
    return null
  } catch (error) {
    if (error instanceof CalendarError) return error
    throw error
  }
}

const sample = z.object({
  ...workCalendar.shape,
  id: z.string(),
  start: z.string(),
  workSeconds: z.number(),
  holds: z.array(z.tuple([z.string(), z.string()])).default([]),
  expected: z.string(),
})
const samples = z
  .array(sample)
  .min(12)
  .parse(JSON.parse(readFileSync(new URL('../cases/calendar.json', import.meta.url), 'utf8')))

describe('the sample cases', () => {
  it.each(samples)(
    '$id is due at $expected',
    ({ zone, hours, holidays, start, workSeconds, holds, expected }) => {
      expect(due({ zone, hours, holidays }, start, workSeconds * 1000, holds)).toBe(expected)
    },
  )
})

const london = 'Europe/London'
const office = calendarIn(london, weekdaysFrom('09:00', '17:30'))
const withLunch = calendarIn(london, {
  mon: [
    ['13:15', '17:30'],
    ['08:30', '12:30'],
  ],
})
const overlapping = calendarIn(london, {
  mon: [
    ['09:00', '13:00'],
    ['12:00', '17:00'],
    ['10:00', '11:00'],
  ],
})
const fridayNight = { fri: [['22:00', '06:00'] satisfies [string, string]] }
const apiaOffice = calendarIn('Pacific/Apia', weekdaysFrom('09:00', '17:00'))

// 2025-03-03 is a Monday.
const dueRows: [string, WorkCalendar, string, number, string][] = [
  [
    'starts at opening when the lead comes before',
    office,
    '2025-03-03T07:00',
    hour,
    '2025-03-03T10:00:00+00:00',
  ],
  [
    'starts at opening when the lead comes at night',
    office,
    '2025-03-03T20:00',
    hour,
    '2025-03-04T10:00:00+00:00',
  ],
  ['goes on after the weekend', office, '2025-03-07T17:00', hour, '2025-03-10T09:30:00+00:00'],
  [
    'stays at closing time when the work ends there',
    office,
    '2025-03-03T16:30',
    hour,
    '2025-03-03T17:30:00+00:00',
  ],
  [
    'passes to the next day one millisecond later',
    office,
    '2025-03-03T16:30',
    hour + 1,
    '2025-03-04T09:00:00.001+00:00',
  ],
  [
    'passes over the evening of a lead at closing time',
    office,
    '2025-03-03T17:30',
    1,
    '2025-03-04T09:00:00.001+00:00',
  ],
  [
    'is at once, open or not, when there is no work',
    office,
    '2025-03-01T03:00',
    0,
    '2025-03-01T03:00:00+00:00',
  ],
  ['counts a start within a second', office, '2025-03-03T17:29:59.750', 500, '2025-03-04T09:00:00.250+00:00'],
  ['skips lunch', withLunch, '2025-03-03T12:00', hour, '2025-03-03T13:45:00+00:00'],
  ['stays at the start of lunch', withLunch, '2025-03-03T12:00', 30 * minute, '2025-03-03T12:30:00+00:00'],
  ['counts overlapping hours once', overlapping, '2025-03-03T08:00', 8 * hour, '2025-03-03T17:00:00+00:00'],
  [
    'closes at a second',
    calendarIn(london, { mon: [['09:00:30', '17:00:15']] }),
    '2025-03-03T00:00',
    8 * hour - 15_000,
    '2025-03-03T17:00:15+00:00',
  ],
  [
    'loses nothing at midnight round the clock',
    always,
    '2025-03-03T23:59:59.999',
    2,
    '2025-03-04T00:00:00.001+00:00',
  ],
  ['counts a whole year of seconds', always, '2025-01-01T00:00', 365 * day, '2026-01-01T00:00:00+00:00'],
  [
    'runs over midnight with the hours',
    calendarIn(london, fridayNight),
    '2025-06-06T23:00',
    4 * hour,
    '2025-06-07T03:00:00+01:00',
  ],
  [
    'keeps the night that starts before a holiday',
    calendarIn(london, fridayNight, ['2025-06-07']),
    '2025-06-06T23:00',
    4 * hour,
    '2025-06-07T03:00:00+01:00',
  ],
  [
    'drops the night that starts on a holiday',
    calendarIn(london, fridayNight, ['2025-06-06']),
    '2025-06-06T23:00',
    4 * hour,
    '2025-06-14T02:00:00+01:00',
  ],
  [
    'takes hours that end when they start as a whole day',
    calendarIn(london, { mon: [['09:00', '09:00']] }),
    '2025-03-03T00:00',
    24 * hour,
    '2025-03-04T09:00:00+00:00',
  ],
  [
    'takes 00:00 as the end of the day',
    calendarIn(london, { mon: [['09:00', '00:00']] }),
    '2025-03-03T00:00',
    15 * hour,
    '2025-03-04T00:00:00+00:00',
  ],
  [
    'opens later by the gap when the opening time is skipped',
    calendarIn(london, { sun: [['01:30', '05:00']] }),
    '2025-03-30T00:00',
    30 * minute,
    '2025-03-30T03:00:00+01:00',
  ],
  [
    'closes later by the gap when the closing time is skipped',
    calendarIn('America/New_York', { sat: [['22:00', '02:30']] }),
    '2026-03-07T22:00',
    270 * minute,
    '2026-03-08T03:30:00-04:00',
  ],
  [
    'has no hours left when the gap swallows them',
    calendarIn('America/New_York', { sun: [['02:30', '03:15']] }),
    '2026-03-08T00:00',
    15 * minute,
    '2026-03-15T02:45:00-04:00',
  ],
  [
    'opens at the earlier of two opening times',
    calendarIn(london, { sun: [['01:30', '03:00']] }),
    '2025-10-26T00:00',
    hour,
    '2025-10-26T01:30:00+00:00',
  ],
  [
    'works through a midnight that does not exist',
    calendarIn('America/Sao_Paulo', { sat: [['20:00', '24:00']], sun: [['00:00', '04:00']] }),
    '2018-11-03T23:00',
    2 * hour,
    '2018-11-04T02:00:00-02:00',
  ],
  [
    'passes over a day that a zone skipped',
    apiaOffice,
    '2011-12-29T16:00',
    2 * hour,
    '2012-01-02T10:00:00+14:00',
  ],
  [
    'works on from a night into the day after a skipped one',
    calendarIn('Pacific/Apia', { thu: [['22:00', '06:00']], fri: [['09:00', '17:00']] }),
    '2011-12-29T22:00',
    8 * hour,
    '2011-12-31T06:00:00+14:00',
  ],
  [
    'loses nothing over a skipped day round the clock',
    calendarIn('Pacific/Apia', everyDay('00:00', '24:00')),
    '2011-12-29T23:00',
    2 * hour,
    '2011-12-31T01:00:00+14:00',
  ],
  [
    'ends a night in an evening hour that is skipped',
    calendarIn('America/Nuuk', { fri: [['23:00', '22:30']] }),
    '2022-03-25T23:00',
    23.5 * hour,
    '2022-03-26T23:30:00-02:00',
  ],
]

describe('a lead is due', () => {
  it.each(dueRows)('%s', (_, calendar, start, workMs, expected) => {
    expect(due(calendar, start, workMs)).toBe(expected)
  })
})

const holdRows: [string, string, number, [string, string | null][], string][] = [
  [
    'moves by a hold in working hours',
    '2025-03-03T10:00',
    hour,
    [['2025-03-03T10:30', '2025-03-03T12:00']],
    '2025-03-03T12:30:00+00:00',
  ],
  [
    'does not move by a hold at night',
    '2025-03-03T17:00',
    hour,
    [['2025-03-03T18:00', '2025-03-04T08:00']],
    '2025-03-04T09:30:00+00:00',
  ],
  [
    'moves by the open part of a hold',
    '2025-03-03T17:00',
    hour,
    [['2025-03-03T17:15', '2025-03-04T09:15']],
    '2025-03-04T10:00:00+00:00',
  ],
  [
    'does not move by a hold after it',
    '2025-03-03T10:00',
    hour,
    [['2025-03-03T11:00', '2025-03-03T12:00']],
    '2025-03-03T11:00:00+00:00',
  ],
  [
    'does not move by a hold before the start',
    '2025-03-03T10:00',
    hour,
    [['2025-03-03T09:00', '2025-03-03T10:00']],
    '2025-03-03T11:00:00+00:00',
  ],
  [
    'counts overlapping holds once, in any order',
    '2025-03-03T10:00',
    hour,
    [
      ['2025-03-03T11:00', '2025-03-03T13:00'],
      ['2025-03-03T10:30', '2025-03-03T12:00'],
    ],
    '2025-03-03T13:30:00+00:00',
  ],
  [
    'comes before a hold that has no end yet',
    '2025-03-03T10:00',
    hour,
    [['2025-03-03T11:00', null]],
    '2025-03-03T11:00:00+00:00',
  ],
  [
    'waits out a hold of many years',
    '2025-03-03T10:00',
    hour,
    [['2025-03-03T10:30', '2045-03-03T10:00']],
    '2045-03-03T10:30:00+00:00',
  ],
  [
    'ignores a hold without length',
    '2025-03-03T10:00',
    hour,
    [['2025-03-03T10:30', '2025-03-03T10:30']],
    '2025-03-03T11:00:00+00:00',
  ],
]

describe('a paused clock', () => {
  it.each(holdRows)('%s', (_, start, workMs, holds, expected) => {
    expect(due(office, start, workMs, holds)).toBe(expected)
  })

  it('has no due time while the hold has no end', () => {
    const asked = () => due(office, '2025-03-03T10:00', hour + 1, [['2025-03-03T11:00', null]])
    expect(refusal(asked)?.code).toBe('held')
  })

  it('refuses a hold that ends before it begins', () => {
    const backwards: [string, string][] = [['2025-03-03T11:00', '2025-03-03T10:00']]
    expect(refusal(() => due(office, '2025-03-03T10:00', 0, backwards))?.code).toBe('bad-hold')
    expect(refusal(() => elapsed(office, '2025-03-03T10:00', '2025-03-03T12:00', backwards))?.code).toBe(
      'bad-hold',
    )
  })
})

const roundTheClock = (zone: string) => calendarIn(zone, everyDay('00:00', '24:00'))

const elapsedRows: [string, WorkCalendar, string, string, number][] = [
  [
    '23 hours on the day that loses one',
    roundTheClock(london),
    '2025-03-30T00:00',
    '2025-03-31T00:00',
    23 * hour,
  ],
  [
    '25 hours on the day that gains one',
    roundTheClock(london),
    '2025-10-26T00:00',
    '2025-10-27T00:00',
    25 * hour,
  ],
  [
    '23½ hours where the clocks move by 30 minutes',
    roundTheClock('Australia/Lord_Howe'),
    '2025-10-05T00:00',
    '2025-10-06T00:00',
    23.5 * hour,
  ],
  [
    '2½ hours from an opening time that comes twice',
    calendarIn(london, { sun: [['01:30', '03:00']] }),
    '2025-10-26T00:00',
    '2025-10-27T00:00',
    2.5 * hour,
  ],
  [
    '1½ hours to a closing time that comes twice',
    calendarIn(london, { sun: [['00:00', '01:30']] }),
    '2025-10-26T00:00',
    '2025-10-27T00:00',
    1.5 * hour,
  ],
  [
    'the hour that is left after a midnight gap',
    calendarIn('Africa/Cairo', { fri: [['00:00', '02:00']] }),
    '2023-04-27T12:00',
    '2023-04-28T12:00',
    hour,
  ],
  [
    'a Saturday up to the first of its two midnights',
    calendarIn('America/St_Johns', { sat: [['00:00', '24:00']] }),
    '2010-11-06T00:00',
    '2010-11-08T00:00',
    24 * hour,
  ],
  [
    'a Sunday from the first of its two midnights',
    calendarIn('America/St_Johns', { sun: [['00:00', '24:00']] }),
    '2010-11-06T00:00',
    '2010-11-08T00:00',
    25 * hour,
  ],
  ['nothing on a day that a zone skipped', apiaOffice, '2011-12-30T00:00', '2012-01-01T00:00', 0],
  [
    'nothing on a holiday',
    { ...office, holidays: ['2025-03-04'] },
    '2025-03-04T00:00',
    '2025-03-05T00:00',
    0,
  ],
  ['the open part of a week', office, '2025-03-01T12:00', '2025-03-08T12:00', 5 * 8.5 * hour],
  ['nothing when the end is the start', office, '2025-03-03T10:00', '2025-03-03T10:00', 0],
  ['nothing when the end comes first', office, '2025-03-03T11:00', '2025-03-03T10:00', 0],
  ['nothing in a calendar without hours', calendarIn(london, {}), '2025-03-03T10:00', '2025-03-04T10:00', 0],
]

describe('the time a lead has waited is', () => {
  it.each(elapsedRows)('%s', (_, calendar, from, to, expected) => {
    expect(elapsed(calendar, from, to)).toBe(expected)
  })

  it('without the holds, and without what they cover of the night', () => {
    const holds: [string, string | null][] = [
      ['2025-03-03T17:00', '2025-03-04T10:00'],
      ['2025-03-04T16:30', null],
    ]
    expect(elapsed(office, '2025-03-03T16:00', '2025-03-06T12:00', holds)).toBe(7.5 * hour)
  })
})

describe('working hours', () => {
  const at = (text: string) => parseInstant(london, text)

  it.each([
    ['2025-03-03T08:59:59.999', false, '2025-03-03T09:00:00+00:00'],
    ['2025-03-03T09:00', true, '2025-03-03T09:00:00+00:00'],
    ['2025-03-03T17:29:59.999', true, '2025-03-03T17:29:59.999+00:00'],
    ['2025-03-03T17:30', false, '2025-03-04T09:00:00+00:00'],
    ['2025-03-08T12:00', false, '2025-03-10T09:00:00+00:00'],
  ])('at %s are open: %s, next open at %s', (text, open, opening) => {
    expect(isOpen(office, at(text))).toBe(open)
    expect(formatInstant(london, nextOpen(office, at(text)))).toBe(opening)
  })

  it('are listed apart from each other and cut at both ends', () => {
    const found = [...openIntervals(withLunch, at('2025-03-03T12:00'), at('2025-03-10T09:00'))]
    expect(found.map(([from, to]) => [formatInstant('UTC', from), formatInstant('UTC', to)])).toEqual([
      ['2025-03-03T12:00:00+00:00', '2025-03-03T12:30:00+00:00'],
      ['2025-03-03T13:15:00+00:00', '2025-03-03T17:30:00+00:00'],
      ['2025-03-10T08:30:00+00:00', '2025-03-10T09:00:00+00:00'],
    ])
  })

  it('are one stretch when they are round the clock, through a change of the clocks too', () => {
    const window: [string, string] = ['2025-01-01T00:00', '2026-01-01T00:00']
    const [from, to] = [at(window[0]), at(window[1])]
    expect([...openIntervals(roundTheClock(london), from, to)]).toEqual([[from, to]])
    expect([...openIntervals(always, from, to)]).toEqual([[from, to]])
  })
})
