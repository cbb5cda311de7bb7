import { ApplicationFailure } from '@temporalio/activity'
import { z } from 'zod'
import type { CrmLead } from '../adapters/crm/port.js'
import { appendEvent } from '../db/events.js'
import { lockLead, readLead } from '../db/lead.js'
import { execute, instantColumn, rowOrNull, sql, transaction, timestamp } from '../db/sql.js'
import type { EpochMs, LeadId } from '../domain/ids.js'
import type { ActivityDeps } from './index.js'

type Input = { lead: LeadId; step: number; atMs: EpochMs }

/** Puts the lead's owner into the CRM and reads it back: only what stands there may be told to people (R22). */
export function saveToCrm({ db, crm }: ActivityDeps) {
  return async ({ lead, step, atMs }: Input): Promise<void> => {
    const stored = await readLead(db, lead)
    // A save that was overtaken saves the later owner: what is told after it must find a record that is saved.
    const assignment = await rowOrNull(
      db,
      z.object({ assigned_at: instantColumn }),
      sql`select assigned_at from assignments where lead_id = ${lead} and hop = ${stored.hop}`,
    )
    const wanted: CrmLead = {
      lead,
      hop: stored.hop,
      owner: stored.owner,
      status: stored.outcome ?? stored.status,
      fields: {
        source: stored.source,
        name: stored.normalised?.name ?? null,
        email: stored.normalised?.email ?? null,
        phone: stored.normalised?.phoneE164 ?? null,
        company: stored.normalised?.company ?? null,
        country: stored.normalised?.country ?? null,
        postcode: stored.normalised?.postcode ?? null,
        product: stored.normalised?.product ?? null,
        brief: stored.brief,
        ...stored.became,
      },
      ownerSetAtMs: assignment?.assigned_at ?? null,
    }
    await crm.saveLead(wanted)
    const found = await crm.readLead(lead)
    if (found === null || found.owner !== wanted.owner || found.hop < wanted.hop) {
      throw ApplicationFailure.retryable('the CRM does not show what was saved', 'NotReadBack')
    }
    await transaction(db, async tx => {
      // The lead's row before its assignments, in the order of every other writer: two of them never wait in a circle.
      await lockLead(tx, lead)
      await execute(
        tx,
        sql`update assignments set saved_at = coalesce(saved_at, ${timestamp(atMs)})
            where lead_id = ${lead} and hop = ${stored.hop}`,
      )
      if (stored.owner === null && stored.status !== 'held' && stored.status !== 'queued') return
      const key = `saved-${step}`
      await appendEvent(tx, {
        lead,
        atMs,
        actor: 'system',
        hop: stored.hop,
        key,
        kind: 'saved',
        data: { owner: stored.owner, crm: 'built-in' },
      })
    })
  }
}
