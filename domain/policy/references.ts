/** What the names in a policy refer to. */
import { poolId, repId } from '../ids.js'
import type { Decider, Target } from '../policy.js'
import type { Path } from '../yaml.js'
import type { Names } from './conditions.js'
import { isMapping, type Report } from './problems.js'

/** Every name that the document gives to something, whether or not what it names is right. */
export type References = Names & {
  calendars: readonly string[]
  pools: readonly string[]
  slas: readonly string[]
  templates: readonly string[]
  /** The service level where nothing names one. */
  defaultSla: string | null
}

export type Setting = { references: References; report: Report }

/** Read off the plain values, so that a slip inside a section does not make every reference to it another one. */
export function referencesOf(document: unknown): References {
  const section = (key: string) =>
    isMapping(document) && Object.hasOwn(document, key) ? document[key] : undefined
  const namesOf = (key: string) => keysOf(section(key))
  const sources = section('sources')
  const slas = namesOf('slas')
  const sla = section('sla')
  const [only] = slas
  return {
    sources: namesOf('sources'),
    campaigns: namesOf('campaigns'),
    segments: namesOf('segments'),
    territories: namesOf('territories'),
    lists: namesOf('lists'),
    calendars: namesOf('calendars'),
    pools: namesOf('pools'),
    templates: namesOf('templates'),
    slas,
    defaultSla: typeof sla === 'string' ? sla : slas.length === 1 && only !== undefined ? only : null,
    declaredFields: isMapping(sources) ? [...new Set(Object.values(sources).flatMap(declaredBy))] : [],
  }
}

/** `account owner`, `manager of owner`, a pool, or else a person; that the person exists is the roster's to say. */
export function readTarget(text: string, path: Path, { references, report }: Setting): Target {
  if (text === 'account owner') return { kind: 'accountOwner' }
  if (text === 'manager of owner') return { kind: 'managerOfOwner' }
  const pool = references.pools.includes(text) ? poolId.safeParse(text) : null
  if (pool?.success) return { kind: 'pool', pool: pool.data }
  const rep = repId.safeParse(text)
  if (rep.success) return { kind: 'rep', rep: rep.data }
  const allowed = ['account owner', 'manager of owner', ...references.pools]
  report({
    path,
    message: 'expected a pool, a person, account owner or manager of owner',
    value: text,
    allowed,
  })
  return { kind: 'accountOwner' }
}

/** `role NAME`, `manager of owner`, `manager of territory`, or else a person. */
export function readDecider(text: string, path: Path, { report }: Setting): Decider {
  if (text === 'manager of owner') return { kind: 'managerOfOwner' }
  if (text === 'manager of territory') return { kind: 'managerOfTerritory' }
  const role = /^role ([a-z0-9][a-z0-9-]*)$/.exec(text)?.[1]
  if (role !== undefined) return { kind: 'role', role }
  const rep = repId.safeParse(text)
  if (rep.success) return { kind: 'rep', rep: rep.data }
  report({
    path,
    message: 'expected a person, role NAME, manager of owner or manager of territory',
    value: text,
  })
  return { kind: 'managerOfOwner' }
}

/** Of what `path` leads to; the key `sla` in it may be left out where the document has a default. */
export function readSla(sla: string | undefined, path: Path, { references, report }: Setting): string {
  if (sla !== undefined) {
    if (!references.slas.includes(sla)) {
      report({
        path: [...path, 'sla'],
        message: 'unknown service level',
        value: sla,
        allowed: references.slas,
      })
    }
    return sla
  }
  if (references.defaultSla === null) {
    const message = 'names no service level: say `sla: NAME` here, or once at the top for all'
    report({ path, at: 'key', message, value: undefined, allowed: references.slas })
  }
  return references.defaultSla ?? ''
}

function declaredBy(source: unknown): string[] {
  const fields = isMapping(source) ? source.fields : undefined
  return Array.isArray(fields) ? fields.filter(field => typeof field === 'string') : []
}

function keysOf(section: unknown): readonly string[] {
  return isMapping(section) ? Object.keys(section) : []
}
