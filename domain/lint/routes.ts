/** The ways on which leads get an owner: each rule, the accounts, and what is left. */
import type { RoutingFacts } from '../lead.js'
import { accountRule, type Match, otherwiseRule } from '../matching.js'
import type { ClockTerms, NobodyAvailable, Policy, Target } from '../policy.js'
import type { Path } from '../yaml.js'
import { type Formula, negation } from './formula.js'
import { askEngine, type Survey } from './survey.js'

export type Route = {
  /** As a decision's record calls it: a rule's id, `account owner` or `otherwise`. */
  name: string
  path: Path
  /** In the order in which they are tried. */
  targets: readonly Target[]
  nobodyAvailable: NobodyAvailable
  sla: string
  /** All leads that can go by it, and more: others may have them first. */
  formula: Formula
}

export function routesOf(survey: Survey): Route[] {
  const { policy, rules, noAccount } = survey
  const { accounts, otherwise } = policy
  return [
    ...rules.map(({ rule, index, formula }) => ({
      name: rule.id,
      path: ['rules', index],
      targets: [rule.assign, ...(rule.backup === null ? [] : [rule.backup]), otherwise.assign],
      nobodyAvailable: rule.nobodyAvailable ?? policy.nobodyAvailable,
      sla: rule.sla,
      formula,
    })),
    ...(accounts === null
      ? []
      : [
          {
            name: accountRule,
            path: ['accounts'],
            targets: [accounts.assign, accounts.backup, otherwise.assign],
            nobodyAvailable: policy.nobodyAvailable,
            sla: accounts.sla,
            formula: negation(noAccount),
          },
        ]),
    {
      name: otherwiseRule,
      path: ['otherwise'],
      targets: [otherwise.assign],
      nobodyAvailable: policy.nobodyAvailable,
      sla: otherwise.sla,
      formula: { kind: 'yes' },
    },
  ]
}

/** A lead that does go by this route, of those for which the formulas hold. Null: there is none, or none was found. */
export function leadOn(survey: Survey, route: Route, more: readonly Formula[] = []): RoutingFacts | null {
  const outcome = askEngine(
    survey,
    `which leads go by ${route.name}`,
    [survey.notDisqualified, route.formula, ...more],
    match => isOn(match, route),
    [route.name],
  )
  return outcome.kind === 'found' ? outcome.lead : null
}

function isOn(match: Match, { name }: Route): boolean {
  return match.kind === 'matched' && match.rule === name
}

/** Whether a service level does anything when its first touch is late, and whether any clock of it moves the lead. */
export function escalationOf(
  { slas }: Policy,
  name: string,
): { tells: boolean; moves: boolean; movesAtAll: boolean; end: Target } | null {
  const sla = Object.hasOwn(slas, name) ? slas[name] : undefined
  if (sla === undefined) return null
  const { acknowledge, firstTouch, stale, reRoutes } = sla
  const actionsOf = (terms: ClockTerms | null) => terms?.steps.flatMap(step => step.do) ?? []
  const actions = actionsOf(firstTouch)
  return {
    tells: actions.includes('tellManager'),
    moves: actions.includes('reRoute'),
    movesAtAll: [acknowledge, firstTouch, stale].some(terms => actionsOf(terms).includes('reRoute')),
    end: reRoutes.then,
  }
}
