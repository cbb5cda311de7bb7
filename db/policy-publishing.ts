/** The one way to a published version, whether a file is loaded, a draft published or an old version brought back. */
import { z } from 'zod'
import { type EpochMs, type PolicyVersion, policyVersion, type RepId } from '../domain/ids.js'
import type { Finding } from '../domain/lint/finding.js'
import type { Roster } from '../domain/people.js'
import { type DocumentSource, located } from '../domain/policy/problems.js'
import type { Policy } from '../domain/policy.js'
import { checkAgainstPeople, type PolicyError, parsePolicy } from '../domain/policy-document.js'
import { readYaml } from '../domain/yaml.js'
import { holidayYearsAround } from './holiday-years.js'
import { rosterAt } from './people.js'
import { type Db, execute, rowOrNull, sql, type Tx, timestamp } from './sql.js'

/** `lintPolicy` of domain/lint/lint.ts, or null where nothing shall be looked for. */
export type Lint = (
  policy: Policy,
  roster: Roster,
  options: { atMs: EpochMs; source?: DocumentSource; document?: unknown },
) => Finding[]

export type Publication = {
  by: string
  reason: string
  atMs: EpochMs
  /** Publishes in spite of lint errors, which are kept with the version. Nothing else can be forced. */
  force?: boolean
}

export type Published = { ok: true; version: PolicyVersion; isNew: boolean } | Refused

/** `errors` says the same for every reason: what stands in the way, with its place where it has one. */
type Refused =
  | { ok: false; why: 'document'; errors: PolicyError[] }
  | { ok: false; why: 'lint'; errors: PolicyError[] }
  | { ok: false; why: 'sign-off'; errors: PolicyError[]; missing: readonly MissingSignOff[] }

/** `mayGive`: everyone who has the role now. */
type MissingSignOff = { role: string; mayGive: readonly RepId[] }

/** A document that can be read, and what lint says of it. */
export type Examined = {
  document: string
  policy: Policy
  source: DocumentSource
  findings: readonly Finding[]
}

/**
 * Reads a document and looks for what is wrong with it, before any lock is taken: lint may think for seconds. What
 * matters most, that everyone named is there, is asked again under the lock.
 */
export async function examine(
  db: Db,
  { document, fileName, atMs }: { document: string; fileName: string; atMs: EpochMs },
  lint: Lint | null,
): Promise<{ ok: true; examined: Examined } | { ok: false; why: 'document'; errors: PolicyError[] }> {
  const parsed = parsePolicy(document, fileName, { holidayYears: holidayYearsAround(atMs) })
  if (!parsed.ok) return { ok: false, why: 'document', errors: parsed.errors }
  const { policy, source } = parsed
  if (!isStorable([document, policy])) {
    const message = 'holds the character U+0000 or half of a surrogate pair, which Postgres cannot keep'
    const error = { file: fileName, line: 0, column: 0, path: 'document', message, value: undefined }
    return { ok: false, why: 'document', errors: [error] }
  }
  const yaml = readYaml(document)
  const plain = yaml.ok ? yaml.value : undefined
  const findings =
    lint === null ? [] : lint(policy, await rosterAt(db, atMs), { atMs, source, document: plain })
  return { ok: true, examined: { document, policy, source, findings } }
}

/** Whether Postgres can keep it, as text or as JSON. */
export function isStorable(value: unknown): boolean {
  return !/\\u(?:0000|d[89a-f][0-9a-f]{2})/i.test(JSON.stringify(value) ?? '')
}

/** Two who publish at once would both take the next number; the second waits here and takes the one after. */
export async function lockPolicies(tx: Tx): Promise<void> {
  await execute(tx, sql`lock table policies in share row exclusive mode`)
}

/**
 * Publishes as the next version; the document in force stays the version that it is. Needs `lockPolicies`.
 * @param signedOff the roles of which somebody agreed to exactly this document
 */
export async function publish(
  tx: Tx,
  { document, policy, source, findings }: Examined,
  publication: Publication & {
    signedOff: readonly string[]
    rollbackOf?: PolicyVersion | null
    requestKey?: string | null
  },
): Promise<Published> {
  const { by, reason, atMs, force = false, signedOff, rollbackOf = null, requestKey = null } = publication
  // Nobody whom the document names may leave the roster between the check and the commit.
  await execute(tx, sql`lock table people, teams in share mode`)
  const roster = await rosterAt(tx, atMs)
  const errors = checkAgainstPeople(policy, roster, source)
  if (errors.length > 0) return { ok: false, why: 'document', errors }
  const latest = await inForce(tx)
  if (latest?.document === document) return { ok: true, version: latest.version, isNew: false }

  const wrong = findings.filter(({ severity }) => severity === 'error')
  if (wrong.length > 0 && !force) return { ok: false, why: 'lint', errors: errorsOf(wrong, source) }
  const missing = rolesToSign(latest?.signOff ?? [], policy.publish.signOff)
    .filter(role => !signedOff.includes(role))
    .map(role => ({ role, mayGive: whoMaySign(roster, role) }))
  if (missing.length > 0)
    return { ok: false, why: 'sign-off', errors: missing.map(asError(source.file)), missing }

  const version = policyVersion.parse((latest?.version ?? 0) + 1)
  await execute(
    tx,
    sql`insert into policies (version, name, document, compiled, loaded_at, loaded_by, reason,
                              forced, overridden, rollback_of, request_key)
        values (${version}, ${policy.policy}, ${document}, ${JSON.stringify(policy)}, ${timestamp(atMs)}, ${by},
                ${reason}, ${wrong.length > 0}, ${JSON.stringify(wrong)}, ${rollbackOf}, ${requestKey})`,
  )
  return { ok: true, version, isNew: true }
}

/** Whoever changes the rules of changing is bound by the rules in force; only where these ask nobody, by their own. */
export function rolesToSign(ofInForce: readonly string[], own: readonly string[]): readonly string[] {
  return ofInForce.length > 0 ? ofInForce : own
}

export function whoMaySign(roster: Roster, role: string): readonly RepId[] {
  return roster.people.filter(person => person.role === role).map(({ id }) => id)
}

/** The latest version as it is stored; it need not be readable any more. `signOff`: the roles that it names. */
export async function inForce(
  db: Db,
): Promise<{ version: PolicyVersion; document: string; signOff: readonly string[] } | null> {
  return rowOrNull(
    db,
    z
      .object({ version: policyVersion, document: z.string(), sign_off: z.array(z.string()) })
      .transform(({ sign_off: signOff, ...rest }) => ({ ...rest, signOff })),
    // Versions of old name no roles.
    sql`select version, document, coalesce(compiled->'publish'->'signOff', '[]') as sign_off
        from policies order by version desc limit 1`,
  )
}

function errorsOf(findings: readonly Finding[], source: DocumentSource): PolicyError[] {
  return located(
    findings.map(({ path, at, message, suggestion }) => ({
      path,
      ...(at === undefined ? {} : { at }),
      message: `${message}; ${suggestion}`,
      value: undefined,
    })),
    source,
  )
}

function asError(file: string): (missing: MissingSignOff) => PolicyError {
  return ({ role, mayGive }) => {
    const who = mayGive.length === 0 ? 'nobody has this role' : `who may: ${mayGive.join(', ')}`
    const message = `nobody with role ${role} has signed off; ${who}`
    return { file, line: 0, column: 0, path: 'publish.signOff', message, value: undefined }
  }
}
