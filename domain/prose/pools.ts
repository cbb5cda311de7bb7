/** Who takes turns, and how a pool chooses. */
import { assertNever, type RepId, repId } from '../ids.js'
import { isByRole } from '../matching.js'
import type { Policy, Pool } from '../policy.js'
import { type Cast, whoIs } from './cast.js'
import { item, type Section, said } from './section.js'
import { capital, count, figure, inWords, list, named, span } from './words.js'

export function poolsSection(policy: Policy, cast: Cast): Section {
  return {
    id: 'pools',
    title: 'Pools: who takes turns',
    paragraphs: [
      said('A pool is a group of people, of whom one gets the lead.'),
      ...Object.entries(policy.pools).map(([id, pool]) =>
        item(`${capital(named(id))}: ${poolText(pool, cast)}`, `pools/${id}`),
      ),
    ],
  }
}

/** All that is said of a pool, from how it chooses to what becomes of leave. */
export function poolText(pool: Pool, cast: Cast): string {
  const { open, perDay, perWeek } = pool.caps
  const caps = [
    ...(open === null ? [] : [`${count(open, 'open lead')} at a time`]),
    ...(perDay === null ? [] : [`${count(perDay, 'lead')} a day`]),
    ...(perWeek === null ? [] : [`${count(perWeek, 'lead')} a week`]),
  ]
  return [
    choiceText(pool, cast),
    ...(caps.length === 0 ? [] : [`Nobody gets more than ${list(caps, 'or')}.`]),
    ...(pool.inHoursOnly ? ['Only people who are within their working hours are asked.'] : []),
    ...(pool.afterLeave.kind === 'catchUp'
      ? [`After leave people catch up, by ${count(pool.afterLeave.turnsMost, 'lead')} at most.`]
      : []),
  ].join(' ')
}

function choiceText({ members, choice }: Pool, cast: Cast): string {
  const weights = isByRole(members) ? null : membersOf(members)
  const who = isByRole(members)
    ? roleText(members.role, cast)
    : list(membersOf(members).map(([rep]) => cast.nameOf(rep)))
  switch (choice.by) {
    case 'turns':
      return weights === null ? `${capital(who)} take turns, one lead each.` : sharesText(weights, cast)
    case 'leastLoaded': {
      const shares =
        weights === null || areEqual(weights) ? '' : ` Their shares of the work: ${amounts(weights, cast)}.`
      return `Of ${who}, whoever has the fewest open leads takes the next.${shares}`
    }
    case 'capacity':
      return `Of ${who}, whoever has most room takes the next, and nobody more open leads than they can have: ${amounts(weights ?? [], cast)}.`
    case 'queue':
      return `${capital(who)} are told, and the first to accept gets the lead. If nobody has within ${span(choice.acceptWithinMs)} of real time, it goes to ${whoIs(choice.then, cast)}.`
    default:
      return assertNever(choice)
  }
}

type Weights = readonly (readonly [RepId, number])[]

function membersOf(members: Record<RepId, number>): Weights {
  return Object.entries(members).map(([rep, weight]) => [repId.parse(rep), weight] as const)
}

function roleText(role: string, cast: Cast): string {
  const today = cast.membersOf(role)
  const everyone = `all people with the role ${named(role)}`
  return today === null ? everyone : `${everyone} (today ${list(today) || 'nobody'})`
}

function sharesText(weights: Weights, cast: Cast): string {
  const able = weights.filter(([, weight]) => weight > 0)
  const idle = weights.filter(([, weight]) => weight === 0).map(([rep]) => cast.nameOf(rep))
  const none =
    idle.length === 0 ? '' : ` ${list(idle)} ${idle.length === 1 ? 'has' : 'have'} no turn for now.`
  return `${turnsText(able, cast)}${none}`
}

/** Beyond this many leads a round nobody counts along; the shares are then said as they are. */
const longestRound = 24

function turnsText(able: Weights, cast: Cast): string {
  const [first, second, ...others] = able
  if (first === undefined) return 'Nobody has a turn.'
  if (second === undefined) return `${cast.nameOf(first[0])} takes every lead.`
  if (areEqual(able)) return `${list(able.map(([rep]) => cast.nameOf(rep)))} take turns, one lead each.`
  const unit = able.map(([, weight]) => weight).reduce(greatestDivisor)
  const round = able.reduce((sum, [, weight]) => sum + weight, 0) / unit
  if (others.length === 0 && round <= longestRound) {
    const [more, fewer] = first[1] >= second[1] ? [first, second] : [second, first]
    const each = fewer[1] === unit ? 'each' : `every ${inWords(fewer[1] / unit)}`
    return `${cast.nameOf(more[0])} has ${inWords(more[1] / unit)} leads for ${each} of ${possessive(cast.nameOf(fewer[0]))}.`
  }
  if (round > longestRound) return `They take turns by their shares: ${amounts(able, cast)}.`
  const parts = able.map(
    ([rep, weight], index) => `${cast.nameOf(rep)} ${index === 0 ? 'has ' : ''}${inWords(weight / unit)}`,
  )
  return `Of every ${figure(round)} leads ${list(parts)}.`
}

function areEqual(weights: Weights): boolean {
  return weights.every(([, weight]) => weight === weights[0]?.[1])
}

function amounts(weights: Weights, cast: Cast): string {
  return list(weights.map(([rep, weight]) => `${cast.nameOf(rep)} ${figure(weight)}`))
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b)
}

function possessive(name: string): string {
  return `${name}’s`
}
