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

/** What one look at a lead showed. */
export type Look = {
  stands: Standing
  workflowRuns: boolean
  /** How many runs' histories were read, from the server or from their copies. */
  runs: number
  /** Null: closed, or nothing is due. */
  alarm: Alarm | null
  complaints: Complaint[]
}

/**
 * `waiting`: held, or in a queue. `lost`: open, with neither an owner nor a workflow that gets it one, though it once
 * had that.
 */
export type Standing = 'ended' | 'owned' | 'inReview' | 'waiting' | 'arriving' | 'lost'

/** What makes an open lead act at the instant that its row says. */
export type Alarm =
  /** `afterDueMs`: below zero where the first timer goes off before that instant. */
  | { kind: 'timer'; afterDueMs: number }
  /** Something is done for it at this moment, after which it waits. */
  | { kind: 'acting' }
  | { kind: 'late'; dueAtMs: EpochMs; firstAtMs: EpochMs | null }
  | { kind: 'noWorkflow' }

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
const stepsThatTheLeadWaitsFor = ['route', 'openReview', 'record', 'openReassignment', 'openHandoff']
/**
 * A timer counts from the moment at which the server took it, which is after the workflow asked for it: by at most the
 * time that a workflow task may take (the server's default), since a task that takes longer sets no timer.
 */
const timerSlackMs = 10_000
/** No lead of ours continues as new more often. */
const runsMost = 1_000
const callMs = 20_000

/**
 * Null: there is no such lead.
 * @throws where Temporal does not answer
 */
export async function lookAt(db: Pool, client: Client, lead: LeadId): Promise<Look | null> {
  const stored = await rowOrNull(db, leadRow, sql`select ${columns} from leads where id = ${lead}`)
  if (stored === null) return null
  const about = await describe(client, lead)
  const pulse = about === null ? null : pulseOf(about)
  const runs = (await runsOf(db, client, lead, about?.runId ?? null)) ?? []
  const alarm = alarmOf(stored, pulse, runs.at(-1)?.timersAtMs ?? [])
  const workflowRuns = pulse?.status === 'RUNNING'
  const isRouting = pulse?.steps.some(({ name }) => name === 'route') ?? false
  const complaints = [
    ...(pulse === null ? complaintsOfGone(stored) : complaintsOfPulse(stored, pulse)),
    ...(runs.length === 0
      ? []
      : [...complaintsOfAlarm(alarm), ...(await differences(db, stored, runs, isRouting))]),
  ]
  return { stands: standingOf(stored, workflowRuns), workflowRuns, runs: runs.length, alarm, complaints }
}

async function differences(
  db: Pool,
  stored: LeadRow,
  runs: readonly Run[],
  isRouting: boolean,
): Promise<Complaint[]> {
  const { outcome, owner, merged_into: mergedInto } = stored
  const timeline = await timelineOf(db, stored.id)
  // Of a lead that is about to begin again, the last run tells how the life before ended.
  const told = stored.begins ? runs.map(run => ({ ...run, result: null })) : runs
  const found = disagreements(told, timeline, { outcome, owner, mergedInto }, isRouting)
  return found.map(what => ({ invariant: 'history-agrees' as const, what }))
}

function standingOf(
  { status, outcome, owner, workflow_started_at }: LeadRow,
  workflowRuns: boolean,
): Standing {
  if (outcome !== null) return 'ended'
  if (owner !== null) return 'owned'
  if (workflow_started_at !== null && !workflowRuns) return 'lost'
  if (status === 'held' || status === 'queued') return 'waiting'
  return status === 'in_review' ? 'inReview' : 'arriving'
}

const columns = sql`id, status, outcome, owner, merged_into, due_at, workflow_started_at, workflow_ended_at,
                    history_copied_at, begin_again is not null as begins`
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
  /** Opened again, and the run of that life is not known to have started. */
  begins: z.boolean(),
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
  stored: Pick<LeadRow, 'outcome' | 'workflow_ended_at'> & Partial<Pick<LeadRow, 'begins'>>,
  pulse: Pulse,
): Complaint[] {
  if (pulse.status !== 'RUNNING') {
    if (stored.begins === true) return [lives('open again, but its workflow has not been started')]
    if (stored.outcome === null) return [lives(`open, but its workflow is ${pulse.status}`)]
    return pulse.status === 'COMPLETED' ? [] : [lives(`closed, but its workflow is ${pulse.status}`)]
  }
  const failedTasks = pulse.task?.attempt ?? 0
  if (failedTasks > failedTasksMost) return [lives(`stuck: its workflow task fails, attempt ${failedTasks}`)]
  const step = pulse.steps.find(isWaitedFor)
  if (step !== undefined && step.attempt > failedStepsMost)
    return [lives(`stuck: ${step.name} fails, attempt ${step.attempt}`)]
  // Until it is copied, the mark of an earlier life stands on a lead that is open again.
  return stored.outcome !== null && stored.workflow_ended_at !== null && !isBusy(pulse)
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
    copied.delete(at)
    if (run === null) break
    runs.unshift(run)
    at = run.continues
  }
  // What the chain no longer leads to is of a life of which the server knew nothing any more when the next began.
  return [...copied.values(), ...runs]
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

export function alarmOf(
  { outcome, due_at }: Pick<LeadRow, 'outcome' | 'due_at'>,
  pulse: Pulse | null,
  timersAtMs: readonly EpochMs[],
): Alarm | null {
  if (outcome !== null || due_at === null) return null
  if (pulse?.status !== 'RUNNING') return { kind: 'noWorkflow' }
  const first = timersAtMs.toSorted((one, other) => one - other)[0]
  if (first !== undefined && first <= due_at + timerSlackMs)
    return { kind: 'timer', afterDueMs: first - due_at }
  return isBusy(pulse) ? { kind: 'acting' } : { kind: 'late', dueAtMs: due_at, firstAtMs: first ?? null }
}

/** That there is no workflow is a complaint of its own. */
export function complaintsOfAlarm(alarm: Alarm | null): Complaint[] {
  if (alarm?.kind !== 'late') return []
  const { dueAtMs, firstAtMs } = alarm
  const timer = firstAtMs === null ? 'no timer waits' : `its timer goes off at ${sayInstant(firstAtMs)}`
  return [{ invariant: 'timer-in-time', what: `due at ${sayInstant(dueAtMs)}, but ${timer}` }]
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
