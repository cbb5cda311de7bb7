/** Messages to people: the row first, then the channel. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { EpochMs, LeadId } from '../domain/ids.js'
import { type Db, execute, rowOrNull, rows, sql, type Tx, timestamp } from './sql.js'

const letter = z.object({
  hop: z.int(),
  /** Who is told what about which step; a second try with the same key is the same message. */
  key: z.string(),
  about: z.string(),
  audience: z.enum([
    'owner',
    'former-owner',
    'team',
    'member',
    'watcher',
    'manager',
    'decider',
    'requester',
    'receiver',
    'prospect',
  ]),
  recipient: z.string(),
  channel: z.enum(['in-app', 'email']),
  subject: z.string(),
  body: z.string(),
})
export type Letter = z.infer<typeof letter> & { lead: LeadId }

export async function keepMessage(tx: Tx, letter: Letter, atMs: EpochMs): Promise<void> {
  // An in-app message is sent by being there.
  const sentAt = letter.channel === 'in-app' ? timestamp(atMs) : null
  await execute(
    tx,
    sql`insert into messages (id, lead_id, hop, key, about, audience, recipient, channel, subject, body, created_at, sent_at)
        select ${idOf(letter.key)}::uuid, id, ${letter.hop}::int, ${letter.key}, ${letter.about}, ${letter.audience},
               ${letter.recipient}, ${letter.channel}, ${letter.subject}, ${letter.body}, ${timestamp(atMs)}::timestamptz,
               ${sentAt}::timestamptz
        -- Nobody is told of a person who is forgotten; the lock waits for an erasure that is under way.
        from leads where id = ${letter.lead} and erased_at is null for share
        on conflict (key) do nothing`,
  )
}

/** What was written to people at one step of the lead, by what the keys begin with. */
export async function lettersOf(db: Db, lead: LeadId, step: string): Promise<Letter[]> {
  const found = await rows(
    db,
    letter,
    sql`select hop, key, about, audience, recipient, channel, subject, body from messages
        where lead_id = ${lead} and starts_with(key, ${step}) order by key`,
  )
  return found.map(kept => ({ lead, ...kept }))
}

/** Null: nobody has written it. `isDone`: it was sent, or is refused for good. */
export async function letterOf(
  db: Db,
  key: string,
): Promise<(z.infer<typeof letter> & { isDone: boolean; failedWhy: string | null }) | null> {
  return rowOrNull(
    db,
    letter.extend({ isDone: z.boolean(), failedWhy: z.string().nullable() }),
    sql`select hop, key, about, audience, recipient, channel, subject, body, failed_why as "failedWhy",
               sent_at is not null or failed_why is not null as "isDone"
        from messages where key = ${key}`,
  )
}

/** It waits for its channel and is about an earlier owner than that of this hop: nobody is to get it. */
export async function withdraw(tx: Tx, key: string, hop: number): Promise<void> {
  await execute(
    tx,
    sql`delete from messages where key = ${key} and hop < ${hop} and sent_at is null and failed_why is null`,
  )
}

/** Which of these still wait for their channel. */
export async function unsentOf(db: Db, keys: readonly string[]): Promise<Set<string>> {
  const found = await rows(
    db,
    z.object({ key: z.string() }),
    sql`select key from messages where key = any(${keys}::text[]) and sent_at is null and failed_why is null`,
  )
  return new Set(found.map(({ key }) => key))
}

export async function markSent(db: Db, key: string, atMs: EpochMs): Promise<void> {
  await execute(
    db,
    sql`update messages set sent_at = ${timestamp(atMs)} where key = ${key} and sent_at is null`,
  )
}

export async function markFailed(db: Db, key: string, why: string): Promise<void> {
  await execute(db, sql`update messages set failed_why = ${why} where key = ${key} and sent_at is null`)
}

/** The same for every try of one message; also its Message-ID's local part. */
export function idOf(key: string): string {
  const hex = createHash('sha256').update(key).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-9${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
