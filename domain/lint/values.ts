/** Conditions that no lead or every lead fulfils, and values that nothing ever fills. */
import { type Condition, sentenceOf } from '../condition.js'
import type { Path } from '../yaml.js'
import { type Asked, askedBy, type Test, testsIn } from './asked.js'
import type { Finding } from './finding.js'
import { negation } from './formula.js'
import { enumerated } from './sentences.js'
import { ask, type Survey } from './survey.js'

export function lintValues(survey: Survey): Finding[] {
  return [
    ...qualification(survey),
    ...criteria(survey),
    ...segments(survey),
    ...territories(survey),
    ...askedBy(survey.policy).flatMap(asked => [...neverFilled(survey, asked), ...undeclared(survey, asked)]),
  ]
}

function warning(check: Finding['check'], path: Path, message: string, suggestion: string): Finding {
  return { severity: 'warning', check, path, message, counterExample: null, suggestion }
}

function qualification(survey: Survey): Finding[] {
  const { disqualified, qualified } = survey.policy.qualify
  return [
    ...(disqualified === null ? [] : disqualification(survey, disqualified)),
    ...(qualified === null || survey.isDeadEnd ? [] : qualifying(survey, qualified)),
  ]
}

function disqualification(survey: Survey, disqualified: Condition): Finding[] {
  const path = ['qualify', 'disqualified']
  const answer = ask(survey, 'whether a lead is disqualified', [survey.formulaOf(disqualified)])
  if (answer.kind === 'none') {
    return [
      warning(
        'qualification',
        path,
        'no lead is ever disqualified by this',
        'change the condition, or take it out',
      ),
    ]
  }
  if (!survey.isDeadEnd) return []
  return [
    {
      severity: 'error',
      check: 'qualification',
      path,
      message: 'every lead is disqualified, so that none ever has an owner',
      counterExample: answer.kind === 'found' ? { lead: answer.lead } : null,
      suggestion: 'ask for more, so that fewer leads are disqualified',
    },
  ]
}

function qualifying(survey: Survey, qualified: Condition): Finding[] {
  const path = ['qualify', 'qualified']
  const formula = survey.formulaOf(qualified)
  const some = ask(survey, 'whether a lead is qualified', [survey.notDisqualified, formula])
  if (some.kind === 'none') {
    const message = `no lead is ever qualified by this${mostPoints(survey)}`
    return [warning('qualification', path, message, 'change the condition, or take it out')]
  }
  const other = ask(survey, 'whether a lead is not qualified', [survey.notDisqualified, negation(formula)])
  if (some.kind === 'undecided' || other.kind !== 'none') return []
  const message = 'every lead is qualified that is not disqualified'
  return [{ ...warning('qualification', path, message, 'ask for more'), counterExample: { lead: some.lead } }]
}

/** Helps where a limit is higher than any score. */
function mostPoints({ policy }: Survey): string {
  const most = policy.score.reduce((sum, { add }) => sum + Math.max(add, 0), 0)
  return policy.score.length === 0 ? '' : ` (a score is ${most} at most)`
}

function criteria(survey: Survey): Finding[] {
  return survey.policy.score.flatMap(({ name, when }, index) => {
    const path = ['score', index, 'when']
    if (isNone(survey, path, [when])) {
      return [
        warning(
          'qualification',
          path,
          `the criterion ${name} is true of no lead`,
          'change the condition, or take it out',
        ),
      ]
    }
    if (!isNone(survey, path, [{ kind: 'not', of: when }])) return []
    const message = `the criterion ${name} is true of every lead, so that it tells none from another`
    return [warning('qualification', path, message, 'change the condition, or take it out')]
  })
}

/** The first that holds is the segment, so an earlier one may leave nothing to a later one. */
function segments(survey: Survey): Finding[] {
  return survey.policy.segments.flatMap(({ id, when }, index) => {
    const path = ['segments', id]
    if (isNone(survey, path, [when])) {
      return [
        warning(
          'unfilled-field',
          path,
          `no lead can be in the segment ${id}`,
          'change the condition, or take it out',
        ),
      ]
    }
    const here: Condition = { kind: 'oneOf', field: 'segment', values: [id] }
    if (!isNone(survey, path, [here])) return []
    const earlier = survey.policy.segments.slice(0, index).map(segment => segment.id)
    const message = `no lead can be in the segment ${id}: every one that could is in ${enumerated(earlier, 'or')} by then`
    const suggestion = `put ${id} before ${enumerated(earlier, 'and')}, or take it out`
    const taken = ask(survey, `what takes leads from the segment ${id}`, [survey.formulaOf(when)])
    const counterExample = taken.kind === 'found' ? { lead: taken.lead } : null
    return [{ ...warning('unfilled-field', path, message, suggestion), counterExample }]
  })
}

