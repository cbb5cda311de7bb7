/**
 * Queues that pass a lead back to where it was. When nobody accepts, the lead goes to the queue's `then`, and where
 * nobody can take it there, to `otherwise`; no backup is asked, and nothing counts the rounds. So in a circle a lead has
 * neither an owner nor a review until somebody accepts it.
 */
import type { RoutingFacts } from '../lead.js'
import type { Policy, Target } from '../policy.js'
import { circlesIn } from './cycles.js'
import type { CounterExample, Finding } from './finding.js'
import type { Formula } from './formula.js'
import { leadOn, routesOf } from './routes.js'
import { nameOf, type Staff, takersOf } from './staff.js'
import type { Survey } from './survey.js'

/** What becomes of a lead that nobody accepts, as far as it is another queue. */
type Passed = {
  to: string
  /** Null: `then` is that queue. Otherwise why `then` is nobody, so that the lead goes by `otherwise`. */
  nobody: string | null
  /** Only such leads. */
  when: readonly Formula[]
}

type Queues = ReadonlyMap<string, Passed>

export function lintQueues(survey: Survey, staff: Staff | null): Finding[] {
  const passed = new Map(
    queueIds(survey.policy).flatMap(id => {
      const next = passedOn(survey, staff, id)
      return next === null ? [] : [[id, next] as const]
    }),
  )
  const circles = circlesIn(new Map([...passed].map(([id, { to }]) => [id, to])))
  const inCircles = new Set(circles.flat())
  return [
    ...circles.map(cycle => circling(survey, passed, cycle)),
    ...backToOtherwise(survey, staff).filter(({ path }) => !inCircles.has(String(path[1]))),
  ]
}

function queueIds({ pools }: Policy): string[] {
  return Object.entries(pools).flatMap(([id, { choice }]) => (choice.by === 'queue' ? [id] : []))
}

function thenOf({ pools }: Policy, id: string): Target | null {
  const choice = Object.entries(pools).find(([pool]) => pool === id)?.[1].choice
  return choice?.by === 'queue' ? choice.then : null
}

/** The queue that a target is; null: it is none. */
function queueAt(policy: Policy, target: Target): string | null {
  return target.kind === 'pool' && thenOf(policy, target.pool) !== null ? target.pool : null
}

function passedOn(survey: Survey, staff: Staff | null, id: string): Passed | null {
  const { policy } = survey
  const then = thenOf(policy, id)
  if (then === null) return null
  const nobody = nobodyAt(survey, then, staff)
  const to = queueAt(policy, nobody === null ? then : policy.otherwise.assign)
  return to === null ? null : { to, nobody: nobody?.why ?? null, when: nobody?.when ?? [] }
}

/** Why a lead that has not had an owner finds nobody there, whenever it comes. Null: somebody may be there. */
function nobodyAt(
  { policy, noAccount }: Survey,
  target: Target,
  staff: Staff | null,
): { why: string; when: readonly Formula[] } | null {
  switch (target.kind) {
    case 'managerOfOwner':
      return { why: 'whom a lead that had no owner does not have', when: [] }
    case 'accountOwner':
      return { why: 'whom a lead without an account does not have', when: [noAccount] }
    default: {
      const takers = staff === null ? null : takersOf(policy, target, staff)
      if (takers?.length !== 0) return null
      return { why: target.kind === 'rep' ? 'who is not with us' : 'where there is nobody', when: [] }
    }
  }
}

function circling(survey: Survey, passed: Queues, cycle: readonly string[]): Finding {
  const { policy } = survey
  const [first = ''] = cycle
  const steps = cycle.slice(0, -1).map(id => sayStep(policy, passed, id))
  const when = cycle.flatMap(id => passed.get(id)?.when ?? [])
  return {
    severity: 'error',
    check: 'backup-cycle',
    path: ['pools', first, 'then'],
    message: `a lead that nobody accepts goes round the queues for ever: ${[first, ...steps].join(', then ')}`,
    counterExample: shownBy(leadInto(survey, passed, new Set(cycle), when), cycle),
    suggestion: `let then of ${first} be a person, or a pool that takes turns`,
  }
}

function sayStep(policy: Policy, passed: Queues, id: string): string {
  const { to, nobody } = passed.get(id) ?? { to: id, nobody: null }
  const then = thenOf(policy, id)
  if (nobody === null || then === null) return to
  return `${nameOf(then)}, ${nobody}, and by otherwise ${to}`
}

/** A lead that a rule gives to one of these queues at once: of a backup it would take somebody away to show it. */
function leadInto(
  survey: Survey,
  passed: Queues,
  circle: ReadonlySet<string>,
  when: readonly Formula[],
): RoutingFacts | null {
  for (const route of routesOf(survey)) {
    const [first] = route.targets
    if (first === undefined || !comesInto(survey.policy, passed, first, circle)) continue
    const lead = leadOn(survey, route, when)
    if (lead !== null) return lead
  }
  return null
}

function comesInto(policy: Policy, passed: Queues, target: Target, circle: ReadonlySet<string>): boolean {
  let at = queueAt(policy, target)
  // Each step is another queue, or the circle is another one.
  for (let steps = 0; at !== null && steps <= passed.size; steps++) {
    if (circle.has(at)) return true
    at = passed.get(at)?.to ?? null
  }
  return false
}

function shownBy(lead: RoutingFacts | null, cycle: readonly string[]): CounterExample {
  return lead === null ? { cycle } : { lead }
}

/** `otherwise` is a queue, and one person alone keeps what nobody accepts from coming back to it. */
function backToOtherwise(survey: Survey, staff: Staff | null): Finding[] {
  const { policy } = survey
  const first = queueAt(policy, policy.otherwise.assign)
  if (first === null) return []
  const cycle = [first]
  let end = thenOf(policy, first)
  for (let steps = queueIds(policy).length; end !== null && steps > 0; steps--) {
    const next = queueAt(policy, end)
    if (next === null) break
    cycle.push(next)
    end = thenOf(policy, next)
  }
  if (end === null || queueAt(policy, end) !== null) return []
  const alone = onlyOne(policy, end, staff)
  if (alone === null) return []
  const message = `while ${alone} is away, a lead that nobody accepts from ${cycle.join(', then ')} comes back there by otherwise again and again, and has neither an owner nor a review`
  const lead = leadInto(survey, new Map(), new Set([first]), [])
  return [
    {
      severity: 'warning',
      check: 'backup-cycle',
      path: ['pools', first, 'then'],
      message,
      counterExample: shownBy(lead, [...cycle, alone, first]),
      suggestion:
        'let otherwise be a pool that takes turns, so that a person is asked when nobody can take it',
    },
  ]
}

/** The one person who can have the lead there. Null: they are several, or it depends on the lead. */
function onlyOne(policy: Policy, target: Target, staff: Staff | null): string | null {
  if (target.kind === 'rep') return target.rep
  const takers = staff === null ? null : takersOf(policy, target, staff)
  return takers?.length === 1 ? (takers[0]?.id ?? null) : null
}
