import { z } from 'zod'
import { appendEvent } from '../db/events.js'
import { lockLead, preparedOf } from '../db/lead.js'
import { rosterAt } from '../db/people.js'
import { policyOfVersion } from '../db/policies.js'
import { execute, instantColumn, rowOrNull, sql, transaction, timestamp } from '../db/sql.js'
import { deadlinesOf, deciderOf } from '../domain/deciders.js'
import { type EpochMs, type LeadId, type RepId, repId } from '../domain/ids.js'
import type { RequestOpened } from '../domain/life/state.js'
import type { ActivityDeps } from './index.js'

type Input = {
  lead: LeadId
  hop: number
  atMs: EpochMs
  request: string
  by: RepId
  reason: string
  wanted: RepId | null
}

/** An owner wants to give the lead away: the policy approves at once, or names who decides. */
export function openReassignment({ db }: ActivityDeps) {
  return async ({ lead, hop, atMs, request, by, reason, wanted }: Input): Promise<RequestOpened> =>
    transaction(db, async tx => {
      const stored = preparedOf(await lockLead(tx, lead))
      const policy = await policyOfVersion(tx, stored.policyVersion)
      const roster = await rosterAt(tx, atMs)
      const handling = Object.hasOwn(policy.reassign.reasons, reason)
        ? policy.reassign.reasons[reason]
        : undefined
      if (handling === undefined) {
        return { kind: 'refused', code: 'unknown-reason', detail: Object.keys(policy.reassign.reasons) }
      }
      if (wanted !== null && !roster.people.some(({ id }) => id === wanted)) {
        return { kind: 'refused', code: 'unknown-person', detail: [wanted] }
      }
      const known = await rowOrNull(
        tx,
        z.object({
          decides: repId,
          backup: repId,
          due_at: instantColumn,
          backup_due_at: instantColumn,
          ended_why: z.string().nullable(),
        }),
        sql`select decides, backup, due_at, backup_due_at, ended_why from reassignment_requests where id = ${request}`,
      )
      if (known !== null) {
        if (known.ended_why === 'approved_by_policy') return { kind: 'approved' }
        return {
          kind: 'asked',
          decides: known.decides,
          backup: known.backup,
          dueAtMs: known.due_at,
          backupDueAtMs: known.backup_due_at,
        }
      }
      const decides = deciderOf(policy.reassign.decides, roster, { owner: by }, atMs)
      const backup = deciderOf(policy.reassign.backup, roster, { owner: by }, atMs, [decides.id])
      const { dueAtMs, backupDueAtMs } = deadlinesOf(decides, backup, policy.reassign.withinMs, atMs)
      const approved = handling === 'approve'
      await execute(
        tx,
        sql`insert into reassignment_requests (id, lead_id, hop, requested_by, reason, wanted, requested_at, decides, backup,
                                               due_at, backup_due_at, ended_at, ended_why, decided_by)
            values (${request}, ${lead}, ${hop}, ${by}, ${reason}, ${wanted}, ${timestamp(atMs)}, ${decides.id}, ${backup.id},
                    ${timestamp(dueAtMs)}, ${timestamp(backupDueAtMs)}, ${approved ? timestamp(atMs) : null},
                    ${approved ? 'approved_by_policy' : null}, ${approved ? 'policy' : null})`,
      )
      await execute(
        tx,
        sql`update leads set due_at = least(due_at, ${approved ? null : timestamp(dueAtMs)}) where id = ${lead}`,
      )
      const event = { lead, atMs, hop, actor: by }
      await appendEvent(tx, {
        ...event,
        key: `requested-${request}`,
        kind: 'reassignmentRequested',
        data: { request, by, reason, decides: approved ? null : decides.id },
      })
      if (!approved) return { kind: 'asked', decides: decides.id, backup: backup.id, dueAtMs, backupDueAtMs }
      await appendEvent(tx, {
        ...event,
        actor: 'policy',
        key: `approved-${request}`,
        kind: 'reassignmentDecided',
        data: { request, by: 'policy', approved: true, timedOut: false },
      })
      return { kind: 'approved' }
    })
}
