// Past 300 lines because the reckoning of zones (the last third) serves nothing else: what is open is exact only if
// both agree on gaps, repeated hours and skipped days, so they are read and tested together.

import { z } from 'zod'
import { type EpochMs, instant } from './ids.js'

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

/** An IANA time zone that this machine's tz data knows, such as `Europe/London`; no offset, no abbreviation. */
export const zoneName = z.string().refine(isZone, {
  error: issue => unknownZone(String(issue.input)),
})

const opens = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?$/, 'expected HH:MM or HH:MM:SS, 00:00 to 23:59:59')
const closes = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?|24:00(:00)?)$/, 'expected HH:MM or HH:MM:SS, 00:00 to 24:00')

/**
 * When people work: wall-clock hours per weekday in one zone, without the holidays (ISO dates of that zone).
 * An end that is not after its start lies on the next day. Every instant is kept to the millisecond.
 * A calendar is a value: what was worked out for it is remembered, so never change one in place.
 */
export const workCalendar = z.object({
  zone: zoneName,
  hours: z.partialRecord(z.enum(weekdays), z.array(z.tuple([opens, closes]))),
  holidays: z.array(z.iso.date()),
})
export type WorkCalendar = z.infer<typeof workCalendar>

/** A stretch in which a clock is paused, from `fromMs` up to but not including `toMs`; null: not resumed yet. */
export type Hold = { fromMs: EpochMs; toMs: EpochMs | null }

/** Round the clock, every day, in UTC: the calendar of a clock that runs in real time. */
export const always: WorkCalendar = {
  zone: 'UTC',
  hours: {
    mon: [['00:00', '24:00']],
    tue: [['00:00', '24:00']],
    wed: [['00:00', '24:00']],
    thu: [['00:00', '24:00']],
    fri: [['00:00', '24:00']],
    sat: [['00:00', '24:00']],
    sun: [['00:00', '24:00']],
  },
  holidays: [],
}

/** What cannot be answered, as a name to branch on; the message says it with the facts. */
type CalendarProblem =
  | 'unknown-zone' // the zone is not in this machine's tz data
  | 'bad-time' // a text is no date or time, or no span of work can have this length
  | 'bad-hold' // a hold ends before it begins
  | 'no-open-hours' // no weekday has an interval
  | 'no-open-time' // holidays or the zone's gaps leave nothing open in the years searched
  | 'too-far' // the work would last longer than the years searched
  | 'held' // the clock is paused without an end before its work is done

export class CalendarError extends RangeError {
  readonly code: CalendarProblem
  constructor(code: CalendarProblem, message: string) {
    super(message)
    this.name = 'CalendarError'
    this.code = code
  }
}

/**
 * The instant at which `workMs` of open, unpaused time have passed since `startMs`. Work that ends exactly at
 * closing time (or where a hold begins) is due then, not at the next opening; no work at all is due at once.
 * So dueAt(a + b) = dueAt(dueAt(a), b).
 * @throws CalendarError `no-open-time`, `too-far`, `held` (a hold without an end comes first), `bad-hold`, `bad-time`
 */
export function dueAt(
  calendar: WorkCalendar,
  startMs: EpochMs,
  workMs: number,
  holds: readonly Hold[] = [],
): EpochMs {
  if (!Number.isSafeInteger(workMs) || workMs < 0)
    throw new CalendarError('bad-time', `work of ${workMs} ms; expected whole milliseconds, 0 or more`)
  const paused = pauses(holds)
  const endlessFromMs = paused.find(pause => pause.toMs === Infinity)?.fromMs ?? Infinity
  if (workMs === 0) return startMs
  let leftMs = workMs
  for (const open of openAhead(calendar, startMs)) {
    for (const running of without(open, paused)) {
      const lengthMs = running.toMs - running.fromMs
      if (leftMs <= lengthMs) return instant(running.fromMs + leftMs)
      leftMs -= lengthMs
    }
    if (open.toMs > endlessFromMs)
      throw new CalendarError(
        'held',
        `no due time: paused since ${new Date(endlessFromMs).toISOString()} with ${leftMs} ms of work left`,
      )
  }
  throw new CalendarError('too-far', `${workMs} ms of work are not done after ${searchedWindows * 3} years`)
}

/** Open, unpaused milliseconds from `fromMs` to `toMs`; 0 when `toMs` is not later. @throws CalendarError `bad-hold` */
export function elapsedMs(
  calendar: WorkCalendar,
  fromMs: EpochMs,
  toMs: EpochMs,
  holds: readonly Hold[] = [],
): number {
  const paused = pauses(holds)
  let sumMs = 0
  for (const open of openSpans(calendar, fromMs, toMs))
    for (const running of without(open, paused)) sumMs += running.toMs - running.fromMs
  return sumMs
}

