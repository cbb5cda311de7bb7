/**
 * Which rule decides about a lead. Always in this order (R11): exception rules, the owner of an existing account, the
 * most specific standard rule, and for what no rule matched the policy's `otherwise`.
 */
import type { ConditionFacts } from './condition.js'
import type { RuleOutcome } from './decision.js'
import { assertNever, type PoolId, type RepId, repId } from './ids.js'
import type { People } from './people.js'
import type { NobodyAvailable, Policy, Pool, Rule, Target } from './policy.js'
import { type IndexedRule, matchingRules, type Nesting } from './rule-index.js'
import { compareSpecificity, sayDimensions, whyLessSpecific } from './specificity.js'

export type Match =
  | {
      kind: 'matched'
      /** A rule's id, `account owner` or `otherwise`. */
      rule: string
      /** In the order to be tried, without repeats: the rule's, its backup, the policy's `otherwise`. */
      targets: readonly Target[]
      terms: MatchTerms
      sla: string
      /** Every rule that matched, won or lost. */
      outcomes: RuleOutcome[]
    }
  | {
      kind: 'ambiguous'
      /** Equally specific, and the policy does not rank them: a person must choose. */
      between: string[]
      /** The most urgent of theirs, should a person send the lead past the rules. */
      sla: string
      outcomes: RuleOutcome[]
    }

/** Whom a rule names, and what it asks of them. Accounts and the fallback are named in the same way. */
export type Naming = Pick<Rule, 'assign' | 'backup' | 'needs'>

type MatchTerms = {
  named: Naming
  nobodyAvailable: NobodyAvailable
  /** For `nextRule` alone: the rules that lost, in the order in which they would have won. */
  next: readonly Naming[]
}

/** A pool that a decision may have to take a turn of, with everyone in it in the order of their ids. */
export type PoolToLock = { pool: PoolId; members: readonly { rep: RepId; weight: number }[] }

export const accountRule = 'account owner'
export const otherwiseRule = 'otherwise'

type AccountTerms = NonNullable<Policy['accounts']>

/** Everyone in a pool by role has the same weight. */
const roleWeight = 100

/** `chosenRule`: settles an ambiguity that a person decided; it has no say in anything else. */
export function matchRules(
  policy: Policy,
  facts: ConditionFacts,
  chosenRule: string | null = null,
  nesting: Nesting = 'counted',
): Match {
  const matched = matchingRules(policy, facts, nesting)
  const exceptions = matched.filter(({ rule }) => rule.exception)
  const standard = matched.filter(({ rule }) => !rule.exception)
  const accountTerms = facts.account === null ? null : policy.accounts
  const [exception] = exceptions
  const most = mostSpecific(standard)

  if (exception !== undefined) {
    return byException(policy, exception, exceptions, accountTerms, standard)
  }
  if (accountTerms !== null) return byAccount(policy, accountTerms, standard)
  if (most !== null) return bySpecificity(policy, standard, most, chosenRule)
  return byOtherwise(policy)
}

/**
 * The pools among these targets, in the order in which they must be locked: by id, so that two leads never wait for
 * each other. Throws RangeError for a pool that the policy does not have.
 */
export function poolsToLock(
  policy: Policy,
  targets: readonly Target[],
  people: People,
): readonly PoolToLock[] {
  const pools = targets.flatMap(target => (target.kind === 'pool' ? [target.pool] : []))
  return [...new Set(pools)].sort().map(pool => ({ pool, members: membersOf(poolOf(policy, pool), people) }))
}

function mostSpecific(rules: readonly IndexedRule[]): IndexedRule | null {
  return rules.reduce<IndexedRule | null>(
    (most, rule) =>
      most === null || compareSpecificity(rule.specificity, most.specificity) > 0 ? rule : most,
    null,
  )
}

