/** Drafts of the policy: written, agreed to by the roles that must, published. */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { EpochMs, RepId } from '../domain/ids.js'
import type { PolicyError } from '../domain/policy-document.js'
import {
  type DraftRow,
  lockDraft,
  type SimulationSummary,
  signOffsOf,
  unlockedDraft,
} from './drafted-policy.js'
import { rosterAt } from './people.js'
import {
  examine,
  inForce,
  type Lint,
  lockPolicies,
  type Publication,
  type Published,
  publish,
  whoMaySign,
} from './policy-publishing.js'
import { execute, type Pool, rows, sql, timestamp, transaction } from './sql.js'

type Writing = {
  document: string
  fileName: string
  by: string
  atMs: EpochMs
  simulation?: SimulationSummary | null
}

type Unreadable = { ok: false; why: 'document'; errors: PolicyError[] }

/** The document must be a policy; what lint finds is kept with it. The same open draft of the same author is one. */
export async function saveDraft(
  db: Pool,
  { document, fileName, by, atMs, simulation = null }: Writing,
  lint: Lint | null,
): Promise<{ ok: true; id: string; isNew: boolean } | Unreadable> {
  const read = await examine(db, { document, fileName, atMs }, lint)
  if (!read.ok) return read
  const { policy, findings } = read.examined
  return transaction(db, async tx => {
    // A request and its repetition that run side by side would both find no draft.
    await execute(tx, sql`select pg_advisory_xact_lock(hashtextextended(${`draft ${by} ${document}`}, 0))`)
    const [known] = await rows(
      tx,
      z.object({ id: z.uuid() }),
      sql`select id from policy_drafts
          where author = ${by} and document = ${document} and published_as is null order by created_at desc limit 1`,
    )
    if (known !== undefined) return { ok: true, id: known.id, isNew: false }
    const id = randomUUID()
    const base = await inForce(tx)
    await execute(
      tx,
      sql`insert into policy_drafts (id, name, document, sign_off, author, created_at, changed_at, base_version,
                                     findings, simulation)
          values (${id}, ${policy.policy}, ${document}, ${[...policy.publish.signOff]}, ${by}, ${timestamp(atMs)},
                  ${timestamp(atMs)}, ${base?.version ?? null}, ${JSON.stringify(findings)},
                  ${simulation === null ? null : JSON.stringify(simulation)})`,
    )
    return { ok: true, id, isNew: true }
  })
}

type Unavailable = {
  ok: false
  why: 'no-such-draft' | 'published' | 'changed'
  errors: readonly PolicyError[]
}

/**
 * Another document in the place of a draft's: the next revision, which nobody has signed off.
 * @param given.revision the one that the writer knew; null: whichever it is
 */
export async function reviseDraft(
  db: Pool,
  given: { draft: string; revision: number | null } & Writing,
  lint: Lint | null,
): Promise<{ ok: true; revision: number; isNew: boolean } | Unreadable | Unavailable> {
  const { draft, revision, document, atMs, simulation = null } = given
  const read = await examine(db, given, lint)
  if (!read.ok) return read
  const { policy, findings } = read.examined
  return transaction(db, async tx => {
    const found = openAt(await lockDraft(tx, draft), null)
    if (!found.ok) return found
    // The answer to the same request sent again.
    if (found.draft.document === document) return { ok: true, revision: found.draft.revision, isNew: false }
    if (revision !== null && revision !== found.draft.revision) return unavailable('changed')
    const next = found.draft.revision + 1
    await execute(
      tx,
      sql`update policy_drafts
          set revision = ${next}, name = ${policy.policy}, document = ${document},
              sign_off = ${[...policy.publish.signOff]}, changed_at = ${timestamp(atMs)},
              findings = ${JSON.stringify(findings)},
              simulation = ${simulation === null ? null : JSON.stringify(simulation)}
          where id = ${draft}`,
    )
    return { ok: true, revision: next, isNew: true }
  })
}

