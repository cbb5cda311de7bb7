/**
 * A second, slow account of what a working calendar means, to hold domain/calendar.ts against. It shares no code and
 * no method with it: it walks over every step (a minute, or a second) of a stretch of real time, asks Intl for the
 * local date and time of each, and finds where hours begin and end by looking for their reading on that list.
 */
export type Timeline = {
  fromMs: number
  stepMs: number
  /** For each step, what the wall clock reads at its beginning, as if it were UTC. */
  readings: Float64Array
  /** The first step that reads so: of a time that exists twice, the earlier. */
  firstStep: Map<number, number>
  /** Every local date that some step has. */
  dates: Set<string>
}

export type OracleCalendar = {
  hours: Record<string, readonly (readonly [string, string])[] | undefined>
  holidays: readonly string[]
}

const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']

export function timelineOf(zone: string, fromMs: number, toMs: number, stepMs: number): Timeline {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
  const readings = new Float64Array((toMs - fromMs) / stepMs)
  const firstStep = new Map<number, number>()
  for (let step = 0; step < readings.length; step++) {
    const reading = Date.parse(`${format.format(fromMs + step * stepMs).replace(' ', 'T')}Z`)
    readings[step] = reading
    if (!firstStep.has(reading)) firstStep.set(reading, step)
  }
  const dates = new Set(Array.from(readings, isoDate))
  return { fromMs, stepMs, readings, firstStep, dates }
}

/** One flag per step of the timeline: 1 where the calendar is open and no hold lies over it. */
export function openSteps(
  timeline: Timeline,
  calendar: OracleCalendar,
  holds: readonly { fromMs: number; toMs: number | null }[] = [],
): Uint8Array {
  const open = new Uint8Array(timeline.readings.length)
  for (const date of timeline.dates) {
    if (calendar.holidays.includes(date)) continue
    const midnight = Date.parse(`${date}T00:00:00Z`)
    for (const [from, to] of calendar.hours[days[new Date(midnight).getUTCDay()] ?? ''] ?? []) {
      const begins = midnight + clockMs(from)
      const ends = midnight + clockMs(to) + (clockMs(to) <= clockMs(from) ? 24 * 3_600_000 : 0)
      const last = stepOf(timeline, ends)
      for (let step = stepOf(timeline, begins); step < last; step++) open[step] = 1
    }
  }
  for (const { fromMs, toMs } of holds)
    for (let step = 0; step < open.length; step++) {
      const atMs = timeline.fromMs + step * timeline.stepMs
      if (atMs >= fromMs && (toMs === null || atMs < toMs)) open[step] = 0
    }
  return open
}

/** The end of the step in which the work is done, or null when that is not before `limitMs`. */
export function oracleDueAt(
  timeline: Timeline,
  open: Uint8Array,
  startMs: number,
  workMs: number,
  limitMs: number,
): number | null {
  let leftMs = workMs
  for (let atMs = startMs; leftMs > 0; atMs += timeline.stepMs) {
    if (atMs >= limitMs) return null
    if (open[(atMs - timeline.fromMs) / timeline.stepMs] === 1) leftMs -= timeline.stepMs
    if (leftMs === 0) return atMs + timeline.stepMs
  }
  return startMs
}

export function oracleElapsedMs(timeline: Timeline, open: Uint8Array, fromMs: number, toMs: number): number {
  let sumMs = 0
  for (let atMs = fromMs; atMs < toMs; atMs += timeline.stepMs)
    if (open[(atMs - timeline.fromMs) / timeline.stepMs] === 1) sumMs += timeline.stepMs
  return sumMs
}

/** The stretches of open steps between two instants. */
export function oracleIntervals(
  timeline: Timeline,
  open: Uint8Array,
  fromMs: number,
  toMs: number,
): [number, number][] {
  const found: [number, number][] = []
  let sinceMs: number | null = null
  for (let atMs = fromMs; atMs <= toMs; atMs += timeline.stepMs) {
    const isOpen = atMs < toMs && open[(atMs - timeline.fromMs) / timeline.stepMs] === 1
    if (isOpen && sinceMs === null) sinceMs = atMs
    if (!isOpen && sinceMs !== null) {
      found.push([sinceMs, atMs])
      sinceMs = null
    }
  }
  return found
}

/** The step that begins at a local time; a time that was jumped over is looked up as much later as the jump was wide. */
function stepOf({ readings, firstStep, stepMs }: Timeline, local: number): number {
  const exact = firstStep.get(local)
  if (exact !== undefined) return exact
  for (let step = 1; step < readings.length; step++) {
    const [before = 0, after = 0] = [readings[step - 1], readings[step]]
    const jump = after - before - stepMs
    if (jump > 0 && before < local && local < after) return firstStep.get(local + jump) ?? readings.length
  }
  return local < (readings[0] ?? 0) ? 0 : readings.length
}

function isoDate(reading: number): string {
  return new Date(reading).toISOString().slice(0, 10)
}

function clockMs(time: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = time.split(':').map(Number)
  return hours * 3_600_000 + minutes * 60_000 + seconds * 1000
}
