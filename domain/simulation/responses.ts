/**
 * How long people take over a lead, read off what they did before. A simulated lead meets one of its owner's past times:
 * which one goes by the lead's number in the stream, so that no chance is in it, every part of the past is met as often
 * as it is long, and the same lead meets the same luck under two policies.
 */
import type { RepId } from '../ids.js'

/** In the owner's working time, from the assignment on. `Infinity`: the lead was taken away before it came to it. */
type Responses = {
  acknowledgeMs: readonly number[]
  firstTouchMs: readonly number[]
  /** Until nobody owned the lead any more. */
  handlingMs: readonly number[]
}

export type Observed = { rep: RepId } & { [What in keyof Responses]: number | null }

export type Past = {
  /** `leads`: how many first touches are known. */
  of: ReadonlyMap<RepId, Responses & { leads: number }>
  /** For whoever has no past. */
  assumed: { acknowledgeMs: number; firstTouchMs: number; handlingMs: number }
}

export type Times = { acknowledgeMs: number; firstTouchMs: number; handlingMs: number }

/** Fewer are an accident, not a habit. */
const observationsLeast = 5

/** How many of a person's times are kept: evenly over the sorted ones, so that median and tail stay where they are. */
const timesMost = 200

export function pastOf(observed: Iterable<Observed>, assumed: Past['assumed']): Past {
  const found = new Map<RepId, { [What in keyof Responses]: number[] }>()
  for (const one of observed) {
    const times = found.get(one.rep) ?? { acknowledgeMs: [], firstTouchMs: [], handlingMs: [] }
    found.set(one.rep, times)
    if (one.acknowledgeMs !== null) times.acknowledgeMs.push(one.acknowledgeMs)
    if (one.firstTouchMs !== null) times.firstTouchMs.push(one.firstTouchMs)
    if (one.handlingMs !== null) times.handlingMs.push(one.handlingMs)
  }
  const of = new Map(
    [...found].map(([rep, times]): [RepId, Responses & { leads: number }] => [
      rep,
      {
        leads: times.firstTouchMs.length,
        acknowledgeMs: thinned(times.acknowledgeMs),
        firstTouchMs: thinned(times.firstTouchMs),
        handlingMs: thinned(times.handlingMs),
      },
    ]),
  )
  return { of, assumed }
}

/** `number`: of the lead in its stream. `turn`: how many owners it had before. */
export function timesOf({ of, assumed }: Past, rep: RepId, number: number, turn: number): Times {
  const known = of.get(rep)
  const luck = fraction(number * goldenRatio + turn * silverRatio)
  return {
    acknowledgeMs: timeAt(known?.acknowledgeMs, luck) ?? assumed.acknowledgeMs,
    firstTouchMs: timeAt(known?.firstTouchMs, luck) ?? assumed.firstTouchMs,
    handlingMs: timeAt(known?.handlingMs, fraction(luck + number * silverRatio)) ?? assumed.handlingMs,
  }
}

/** The time within which this part of the leads was answered; null: too few are known. */
export function quantile(sortedMs: readonly number[] | undefined, part: number): number | null {
  return timeAt(sortedMs, Math.min(part, 1 - Number.EPSILON))
}

function timeAt(sortedMs: readonly number[] | undefined, part: number): number | null {
  if (sortedMs === undefined || sortedMs.length < observationsLeast) return null
  return sortedMs[Math.floor(part * sortedMs.length)] ?? null
}

function thinned(times: number[]): number[] {
  const sorted = times.sort((one, other) => (one === other ? 0 : one - other))
  if (sorted.length <= timesMost) return sorted
  const step = sorted.length / timesMost
  return Array.from({ length: timesMost }, (_, at) => sorted[Math.floor((at + 0.5) * step)] ?? 0)
}

function fraction(value: number): number {
  return value - Math.floor(value)
}

/** Multiples of it, less their whole part, fill the stretch from 0 to 1 evenly, whichever leads a person gets. */
const goldenRatio = 0.6180339887498949
const silverRatio = 0.41421356237309515
