/** The middle of the chart: which rule sends a lead to whom, and which clocks then run. */
import { poolId, repId } from '../ids.js'
import { isByRole } from '../matching.js'
import type { Policy, Rule, Target } from '../policy.js'
import { type Cast, whoIs } from '../prose/cast.js'
import { leadsOf } from '../prose/lead-phrase.js'
import { type RuleGroup, ruleGroups } from '../prose/routing.js'
import { capital, figure, list, named } from '../prose/words.js'
import type { ChartFold, ChartGroup, ChartNode } from './chart.js'

/** A box that sends leads somewhere. */
export type Route = { node: ChartNode; assign: Target; backup: Target | null; sla: string }

export type Routes = {
  exceptions: readonly Route[]
  accounts: Route | null
  rules: readonly Route[]
  otherwise: Route
  folds: readonly ChartFold[]
}

/** From so many rules on, those to the same people at the same service level are one box. */
const mostRules = 12
/** Exceptions stand in an order, so only neighbours are folded. */
const mostExceptions = 6
const mostNamed = 3

export function routesOf(policy: Policy, cast: Cast): Routes {
  const exceptions = policy.rules.filter(({ exception }) => exception).map(alone)
  const standard = ruleGroups(policy)
  const folded = {
    exceptions:
      exceptions.length > mostExceptions ? neighbours(exceptions) : exceptions.map(group => [group]),
    rules: standard.length > mostRules ? together(standard) : standard.map(group => [group]),
  }
  const routes = {
    exceptions: folded.exceptions.map((groups, index) => routeOf(groups, `exception${index + 1}`)),
    rules: folded.rules.map((groups, index) => routeOf(groups, `rule${index + 1}`)),
  }
  return {
    ...routes,
    accounts: accountsRoute(policy),
    otherwise: {
      node: { id: 'otherwise1', title: 'Everything else', lines: ['No rule fits'], about: 'otherwise' },
      assign: policy.otherwise.assign,
      backup: null,
      sla: policy.otherwise.sla,
    },
    folds: [...folded.exceptions, ...folded.rules]
      .filter(groups => groups.length > 1)
      .map(groups => foldOf(groups, cast)),
  }
}

function alone(rule: Rule): RuleGroup {
  return { rules: [rule], when: rule.when }
}

function accountsRoute({ accounts }: Policy): Route | null {
  if (accounts === null) return null
  const lines = ['A customer, or an account that has a name with us']
  return { ...accounts, node: { id: 'account1', title: 'Known account', lines, about: 'accounts' } }
}

function termsOf({ rules: [rule] }: RuleGroup): string {
  return JSON.stringify([rule?.assign, rule?.backup, rule?.sla, rule?.needs, rule?.nobodyAvailable])
}

function together(groups: readonly RuleGroup[]): RuleGroup[][] {
  const byTerms = new Map<string, RuleGroup[]>()
  for (const group of groups) byTerms.set(termsOf(group), [...(byTerms.get(termsOf(group)) ?? []), group])
  return [...byTerms.values()]
}

function neighbours(groups: readonly RuleGroup[]): RuleGroup[][] {
  const runs: RuleGroup[][] = []
  for (const group of groups) {
    const last = runs.at(-1)
    if (last?.[0] !== undefined && termsOf(last[0]) === termsOf(group)) last.push(group)
    else runs.push([group])
  }
  return runs
}

function routeOf(groups: readonly RuleGroup[], id: string): Route {
  const [group] = groups
  const [rule] = group?.rules ?? []
  if (group === undefined || rule === undefined) throw new Error(`a box without a rule: ${id}`)
  const { assign, backup, sla } = rule
  return { node: groups.length === 1 ? nodeOf(group, id) : foldNode(groups, id), assign, backup, sla }
}

function nodeOf({ rules, when }: RuleGroup, id: string): ChartNode {
  const titles = rules.map(rule => named(rule.id))
  return {
    id,
    title: titles.length > mostNamed ? `${figure(titles.length)} rules by place` : capital(list(titles)),
    lines: [capital(leadsOf(when))],
    about: `rules/${rules[0]?.id ?? ''}`,
  }
}

function foldNode(groups: readonly RuleGroup[], id: string): ChartNode {
  const rules = groups.flatMap(group => group.rules)
  return {
    id,
    title: `${figure(rules.length)} rules`,
    lines: [capital(shortList(rules.map(rule => named(rule.id))))],
    about: foldId(groups),
  }
}

function foldId(groups: readonly RuleGroup[]): string {
  return `folds/${groups[0]?.rules[0]?.id ?? ''}`
}

function foldOf(groups: readonly RuleGroup[], cast: Cast): ChartFold {
  const rules = groups.flatMap(group => group.rules)
  const [rule] = rules
  const to = rule === undefined ? '' : whoIs(rule.assign, cast)
  return {
    id: foldId(groups),
    title: `${figure(rules.length)} rules to ${to}, at the service level “${named(rule?.sla ?? '')}”`,
    rules: rules.map(({ id, when }) => ({ id, text: `${capital(leadsOf(when))}.` })),
  }
}

function shortList(texts: readonly string[]): string {
  return texts.length <= mostNamed + 1
    ? list(texts)
    : `${texts.slice(0, mostNamed).join(', ')} and ${figure(texts.length - mostNamed)} more`
}

export type Whom = { group: ChartGroup; idOf: (target: Target) => string; ofPool: (pool: string) => string }

/** Everybody to whom a rule sends leads, and the pools to which none does. */
export function whomOf(policy: Policy, targets: readonly Target[], cast: Cast): Whom {
  const ids = new Map<string, string>()
  const nodes: ChartNode[] = []
  for (const target of [...targets, ...allPools(policy)]) {
    const key = JSON.stringify(target)
    if (ids.has(key)) continue
    const id = `who${ids.size + 1}`
    ids.set(key, id)
    nodes.push(targetNode(target, id, policy, cast))
  }
  return {
    group: { id: 'whom', title: 'Who gets it', column: 2, nodes },
    idOf: target => ids.get(JSON.stringify(target)) ?? '',
    ofPool: pool => ids.get(JSON.stringify({ kind: 'pool', pool })) ?? '',
  }
}

function allPools({ pools }: Policy): Target[] {
  return Object.keys(pools).map(pool => ({ kind: 'pool', pool: poolId.parse(pool) }))
}

function targetNode(target: Target, id: string, policy: Policy, cast: Cast): ChartNode {
  const pool = target.kind === 'pool' ? policy.pools[target.pool] : undefined
  if (target.kind !== 'pool' || pool === undefined)
    return { id, title: capital(whoIs(target, cast)), lines: [], about: null }
  const members = isByRole(pool.members)
    ? [`everyone with the role ${named(pool.members.role)}`]
    : [shortList(Object.keys(pool.members).map(rep => cast.nameOf(repId.parse(rep))))]
  const lines = [...members, manners[pool.choice.by], ...(pool.inHoursOnly ? ['within working hours'] : [])]
  return { id, title: capital(named(target.pool)), lines, about: `pools/${target.pool}` }
}

const manners = {
  turns: 'in turn',
  leastLoaded: 'the least to do',
  capacity: 'the most room',
  queue: 'the first to accept',
} as const
