/** Messages to people: the row first, then the channel. */
import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { EpochMs, LeadId } from '../domain/ids.js'
import { type Db, execute, rows, sql, type Tx, timestamp } from './sql.js'

export type Letter = {
  lead: LeadId
  hop: number
  /** Who is told what about which step; a second try with the same key is the same message. */
  key: string
  about: string
  audience:
    | 'owner'
    | 'former-owner'
    | 'team'
    | 'member'
    | 'watcher'
    | 'manager'
    | 'decider'
    | 'requester'
    | 'receiver'
    | 'prospect'
  recipient: string
  channel: 'in-app' | 'email'
  subject: string
  body: string
}

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
