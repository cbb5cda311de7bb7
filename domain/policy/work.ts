/** What stops, pauses and reminds: the terms of an owner's work beside its service levels. */
import { type AssignTerms, type Policy, pausableClocks, touchKinds } from '../policy.js'
import type { Report } from './problems.js'
import { readDecider, type Setting } from './references.js'
import type { PolicyShape } from './shape.js'
import { readClock } from './slas.js'

export function compileTimeToAssign(
  terms: PolicyShape['timeToAssign'],
  setting: Setting,
): AssignTerms | null {
  if (terms === undefined) return null
  const { within, clock = 'always', tell } = terms
  const path = ['timeToAssign']
  const read = readClock(clock, [...path, 'clock'], setting)
  const isOwners = read.kind === 'owner'
  if (isOwners && clock === 'business hours of owner') {
    const allowed = ['always', ...setting.references.calendars.map(id => `calendar ${id}`)]
    setting.report({ path: [...path, 'clock'], message: 'nobody owns the lead yet', value: clock, allowed })
  }
  if (tell === 'manager of owner') {
    setting.report({
      path: [...path, 'tell'],
      message: 'nobody owns the lead yet: name a person or a role',
      value: tell,
    })
  }
  return {
    withinMs: within,
    clock: isOwners ? { kind: 'always' } : read,
    tell: readDecider(tell, [...path, 'tell'], setting),
  }
}

export function compileTouches(touches: PolicyShape['touches'], report: Report): Policy['touches'] {
  if (touches === undefined) return touchKinds
  for (const [index, kind] of touches.entries()) {
    if (touches.indexOf(kind) < index)
      report({ path: ['touches', index], message: 'is here twice', value: kind })
  }
  return touches
}

export function compilePauses(pauses: NonNullable<PolicyShape['pauses']>): Policy['pauses'] {
  return Object.fromEntries(
    Object.entries(pauses).map(([reason, terms]) => {
      const { most, clocks = pausableClocks } = typeof terms === 'number' ? { most: terms } : terms
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
