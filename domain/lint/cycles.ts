/** Chains of people and pools that lead back to where they began, so that nobody new ever has the lead. */
import type { Policy, Target } from '../policy.js'
import { type Path, pathText, type Places } from '../yaml.js'
import type { Finding } from './finding.js'
import { escalationOf, type Route, routesOf } from './routes.js'
import { nameOf, type Staff, takersOf } from './staff.js'
import type { Survey } from './survey.js'

/** @param places of the document; null: it is not at hand, and what it says twice cannot be told from a default */
export function lintCycles(survey: Survey, staff: Staff | null, places: Places | null): Finding[] {
  const { policy } = survey
  return [
    ...backups(policy),
    ...(places === null ? [] : deciders(policy, places)),
    ...(staff === null
      ? []
      : [...managers(staff), ...routesOf(survey).flatMap(route => ends(policy, route, staff))]),
  ]
}

function finding(
  severity: Finding['severity'],
  path: Path,
  message: string,
  cycle: readonly string[],
): Finding {
  return {
    severity,
    check: 'backup-cycle',
    path,
    message,
    counterExample: { cycle },
    suggestion: 'name somebody else',
  }
}

function backups({ rules, accounts }: Policy): Finding[] {
  const pairs = [
    ...rules.map(({ id, assign, backup }, index) => ({
      who: `rule ${id}`,
      assign,
      backup,
      path: ['rules', index, 'backup'],
    })),
    ...(accounts === null ? [] : [{ who: 'accounts', ...accounts, path: ['accounts', 'backup'] }]),
  ]
  return pairs.flatMap(({ who, assign, backup, path }) => {
    if (backup === null || keyOf(assign) !== keyOf(backup)) return []
    const name = nameOf(assign)
    const message = `the backup of ${who} is ${name} itself: whoever could not take the lead is asked again`
    return [finding('warning', path, message, [name, name])]
  })
}

function managers({ roster }: Staff): Finding[] {
  const next = new Map(
    roster.people.flatMap(({ id, manager }) =>
      manager === null ? [] : [[String(id), String(manager)] as const],
    ),
  )
  return circlesIn(next).map(cycle =>
    finding(
      'error',
      [],
      `an escalation would never arrive: each is managed by the next, ${cycle.join(', ')}`,
      cycle,
    ),
  )
}

/** Each circle once, beginning and ending with the same name. */
export function circlesIn(next: ReadonlyMap<string, string>): string[][] {
  const settled = new Set<string>()
  const circles: string[][] = []
  for (const start of next.keys()) {
    const chain: string[] = []
    let at: string | undefined = start
    while (at !== undefined && !settled.has(at) && !chain.includes(at)) {
      chain.push(at)
      at = next.get(at)
    }
    if (at !== undefined && chain.includes(at)) circles.push([...chain.slice(chain.indexOf(at)), at])
    for (const name of chain) settled.add(name)
  }
  return circles
}

/** Said in the document, not by default: who did not decide in time is asked again. */
function deciders({ reviews }: Policy, places: Places): Finding[] {
  const paths = [['reviews', 'backup'], ...Object.keys(reviews).map(kind => ['reviews', kind, 'backup'])]
  return paths
    .filter(path => places.has(pathText(path)))
    .flatMap(path => {
      const kind = path.length === 3 ? path[1] : undefined
      const terms = Object.entries(reviews).find(([each]) =>
        kind === undefined ? !places.has(pathText(['reviews', each])) : each === kind,
      )?.[1]
      if (terms === undefined || terms.decides.kind !== 'rep' || terms.backup.kind !== 'rep') return []
      if (terms.decides.rep !== terms.backup.rep) return []
      const name = terms.decides.rep
      const message = `${name} decides and is also the backup: whoever let the time pass is asked again`
      return [finding('warning', path, message, [name, name])]
    })
}

/** A chain that ends at the only person who had the lead at its beginning. */
function ends(policy: Policy, route: Route, staff: Staff): Finding[] {
  const escalation = escalationOf(policy, route.sla)
  const [first] = route.targets
  if (escalation === null || !escalation.moves || escalation.end.kind !== 'rep' || first === undefined)
    return []
  const { rep } = escalation.end
  const takers = takersOf(policy, first, staff)
  if (takers === null || takers.length !== 1 || takers[0]?.id !== rep) return []
  const message = `leads that go by ${route.name} begin with ${rep}, and after the re-routes of ${route.sla} end with ${rep} again`
  return [finding('warning', route.path, message, [rep, rep])]
}

function keyOf(target: Target): string {
  return `${target.kind} ${nameOf(target)}`
}
