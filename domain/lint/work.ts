/** Terms of an owner's work that do nothing, or reach nobody. */
import type { Person } from '../people.js'
import type { HandoffTerms, Policy, Sla } from '../policy.js'
import { outsideQuietHours } from '../quiet-hours.js'
import type { Path } from '../yaml.js'
import type { Finding } from './finding.js'
import { routesOf } from './routes.js'
import { enumerated, firstOf } from './sentences.js'
import { nameOf, presenceOf, type Span, type Staff, takersOf } from './staff.js'
import type { Survey } from './survey.js'

const mostNamed = 5

export function lintWork(survey: Survey, staff: Staff | null): Finding[] {
  const { policy } = survey
  return [
    ...idlePauses(policy),
    ...(staff === null ? [] : [...quietAtWork(survey, staff), ...handoffs(policy, staff)]),
  ]
}

type Said = Pick<Finding, 'check' | 'message' | 'suggestion'> & Partial<Finding>

function finding(path: Path, said: Said): Finding {
  return { severity: 'warning', path, counterExample: null, ...said }
}

/** Of several clocks one is enough: a pause may name more than every service level has. */
function idlePauses({ pauses, slas }: Policy): Finding[] {
  const has = (clock: 'acknowledge' | 'firstTouch' | 'stale') =>
    Object.values(slas).some((sla: Sla) => sla[clock] !== null)
  return Object.entries(pauses).flatMap(([reason, { clocks }]) =>
    clocks.some(has)
      ? []
      : [
          finding(['pauses', reason], {
            check: 'unused',
            at: 'key',
            message: `the pause ${reason} stops nothing: no service level has ${enumerated(clocks, 'or')}`,
            suggestion: 'name a clock that there is, or take the pause out',
          }),
        ],
  )
}

/** Whoever only works in the quiet hours is reminded when nobody of them is there. */
function quietAtWork(survey: Survey, staff: Staff): Finding[] {
  const { policy } = survey
  const { quiet } = policy.reminders
  if (quiet === null) return []
  const owners = new Set(
    routesOf(survey).flatMap(({ targets }) =>
      targets.flatMap(target => takersOf(policy, target, staff) ?? []),
    ),
  )
  const silent = [...owners].flatMap(person => {
    const [first, ...others] = presenceOf(person, staff, true)
    if (first === undefined) return []
    const isQuiet = ([fromMs, toMs]: Span) => outsideQuietHours(quiet, person.calendar.zone, fromMs) >= toMs
    return [first, ...others].every(isQuiet) ? [{ person, atMs: first[0] }] : []
  })
  const [shown] = silent
  if (shown === undefined) return []
  const names = firstOf(
    silent.map(({ person }) => person.id),
    mostNamed,
  )
  return [
    finding(['reminders', 'quiet'], {
      check: 'quiet-hours',
      message: `no reminder reaches ${names} at work: all their working hours are quiet`,
      counterExample: { atMs: shown.atMs, zone: shown.person.calendar.zone },
      suggestion: 'leave hours free in which they work',
    }),
  ]
}

function handoffs(policy: Policy, staff: Staff): Finding[] {
  const { handoff } = policy
  if (handoff === null) return []
  return [...toOtherRoles(policy, handoff, staff), ...upToNobody(handoff, staff)]
}

/** Only who has the receiving role is offered a lead, whoever the target is. */
function toOtherRoles(policy: Policy, { assign, toRole }: HandoffTerms, staff: Staff): Finding[] {
  const takers = assign === null ? null : takersOf(policy, assign, staff)
  if (assign === null || takers === null || takers.length === 0) return []
  const others = takers.filter(({ role }) => role !== toRole)
  if (others.length === 0) return []
  const path = ['handoff', 'assign']
  const where = assign.kind === 'pool' ? ` of ${nameOf(assign)}` : ''
  const names = firstOf(
    others.map(({ id }) => id),
    mostNamed,
  )
  const has = others.length === 1 ? 'does' : 'do'
  const suggestion = `let assign be people with the role ${toRole}`
  return others.length === takers.length
    ? [
        finding(path, {
          severity: 'error',
          check: 'handoff',
          message: `a handoff that names nobody is always refused: ${names}${where} ${has} not have the role ${toRole}`,
          suggestion,
        }),
      ]
    : [
        finding(path, {
          check: 'handoff',
          message: `a handoff is never offered to ${names}${where}, who ${has} not have the role ${toRole}`,
          suggestion,
        }),
      ]
}

function upToNobody({ onTimeout, toRole }: HandoffTerms, { roster, person }: Staff): Finding[] {
  if (onTimeout === 'back') return []
  const isAlone = ({ role, manager }: Person) =>
    role === toRole && (manager === null || person(manager) === undefined)
  const alone = roster.people.filter(isAlone).map(({ id }) => id)
  if (alone.length === 0) return []
  const names = firstOf(alone, mostNamed)
  return [
    finding(['handoff', 'onTimeout'], {
      check: 'handoff',
      message: `a handoff that ${names} ${alone.length === 1 ? 'leaves' : 'leave'} unanswered cannot go up: there is no manager`,
      suggestion: `give ${names} a manager, or let onTimeout be back`,
    }),
  ]
}