/** Whether `atMs` is in working hours: the opening instant is, the closing instant is not. */
export function isOpen(calendar: WorkCalendar, atMs: EpochMs): boolean {
  return !openSpans(calendar, atMs, atMs + 1).next().done
}

/** The first open instant that is not before `atMs`: `atMs` itself when open. @throws CalendarError `no-open-time` */
export function nextOpen(calendar: WorkCalendar, atMs: EpochMs): EpochMs {
  for (const open of openAhead(calendar, atMs)) return instant(open.fromMs)
  throw noOpenTime(calendar, atMs)
}

/** The open stretches between two instants, in order, apart from each other, cut at both ends. */
export function* openIntervals(
  calendar: WorkCalendar,
  fromMs: EpochMs,
  toMs: EpochMs,
): Generator<[EpochMs, EpochMs], void> {
  let last: Span | null = null
  for (const open of openSpans(calendar, fromMs, toMs)) {
    if (last !== null && last.toMs < open.fromMs) yield [instant(last.fromMs), instant(last.toMs)]
    last = last !== null && last.toMs === open.fromMs ? { fromMs: last.fromMs, toMs: open.toMs } : open
  }
  if (last !== null) yield [instant(last.fromMs), instant(last.toMs)]
}

/** For a policy being loaded. @throws CalendarError `no-open-hours`, `unknown-zone`, or `bad-time` on a bad hour or date */
export function checkCalendar(calendar: WorkCalendar): void {
  const { hours } = weekOf(calendar)
  if (hours.every(spans => spans.length === 0))
    throw new CalendarError(
      'no-open-hours',
      `the calendar of zone ${calendar.zone} has no open hour in its week`,
    )
}

/**
 * An ISO 8601 date and time, such as `2025-03-03T09:00:00`; without an offset it is local to `zone`: a time that
 * the zone skips moves forward by the gap, one that it has twice is the earlier. `24:00` is the end of the day.
 * @throws CalendarError `bad-time`, `unknown-zone`
 */
export function parseInstant(zone: string, text: string): EpochMs {
  const parts =
    /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.(\d+))?(?:(Z)|([+-])(\d\d):?([0-5]\d))?$/i.exec(text)
  const [, date = '', time = '', fraction = '', utc, sign, hours, minutes] = parts ?? []
  const atMs = timeOfDayMs(time) + Number(fraction.padEnd(3, '0').slice(0, 3))
  const day = dayNumber(date)
  if (parts === null || !(atMs <= dayMs) || Number.isNaN(day) || day < firstDay || Number(hours ?? 0) > 23)
    throw new CalendarError(
      'bad-time',
      `not a time: ${JSON.stringify(text.slice(0, 60))}; expected one such as 2025-03-03T09:00:00, with or without an offset, from 1900`,
    )
  if (utc === undefined && sign === undefined) return instant(localInstant(zoneClock(zone), day, atMs))
  const aheadMs = (Number(hours ?? 0) * 60 + Number(minutes ?? 0)) * 60_000
  return instant(day * dayMs + atMs + (sign === '-' ? aheadMs : -aheadMs))
}

/** ISO 8601 with the zone's offset at that instant, `2025-03-03T12:00:00+00:00`; milliseconds only where there are any. */
export function formatInstant(zone: string, atMs: EpochMs): string {
  const aheadMs = offsetMs(zoneClock(zone), atMs)
  const local = new Date(atMs + aheadMs).toISOString().replace(/(\.000)?Z$/, '')
  const offset = new Date(Math.abs(aheadMs)).toISOString().slice(11, 19).replace(/:00$/, '')
  return `${local}${aheadMs < 0 ? '-' : '+'}${offset}`
}

/** Milliseconds, from `fromMs` up to but not including `toMs`; of the epoch, or of a local day where it says so. */
type Span = { fromMs: number; toMs: number }

const dayMs = 86_400_000
/** How far ahead one look goes: a calendar without an open minute in three years is a mistake, not a long holiday. */
const searchMs = 3 * 366 * dayMs
/** Work that is not done after this many such windows (300 years) is a mistake too. */
const searchedWindows = 100
/** What a cache may hold before it starts anew: more than there are zones, and more than three years of days. */
const rememberedEntries = 1_200
/** Local days are numbered from 1970-01-01. Before 1900 tz data is mostly guesswork, so no text may say such a day. */
const firstDay = -25_567