function byOtherwise(policy: Policy): Match {
  const { assign, sla } = policy.otherwise
  const terms = {
    named: { assign, backup: null, needs: [] },
    nobodyAvailable: policy.nobodyAvailable,
    next: [],
  }
  const outcomes = [won(otherwiseRule, 'no rule matched')]
  return { kind: 'matched', rule: otherwiseRule, targets: [assign], terms, sla, outcomes }
}

/** Among exceptions alone the place in the document counts. */
function byException(
  policy: Policy,
  first: IndexedRule,
  exceptions: readonly IndexedRule[],
  account: AccountTerms | null,
  standard: readonly IndexedRule[],
): Match {
  const { id } = first.rule
  const behind = exceptions.filter(({ rule }) => rule.id !== id)
  const others = standard.map(({ rule }) => rule.id)
  const outcomes = [
    won(id, 'exception rules come first'),
    ...behind.map(({ rule }) => lost(rule.id, `exception rule ${id} stands before it in the policy`)),
    ...(account === null ? others : [accountRule, ...others]).map(rule =>
      lost(rule, `exception rule ${id} comes before it`),
    ),
  ]
  return byRule(policy, first, outcomes, () => [
    ...behind.map(({ rule }) => rule),
    ...(account === null ? [] : [namingOf(account)]),
    ...inOrder(standard),
  ])
}

function byAccount(policy: Policy, account: AccountTerms, standard: readonly IndexedRule[]): Match {
  const { nobodyAvailable } = policy
  const next = nobodyAvailable.kind === 'nextRule' ? inOrder(standard) : []
  return {
    kind: 'matched',
    rule: accountRule,
    targets: withoutRepeats([account.assign, account.backup, policy.otherwise.assign]),
    terms: { named: namingOf(account), nobodyAvailable, next },
    sla: account.sla,
    outcomes: [
      won(accountRule, 'the lead belongs to an account'),
      ...standard.map(({ rule }) => lost(rule.id, 'the account owner comes before standard rules')),
    ],
  }
}

function namingOf({ assign, backup }: AccountTerms): Naming {
  return { assign, backup, needs: [] }
}

function bySpecificity(
  policy: Policy,
  standard: readonly IndexedRule[],
  most: IndexedRule,
  chosenRule: string | null,
): Match {
  const equals = standard.filter(other => compareSpecificity(other.specificity, most.specificity) === 0)
  const lowestRank = Math.min(...equals.map(rankOf))
  const tied = equals.filter(rule => rankOf(rule) === lowestRank)
  const chosen = tied.find(({ rule }) => rule.id === chosenRule)
  const decided = chosen ?? (tied.length === 1 ? tied[0] : undefined)
  if (decided === undefined) return ambiguous(policy, standard, most, tied)

  const whyWon =
    tied.length > 1
      ? 'a person chose it between equally specific rules'
      : equals.length > 1
        ? `rank ${lowestRank} among ${equals.length} equally specific rules`
        : `the most specific: ${sayDimensions(decided.specificity)}`
  const outcomes = standard.map(other =>
    other === decided ? won(other.rule.id, whyWon) : lost(other.rule.id, whyBehind(other, decided)),
  )
  return byRule(policy, decided, outcomes, () => inOrder(standard.filter(other => other !== decided)))
}

/** As they would win one after the other, were those before them not there; equals in the order of the document. */
function inOrder(standard: readonly IndexedRule[]): Rule[] {
  return standard
    .toSorted(
      (one, other) =>
        compareSpecificity(other.specificity, one.specificity) ||
        (rankOf(one) === rankOf(other) ? 0 : rankOf(one) - rankOf(other)),
    )
    .map(({ rule }) => rule)
}

/** An unranked rule stands behind every ranked one. */
function rankOf({ rule }: IndexedRule): number {
  return rule.rank ?? Number.POSITIVE_INFINITY
}

