import { z } from 'zod'
import { appendEvent } from '../db/events.js'
import { lockLead, preparedOf } from '../db/lead.js'
import { rosterAt } from '../db/people.js'
import { policyOfVersion } from '../db/policies.js'
import { execute, instantColumn, rowOrNull, sql, transaction, type Tx, timestamp } from '../db/sql.js'
import { deadlinesOf, deciderOf } from '../domain/deciders.js'
import { type EpochMs, instant, type LeadId, type RepId, repId } from '../domain/ids.js'
import type { RequestOpened } from '../domain/life/state.js'
import type { Roster } from '../domain/people.js'
import type { ReassignTerms } from '../domain/policy.js'
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

type Refused = Extract<RequestOpened, { kind: 'refused' }>

/** An owner wants to give the lead away: the policy approves at once, or names who decides. */
export function openReassignment({ db }: ActivityDeps) {
  return async (input: Input): Promise<RequestOpened> =>
    transaction(db, async tx => {
      const { lead, hop, atMs, request, by, reason } = input
      const stored = preparedOf(await lockLead(tx, lead))
      const known = await openedBefore(tx, request)
      if (known !== null) return known
      const { reassign } = await policyOfVersion(tx, stored.policyVersion)
      const roster = await rosterAt(tx, atMs)
      const refused = refusedByTerms(input, reassign, roster) ?? (await coolingDown(tx, input, reassign))
      if (refused !== null) return refused
      const approved = reassign.reasons[reason] === 'approve'
      const asked = await keepRequest(tx, input, reassign, roster, approved)
      const event = { lead, atMs, hop, actor: by }
      await appendEvent(tx, {
        ...event,
        key: `requested-${request}`,
        kind: 'reassignmentRequested',
        data: { request, by, reason, decides: approved ? null : asked.decides },
      })
      if (!approved) return { kind: 'asked', ...asked }
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

type Asked = Omit<Extract<RequestOpened, { kind: 'asked' }>, 'kind'>

async function openedBefore(tx: Tx, request: string): Promise<RequestOpened | null> {
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
  if (known === null) return null
  if (known.ended_why === 'approved_by_policy') return { kind: 'approved' }
  const { decides, backup, due_at: dueAtMs, backup_due_at: backupDueAtMs } = known
  return { kind: 'asked', decides, backup, dueAtMs, backupDueAtMs }
}

function refusedByTerms(
  { reason, wanted }: Input,
  { reasons }: ReassignTerms,
  { people }: Roster,
): Refused | null {
  if (!Object.hasOwn(reasons, reason))
    return { kind: 'refused', code: 'unknown-reason', detail: Object.keys(reasons) }
  if (wanted !== null && !people.some(({ id }) => id === wanted))
    return { kind: 'refused', code: 'unknown-person', detail: [wanted] }
  return null
}

/** Whoever was refused does not ask for the same lead again at once, whatever the reason is now. */
async function coolingDown(
  tx: Tx,
  { lead, by, atMs }: Input,
  { coolDownMs }: ReassignTerms,
): Promise<Refused | null> {
  const last = await rowOrNull(
    tx,
    z.object({ ended_at: instantColumn }),
    sql`select ended_at from reassignment_requests
        where lead_id = ${lead} and requested_by = ${by} and ended_why in ('refused', 'timed_out')
        order by ended_at desc limit 1`,
  )
  if (last === null) return null
  const untilMs = instant(last.ended_at + coolDownMs)
  if (untilMs <= atMs) return null
  return { kind: 'refused', code: 'cooling-down', detail: [new Date(untilMs).toISOString()] }
}

async function keepRequest(
  tx: Tx,
  { lead, hop, atMs, request, by, reason, wanted }: Input,
  terms: ReassignTerms,
  roster: Roster,
  approved: boolean,
): Promise<Asked> {
  const decides = deciderOf(terms.decides, roster, { owner: by }, atMs)
  const backup = deciderOf(terms.backup, roster, { owner: by }, atMs, [decides.id])
  const { dueAtMs, backupDueAtMs } = deadlinesOf(decides, backup, terms.withinMs, atMs)
  await execute(
    tx,
    sql`insert into reassignment_requests (id, lead_id, hop, requested_by, reason, wanted, requested_at, decides, backup,
                                           due_at, backup_due_at, ended_at, ended_why, decided_by)
        values (${request}, ${lead}, ${hop}, ${by}, ${reason}, ${wanted}, ${timestamp(atMs)}, ${decides.id}, ${backup.id},
                ${timestamp(dueAtMs)}, ${timestamp(backupDueAtMs)}, ${approved ? timestamp(atMs) : null},
                ${approved ? 'approved_by_policy' : null}, ${approved ? 'policy' : null})`,
  )
  const dueAt = approved ? null : timestamp(dueAtMs)
  await execute(
    tx,
    sql`update leads
        set due_at = least(due_at, ${dueAt}::timestamptz),
            due_kind = case when due_at > ${dueAt}::timestamptz or due_at is null and ${dueAt}::timestamptz is not null
                            then 'request' else due_kind end
        where id = ${lead}`,
  )
  return { decides: decides.id, backup: backup.id, dueAtMs, backupDueAtMs }
}
