/** What a decision is told of people: who is there, who will be, and over which spans their leads are counted. */
import { CalendarError, formatInstant, isOpen, nextOpen, parseInstant } from './calendar.js'
import type { Chain, Step } from './chain.js'
import type { CandidateFacts } from './decision.js'
import type { EpochMs, RepId } from './ids.js'
import type { Person, Roster } from './people.js'

/** Which facts a chain asks of one person; what it does not ask is not loaded, and not in the record. */
export type FactsAsked = { abilities: boolean; hours: boolean; load: boolean; role?: boolean }

/** Whose leads are counted: open ones now, and those received since the day and since the week began for them. */
export type LoadToCount = {
  rep: RepId
  dayStartMs: EpochMs
  dayEndsAtMs: EpochMs
  weekStartMs: EpochMs
  weekEndsAtMs: EpochMs
}

/** How many leads a person has. */
export type LeadCounts = Pick<NonNullable<CandidateFacts['load']>, 'open' | 'today' | 'thisWeek'>

type Days = Omit<LoadToCount, 'rep'>

const dayMs = 86_400_000

export function factsAskedIn({ holdMostMs }: Chain, { wants, terms }: Step, isFirst: boolean): FactsAsked {
  const { caps, choice, inHoursOnly } = terms
  return {
    abilities: wants.some(({ kind }) => kind !== 'role'),
    role: wants.some(({ kind }) => kind === 'role'),
    // A lead that is held waits for the instant at which somebody is there again.
    hours: inHoursOnly || (isFirst && holdMostMs !== null),
    load:
      caps.open !== null ||
      caps.perDay !== null ||
      caps.perWeek !== null ||
      choice.by === 'leastLoaded' ||
      choice.by === 'capacity',
  }
}

/** `person`: undefined for whoever the roster does not know. Their load is still to be counted. */
export function factsOf(
  rep: RepId,
  person: Person | undefined,
  { leave }: Pick<Roster, 'leave'>,
  atMs: EpochMs,
  asked: FactsAsked,
): CandidateFacts {
  const away = isAway(leave, rep, atMs)
  if (person === undefined) return { rep, employed: false, away, manager: null }
  const { manager, calendar, languages, skills, role } = person
  return {
    rep,
    employed: true,
    away,
    manager,
    ...(asked.hours
      ? { inHours: isOpen(calendar, atMs), availableAtMs: availableAt(person, leave, atMs) }
      : {}),
    ...(asked.abilities ? { languages: [...languages], skills: [...skills] } : {}),
    ...(asked.role === true ? { role } : {}),
  }
}

/** The day and the week, from Monday, that it is for these people; each of them in their own zone. */
export function loadsToCount(people: readonly Person[], atMs: EpochMs): readonly LoadToCount[] {
  const byZone = new Map<string, Days>()
  return people.map(({ id, calendar: { zone } }) => {
    const days = byZone.get(zone) ?? daysAround(zone, atMs)
    byZone.set(zone, days)
    return { rep: id, ...days }
  })
}

/** The same people, with what was counted of their leads; nothing counted is none. */
export function withLoads(
  people: readonly CandidateFacts[],
  spans: readonly LoadToCount[],
  counts: ReadonlyMap<RepId, LeadCounts>,
): CandidateFacts[] {
  const dayEnds = new Map(spans.map(({ rep, dayEndsAtMs }) => [rep, dayEndsAtMs]))
  return people.map(person => {
    const dayEndsAtMs = dayEnds.get(person.rep)
    if (dayEndsAtMs === undefined) return person
    const { open, today, thisWeek } = counts.get(person.rep) ?? { open: 0, today: 0, thisWeek: 0 }
    return { ...person, load: { open, today, thisWeek, dayEndsAtMs } }
  })
}

function isAway(leave: Roster['leave'], rep: RepId, atMs: EpochMs): boolean {
  return leave.some(
    ({ rep: who, fromMs, untilMs }) => who === rep && fromMs <= atMs && (untilMs === null || atMs < untilMs),
  )
}

/** The first instant from now on that is neither leave nor outside their hours; null: nobody knows. */
function availableAt({ id, calendar }: Person, leave: Roster['leave'], atMs: EpochMs): EpochMs | null {
  const own = leave.filter(({ rep }) => rep === id)
  let fromMs = atMs
  // Each look ends behind another leave, or at an open hour outside all of them.
  for (let looks = 0; looks <= own.length; looks++) {
    const openMs = nextOpenOf(calendar, fromMs)
    if (openMs === null) return null
    const over = own.find(span => span.fromMs <= openMs && (span.untilMs === null || openMs < span.untilMs))
    if (over === undefined) return openMs
    if (over.untilMs === null) return null
    fromMs = over.untilMs
  }
  return null
}

function nextOpenOf(calendar: Person['calendar'], atMs: EpochMs): EpochMs | null {
  try {
    return nextOpen(calendar, atMs)
  } catch (error) {
    if (error instanceof CalendarError && error.code === 'no-open-time') return null
    throw error
  }
}

function daysAround(zone: string, atMs: EpochMs): Days {
  const today = Date.parse(`${formatInstant(zone, atMs).slice(0, 10)}T00:00:00Z`) / dayMs
  const sinceMonday = (((today + 3) % 7) + 7) % 7 // 1970-01-01, day 0, was a Thursday
  const startOf = (day: number) =>
    parseInstant(zone, `${new Date(day * dayMs).toISOString().slice(0, 10)}T00:00:00`)
  return {
    dayStartMs: startOf(today),
    dayEndsAtMs: startOf(today + 1),
    weekStartMs: startOf(today - sinceMonday),
    weekEndsAtMs: startOf(today - sinceMonday + 7),
  }
}
