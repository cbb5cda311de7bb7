import { z } from 'zod'
import { type PolicyVersion, policyVersion } from '../domain/ids.js'
import { storedFinding } from './policy-findings.js'
import { type Db, instantColumn, rowOrNull, rows, sql } from './sql.js'

type PublishedPolicy = z.output<typeof policyRow>

/** The latest version, which new leads are decided by; null before the first was loaded. */
export async function publishedPolicy(db: Db): Promise<PublishedPolicy | null> {
  return rowOrNull(
    db,
    policyRow,
    sql`select version, name, document, loaded_at, loaded_by, reason from policies order by version desc limit 1`,
  )
}

export type PublishedVersion = z.output<typeof versionRow>

/** Newest first. `before`: only earlier ones than this. */
export async function publishedVersions(
  db: Db,
  { before, limit }: { before: PolicyVersion | null; limit: number },
): Promise<PublishedVersion[]> {
  return rows(
    db,
    versionRow,
    sql`${selectVersions} where ${before}::int is null or version < ${before} order by version desc limit ${limit}`,
  )
}

/** Null: there is no such version. */
export async function publishedVersion(db: Db, version: PolicyVersion): Promise<PublishedVersion | null> {
  return rowOrNull(db, versionRow, sql`${selectVersions} where version = ${version}`)
}

const policyColumns = {
  version: policyVersion,
  name: z.string(),
  document: z.string(),
  loaded_at: instantColumn,
  loaded_by: z.string(),
  reason: z.string(),
}

const policyRow = z
  .object(policyColumns)
  .transform(({ loaded_at, loaded_by, ...rest }) => ({ ...rest, loadedAtMs: loaded_at, loadedBy: loaded_by }))

const versionRow = z
  .object({
    ...policyColumns,
    forced: z.boolean(),
    /** The lint errors in spite of which it was published. */
    overridden: z.array(storedFinding),
    rollback_of: policyVersion.nullable(),
    draft: z.uuid().nullable(),
    /** Who agreed to the draft that it was. */
    sign_offs: z.array(z.object({ role: z.string(), person: z.string() })),
  })
  .transform(({ loaded_at, loaded_by, rollback_of, sign_offs, ...rest }) => ({
    ...rest,
    loadedAtMs: loaded_at,
    loadedBy: loaded_by,
    rollbackOf: rollback_of,
    signOffs: sign_offs,
  }))

const selectVersions = sql`
  select version, name, document, loaded_at, loaded_by, reason, forced, overridden, rollback_of,
         (select id from policy_drafts where published_as = version) as draft,
         (select coalesce(jsonb_agg(jsonb_build_object('role', role, 'person', person) order by role), '[]')
          from policy_sign_offs as sign_off
          join policy_drafts as draft on draft.id = sign_off.draft and draft.revision = sign_off.revision
          where draft.published_as = version) as sign_offs
  from policies`
