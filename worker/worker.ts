import { hostname } from 'node:os'
import { type NativeConnection, Worker, type WorkflowBundleOption } from '@temporalio/worker'
import type { Activities } from '../activities/index.js'
import { taskQueue } from '../workflows/ids.js'

/**
 * Steps that run at once. Each may hold a connection to Postgres, so together they stay below `databaseConnections`;
 * the rest is for requests.
 */
const slots = { workflowTasks: 10, activities: 10, localActivities: 10 }
/** Connections to Postgres of one process. */
export const databaseConnections = 30

/** What the worker may finish after it was asked to stop; a container's grace period must be longer. */
export const graceSeconds = 20

export type WorkerParts = {
  connection: NativeConnection
  namespace: string
  activities: Activities
  workflowBundle: WorkflowBundleOption
}

/** The worker of this process: workflow code and activities of leads. `run()` it, and `shutdown()` it. */
export function createWorker({
  connection,
  namespace,
  activities,
  workflowBundle,
}: WorkerParts): Promise<Worker> {
  return Worker.create({
    connection,
    namespace,
    taskQueue,
    activities,
    workflowBundle,
    identity: `leadline ${process.pid} at ${hostname()}`,
    // Time stands still in a task that was taken: taken too early, the timers that it sets go off too late.
    maxConcurrentWorkflowTaskExecutions: slots.workflowTasks,
    maxConcurrentActivityTaskExecutions: slots.activities,
    maxConcurrentLocalActivityExecutions: slots.localActivities,
    workflowTaskPollerBehavior: { type: 'autoscaling', initial: 5, maximum: 10 },
    activityTaskPollerBehavior: { type: 'autoscaling', initial: 2, maximum: 10 },
    shutdownGraceTime: `${graceSeconds}s`,
    shutdownForceTime: `${graceSeconds + 5}s`,
  })
}
