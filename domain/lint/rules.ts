/** Rules that can never have a lead, and rules that are there twice. */
import { type Condition, sentenceOf } from '../condition.js'
import type { RoutingFacts } from '../lead.js'
import { accountRule, matchRules } from '../matching.js'
import { testsIn } from './asked.js'
import type { Finding } from './finding.js'
import { negation } from './formula.js'
import { enumerated } from './sentences.js'
import { ask, askEngine, neededOf, type Survey, type SurveyedRule } from './survey.js'
import { knownOf } from './witness.js'

/** Two rules that match the same leads, whatever words they say it in; `earlier` stands first in the document. */
type Duplicate = { rule: SurveyedRule; earlier: SurveyedRule }

export function lintRules(survey: Survey): Finding[] {
  if (survey.isDeadEnd) return []
  const duplicates = duplicatesIn(survey)
  return [
    ...survey.rules.flatMap(rule => unreachable(survey, rule) ?? shadowed(survey, rule, duplicates)),
    ...duplicates.map(duplicate => twice(survey, duplicate)),
  ]
}

/** Null: there are leads that it matches. */
function unreachable(survey: Survey, { rule, index, formula }: SurveyedRule): Finding[] | null {
  const question = `whether rule ${rule.id} can match`
  if (ask(survey, question, [survey.notDisqualified, formula]).kind !== 'none') return null
  const matching = ask(survey, question, [formula])
  const about = { severity: 'error', check: 'unreachable-rule', path: ['rules', index, 'when'] } as const
  switch (matching.kind) {
    case 'undecided':
      return []
    case 'found':
      return [
        {
          ...about,
          message: `rule ${rule.id} matches disqualified leads alone, and these come to no rule`,
          counterExample: { lead: matching.lead },
          suggestion: 'take the rule out, or disqualify fewer leads in qualify: disqualified',
        },
      ]
    case 'none': {
      const parts = contradiction(survey, question, rule.when)
      const [undeclared] = declaredFieldsIn(parts)
      const said = parts.map(sentenceOf).join(', and that ')
      return [
        {
          ...about,
          check: undeclared === undefined ? 'unreachable-rule' : 'unfilled-field',
          message: `rule ${rule.id} can never match: there is no lead of which it is true that ${said}`,
          counterExample: nearest(survey, question, parts),
          suggestion:
            undeclared === undefined
              ? 'change the condition so that a lead can fulfil it, or take the rule out'
              : `add ${undeclared} to the fields of the source, or take it out here`,
        },
      ]
    }
  }
}

/** A lead that fulfils all of them but the last. Null: there is only one. */
function nearest(survey: Survey, question: string, parts: readonly Condition[]): Finding['counterExample'] {
  const others = parts.slice(0, -1)
  const answer = ask(survey, question, [survey.notDisqualified, ...others.map(survey.formulaOf)])
  return others.length > 0 && answer.kind === 'found' ? { lead: answer.lead } : null
}

/** Where a source and a field that it does not declare are all that contradicts, it is the declaration that is missing. */
function declaredFieldsIn(parts: readonly Condition[]): string[] {
  const fields = parts.flatMap(part => testsIn(part).map(({ test }) => test.field))
  const declared = fields.filter(field => field.startsWith('fields.'))
  const others = fields.filter(field => !declared.includes(field))
  return others.length > 0 && others.every(field => field === 'source')
    ? declared.map(field => field.slice('fields.'.length))
    : []
}

/** Parts of a condition that no lead fulfils together; with any one of them left out some lead would. */
function contradiction(survey: Survey, question: string, when: Condition): readonly Condition[] {
  let parts: readonly Condition[] = when.kind === 'all' ? when.of : [when]
  for (const part of parts) {
    const others = parts.filter(other => other !== part)
    if (ask(survey, question, others.map(survey.formulaOf)).kind === 'none') parts = others
  }
  return parts
}

function shadowed(survey: Survey, surveyed: SurveyedRule, duplicates: readonly Duplicate[]): Finding[] {
  const { rule, index, formula } = surveyed
  const question = `whether rule ${rule.id} can win`
  const formulas = [survey.notDisqualified, formula]
  const outcome = askEngine(
    survey,
    question,
    formulas,
    match => (match.kind === 'matched' ? match.rule === rule.id : match.between.includes(rule.id)),
    [rule.id],
  )
  if (outcome.kind !== 'never' || outcome.lead === null) return []
  const needed = neededOf(survey, question, formulas, outcome.instead).map(({ name }) => name)
  const winners = [accountRule, ...survey.policy.rules.map(({ id }) => id)].filter(name =>
    needed.includes(name),
  )
  const twins = duplicates.filter(pair => pair.rule === surveyed || pair.earlier === surveyed)
  if (winners.every(name => twins.some(pair => [pair.rule.rule.id, pair.earlier.rule.id].includes(name))))
    return []
  return [
    {
      severity: 'error',
      check: 'shadowed-rule',
      path: ['rules', index],
      message: `rule ${rule.id} can never win: each lead that it matches goes by ${enumerated(winners.map(saidOf), 'or')} instead${whyLost(survey, rule.id, outcome.lead)}`,
      counterExample: { lead: outcome.lead },
      suggestion: rule.exception
        ? `put ${rule.id} before ${enumerated(winners, 'and')}, or take it out`
        : `let ${rule.id} ask for more, make it an exception, or take it out`,
    },
  ]
}

function saidOf(winner: string): string {
  return winner === accountRule ? "the account's owner" : winner
}

function whyLost(survey: Survey, rule: string, lead: RoutingFacts): string {
  const { outcomes } = matchRules(survey.policy, knownOf(survey.space, lead))
  const why = outcomes.find(outcome => outcome.rule === rule)?.why
  return why === undefined ? '' : `; the example loses because: ${why}`
}

/** Each rule with the first one before it that matches the same leads. */
function duplicatesIn(survey: Survey): Duplicate[] {
  const byHull = new Map<string, SurveyedRule[]>()
  return survey.rules.flatMap(rule => {
    if (rule.hull === null) return []
    const key = `${rule.rule.exception} ${rule.hull.join()}`
    const before = byHull.get(key) ?? []
    byHull.set(key, [...before, rule])
    const earlier = before.find(other => isSame(survey, rule, other))
    return earlier === undefined ? [] : [{ rule, earlier }]
  })
}

function isSame(survey: Survey, one: SurveyedRule, other: SurveyedRule): boolean {
  const question = `whether the rules ${one.rule.id} and ${other.rule.id} match the same leads`
  const isWithin = (inner: SurveyedRule, outer: SurveyedRule) =>
    ask(survey, question, [inner.formula, negation(outer.formula)]).kind === 'none'
  return isWithin(one, other) && isWithin(other, one)
}

function twice(survey: Survey, { rule, earlier }: Duplicate): Finding {
  const answer = ask(survey, `whether rule ${rule.rule.id} can match`, [rule.formula])
  return {
    severity: 'warning',
    check: 'duplicate-rule',
    path: ['rules', rule.index, 'when'],
    message: `rule ${rule.rule.id} matches the same leads as rule ${earlier.rule.id}`,
    counterExample: answer.kind === 'found' ? { lead: answer.lead } : null,
    suggestion: `take one of them out, or change what ${rule.rule.id} asks for`,
  }
}
