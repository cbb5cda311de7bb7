/** Hours in which nobody wants to be reminded of anything. */
import { formatInstant, parseInstant } from './calendar.js'
import type { EpochMs } from './ids.js'
import type { ReminderTerms } from './policy.js'

const dayMinutes = 1_440

/**
 * The instant itself, or the end of the quiet hours in which it lies. Over midnight where they begin later than they
 * end. In a gap of daylight saving their end moves forward with the clock, in an overlap it is the first of the two.
 */
export function outsideQuietHours(quiet: ReminderTerms['quiet'], zone: string, atMs: EpochMs): EpochMs {
  if (quiet === null) return atMs
  const local = formatInstant(zone, atMs)
  const minute = Number(local.slice(11, 13)) * 60 + Number(local.slice(14, 16))
  const { fromMinute, toMinute } = quiet
  const overMidnight = fromMinute > toMinute
  const isQuiet = overMidnight
    ? minute >= fromMinute || minute < toMinute
    : minute >= fromMinute && minute < toMinute
  if (!isQuiet) return atMs
  const endsTomorrow = overMidnight && minute >= fromMinute
  const date = new Date(`${local.slice(0, 10)}T00:00:00Z`)
  if (endsTomorrow) date.setUTCDate(date.getUTCDate() + 1)
  return parseInstant(zone, `${date.toISOString().slice(0, 10)}T${clockTime(toMinute)}:00`)
}

function clockTime(minute: number): string {
  const within = minute % dayMinutes
  return `${String(Math.floor(within / 60)).padStart(2, '0')}:${String(within % 60).padStart(2, '0')}`
}
