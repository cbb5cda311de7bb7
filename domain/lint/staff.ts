/** Who can take leads, and when they are there. */
import { openIntervals } from '../calendar.js'
import { assertNever, type EpochMs, instant, type RepId, repId } from '../ids.js'
import { isByRole } from '../matching.js'
import type { Person, Roster } from '../people.js'
import type { Policy, Pool, Target } from '../policy.js'

/** From an instant up to but not including another. */
export type Span = readonly [fromMs: EpochMs, toMs: EpochMs]

export type Staff = {
  roster: Roster
  person: (rep: RepId) => Person | undefined
  window: Span
}

/** Long enough for holidays to show, short enough for leave to be known. */
const aheadMs = 30 * 86_400_000

export function staffOf(roster: Roster, atMs: EpochMs): Staff {
  const known = new Map(roster.people.map(person => [person.id, person]))
  return { roster, person: rep => known.get(rep), window: windowFrom(atMs) }
}

/** What lint looks ahead to. */
export function windowFrom(atMs: EpochMs): Span {
  return [atMs, instant(atMs + aheadMs)]
}

/** Of a pool by role everyone has the same weight. */
export function membersOf({ members }: Pool, { roster }: Staff): { rep: RepId; weight: number }[] {
  if (isByRole(members)) {
    return roster.people.filter(({ role }) => role === members.role).map(({ id }) => ({ rep: id, weight: 1 }))
  }
  return Object.entries(members).map(([id, weight]) => ({ rep: repId.parse(id), weight }))
}

/** Those of a target who are with us and have turns. Null: it depends on the lead who that is. */
export function takersOf(policy: Policy, target: Target, staff: Staff): Person[] | null {
  switch (target.kind) {
    case 'rep':
      return [staff.person(target.rep)].filter(person => person !== undefined)
    case 'pool': {
      const pool = policy.pools[target.pool]
      if (pool === undefined) return []
      const turns = membersOf(pool, staff).filter(({ weight }) => weight > 0)
      return turns.flatMap(({ rep }) => staff.person(rep) ?? [])
    }
    case 'accountOwner':
    case 'managerOfOwner':
      return null
    default:
      return assertNever(target)
  }
}

export function nameOf(target: Target): string {
  switch (target.kind) {
    case 'rep':
      return target.rep
    case 'pool':
      return target.pool
    case 'accountOwner':
      return 'account owner'
    case 'managerOfOwner':
      return 'manager of owner'
    default:
      return assertNever(target)
  }
}

/** When a person is not on leave; with `inHours` only within their working hours. */
export function presenceOf(person: Person, { roster, window }: Staff, inHours: boolean): Span[] {
  const [from, to] = window
  const open: Span[] = inHours ? [...openIntervals(person.calendar, from, to)] : [window]
  const away = roster.leave.filter(({ rep }) => rep === person.id)
  return away.reduce<Span[]>(
    (spans, { fromMs, untilMs }) => spans.flatMap(span => without(span, fromMs, untilMs ?? to)),
    open,
  )
}

/** The first stretch of the window in which none of these is there; null: somebody always is. */
export function firstGap(presences: readonly Span[], [from, to]: Span): Span | null {
  const ordered = presences.toSorted((one, other) => one[0] - other[0])
  let coveredTo = from
  for (const [start, end] of ordered) {
    if (start >= to) break
    if (start > coveredTo) return [coveredTo, start]
    if (end > coveredTo) coveredTo = end
  }
  return coveredTo < to ? [coveredTo, to] : null
}

function without([from, to]: Span, cutFrom: EpochMs, cutTo: EpochMs): Span[] {
  const parts: Span[] = [
    [from, instant(Math.min(to, cutFrom))],
    [instant(Math.max(from, cutTo)), to],
  ]
  return parts.filter(([start, end]) => start < end)
}
