/** Calendar files (RFC 5545): each event is a stretch of leave. */
import ICAL from 'ical.js'
import { CalendarError, parseInstant } from '../domain/calendar.js'
import type { EpochMs } from '../domain/ids.js'
import { invalidField } from './problem.js'

export type CalendarEvent = { icsUid: string; fromMs: EpochMs; untilMs: EpochMs }

/** A year of half days. */
const mostEvents = 500

/**
 * @param zone of the person: what a file says without a zone is their own time, and a day of theirs begins at midnight
 * @throws Problem 422 for what is no calendar, for an event without an id, and for one that repeats
 */
export function readCalendar(text: string, zone: string): CalendarEvent[] {
  const events = eventsIn(text)
  if (events.length === 0) throw invalidField('calendar', 'has no event')
  if (events.length > mostEvents) throw invalidField('calendar', `has more than ${mostEvents} events`)
  return events.map(event => {
    if (!event.uid) throw invalidField('calendar', 'has an event without a UID')
    if (event.isRecurring()) throw invalidField(event.uid, 'repeats; enter each leave as an event of its own')
    return {
      icsUid: event.uid,
      fromMs: instantOf(event.startDate, zoneIn(event, 'dtstart'), zone, event.uid),
      untilMs: instantOf(
        event.endDate,
        // An event with a duration ends in the zone in which it starts.
        zoneIn(event, 'dtend') ?? zoneIn(event, 'dtstart'),
        zone,
        event.uid,
      ),
    }
  })
}

function eventsIn(text: string): ICAL.Event[] {
  try {
    const calendar = ICAL.Component.fromString(text)
    return calendar.getAllSubcomponents('vevent').map(event => new ICAL.Event(event))
  } catch {
    throw invalidField('calendar', 'is no iCalendar file')
  }
}

/** In the zone that the file names, or the person's own; a time with `Z` says itself what it is. */
function instantOf(time: ICAL.Time, named: string | null, zone: string, uid: string): EpochMs {
  const local = time.isDate ? `${time.toString()}T00:00:00` : time.toString()
  try {
    return parseInstant(named ?? zone, local)
  } catch (error) {
    if (error instanceof CalendarError || error instanceof RangeError)
      throw invalidField(uid, 'has a time or a time zone that is none')
    throw error
  }
}

function zoneIn(event: ICAL.Event, property: 'dtstart' | 'dtend'): string | null {
  const named = event.component.getFirstProperty(property)?.getParameter('tzid')
  return typeof named === 'string' ? named : null
}
