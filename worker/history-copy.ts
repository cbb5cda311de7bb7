/** Closed histories in Postgres: the Temporal server forgets a closed workflow after its retention. */
import { type Client, type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client'
import { type History, historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { tsToMs } from '@temporalio/common/lib/time.js'
import { z } from 'zod'
import { execute, instantColumn, type Pool, row, sql, timestamp, transaction } from '../db/sql.js'
import type { EpochMs, LeadId } from '../domain/ids.js'
import { workflowIdOf } from '../workflows/ids.js'
import { grpc, grpcCodeOf } from './grpc.js'

/** A run that the lead continued into more often than this is no lead of ours. */
const mostRuns = 1_000
const callMs = 20_000

type ClosedRun = { runId: string; status: string; closedAtMs: number; json: string }
/** `before`: the run that continued as this one, or with which the life before this one ended. */
type Read = { closed: ClosedRun | null; before: string | null }

/** The server knows nothing of the lead's workflow (any more); its history cannot be had. */
class HistoryGone extends Error {
  readonly code = 'history-gone'
}

/**
 * Copies every closed run of the lead's workflow, from the last back through each continue-as-new and each life, and
 * sets the lead's mark. Of a lead that was opened again before it was copied, what is left to copy is done and the mark
 * that asked for it goes: its present run asks again when it ends.
 * @returns false while the last run has not closed yet: the lead's last step is done a moment before
 * @throws HistoryGone
 */
export async function copyHistory(
  db: Pool,
  client: Client,
  lead: LeadId,
  now: () => EpochMs,
): Promise<boolean> {
  const marked = await row(db, markRow, sql`select ${marks} from leads where id = ${lead}`)
  const latest = await latestRun(client, lead)
  const goesOn = !latest.isClosed && marked.is_open
  if (!latest.isClosed && !goesOn) return false
  const runs = await runsBackFrom(client, lead, latest.runId)
  if (runs.length === 0 && !goesOn) throw new HistoryGone(`lead ${lead}: run ${latest.runId}`)
  await transaction(db, async tx => {
    for (const { runId, status, closedAtMs, json } of runs) {
      await execute(
        tx,
        sql`insert into histories (workflow_id, run_id, lead_id, status, closed_at, history)
            values (${workflowIdOf(lead)}, ${runId}, ${lead}, ${status}, ${timestamp(closedAtMs)}, ${json})
            on conflict (workflow_id, run_id) do nothing`,
      )
    }
    // A life that has ended meanwhile has set another mark, which stays.
    const asked = sql`id = ${lead} and workflow_ended_at is not distinct from ${at(marked.workflow_ended_at)}`
    await execute(
      tx,
      goesOn
        ? sql`update leads set workflow_ended_at = null where ${asked} and status <> 'closed'`
        : sql`update leads set history_copied_at = ${timestamp(now())} where ${asked}`,
    )
  })
  return true
}

/** Open in a later life: that one's run is another matter. */
const marks = sql`workflow_ended_at, generation > 0 and status <> 'closed' as is_open`
const markRow = z.object({ workflow_ended_at: instantColumn.nullable(), is_open: z.boolean() })

function at(endedMs: EpochMs | null): Date | null {
  return endedMs === null ? null : timestamp(endedMs)
}

async function latestRun(client: Client, lead: LeadId): Promise<{ runId: string; isClosed: boolean }> {
  try {
    const about = await bounded(client, () => client.workflow.getHandle(workflowIdOf(lead)).describe())
    return { runId: about.runId, isClosed: about.status.name !== 'RUNNING' }
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw new HistoryGone(`lead ${lead}: no workflow`)
    throw error
  }
}

/** The retention counts from each run's own end: of a lead that lived long, the server may have forgotten the first. */
async function runsBackFrom(client: Client, lead: LeadId, last: string): Promise<ClosedRun[]> {
  const runs: ClosedRun[] = []
  let before: string | null = last
  for (let read = 0; before !== null && read < mostRuns; read += 1) {
    const run: Read | null = await readRun(client, lead, before)
    if (run !== null && run.closed !== null) runs.push(run.closed)
    before = run?.before ?? null
  }
  return runs
}

async function readRun(client: Client, lead: LeadId, runId: string): Promise<Read | null> {
  const history = await fetchHistory(client, client.workflow.getHandle(workflowIdOf(lead), runId))
  if (history === null) return null
  const started = history.events?.[0]?.workflowExecutionStartedEventAttributes
  const last = history.events?.at(-1)
  const status = statusOf(last)
  return {
    closed:
      status === null
        ? null
        : { runId, status, closedAtMs: tsToMs(last?.eventTime), json: historyToJSON(history) },
    before: started?.continuedExecutionRunId || followedBy(started?.memo?.fields?.follows?.data),
  }
}

/** What api/begin-again.ts wrote when it started a later life. */
function followedBy(data: Uint8Array | null | undefined): string | null {
  return data == null
    ? null
    : z
        .string()
        .nullable()
        .parse(JSON.parse(Buffer.from(data).toString()))
}

/** Unlike describing a workflow, this fails with the transport's own error. */
async function fetchHistory(client: Client, handle: WorkflowHandle): Promise<History | null> {
  try {
    return await bounded(client, () => handle.fetchHistory())
  } catch (error) {
    if (grpcCodeOf(error) === grpc.notFound) return null
    throw error
  }
}

type LastEvent = NonNullable<History['events']>[number] | undefined

/** As the Temporal UI names it; null: it goes on. */
function statusOf(last: LastEvent): string | null {
  if (last?.workflowExecutionCompletedEventAttributes) return 'COMPLETED'
  if (last?.workflowExecutionContinuedAsNewEventAttributes) return 'CONTINUED_AS_NEW'
  if (last?.workflowExecutionTerminatedEventAttributes) return 'TERMINATED'
  if (last?.workflowExecutionCanceledEventAttributes) return 'CANCELED'
  if (last?.workflowExecutionTimedOutEventAttributes) return 'TIMED_OUT'
  if (last?.workflowExecutionFailedEventAttributes) return 'FAILED'
  return null
}

function bounded<Result>(client: Client, call: () => Promise<Result>): Promise<Result> {
  return client.withDeadline(Date.now() + callMs, call)
}
