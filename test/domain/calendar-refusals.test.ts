import { describe, expect, it } from 'vitest'
import {
  always,
  CalendarError,
  checkCalendar,
  dueAt,
  formatInstant,
  isOpen,
  nextOpen,
  parseInstant,
  workCalendar,
} from '../../domain/calendar.js'
import { instant } from '../../domain/ids.js'

const dayMs = 86_400_000
const london = 'Europe/London'
const monday = workCalendar.parse({ zone: 'UTC', hours: { mon: [['09:00', '17:00']] }, holidays: [] })

function refusal(ask: () => unknown): CalendarError | null {
  try {
    ask()
    return null
  } catch (error) {
    if (error instanceof CalendarError) return error
    throw error
  }
}

describe('a calendar that never opens', () => {
  const start = parseInstant('UTC', '2025-03-01T00:00')
  const mondays = Array.from({ length: 400 }, (_, week) =>
    formatInstant('UTC', instant(parseInstant('UTC', '2025-03-03T00:00') + week * 7 * dayMs)).slice(0, 10),
  )

  it.each([
    ['no days', {}],
    ['days without hours', { mon: [], fri: [] }],
  ])('is refused when it is checked: %s', (_, hours) => {
    expect(refusal(() => checkCalendar({ zone: 'UTC', hours, holidays: [] }))?.code).toBe('no-open-hours')
    expect(checkCalendar(monday)).toBeUndefined()
  })

  it.each([
    ['no hours', { ...monday, hours: {} }],
    ['only holidays', { ...monday, holidays: mondays }],
  ])('ends the search for a due time with its facts: %s', (_, calendar) => {
    const refused = refusal(() => dueAt(calendar, start, 1))
    expect(refused?.code).toBe('no-open-time')
    expect(refused).toBeInstanceOf(RangeError)
    expect(refused?.message).toContain('zone UTC')
    expect(refused?.message).toContain(`${calendar.holidays.length} holidays`)
    expect(refusal(() => nextOpen(calendar, start))?.code).toBe('no-open-time')
  })

  it('still opens after two years of holidays', () => {
    const opening = nextOpen({ ...monday, holidays: mondays.slice(0, 104) }, start)
    expect(formatInstant('UTC', opening)).toBe('2027-03-01T09:00:00+00:00')
  })

  it('ends the search when the work would last for centuries', () => {
    const oneSecond = workCalendar.parse({ ...monday, hours: { mon: [['09:00', '09:00:01']] } })
    expect(refusal(() => dueAt(oneSecond, start, dayMs))?.code).toBe('too-far')
  })
})

describe('a calendar document', () => {
  it.each([
    ['an unknown zone', { zone: 'Europe/Atlantis' }, 'unknown time zone "Europe/Atlantis"'],
    ['an abbreviation for a zone', { zone: 'BST' }, 'unknown time zone "BST"'],
    ['an offset for a zone', { zone: '+05:30' }, 'unknown time zone "+05:30"'],
    ['24:00 as a start', { hours: { mon: [['24:00', '06:00']] } }, 'expected HH:MM or HH:MM:SS'],
    ['a time without its zero', { hours: { mon: [['9:00', '17:00']] } }, 'expected HH:MM or HH:MM:SS'],
    ['a time past the day', { hours: { mon: [['09:00', '24:01']] } }, '00:00 to 24:00'],
    ['an unknown weekday', { hours: { monday: [['09:00', '17:00']] } }, 'monday'],
    ['a date that does not exist', { holidays: ['2025-02-30'] }, 'ISO date'],
  ])('is refused with %s', (_, change, message) => {
    const refused = workCalendar.safeParse({ zone: 'UTC', hours: {}, holidays: [], ...change })
    expect(refused.error?.issues.map(issue => issue.message).join()).toContain(message)
  })

  it.each(['UTC', 'Asia/Kathmandu', 'Asia/Calcutta', 'EST', 'MET', 'Etc/GMT+5'])(
    'may name the zone %s',
    zone => {
      expect(workCalendar.safeParse({ zone, hours: {}, holidays: [] }).success).toBe(true)
    },
  )

  it.each([
    ['a zone', { ...monday, zone: 'Nowhere' }, 'unknown-zone'],
    ['an hour', { ...monday, hours: { mon: [['9', '17']] satisfies [string, string][] } }, 'bad-time'],
    ['a holiday', { ...monday, holidays: ['Christmas'] }, 'bad-time'],
  ])('that was never parsed is refused with its first use: %s', (_, calendar, code) => {
    expect(refusal(() => isOpen(calendar, instant(0)))?.code).toBe(code)
  })
})

describe('a time as text', () => {
  it.each([
    ['UTC', '2025-03-03T11:00', '2025-03-03T11:00:00+00:00'],
    ['Asia/Kathmandu', '2025-03-03T11:00:00', '2025-03-03T11:00:00+05:45'],
    ['Asia/Kathmandu', '2025-03-03T11:00:00Z', '2025-03-03T16:45:00+05:45'],
    ['America/St_Johns', '2025-03-03 11:00:00.25+01:00', '2025-03-03T06:30:00.250-03:30'],
    ['UTC', '2025-03-03T11:00:00-0330', '2025-03-03T14:30:00+00:00'],
    ['UTC', '2025-12-31T24:00', '2026-01-01T00:00:00+00:00'],
    [london, '2025-03-30T01:30', '2025-03-30T02:30:00+01:00'],
    [london, '2025-10-26T01:30', '2025-10-26T01:30:00+01:00'],
    [london, '2025-10-26T01:30+00:00', '2025-10-26T01:30:00+00:00'],
    ['Pacific/Apia', '2011-12-30T10:00', '2011-12-31T10:00:00+14:00'],
    ['Africa/Monrovia', '1971-06-01T00:00', '1971-06-01T00:00:00-00:44:30'],
  ])('in %s, %s is %s', (zone, text, expected) => {
    expect(formatInstant(zone, parseInstant(zone, text))).toBe(expected)
  })

  it.each([
    '',
    'tomorrow',
    '2025-03-03',
    '2025-02-29T10:00',
    '2025-03-03T25:00',
    '2025-03-03T24:00:01',
    '2025-03-03T10:60',
    '2025-03-03T10:00:00+24:00',
    '1899-12-31T10:00',
    '2025-03-03T10:00 Europe/London',
  ])('is refused: %j', text => {
    expect(refusal(() => parseInstant('UTC', text))?.code).toBe('bad-time')
  })
})

describe('work', () => {
  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])('of %s ms is refused', workMs => {
    expect(refusal(() => dueAt(always, instant(0), workMs))?.code).toBe('bad-time')
  })
})
