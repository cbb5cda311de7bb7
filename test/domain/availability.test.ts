import { describe, expect, it } from 'vitest'
import { type Asks, isOnlyAway, mayTakeItAtMs, type Removal, removalOf } from '../../domain/availability.js'
import type { CandidateFacts } from '../../domain/decision.js'
import { type EpochMs, instant } from '../../domain/ids.js'
import type { Pool } from '../../domain/policy.js'
import { aPool, rep } from './a-policy.js'

const now = instant(1_000_000_000)
const minute = 60_000
const at = (minutes: number): EpochMs => instant(now + minutes * minute)
const midnight = at(600)

const refused = (reason: 'lapsed' | 'declined' | 'reassigned', id = 'ana'): Partial<Asks> => ({
  excluded: [{ rep: rep(id), reason }],
})
const inPool = (changes: Partial<Pool>): Partial<Asks> => ({ terms: aPool({}, changes) })
const capped = (open: number | null, perDay: number | null = null, perWeek: number | null = null) =>
  inPool({ caps: { open, perDay, perWeek } })
const byCapacity = inPool({ choice: { by: 'capacity' } })
const wants = (...names: string[]): Partial<Asks> => ({
  wants: names.map(name => ({ kind: name.length === 2 ? 'language' : 'skill', name })),
})

describe('what keeps a person from a lead', () => {
  type Row = [
    sentence: string,
    person: Partial<CandidateFacts>,
    weight: number | null,
    terms: Partial<Asks>,
    removal: Removal | null,
  ]
  const cases: Row[] = [
    ['is nothing', {}, 100, {}, null],
    ['is that they have left', { employed: false }, 100, {}, { outcome: 'left' }],
    ['is that they are on leave', { away: true }, 100, {}, { outcome: 'away' }],
    ['is that they let it lapse', {}, 100, refused('lapsed'), { outcome: 'lapsed' }],
    ['is that they declined it', {}, null, refused('declined'), { outcome: 'declined' }],
    ['is that it was taken from them', {}, null, refused('reassigned'), { outcome: 'reassigned' }],
    ['is not that another declined it', {}, null, refused('declined', 'ben'), null],
    ['is that they have no weight', {}, 0, {}, { outcome: 'weight-zero' }],
    ['is that they do not speak its language', {}, 100, wants('de'), { outcome: 'lacks-language' }],
    ['is not a language that they speak', {}, 100, wants('es'), null],
    ['is that they lack one of its skills', {}, 100, wants('law', 'tax-law'), { outcome: 'lacks-skill' }],
    ['is not a skill that they have in another spelling', {}, 100, wants('tax-law'), null],
    ['is not the hour, where the pool does not ask', { inHours: false }, 100, {}, null],
    ['is the hour', { inHours: false }, 100, inPool({ inHoursOnly: true }), { outcome: 'off-hours' }],
    ['is not the hour within hours', {}, 100, inPool({ inHoursOnly: true }), null],
    ['is that they have as many open leads as allowed', {}, 9, capped(7), { outcome: 'cap-open', count: 7 }],
    ['is that they have more than are allowed', {}, 9, capped(5), { outcome: 'cap-open', count: 7 }],
    ['is not that they have fewer', {}, 9, capped(8, 4, 12), null],
    ['is what they had today', {}, 9, capped(8, 3), { outcome: 'cap-day', count: 3 }],
    ['is what they had this week', {}, 9, capped(8, 4, 11), { outcome: 'cap-week', count: 11 }],
    ['is that nothing is free of their capacity', {}, 7, byCapacity, { outcome: 'cap-open', count: 7 }],
    ['is not a capacity of which one is free', {}, 8, byCapacity, null],
    [
      'is the narrower of capacity and cap',
      {},
      8,
      inPool({ choice: { by: 'capacity' }, caps: { open: 7, perDay: null, perWeek: null } }),
      { outcome: 'cap-open', count: 7 },
    ],
    [
      'is leave before anything else',
      { away: true, inHours: false },
      0,
      { ...capped(1), ...refused('declined') },
      { outcome: 'away' },
    ],
    [
      'is what lasts before what passes',
      { inHours: false },
      100,
      { ...inPool({ inHoursOnly: true }), ...wants('de') },
      { outcome: 'lacks-language' },
    ],
    [
      'is the hour before the caps',
      { inHours: false },
      100,
      inPool({ inHoursOnly: true, caps: { open: 0, perDay: 0, perWeek: 0 } }),
      { outcome: 'off-hours' },
    ],
  ]
  it.each(cases)('%s', (_, person, weight, terms, removal) => {
    expect(removalOf(ana(person), weight, theAsks(terms))).toEqual(removal)
  })

  it('is that they have left, when the decision was told nothing of them', () => {
    expect(removalOf(undefined, 100, theAsks({}))).toEqual({ outcome: 'left' })
  })

  const untold: [what: string, person: Partial<CandidateFacts>, terms: Partial<Asks>][] = [
    ['how many leads', { load: undefined }, capped(1)],
    ['whether ana is within working hours', { inHours: undefined }, inPool({ inHoursOnly: true })],
    ['which languages and skills', { skills: undefined }, wants('law')],
    ['which languages and skills', { languages: undefined }, wants('de')],
  ]
  it.each(untold)('cannot be said unless the decision was told %s', (what, person, terms) => {
    expect(() => removalOf(ana(person), 100, theAsks(terms))).toThrow(`the decision was not told ${what}`)
  })
})

