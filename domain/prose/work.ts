/** What an owner's work is measured by beside the service levels: what counts, what pauses, and who stands in. */
import { type AssignTerms, type PauseTerms, type Policy, type TouchKind, touchKinds } from '../policy.js'
import { type Cast, decidesIs } from './cast.js'
import { item, type Paragraph, type Section, said } from './section.js'
import { hoursOf } from './service-levels.js'
import { capital, list, named, realSpan, span } from './words.js'

export function workSection(policy: Policy, cast: Cast): Section {
  const { timeToAssign, touches, pauses, reminders, leave, reopen } = policy
  return {
    id: 'work',
    title: 'What counts, what waits, and who stands in',
    paragraphs: [
      ...(timeToAssign === null ? [] : [said(timeToAssignText(timeToAssign, cast), 'timeToAssign')]),
      said(touchesText(touches), 'touches'),
      ...pausesText(pauses),
      said(remindersText(reminders), 'reminders'),
      said(
        `When an owner goes on leave, what nobody has touched yet goes to whoever covers, and comes back at the end unless it has moved on; ${leaveWords[leave.touched]}.`,
        'leave',
      ),
      said(
        reopen === null
          ? 'What is closed stays closed.'
          : `A lead that was closed can be opened again within ${realSpan(reopen.withinMs)}.`,
        'reopen',
      ),
    ],
  }
}

function timeToAssignText({ withinMs, clock, tell }: AssignTerms, cast: Cast): string {
  return `Every lead has an owner within ${span(withinMs)} of coming in, ${hoursOf({ clock })}; when one has not, ${decidesIs(tell, cast)} hears of it at once.`
}

function touchesText(touches: Policy['touches']): string {
  const counting = list(
    touches.map(kind => touchWords[kind]),
    'or',
  )
  const others = touches.length === touchKinds.length ? '' : ' Anything else is noted, and stops no clock.'
  return `What counts as a contact is ${counting}.${others}`
}

function pausesText(pauses: Policy['pauses']): Paragraph[] {
  const reasons = Object.entries(pauses)
  if (reasons.length === 0) return [said('No owner may pause a clock.', 'pauses')]
  return [
    said('An owner who must wait for somebody may pause clocks, which then run on by themselves:'),
    ...reasons.map(([reason, { clocks, mostMs }]) =>
      item(
        `${capital(named(reason))}: ${list(clocks.map(clock => clockWords[clock]))}, for up to ${realSpan(mostMs)}.`,
        `pauses/${reason}`,
      ),
    ),
  ]
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
  stale: 'the next contact',
}

function remindersText({ quiet, spreadMs }: Policy['reminders']): string {
  const hours =
    quiet === null
      ? 'Reminders are sent at any hour.'
      : `Between ${time(quiet.fromMinute)} and ${time(quiet.toMinute)} of the owner’s day nobody is reminded, and no manager is told; what comes due then waits for the end of these hours. Breaches and moves wait for nothing.`
  return spreadMs === 0 ? hours : `${hours} What comes due at one moment is sent over ${span(spreadMs)}.`
}

function time(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
}

const leaveWords: Record<Policy['leave']['touched'], string> = {
  stay: 'what was touched stays with its owner',
  move: 'so does what was touched',
  pause: 'what was touched stays with its owner, and its clocks stand still',
}
