/** Tells the workflow of a leave that its row has changed, and starts it where it does not run. */
import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client'
import { markTold, unmark } from '../db/leaves.js'
import type { Db } from '../db/sql.js'
import type { EpochMs } from '../domain/ids.js'
import { leaveWorkflow, taskQueue, workflowIdOfLeave } from '../workflows/ids.js'

/** One call, which needs no worker; without an answer by then the server is not there. */
const serverAnswersWithinMs = 3_000

export async function tellLeave(
  { db, client, now }: { db: Db; client: Client; now: () => EpochMs },
  leave: string,
): Promise<void> {
  // Marked first: a change that comes after this look takes the mark away again, and is told of in turn.
  await markTold(db, leave, now())
  try {
    await client.withDeadline(Date.now() + serverAnswersWithinMs, () =>
      client.workflow.signalWithStart(leaveWorkflow, {
        workflowId: workflowIdOfLeave(leave),
        taskQueue,
        args: [{ leave }],
        signal: 'leaveChanged',
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        staticSummary: 'leave of a person',
      }),
    )
  } catch (error) {
    // A leave that is over has nobody to tell any more.
    if (error instanceof WorkflowExecutionAlreadyStartedError) return
    await unmark(db, leave)
    throw error
  }
}
