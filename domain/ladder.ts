import { z } from 'zod'
import { dueAt, type Hold, type WorkCalendar } from './calendar.js'
import { type EpochMs, instant } from './ids.js'

/**
 * A length of time as a policy writes it, in milliseconds: `90s`, `5m`, `4h`, `2d`, `1h30m`; larger units first, each
 * once. A `d` is 24 hours of the clock that counts it: where a clock runs in working hours, `1d` is three days of
 * eight hours. `0m` is allowed.
 */
export const duration = z.string().transform((text, context) => {
  const ms = durationMs(text)
  if (ms !== null) return ms
  context.addIssue({
    code: 'custom',
    message: `not a duration: ${JSON.stringify(text.slice(0, 60))}; expected one such as 90s, 5m, 4h, 2d or 1h30m, ${mostDays}d at most`,
  })
  return z.NEVER
})

/**
 * When a step of a service level is due, counted in the clock's own time: a share of the target (`50%`), a share and
 * a distance from it (`100% + 30m`, `100% - 1h`), or a distance from the start (`15m`; `fraction` is then null).
 */
export const stepAt = z.string().transform((text, context): StepAt => {
  const step = parseStep(text)
  if (step !== null) return step
  context.addIssue({
    code: 'custom',
    message: `not a step: ${JSON.stringify(text.slice(0, 60))}; expected one such as 50%, 100% + 30m, 100% - 1h or 15m, ${mostPercent}% at most`,
  })
  return z.NEVER
})
/** `fraction` is of the target (1 is 100%); `offsetMs` may be negative beside a fraction. */
export type StepAt = { fraction: number | null; offsetMs: number }

export type Ladder = {
  dueAtMs: EpochMs
  /** In the order in which they come due; `index` is the step's place in the list that was given. */
  steps: { atMs: EpochMs; index: number }[]
}

/**
 * A target and the steps around it as absolute instants. Shares and distances are working time, so each instant is
 * in working hours and outside holds; one that falls exactly at closing (or where a hold begins) counts as inside the
 * day that ends. A step that would lie before the start comes when the clock first runs: at `startMs`, or at the next
 * opening after it.
 * @throws CalendarError as `dueAt` does; `held` while a hold has no end, since what comes after it is not known
 */
export function ladderInstants(
  calendar: WorkCalendar,
  startMs: EpochMs,
  targetMs: number,
  steps: readonly StepAt[],
  holds: readonly Hold[] = [],
): Ladder {
  const instants = steps.map((step, index) => {
    const workMs = Math.round((step.fraction ?? 0) * targetMs) + step.offsetMs
    const atMs = workMs > 0 ? dueAt(calendar, startMs, workMs, holds) : firstRunning(calendar, startMs, holds)
    return { atMs, index }
  })
  return {
    dueAtMs: dueAt(calendar, startMs, targetMs, holds),
    steps: instants.sort((a, b) => a.atMs - b.atMs || a.index - b.index),
  }
}

/** The first millisecond of work ends one millisecond after the clock first runs. */
function firstRunning(calendar: WorkCalendar, startMs: EpochMs, holds: readonly Hold[]): EpochMs {
  return instant(dueAt(calendar, startMs, 1, holds) - 1)
}

/** Ten years: a longer time to wait for a lead is a slip of the keyboard. */
const mostDays = 3_660
const mostPercent = 1_000

function durationMs(text: string): number | null {
  const parts = /^(?=\d)(?:(\d{1,9})d)?\s*(?:(\d{1,9})h)?\s*(?:(\d{1,9})m)?\s*(?:(\d{1,9})s)?$/.exec(
    text.trim(),
  )
  if (parts === null) return null
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = parts.slice(1).map(part => Number(part ?? 0))
  const ms = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000
  return ms <= mostDays * 86_400_000 ? ms : null
}

function parseStep(text: string): StepAt | null {
  const share = /^(\d{1,4}(?:\.\d{1,3})?)\s*%(?:\s*([+-])\s*(.+))?$/.exec(text.trim())
  if (share === null) {
    const offsetMs = durationMs(text)
    return offsetMs === null ? null : { fraction: null, offsetMs }
  }
  const [, percent, sign, distance] = share
  const offsetMs = distance === undefined ? 0 : durationMs(distance)
  if (offsetMs === null || Number(percent) > mostPercent) return null
  return { fraction: Number(percent) / 100, offsetMs: sign === '-' ? 0 - offsetMs : offsetMs }
}
