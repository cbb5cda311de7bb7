/**
 * Who owns this lead. A decision is a pure function of the policy and of what it is told, so that the record of what
 * it was told is enough to repeat it years later. It reads from top to bottom:
 *
 *   plan     what the policy says should happen with the lead: a question for a person, the end, or a list of targets
 *   search   the first of the targets that somebody can take, and who that is (domain/search.ts)
 *   decision what both concluded, with every reason
 */
import { holds } from './condition.js'
import type {
  CandidateFacts,
  CandidateOutcome,
  Decision,
  DecisionInput,
  DecisionRecord,
  RuleOutcome,
} from './decision.js'
import { assertNever, type EpochMs, type RepId, repId } from './ids.js'
import { chainOf, type Match, matchRules, type PoolToLock, poolsToLock } from './matching.js'
import type { Roster } from './people.js'
import type { Policy, Target } from './policy.js'
import { type Profile, profileOf } from './score.js'
import { managersAbove, searchOwner } from './search.js'

/** What a decision asks before it needs to know people or standings. */
export type Asked = Pick<DecisionInput, 'hop' | 'facts' | 'lastOwner' | 'directed' | 'settled' | 'chosenRule'>

/** Whom a decision must know about, and which pools must be locked before their standings are read. */
export type Candidates = { people: CandidateFacts[]; pools: readonly PoolToLock[] }

type Trace = Pick<Decision, 'score' | 'segment' | 'territories' | 'qualification' | 'rules' | 'candidates'>

type Plan =
  | { kind: 'ask'; review: Question; between: string[]; rules: RuleOutcome[] }
  | { kind: 'disqualify' }
  | { kind: 'route'; rule: string; targets: readonly Target[]; sla: string; rules: RuleOutcome[] }

type Question = Extract<Decision, { kind: 'review' }>['review']

type Engine = (policy: Policy, input: DecisionInput) => Decision

/** What a decision names as its rule when a person, or the end of a chain, gave the target. */
export const directedRule = 'directed'

/**
 * Every version that a record may name. Whoever changes what a decision comes to adds a version, with its own copies of
 * what changed, and leaves the old one as it is: a record must be repeatable for ever.
 */
const engines: Record<DecisionInput['engine'], Engine> = { 1: decideByEngine1 }

/**
 * Deterministic, and independent of the order of keys, people and members. Working hours exclude nobody (R19): a lead
 * of the night has its owner at once. Throws RangeError when the input lacks a pool that the plan needs.
 */
export function decide(policy: Policy, input: DecisionInput): Decision {
  return engines[input.engine](policy, input)
}

/** Whether the policy and the record's input still lead to the record's decision, word for word. */
export function reExecute(policy: Policy, record: DecisionRecord): { same: boolean; decision: Decision } {
  const decision = decide(policy, record.input)
  return { same: isSameValue(decision, record.decision), decision }
}

/**
 * What to load for a decision: without any lock, since neither plan nor members depend on standings. The caller then
 * locks the pools in the order given, reads their standings (a member without one stands at zero), and decides.
 */
export function candidatesOf(policy: Policy, asked: Asked, roster: Roster, atMs: EpochMs): Candidates {
  const plan = planOf(policy, asked, profileOf(policy, asked.facts))
  if (plan.kind !== 'route') return { people: [], pools: [] }
  const pools = poolsToLock(policy, plan.targets, roster)
  const known = new Map(roster.people.map(person => [person.id, person]))
  const named = plan.targets.flatMap(target => personsNamedBy(target, asked, known))
  const reps = new Set([...named, ...pools.flatMap(({ members }) => members.map(({ rep }) => rep))])
  const people = [...reps].sort().map(rep => ({
    rep,
    employed: known.has(rep),
    away: isAway(roster, rep, atMs),
    manager: known.get(rep)?.manager ?? null,
  }))
  return { people, pools }
}

function decideByEngine1(policy: Policy, input: DecisionInput): Decision {
  const profile = profileOf(policy, input.facts)
  const plan = planOf(policy, input, profile)
  switch (plan.kind) {
    case 'ask':
      return {
        kind: 'review',
        ...traceOf(profile, plan.rules, []),
        review: plan.review,
        between: plan.between,
      }
    case 'disqualify':
      return { kind: 'disqualified', ...traceOf(profile, [], []) }
    case 'route':
      return route(policy, input, profile, plan)
    default:
      return assertNever(plan)
  }
}

