/** Rules that need what nobody of their target has. */
import { nameOf as comparable } from '../chain.js'
import type { Person } from '../people.js'
import type { Need } from '../policy.js'
import type { Finding } from './finding.js'
import { type Formula, isIn } from './formula.js'
import { enumerated } from './sentences.js'
import { nameOf, type Staff, takersOf } from './staff.js'
import { askEngine, type Survey, type SurveyedRule } from './survey.js'

/** What a lead says of one need: a class of the field's values. `words`: what somebody must then have. */
type Said = { field: string; formula: Formula; words: string; has: (person: Person) => boolean }

/** More combinations of languages, products, services and industries than this are not looked through. */
const mostCombinations = 2_000

export function lintNeeds(survey: Survey, staff: Staff): Finding[] {
  return survey.rules.flatMap(surveyed => {
    const takers = takersOf(survey.policy, surveyed.rule.assign, staff)
    if (surveyed.rule.needs.length === 0 || takers === null || takers.length === 0) return []
    return skillMissing(survey, surveyed, takers) ?? unmet(survey, surveyed, takers)
  })
}

/** A skill that the rule needs whatever the lead says. Null: somebody has them all. */
function skillMissing(survey: Survey, surveyed: SurveyedRule, takers: readonly Person[]): Finding[] | null {
  const { rule, index } = surveyed
  const skills = rule.needs.flatMap(need => (need.kind === 'skill' ? [need.skill] : []))
  if (takers.some(({ skills: own }) => skills.every(skill => hasOne(own, skill)))) return null
  const lead = wonWith(survey, surveyed, [])
  return [
    {
      severity: 'error',
      check: 'needs-nobody-has',
      path: ['rules', index, 'needs'],
      message: `rule ${rule.id} needs the skill ${enumerated(skills, 'and')}, and nobody in ${nameOf(rule.assign)} has it`,
      counterExample: lead === null ? null : { lead },
      suggestion: `give somebody in ${nameOf(rule.assign)} the skill, or take it out of needs`,
    },
  ]
}

/** Values that the policy names and a lead of the rule can have, alone or together. The fewest that show it are told. */
function unmet(survey: Survey, surveyed: SurveyedRule, takers: readonly Person[]): Finding[] {
  const { rule, index } = surveyed
  const choices = rule.needs.map(need => valuesFor(survey, need)).filter(values => values.length > 0)
  const found: { said: readonly Said[]; finding: Finding }[] = []
  let looked = 0
  for (const said of combinations(choices)) {
    looked += 1
    if (looked > mostCombinations) {
      survey.undecided.add(`whether rule ${rule.id} always finds somebody with what it needs`)
      break
    }
    if (found.some(known => known.said.every(part => said.includes(part)))) continue
    const skills = rule.needs.flatMap(need => (need.kind === 'skill' ? [need.skill] : []))
    const fit = takers.filter(
      person => said.every(({ has }) => has(person)) && skills.every(skill => hasOne(person.skills, skill)),
    )
    const lead =
      fit.length > 0
        ? null
        : wonWith(
            survey,
            surveyed,
            said.map(({ formula }) => formula),
          )
    if (lead === null) continue
    const words = enumerated(
      said.map(each => each.words),
      'and',
    )
    const finding: Finding = {
      severity: 'warning',
      check: 'needs-nobody-has',
      path: ['rules', index, 'needs'],
      message: `rule ${rule.id} needs somebody who ${words}, and ${nameOf(rule.assign)} has nobody who does`,
      counterExample: { lead },
      suggestion: `add such a person to ${nameOf(rule.assign)}, or send these leads elsewhere by a rule of their own`,
    }
    found.push({ said, finding })
  }
  return found.map(({ finding }) => finding)
}

/** A lead that the rule does get. */
function wonWith(survey: Survey, { rule, formula }: SurveyedRule, more: readonly Formula[]) {
  const outcome = askEngine(
    survey,
    `whom rule ${rule.id} needs`,
    [survey.notDisqualified, formula, ...more],
    match => match.kind === 'matched' && match.rule === rule.id,
    [rule.id],
  )
  return outcome.kind === 'found' ? outcome.lead : null
}

/** Of one need, for each value that conditions name. A lead that does not say it asks nothing. */
function valuesFor({ space }: Survey, need: Need): Said[] {
  if (need.kind === 'skill') return []
  const field = need.kind === 'language' ? 'language' : need.field
  const index = space.indexOf(field)
  const variable = space.variables[index]
  return (variable?.named ?? []).flatMap((at): Said[] => {
    const value = variable?.values[at]
    if (value === undefined || value === null) return []
    const has = (person: Person) =>
      hasOne(need.kind === 'language' ? person.languages : person.skills, String(value))
    const words =
      need.kind === 'language' ? `speaks ${value}` : `has the skill ${value} (the lead's ${field})`
    return [{ field, formula: isIn(space, index, 1n << BigInt(at)), words, has }]
  })
}

/** As the engine compares them. */
function hasOne(names: readonly string[], wanted: string): boolean {
  return names.some(name => comparable(name) === comparable(wanted))
}

/** Single values first, then pairs, and so on, so that what is told is the least that shows it. */
function* combinations(choices: readonly (readonly Said[])[]): Generator<readonly Said[]> {
  for (let size = 1; size <= choices.length; size++) yield* ofSize(choices, size)
}

function* ofSize(choices: readonly (readonly Said[])[], size: number): Generator<readonly Said[]> {
  if (size === 0) {
    yield []
    return
  }
  for (const [at, values] of choices.entries()) {
    for (const rest of ofSize(choices.slice(at + 1), size - 1)) {
      for (const value of values) yield [value, ...rest]
    }
  }
}
