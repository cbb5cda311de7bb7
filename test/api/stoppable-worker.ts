import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker'

export type StoppableWorker = {
  start(): Promise<void>
  stop(): Promise<void>
  /** Stops it for good. */
  close(): Promise<void>
}

/** A worker that can be away for a while. It runs when this returns. */
export async function createStoppableWorker(
  address: string,
  options: Pick<WorkerOptions, 'taskQueue' | 'workflowBundle' | 'activities'>,
): Promise<StoppableWorker> {
  const connection = await NativeConnection.connect({ address })
  let running: { worker: Worker; ended: Promise<void> } | null = null

  async function start(): Promise<void> {
    // The server offers a lead first to the worker that has it in memory, which may be the one that has stopped.
    const worker = await Worker.create({ ...options, connection, stickyQueueScheduleToStartTimeout: '500ms' })
    running = { worker, ended: worker.run() }
  }

  async function stop(): Promise<void> {
    running?.worker.shutdown()
    await running?.ended
    running = null
  }

  await start()
  return {
    start,
    stop,
    async close() {
      await stop()
      await connection.close()
    },
  }
}
