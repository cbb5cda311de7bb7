/** What the same Temporal server does with a workflow that has nothing to do: no lead can be faster. */
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker'
import { forEachAtOnce } from '../cli/at-once.js'
import { openTemporal, type TemporalReach } from '../worker/servers.js'
import type { floor } from './floor-workflow.js'
import { patienceFor, until } from './patience.js'

export type FloorActivities = { doNothing(): Promise<void> }

export type Floor = {
  /** Workflows per second, from the first start until the last one has closed. */
  perSecond(count: number, atOnce: number): Promise<number>
  /** One workflow, until its result is here. */
  one(): Promise<void>
  close(): Promise<void>
}

const taskQueue = 'floor'
const answerWithinMs = 30_000

/** A worker of its own, which shares its connection with the client, polls and starts eagerly as that of leads does. */
export async function openFloor(reach: TemporalReach): Promise<Floor> {
  const { connection, client, namespace } = await openTemporal(reach)
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./floor-workflow.ts', import.meta.url)),
    logger: new DefaultLogger('WARN'),
  })
  let started = 0
  let acted = 0
  const activities: FloorActivities = {
    async doNothing() {
      acted += 1
    },
  }
  const worker = await Worker.create({
    connection,
    namespace,
    taskQueue,
    activities,
    workflowBundle: { code },
    workflowTaskPollerBehavior: { type: 'autoscaling', initial: 5, maximum: 10 },
    activityTaskPollerBehavior: { type: 'autoscaling', initial: 2, maximum: 10 },
  })
  const ended = worker.run()
  // Whoever closes it hears of a failure; until then the waits below run into their bounds.
  ended.catch(() => {})

  const answered = <Answer>(ask: () => Promise<Answer>) =>
    client.withDeadline(Date.now() + answerWithinMs, ask)

  const start = () => {
    started += 1
    const options = { workflowId: `floor-${started}`, taskQueue, requestEagerStart: true }
    return answered(() => client.workflow.start<typeof floor>('floor', options))
  }

  /** When each workflow so far closed, as the server says; null until it shows all of them. */
  async function closings(): Promise<number[] | null> {
    const closedAtMs: number[] = []
    const query = `TaskQueue = '${taskQueue}' and ExecutionStatus = 'Completed'`
    for await (const { closeTime } of client.workflow.list({ query })) {
      if (closeTime !== undefined) closedAtMs.push(closeTime.getTime())
    }
    return closedAtMs.length === started ? closedAtMs : null
  }

  return {
    async perSecond(count, atOnce) {
      const startedAtMs = Date.now()
      await forEachAtOnce(atOnce, Array(count).keys(), async () => void (await start()))
      // The server is asked when all is over: a question per workflow meanwhile would slow down what is measured.
      const patienceMs = patienceFor(count)
      await until('the last activity', patienceMs, async () => (acted >= started ? true : null))
      const closedAtMs = await until('the last workflow to close', patienceMs, () => answered(closings))
      return (count * 1000) / (closedAtMs.reduce((one, other) => Math.max(one, other)) - startedAtMs)
    },

    async one() {
      const handle = await start()
      await answered(() => handle.result())
    },

    async close() {
      if (worker.getState() === 'RUNNING') worker.shutdown()
      await ended
      await connection.close()
    },
  }
}
