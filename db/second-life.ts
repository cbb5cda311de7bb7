/** Opens a closed lead again: the one who does so writes its row, under its lock, since no workflow does any more. */
import { z } from 'zod'
import { type EpochMs, type LeadId, repId } from '../domain/ids.js'
import { type Again, again, stepsOfALife } from '../domain/life/again.js'
import { appendEvent } from './events.js'
import { announceOutcome } from './lead.js'
import { execute, row, rowOrNull, rows, sql, type Tx } from './sql.js'

export type Opening = {
  lead: LeadId
  atMs: EpochMs
  actor: string
  /** Names the opening: a second one under the same key opens nothing. */
  key: string
  reason: string
} & Pick<Again, 'why' | 'lastOwner' | 'directed'>

/**
 * Sets the lead back to its receipt, with what its next run begins with; that run is started by whoever sees the mark
 * (api/lead-workflows.ts, worker/relay.ts). The caller holds the lock of the lead's row, and has looked that it is
 * closed.
 */
export async function openAgain(tx: Tx, opening: Opening): Promise<void> {
  const { lead, atMs, actor, key, reason, why, lastOwner, directed } = opening
  const { generation, hop } = await row(
    tx,
    z.object({ generation: z.int(), hop: z.int() }),
    sql`select generation + 1 as generation,
               greatest(hop, (select max(e.hop) from events e where e.lead_id = leads.id),
                        (select max(d.hop) from decisions d where d.lead_id = leads.id)) + 1 as hop
        from leads where id = ${lead}`,
  )
  const next: Again = {
    generation,
    why,
    hop,
    step: generation * stepsOfALife,
    lastOwner,
    directed,
    excluded: (await whoLetItLapse(tx, lead)).filter(({ rep }) => rep !== lastOwner),
  }
  await execute(
    tx,
    // What is not copied yet stays marked; a run that begins anew is told from it by its generation.
    sql`update leads
        set status = 'received', outcome = null, closed_at = null, merged_into = null, joining = null, owner = null,
            hop = ${hop - 1}, became = null, due_at = null, due_kind = null, generation = ${generation},
            begin_again = ${JSON.stringify(next)}, workflow_started_at = null,
            workflow_ended_at = case when history_copied_at is null then workflow_ended_at end,
            history_copied_at = null
        where id = ${lead}`,
  )
  const data = { generation, why, reason }
  // Of the last attempt: the next one, which the run begins with, is not made yet.
  await appendEvent(tx, { lead, atMs, actor, hop: hop - 1, key, kind: 'reopened', data })
  await announceOutcome(tx, lead)
}

async function whoLetItLapse(tx: Tx, lead: LeadId): Promise<Again['excluded']> {
  const lapsed = await rows(
    tx,
    z.object({ rep: repId }),
    sql`select distinct data->>'owner' as rep from events where lead_id = ${lead} and kind = 'lapsed' order by rep`,
  )
  return lapsed.map(({ rep }) => ({ rep, reason: 'lapsed' }))
}

/** What the lead's next run begins with; null: it has been started, or is in its first life. */
export async function waitingToBegin(tx: Tx, lead: LeadId): Promise<Again | null> {
  const found = await rowOrNull(
    tx,
    z.object({ begin_again: again }),
    sql`select begin_again from leads
        where id = ${lead} and workflow_started_at is null and begin_again is not null`,
  )
  return found?.begin_again ?? null
}
