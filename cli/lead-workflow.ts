/** Whether a lead's workflow lives as its row says: open leads are run and will act in time, closed ones have ended. */
import { type Client, type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { z } from 'zod'
import { timelineOf } from '../db/events.js'
import { instantColumn, type Pool, rowOrNull, rows, sql } from '../db/sql.js'
import { type EpochMs, type LeadId, leadId } from '../domain/ids.js'
import { workflowIdOf } from '../workflows/ids.js'
import { disagreements } from './agreement.js'
import { type Run, readRun } from './workflow-history.js'

export type Complaint = { invariant: 'workflow-lives' | 'timer-in-time' | 'history-agrees'; what: string }

/** What the server says of the latest run. */
export type Pulse = {
  status: string
  /** A workflow task that waits for a worker, or failed and is tried again. */
  task: { attempt: number } | null
  /** Activities that are on their way; each attempt before the present one failed. */
  steps: { name: string; attempt: number }[]
}

/** A task that failed this often is no hiccup: the code or the data stops the lead. */
const failedTasksMost = 3
const failedStepsMost = 5
/** Without their answer the lead waits; saving and telling go on beside its clocks. */
const stepsThatTheLeadWaitsFor = ['route', 'openReview']
/** A timer counts from the moment at which the server took it, which is a little after the workflow asked for it. */
const timerSlackMs = 5_000
/** No lead of ours continues as new more often. */
const runsMost = 1_000
const callMs = 20_000

/** @throws where Temporal does not answer */
export async function complaintsAbout(db: Pool, client: Client, lead: LeadId): Promise<Complaint[]> {
  const stored = await rowOrNull(db, leadRow, sql`select ${columns} from leads where id = ${lead}`)
  if (stored === null) return []
  const about = await describe(client, lead)
  const pulse = about === null ? null : pulseOf(about)
  const state = pulse === null ? complaintsOfGone(stored) : complaintsOfPulse(stored, pulse)
  const runs = await runsOf(db, client, lead, about?.runId ?? null)
  if (runs === null) return state
  const timer = pulse === null ? [] : complaintsOfTimer(stored, pulse, runs.at(-1)?.timersAtMs ?? [])
  const timeline = await timelineOf(db, lead)
  const differences = disagreements(runs, timeline, {
    outcome: stored.outcome,
    owner: stored.owner,
    mergedInto: stored.merged_into,
  })
  return [...state, ...timer, ...differences.map(what => ({ invariant: 'history-agrees' as const, what }))]
}

const columns = sql`id, status, outcome, owner, merged_into, due_at, workflow_started_at, workflow_ended_at,
                    history_copied_at`
const leadRow = z.object({
  id: leadId,
  status: z.string(),
  outcome: z.string().nullable(),
  owner: z.string().nullable(),
  merged_into: leadId.nullable(),
  due_at: instantColumn.nullable(),
  workflow_started_at: instantColumn.nullable(),
  workflow_ended_at: instantColumn.nullable(),
  history_copied_at: instantColumn.nullable(),
})
type LeadRow = z.infer<typeof leadRow>

async function describe(client: Client, lead: LeadId): Promise<WorkflowExecutionDescription | null> {
  try {
    return await bounded(client, () => client.workflow.getHandle(workflowIdOf(lead)).describe())
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null
    throw error
  }
}

function complaintsOfGone(stored: LeadRow): Complaint[] {
  if (stored.outcome !== null && stored.history_copied_at !== null) return []
  if (stored.outcome !== null)
    return [lives('closed, but its workflow is gone and its history was not copied')]
  return stored.workflow_started_at === null
    ? [lives('open, but its workflow has not been started')]
    : [lives('open, but its workflow is gone')]
}

export function complaintsOfPulse(
  stored: Pick<LeadRow, 'outcome' | 'workflow_ended_at'>,
  pulse: Pulse,
): Complaint[] {
  if (pulse.status !== 'RUNNING') {
    if (stored.outcome === null) return [lives(`open, but its workflow is ${pulse.status}`)]
    return pulse.status === 'COMPLETED' ? [] : [lives(`closed, but its workflow is ${pulse.status}`)]
  }
  const failedTasks = pulse.task?.attempt ?? 0
  if (failedTasks > failedTasksMost) return [lives(`stuck: its workflow task fails, attempt ${failedTasks}`)]
  const step = pulse.steps.find(isWaitedFor)
  if (step !== undefined && step.attempt > failedStepsMost)
    return [lives(`stuck: ${step.name} fails, attempt ${step.attempt}`)]
  return stored.workflow_ended_at !== null && !isBusy(pulse)
    ? [lives('over, but its workflow has not ended')]
    : []
}

function pulseOf({ status, raw }: WorkflowExecutionDescription): Pulse {
  const task = raw.pendingWorkflowTask ?? null
  return {
    status: status.name,
    task: task === null ? null : { attempt: task.attempt ?? 1 },
    steps: (raw.pendingActivities ?? []).map(({ activityType, attempt }) => ({
      name: activityType?.name ?? '',
      attempt: attempt ?? 1,
    })),
  }
}

/** Something is being done for it right now: a task waits for a worker or runs, or a step that the lead waits for. */
function isBusy({ task, steps }: Pulse): boolean {
  return task !== null || steps.some(isWaitedFor)
}

function isWaitedFor({ name }: Pulse['steps'][number]): boolean {
  return stepsThatTheLeadWaitsFor.includes(name)
}

/** Null: the history is nowhere any more, which the state says already. `latest`: the run that the server knows. */
async function runsOf(db: Pool, client: Client, lead: LeadId, latest: string | null): Promise<Run[] | null> {
  const copied = await copiedRuns(db, lead)
  // Copies come in the order in which they closed, which is the order of the chain.
  if (latest === null) return copied.size === 0 ? null : [...copied.values()]
  const runs: Run[] = []
  for (let at: string | null = latest; at !== null && runs.length < runsMost; ) {
    const run: Run | null = copied.get(at) ?? (await fetchRun(client, lead, at))
    if (run === null) break
    runs.unshift(run)
    at = run.continues
  }
  return runs
}

async function copiedRuns(db: Pool, lead: LeadId): Promise<Map<string, Run>> {
  const found = await rows(
    db,
    z.object({ run_id: z.string(), history: z.unknown() }),
    sql`select run_id, history from histories where lead_id = ${lead} order by closed_at, run_id`,
  )
  return new Map(found.map(({ run_id, history }) => [run_id, readRun(history)]))
}

/** Null: the server has forgotten this run. */
async function fetchRun(client: Client, lead: LeadId, runId: string): Promise<Run | null> {
  try {
    const handle = client.workflow.getHandle(workflowIdOf(lead), runId)
    const history = await bounded(client, () => handle.fetchHistory())
    return readRun(JSON.parse(historyToJSON(history)))
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null
    throw error
  }
}

export function complaintsOfTimer(
  { outcome, due_at }: Pick<LeadRow, 'outcome' | 'due_at'>,
  pulse: Pulse,
  timersAtMs: readonly EpochMs[],
): Complaint[] {
  if (outcome !== null || due_at === null || pulse.status !== 'RUNNING' || isBusy(pulse)) return []
  if (timersAtMs.some(atMs => atMs <= due_at + timerSlackMs)) return []
  const first = timersAtMs.toSorted((one, other) => one - other)[0]
  const timer = first === undefined ? 'no timer waits' : `its timer goes off at ${sayInstant(first)}`
  return [{ invariant: 'timer-in-time', what: `due at ${sayInstant(due_at)}, but ${timer}` }]
}

function lives(what: string): Complaint {
  return { invariant: 'workflow-lives', what }
}

function sayInstant(atMs: EpochMs): string {
  return new Date(atMs).toISOString()
}

function bounded<Result>(client: Client, call: () => Promise<Result>): Promise<Result> {
  return client.withDeadline(Date.now() + callMs, call)
}
