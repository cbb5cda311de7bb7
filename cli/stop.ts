import { hostname } from 'node:os'
import { Command } from 'commander'
import { readConfig } from '../config.js'
import { CannotStart } from '../worker/cannot-start.js'
import { holderOf } from '../worker/embedded/instance.js'
import { endProcesses } from '../worker/embedded/processes.js'

/** Longer than the parts of a stop may take together. */
const patienceSeconds = 120

/** `leadline stop`: ends the instance that runs on the data folder, and waits until it has ended. */
export function stopCommand(): Command {
  return new Command('stop')
    .description('stop the Leadline that runs on the data folder')
    .action(async () => {
      const { home } = readConfig()
      const holder = await holderOf(home)
      if (holder === null) {
        console.log(`Leadline does not run on ${home}.`)
        return
      }
      if (holder.host !== hostname()) {
        throw new CannotStart(
          `Leadline runs on ${home} from another machine (${holder.host}): stop it there.`,
        )
      }
      console.log(`Stopping process ${holder.pid} …`)
      const left = await endProcesses([holder.pid], [{ signal: 'SIGTERM', seconds: patienceSeconds }])
      if (left.length > 0) {
        throw new CannotStart(
          `Process ${holder.pid} still runs after ${patienceSeconds} s. kill -9 ${holder.pid} is safe: the next start puts everything in order.`,
        )
      }
      console.log('Stopped.')
    })
}
