/** Goes into the workflow bundle of tests in which workers die. */
import { log, type WorkflowInterceptorsFactory } from '@temporalio/workflow'

/**
 * How long the server waits for a sign of life from whoever does a step. In earnest a step gives none, and is tried
 * again when its time is up, which a test cannot sit out. Nothing else of the workflow differs.
 */
const patience = { heartbeatTimeout: '6s', startToCloseTimeout: '2m' } as const

export const interceptors: WorkflowInterceptorsFactory = () => ({
  outbound: [
    {
      scheduleActivity(input, next) {
        // Reaches the worker once the task's code has run, before the server hears of what it asks for.
        log.debug(`asks for ${input.activityType}`)
        return next({ ...input, options: { ...input.options, ...patience } })
      },
    },
  ],
})