describe('someone who is only away', () => {
  const cases: [
    sentence: string,
    person: Partial<CandidateFacts>,
    weight: number,
    terms: Partial<Asks>,
    isOnly: boolean,
  ][] = [
    ['would be eligible otherwise', { away: true }, 100, {}, true],
    ['is not who is there', {}, 100, {}, false],
    ['is not who has left', { away: true, employed: false }, 100, {}, false],
    ['is not who had the lead before', { away: true }, 100, refused('lapsed'), false],
    ['is not who weighs nothing', { away: true }, 0, {}, false],
    ['is not who could not speak to the lead', { away: true }, 100, wants('de'), false],
    [
      'is not who would be off hours',
      { away: true, inHours: false },
      100,
      inPool({ inHoursOnly: true }),
      false,
    ],
    ['is not who has no room for it', { away: true }, 100, capped(7), false],
  ]
  it.each(cases)('%s', (_, person, weight, terms, isOnly) => {
    expect(isOnlyAway(ana(person), weight, theAsks(terms))).toBe(isOnly)
  })
})

describe('when somebody may be able to take it', () => {
  const asleep = { inHours: false, availableAtMs: at(90) }
  const onlyInHours = { inHoursOnly: true }
  type Row = [
    sentence: string,
    person: Partial<CandidateFacts>,
    terms: Partial<Asks>,
    atMs: EpochMs | null,
    weight?: number,
  ]
  const cases: Row[] = [
    ['is when their hours begin', asleep, inPool(onlyInHours), at(90)],
    ['is when they are back from leave', { away: true, availableAtMs: at(3000) }, {}, at(3000)],
    [
      'is soon looked at again, when leave has no end',
      { away: true, inHours: false, availableAtMs: null },
      {},
      at(15),
    ],
    ['is soon looked at again, when they have too many open leads', {}, capped(7), at(15)],
    ['is soon looked at again, when nothing is free of their capacity', {}, byCapacity, at(15), 7],
    ['is midnight, when they had enough for the day', {}, capped(null, 3), midnight],
    ['is midnight, too, when they had enough for the week', {}, capped(null, null, 11), midnight],
    [
      'is the last of all that must be over',
      asleep,
      inPool({ ...onlyInHours, caps: { open: 7, perDay: 3, perWeek: null } }),
      midnight,
    ],
    [
      'is when their hours begin, when that is after midnight',
      { inHours: false, availableAtMs: at(900) },
      inPool({ ...onlyInHours, caps: { open: null, perDay: 3, perWeek: null } }),
      at(900),
    ],
    ['is never at once: a lead that waits must wait', { away: true, availableAtMs: now }, {}, at(15)],
    ['is never, for who had it before', { away: true, availableAtMs: at(5) }, refused('declined'), null],
    ['is never, for who has left', { employed: false }, {}, null],
    ['is never, for who weighs nothing', asleep, inPool(onlyInHours), null, 0],
    ['is never, for who lacks a skill', { away: true, availableAtMs: at(5) }, wants('law'), null],
  ]
  it.each(cases)('%s', (_, person, terms, atMs, weight = 100) => {
    expect(mayTakeItAtMs(ana(person), weight, theAsks(terms), now)).toBe(atMs)
  })
})

function ana(changes: Partial<CandidateFacts>): CandidateFacts {
  return {
    rep: rep('ana'),
    employed: true,
    away: false,
    manager: null,
    inHours: true,
    availableAtMs: now,
    languages: ['en', 'es'],
    skills: ['Tax Law', 'health'],
    load: { open: 7, today: 3, thisWeek: 11, dayEndsAtMs: midnight },
    ...changes,
  }
}

function theAsks(changes: Partial<Asks>): Asks {
  return { wants: [], terms: aPool({}), excluded: [], ...changes }
}
