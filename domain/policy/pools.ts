/** Who takes turns in which pool, how a pool chooses, and what happens when it has nobody. */
import { poolId, type RepId, repId } from '../ids.js'
import { isByRole } from '../matching.js'
import type { Need, NobodyAvailable, Policy, Pool, PoolChoice } from '../policy.js'
import type { Path } from '../yaml.js'
import { readTarget, type Setting } from './references.js'
import type { NobodyAvailableShape, PolicyShape, PoolShape } from './shape.js'

/** Exactly one of them says who is in a pool. */
const choices = ['turns', 'leastLoaded', 'capacity', 'queue'] as const

/** Half a day of real time: a queue that nobody looks at must not keep a lead over night. */
const usualAcceptWithinMs = 4 * 60 * 60 * 1000

const onlyQueue = ['acceptWithin', 'then'] as const

export function compilePools(pools: PolicyShape['pools'], setting: Setting): Policy['pools'] {
  const { report } = setting
  const entries = Object.entries(pools)
  if (entries.length === 0)
    report({ path: ['pools'], message: 'expected at least one pool', value: undefined })
  const persons = new Set<string>(entries.flatMap(([, shape]) => Object.keys(weightsOf(shape) ?? {})))
  return Object.fromEntries(
    entries.map(([id, shape]) => {
      const path = ['pools', id]
      if (persons.has(id))
        report({ path, at: 'key', message: 'a pool and a person have the same name', value: id })
      return [poolId.parse(id), compilePool(shape, path, setting)]
    }),
  )
}

/** `language`, `product`, `service`, `industry` or `skill NAME`. */
export function readNeeds(needs: readonly string[], path: Path, { report }: Setting): Need[] {
  return needs.flatMap((text, index): Need[] => {
    if (text === 'language') return [{ kind: 'language' }]
    if (text === 'product' || text === 'service' || text === 'industry')
      return [{ kind: 'field', field: text }]
    const skill = /^skill ([a-z0-9][a-z0-9-]*)$/.exec(text)?.[1]
    if (skill !== undefined) return [{ kind: 'skill', skill }]
    const allowed = ['language', 'product', 'service', 'industry', 'skill NAME']
    report({ path: [...path, index], message: 'nothing that a person can have', value: text, allowed })
    return []
  })
}

export function readNobodyAvailable(shape: NobodyAvailableShape): NobodyAvailable {
  if (typeof shape !== 'string') return { kind: 'hold', mostMs: shape.hold }
  const kinds = {
    'next pool': 'nextPool',
    'next rule': 'nextRule',
    'assign now': 'assignNow',
    review: 'review',
  } as const
  return { kind: kinds[shape] }
}

function compilePool(shape: PoolShape, path: Path, setting: Setting): Pool {
  const { report } = setting
  const said = choices.filter(choice => shape[choice] !== undefined)
  const [by, second] = said
  if (by === undefined) {
    const message = 'expected a key that says who is in the pool and how it chooses'
    report({ path, at: 'key', message, value: undefined, allowed: choices })
  } else if (second !== undefined) {
    const message = `a pool chooses in one way, and this one says ${by}`
    report({ path: [...path, second], at: 'key', message, value: second })
  }
  const members = membersOf(shape)
  if (by !== undefined && !isByRole(members) && !Object.values(members).some(weight => weight > 0)) {
    report({ path: [...path, by], message: 'nobody here ever has a turn', value: undefined })
  }
  for (const key of onlyQueue) {
    if (shape[key] === undefined || said.includes('queue')) continue
    report({
      path: [...path, key],
      at: 'key',
      message: 'only a queue waits for somebody to accept',
      value: key,
    })
  }
  const { open = null, perDay = null, perWeek = null } = shape.caps ?? {}
  const turnsMost = /\d+/.exec(shape.afterLeave ?? '')?.[0]
  return {
    members,
    choice: choiceOf(shape, by ?? 'turns', path, setting),
    afterLeave:
      turnsMost === undefined ? { kind: 'hold' } : { kind: 'catchUp', turnsMost: Number(turnsMost) },
    caps: { open, perDay, perWeek },
    inHoursOnly: shape.hours === 'only',
  }
}

function choiceOf(
  { acceptWithin, then }: PoolShape,
  by: (typeof choices)[number],
  path: Path,
  setting: Setting,
): PoolChoice {
  if (by !== 'queue') return { by }
  if (then === undefined) {
    const message = 'missing: then, which gets the lead when nobody accepts it'
    setting.report({ path, at: 'key', message, value: undefined })
    return { by: 'turns' }
  }
  return {
    by: 'queue',
    acceptWithinMs: acceptWithin ?? usualAcceptWithinMs,
    then: readTarget(then, [...path, 'then'], setting),
  }
}

function membersOf(shape: PoolShape): Pool['members'] {
  const everyone = [shape.turns, shape.leastLoaded, shape.queue].find(said => typeof said === 'string')
  if (typeof everyone === 'string') return { role: everyone.replace(/^everyone with role /, '') }
  return weightsOf(shape) ?? {}
}

/** Null: the members are named by their role. */
function weightsOf({ turns, leastLoaded, capacity, queue }: PoolShape): Record<RepId, number> | null {
  if (Array.isArray(queue)) return Object.fromEntries(queue.map(rep => [repId.parse(rep), 1]))
  const said = turns ?? leastLoaded ?? capacity
  return typeof said === 'object' ? said : null
}
