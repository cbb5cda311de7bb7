import { describe, expect, it } from 'vitest'
import { holidayDates } from '../../domain/holidays.js'

describe('the public holidays of a region', () => {
  it('are those of England, with the substitute of a Boxing Day on a Saturday', () => {
    expect(holidayDates('GB-ENG', 2026, 2026)).toEqual([
      '2026-01-01',
      '2026-04-03',
      '2026-04-06',
      '2026-05-04',
      '2026-05-25',
      '2026-08-31',
      '2026-12-25',
      '2026-12-26',
      '2026-12-28',
    ])
  })

  it.each([
    ['All Saints is one in Bavaria', 'DE-BY', '2025-11-01', true],
    ['All Saints is none in Berlin', 'DE-BE', '2025-11-01', false],
    ['the Peace Festival is one in Augsburg alone', 'DE-BY-A', '2025-08-08', true],
    ['the Peace Festival is none in the rest of Bavaria', 'DE-BY', '2025-08-08', false],
    ['Thanksgiving is one in the United States', 'US', '2025-11-27', true],
    ['the second day of a festival is one', 'TR', '2025-03-31', true],
    ['the last day of a festival is one', 'TR', '2025-04-01', true],
    ['the day after a festival is none', 'TR', '2025-04-02', false],
    ['a day that is a holiday from one in the afternoon is a working day', 'IS', '2025-12-24', false],
    ['a festival that the clocks shorten by an hour keeps its day', 'AL', '2025-03-30', true],
  ])('%s', (_, region, date, isHoliday) => {
    expect(holidayDates(region, 2025, 2025).includes(date)).toBe(isHoliday)
  })

  it('belong to the year in which they fall: New Year 2028 is observed on 31 December 2027', () => {
    expect(holidayDates('US', 2027, 2027)).toContain('2027-12-31')
    expect(holidayDates('US', 2028, 2028)).not.toContain('2027-12-31')
    expect(holidayDates('US', 2028, 2028)).toContain('2028-01-01')
  })

  it('come once each, in order, over several years', () => {
    const dates = holidayDates('GB-SCT', 2024, 2027)
    expect(dates).toEqual([...new Set(dates)].sort())
    expect(new Set(dates.map(date => date.slice(0, 4)))).toEqual(new Set(['2024', '2025', '2026', '2027']))
  })
})

describe('an unknown region', () => {
  it.each([
    ['XX', '"XX"', /countries: AD, .*\bGB\b.*\bUS\b/],
    ['', '""', /countries: AD/],
    ['gb-eng', '"gb-eng"', /countries: AD/],
    ['GB-LON', '"GB-LON"', /states of GB: ALD, ENG, NIR, SCT, WLS$/],
    ['GB-', '"GB-"', /states of GB: ALD/],
    ['DE-BY-Q', '"DE-BY-Q"', /regions of DE-BY: A, EVANG, KATH$/],
    ['DE-BY-A-1', '"DE-BY-A-1"', /regions of DE-BY: A/],
    ['GB-ENG-X', '"GB-ENG-X"', /regions of GB-ENG: none are known$/],
  ])('%j is refused with what is allowed', (code, named, allowed) => {
    expect(() => holidayDates(code, 2025, 2025)).toThrow(RangeError)
    expect(() => holidayDates(code, 2025, 2025)).toThrow(named)
    expect(() => holidayDates(code, 2025, 2025)).toThrow(allowed)
  })

  it.each([
    [2026, 2025],
    [1969, 1970],
    [2025.5, 2026],
    [2000, 2100],
  ])('years from %s to %s are refused', (fromYear, toYear) => {
    expect(() => holidayDates('US', fromYear, toYear)).toThrow(/expected years from 1970/)
  })
})