/** What a person has directed is done: it answers every question. */
function planOf(policy: Policy, asked: Asked, profile: Profile): Plan {
  const question = asked.directed === null ? questionAbout(policy, asked) : null
  if (question !== null) return { kind: 'ask', review: question, between: [], rules: [] }
  if (asked.directed === null && profile.qualification === 'disqualified') return { kind: 'disqualify' }

  const match = matchRules(policy, profile.known, asked.chosenRule)
  const targets = chainOf(policy, match, asked.directed)
  if (asked.directed !== null) {
    return { kind: 'route', rule: directedRule, targets, sla: match.sla, rules: passedOver(match) }
  }
  if (match.kind === 'ambiguous') {
    return { kind: 'ask', review: 'ambiguous-rule', between: match.between, rules: match.outcomes }
  }
  return { kind: 'route', rule: match.rule, targets, sla: match.sla, rules: match.outcomes }
}

/**
 * What only a person can answer before the rules are asked. Not again once the lead had an owner or a person chose its
 * rule. An undeclared source is asked about on the first attempt alone, since no correction of the lead declares it.
 */
function questionAbout(
  policy: Policy,
  { hop, facts, lastOwner, chosenRule, settled = [] }: Asked,
): Question | null {
  if (lastOwner !== null || typeof chosenRule === 'string') return null
  const source = Object.hasOwn(policy.sources, facts.source) ? policy.sources[facts.source] : undefined
  if (source === undefined) {
    return hop > 0 || settled.includes('undeclared-source') ? null : 'undeclared-source'
  }
  const lacksCritical = facts.missing.some(field => source.critical.includes(field))
  return lacksCritical && !settled.includes('missing-critical') ? 'missing-critical' : null
}

/** The rules have no say in a directed target, but the lead keeps the service level of the one that would have won. */
function passedOver({ outcomes }: Match): RuleOutcome[] {
  return outcomes.map(({ rule, outcome, why }) => ({
    rule,
    outcome: 'lost',
    why: outcome === 'won' ? 'the target was directed; only its service level counts' : why,
  }))
}

function route(
  policy: Policy,
  input: DecisionInput,
  profile: Profile,
  plan: Extract<Plan, { kind: 'route' }>,
): Decision {
  const { owner, tried, turn, candidates } = searchOwner(plan.targets, input)
  const trace = traceOf(profile, plan.rules, candidates)
  if (owner === null) return { kind: 'review', ...trace, review: 'nobody-available', between: [] }
  const review = isHighValue(policy, input, profile) ? 'high-value' : null
  return { kind: 'assigned', ...trace, owner, rule: plan.rule, tried, turn, sla: plan.sla, review }
}

/** Beside the first owner alone: whoever follows takes over a lead whose value is known by then. */
function isHighValue(policy: Policy, { lastOwner }: DecisionInput, { known }: Profile): boolean {
  const { when } = policy.reviews['high-value']
  return lastOwner === null && when !== null && holds(when, known)
}

function traceOf(profile: Profile, rules: RuleOutcome[], candidates: CandidateOutcome[]): Trace {
  const { score, segment, territories, qualification } = profile
  return { score, segment, territories, qualification, rules, candidates }
}

function personsNamedBy(
  target: Target,
  { facts, lastOwner }: Asked,
  known: ReadonlyMap<RepId, { manager: RepId | null }>,
): readonly RepId[] {
  switch (target.kind) {
    case 'pool':
      return []
    case 'rep':
      return [target.rep]
    case 'accountOwner': {
      const owner = repId.safeParse(facts.account?.owner)
      return owner.success ? [owner.data] : []
    }
    case 'managerOfOwner':
      return lastOwner === null ? [] : [lastOwner, ...managersAbove(lastOwner, known)]
    default:
      return assertNever(target)
  }
}

function isAway({ leave }: Roster, rep: RepId, atMs: EpochMs): boolean {
  return leave.some(
    ({ rep: who, fromMs, untilMs }) => who === rep && fromMs <= atMs && (untilMs === null || atMs < untilMs),
  )
}

/** Equal as JSON, whatever the order of keys: the database does not keep it. */
function isSameValue(one: unknown, other: unknown): boolean {
  if (!isObject(one) || !isObject(other)) return one === other
  const names = Object.keys(one)
  return (
    Array.isArray(one) === Array.isArray(other) &&
    names.length === Object.keys(other).length &&
    names.every(name => Object.hasOwn(other, name) && isSameValue(one[name], other[name]))
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
