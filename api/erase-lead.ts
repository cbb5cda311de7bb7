/** Forgets the person of a lead that is closed. Of an open one, its own workflow does so (the message `erase`). */
import { z } from 'zod'
import { forget } from '../db/erase.js'
import { lockLead } from '../db/lead.js'
import { leadOutcome } from '../db/leads.js'
import { row, sql, transaction } from '../db/sql.js'
import type { LeadId } from '../domain/ids.js'
import type { ApiDeps } from './app.js'
import { actorOf, type Caller } from './auth.js'
import { Problem } from './problem.js'

/** The lead that a merged one became part of is the same person's: all of them are erased, from there. */
export async function familyOf(
  { db }: Pick<ApiDeps, 'db'>,
  lead: LeadId,
): Promise<{ root: LeadId; isOpen: boolean }> {
  const found = await leadOutcome(db, lead)
  if (found === null) throw new Problem(404, 'not-found')
  const root = found.mergedInto ?? lead
  const stands = root === lead ? found : await leadOutcome(db, root)
  return { root, isOpen: stands?.outcome === null }
}

/**
 * Done twice, it changes nothing.
 * @throws Problem 503 while the lead's last steps are still being done, which would write again what is forgotten
 */
export async function eraseClosed(
  deps: Pick<ApiDeps, 'db' | 'now'>,
  caller: Caller,
  lead: LeadId,
): Promise<{ owner: string | null }> {
  const { id: actor } = actorOf(caller)
  return transaction(deps.db, async tx => {
    const { outcome, owner } = await lockLead(tx, lead)
    const { ended } = await row(
      tx,
      z.object({ ended: z.boolean() }),
      sql`select workflow_ended_at is not null as ended from leads where id = ${lead}`,
    )
    if (outcome === null || !ended) throw new Problem(503, 'unavailable', {}, { 'Retry-After': '2' })
    await forget(tx, lead, { atMs: deps.now(), actor })
    return { owner }
  })
}
