/**
 * Who owns this lead. A decision is a pure function of the policy and of what it is told, so that the record of what
 * it was told is enough to repeat it years later. It reads from top to bottom:
 *
 *   plan     what the policy says should happen with the lead: a question for a person, the end, or a chain of targets
 *            (domain/matching.ts, domain/chain.ts)
 *   search   the first of the targets that somebody can take, and who that is (domain/search.ts)
 *   decision what both concluded, with every reason
 */
import { type Chain, chainOf, chainOfEngine1 } from './chain.js'
import { holds } from './condition.js'
import type {
  CandidateFacts,
  CandidateOutcome,
  Decision,
  DecisionInput,
  DecisionRecord,
  RuleOutcome,
} from './decision.js'
import { assertNever, type EpochMs, instant, type RepId, repId } from './ids.js'
import { type Match, matchRules, type PoolToLock, poolsToLock } from './matching.js'
import type { Roster } from './people.js'
import type { Policy, Target } from './policy.js'
import { type FactsAsked, factsAskedIn, factsOf, type LoadToCount, loadsToCount } from './presence.js'
import { type Profile, profileOf } from './score.js'
import { managersAbove, searchOwner } from './search.js'

/** What a decision asks before it needs to know people or standings. */
export type Asked = Pick<
  DecisionInput,
  'hop' | 'facts' | 'lastOwner' | 'directed' | 'settled' | 'chosenRule' | 'heldSinceMs' | 'receiver'
>

/** Whom a decision must know about, and which pools must be locked before their standings are read. */
export type Candidates = {
  /** Without their loads. */
  people: CandidateFacts[]
  pools: readonly LockedPool[]
  /** Whose leads must be counted under a lock of theirs, in the order of their ids (`withLoads`). */
  loads: readonly LoadToCount[]
}

export type LockedPool = PoolToLock & {
  /** On leave, and the pool lets leave accrue: what it has accrued so far must be read, too. */
  catchingUp: readonly RepId[]
}

type Trace = Pick<Decision, 'score' | 'segment' | 'territories' | 'qualification' | 'rules' | 'candidates'>

type Plan =
  | { kind: 'ask'; review: Question; between: string[]; rules: RuleOutcome[] }
  | { kind: 'disqualify' }
  | { kind: 'route'; rule: string; chain: Chain; sla: string; rules: RuleOutcome[] }

type Question = Extract<Decision, { kind: 'review' }>['review']

/** What a decision names as its rule when a person, or the end of a chain, gave the target. */
export const directedRule = 'directed'

/** The version that decides from now on. */
export const presentEngine = 3

/**
 * Every version that a record may name, and the chain that it makes of a match. Engine 3 takes another of equals in a
 * pool (domain/search.ts) and counts how deep a territory is nested (domain/specificity.ts). Whoever changes what a decision comes to adds a version and leaves what
 * the old ones do as it is, since a record must be repeatable for ever (test/domain/records-engine-1.json and -2.json).
 */
const engines: Record<DecisionInput['engine'], typeof chainOf> = {
  1: chainOfEngine1,
  2: chainOf,
  3: chainOf,
}

/**
 * Deterministic, and independent of the order of keys, people and members. Throws RangeError when the input lacks a
 * pool, or a fact about a person, that the plan needs.
 */
