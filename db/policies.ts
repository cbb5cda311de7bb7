/** Published policy documents. A version is immutable, so each is compiled once per process. */
import { z } from 'zod'
import { type EpochMs, type PolicyVersion, policyVersion } from '../domain/ids.js'
import type { Policy } from '../domain/policy.js'
import { checkAgainstPeople, type PolicyError, parsePolicy } from '../domain/policy-document.js'
import { holidayYearsAround } from './holiday-years.js'
import { rosterAt } from './people.js'
import {
  type Db,
  execute,
  instantColumn,
  type Pool,
  row,
  rowOrNull,
  sql,
  timestamp,
  transaction,
} from './sql.js'

export type LoadedPolicy =
  | { ok: true; version: PolicyVersion; isNew: boolean }
  | { ok: false; errors: PolicyError[] }

/** A process that reads back through history needs a few versions at once, not all of them. */
const compiledMost = 50
/** By what was stored, so that two databases in one process never share a version. */
const compiled = new Map<string, Policy>()

/**
 * Checks the document against the people of that instant and publishes it as the next version. The document that is
 * in force already stays the version that it is.
 */
export async function loadPolicy(
  db: Pool,
  load: { document: string; fileName: string; by: string; reason: string; atMs: EpochMs },
): Promise<LoadedPolicy> {
  const parsed = parsePolicy(load.document, load.fileName, { holidayYears: holidayYearsAround(load.atMs) })
  if (!parsed.ok) return parsed
  return transaction(db, async tx => {
    // Two people who publish at once would both take the next number; the second waits here and takes the one after.
    await execute(tx, sql`lock table policies in share row exclusive mode`)
    // And nobody whom the document names may leave the roster between the check and the commit.
    await execute(tx, sql`lock table people, teams in share mode`)
    const errors = checkAgainstPeople(parsed.policy, await rosterAt(tx, load.atMs), parsed.source)
    if (errors.length > 0) return { ok: false, errors }
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

/**
 * Compiled anew from the document, since the language outlives the form in which the engine reads it; but with the
 * holidays that were stored, since another release of the holiday data may answer otherwise. Throws where there is no
 * such version.
 */
export async function policyOfVersion(db: Db, version: PolicyVersion): Promise<Policy> {
  const stored = await row(
    db,
    z.object({ document: z.string(), holidays: z.string(), loaded_at: instantColumn }),
    sql`select document, loaded_at, (select coalesce(jsonb_object_agg(name, calendar->'holidays'), '{}'::jsonb)::text
                                     from jsonb_each(compiled->'calendars') as each(name, calendar)) as holidays
        from policies where version = ${version}`,
  )
  const key = `${stored.holidays}\n${stored.document}`
  const known = compiled.get(key)
  if (known !== undefined) return known
  const policy = compile(
    version,
    stored.document,
    stored.loaded_at,
    storedHolidays.parse(JSON.parse(stored.holidays)),
  )
  if (compiled.size >= compiledMost) compiled.clear()
  compiled.set(key, policy)
  return policy
}

export class NoPolicy extends Error {
  readonly code = 'no-policy'
  constructor() {
    super('no policy is loaded; load one with: leadline policy load FILE')
    this.name = 'NoPolicy'
  }
}

const storedHolidays = z.record(z.string(), z.array(z.iso.date()))

function compile(
  version: PolicyVersion,
  document: string,
  loadedAtMs: EpochMs,
  holidays: z.infer<typeof storedHolidays>,
): Policy {
  const parsed = parsePolicy(document, `version ${version}`, { holidayYears: holidayYearsAround(loadedAtMs) })
  if (!parsed.ok)
    throw new Error(`policy version ${version} no longer compiles: ${parsed.errors[0]?.message}`)
  const calendars: Policy['calendars'] = {}
  for (const [name, calendar] of Object.entries(parsed.policy.calendars))
    calendars[name] = { ...calendar, holidays: holidays[name] ?? calendar.holidays }
  return { ...parsed.policy, calendars }
}
