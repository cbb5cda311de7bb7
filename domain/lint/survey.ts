/** A policy that questions can be asked about: is there a lead with which the engine does such and such? */
import type { Condition } from '../condition.js'
import type { RoutingFacts } from '../lead.js'
import { accountRule, type Match, matchRules } from '../matching.js'
import type { Policy, Rule } from '../policy.js'
import { type Specificity, specificityOf } from '../specificity.js'
import { type Formula, formulasOf, isIn, negation } from './formula.js'
import { type Budget, settled, solve } from './solve.js'
import { type Domains, type Space, spaceOf } from './space.js'
import { knownOf, witnessIn } from './witness.js'

export type Survey = {
  policy: Policy
  space: Space
  formulaOf: (condition: Condition) => Formula
  /** Only such leads come to the rules. */
  notDisqualified: Formula
  /** Whether every lead is disqualified: then that is what is wrong, and not every rule. */
  isDeadEnd: boolean
  noAccount: Formula
  rules: readonly SurveyedRule[]
  /** What the search could not find out in the steps allowed. */
  undecided: Set<string>
  budget: Budget
}

/** The hardest policies of 500 rules that we have take a third of it. */
const mostStepsTogether = 200_000

export type SurveyedRule = {
  rule: Rule
  /** Its place in the document. */
  index: number
  formula: Formula
  specificity: Specificity
  /** Holds every lead that it matches, and perhaps some that it does not. Null: there is none. */
  hull: Domains | null
}

export type Answer =
  /** `point` is the lead in the classes of the space. */
  | { kind: 'found'; lead: RoutingFacts; point: Domains }
  | { kind: 'none' }
  /** The question is kept in `undecided`. */
  | { kind: 'undecided' }

export function surveyOf(policy: Policy): Survey {
  const space = spaceOf(policy)
  const { of, disqualified } = formulasOf(space)
  const account = space.indexOf('account')
  const budget = { stepsLeft: mostStepsTogether }
  return {
    policy,
    space,
    formulaOf: of,
    notDisqualified: negation(disqualified),
    isDeadEnd: solve(space, [negation(disqualified)], budget).kind === 'none',
    noAccount: isIn(space, account, space.variables[account]?.missing ?? 0n),
    rules: policy.rules.map((rule, index) => {
      const formula = of(rule.when)
      const specificity = specificityOf(rule.when, policy.territories)
      return { rule, index, formula, specificity, hull: settled(space, [formula]) }
    }),
    undecided: new Set(),
    budget,
  }
}

/** @param question for a sentence: `whether rule uk can win` */
export function ask(
  survey: Survey,
  question: string,
  formulas: readonly Formula[],
  within?: Domains,
): Answer {
  const { space, undecided, budget } = survey
  const answer = solve(space, formulas, budget, within)
  if (answer.kind === 'undecided') undecided.add(question)
  return answer.kind === 'found' ? { kind: 'found', ...witnessIn(space, answer.box) } : answer
}

type Outcome =
  | { kind: 'found'; lead: RoutingFacts; match: Match }
  /** For every lead it is something else; `lead` shows one of them, `instead` is what decides. */
  | { kind: 'never'; lead: RoutingFacts | null; instead: readonly Obstacle[] }
  | { kind: 'undecided' }

/** What takes leads before they come where they should. */
type Obstacle = { name: string; without: Formula }

/**
 * A lead that fulfils the formulas and is matched as wanted. Found by asking the engine about one lead after another:
 * whatever takes a lead away is left out of the next question, so that each answer is one that the engine gives.
 */
export function askEngine(
  survey: Survey,
  question: string,
  formulas: readonly Formula[],
  isWanted: (match: Match) => boolean,
  keep: readonly string[],
): Outcome {
  const instead: Obstacle[] = []
  let shown: RoutingFacts | null = null
  // Each round leaves out one more rule, or the accounts.
  for (let round = 0; round <= survey.rules.length + 1; round++) {
    const answer = ask(survey, question, [...formulas, ...instead.map(({ without }) => without)])
    if (answer.kind === 'undecided') return answer
    if (answer.kind === 'none') return { kind: 'never', lead: shown, instead }
    const match = matchRules(survey.policy, knownOf(survey.space, answer.lead))
    if (isWanted(match)) return { kind: 'found', lead: answer.lead, match }
    shown ??= answer.lead
    const obstacle = obstacleOf(survey, match, [...keep, ...instead.map(({ name }) => name)])
    if (obstacle === null) break
    instead.push(obstacle)
  }
  // The engine reads this lead otherwise than the formulas do: nothing is claimed then.
  survey.undecided.add(question)
  return { kind: 'undecided' }
}

/** Those that are needed: without any one of them there would be such a lead. */
export function neededOf(
  survey: Survey,
  question: string,
  formulas: readonly Formula[],
  obstacles: readonly Obstacle[],
): readonly Obstacle[] {
  let needed = obstacles
  for (const obstacle of obstacles) {
    const others = needed.filter(other => other !== obstacle)
    const answer = ask(survey, question, [...formulas, ...others.map(({ without }) => without)])
    if (answer.kind === 'none') needed = others
  }
  return needed
}

/** `keep`: rules that the question is about, or that were left out already. */
function obstacleOf(survey: Survey, match: Match, keep: readonly string[]): Obstacle | null {
  const winners = match.kind === 'matched' ? [match.rule] : match.between
  const name = winners.find(winner => !keep.includes(winner))
  if (name === undefined) return null
  if (name === accountRule) return { name, without: survey.noAccount }
  const rule = survey.rules.find(each => each.rule.id === name)
  return rule === undefined ? null : { name, without: negation(rule.formula) }
}
