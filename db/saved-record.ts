/** Which record of a lead is saved in the CRM and read back: what people are told of the lead speaks of that one (R22). */
import { z } from 'zod'
import { type LeadId, poolId, repId } from '../domain/ids.js'
import type { LeadStatus } from '../domain/lead.js'
import { rowOrNull, sql, type Tx } from './sql.js'

type SavedOwner = z.infer<typeof savedOwnerRow>

export type SavedRecord =
  | { kind: 'owned'; hop: number; owner: SavedOwner }
  /** Held or in a queue, or with nothing of this routing attempt that could be saved. */
  | { kind: 'nobody'; hop: number }
  /** `earlier`: the routing attempt that was saved last; null: none was. */
  | { kind: 'unsaved'; earlier: number | null }

/** As a message that was queued for this routing attempt finds it. */
export async function savedRecord(
  tx: Tx,
  lead: { id: LeadId; status: LeadStatus; hop: number },
  hop: number,
): Promise<SavedRecord> {
  const owner = await savedOwner(tx, lead.id, hop)
  if (owner !== null) return { kind: 'owned', hop: owner.hop, owner }
  const wait = await savedWait(tx, lead.id, hop)
  if (wait !== null) return { kind: 'nobody', hop: wait.hop }
  const waitsNow = lead.hop === hop && (lead.status === 'held' || lead.status === 'queued')
  if (!waitsNow && !(await isAssigned(tx, lead.id, hop))) return { kind: 'nobody', hop }
  return { kind: 'unsaved', earlier: await lastSaved(tx, lead.id) }
}

const savedOwnerRow = z.object({ hop: z.int(), owner: repId, rule: z.string(), pool: poolId.nullable() })
const hopRow = z.object({ hop: z.int() })

/**
 * The owner of this hop, or the latest one since whose record is saved. A save that is overtaken saves the later owner
 * instead, so one of them is there once the message's turn has come.
 */
async function savedOwner(tx: Tx, lead: LeadId, hop: number): Promise<SavedOwner | null> {
  return rowOrNull(
    tx,
    savedOwnerRow,
    sql`select hop, owner, rule, pool from assignments
        where lead_id = ${lead} and hop >= ${hop} and saved_at is not null order by hop desc limit 1`,
  )
}

/** A lead that is held or in a queue is saved without an owner: no assignment can say so, the timeline does. */
async function savedWait(tx: Tx, lead: LeadId, hop: number) {
  return rowOrNull(
    tx,
    hopRow,
    sql`select hop from events
        where lead_id = ${lead} and hop >= ${hop} and kind = 'saved' and data->'owner' = 'null'
        order by seq desc limit 1`,
  )
}

async function isAssigned(tx: Tx, lead: LeadId, hop: number): Promise<boolean> {
  const found = await rowOrNull(
    tx,
    hopRow,
    sql`select hop from assignments where lead_id = ${lead} and hop = ${hop}`,
  )
  return found !== null
}

async function lastSaved(tx: Tx, lead: LeadId): Promise<number | null> {
  const found = await rowOrNull(
    tx,
    hopRow,
    sql`select hop from events where lead_id = ${lead} and kind = 'saved' order by seq desc limit 1`,
  )
  return found?.hop ?? null
}
