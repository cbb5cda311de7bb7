import { describe, expect, it } from 'vitest'
import { formatInstant, parseInstant, type WorkCalendar } from '../../domain/calendar.js'
import { type EpochMs, instant } from '../../domain/ids.js'
import type { Roster } from '../../domain/people.js'
import { factsOf, loadsToCount, withLoads } from '../../domain/presence.js'
import { aPerson, rep, thePeople } from './a-policy.js'

const zone = 'Europe/London'
const hours: WorkCalendar['hours'] = {
  mon: [['09:00', '17:00']],
  tue: [['09:00', '17:00']],
  wed: [['09:00', '17:00']],
  thu: [['09:00', '17:00']],
  fri: [['09:00', '17:00']],
}
const calendar: WorkCalendar = { zone, hours, holidays: ['2026-12-25'] }
const at = (text: string): EpochMs => parseInstant(zone, text)
const everything = { abilities: true, hours: true, load: true }
const nothing = { abilities: false, hours: false, load: false }

describe('when somebody is available again', () => {
  type Leave = [from: string, until: string | null]
  const cases: [
    sentence: string,
    now: string,
    leave: Leave[],
    inHours: boolean,
    availableAt: string | null,
  ][] = [
    ['is now, within hours', '2026-11-23T09:00', [], true, '2026-11-23T09:00'],
    ['is in the morning, at night', '2026-11-23T17:00', [], false, '2026-11-24T09:00'],
    ['is on Monday, at the weekend', '2026-11-28T10:00', [], false, '2026-11-30T09:00'],
    ['is after the holiday', '2026-12-25T10:00', [], false, '2026-12-28T09:00'],
    [
      'is when leave ends, within hours',
      '2026-11-23T10:00',
      [['2026-11-23T09:30', '2026-11-24T14:00']],
      true,
      '2026-11-24T14:00',
    ],
    [
      'is the next morning, when leave ends at night',
      '2026-11-23T10:00',
      [['2026-11-20T00:00', '2026-11-24T20:00']],
      true,
      '2026-11-25T09:00',
    ],
    [
      'is after the leave that follows, however long a gap at night there is between',
      '2026-11-23T10:00',
      [
        ['2026-11-24T18:00', '2026-11-26T12:00'],
        ['2026-11-23T09:00', '2026-11-24T17:00'],
        ['2026-11-26T11:00', '2026-11-27T12:00'],
      ],
      true,
      '2026-11-27T12:00',
    ],
    [
      'is not known, on leave until further notice',
      '2026-11-23T10:00',
      [['2026-11-23T09:00', null]],
      true,
      null,
    ],
    [
      'is not known, when leave without an end begins before the next open hour',
      '2026-11-23T18:00',
      [['2026-11-24T00:00', null]],
      false,
      null,
    ],
    [
      'is not moved by leave to come',
      '2026-11-23T10:00',
      [['2026-11-23T10:01', null]],
      true,
      '2026-11-23T10:00',
    ],
  ]
  it.each(cases)('%s', (_, now, leave, inHours, availableAt) => {
    const spans = leave.map(([from, until]) => ({
      rep: rep('ana'),
      fromMs: at(from),
      untilMs: until === null ? null : at(until),
    }))
    const others: Roster['leave'] = [{ rep: rep('ben'), fromMs: instant(0), untilMs: null }]
    const facts = factsOf(
      rep('ana'),
      aPerson('ana', { calendar }),
      { leave: [...others, ...spans] },
      at(now),
      everything,
    )
    expect({ inHours: facts.inHours, availableAtMs: facts.availableAtMs }).toEqual({
      inHours,
      availableAtMs: availableAt === null ? null : at(availableAt),
    })
  })

  it('is not known of somebody without an open hour in three years', () => {
    const closed = aPerson('ana', { calendar: { zone, hours: {}, holidays: [] } })
    expect(factsOf(rep('ana'), closed, { leave: [] }, at('2026-11-23T10:00'), everything)).toMatchObject({
      inHours: false,
      availableAtMs: null,
    })
  })
})

