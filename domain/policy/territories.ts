/** Places, which may lie in one another: a territory asks what it says itself and what those around it ask. */
import type { Condition } from '../condition.js'
import { repId } from '../ids.js'
import type { Policy, Territory } from '../policy.js'
import { compileCondition } from './conditions.js'
import type { Setting } from './references.js'
import type { PolicyShape } from './shape.js'

type Own = Territory & { asks: boolean }

export function compileTerritories(
  territories: NonNullable<PolicyShape['territories']>,
  setting: Setting,
): Policy['territories'] {
  const own = new Map(
    Object.entries(territories).map(([id, raw]) => [
      id,
      readTerritory(
        id,
        raw,
        Object.keys(territories).filter(other => other !== id),
        setting,
      ),
    ]),
  )
  for (const id of own.keys()) reportCircle(id, own, setting)
  return Object.fromEntries(
    [...own].map(([id, { within, manager }]) => [id, { when: everythingAsked(id, own), within, manager }]),
  )
}

function readTerritory(
  id: string,
  { within, manager, ...asked }: Record<string, unknown>,
  allowed: readonly string[],
  { references, report }: Setting,
): Own {
  const path = ['territories', id]
  const around = typeof within === 'string' && allowed.includes(within) ? within : null
  if (within !== undefined && around === null) {
    report({ path: [...path, 'within'], message: 'unknown territory', value: within, allowed })
  }
  const rep = repId.safeParse(manager)
  if (manager !== undefined && !rep.success) {
    report({ path: [...path, 'manager'], message: 'expected a person', value: manager })
  }
  const asks = Object.keys(asked).length > 0 || around === null
  return {
    when: asks
      ? compileCondition(asked, path, { stage: 'territory', names: references, report })
      : { kind: 'always' },
    within: around,
    manager: rep.success ? rep.data : null,
    asks,
  }
}

/** The widest first, so that it reads from the country down. */
function everythingAsked(id: string, own: ReadonlyMap<string, Own>): Condition {
  const conditions = [...around(id, own)].reverse().flatMap(each => {
    const territory = own.get(each)
    return territory?.asks ? [territory.when] : []
  })
  const [only, ...others] = conditions
  return only !== undefined && others.length === 0 ? only : { kind: 'all', of: conditions }
}

/** The territory and those around it, nearest first; ends where they go round in a circle. */
function around(id: string, own: ReadonlyMap<string, Own>): ReadonlySet<string> {
  const found = new Set<string>()
  for (
    let next: string | null = id;
    next !== null && !found.has(next);
    next = own.get(next)?.within ?? null
  ) {
    found.add(next)
  }
  return found
}

/** At the first of the circle, in the order of the document. */
function reportCircle(id: string, own: ReadonlyMap<string, Own>, { report }: Setting): void {
  const chain = [...around(id, own)]
  const [first] = [...own.keys()].filter(each => chain.includes(each))
  const last = chain.at(-1)
  if (first !== id || last === undefined || own.get(last)?.within !== id) return
  const message = `lies within itself: ${[...chain, id].join(', ')}`
  report({ path: ['territories', id, 'within'], message, value: own.get(id)?.within })
}
