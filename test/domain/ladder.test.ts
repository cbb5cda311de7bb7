import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  always,
  elapsedMs,
  formatInstant,
  type Hold,
  isOpen,
  parseInstant,
  workCalendar,
} from '../../domain/calendar.js'
import { instant } from '../../domain/ids.js'
import { duration, ladderInstants, stepAt } from '../../domain/ladder.js'

const second = 1000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

describe('a duration in a policy', () => {
  it.each([
    ['90s', 90 * second],
    ['5m', 5 * minute],
    ['4h', 4 * hour],
    ['2d', 48 * hour],
    ['1h30m', 90 * minute],
    ['1d 2h 3m 4s', day + 2 * hour + 3 * minute + 4 * second],
    [' 15m ', 15 * minute],
    ['0m', 0],
    ['3660d', 3660 * day],
  ])('%j is %s ms', (text, expectedMs) => {
    expect(duration.parse(text)).toBe(expectedMs)
  })

  it.each(['', '5', 'm', '5 minutes', '1.5h', '-5m', '30m1h', '5m5m', '5M', '3661d', '999999999d', '5m x'])(
    '%j is refused',
    text => {
      const refused = duration.safeParse(text)
      expect(refused.error?.issues[0]?.message).toContain(
        `not a duration: ${JSON.stringify(text)}; expected one such as`,
      )
    },
  )
})

describe('a step in a policy', () => {
  it.each([
    ['50%', { fraction: 0.5, offsetMs: 0 }],
    ['100%', { fraction: 1, offsetMs: 0 }],
    ['100% + 30m', { fraction: 1, offsetMs: 30 * minute }],
    ['100%+1h30m', { fraction: 1, offsetMs: 90 * minute }],
    ['100% - 1h', { fraction: 1, offsetMs: -hour }],
    ['100% - 0m', { fraction: 1, offsetMs: 0 }],
    ['12.5 %', { fraction: 0.125, offsetMs: 0 }],
    ['0%', { fraction: 0, offsetMs: 0 }],
    ['15m', { fraction: null, offsetMs: 15 * minute }],
  ])('%j is %o', (text, expected) => {
    expect(stepAt.parse(text)).toEqual(expected)
  })

  it.each([
    '',
    '%',
    'half',
    '-50%',
    '1001%',
    '100% 30m',
    '100% + ',
    '100% * 2',
    '100% + 50%',
    '30m + 100%',
    '- 15m',
  ])('%j is refused', text => {
    const refused = stepAt.safeParse(text)
    expect(refused.error?.issues[0]?.message).toContain(
      `not a step: ${JSON.stringify(text)}; expected one such as`,
    )
  })
})

const nineToFive: [string, string][] = [['09:00', '17:00']]
const office = workCalendar.parse({
  zone: 'Europe/London',
  hours: { mon: nineToFive, tue: nineToFive, wed: nineToFive, thu: nineToFive, fri: nineToFive },
  holidays: [],
})
const at = (text: string) => parseInstant(office.zone, text)
const said = (text: string) => formatInstant(office.zone, at(text))

function ladder(start: string, targetMs: number, steps: string[], holds: Hold[] = []) {
  const { dueAtMs, steps: found } = ladderInstants(
    office,
    at(start),
    targetMs,
    steps.map(step => stepAt.parse(step)),
    holds,
  )
  return {
    due: formatInstant(office.zone, dueAtMs),
    steps: found.map(({ atMs, index }) => [steps[index], formatInstant(office.zone, atMs)]),
  }
}

