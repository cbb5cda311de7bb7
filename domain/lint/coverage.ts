/**
 * Which leads no rule is about. Since `otherwise` takes them all, none is lost; but whoever writes a policy wants to
 * know them. And those about which a person is asked before any rule is.
 */
import { type Condition, sentenceOf } from '../condition.js'
import type { RoutingFacts } from '../lead.js'
import { matchRules, otherwiseRule } from '../matching.js'
import type { Finding } from './finding.js'
import { type Formula, isIn, negation, or } from './formula.js'
import { conditionOf, widened } from './regions.js'
import { enumerated } from './sentences.js'
import { ask, type Survey } from './survey.js'
import { knownOf } from './witness.js'

type Region = {
  /** One of them, of which the engine says that `otherwise` decides. */
  lead: RoutingFacts
  /** All of them, and perhaps some that an exception, the account's owner or a disqualification takes out first. */
  where: Condition
}

/** More are not read. */
const mostRegions = 20

export function lintCoverage(survey: Survey): Finding[] {
  const { regions, isComplete } = uncoveredRegions(survey)
  const { assign } = survey.policy.otherwise
  const target = assign.kind === 'pool' ? `the pool ${assign.pool}` : 'whoever otherwise names'
  return [
    ...regions.map(({ lead, where }): Finding => {
      const said = where.kind === 'always' ? 'any lead' : `leads of which this is true: ${sentenceOf(where)}`
      return {
        severity: 'note',
        check: 'coverage',
        path: ['otherwise'],
        message: `no rule is about ${said}; ${target} takes them${unless(survey)}`,
        counterExample: { lead },
        suggestion: 'if these leads are meant for somebody, add a rule for them',
      }
    }),
    ...(isComplete || regions.length < mostRegions ? [] : [unfinished()]),
    ...askedAbout(survey),
  ]
}

/** `isComplete`: there are no other leads that reach only `otherwise`. */
export function uncoveredRegions(survey: Survey): { regions: readonly Region[]; isComplete: boolean } {
  const { policy, space } = survey
  const standard = survey.rules.filter(({ rule }) => !rule.exception)
  const exceptions = survey.rules.filter(({ rule }) => rule.exception)
  const unmatched = [
    survey.notDisqualified,
    ...(policy.accounts === null ? [] : [survey.noAccount]),
    ...[...exceptions, ...standard].map(({ formula }) => negation(formula)),
  ]
  const regions: Region[] = []
  const outside: Formula[] = []
  const question = 'which leads no rule is about'
  while (regions.length < mostRegions) {
    const answer = ask(survey, question, [...unmatched, ...outside])
    if (answer.kind === 'undecided') return { regions, isComplete: false }
    if (answer.kind === 'none') return { regions, isComplete: true }
    const match = matchRules(policy, knownOf(space, answer.lead))
    const isUncovered = match.kind === 'matched' && match.rule === otherwiseRule
    const box = widened(survey, answer.point, standard)
    if (!isUncovered || box === null) {
      survey.undecided.add(question)
      return { regions, isComplete: false }
    }
    regions.push({ lead: answer.lead, where: conditionOf(space, box) })
    outside.push(or(box.map((classes, index) => negation(isIn(space, index, classes)))))
  }
  return { regions, isComplete: ask(survey, question, [...unmatched, ...outside]).kind === 'none' }
}

function unless({ policy }: Survey): string {
  const first = [
    ...(policy.rules.some(({ exception }) => exception) ? ['an exception rule'] : []),
    ...(policy.accounts === null ? [] : ['the owner of an account']),
  ]
  return first.length === 0 ? '' : `, unless ${enumerated(first, 'or')} has them first`
}

function unfinished(): Finding {
  return {
    severity: 'note',
    check: 'bounded',
    path: ['otherwise'],
    message: `these are the first ${mostRegions} kinds of leads that no rule is about; there are more`,
    counterExample: null,
    suggestion: 'give some of these a rule, and look again',
  }
}

/** Not faults: where a policy says that a person looks first, and at which leads. */
function askedAbout(survey: Survey): Finding[] {
  const { policy, space } = survey
  const from = (source: string | null) => {
    const index = space.indexOf('source')
    const position =
      source === null ? Object.keys(policy.sources).length : Object.keys(policy.sources).indexOf(source)
    return isIn(space, index, 1n << BigInt(position))
  }
  const undeclared = ask(survey, 'which leads come from elsewhere', [from(null)])
  return [
    ...(undeclared.kind === 'found'
      ? [
          note({
            path: ['sources'],
            message:
              'leads from a source that is not declared here are asked about first (review undeclared-source)',
            lead: undeclared.lead,
          }),
        ]
      : []),
    ...Object.entries(policy.sources).flatMap(([id, { critical }]) => {
      const [field] = critical
      const answer = field === undefined ? null : ask(survey, `which leads come from ${id}`, [from(id)])
      if (field === undefined || answer?.kind !== 'found') return []
      return [
        note({
          path: ['sources', id, 'critical'],
          message: `leads from ${id} of which ${enumerated(critical, 'or')} is not known are asked about first (review missing-critical)`,
          lead: without(field, answer.lead),
        }),
      ]
    }),
  ]
}

function note({
  path,
  message,
  lead,
}: {
  path: Finding['path']
  message: string
  lead: RoutingFacts
}): Finding {
  return {
    severity: 'note',
    check: 'coverage',
    path,
    at: 'key',
    message,
    counterExample: { lead },
    suggestion: 'nothing, if a person shall look at each of them',
  }
}

function without(field: string, lead: RoutingFacts): RoutingFacts {
  const missing = [...new Set([...lead.missing, field])].sort()
  if (field.startsWith('fields.')) {
    const { [field.slice('fields.'.length)]: _, ...fields } = lead.fields
    return { ...lead, fields, missing }
  }
  const place = field === 'country' ? { region: null, postcode: null } : {}
  const mail = field === 'email' ? { emailDomain: null } : {}
  return Object.hasOwn(lead, field)
    ? { ...lead, ...place, [field]: null, missing }
    : { ...lead, ...mail, missing }
}
