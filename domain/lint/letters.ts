/** Letters that no prospect ever gets, and ways to book time that lead nowhere. */
import type { Condition } from '../condition.js'
import type { Person } from '../people.js'
import type { ProspectLetter } from '../policy.js'
import type { Path } from '../yaml.js'
import type { Finding } from './finding.js'
import type { Formula } from './formula.js'
import { leadOn, type Route, routesOf } from './routes.js'
import { firstOf } from './sentences.js'
import { type Staff, takersOf } from './staff.js'
import { ask, type Survey } from './survey.js'

const mostNamed = 5

export function lintLetters(survey: Survey, staff: Staff | null): Finding[] {
  const { campaigns, sources } = survey.policy
  const given = new Set(Object.values(sources).map(({ campaign }) => campaign))
  return Object.entries(campaigns).flatMap(([id, { acknowledge, meetingLink }]) => {
    // That no source has the campaign is said of it as a whole.
    if (!given.has(id) || survey.isDeadEnd) return []
    const path = ['campaigns', id]
    const isLate = meetingLink === null && acknowledge?.template.text.includes('{{meetingLink}}') === true
    return [
      ...toNobody(survey, id, acknowledge, [...path, 'acknowledge', 'when']),
      ...toNobody(survey, id, meetingLink, [...path, 'meetingLink', 'when']),
      ...(isLate ? [withoutLink(id, [...path, 'acknowledge', 'template'])] : []),
      ...(staff === null || meetingLink === null ? [] : ownersWithoutLink(survey, id, meetingLink, staff)),
    ]
  })
}

function finding(path: Path, said: Pick<Finding, 'message' | 'suggestion'> & Partial<Finding>): Finding {
  return { severity: 'warning', check: 'letters', path, counterExample: null, ...said }
}

function toNobody(survey: Survey, id: string, letter: ProspectLetter | null, path: Path): Finding[] {
  if (letter === null || letter.when === null) return []
  const formulas = [survey.notDisqualified, ...askedOf(survey, id, letter)]
  if (ask(survey, `whether somebody gets the letter ${path.slice(1, 3).join(' ')}`, formulas).kind !== 'none')
    return []
  return [
    finding(path, {
      message: `no lead of campaign ${id} can ever get this letter`,
      suggestion: 'change the condition, or take the letter out',
    }),
  ]
}

function withoutLink(id: string, path: Path): Finding {
  return finding(path, {
    message: `the acknowledgement of campaign ${id} has {{meetingLink}}, and the campaign gives nobody a meeting link: the sentence is always left out`,
    suggestion: `add meetingLink to ${id}, or take the sentence out`,
  })
}

/** Each campaign is told once, with a lead of the first route by which it comes to such a person. */
function ownersWithoutLink(survey: Survey, id: string, letter: ProspectLetter, staff: Staff): Finding[] {
  const named = new Set<Person>()
  let shown: { lead: NonNullable<ReturnType<typeof leadOn>>; route: Route } | null = null
  for (const route of routesOf(survey)) {
    const linkless = firstTakers(survey, route, staff).filter(({ meetingLink }) => meetingLink === null)
    // A route that only leads to people who are named already is not looked at.
    if (linkless.every(person => named.has(person))) continue
    const lead = leadOn(survey, route, askedOf(survey, id, letter))
    if (lead === null) continue
    shown ??= { lead, route }
    for (const person of linkless) named.add(person)
  }
  if (shown === null) return []
  const names = firstOf(
    [...named].map(person => person.id),
    mostNamed,
    'or',
  )
  return [
    finding(['campaigns', id, 'meetingLink'], {
      at: 'key',
      message: `a lead of campaign ${id} can be ${names}'s, who ${named.size === 1 ? 'has' : 'have'} no meeting link: the prospect is sent none (the example goes by ${shown.route.name})`,
      counterExample: { lead: shown.lead },
      suggestion: `give ${names} a meetingLink in the people document`,
    }),
  ]
}

/** What the rule itself names; whoever else takes a lead is there since somebody could not. */
function firstTakers({ policy }: Survey, { targets }: Route, staff: Staff): Person[] {
  const own = targets.length === 1 ? targets : targets.slice(0, -1)
  return [...new Set(own.flatMap(target => takersOf(policy, target, staff) ?? []))]
}

function askedOf({ formulaOf }: Survey, id: string, { when }: ProspectLetter): Formula[] {
  const ofCampaign: Condition = { kind: 'oneOf', field: 'campaign', values: [id] }
  return [formulaOf(ofCampaign), ...(when === null ? [] : [formulaOf(when)])]
}
