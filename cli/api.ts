import { Command } from 'commander'
import { readConfig } from '../config.js'
import { startApi } from '../worker/main.js'
import { runUntilStopped } from './run.js'

/** `leadline api`: the API alone, as many as wanted; its log goes to standard output as JSON lines. */
export function apiCommand(): Command {
  return new Command('api')
    .description('run the API alone, on the servers of DATABASE_URL and TEMPORAL_ADDRESS')
    .action(() =>
      runUntilStopped(
        () => startApi(readConfig(), console.log),
        async ({ url }) => console.log(`The API is ready: ${url}`),
      ),
    )
}
