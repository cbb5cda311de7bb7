/** Whether every lead has an owner, somebody behind the owner, and somebody who hears of it when it is late (R21). */
import type { Person } from '../people.js'
import type { Finding } from './finding.js'
import { escalationOf, leadOn, type Route, routesOf } from './routes.js'
import { enumerated, firstOf } from './sentences.js'
import { nameOf, type Staff, takersOf } from './staff.js'
import type { Survey } from './survey.js'

const mostNamed = 5

export function lintEscalation(survey: Survey, staff: Staff): Finding[] {
  const routes = routesOf(survey)
  return [
    ...routes.flatMap(route => [
      ...withoutOwner(survey, route, staff),
      ...withoutManager(survey, route, staff),
    ]),
    ...Object.keys(survey.policy.slas).flatMap(sla =>
      withoutEscalation(
        survey,
        sla,
        routes.filter(route => route.sla === sla),
      ),
    ),
  ]
}

/** Nobody in any of its targets is an error; only one person in all of them is a risk. */
function withoutOwner(survey: Survey, route: Route, staff: Staff): Finding[] {
  // Where the policy asks a person at once, nobody else is tried, and that person is the backup.
  const asksAtOnce = route.nobodyAvailable.kind === 'review'
  const targets = asksAtOnce ? route.targets.slice(0, 1) : route.targets
  const takers = targets.map(target => takersOf(survey.policy, target, staff))
  if (takers.includes(null)) return []
  const people = new Set(takers.flatMap(each => each ?? []))
  if (people.size > (asksAtOnce ? 0 : 1)) return []
  const lead = leadOn(survey, route)
  if (lead === null) return []
  const names = enumerated([...new Set(targets.map(nameOf))], 'or')
  const [only] = people
  const about = { check: 'escalation-path', path: route.path, counterExample: { lead } } as const
  if (only === undefined) {
    return [
      {
        ...about,
        severity: 'error',
        message: `leads that go by ${route.name} get no owner: there is nobody in ${names}; each of them becomes a review`,
        suggestion: 'name somebody who is with us',
      },
    ]
  }
  return [
    {
      ...about,
      severity: 'warning',
      message: `leads that go by ${route.name} have no backup: ${only.id} is the only person in ${names}`,
      suggestion: 'name a backup, or let otherwise be a pool with more people',
    },
  ]
}

/** One finding for each service level, however many ways lead to it. */
function withoutEscalation(survey: Survey, sla: string, routes: readonly Route[]): Finding[] {
  const escalation = escalationOf(survey.policy, sla)
  if (escalation === null || escalation.tells || escalation.moves) return []
  const leads = routes
    .map(route => ({ route, lead: leadOn(survey, route) }))
    .filter(({ lead }) => lead !== null)
  const shown = leads[0]?.lead ?? null
  if (shown === null) return []
  const names = firstOf(
    leads.map(({ route }) => route.name),
    mostNamed,
  )
  return [
    {
      severity: 'warning',
      check: 'escalation-path',
      path: ['slas', sla],
      at: 'key',
      message: `when a lead that goes by ${names} is touched too late, nobody but its owner hears of it: ${sla} tells no manager and does not re-route`,
      counterExample: { lead: shown },
      suggestion: `add a step to ${sla}, such as { at: 100%, do: tell manager }`,
    },
  ]
}

/** The chain must end at a named person (R29), so an owner whose manager it ends at must have one. */
function withoutManager(survey: Survey, route: Route, staff: Staff): Finding[] {
  const escalation = escalationOf(survey.policy, route.sla)
  if (escalation === null) return []
  const { tells, movesAtAll, end } = escalation
  const endsAtManager = movesAtAll && end.kind === 'managerOfOwner'
  if (!tells && !endsAtManager) return []
  const alone = alonePeople(survey, route, staff)
  const lead = alone.length === 0 ? null : leadOn(survey, route)
  if (lead === null) return []
  const names = firstOf(
    alone.map(({ id }) => id),
    mostNamed,
  )
  const what = endsAtManager ? 'the chain of re-routes ends at nobody' : 'nobody is told when a lead is late'
  return [
    {
      severity: endsAtManager ? 'error' : 'warning',
      check: 'escalation-path',
      path: route.path,
      message: `leads that go by ${route.name} can be ${names}'s, who ${alone.length === 1 ? 'has' : 'have'} no manager: ${what}`,
      counterExample: { lead },
      suggestion: endsAtManager
        ? `give ${names} a manager, or let reRoutes of ${route.sla} end at a person`
        : `give ${names} a manager`,
    },
  ]
}

/** What the rule itself names; whoever else takes a lead is there since somebody could not. */
function alonePeople({ policy }: Survey, { targets }: Route, staff: Staff): Person[] {
  const own = targets.length === 1 ? targets : targets.slice(0, -1)
  const takers = own.flatMap(target => takersOf(policy, target, staff) ?? [])
  return [...new Set(takers)].filter(({ manager }) => manager === null || staff.person(manager) === undefined)
}
