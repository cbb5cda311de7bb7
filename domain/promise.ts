/** When somebody will be in touch, as far as it can be promised. */
import type { RoutingFacts } from './lead.js'
import { matchRules } from './matching.js'
import type { Policy, Sla, Target } from './policy.js'
import { profileOf } from './score.js'

/** The working day of docs/calendars.md: who means a day writes `8h`. */
const workingDayHours = 8
/** From here on whole hours are said. */
const mostMinutes = 120

/**
 * The service level that the rules give a lead by what is known of it so far. Null where a person is asked first, or a
 * queue waits for whoever accepts: then nobody can say when it gets an owner.
 */
export function expectedSla(policy: Policy, facts: RoutingFacts): Sla | null {
  const source = Object.hasOwn(policy.sources, facts.source) ? policy.sources[facts.source] : undefined
  if (source === undefined || facts.missing.some(field => source.critical.includes(field))) return null
  const match = matchRules(policy, profileOf(policy, facts).known)
  if (match.kind === 'ambiguous' || isQueue(policy, match.targets[0])) return null
  return policy.slas[match.sla] ?? null
}

function isQueue(policy: Policy, target: Target | undefined): boolean {
  return target?.kind === 'pool' && policy.pools[target.pool]?.choice.by === 'queue'
}

/** The time to first touch in plain words, as they follow `within`; rounded up, so that the promise is kept. */
export function contactWithin({ clock, firstTouch }: Pick<Sla, 'clock' | 'firstTouch'>): string {
  const isWorkingTime = clock.kind !== 'always'
  const minutes = Math.ceil(firstTouch.withinMs / 60_000)
  if (minutes < mostMinutes && minutes % 60 !== 0) {
    return isWorkingTime ? `${count(minutes, 'minute')} within working hours` : count(minutes, 'minute')
  }
  const hours = Math.ceil(minutes / 60)
  const dayHours = isWorkingTime ? workingDayHours : 24
  const working = isWorkingTime ? 'working ' : ''
  return hours % dayHours === 0 ? count(hours / dayHours, `${working}day`) : count(hours, `${working}hour`)
}

function count(number: number, unit: string): string {
  return number === 1 ? `one ${unit}` : `${number} ${unit}s`
}
