import { Command } from 'commander'
import { readConfig } from '../config.js'
import { startWorker } from '../worker/main.js'
import { runUntilStopped } from './run.js'

/** `leadline worker`: a worker alone, as many as wanted; its log goes to standard output as JSON lines. */
export function workerCommand(): Command {
  return new Command('worker')
    .description('run a worker alone, on the servers of DATABASE_URL and TEMPORAL_ADDRESS')
    .action(() =>
      runUntilStopped(
        () => startWorker(readConfig(), console.log),
        async ({ url }) => console.log(`The worker is ready; ${url}/readyz says whether it still is.`),
      ),
    )
}
