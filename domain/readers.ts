/** Who reads a message about a lead, on which channels, and how much of the lead it tells them. */
import type { RepId } from './ids.js'
import type { Told } from './life/state.js'
import { isByRole } from './matching.js'
import type { Person, Roster } from './people.js'
import type { Campaign, Pool } from './policy.js'

export type Reader = {
  person: Person
  audience: Told['audience']
  channels: readonly Person['channel'][]
  format: 'short' | 'full'
}

type Around = {
  roster: Roster
  owner: Person | null
  /** Whose turn the lead was; null for an owner by name. */
  pool: Pool | null
  watchers: readonly RepId[]
  /** Null: the lead's campaign is in no policy. */
  campaign: Campaign | null
}

/** Each person once, for the first reason that they have to be told. */
export function readersOf(to: readonly Told[], around: Around): Reader[] {
  const { roster, campaign } = around
  const known = new Map(roster.people.map(person => [person.id, person]))
  const readers = new Map<RepId, Reader>()
  for (const told of to) {
    const format = told.audience === 'team' ? campaign?.team : campaign?.notify
    if (format === 'off') continue
    for (const rep of repsOf(told, around)) {
      const person = known.get(rep)
      if (person === undefined || readers.has(rep)) continue
      readers.set(rep, {
        person,
        audience: told.audience,
        channels: channelsOf(told.audience, person),
        format: format ?? 'short',
      })
    }
  }
  return [...readers.values()]
}

function repsOf(told: Told, { roster, owner, pool, watchers }: Around): readonly RepId[] {
  if (told.audience === 'watcher') return watchers
  if (told.audience !== 'team') return 'rep' in told ? [told.rep] : []
  const mates = pool === null ? teamOf(owner, roster) : membersOf(pool, roster)
  return mates.filter(rep => rep !== owner?.id)
}

function membersOf({ members }: Pool, { people }: Roster): RepId[] {
  const isMember = isByRole(members)
    ? ({ role }: Person) => role === members.role
    : ({ id }: Person) => Object.hasOwn(members, id)
  return people.filter(isMember).map(({ id }) => id)
}

function teamOf(owner: Person | null, { people }: Roster): RepId[] {
  return people.filter(({ team }) => team === owner?.team).map(({ id }) => id)
}

/** In the app always, so that a message which another channel refuses is there all the same; a team has no mail. */
function channelsOf(audience: Told['audience'], { channel }: Person): readonly Person['channel'][] {
  return audience === 'team' || channel === 'in-app' ? ['in-app'] : ['in-app', 'email']
}
