/** The clock of a lead that nobody owns yet: from when it runs, until when, and who hears that it ran out. */
import { z } from 'zod'
import { assignmentDueMs } from '../domain/clocks.js'
import { deciderOf } from '../domain/deciders.js'
import type { EpochMs, LeadId } from '../domain/ids.js'
import type { AssignClock } from '../domain/life/state.js'
import type { Policy } from '../domain/policy.js'
import { appendEvent } from './events.js'
import { rosterAt } from './people.js'
import { instantColumn, row, sql, type Tx } from './sql.js'

/** It runs from the receipt of the lead, or from the instant at which it was opened again; null: the policy has none. */
export async function startAssignClock(
  tx: Tx,
  { lead, atMs, step }: { lead: LeadId; atMs: EpochMs; step: number },
  policy: Policy,
): Promise<AssignClock | null> {
  if (policy.timeToAssign === null) return null
  const { begun_at: begunMs } = await row(
    tx,
    z.object({ begun_at: instantColumn }),
    sql`select coalesce((select max(at) from events where lead_id = l.id and kind = 'reopened'), received_at) as begun_at
        from leads l where id = ${lead}`,
  )
  const dueAtMs = assignmentDueMs(policy, begunMs)
  if (dueAtMs === null) return null
  const tell = deciderOf(policy.timeToAssign.tell, await rosterAt(tx, atMs), { owner: null }, atMs)
  await appendEvent(tx, {
    lead,
    atMs,
    actor: 'system',
    hop: 0,
    key: `started-assign-${step}`,
    kind: 'clockStarted',
    data: { clock: 'assign', dueAtMs },
  })
  return { dueAtMs, tell: tell.id }
}
