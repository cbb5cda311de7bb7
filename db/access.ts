/** Who may come in: keys for programs, one-time links and sessions for people. Only hashes are stored. */
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { z } from 'zod'
import { type EpochMs, repId } from '../domain/ids.js'
import { type Db, execute, type Pool, rowOrNull, sql, timestamp, transaction } from './sql.js'

export const role = z.enum(['administrator', 'operations', 'manager', 'rep', 'intake', 'auditor'])
export type Role = z.infer<typeof role>

/** What someone may act as. A rep always acts as a person; for the other roles a person is optional. */
const holder = z.union([
  z.object({ role: z.literal('rep'), rep: repId }),
  z.object({ role: role.exclude(['rep']), rep: repId.nullable() }),
])
export type Holder = z.infer<typeof holder>

/** How long a sign-in link that nobody used stays good: long enough for a link sent in the evening. */
const signInLinkHours = 24
/** After this a browser must sign in again, however busy it was. */
export const sessionDays = 14

/**
 * Makes a key and stores its hash.
 * @returns the key, which nobody can read again
 * @throws ZodError for a rep's key without a rep
 */
export async function mintKey(
  db: Db,
  owner: { name: string; role: Role; rep: string | null },
): Promise<string> {
  const { role, rep } = holder.parse(owner)
  const key = `ll_${role}_${secret()}`
  // created_at tells an administrator how old a key is; nothing is decided by it, so the database's clock will do.
  await execute(
    db,
    sql`insert into api_keys (id, name, role, rep, hash, created_at)
        values (${randomUUID()}, ${owner.name}, ${role}, ${rep}, ${hashOf(key)}, now())`,
  )
  return key
}

/** @returns who the key belongs to; null for an unknown or revoked key */
export async function keyHolder(db: Db, key: string): Promise<(Holder & { name: string }) | null> {
  return rowOrNull(
    db,
    holder.and(z.object({ name: z.string() })),
    sql`select name, role, rep from api_keys where hash = ${hashOf(key)} and revoked_at is null`,
  )
}

/**
 * A link that signs its holder in once, within `signInLinkHours`.
 * @throws ZodError for a rep's link without a rep
 */
export async function signInLink(
  db: Db,
  who: { role: Role; rep: string | null },
  publicUrl: string,
  now: EpochMs,
): Promise<string> {
  const { role, rep } = holder.parse(who)
  const token = secret()
  const expiresAtMs = now + signInLinkHours * 3_600_000
  await execute(
    db,
    sql`insert into sign_in_links (hash, role, rep, created_at, expires_at)
        values (${hashOf(token)}, ${role}, ${rep}, ${timestamp(now)}, ${timestamp(expiresAtMs)})`,
  )
  return new URL(`/sign-in/${token}`, publicUrl).href
}

/** Looks at a link without using it up: programs that scan messages open links too. */
export async function signInLinkIsGood(db: Db, token: string, now: EpochMs): Promise<boolean> {
  const found = await rowOrNull(
    db,
    z.object({ role }),
    sql`select role from sign_in_links
        where hash = ${hashOf(token)} and used_at is null and expires_at > ${timestamp(now)}`,
  )
  return found !== null
}

/** @returns the text of a session that the link opened; null when the link is unknown, used or too old */
export async function signIn(pool: Pool, token: string, now: EpochMs): Promise<string | null> {
  return transaction(pool, async tx => {
    // The update locks the link's row: of two browsers with one link the second finds it used.
    const link = await rowOrNull(
      tx,
      holder,
      sql`update sign_in_links set used_at = ${timestamp(now)}
          where hash = ${hashOf(token)} and used_at is null and expires_at > ${timestamp(now)}
          returning role, rep`,
    )
    if (link === null) return null
    const session = secret()
    const expiresAtMs = now + sessionDays * 86_400_000
    await execute(
      tx,
      sql`insert into sessions (hash, role, rep, created_at, expires_at)
          values (${hashOf(session)}, ${link.role}, ${link.rep}, ${timestamp(now)}, ${timestamp(expiresAtMs)})`,
    )
    return session
  })
}

export async function sessionHolder(db: Db, session: string, now: EpochMs): Promise<Holder | null> {
  return rowOrNull(
    db,
    holder,
    sql`select role, rep from sessions
        where hash = ${hashOf(session)} and ended_at is null and expires_at > ${timestamp(now)}`,
  )
}

export async function endSession(db: Db, session: string, now: EpochMs): Promise<void> {
  await execute(
    db,
    sql`update sessions set ended_at = ${timestamp(now)} where hash = ${hashOf(session)} and ended_at is null`,
  )
}

function secret(): string {
  return randomBytes(32).toString('base64url')
}

/** 256 random bits cannot be guessed from a fast hash, and an index finds the hash, so no comparison leaks time. */
function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
