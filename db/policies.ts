/** Published policy documents. A version is immutable, so each is compiled once per process. */
import { z } from 'zod'
import { type EpochMs, type PolicyVersion, policyVersion } from '../domain/ids.js'
import type { Policy } from '../domain/policy.js'
import { type PolicyError, parsePolicy } from '../domain/policy-document.js'
import { holidayYearsAround } from './holiday-years.js'
import {
  examine,
  type Lint,
  lockPolicies,
  type Publication,
  type Published,
  publish,
} from './policy-publishing.js'
import { type Db, instantColumn, type Pool, row, rowOrNull, rows, sql, type Tx, transaction } from './sql.js'

/** A process that reads back through history needs a few versions at once, not all of them. */
const compiledMost = 50
/** By what was stored, so that two databases in one process never share a version. */
const compiled = new Map<string, Policy>()

/**
 * Publishes a document that has no draft, so that nobody can have signed it off: where somebody must, it is refused.
 * The document in force stays the version that it is.
 * @param lint default: nothing is looked for
 */
export async function loadPolicy(
  db: Pool,
  load: { document: string; fileName: string } & Publication,
  lint: Lint | null = null,
): Promise<Published> {
  const read = await examine(db, load, lint)
  if (!read.ok) return read
  return transaction(db, async tx => {
    await lockPolicies(tx)
    return publish(tx, read.examined, { ...load, signedOff: [] })
  })
}

/** `errors` is empty: it says nothing that `why` does not. */
export type RolledBack =
  | Published
  | { ok: false; why: 'no-such-version' | 'key-reused'; errors: readonly PolicyError[] }

/**
 * Publishes the document of an earlier version as the next one. Who had signed off that version need not do so again.
 * @param given.requestKey the same key of the same person again is the same request
 */
export async function rollBack(
  db: Pool,
  given: { to: PolicyVersion; requestKey?: string | null } & Publication,
  lint: Lint | null,
): Promise<RolledBack> {
  const { to, by, requestKey = null } = given
  const stored = await rowOrNull(
    db,
    z.object({ document: z.string() }),
    sql`select document from policies where version = ${to}`,
  )
  if (stored === null) return { ok: false, why: 'no-such-version', errors: [] }
  const read = await examine(db, { ...stored, fileName: `version ${to}`, atMs: given.atMs }, lint)
  if (!read.ok) return read
  return transaction(db, async tx => {
    await lockPolicies(tx)
    const before = await rowOrNull(
      tx,
      z.object({ version: policyVersion, rollback_of: policyVersion.nullable() }),
      sql`select version, rollback_of from policies where loaded_by = ${by} and request_key = ${requestKey}`,
    )
    if (before !== null)
      return before.rollback_of === to
        ? { ok: true, version: before.version, isNew: false }
        : { ok: false, why: 'key-reused', errors: [] }
    const signedOff = await rolesThatSigned(tx, to)
    return publish(tx, read.examined, { ...given, signedOff, rollbackOf: to, requestKey })
  })
}

/** Who had agreed to a version when it was published; to one that was itself a rollback, what it went back to. */
async function rolesThatSigned(tx: Tx, version: PolicyVersion): Promise<readonly string[]> {
  const signed = await rows(
    tx,
    z.object({ role: z.string() }),
    sql`with recursive origins as (
          select version, rollback_of from policies where version = ${version}
          union all
          select earlier.version, earlier.rollback_of
          from policies as earlier join origins on earlier.version = origins.rollback_of
        )
        select distinct role
        from policy_sign_offs as sign_off
        join policy_drafts as draft on draft.id = sign_off.draft and draft.revision = sign_off.revision
        join origins on origins.version = draft.published_as`,
  )
  return signed.map(({ role }) => role)
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
