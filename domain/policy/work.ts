/** What stops, pauses and reminds: the terms of an owner's work beside its service levels. */
import { type AssignTerms, type Policy, pausableClocks, touchKinds } from '../policy.js'
import type { Path } from '../yaml.js'
import { type Report, reportRepeats } from './problems.js'
import { readDecider, type Setting } from './references.js'
import type { PolicyShape } from './shape.js'

export function compileTimeToAssign(
  terms: PolicyShape['timeToAssign'],
  setting: Setting,
): AssignTerms | null {
  if (terms === undefined) return null
  const { within, clock = 'always', tell } = terms
  const path = ['timeToAssign']
  return {
    withinMs: within,
    clock: readUnownedClock(clock, [...path, 'clock'], setting),
    tell: readListener(tell, [...path, 'tell'], setting),
  }
}

function readUnownedClock(text: string, path: Path, { references, report }: Setting): AssignTerms['clock'] {
  const calendar = /^calendar (\S+)$/.exec(text)?.[1]
  if (calendar !== undefined && references.calendars.includes(calendar)) return { kind: 'calendar', calendar }
  if (text !== 'always') {
    const allowed = ['always', ...references.calendars.map(id => `calendar ${id}`)]
    const message =
      text === 'business hours of owner'
        ? 'nobody owns the lead yet, so there are no hours of an owner'
        : 'expected whose hours the clock runs in'
    report({ path, message, value: text, allowed })
  }
  return { kind: 'always' }
}

/** Somebody whom we know at once, whoever the lead would have gone to. */
function readListener(text: string, path: Path, setting: Setting): AssignTerms['tell'] {
  const decider = readDecider(text, path, { ...setting, report: () => {} })
  if (decider.kind !== 'rep' && decider.kind !== 'role') {
    const message = 'expected a person or role NAME, since nobody owns the lead yet'
    setting.report({ path, message, value: text })
  }
  return decider
}

export function compileTouches(touches: PolicyShape['touches'], report: Report): Policy['touches'] {
  reportRepeats(touches ?? [], index => ['touches', index], report)
  return touches ?? touchKinds
}

export function compilePauses(pauses: NonNullable<PolicyShape['pauses']>, report: Report): Policy['pauses'] {
  return Object.fromEntries(
    Object.entries(pauses).map(([reason, terms]) => {
      const { most, clocks = pausableClocks } = typeof terms === 'number' ? { most: terms } : terms
      reportRepeats(clocks, index => ['pauses', reason, 'clocks', index], report)
      return [reason, { clocks, mostMs: most }]
    }),
  )
}

export function compileReminders(reminders: PolicyShape['reminders'], report: Report): Policy['reminders'] {
  const [from = '', to = ''] = reminders?.quiet?.split('-') ?? []
  if (reminders?.quiet !== undefined && from === to) {
    const message = 'the quiet hours are over when they begin'
    report({ path: ['reminders', 'quiet'], message, value: reminders.quiet })
  }
  return {
    quiet:
      reminders?.quiet === undefined ? null : { fromMinute: minuteOfDay(from), toMinute: minuteOfDay(to) },
    spreadMs: reminders?.spread ?? 0,
  }
}

function minuteOfDay(time: string): number {
  const [hours = '0', minutes = '0'] = time.split(':')
  return Number(hours) * 60 + Number(minutes)
}
