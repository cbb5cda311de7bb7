/**
 * Whether some lead fulfils all of these formulas, and which leads do. A search that always comes to an end: what must
 * be so is drawn from each formula first, and where two ways are left both are gone, the second without the first.
 */
import { type Formula, negation, type Span } from './formula.js'
import type { Domains, Space } from './space.js'
import type { Star } from './stars.js'

export type Answer =
  /** Every lead of this box fulfils them. */
  | { kind: 'found'; box: Domains }
  /** No lead does. */
  | { kind: 'none' }
  /** Neither was found out in the steps allowed. */
  | { kind: 'undecided' }

/** Far above what a question about policies of hundreds of rules takes; one that takes more takes a second or two. */
export const mostSteps = 20_000

/** What all questions about one policy may take together, so that many hard ones come to an end as well. */
export type Budget = { stepsLeft: number }

/** Takes the steps out of the budget. @param within only leads of this box are looked at */
export function solve(
  space: Space,
  formulas: readonly Formula[],
  budget: Budget,
  within: Domains = space.all,
): Answer {
  const given = Math.min(mostSteps, budget.stepsLeft)
  const progress: Search = { space, stepsLeft: given }
  const answer = search(progress, formulas, { domains: [...within], changed: true })
  budget.stepsLeft -= given - progress.stepsLeft
  return answer
}

/** What a box still allows, without choosing anything: it may be too much, never too little. Null: no lead at all. */
export function settled(
  space: Space,
  formulas: readonly Formula[],
  within: Domains = space.all,
): Domains | null {
  const state: State = { domains: [...within], changed: true }
  return settle(space, formulas, state) === null ? null : state.domains
}

type Search = { space: Space; stepsLeft: number }
type State = { domains: bigint[]; changed: boolean }

function search(progress: Search, formulas: readonly Formula[], state: State): Answer {
  if (progress.stepsLeft <= 0) return { kind: 'undecided' }
  progress.stepsLeft -= 1
  const open = settle(progress.space, formulas, state)
  if (open === null) return { kind: 'none' }
  const next = easiest(open)
  if (next === null) return { kind: 'found', box: state.domains }
  const others = open.filter(formula => formula !== next)
  for (const way of waysOf(next, state.domains)) {
    const answer = search(progress, [...way, ...others], { domains: [...state.domains], changed: true })
    if (answer.kind !== 'none') return answer
  }
  return { kind: 'none' }
}

/** The formulas that the box leaves open, once it holds no more than they allow. Null: they contradict each other. */
function settle(space: Space, formulas: readonly Formula[], state: State): Formula[] | null {
  let open = [...formulas]
  for (;;) {
    if (state.changed && !space.stars.every(star => keepStar(star, state.domains))) return null
    state.changed = false
    const left: Formula[] = []
    for (const formula of open) {
      if (!assume(formula, state, left)) return null
    }
    open = left
    if (!state.changed) return open
  }
}

/** Makes the box no larger than the formula allows; what it cannot tell yet goes to `left`. False: a contradiction. */
function assume(formula: Formula, state: State, left: Formula[]): boolean {
  switch (formula.kind) {
    case 'yes':
      return true
    case 'no':
      return false
    case 'in': {
      const before = state.domains[formula.variable] ?? 0n
      const after = before & formula.inside
      if (after !== before) {
        state.domains[formula.variable] = after
        state.changed = true
      }
      return after !== 0n
    }
    case 'and':
      return formula.of.every(part => assume(part, state, left))
    case 'or': {
      const truths = formula.of.map(part => truthIn(state.domains, part))
      if (truths.includes(true)) return true
      const possible = formula.of.filter((_, index) => truths[index] === null)
      const [only] = possible
      if (only === undefined) return false
      if (possible.length === 1) return assume(only, state, left)
      left.push(possible.length === formula.of.length ? formula : { kind: 'or', of: possible })
      return true
    }
    case 'sum': {
      const truth = truthIn(state.domains, formula)
      if (truth === null) left.push(formula)
      return truth !== false
    }
  }
}

/** Of all leads of a box at once; null: of some it is true and of others it is not, or that cannot be told yet. */
function truthIn(domains: Domains, formula: Formula): boolean | null {
  switch (formula.kind) {
    case 'yes':
      return true
    case 'no':
      return false
    case 'in': {
      const domain = domains[formula.variable] ?? 0n
      if ((domain & formula.inside) === 0n) return false
      return (domain & formula.outside) === 0n ? true : null
    }
    case 'and':
      return truthOfAll(domains, formula.of, false)
    case 'or':
      return truthOfAll(domains, formula.of, true)
    case 'sum': {
      const [from, to] = reach(domains, formula)
      const meets = formula.allowed.filter(span => span[0] <= to && from <= span[1])
      if (meets.length === 0) return false
      return meets.some(span => span[0] <= from && to <= span[1]) ? true : null
    }
  }
}

/** `decisive`: what one part settles for all of them. */
function truthOfAll(domains: Domains, parts: readonly Formula[], decisive: boolean): boolean | null {
  let isOpen = false
  for (const part of parts) {
    const truth = truthIn(domains, part)
    if (truth === decisive) return decisive
    isOpen ||= truth === null
  }
  return isOpen ? null : !decisive
}

/** The least and the most points that leads of a box can have, if every open criterion could go either way. */
function reach(domains: Domains, { terms }: Extract<Formula, { kind: 'sum' }>): Span {
  let [from, to] = [0, 0]
  for (const { add, when } of terms) {
    const truth = truthIn(domains, when)
    if (truth !== false) to += truth === true ? add : Math.max(add, 0)
    if (truth !== false) from += truth === true ? add : Math.min(add, 0)
  }
  return [from, to]
}

/** The one with the fewest ways; sums last, since what else is decided decides most of them. */
function easiest(open: readonly Formula[]): Formula | null {
  const waysIn = (formula: Formula) => (formula.kind === 'or' ? formula.of.length : Number.POSITIVE_INFINITY)
  return open.reduce<Formula | null>(
    (best, formula) => (best === null || waysIn(formula) < waysIn(best) ? formula : best),
    null,
  )
}

/** Ways of which one must be gone, each without those before it. */
function waysOf(formula: Formula, domains: Domains): Formula[][] {
  if (formula.kind === 'or') {
    return formula.of.map((part, index) => [part, ...formula.of.slice(0, index).map(negation)])
  }
  if (formula.kind !== 'sum') return [[formula]]
  const open = formula.terms.filter(({ when }) => truthIn(domains, when) === null)
  const [heaviest] = open.sort((one, other) => Math.abs(other.add) - Math.abs(one.add))
  if (heaviest === undefined) return [[formula]]
  return [
    [heaviest.when, formula],
    [negation(heaviest.when), formula],
  ]
}

/** Takes out of a hub and its leaves the classes that nothing in the others goes with. False: nothing is left. */
function keepStar({ hub, leaves, groups }: Star, domains: bigint[]): boolean {
  let hubs = 0n
  const reached = leaves.map(() => 0n)
  for (const group of groups) {
    const hubHere = (domains[hub] ?? 0n) & group.hub
    if (hubHere === 0n) continue
    const here = leaves.map((leaf, at) => (domains[leaf] ?? 0n) & (group.leaves[at] ?? 0n))
    if (here.includes(0n)) continue
    hubs |= hubHere
    for (const [at, classes] of here.entries()) reached[at] = (reached[at] ?? 0n) | classes
  }
  domains[hub] = hubs
  for (const [at, leaf] of leaves.entries()) domains[leaf] = reached[at] ?? 0n
  return hubs !== 0n
}