describe('the facts of a person', () => {
  it('are only those that the chain asks for', () => {
    const ana = aPerson('ana', { languages: ['en'], skills: ['law'] })
    expect(factsOf(rep('ana'), ana, { leave: [] }, instant(0), nothing)).toEqual({
      rep: 'ana',
      employed: true,
      away: false,
      manager: 'gina',
    })
    expect(
      factsOf(rep('ana'), ana, { leave: [] }, instant(0), { ...nothing, abilities: true }),
    ).toMatchObject({
      languages: ['en'],
      skills: ['law'],
    })
  })

  it('are none of whoever the roster does not know', () => {
    expect(factsOf(rep('zed'), undefined, { leave: [] }, instant(0), everything)).toEqual({
      rep: 'zed',
      employed: false,
      away: false,
      manager: null,
    })
  })
})

describe('the day and the week over which leads are counted', () => {
  const cases: [
    sentence: string,
    zone: string,
    now: string,
    day: [string, string],
    week: [string, string],
  ][] = [
    [
      'begin at midnight and on Monday, where the person is',
      'Europe/London',
      '2026-11-25T10:00:00Z',
      ['2026-11-25T00:00:00+00:00', '2026-11-26T00:00:00+00:00'],
      ['2026-11-23T00:00:00+00:00', '2026-11-30T00:00:00+00:00'],
    ],
    [
      'are already the next ones in Auckland on a Sunday noon in London',
      'Pacific/Auckland',
      '2026-11-22T12:00:00Z',
      ['2026-11-23T00:00:00+13:00', '2026-11-24T00:00:00+13:00'],
      ['2026-11-23T00:00:00+13:00', '2026-11-30T00:00:00+13:00'],
    ],
    [
      'are still the last ones in Los Angeles on a Monday morning in London',
      'America/Los_Angeles',
      '2026-11-23T07:59:59.999Z',
      ['2026-11-22T00:00:00-08:00', '2026-11-23T00:00:00-08:00'],
      ['2026-11-16T00:00:00-08:00', '2026-11-23T00:00:00-08:00'],
    ],
    [
      'are an hour shorter when the clocks go forward',
      'Europe/London',
      '2026-03-29T12:00:00Z',
      ['2026-03-29T00:00:00+00:00', '2026-03-30T00:00:00+01:00'],
      ['2026-03-23T00:00:00+00:00', '2026-03-30T00:00:00+01:00'],
    ],
    [
      'begin at the first moment of a day that has no midnight',
      'America/Santiago',
      '2026-09-06T12:00:00Z',
      ['2026-09-06T01:00:00-03:00', '2026-09-07T00:00:00-03:00'],
      ['2026-08-31T00:00:00-04:00', '2026-09-07T00:00:00-03:00'],
    ],
  ]
  it.each(cases)('%s', (_, of, now, day, week) => {
    const ana = aPerson('ana', { calendar: { ...calendar, zone: of } })
    const [span] = loadsToCount([ana], instant(Date.parse(now)))
    const local = (atMs: EpochMs | undefined) => (atMs === undefined ? null : formatInstant(of, atMs))
    expect([local(span?.dayStartMs), local(span?.dayEndsAtMs)]).toEqual(day)
    expect([local(span?.weekStartMs), local(span?.weekEndsAtMs)]).toEqual(week)
  })

  it('give whoever had nothing a load of nothing, and nobody else one', () => {
    const spans = loadsToCount([aPerson('ana'), aPerson('ben')], instant(0))
    const counts = new Map([[rep('ben'), { open: 2, today: 1, thisWeek: 4 }]])
    const people = withLoads(thePeople(), spans, counts)
    const dayEndsAtMs = instant(86_400_000)
    expect(people.flatMap(({ rep, load }) => (load === undefined ? [] : [[rep, load]]))).toEqual([
      ['ana', { open: 0, today: 0, thisWeek: 0, dayEndsAtMs }],
      ['ben', { open: 2, today: 1, thisWeek: 4, dayEndsAtMs }],
    ])
  })
})
