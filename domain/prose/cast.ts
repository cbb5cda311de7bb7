/** Who is meant by a policy's ids, roles and targets. */
import { assertNever, type RepId } from '../ids.js'
import type { People } from '../people.js'
import type { Decider, NobodyAvailable, Policy, Target } from '../policy.js'
import { capital, list, named, span } from './words.js'

export type Cast = {
  nameOf: (rep: RepId) => string
  /** Who has the role today; null where nobody said who works here. */
  membersOf: (role: string) => readonly string[] | null
}

/** People are called by their first name where no other one has it; without a roster by their id. */
export function castOf(people: People | null): Cast {
  if (people === null) return { nameOf: rep => capital(rep), membersOf: () => null }
  const firstName = (name: string) => name.split(' ')[0] ?? name
  const firstNames = people.people.map(({ name }) => firstName(name))
  const called = (name: string) =>
    firstNames.filter(other => other === firstName(name)).length === 1 ? firstName(name) : name
  const names = new Map(people.people.map(({ id, name }) => [id, called(name)]))
  return {
    nameOf: rep => names.get(rep) ?? capital(rep),
    membersOf: wanted =>
      people.people.filter(({ role }) => role === wanted).map(({ id, name }) => names.get(id) ?? name),
  }
}

function poolName(id: string): string {
  return `the “${named(id)}” pool`
}

/** Whom a target means, as it stands after `to`. */
export function whoIs(target: Target, cast: Cast): string {
  switch (target.kind) {
    case 'pool':
      return poolName(target.pool)
    case 'rep':
      return cast.nameOf(target.rep)
    case 'accountOwner':
      return 'whoever looks after the account'
    case 'managerOfOwner':
      return 'the manager of the last owner'
    default:
      return assertNever(target)
  }
}

/** The same with how the pool chooses: `the UK SDR pool, in turn`. */
export function whoIsAndHow(target: Target, policy: Policy, cast: Cast): string {
  const pool = target.kind === 'pool' ? policy.pools[target.pool] : undefined
  const how = pool === undefined ? '' : `, ${manners[pool.choice.by]}`
  return `${whoIs(target, cast)}${how}`
}

const manners = {
  turns: 'in turn',
  leastLoaded: 'to whoever has the least to do',
  capacity: 'to whoever has the most room',
  queue: 'where the first to accept gets it',
} as const

export function decidesIs(decider: Decider, cast: Cast): string {
  switch (decider.kind) {
    case 'rep':
      return cast.nameOf(decider.rep)
    case 'role':
      return roleIs(decider.role, cast)
    case 'managerOfOwner':
      return 'the manager of the owner'
    case 'managerOfTerritory':
      return 'the manager of the territory'
    default:
      return assertNever(decider)
  }
}

/** `someone with the role sales ops (Olga)`. */
function roleIs(role: string, cast: Cast): string {
  const members = cast.membersOf(role)
  const who = `someone with the role ${named(role)}`
  return members === null || members.length === 0 ? who : `${who} (${list(members, 'or')})`
}

/** What follows when nobody in the target can take the lead, as a clause. */
export function insteadOf(terms: NobodyAvailable): string {
  switch (terms.kind) {
    case 'nextPool':
      return 'it goes to the next in line, then to the place for everything else, and then a person is asked'
    case 'nextRule':
      return 'the next best rule has its try, then the place for everything else, and then a person is asked'
    case 'assignNow':
      return 'it is assigned there all the same, whatever the hours and limits, and the clock runs in working hours'
    case 'hold':
      return `it waits up to ${span(terms.mostMs)} for one of them, and then goes to the next in line`
    case 'review':
      return 'a person is asked at once'
    default:
      return assertNever(terms)
  }
}
