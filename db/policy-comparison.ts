/** What is different between two documents of the policy, wherever they are kept. */
import { z } from 'zod'
import type { EpochMs, PolicyVersion } from '../domain/ids.js'
import type { Policy } from '../domain/policy.js'
import { type Change, diffPolicies } from '../domain/policy-diff.js'
import { type PolicyError, parsePolicy } from '../domain/policy-document.js'
import { holidayYearsAround } from './holiday-years.js'
import { rosterAt } from './people.js'
import { type Db, rowOrNull, sql } from './sql.js'

/** Which document is meant. */
export type Which =
  | { kind: 'version'; version: PolicyVersion }
  /** The version in force; without one, nothing. */
  | { kind: 'published' }
  | { kind: 'draft'; draft: string }

/** A document, and what errors in it call it. */
export type Named = { document: string; fileName: string }

/** Null: there is none. */
export async function documentOf(db: Db, which: Which): Promise<Named | null> {
  const query =
    which.kind === 'draft'
      ? sql`select document, 'draft ' || id as "fileName" from policy_drafts where id = ${which.draft}`
      : which.kind === 'version'
        ? sql`select document, 'version ' || version as "fileName" from policies where version = ${which.version}`
        : sql`select document, 'version ' || version as "fileName" from policies order by version desc limit 1`
  return rowOrNull(db, z.object({ document: z.string(), fileName: z.string() }), query)
}

export type Compared = { ok: true; changes: readonly Change[] } | { ok: false; errors: PolicyError[] }

/** @param atMs both are read as of then: of holidays that a calendar names by code, the same years count */
export function compareDocuments(
  before: Named,
  after: Named,
  atMs: EpochMs,
  nameOf?: Parameters<typeof diffPolicies>[2],
): Compared {
  const one = read(before, atMs)
  if (!one.ok) return one
  const other = read(after, atMs)
  return other.ok ? { ok: true, changes: diffPolicies(one.policy, other.policy, nameOf) } : other
}

/** How people are called in the sentences of a comparison: by their names, where the roster has them. */
export async function namesAt(db: Db, atMs: EpochMs): Promise<(rep: string) => string> {
  const { people } = await rosterAt(db, atMs)
  const names = new Map<string, string>(people.map(({ id, name }) => [id, name]))
  return rep => names.get(rep) ?? rep
}

function read(
  { document, fileName }: Named,
  atMs: EpochMs,
): { ok: true; policy: Policy } | { ok: false; errors: PolicyError[] } {
  return parsePolicy(document, fileName, { holidayYears: holidayYearsAround(atMs) })
}