export type SignedOff =
  | { ok: true; isNew: boolean }
  | Unavailable
  /** `mayGive`: who has the role. */
  | { ok: false; why: 'not-in-role'; mayGive: readonly RepId[]; errors: readonly PolicyError[] }
  | { ok: false; why: 'not-asked'; asked: readonly string[]; errors: readonly PolicyError[] }
  | { ok: false; why: 'signed-already'; by: RepId; errors: readonly PolicyError[] }

/**
 * Somebody of a role agrees to a draft as it is. Said again by the same person it changes nothing.
 * @param given.revision the one that they read; null: whichever it is
 */
export async function signOff(
  db: Pool,
  given: {
    draft: string
    revision: number | null
    role: string
    person: RepId
    note: string | null
    atMs: EpochMs
  },
): Promise<SignedOff> {
  const { draft, role, person, note, atMs } = given
  return transaction(db, async tx => {
    const found = openAt(await lockDraft(tx, draft), given.revision)
    if (!found.ok) return found
    const { revision, signOff: own } = found.draft
    const asked = [...new Set([...((await inForce(tx))?.signOff ?? []), ...own])]
    if (!asked.includes(role)) return { ok: false, why: 'not-asked', asked, errors: [] }
    const mayGive = whoMaySign(await rosterAt(tx, atMs), role)
    if (!mayGive.includes(person)) return { ok: false, why: 'not-in-role', mayGive, errors: [] }
    const before = (await signOffsOf(tx, draft, revision)).find(one => one.role === role)
    if (before !== undefined)
      return before.person === person
        ? { ok: true, isNew: false }
        : { ok: false, why: 'signed-already', by: before.person, errors: [] }
    await execute(
      tx,
      sql`insert into policy_sign_offs (draft, revision, role, person, note, at)
          values (${draft}, ${revision}, ${role}, ${person}, ${note}, ${timestamp(atMs)})`,
    )
    return { ok: true, isNew: true }
  })
}

/**
 * Publishes a draft that everyone needed has signed off. A draft that is published already stays the version that it is.
 * @param given.revision the one that the publisher read; null: whichever it is
 */
export async function publishDraft(
  db: Pool,
  given: { draft: string; revision: number | null } & Publication,
  lint: Lint | null,
): Promise<Published | Unavailable> {
  const { draft: id, revision, atMs } = given
  const read = await unlockedDraft(db, id)
  if (read === null) return unavailable('no-such-draft')
  if (read.publishedAs !== null) return { ok: true, version: read.publishedAs, isNew: false }
  const examination = await examine(db, { document: read.document, fileName: `draft ${id}`, atMs }, lint)
  if (!examination.ok) return examination
  return transaction(db, async tx => {
    await lockPolicies(tx)
    // Whoever signs off or revises at this moment waits for the draft's row, or is waited for.
    const locked = await lockDraft(tx, id)
    if (locked !== null && locked.publishedAs !== null)
      return { ok: true, version: locked.publishedAs, isNew: false }
    const found = openAt(locked, revision ?? read.revision)
    if (!found.ok) return found
    if (found.draft.document !== read.document) return unavailable('changed')
    const signedOff = (await signOffsOf(tx, id, found.draft.revision)).map(({ role }) => role)
    const published = await publish(tx, examination.examined, { ...given, signedOff })
    if (published.ok && published.isNew)
      await execute(tx, sql`update policy_drafts set published_as = ${published.version} where id = ${id}`)
    return published
  })
}

/** @param revision the one that somebody has read; null: whichever it is */
function openAt(
  draft: DraftRow | null,
  revision: number | null,
): { ok: true; draft: DraftRow } | Unavailable {
  if (draft === null) return unavailable('no-such-draft')
  if (draft.publishedAs !== null) return unavailable('published')
  if (revision !== null && revision !== draft.revision) return unavailable('changed')
  return { ok: true, draft }
}

function unavailable(why: Unavailable['why']): Unavailable {
  return { ok: false, why, errors: [] }
}