/** @throws CalendarError `no-open-time` */
function* openAhead(calendar: WorkCalendar, startMs: number): Generator<Span, void> {
  for (let window = 0; window < searchedWindows; window++) {
    const fromMs = startMs + window * searchMs
    let found = false
    for (const open of openSpans(calendar, fromMs, fromMs + searchMs)) {
      found = true
      yield open
    }
    if (!found) throw noOpenTime(calendar, fromMs)
  }
}

function noOpenTime(calendar: WorkCalendar, fromMs: number): CalendarError {
  const { zone, hours, holidays } = calendar
  const week = weekdays.flatMap(day => (hours[day] ?? []).map(([from, to]) => `${day} ${from}-${to}`))
  const since = new Date(fromMs).toISOString()
  return new CalendarError(
    'no-open-time',
    `no open time in the three years after ${since}: zone ${zone}, hours ${week.join(', ') || 'none'}, ${holidays.length} holidays`,
  )
}

/**
 * What is open between two instants, in order and without overlap (but two may touch), worked out day by day so that
 * a caller who stops early pays for the days it saw. No zone is a whole day from UTC, so local day d begins later than
 * (d − 1) days after the epoch, and what belongs to it, at most two days long, is over (d + 3) days after it.
 */
function* openSpans(calendar: WorkCalendar, fromMs: number, toMs: number): Generator<Span, void> {
  const week = weekOf(calendar)
  let pending: Span[] = []
  for (let day = Math.floor(fromMs / dayMs) - 2; (day - 1) * dayMs < toMs; day++) {
    pending = union([...pending, ...spansOfDay(week, day)])
    const settledMs = day * dayMs
    yield* cut(pending, fromMs, Math.min(toMs, settledMs))
    pending = cut(pending, settledMs, Infinity)
  }
  yield* cut(pending, fromMs, toMs)
}

type Week = { clock: ZoneClock; hours: Span[][]; holidays: Set<number>; days: Map<number, Span[]> }

const weeks = new WeakMap<WorkCalendar, Week>()

function weekOf(calendar: WorkCalendar): Week {
  const known = weeks.get(calendar)
  if (known !== undefined) return known
  const week: Week = {
    clock: zoneClock(calendar.zone),
    hours: weekdays.map(day => (calendar.hours[day] ?? []).map(([from, to]) => spanOfHours(from, to))),
    holidays: new Set(calendar.holidays.map(holidayNumber)),
    days: new Map(),
  }
  weeks.set(calendar, week)
  return week
}

/** In milliseconds of the local day; past 24 hours where it runs over midnight. */
function spanOfHours(from: string, to: string): Span {
  const [fromMs, toMs] = [timeOfDayMs(from), timeOfDayMs(to)]
  if (!(fromMs < dayMs && toMs <= dayMs))
    throw new CalendarError(
      'bad-time',
      `hours ${from}-${to}; expected HH:MM or HH:MM:SS, 24:00 only as the end`,
    )
  return { fromMs, toMs: toMs > fromMs ? toMs : toMs + dayMs }
}

function holidayNumber(date: string): number {
  const day = dayNumber(date)
  if (Number.isNaN(day))
    throw new CalendarError('bad-time', `no such holiday: ${JSON.stringify(date)}; expected YYYY-MM-DD`)
  return day
}

function spansOfDay(week: Week, day: number): Span[] {
  return remember(week.days, day, () => {
    const hours = week.hours[(((day + 3) % 7) + 7) % 7] ?? [] // 1970-01-01, day 0, was a Thursday
    if (hours.length === 0 || week.holidays.has(day) || isSkipped(week.clock, day)) return []
    const spans = hours.map(({ fromMs, toMs }) => ({
      fromMs: localInstant(week.clock, day, fromMs),
      toMs: localInstant(week.clock, day, toMs),
    }))
    return spans.filter(span => span.toMs > span.fromMs) // a gap of the zone can swallow an interval
  })
}

type ZoneClock = { format: Intl.DateTimeFormat; offsetsMs: Map<number, number> }

const zoneClocks = new Map<string, ZoneClock>()

function zoneClock(zone: string): ZoneClock {
  return remember(zoneClocks, zone, () => {
    if (!isZone(zone)) throw new CalendarError('unknown-zone', unknownZone(zone))
    return { format: formatIn(zone), offsetsMs: new Map() }
  })
}

/** Names that ICU takes although they are none of IANA's, and that may mean another place: its BST is Dhaka's time. */
const abbreviations = new Set(
  'ACT AET AGT ART AST BET BST CAT CNT CST CTT EAT ECT IET IST JST MIT NET NST PLT PNT PRT PST SST VST'.split(
    ' ',
  ),
)

function unknownZone(zone: string): string {
  return `unknown time zone ${JSON.stringify(zone.slice(0, 60))}; expected an IANA name such as Europe/London`
}

