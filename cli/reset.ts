import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { confirm, isCancel } from '@clack/prompts'
import { Command } from 'commander'
import { readConfig } from '../config.js'
import { CannotStart } from '../worker/cannot-start.js'
import { holdFolder } from '../worker/embedded/instance.js'
import { choosePostgresPlace, removeOutsideCluster } from '../worker/embedded/postgres-place.js'
import { endOrphans as endPostgres } from '../worker/embedded/postgres.js'
import { endOrphans as endTemporal, temporalFile } from '../worker/embedded/temporal.js'

/** What Leadline makes in a data folder. Nothing else is touched: LEADLINE_HOME could name a folder with more in it. */
const ours =
  /^(postgres|postgres\.new|temporal|mail|postgres\.json|postgres-password\.json|keys\.json|runtime\.json|(leadline|postgres|temporal)\.log(\.1)?|workflows-[0-9a-f]{16}\.js)$/

/** `leadline reset`: empties the data folder, so that the next start is a first start. */
export function resetCommand(): Command {
  return new Command('reset')
    .description('delete all leads, keys and mail of the data folder')
    .option('--yes', 'do not ask')
    .action(async ({ yes }: { yes?: true }) => {
      const { home } = readConfig()
      if (!yes && !(await isSure(home))) {
        console.log('Nothing was deleted.')
        return
      }
      await emptyFolder(home)
      console.log(`${home} is empty.`)
    })
}

async function isSure(home: string): Promise<boolean> {
  if (process.stdin.isTTY !== true) throw new CannotStart('There is nobody to ask: say --yes to delete.')
  const answer = await confirm({
    message: `Delete every lead, key and mail in ${home}?`,
    initialValue: false,
  })
  return !isCancel(answer) && answer
}

/** Holds the folder meanwhile: an instance that runs on it is a reason to refuse, one that starts has to wait. */
export async function emptyFolder(folder: string): Promise<void> {
  const hold = await holdFolder(folder)
  const { home } = hold
  try {
    const { cluster } = await choosePostgresPlace(home)
    await endPostgres(cluster)
    await endTemporal(temporalFile(home))
    await removeOutsideCluster(home)
    for (const name of (await readdir(home)).filter(name => ours.test(name))) {
      await rm(join(home, name), { recursive: true, force: true })
    }
  } finally {
    await hold.release()
  }
}
