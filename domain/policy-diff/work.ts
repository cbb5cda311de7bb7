/** What the terms of an owner's work say of themselves, and how they differ: clocks, pauses, reminders, handing on. */
import type { AssignTerms, HandoffTerms, PauseTerms, Policy } from '../policy.js'
import { type Compare, fields, listed, said } from './compare.js'
import { clock, length, type Words } from './words.js'

export function handoff(words: Words): Compare<HandoffTerms> {
  return fields<HandoffTerms>({
    fromRole: said(['from'], 'from role', String),
    toRole: said(['to'], 'to role', String),
    required: listed(['required'], 'requires', String),
    notesAtLeast: said(['notes'], 'characters of notes at least', String),
    acceptWithinMs: said(['accept'], 'accepted within', length),
    sla: said(['sla'], 'SLA', String),
    assign: said(['assign'], 'offered to', words.targetOrNone),
    onTimeout: said(['onTimeout'], 'when nobody answers it goes', String),
  })
}

export function timeToAssign(words: Words): Compare<AssignTerms> {
  return fields<AssignTerms>({
    withinMs: said(['within'], 'within', length),
    clock: said(['clock'], 'clock', clock),
    tell: said(['tell'], 'tells', words.decider),
  })
}

export const pause: Compare<PauseTerms> = fields<PauseTerms>({
  mostMs: said(['most'], 'at most', length),
  clocks: listed(['clocks'], 'pauses', String),
})

export const reminders: Compare<Policy['reminders']> = fields<Policy['reminders']>({
  quiet: said(['reminders', 'quiet'], 'quiet hours', sayQuiet),
  spreadMs: said(['reminders', 'spread'], 'are sent', spreadMs =>
    spreadMs === 0 ? 'at once' : `over ${length(spreadMs)}`,
  ),
})

function sayQuiet(quiet: Policy['reminders']['quiet']): string {
  if (quiet === null) return 'none'
  const time = (minute: number) =>
    `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`
  return `${time(quiet.fromMinute)}-${time(quiet.toMinute)}`
}

export function sayHandoff({ fromRole, toRole, sla }: HandoffTerms): string {
  return `from role ${fromRole} to role ${toRole}, SLA ${sla}`
}
