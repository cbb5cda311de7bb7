import { Command } from 'commander'
import { type Config, readConfig } from '../config.js'
import { publishedPolicy } from '../db/published-policy.js'
import { CannotStart } from '../worker/cannot-start.js'
import { now } from '../worker/clock.js'
import { loadSample } from '../worker/first-start.js'
import { startAll } from '../worker/main.js'
import { announcement } from './announcement.js'
import { type FirstKeys, firstKeys } from './first-keys.js'
import { runUntilStopped } from './run.js'
import { temporalCli } from './temporal-cli.js'

/** `leadline start`: everything in one process, with servers of its own where none are given. */
export function startCommand(): Command {
  return new Command('start')
    .description('run Leadline, with a Postgres and a Temporal of its own unless others are set')
    .action(async () => {
      const config = await withTemporalCli(readConfig())
      let first: FirstKeys = { keys: {}, areNew: false, file: null }
      console.log(`Starting Leadline on ${config.home} …`)
      await runUntilStopped(
        () =>
          startAll(config, console.log, async db => {
            const isNew = await loadSample(db, now())
            if (isNew)
              console.log('Loaded the sample company (policies/acme.yaml); your own: leadline policy load')
            else if ((await publishedPolicy(db)) === null)
              throw new CannotStart('People are loaded and no policy. Load one: leadline policy load FILE')
            first = await firstKeys(config, db, now())
          }),
        async running => {
          const { keys, file: keysFile } = first
          console.log(`Leadline is ready (process ${process.pid}): ${running.url}`)
          for (const line of await announcement({ ...running, keys, keysFile }, running.db, now()))
            console.log(line)
          console.log('Ctrl-C or `leadline stop` ends it; nothing is lost, however it ends.')
        },
      )
    })
}

export async function withTemporalCli(config: Config): Promise<Config> {
  if (config.temporal.kind === 'given' || config.temporal.cli !== null) return config
  return { ...config, temporal: { kind: 'embedded', cli: await temporalCli() } }
}
