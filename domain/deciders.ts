/** Who decides, as one person, and until when. */
import { type WorkCalendar, dueAt } from './calendar.js'
import { assertNever, type EpochMs, type RepId } from './ids.js'
import type { Person, Roster } from './people.js'
import type { Decider, Policy } from './policy.js'
import { nestingOf } from './specificity.js'

/** Whose lead it is; and, where a policy lets them decide, who manages the territory that it lies in. */
type Concerned = { owner: RepId | null; territoryManager?: RepId | null }

/** Of the innermost of these territories that has a manager, between equals the first; null where none has. */
export function territoryManagerOf(policy: Policy, territories: readonly string[]): RepId | null {
  const innermostFirst = territories.toSorted(
    (one, other) => nestingOf(other, policy.territories) - nestingOf(one, policy.territories),
  )
  return innermostFirst.map(id => policy.territories[id]?.manager ?? null).find(rep => rep !== null) ?? null
}

/**
 * The person whom the policy means, at this instant. Someone on leave is passed over: for a role the next by id, for a
 * person their manager. Somebody always decides: as a last way the first person of the roster who is not on leave.
 * @param others already decide, or are a party to it: somebody else decides where there is anybody else
 */
export function deciderOf(
  decider: Decider,
  roster: Roster,
  about: Concerned,
  atMs: EpochMs,
  others: readonly RepId[] = [],
): Person {
  const people = [...roster.people].sort((a, b) => (a.id < b.id ? -1 : 1))
  const here = (person: Person) => !others.includes(person.id) && !isAway(roster, person.id, atMs)
  const named = namedBy(decider, people, about)
  const found =
    named.find(here) ??
    people.find(person => here(person) && managesSomebody(person, people)) ??
    people.find(here)
  const anybody = found ?? named[0] ?? people[0]
  if (anybody === undefined) throw new Error('nobody can decide: the roster is empty')
  return anybody
}

/** The backup's time begins when the first one's is over; each counts in the working hours of who decides. */
export function deadlinesOf(
  decides: { calendar: WorkCalendar },
  backup: { calendar: WorkCalendar },
  withinMs: number,
  atMs: EpochMs,
): { dueAtMs: EpochMs; backupDueAtMs: EpochMs } {
  const dueAtMs = dueAt(decides.calendar, atMs, withinMs)
  return { dueAtMs, backupDueAtMs: dueAt(backup.calendar, dueAtMs, withinMs) }
}

function namedBy(
  decider: Decider,
  people: readonly Person[],
  { owner, territoryManager }: Concerned,
): readonly Person[] {
  switch (decider.kind) {
    case 'role':
      return people.filter(({ role }) => role === decider.role)
    case 'rep':
      return withManagers(decider.rep, people)
    case 'managerOfOwner':
      return owner === null ? [] : withManagers(owner, people).slice(1)
    case 'managerOfTerritory':
      return territoryManager == null ? [] : withManagers(territoryManager, people)
    default:
      return assertNever(decider)
  }
}

function withManagers(rep: RepId, people: readonly Person[]): Person[] {
  const chain: Person[] = []
  for (let next = people.find(({ id }) => id === rep); next !== undefined && !chain.includes(next); ) {
    chain.push(next)
    const above = next.manager
    next = people.find(({ id }) => id === above)
  }
  return chain
}

function managesSomebody(person: Person, people: readonly Person[]): boolean {
  return people.some(({ manager }) => manager === person.id)
}

function isAway({ leave }: Roster, rep: RepId, atMs: EpochMs): boolean {
  return leave.some(
    away => away.rep === rep && away.fromMs <= atMs && (away.untilMs === null || atMs < away.untilMs),
  )
}