function isZone(name: string): boolean {
  if (zoneClocks.has(name)) return true
  if (!/^[a-z]/i.test(name) || /^SystemV\//i.test(name) || abbreviations.has(name.toUpperCase())) return false
  try {
    formatIn(name)
    return true
  } catch {
    return false
  }
}

function formatIn(zone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  })
}

/** How far the zone's clocks are ahead of UTC at an instant, in milliseconds; negative west of it. */
function offsetMs(clock: ZoneClock, atMs: number): number {
  const fields = clock.format.format(atMs).match(/\d+/g) ?? []
  const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = fields.map(Number)
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(atMs / 1000) * 1000
}

/**
 * The instant of a local time; past 24 hours it is a time of a later day. With the offsets of before and after a
 * change of the clocks: a time that exists twice is the earlier one, one that is skipped keeps the offset of before,
 * which moves it forward by the gap. Between two looks, three days apart, no zone of tz 2025c changed twice since
 * 1970: the closest two changes lie a week apart.
 */
function localInstant(clock: ZoneClock, day: number, msOfDay: number): number {
  const localDay = day + Math.floor(msOfDay / dayMs)
  const [beforeMs, afterMs] = [offsetOnDayMs(clock, localDay - 1), offsetOnDayMs(clock, localDay + 2)]
  const localMs = day * dayMs + msOfDay
  if (beforeMs === afterMs || offsetMs(clock, localMs - beforeMs) === beforeMs) return localMs - beforeMs
  return offsetMs(clock, localMs - afterMs) === afterMs ? localMs - afterMs : localMs - beforeMs
}

/** At midnight UTC of a day: cheap to remember, and all that is needed unless the clocks change near by. */
function offsetOnDayMs(clock: ZoneClock, day: number): number {
  return remember(clock.offsetsMs, day, () => offsetMs(clock, day * dayMs))
}

/** Whether the zone had no such day, as Pacific/Apia had no 2011-12-30: neither its first nor its last moment exists. */
function isSkipped(clock: ZoneClock, day: number): boolean {
  const edges = [localInstant(clock, day, 0), localInstant(clock, day, dayMs) - 1]
  return edges.every(atMs => Math.floor((atMs + offsetMs(clock, atMs)) / dayMs) !== day)
}

/** Days since 1970-01-01, or NaN when there is no such date. */
function dayNumber(date: string): number {
  const ms = Date.parse(`${date}T00:00:00Z`)
  return Number.isNaN(ms) || !new Date(ms).toISOString().startsWith(date) ? Number.NaN : ms / dayMs
}

/** Milliseconds since the day began, or NaN when it is no time of day. */
function timeOfDayMs(time: string): number {
  const [, hours, minutes, seconds = 0] = /^(\d\d):([0-5]\d)(?::([0-5]\d))?$/.exec(time) ?? []
  return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000
}

/** Holds as spans, in order and without overlap. */
function pauses(holds: readonly Hold[]): Span[] {
  const wrong = holds.find(({ fromMs, toMs }) => toMs !== null && toMs < fromMs)
  if (wrong !== undefined)
    throw new CalendarError('bad-hold', `a hold from ${wrong.fromMs} ends before it begins, at ${wrong.toMs}`)
  return union(holds.map(({ fromMs, toMs }) => ({ fromMs, toMs: toMs ?? Infinity })))
}

/** In order; what overlaps or touches becomes one. */
function union(spans: readonly Span[]): Span[] {
  const merged: Span[] = []
  for (const span of spans.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = merged.at(-1)
    if (last !== undefined && span.fromMs <= last.toMs) last.toMs = Math.max(last.toMs, span.toMs)
    else merged.push({ ...span })
  }
  return merged
}

function cut(spans: readonly Span[], fromMs: number, toMs: number): Span[] {
  return spans
    .map(span => ({ fromMs: Math.max(span.fromMs, fromMs), toMs: Math.min(span.toMs, toMs) }))
    .filter(span => span.fromMs < span.toMs)
}

/** What is left of a span after the pauses, which are in order and without overlap. */
function without(span: Span, paused: readonly Span[]): Span[] {
  const ends = [...paused.map(pause => pause.fromMs), Infinity]
  const running = ends.map((toMs, i) => ({ fromMs: paused[i - 1]?.toMs ?? -Infinity, toMs }))
  return cut(running, span.fromMs, span.toMs)
}

function remember<Key, Value>(cache: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = cache.get(key)
  if (known !== undefined) return known
  if (cache.size >= rememberedEntries) cache.clear()
  const made = make()
  cache.set(key, made)
  return made
}
