/** Rules that are equally specific and match the same lead: nobody could foresee its owner, so a person is asked. */
import type { Condition } from '../condition.js'
import type { RoutingFacts } from '../lead.js'
import { compareSpecificity } from '../specificity.js'
import type { Path } from '../yaml.js'
import type { Finding } from './finding.js'
import { enumerated, firstOf } from './sentences.js'
import { askEngine, type Survey, type SurveyedRule } from './survey.js'
import { knownOf } from './witness.js'

type Tie = { rule: SurveyedRule; earlier: SurveyedRule; lead: RoutingFacts }
/** A tie because two territories overlap: without that the rules would be of different leads. */
type Overlap = { tie: Tie; territories: readonly [string, string] }

/** As many as help: whoever puts these right sees the next ones. */
const mostNamed = 5

export function lintTies(survey: Survey): Finding[] {
  const ties = survey.rules.flatMap(rule => tiesOf(survey, rule))
  const overlaps = ties.flatMap(tie => overlapBehind(survey, tie) ?? [])
  const others = ties.filter(tie => !overlaps.some(overlap => overlap.tie === tie))
  return [...ambiguous(others), ...overlapping(survey, overlaps)]
}

/** With rules before it in the document. */
function tiesOf(survey: Survey, rule: SurveyedRule): Tie[] {
  const ties: Tie[] = []
  for (const earlier of survey.rules.slice(0, rule.index)) {
    if (ties.length === mostNamed) break
    if (!canTie(rule, earlier)) continue
    const lead = tiedLead(survey, rule, earlier)
    if (lead !== null) ties.push({ rule, earlier, lead })
  }
  return ties
}

function canTie(one: SurveyedRule, other: SurveyedRule): boolean {
  if (one.rule.exception || other.rule.exception || one.rule.rank !== other.rule.rank) return false
  if (compareSpecificity(one.specificity, other.specificity) !== 0) return false
  const { hull } = other
  return (
    hull !== null && (one.hull?.every((classes, index) => (classes & (hull[index] ?? 0n)) !== 0n) ?? false)
  )
}

/** A lead about which the engine does ask a person, for these two rules and perhaps more. */
function tiedLead(survey: Survey, one: SurveyedRule, other: SurveyedRule): RoutingFacts | null {
  const pair = [one.rule.id, other.rule.id]
  const { notDisqualified, noAccount, policy } = survey
  const outcome = askEngine(
    survey,
    `whether a lead can lie between the rules ${enumerated(pair, 'and')}`,
    [notDisqualified, one.formula, other.formula, ...(policy.accounts === null ? [] : [noAccount])],
    match => match.kind === 'ambiguous' && pair.every(id => match.between.includes(id)),
    pair,
  )
  return outcome.kind === 'found' ? outcome.lead : null
}

function ambiguous(ties: readonly Tie[]): Finding[] {
  const byRule = new Map<SurveyedRule, Tie[]>()
  for (const tie of ties) byRule.set(tie.rule, [...(byRule.get(tie.rule) ?? []), tie])
  return [...byRule].flatMap(([{ rule, index }, [tie, ...more]]): Finding[] => {
    if (tie === undefined) return []
    const others = [tie, ...more].map(({ earlier }) => earlier.rule.id)
    return [
      {
        severity: 'error',
        check: 'ambiguous-rules',
        path: ['rules', index],
        message: `rule ${rule.id} is as specific as ${firstOf(others, mostNamed)} and can match the same lead; a person would be asked each time`,
        counterExample: { lead: tie.lead },
        suggestion: `give one of them a rank (the lower wins), or let one ask for more`,
      },
    ]
  })
}

function overlapping(survey: Survey, overlaps: readonly Overlap[]): Finding[] {
  const byPair = new Map<string, Overlap[]>()
  for (const overlap of overlaps) {
    const key = overlap.territories.join()
    byPair.set(key, [...(byPair.get(key) ?? []), overlap])
  }
  return [...byPair.values()].flatMap(([overlap, ...more]): Finding[] => {
    if (overlap === undefined) return []
    const [one, other] = overlap.territories
    const pairs = [overlap, ...more].map(({ tie }) => `${tie.earlier.rule.id} with ${tie.rule.rule.id}`)
    return [
      {
        severity: 'error',
        check: 'overlapping-territories',
        path: laterOf(survey, one, other),
        at: 'key',
        message: `the territories ${one} and ${other} overlap, and neither is narrower: for a lead in both a person must choose between rules (${firstOf(pairs, mostNamed)})`,
        counterExample: { lead: overlap.tie.lead },
        suggestion: `draw the border between ${one} and ${other}, put one \`within\` the other, or give one of the rules a rank`,
      },
    ]
  })
}

/** Null: the rules would tie without territories, too. */
function overlapBehind(survey: Survey, tie: Tie): Overlap | null {
  const inside = new Set(knownOf(survey.space, tie.lead).territories)
  const [ours, theirs] = [tie.rule, tie.earlier].map(({ rule }) =>
    territoriesAskedIn(rule.when).filter(id => inside.has(id)),
  )
  const one = theirs?.find(id => ours?.includes(id) === false)
  const other = ours?.find(id => theirs?.includes(id) === false)
  const isShared = ours?.some(id => theirs?.includes(id)) ?? false
  if (one === undefined || other === undefined || isShared) return null
  return { tie, territories: [one, other] }
}

/** Those of which a lead must be in one. */
function territoriesAskedIn(condition: Condition): string[] {
  if (condition.kind === 'all') return condition.of.flatMap(territoriesAskedIn)
  return condition.kind === 'oneOf' && condition.field === 'territory' ? condition.values.map(String) : []
}

function laterOf({ policy }: Survey, one: string, other: string): Path {
  const ids = Object.keys(policy.territories)
  return ['territories', ids.indexOf(one) > ids.indexOf(other) ? one : other]
}
