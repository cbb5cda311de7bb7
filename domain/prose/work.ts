/** What an owner's work is measured by beside the service levels: what counts, what pauses, and who stands in. */
import type { Policy, PauseTerms, TouchKind } from '../policy.js'
import { type Cast, decidesIs } from './cast.js'
import { item, type Section, said } from './section.js'
import { hoursOf } from './service-levels.js'
import { capital, list, named, span } from './words.js'

export function workSection(policy: Policy, cast: Cast): Section {
  const { timeToAssign, touches, pauses, reminders, leave, reopen } = policy
  const reasons = Object.entries(pauses)
  return {
    id: 'work',
    title: 'What counts, what pauses, and who stands in',
    paragraphs: [
      ...(timeToAssign === null
        ? []
        : [
            said(
              `Every lead has an owner within ${span(timeToAssign.withinMs)} of coming in, ${hoursOf(timeToAssign)}; else ${decidesIs(timeToAssign.tell, cast)} is told.`,
              'timeToAssign',
            ),
          ]),
      said(
        `A clock stops with ${list(
          touches.map(kind => touchWords[kind]),
          'or',
        )}.`,
        'touches',
      ),
      ...(reasons.length === 0
        ? [said('No owner can pause a clock.', 'pauses')]
        : reasons.map(([reason, terms]) => item(pauseText(reason, terms), `pauses/${reason}`))),
      said(remindersText(reminders), 'reminders'),
      said(
        `When an owner goes on leave, what nobody has touched goes to whoever covers and comes back at the end, unless it has moved on; ${leaveWords[leave.touched]}.`,
        'leave',
      ),
      said(
        reopen === null
          ? 'What is closed stays closed.'
          : `A lead that was closed can be opened again within ${span(reopen.withinMs)}.`,
        'reopen',
      ),
    ],
  }
}

const touchWords: Record<TouchKind, string> = {
  call: 'a call',
  email: 'an email',
  meeting: 'a meeting',
  message: 'a message',
  'crm-activity': 'something done in the CRM',
}

const clockWords: Record<PauseTerms['clocks'][number], string> = {
  acknowledge: 'the acknowledgement',
  firstTouch: 'the first contact',
  stale: 'staleness',
}

function pauseText(reason: string, { clocks, mostMs }: PauseTerms): string {
  return `${capital(named(reason))}: an owner may let the ${clocks.length === 1 ? 'clock' : 'clocks'} of ${list(clocks.map(clock => clockWords[clock]))} stand still, for ${span(mostMs)} at most.`
}

function remindersText({ quiet, spreadMs }: Policy['reminders']): string {
  const night =
    quiet === null
      ? 'Reminders are sent when they are due'
      : `Between ${time(quiet.fromMinute)} and ${time(quiet.toMinute)} nobody is reminded of anything; what comes due then waits for the end of these hours`
  return spreadMs === 0
    ? `${night}.`
    : `${night}, those of one moment within ${span(spreadMs)} of each other.`
}

function time(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
}

const leaveWords: Record<Policy['leave']['touched'], string> = {
  stay: 'what was touched stays with its owner',
  move: 'so does what was touched',
  pause: 'what was touched stays with its owner, and its clocks stand still',
}
