/** What has become of a lead after its worker died, as the tables, the CRM and the workflow's history say. */
import { setTimeout as sleep } from 'node:timers/promises'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { z } from 'zod'
import { readRun } from '../../cli/workflow-history.js'
import { type TimelineEvent, timelineOf } from '../../db/events.js'
import { row, rows, sql } from '../../db/sql.js'
import type { LeadId } from '../../domain/ids.js'
import { workflowIdOf } from '../../workflows/ids.js'
import type { Story } from './crash-stories.js'
import type { CrashingDesk } from './crashing-desk.js'

export type Fate = Awaited<ReturnType<typeof fateOf>>

export async function fateOf({ db, temporal }: CrashingDesk, lead: LeadId) {
  const counts = await row(
    db,
    z.object({
      owners: z.int(),
      turns: z.array(z.int()),
      lastOwner: z.string(),
      crm: z.array(z.string()),
      paragraphs: z.int(),
      dueMinutes: z.coerce.number().nullable(),
      historiesKept: z.int(),
    }),
    sql`select (select count(*)::int from assignments a where a.lead_id = l.id and a.ended_at is null) as owners,
               (select array[count(*) filter (where t.kind = 'taken'), count(*) filter (where t.kind = 'given_back')]::int[]
                from turns t where t.lead_id = l.id) as turns,
               last.owner || ' hop ' || last.hop as "lastOwner",
               array(select c.owner || ' hop ' || c.hop from crm_leads c where c.lead_id = l.id) as crm,
               cardinality(string_to_array(l.normalised->>'message', E'\\n\\n')) as paragraphs,
               extract(epoch from l.due_at - last.assigned_at) / 60 as "dueMinutes",
               (select count(*)::int from histories h where h.lead_id = l.id) as "historiesKept"
        from leads l
        cross join lateral (
          select a.owner, a.hop, a.assigned_at from assignments a where a.lead_id = l.id order by a.hop desc limit 1
        ) last
        where l.id = ${lead}`,
  )
  const letters = await rows(
    db,
    z.object({ id: z.string(), as: z.string(), toOne: z.string(), isSent: z.boolean() }),
    sql`select id, concat_ws(' ', about, audience, channel) as as,
               concat_ws(' ', about, hop, recipient, channel) as "toOne", sent_at is not null as "isSent"
        from messages where lead_id = ${lead} order by "toOne"`,
  )
  const history = await temporal.workflow.getHandle(workflowIdOf(lead)).fetchHistory()
  return {
    ...counts,
    timeline: (await timelineOf(db, lead)).map(sayEvent).toSorted(),
    told: countBy(letters.map(letter => letter.as)),
    toldTwice: letters.map(({ toOne }) => toOne).filter((toOne, index, all) => all.indexOf(toOne) < index),
    neverSent: letters.flatMap(({ toOne, isSent }) => (isSent ? [] : [toOne])),
    letters: letters.map(({ id }) => id),
    timers: readRun(JSON.parse(historyToJSON(history))).timersAtMs.length,
  }
}

/**
 * Waits, bounded, until all that the story comes to is there, and nothing is under way for the lead any more; what is
 * there too much shows in its fate.
 */
export async function settled(desk: CrashingDesk, lead: LeadId, { timeline, owners }: Story): Promise<void> {
  const query = sql`select (select count(*)::int from events where lead_id = ${lead}) as events,
                           (select count(*)::int from messages
                            where lead_id = ${lead} and sent_at is null) as unsent,
                           (select count(*)::int from histories where lead_id = ${lead}) as kept`
  const counts = z.object({ events: z.int(), unsent: z.int(), kept: z.int() })
  for (let waitedSeconds = 0; waitedSeconds < settleSeconds; waitedSeconds += 1) {
    const { events, unsent, kept } = await row(desk.db, counts, query)
    const isThere = events >= timeline.length && unsent === 0 && (owners > 0 || kept > 0)
    if (isThere && (await isQuiet(desk, lead))) return
    await sleep(1_000)
  }
}

/** After two kills in one task the server lets as much time pass as it gave for the task. */
const settleSeconds = 120

async function isQuiet({ temporal }: CrashingDesk, lead: LeadId): Promise<boolean> {
  const { raw } = await temporal.workflow.getHandle(workflowIdOf(lead)).describe()
  return (raw.pendingWorkflowTask ?? null) === null && (raw.pendingActivities ?? []).length === 0
}

function sayEvent(event: TimelineEvent): string {
  return event.kind === 'touched' ? `touched: ${event.data.touch}` : event.kind
}

function countBy(names: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    [...new Set(names)].map(name => [name, names.filter(other => other === name).length]),
  )
}
