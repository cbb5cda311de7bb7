/**
 * Looks for what is wrong with a policy although it can be read: leads that would wait for ever, rules that never
 * apply, people who are not there. It decides such questions for all leads at once, and shows each answer by a lead
 * that has gone through the engine. docs/lint.md lists the checks.
 */
import type { EpochMs } from '../ids.js'
import type { Roster } from '../people.js'
import type { DocumentSource } from '../policy/problems.js'
import type { Policy } from '../policy.js'
import { lintCoverage } from './coverage.js'
import { lintCycles } from './cycles.js'
import { lintEscalation } from './escalation.js'
import { type Finding, severities } from './finding.js'
import { lintLetters } from './letters.js'
import { lintNeeds } from './needs.js'
import { lintPeople } from './persons.js'
import { lintPools } from './pools.js'
import { lintQueues } from './queues.js'
import { lintReviews } from './reviews.js'
import { lintRules } from './rules.js'
import { lintSlas } from './slas.js'
import { mostSteps } from './solve.js'
import { staffOf } from './staff.js'
import { type Survey, surveyOf } from './survey.js'
import { lintTies } from './ties.js'
import { lintTemplates, lintUnused } from './unused.js'
import { lintValues } from './values.js'
import { lintWork } from './work.js'

type Options = {
  /** Now: pools, leave and calendars are looked at from here on for 30 days. */
  atMs: EpochMs
  /** Where things stand in the document, as `parsePolicy` gives it. */
  source?: DocumentSource
  /** The plain values of the document (`readYaml`): unused templates and service levels are found in it alone. */
  document?: unknown
}

/**
 * Errors first, then warnings, then notes. Pure: the same policy, roster and instant give the same findings.
 * @param roster null: nothing is said about people
 */
export function lintPolicy(policy: Policy, roster: Roster | null, options: Options): Finding[] {
  const { atMs, source, document } = options
  const survey = surveyOf(policy)
  const staff = roster === null ? null : staffOf(roster, atMs)
  const places = source?.places ?? null
  const findings = [
    ...lintRules(survey),
    ...lintTies(survey),
    ...lintCoverage(survey),
    ...lintValues(survey),
    ...lintSlas(survey, staff, places, atMs),
    ...lintReviews(survey, staff),
    ...lintCycles(survey, staff, places),
    ...lintQueues(survey, staff),
    ...lintTemplates(policy),
    ...lintLetters(survey, staff),
    ...lintWork(survey, staff),
    ...lintUnused(policy, document),
    ...(staff === null
      ? []
      : [
          ...lintPeople(survey, staff.roster, source),
          ...lintPools(policy, staff),
          ...lintNeeds(survey, staff),
          ...lintEscalation(survey, staff),
        ]),
  ]
  const all = [...findings, ...bounded(survey)]
  return severities.flatMap(severity => all.filter(finding => finding.severity === severity))
}

/** What was asked and not found out. */
function bounded({ undecided, space }: Survey): Finding[] {
  const inexact = space.inexact.map(
    field => `the tests of ${field}, which ask for numbers and for how a text begins`,
  )
  const said = [
    ...[...undecided].map(question => `${question}: not decided within ${mostSteps} steps of the search`),
    ...inexact.map(what => `${what}: taken apart only roughly, so that a finding about it may be missing`),
  ]
  return said.map(message => ({
    severity: 'note',
    check: 'bounded',
    path: [],
    message,
    counterExample: null,
    suggestion: 'nothing, or write the conditions in question more simply',
  }))
}
