/** Regions of leads: a box made as large as it can be, and said as a condition. */
import type { Condition } from '../condition.js'
import { allOf, always, anyOf, not } from './describe.js'
import type { Domains, Space } from './space.js'
import { settled, solve } from './solve.js'
import type { Star } from './stars.js'
import type { Survey, SurveyedRule } from './survey.js'

/**
 * All leads like this one that none of the rules matches: field by field every class is taken in for which, with the
 * fields as they are by then, no rule matches. Null: that could not be decided for one of them.
 */
export function widened(survey: Survey, point: Domains, rules: readonly SurveyedRule[]): Domains | null {
  const box = [...point]
  for (const index of leastTellingFirst(survey.space)) {
    const free = classesFree(survey, box, index, rules)
    if (free === null) return null
    box[index] = free
  }
  return box
}

/** The condition that holds for the leads of a box and for no others. */
export function conditionOf(space: Space, box: Domains): Condition {
  const inStars = new Set(space.stars.flatMap(({ hub, leaves }) => [hub, ...leaves]))
  const alone = space.variables.map((variable, index) =>
    inStars.has(index) ? always : variable.describe(box[index] ?? 0n, variable.all),
  )
  const byStar = space.stars.map(star => conditionOfStar(space, box, star))
  return allOf([...[...byStar].reverse(), ...alone])
}

/**
 * What most policies are written by is freed last, so that the region is said in terms of it. Of a star the hub and the
 * leaves are freed twice, since each takes in only what goes with the other: a lead's postcode keeps its country first.
 */
function leastTellingFirst({ variables, stars }: Space): number[] {
  const [source, place, company, account] = stars.map(({ hub, leaves }) => [hub, ...leaves, hub, ...leaves])
  const grouped = [...(account ?? []), ...(company ?? []), ...(source ?? []), ...(place ?? [])]
  const others = variables.map((_, index) => index).filter(index => !grouped.includes(index))
  return [...others, ...grouped]
}

function classesFree(
  { space, budget }: Survey,
  box: Domains,
  index: number,
  rules: readonly SurveyedRule[],
): bigint | null {
  let free = settled(space, [], box.with(index, space.all[index] ?? 0n))?.[index] ?? 0n
  for (const { formula, hull } of rules) {
    for (;;) {
      const within = box.with(index, free)
      if (hull === null || within.some((classes, at) => (classes & (hull[at] ?? 0n)) === 0n)) break
      const answer = solve(space, [formula], budget, within)
      if (answer.kind === 'undecided') return null
      if (answer.kind === 'none') break
      free &= ~(answer.box[index] ?? 0n)
    }
  }
  return free
}

/** Where what is said of the leaves is the same for some classes of the hub, these are said together. */
function conditionOfStar({ variables }: Space, box: Domains, { hub, leaves, groups }: Star): Condition {
  const together = new Map<string, { hubs: bigint; parts: Condition[] }>()
  for (const group of groups) {
    const hubs = (box[hub] ?? 0n) & group.hub
    const here = leaves.map((leaf, at) => (box[leaf] ?? 0n) & (group.leaves[at] ?? 0n))
    if (hubs === 0n || here.includes(0n)) continue
    const parts = leaves.map((leaf, at) => variables[leaf]?.describe(here[at] ?? 0n, group.leaves[at] ?? 0n))
    const said = parts.filter(part => part !== undefined)
    const key = JSON.stringify(said)
    const known = together.get(key)
    together.set(key, { hubs: (known?.hubs ?? 0n) | hubs, parts: said })
  }
  const all = variables[hub]?.all ?? 0n
  const exception = onlyException([...together.values()], all)
  if (exception !== null) {
    const { hubs, part } = exception
    return not(allOf([variables[hub]?.describe(hubs, all) ?? always, not(part)]))
  }
  return anyOf(
    [...together.values()].map(({ hubs, parts }) =>
      allOf([variables[hub]?.describe(hubs, all) ?? always, ...parts]),
    ),
  )
}

type Said = { hubs: bigint; parts: readonly Condition[] }

/** Where some classes of the hub ask for one thing and all others for nothing, it is said what is left out. */
function onlyException(said: readonly Said[], all: bigint): { hubs: bigint; part: Condition } | null {
  const [one, other, more] = said.map(({ hubs, parts }) => ({
    hubs,
    parts: parts.filter(({ kind }) => kind !== 'always'),
  }))
  if (one === undefined || other === undefined || more !== undefined) return null
  const [free, bound] = one.parts.length === 0 ? [one, other] : [other, one]
  const [part, another] = bound.parts
  if (free.parts.length > 0 || part === undefined || another !== undefined) return null
  return (free.hubs | bound.hubs) === all ? { hubs: bound.hubs, part } : null
}