// 2025-03-07 is a Friday.
describe('the steps of a service level', () => {
  it('fall inside the day of a lead that comes in the morning', () => {
    expect(ladder('2025-03-07T10:00', 30 * minute, ['50%', '100%', '100% + 30m'])).toEqual({
      due: said('2025-03-07T10:30'),
      steps: [
        ['50%', said('2025-03-07T10:15')],
        ['100%', said('2025-03-07T10:30')],
        ['100% + 30m', said('2025-03-07T11:00')],
      ],
    })
  })

  it('go on after the weekend, counted in working time on both sides', () => {
    expect(ladder('2025-03-07T15:00', 4 * hour, ['15m', '25%', '100% - 1h', '100% + 8h'])).toEqual({
      due: said('2025-03-10T11:00'),
      steps: [
        ['15m', said('2025-03-07T15:15')],
        ['25%', said('2025-03-07T16:00')],
        ['100% - 1h', said('2025-03-10T10:00')],
        ['100% + 8h', said('2025-03-11T11:00')],
      ],
    })
  })

  it('may fall exactly at closing time, which counts as inside the day', () => {
    expect(ladder('2025-03-07T15:00', 4 * hour, ['50%']).steps).toEqual([['50%', said('2025-03-07T17:00')]])
  })

  it('come in the order in which they are due, whatever their order in the policy', () => {
    expect(
      ladder('2025-03-07T10:00', hour, ['100% + 30m', '50%', '30m', '100%']).steps.map(([step]) => step),
    ).toEqual(['50%', '30m', '100%', '100% + 30m'])
  })

  it('never come before the start: they come when the clock first runs', () => {
    expect(ladder('2025-03-07T10:00', 30 * minute, ['100% - 1h', '0%']).steps).toEqual([
      ['100% - 1h', said('2025-03-07T10:00')],
      ['0%', said('2025-03-07T10:00')],
    ])
    expect(ladder('2025-03-08T12:00', 30 * minute, ['100% - 1h', '0m']).steps).toEqual([
      ['100% - 1h', said('2025-03-10T09:00')],
      ['0m', said('2025-03-10T09:00')],
    ])
  })

  it('wait out a hold, and so does the due time', () => {
    const holds = [{ fromMs: at('2025-03-07T09:30'), toMs: at('2025-03-07T12:00') }]
    expect(ladder('2025-03-07T10:00', hour, ['0%', '50%', '100%'], holds)).toEqual({
      due: said('2025-03-07T13:00'),
      steps: [
        ['0%', said('2025-03-07T12:00')],
        ['50%', said('2025-03-07T12:30')],
        ['100%', said('2025-03-07T13:00')],
      ],
    })
  })

  it('are refused while a hold has no end', () => {
    const holds = [{ fromMs: at('2025-03-07T10:30'), toMs: null }]
    expect(() => ladder('2025-03-07T10:00', hour, ['50%'], holds)).toThrow(/paused since/)
  })

  it('run in real time on a clock that never stops', () => {
    const startMs = at('2025-03-08T23:50')
    const { dueAtMs, steps } = ladderInstants(always, startMs, hour, [stepAt.parse('50%')])
    expect([dueAtMs - startMs, steps]).toEqual([hour, [{ atMs: startMs + 30 * minute, index: 0 }]])
  })

  it('never leave working hours and never come before the start', () => {
    const mondayMs = at('2025-03-03T00:00')
    const step = fc.record({
      fraction: fc.option(fc.double({ min: 0, max: 3, noNaN: true })),
      offsetMs: fc.integer({ min: -2 * day, max: 2 * day }),
    })
    fc.assert(
      fc.property(
        fc.nat(14 * day),
        fc.integer({ min: 1, max: 3 * day }),
        fc.array(step, { maxLength: 4 }),
        (sinceMs, targetMs, given) => {
          const startMs = instant(mondayMs + sinceMs)
          const { dueAtMs, steps } = ladderInstants(office, startMs, targetMs, given)
          expect(elapsedMs(office, startMs, dueAtMs)).toBe(targetMs)
          expect(steps.map(({ index }) => index).sort()).toEqual(given.map((_, index) => index))
          for (const { atMs } of steps) {
            expect(atMs).toBeGreaterThanOrEqual(startMs)
            expect(isOpen(office, atMs) || isOpen(office, instant(atMs - 1))).toBe(true)
          }
        },
      ),
      { numRuns: 300 },
    )
  })
})
