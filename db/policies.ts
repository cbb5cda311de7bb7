/** Published policy documents. A version is immutable, so each is compiled once per process. */
import { z } from 'zod'
import { type EpochMs, type PolicyVersion, policyVersion } from '../domain/ids.js'
import type { Policy } from '../domain/policy.js'
import { checkAgainstPeople, type PolicyError, parsePolicy } from '../domain/policy-document.js'
import { rosterAt } from './people.js'
import { type Db, execute, type Pool, row, rowOrNull, sql, timestamp, transaction } from './sql.js'

/** How many years of holidays are computed around the year in which a document is loaded. */
const holidayYearsBefore = 1
const holidayYearsAfter = 3

/** A process that reads back through history needs a few versions at once, not all of them. */
const compiledMost = 50
const compiled = new Map<string, Policy>()

export type LoadedPolicy =
  | { ok: true; version: PolicyVersion; isNew: boolean }
  | { ok: false; errors: PolicyError[] }

/** Checks the document against the people of that instant and publishes it as the next version. */
export async function loadPolicy(
  db: Pool,
  load: { document: string; fileName: string; by: string; reason: string; atMs: EpochMs },
): Promise<LoadedPolicy> {
  const parsed = parsePolicy(load.document, load.fileName, { holidayYears: holidayYearsAround(load.atMs) })
  if (!parsed.ok) return parsed
  const errors = checkAgainstPeople(parsed.policy, await rosterAt(db, load.atMs))
  if (errors.length > 0) return { ok: false, errors }
  return transaction(db, async tx => {
    // Two people who publish at once take their numbers one after the other.
    await execute(tx, sql`lock table policies in share row exclusive mode`)
    const latest = await rowOrNull(
      tx,
      z.object({ version: policyVersion, document: z.string() }),
      sql`select version, document from policies order by version desc limit 1`,
    )
    if (latest !== null && latest.document === load.document)
      return { ok: true, version: latest.version, isNew: false }
    const version = policyVersion.parse((latest?.version ?? 0) + 1)
    await execute(
      tx,
      sql`insert into policies (version, name, document, compiled, loaded_at, loaded_by, reason)
          values (${version}, ${parsed.policy.policy}, ${load.document}, ${JSON.stringify(parsed.policy)},
                  ${timestamp(load.atMs)}, ${load.by}, ${load.reason})`,
    )
    return { ok: true, version, isNew: true }
  })
}

/** The version in force. Throws NoPolicy on a database that has none. */
export async function currentPolicy(db: Db): Promise<{ version: PolicyVersion; policy: Policy }> {
  const latest = await rowOrNull(
    db,
    z.object({ version: policyVersion }),
    sql`select version from policies order by version desc limit 1`,
  )
  if (latest === null) throw new NoPolicy()
  return { version: latest.version, policy: await policyOfVersion(db, latest.version) }
}

export async function policyOfVersion(db: Db, version: PolicyVersion): Promise<Policy> {
  const stored = await row(
    db,
    z.object({ document: z.string(), loaded_at: z.date(), name: z.string() }),
    sql`select document, loaded_at, name from policies where version = ${version}`,
  )
  const key = `${version}/${stored.loaded_at.getTime()}/${stored.document}`
  const known = compiled.get(key)
  if (known !== undefined) return known
  // Compiled anew from the document, by the year in which it was loaded: the same policy in every process.
  const years = holidayYearsAround(stored.loaded_at.getTime())
  const parsed = parsePolicy(stored.document, `version ${version}`, { holidayYears: years })
  if (!parsed.ok)
    throw new Error(`policy version ${version} no longer compiles: ${parsed.errors[0]?.message}`)
  if (compiled.size >= compiledMost) compiled.clear()
  compiled.set(key, parsed.policy)
  return parsed.policy
}

export class NoPolicy extends Error {
  readonly code = 'no-policy'
  constructor() {
    super('no policy is loaded; load one with: leadline policy load FILE')
    this.name = 'NoPolicy'
  }
}

export function holidayYearsAround(atMs: number): [number, number] {
  const year = new Date(atMs).getUTCFullYear()
  return [year - holidayYearsBefore, year + holidayYearsAfter]
}
