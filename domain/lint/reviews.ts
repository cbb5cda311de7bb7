/** Whether somebody decides what a person must decide, in time. */
import { formatInstant } from '../calendar.js'
import type { Person } from '../people.js'
import type { Decider, Policy, ReviewTerms } from '../policy.js'
import type { Path } from '../yaml.js'
import type { Finding } from './finding.js'
import { leadOn, routesOf } from './routes.js'
import { firstOf, lengthOf } from './sentences.js'
import { firstGap, presenceOf, type Staff, takersOf } from './staff.js'
import { ask, type Survey } from './survey.js'

const mostNamed = 5

export function lintReviews(survey: Survey, staff: Staff | null): Finding[] {
  const { policy } = survey
  return [
    ...highValue(survey),
    ...withoutTerritoryManager(policy),
    ...(staff === null ? [] : [...allAway(policy, staff), ...ownersWithoutManager(survey, staff)]),
  ]
}

function finding(path: Path, said: Pick<Finding, 'message' | 'suggestion'> & Partial<Finding>): Finding {
  return { severity: 'warning', check: 'reviews', path, counterExample: null, ...said }
}

function highValue(survey: Survey): Finding[] {
  const { policy } = survey
  const { when, withinMs } = policy.reviews['high-value']
  if (when === null || survey.isDeadEnd) return []
  const path = ['reviews', 'high-value']
  const some = ask(survey, 'whether a lead is of high value', [
    survey.notDisqualified,
    survey.formulaOf(when),
  ])
  const longestMs = Math.max(...Object.values(policy.slas).map(({ firstTouch }) => firstTouch.withinMs))
  return [
    ...(some.kind === 'none'
      ? [
          finding([...path, 'when'], {
            message: 'no lead that has an owner can be of high value, so this review never opens',
            suggestion: 'change the condition, or take the review out',
          }),
        ]
      : []),
    ...(withinMs > longestMs
      ? [
          finding([...path, 'within'], {
            check: 'impossible-sla',
            counterExample: some.kind === 'found' ? { lead: some.lead } : null,
            message: `a review of high value may take ${lengthOf(withinMs)}, when every clock is over: the longest is ${lengthOf(longestMs)}`,
            suggestion: 'decide within the time to first touch',
          }),
        ]
      : []),
  ]
}

/** Every review whose decider is the manager of a territory, in a policy in which no territory has one. */
function withoutTerritoryManager({ territories, reviews, reassign }: Policy): Finding[] {
  if (Object.values(territories).some(({ manager }) => manager !== null)) return []
  return deciding({ reviews, reassign })
    .filter(({ decides }) => decides.kind === 'managerOfTerritory')
    .map(({ what, path }) =>
      finding(path, {
        message: `${what} is decided by the manager of the territory, and no territory has one`,
        suggestion: 'give territories a manager, or name a person or a role',
      }),
    )
}

type Deciding = { what: string; path: Path; decides: Decider; backup: Decider }

function deciding({ reviews, reassign }: Pick<Policy, 'reviews' | 'reassign'>): Deciding[] {
  return [
    ...Object.entries(reviews)
      .filter(
        ([kind, { when }]: [string, ReviewTerms]) =>
          !['high-value', 'policy-exception'].includes(kind) || when !== null,
      )
      .map(([kind, { decides, backup }]) => ({
        what: `the review ${kind}`,
        path: ['reviews', kind, 'decides'],
        decides,
        backup,
      })),
    { what: 'a reassignment', path: ['reassign', 'decides'], ...reassign },
  ]
}

/** Somebody decides all the same (domain/deciders.ts), but nobody whom the policy names. One finding for each group of people. */
function allAway(policy: Policy, staff: Staff): Finding[] {
  const seen = new Set<string>()
  return deciding(policy).flatMap(({ what, path, decides, backup }) => {
    const [one, other] = [namedBy(decides, staff), namedBy(backup, staff)]
    const people = [...new Set([...(one ?? []), ...(other ?? [])])]
    const key = people.map(({ id }) => id).join()
    if (one === null || other === null || people.length === 0 || seen.has(key)) return []
    const gap = firstGap(
      people.flatMap(person => presenceOf(person, staff, false)),
      staff.window,
    )
    if (gap === null) return []
    seen.add(key)
    const names = firstOf(
      people.map(({ id }) => id),
      mostNamed,
    )
    return [
      finding(path, {
        message: `nobody who is named to decide ${what} (${names}) is there at ${formatInstant(policy.zone, gap[0])}`,
        counterExample: { atMs: gap[0], zone: policy.zone },
        suggestion: 'name a backup who is there then',
      }),
    ]
  })
}

/** Null: it depends on the lead. */
function namedBy(decider: Decider, { roster, person }: Staff): Person[] | null {
  if (decider.kind === 'role') return roster.people.filter(({ role }) => role === decider.role)
  return decider.kind === 'rep' ? [person(decider.rep)].filter(each => each !== undefined) : null
}

/** `manager of owner` decides about leads of high value: an owner without a manager has nobody to look. */
function ownersWithoutManager(survey: Survey, staff: Staff): Finding[] {
  const { policy } = survey
  const { when, decides } = policy.reviews['high-value']
  if (when === null || decides.kind !== 'managerOfOwner') return []
  for (const route of routesOf(survey)) {
    const [target] = route.targets
    const alone = (target && takersOf(policy, target, staff))?.find(({ manager }) => manager === null)
    const lead = alone === undefined ? null : leadOn(survey, route, [survey.formulaOf(when)])
    if (alone === undefined || lead === null) continue
    return [
      finding(['reviews', 'high-value', 'decides'], {
        message: `a lead of high value can be ${alone.id}'s, who has no manager to decide about it`,
        counterExample: { lead },
        suggestion: `give ${alone.id} a manager, or name a person or a role`,
      }),
    ]
  }
  return []
}