function whyBehind(loser: IndexedRule, winner: IndexedRule): string {
  if (compareSpecificity(loser.specificity, winner.specificity) < 0) {
    return whyLessSpecific(loser.specificity, winner.specificity)
  }
  if (rankOf(loser) === rankOf(winner)) return `as specific as ${winner.rule.id}, which a person chose`
  return `as specific as ${winner.rule.id}, and ${sayRank(loser)} against ${sayRank(winner)}`
}

function sayRank({ rule }: IndexedRule): string {
  return rule.rank === null ? 'no rank' : `rank ${rule.rank}`
}

function ambiguous(
  policy: Policy,
  standard: readonly IndexedRule[],
  most: IndexedRule,
  tied: readonly IndexedRule[],
): Match {
  const between = tied.map(({ rule }) => rule.id)
  const outcomes = standard.map(other => {
    if (!tied.includes(other)) return lost(other.rule.id, whyBehind(other, tied[0] ?? most))
    const others = between.filter(id => id !== other.rule.id)
    return lost(other.rule.id, `as specific as ${others.join(' and ')}, and no rank decides`)
  })
  return { kind: 'ambiguous', between, sla: mostUrgent(policy, tied), outcomes }
}

/** Too short a clock costs a reminder; too long a one can cost the lead. */
function mostUrgent(policy: Policy, rules: readonly IndexedRule[]): string {
  const withinMs = (sla: string) => policy.slas[sla]?.firstTouch.withinMs ?? Number.POSITIVE_INFINITY
  return rules
    .map(({ rule }) => rule.sla)
    .reduce((urgent, sla) => (withinMs(sla) < withinMs(urgent) ? sla : urgent))
}

function byRule(
  policy: Policy,
  { rule }: IndexedRule,
  outcomes: RuleOutcome[],
  others: () => readonly Naming[],
): Match {
  const backup = rule.backup === null ? [] : [rule.backup]
  const nobodyAvailable = rule.nobodyAvailable ?? policy.nobodyAvailable
  return {
    kind: 'matched',
    rule: rule.id,
    targets: withoutRepeats([rule.assign, ...backup, policy.otherwise.assign]),
    terms: { named: rule, nobodyAvailable, next: nobodyAvailable.kind === 'nextRule' ? others() : [] },
    sla: rule.sla,
    outcomes,
  }
}

function won(rule: string, why: string): RuleOutcome {
  return { rule, outcome: 'won', why }
}

function lost(rule: string, why: string): RuleOutcome {
  return { rule, outcome: 'lost', why }
}

function withoutRepeats(targets: readonly Target[]): readonly Target[] {
  return targets.filter((target, at) => targets.findIndex(earlier => isSameTarget(earlier, target)) === at)
}

export function isSameTarget(one: Target, other: Target): boolean {
  switch (one.kind) {
    case 'pool':
      return other.kind === 'pool' && other.pool === one.pool
    case 'rep':
      return other.kind === 'rep' && other.rep === one.rep
    case 'accountOwner':
    case 'managerOfOwner':
      return other.kind === one.kind
    default:
      return assertNever(one)
  }
}

export function poolOf(policy: Policy, id: PoolId): Pool {
  const pool = Object.hasOwn(policy.pools, id) ? policy.pools[id] : undefined
  if (pool === undefined) throw new RangeError(`the policy has no pool ${id}`)
  return pool
}

function membersOf({ members }: Pool, { people }: People): PoolToLock['members'] {
  const listed = isByRole(members)
    ? people.filter(({ role }) => role === members.role).map(({ id }) => ({ rep: id, weight: roleWeight }))
    : Object.entries(members).map(([id, weight]) => ({ rep: repId.parse(id), weight }))
  return listed.sort((one, other) => (one.rep < other.rep ? -1 : 1))
}

/** A member may be called `role` too; only a pool by role has text under that name. */
export function isByRole(members: Pool['members']): members is { role: string } {
  return 'role' in members && typeof members.role === 'string'
}
