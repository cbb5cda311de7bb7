import { z } from 'zod'
import { appendEvent } from '../db/events.js'
import { lockLead, preparedOf } from '../db/lead.js'
import { rosterAt } from '../db/people.js'
import { policyOfVersion } from '../db/policies.js'
import { execute, instantColumn, rowOrNull, sql, transaction, type Tx, timestamp } from '../db/sql.js'
import { dueAt } from '../domain/calendar.js'
import type { EpochMs, LeadId, RepId } from '../domain/ids.js'
import type { HandoffOpened } from '../domain/life/state.js'
import type { ActivityDeps } from './index.js'

type Input = { lead: LeadId; hop: number; atMs: EpochMs; handoff: string; from: RepId; to: RepId }

/** Offers the lead to an account executive, if what the policy asks for is written down; else says what is missing. */
export function openHandoff({ db }: ActivityDeps) {
  return async ({ lead, hop, atMs, handoff, from, to }: Input): Promise<HandoffOpened> =>
    transaction(db, async tx => {
      const stored = preparedOf(await lockLead(tx, lead))
      const { handoff: terms } = await policyOfVersion(tx, stored.policyVersion)
      const roster = await rosterAt(tx, atMs)
      const receiver = roster.people.find(({ id }) => id === to)
      if (terms === null || receiver === undefined || receiver.role !== terms.toRole) {
        const allowed = roster.people.filter(({ role }) => role === terms?.toRole).map(({ id }) => id)
        return { kind: 'refused', code: 'unknown-person', detail: allowed }
      }
      const known = await rowOrNull(
        tx,
        z.object({ due_at: instantColumn }),
        sql`select due_at from handoffs where id = ${handoff}`,
      )
      if (known !== null) return { kind: 'offered', dueAtMs: known.due_at }

      const missing = await missingFrom(tx, handoff, terms.required, terms.notesAtLeast)
      const event = { lead, atMs, hop, actor: from }
      if (missing.length > 0) {
        await appendEvent(tx, {
          ...event,
          key: `refused-${handoff}`,
          kind: 'handoffRefused',
          data: { from, to, missing },
        })
        return { kind: 'refused', code: 'incomplete', detail: missing }
      }
      const dueAtMs = dueAt(receiver.calendar, atMs, terms.acceptWithinMs)
      await execute(
        tx,
        sql`insert into handoffs (id, lead_id, hop, from_rep, to_rep, offered_at, due_at)
            values (${handoff}, ${lead}, ${hop}, ${from}, ${to}, ${timestamp(atMs)}, ${timestamp(dueAtMs)})`,
      )
      await execute(
        tx,
        sql`update leads set due_at = least(due_at, ${timestamp(dueAtMs)}) where id = ${lead}`,
      )
      await appendEvent(tx, {
        ...event,
        key: `offered-${handoff}`,
        kind: 'handoffOffered',
        data: { handoff, from, to, dueAtMs },
      })
      return { kind: 'offered', dueAtMs }
    })
}

/** The names of what the policy asks for and the sender did not write, under the request's id. */
async function missingFrom(
  tx: Tx,
  request: string,
  required: readonly string[],
  notesAtLeast: number,
): Promise<string[]> {
  const note = await rowOrNull(
    tx,
    z.object({
      body: z.object({
        fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
        notes: z.string().default(''),
      }),
    }),
    sql`select body from notes where request_id = ${request}`,
  )
  const fields = note?.body.fields ?? {}
  const missing = required.filter(name => String(fields[name] ?? '').trim() === '')
  return (note?.body.notes ?? '').trim().length < notesAtLeast ? [...missing, 'notes'] : missing
}
