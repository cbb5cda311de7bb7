/**
 * Where somebody is looked for, one place after the other, and on what terms: what the rule assigns, its backup, the
 * policy's `otherwise`, and whatever the policy says about the case that nobody is available (R19).
 */
import type { DecisionInput } from './decision.js'
import { foldedWords } from './identity/fold.js'
import { assertNever } from './ids.js'
import type { RoutingFacts } from './lead.js'
import { isSameTarget, type Match, type Naming, poolOf } from './matching.js'
import type { Need, Policy, Pool, Target } from './policy.js'

/** What a pool says beyond its members and their weights. */
type PoolTerms = Omit<Pool, 'members'>

/** What whoever takes the lead must have, as `nameOf` writes it; a role is the roster's own word. */
type Want = { kind: 'language' | 'skill' | 'role'; name: string }

export type Step = {
  target: Target
  wants: readonly Want[]
  /** For targets that are no pool they say nothing. */
  terms: PoolTerms
}

export type Chain = {
  steps: readonly Step[]
  /** When nobody can take the lead in the first step, it waits for that, so long at most; null: it goes on. */
  holdMostMs: number | null
}

/** Fair turns, and nothing else. */
const plainTurns: PoolTerms = {
  choice: { by: 'turns' },
  afterLeave: { kind: 'hold' },
  caps: { open: null, perDay: null, perWeek: null },
  inHoursOnly: false,
}

export type AskedFor = Pick<DecisionInput, 'facts' | 'lastOwner' | 'directed' | 'receiver'>

/**
 * The steps in the order to be tried; none while a person must choose between rules. A directed target replaces what
 * the rules say, the fallback stays behind it; it asks for no skill, and is not held. A handoff that is offered asks for
 * the receiver's role instead, and falls back on nobody: the sender has the lead, and keeps it.
 *
 * A rule's needs go with what it names itself, and so do those of each rule behind it; `otherwise` takes whatever
 * nobody else can. A lead that had an owner already waits for nobody any more.
 */
export function chainOf(
  policy: Policy,
  match: Match,
  { facts, lastOwner, directed, receiver }: AskedFor,
): Chain {
  const fallback = stepTo(policy, policy.otherwise.assign, [])
  if (directed !== null && receiver !== undefined) return chain([stepToReceiver(policy, directed, receiver)])
  if (directed !== null) return chain([stepTo(policy, directed, []), fallback])
  if (match.kind === 'ambiguous') return chain([])
  const { named, nobodyAvailable, next } = match.terms
  const own = stepsOf(policy, named, facts)
  switch (nobodyAvailable.kind) {
    case 'nextPool':
      return chain([...own, fallback])
    case 'nextRule':
      return chain([...own, ...next.flatMap(rule => stepsOf(policy, rule, facts)), fallback])
    case 'assignNow': {
      const [first, ...backup] = own
      return chain([first, { ...first, terms: freely(first.terms) }, ...backup, fallback])
    }
    case 'hold':
      return chain([...own, fallback], lastOwner === null ? nobodyAvailable.mostMs : null)
    case 'review':
      return chain([own[0]])
    default:
      return assertNever(nobodyAvailable)
  }
}

/** As engine 1 had it: fair turns in every pool, one target after the other, whatever else the policy says. */
export function chainOfEngine1(policy: Policy, match: Match, { directed }: AskedFor): Chain {
  const fallback = policy.otherwise.assign
  const targets = match.kind === 'matched' ? match.targets : []
  const inOrder = directed === null ? targets : [directed, fallback]
  return chain(inOrder.map(target => ({ target, wants: [], terms: plainTurns })))
}

/** A skill, product or language as it is compared: `Health Care` is the skill `health-care`. */
export function nameOf(text: string): string {
  return foldedWords(text).join('-')
}

function chain(steps: readonly Step[], holdMostMs: number | null = null): Chain {
  return { steps: withoutRepeats(steps), holdMostMs }
}

function stepsOf(
  policy: Policy,
  { assign, backup, needs }: Naming,
  facts: RoutingFacts,
): readonly [Step, ...Step[]] {
  const wants = wantsOf(needs, facts)
  const first = stepTo(policy, assign, wants)
  return backup === null ? [first] : [first, stepTo(policy, backup, wants)]
}

function stepTo(policy: Policy, target: Target, wants: readonly Want[]): Step {
  return { target, wants, terms: target.kind === 'pool' ? poolOf(policy, target.pool) : plainTurns }
}

/** A queue would choose nobody, and somebody must be asked: so its members take turns. */
function stepToReceiver(policy: Policy, target: Target, role: string): Step {
  const step = stepTo(policy, target, [{ kind: 'role', name: role }])
  const { terms } = step
  return terms.choice.by === 'queue' ? { ...step, terms: { ...terms, choice: { by: 'turns' } } } : step
}

/** What the lead does not say is not asked of anybody. */
function wantsOf(needs: readonly Need[], facts: RoutingFacts): readonly Want[] {
  if (needs.length === 0) return []
  return needs.flatMap((need): Want[] => {
    switch (need.kind) {
      case 'language':
        return wanting('language', facts.language)
      case 'field':
        return wanting('skill', facts[need.field])
      case 'skill':
        return wanting('skill', need.skill)
      default:
        return assertNever(need)
    }
  })
}

function wanting(kind: 'language' | 'skill', text: string | null): Want[] {
  const name = nameOf(text ?? '')
  return name === '' ? [] : [{ kind, name }]
}

/** Without hours and caps; how many leads a member can have is a cap, too. The same terms where there are none. */
function freely(terms: PoolTerms): PoolTerms {
  const { caps, inHoursOnly, choice } = terms
  const isFree = caps.open === null && caps.perDay === null && caps.perWeek === null && !inHoursOnly
  if (isFree && choice.by !== 'capacity') return terms
  return {
    ...terms,
    caps: plainTurns.caps,
    inHoursOnly: false,
    choice: choice.by === 'capacity' ? { by: 'leastLoaded' } : choice,
  }
}

/** A second look at the same place finds nobody new, unless it asks for less. */
function withoutRepeats(steps: readonly Step[]): readonly Step[] {
  return steps.filter((step, at) => !steps.slice(0, at).some(earlier => asksNoMore(earlier, step)))
}

function asksNoMore(earlier: Step, later: Step): boolean {
  return (
    isSameTarget(earlier.target, later.target) &&
    earlier.terms === later.terms &&
    earlier.wants.every(({ kind, name }) =>
      later.wants.some(want => want.kind === kind && want.name === name),
    )
  )
}
