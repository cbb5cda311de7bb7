/** Who looks at the desk, and what every page needs to speak to them: names, their time zone, the policy. */
import { rosterAt } from '../../db/people.js'
import { currentPolicy, NoPolicy } from '../../db/policies.js'
import type { EpochMs } from '../../domain/ids.js'
import type { Person } from '../../domain/people.js'
import type { Policy } from '../../domain/policy.js'
import type { Telling } from '../../domain/story.js'
import type { ApiDeps } from '../app.js'
import type { Caller } from '../auth.js'

export type Reader = {
  caller: Caller
  /** Names of people, and instants in the reader's own time zone. */
  telling: Telling
  nowMs: EpochMs
  /** Everyone who belongs to the company now. */
  people: readonly Person[]
  /** The policy in force; null before the first was loaded. */
  policy: Policy | null
}

export async function readerOf(deps: ApiDeps, caller: Caller): Promise<Reader> {
  const nowMs = deps.now()
  const [{ people }, policy] = await Promise.all([rosterAt(deps.db, nowMs), policyInForce(deps)])
  const names = new Map<string, string>(people.map(({ id, name }) => [id, name]))
  const own = people.find(({ id }) => id === caller.rep)
  const zone = own?.calendar.zone ?? policy?.zone ?? 'UTC'
  const format = new Intl.DateTimeFormat('en-GB', {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
    timeZone: zone,
    timeZoneName: 'short',
  })
  const telling = {
    person: (id: string) => names.get(id) ?? id,
    time: (atMs: EpochMs) => format.format(atMs),
  }
  return { caller, telling, nowMs, people, policy }
}

async function policyInForce({ db }: ApiDeps): Promise<Policy | null> {
  try {
    return (await currentPolicy(db)).policy
  } catch (error) {
    // Before the first policy there are no leads to work on, but whoever signs in must see a page.
    if (error instanceof NoPolicy) return null
    throw error
  }
}
