/** Pools in which nobody can take a lead, for good or at some instant of the coming days. */
import { formatInstant } from '../calendar.js'
import { isByRole } from '../matching.js'
import type { Policy, Pool } from '../policy.js'
import type { Finding } from './finding.js'
import { firstOf } from './sentences.js'
import { firstGap, membersOf, presenceOf, type Staff } from './staff.js'

const mostNamed = 5

export function lintPools(policy: Policy, staff: Staff): Finding[] {
  return Object.entries(policy.pools).flatMap(([id, pool]) => {
    const found = forGood(policy, id, pool, staff) ?? atTimes(policy, id, pool, staff)
    return found === null ? [] : [found]
  })
}

type Said = Pick<Finding, 'severity' | 'message' | 'suggestion' | 'counterExample'>

function finding(id: string, pool: Pool, said: Said): Finding {
  return { check: 'empty-pool', path: ['pools', id, pool.choice.by], at: 'key', ...said }
}

/** Null: there is somebody who can have turns. */
function forGood(policy: Policy, id: string, pool: Pool, staff: Staff): Finding | null {
  const [atMs] = staff.window
  const about = { severity: 'error', counterExample: { atMs, zone: policy.zone } } as const
  const members = membersOf(pool, staff)
  const here = members.filter(({ rep }) => staff.person(rep) !== undefined)
  const gone = members.filter(member => !here.includes(member)).map(({ rep }) => rep)
  if (here.length === 0) {
    const message = isByRole(pool.members)
      ? `the pool ${id} is empty: nobody has the role ${pool.members.role}`
      : `the pool ${id} is empty: ${firstOf(gone, mostNamed)} ${gone.length === 1 ? 'is' : 'are'} not with us`
    return finding(id, pool, {
      ...about,
      message,
      suggestion: `name somebody in ${id}, or send its leads elsewhere`,
    })
  }
  if (here.every(({ weight }) => weight <= 0)) {
    const left = gone.length === 0 ? '' : `, and ${firstOf(gone, mostNamed)} left`
    const message = `nobody in the pool ${id} ever has a turn: ${firstOf(
      here.map(({ rep }) => rep),
      mostNamed,
    )} ${here.length === 1 ? 'has' : 'have'} the weight 0${left}`
    return finding(id, pool, { ...about, message, suggestion: 'give somebody a weight above 0' })
  }
  const capped = Object.entries(pool.caps).find(([, most]) => most === 0)
  if (capped === undefined) return null
  const message = `nobody in the pool ${id} can have a lead: the cap ${capped[0]} is 0`
  return finding(id, pool, { ...about, message, suggestion: 'raise the cap, or leave it out' })
}

/** The first instant at which nobody is there. Hours that end each day are the pool's own choice, so only worth a note. */
function atTimes(policy: Policy, id: string, pool: Pool, staff: Staff): Finding | null {
  const takers = membersOf(pool, staff).filter(({ weight }) => weight > 0)
  const people = takers.flatMap(({ rep }) => staff.person(rep) ?? [])
  const gapOf = (inHours: boolean) =>
    firstGap(
      people.flatMap(person => presenceOf(person, staff, inHours)),
      staff.window,
    )
  const onLeave = gapOf(false)
  const gap = onLeave ?? (pool.inHoursOnly ? gapOf(true) : null)
  if (gap === null) return null
  const [fromMs, toMs] = gap
  const isAlways = fromMs === staff.window[0] && toMs === staff.window[1]
  const names = firstOf(
    people.map(({ id: rep }) => rep),
    mostNamed,
  )
  const why = onLeave === null ? 'is in working hours' : 'is there'
  const when = isAlways ? 'in the next 30 days' : `at ${formatInstant(policy.zone, fromMs)}`
  return finding(id, pool, {
    severity: isAlways ? 'error' : onLeave === null ? 'note' : 'warning',
    message: `nobody in the pool ${id} (${names}) ${why} ${when}`,
    counterExample: { atMs: fromMs, zone: policy.zone },
    suggestion: `add somebody to ${id} who is there then, or give the rules that use it a backup`,
  })
}