export function decide(policy: Policy, input: DecisionInput): Decision {
  const profile = profileOf(policy, input.facts)
  const plan = planOf(policy, input, profile, input.engine)
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

/** Whether the policy and the record's input still lead to the record's decision, word for word. */
export function reExecute(policy: Policy, record: DecisionRecord): { same: boolean; decision: Decision } {
  const decision = decide(policy, record.input)
  return { same: isSameValue(decision, record.decision), decision }
}

/**
 * What to load for a decision by the present engine: without any lock, since neither plan nor members depend on
 * standings. The caller then locks the pools in the order given and after them the loads, reads the pools' standings (a
 * member without one stands at zero) and counts the loads, and decides.
 */
export function candidatesOf(policy: Policy, asked: Asked, roster: Roster, atMs: EpochMs): Candidates {
  const plan = planOf(policy, asked, profileOf(policy, asked.facts), presentEngine)
  if (plan.kind !== 'route') return { people: [], pools: [], loads: [] }
  const { steps } = plan.chain
  const pools = poolsToLock(
    policy,
    steps.map(({ target }) => target),
    roster,
  )
  const known = new Map(roster.people.map(person => [person.id, person]))
  const facts = new Map<RepId, FactsAsked>()
  for (const [at, step] of steps.entries()) {
    const asks = factsAskedIn(plan.chain, step, at === 0)
    for (const rep of personsIn(step.target, asked, pools, known)) facts.set(rep, both(facts.get(rep), asks))
  }
  const people = [...facts].sort(byRep).map(([rep, asks]) => factsOf(rep, known.get(rep), roster, atMs, asks))
  const counted = people.flatMap(({ rep }) => (facts.get(rep)?.load ? (known.get(rep) ?? []) : []))
  return {
    people,
    pools: pools.map(pool => ({ ...pool, catchingUp: catchingUpIn(policy, pool, people) })),
    loads: loadsToCount(counted, atMs),
  }
}

/** What a person has directed is done: it answers every question. */
function planOf(policy: Policy, asked: Asked, profile: Profile, engine: DecisionInput['engine']): Plan {
  const question = asked.directed === null ? questionAbout(policy, asked) : null
  if (question !== null) return { kind: 'ask', review: question, between: [], rules: [] }
  if (asked.directed === null && profile.qualification === 'disqualified') return { kind: 'disqualify' }
  const exception = asked.directed === null && engine >= 3 ? exceptionOf(policy, asked, profile) : null
  if (exception !== null) return { kind: 'ask', review: exception, between: [], rules: [] }

  const match = matchRules(policy, profile.known, asked.chosenRule, engine < 3 ? 'ignored' : 'counted')
  if (asked.directed === null && match.kind === 'ambiguous') {
    return { kind: 'ask', review: 'ambiguous-rule', between: match.between, rules: match.outcomes }
  }
  const chain = engines[engine](policy, match, asked)
  return match.kind === 'ambiguous' || asked.directed !== null
    ? { kind: 'route', rule: directedRule, chain, sla: match.sla, rules: passedOver(match) }
    : { kind: 'route', rule: match.rule, chain, sla: match.sla, rules: match.outcomes }
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

/** What the policy wants a person to look at before anybody gets the lead. Asked once, and not of a lead that had an owner. */
function exceptionOf(
  { reviews }: Policy,
  { lastOwner, chosenRule, settled = [] }: Asked,
  { known }: Profile,
): Question | null {
  if (lastOwner !== null || typeof chosenRule === 'string') return null
  const asks = (kind: 'policy-exception' | 'high-value') => {
    const { when, hold } = reviews[kind]
    const isFirst = kind === 'policy-exception' || hold === true
    return isFirst && when !== null && !settled.includes(kind) && holds(when, known)
  }
  if (asks('policy-exception')) return 'policy-exception'
  return asks('high-value') ? 'high-value' : null
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
  { rule, chain, sla, rules }: Extract<Plan, { kind: 'route' }>,
): Decision {
  const { found, tried, candidates } = searchOwner(chain, input)
  const trace = traceOf(profile, rules, candidates)
  switch (found.kind) {
    case 'owner': {
      const { owner, turn } = found
      const review = isHighValue(policy, input, profile) ? 'high-value' : null
      return { kind: 'assigned', ...trace, owner, rule, tried, turn, sla, review }
    }
    case 'queue': {
      const { pool, members, queue } = found
      const acceptByMs = instant(input.atMs + queue.acceptWithinMs)
      return { kind: 'queued', ...trace, rule, tried, sla, pool, members, acceptByMs, then: queue.then }
    }
    case 'later': {
      const { retryAtMs, untilMs } = found
      return { kind: 'held', ...trace, rule, tried, sla, retryAtMs, untilMs }
    }
    case 'nobody':
      return { kind: 'review', ...trace, review: 'nobody-available', between: [] }
    default:
      return assertNever(found)
  }
}

/** Beside the first owner alone: whoever follows takes over a lead whose value is known by then. */
function isHighValue(policy: Policy, { lastOwner }: DecisionInput, { known }: Profile): boolean {
  const { when, hold } = policy.reviews['high-value']
  return lastOwner === null && when !== null && hold !== true && holds(when, known)
}

function traceOf(profile: Profile, rules: RuleOutcome[], candidates: CandidateOutcome[]): Trace {
  const { score, segment, territories, qualification } = profile
  return { score, segment, territories, qualification, rules, candidates }
}

function personsIn(
  target: Target,
  { facts, lastOwner }: Asked,
  pools: readonly PoolToLock[],
  known: ReadonlyMap<RepId, { manager: RepId | null }>,
): readonly RepId[] {
  switch (target.kind) {
    case 'pool':
      return pools.find(({ pool }) => pool === target.pool)?.members.map(({ rep }) => rep) ?? []
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

function catchingUpIn(
  policy: Policy,
  { pool, members }: PoolToLock,
  people: readonly CandidateFacts[],
): readonly RepId[] {
  if (policy.pools[pool]?.afterLeave.kind !== 'catchUp') return []
  const away = new Set(people.filter(person => person.away).map(({ rep }) => rep))
  return members.flatMap(({ rep }) => (away.has(rep) ? [rep] : []))
}

function both(one: FactsAsked | undefined, other: FactsAsked): FactsAsked {
  return {
    abilities: (one?.abilities ?? false) || other.abilities,
    hours: (one?.hours ?? false) || other.hours,
    load: (one?.load ?? false) || other.load,
    role: one?.role === true || other.role === true,
  }
}

function byRep([one]: [RepId, unknown], [other]: [RepId, unknown]): number {
  return one < other ? -1 : 1
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
