/** Closed histories in Postgres: the Temporal server forgets a closed workflow after its retention. */
import { type Client, type WorkflowHandle, WorkflowNotFoundError } from '@temporalio/client'
import { type History, historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { tsToMs } from '@temporalio/common/lib/time.js'
import { execute, type Pool, sql, timestamp, transaction } from '../db/sql.js'
import type { EpochMs, LeadId } from '../domain/ids.js'
import { workflowIdOf } from '../workflows/ids.js'
import { grpc, grpcCodeOf } from './grpc.js'

/** A run that the lead continued into more often than this is no lead of ours. */
const mostRuns = 1_000
const callMs = 20_000

type ClosedRun = {
  runId: string
  status: string
  closedAtMs: number
  json: string
  /** The run that continued as this one. */
  before: string | null
}

/** The server knows nothing of the lead's workflow (any more); its history cannot be had. */
class HistoryGone extends Error {
  readonly code = 'history-gone'
}

/**
 * Copies every run of the lead's workflow, from the last back through each continue-as-new, and sets the lead's mark.
 * @returns false while the last run has not closed yet: the lead's last step is done a moment before
 * @throws HistoryGone
 */
export async function copyHistory(
  db: Pool,
  client: Client,
  lead: LeadId,
  now: () => EpochMs,
): Promise<boolean> {
  const latest = await latestRun(client, lead)
  if (!latest.isClosed) return false
  const runs = await runsBackFrom(client, lead, latest.runId)
  await transaction(db, async tx => {
    for (const { runId, status, closedAtMs, json } of runs) {
      await execute(
        tx,
        sql`insert into histories (workflow_id, run_id, lead_id, status, closed_at, history)
            values (${workflowIdOf(lead)}, ${runId}, ${lead}, ${status}, ${timestamp(closedAtMs)}, ${json})
            on conflict (workflow_id, run_id) do nothing`,
      )
    }
    await execute(tx, sql`update leads set history_copied_at = ${timestamp(now())} where id = ${lead}`)
  })
  return true
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
  for (let at: string | null = last; at !== null && runs.length < mostRuns; ) {
    const run: ClosedRun | null = await readRun(client, client.workflow.getHandle(workflowIdOf(lead), at), at)
    if (run !== null) runs.push(run)
    at = run?.before ?? null
  }
  if (runs.length === 0) throw new HistoryGone(`lead ${lead}: run ${last}`)
  return runs
}

async function readRun(client: Client, handle: WorkflowHandle, runId: string): Promise<ClosedRun | null> {
  const history = await fetchHistory(client, handle)
  if (history === null) return null
  const started = history.events?.[0]?.workflowExecutionStartedEventAttributes
  const last = history.events?.at(-1)
  return {
    runId,
    status: statusOf(last),
    closedAtMs: tsToMs(last?.eventTime),
    json: historyToJSON(history),
    before: started?.continuedExecutionRunId || null,
  }
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

/** As the Temporal UI names it. */
function statusOf(last: LastEvent): string {
  if (last?.workflowExecutionCompletedEventAttributes) return 'COMPLETED'
  if (last?.workflowExecutionContinuedAsNewEventAttributes) return 'CONTINUED_AS_NEW'
  if (last?.workflowExecutionTerminatedEventAttributes) return 'TERMINATED'
  if (last?.workflowExecutionCanceledEventAttributes) return 'CANCELED'
  if (last?.workflowExecutionTimedOutEventAttributes) return 'TIMED_OUT'
  if (last?.workflowExecutionFailedEventAttributes) return 'FAILED'
  throw new Error(`a closed run ends with event type ${last?.eventType ?? 'none'}`)
}

function bounded<Result>(client: Client, call: () => Promise<Result>): Promise<Result> {
  return client.withDeadline(Date.now() + callMs, call)
}
