/** Drafts of the policy as they stand: what somebody wants it to be, what lint says of it, and who has agreed. */
import { z } from 'zod'
import { type EpochMs, type PolicyVersion, policyVersion, type RepId, repId } from '../domain/ids.js'
import { rosterAt } from './people.js'
import { storedFinding } from './policy-findings.js'
import { inForce, rolesToSign, whoMaySign } from './policy-publishing.js'
import { type Db, instantColumn, rowOrNull, rows, sql, type Tx } from './sql.js'

type SignOff = z.output<typeof signOffRow>

export type Draft = DraftRow & {
  /** The version in force now; a draft that was begun on another one undoes what came in between. */
  inForce: PolicyVersion | null
  /** Every role that must sign off, or has, with whom of it this revision has and who may. */
  signOffs: { role: string; needed: boolean; signed: SignOff | null; mayGive: readonly RepId[] }[]
}

/** What came of running the draft over leads; kept as it is given. */
const simulation = z.record(z.string(), z.unknown())
export type SimulationSummary = z.infer<typeof simulation>

/** Null: there is no such draft. */
export async function draftOf(db: Db, id: string, atMs: EpochMs): Promise<Draft | null> {
  const draft = await unlockedDraft(db, id)
  if (draft === null) return null
  const [latest, roster, signed] = [
    await inForce(db),
    await rosterAt(db, atMs),
    await signOffsOf(db, id, draft.revision),
  ]
  const needed = rolesToSign(latest?.signOff ?? [], draft.signOff)
  const roles = [...new Set([...needed, ...signed.map(({ role }) => role)])]
  const signOffs = roles.map(role => ({
    role,
    needed: needed.includes(role),
    signed: signed.find(one => one.role === role) ?? null,
    mayGive: whoMaySign(roster, role),
  }))
  return { ...draft, inForce: latest?.version ?? null, signOffs }
}

/** Those that are not published, the latest first; no more than `limit`. */
export async function openDrafts(db: Db, limit: number): Promise<DraftRow[]> {
  return rows(
    db,
    draftRow,
    sql`${selectDrafts} where published_as is null order by changed_at desc, id limit ${limit}`,
  )
}

/** The open draft with exactly this document; of several the latest. */
export async function draftWith(db: Db, document: string): Promise<string | null> {
  const found = await rowOrNull(
    db,
    z.object({ id: z.uuid() }),
    sql`select id from policy_drafts where document = ${document} and published_as is null
        order by changed_at desc, id limit 1`,
  )
  return found?.id ?? null
}

export async function unlockedDraft(db: Db, id: string): Promise<DraftRow | null> {
  return rowOrNull(db, draftRow, sql`${selectDrafts} where id = ${id}`)
}

/** Whoever signs off, revises or publishes the draft at the same moment waits until this transaction has ended. */
export async function lockDraft(tx: Tx, id: string): Promise<DraftRow | null> {
  return rowOrNull(tx, draftRow, sql`${selectDrafts} where id = ${id} for update`)
}

/** Of this revision alone. */
export async function signOffsOf(db: Db, draft: string, revision: number): Promise<SignOff[]> {
  return rows(
    db,
    signOffRow,
    sql`select role, person, note, at from policy_sign_offs
        where draft = ${draft} and revision = ${revision} order by at, role`,
  )
}

const signOffRow = z
  .object({ role: z.string(), person: repId, note: z.string().nullable(), at: instantColumn })
  .transform(({ at, ...rest }) => ({ ...rest, atMs: at }))

const selectDrafts = sql`
  select id, revision, name, document, sign_off, author, created_at, changed_at, base_version, findings, simulation,
         published_as
  from policy_drafts`

export type DraftRow = z.output<typeof draftRow>

const draftRow = z
  .object({
    id: z.uuid(),
    revision: z.int(),
    name: z.string(),
    document: z.string(),
    sign_off: z.array(z.string()),
    author: z.string(),
    created_at: instantColumn,
    changed_at: instantColumn,
    base_version: policyVersion.nullable(),
    findings: z.array(storedFinding),
    simulation: simulation.nullable(),
    published_as: policyVersion.nullable(),
  })
  .transform(({ sign_off, created_at, changed_at, base_version, published_as, ...rest }) => ({
    ...rest,
    signOff: sign_off,
    createdAtMs: created_at,
    changedAtMs: changed_at,
    baseVersion: base_version,
    publishedAs: published_as,
  }))