function territories(survey: Survey): Finding[] {
  return Object.entries(survey.policy.territories).flatMap(([id, { when }]) => {
    const path = ['territories', id]
    if (!isNone(survey, path, [when])) return []
    const message = `no lead can lie in the territory ${id}: there is none of which it is true that ${sentenceOf(when)}`
    return [warning('unfilled-field', path, message, 'change the condition, or take the territory out')]
  })
}

function isNone(survey: Survey, path: Path, conditions: readonly Condition[]): boolean {
  const question = `whether ${path.join(' ')} can be true`
  return ask(survey, question, conditions.map(survey.formulaOf)).kind === 'none'
}

/** A value, a range or a postcode that no lead has, beside others that leads do have. */
function neverFilled(survey: Survey, { when, path, what }: Asked): Finding[] {
  // That a whole territory, segment or criterion is empty was said; what of it never occurs would be said again.
  if (path[0] !== 'rules' && isNone(survey, path, [when])) return []
  return testsIn(when).flatMap(({ test, countries }) => {
    const never = neverTrueIn(survey, test, countries)
    if (never.length === 0) return []
    const said = enumerated(never.map(sentenceOf), 'and')
    const where = countries === null ? '' : ` in ${enumerated([...countries], 'or')}`
    const message =
      test.field === 'campaign'
        ? `no source has the campaign that ${what} asks for: ${said}; only a lead that names it itself would have it`
        : `no lead can have what ${what} asks for: ${said}${where}`
    return [warning('unfilled-field', [...path, test.field], message, 'take it out, or correct it')]
  })
}

function neverTrueIn(
  { policy, space }: Survey,
  test: Test,
  countries: ReadonlySet<string> | null,
): readonly Condition[] {
  // Within no country at all the whole part is dead, which says itself where it makes a rule so.
  if (test.field === 'postcode') return countries?.size === 0 ? [] : space.places.emptyAreas(test, countries)
  if (derived.includes(test.field) || test.kind === 'exists') return []
  if (test.kind !== 'oneOf') return space.holding(test) === 0n ? [test] : []
  const given = Object.values(policy.sources).map(({ campaign }) => campaign)
  return test.values
    .filter(value =>
      test.field === 'campaign'
        ? !given.includes(String(value))
        : space.holding({ ...test, values: [value] }) === 0n,
    )
    .map(value => ({ ...test, values: [value] }))
}

/** Found out by the policy itself; what can never come of it is said where it is worked out. */
const derived: readonly string[] = ['score', 'qualification', 'segment', 'territory']

/** A declared field, asked of leads that come from sources which do not declare it. */
function undeclared(survey: Survey, { when, path, what }: Asked): Finding[] {
  const fields = new Set(
    testsIn(when).flatMap(({ test }) => (test.field.startsWith('fields.') ? [test.field] : [])),
  )
  return [...fields].flatMap(field => {
    const name = field.slice('fields.'.length)
    const sources = Object.entries(survey.policy.sources).filter(([, source]) => source.fields.includes(name))
    const isFilled: Condition = { kind: 'exists', field }
    if (sources.length > 0 && (isNone(survey, path, [when]) || !isNone(survey, path, [when, isFilled])))
      return []
    if (sources.length > 0 && asksForAbsence(when, field)) return []
    const message =
      sources.length === 0
        ? `${what} asks for ${field}, which no source declares`
        : `${what} asks for ${field}, and no lead of which the rest is true comes from a source that declares it (${enumerated(
            sources.map(([id]) => id),
            'and',
          )})`
    return [
      warning(
        'unfilled-field',
        [...path, field],
        message,
        `add ${name} to the fields of the source, or take it out here`,
      ),
    ]
  })
}

function asksForAbsence(when: Condition, field: string): boolean {
  if (when.kind === 'all' || when.kind === 'any') return when.of.some(part => asksForAbsence(part, field))
  return when.kind === 'not' && testsIn(when).some(({ test }) => test.field === field)
}
