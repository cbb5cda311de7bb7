import { readdir, rm, rmdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { confirm, isCancel } from '@clack/prompts'
import { Command } from 'commander'
import { readConfig } from '../config.js'
import { CannotStart } from '../worker/cannot-start.js'
import { holdFolder, lockName } from '../worker/embedded/instance.js'
import { choosePostgresPlace, removeOutside } from '../worker/embedded/postgres-place.js'
import { endOrphans as endPostgres } from '../worker/embedded/postgres.js'
import { endOrphans as endTemporal, temporalFile } from '../worker/embedded/temporal.js'

/** What Leadline makes in a data folder. Nothing else is touched: LEADLINE_HOME could name a folder with more in it. */
const ours = [
  /^postgres(\.new|\.password|\.\d+)?$/,
  /^(temporal|mail)$/,
  /^(postgres|postgres-password|keys|runtime)\.json$/,
  /^(leadline|postgres|temporal)\.log(\.1)?$/,
  /^workflows-[0-9a-f]{16}\.js$/,
  /^demo(-run|-\w+\.promised|\.csv|\.csv\.rejected\.csv)$/,
  // Half written when somebody was killed.
  /^workflows-[0-9a-f]{16}\.js\.\d+$/,
  /^(\.writable|instance\.lock|[\w-]+\.json)(\.\d+)?\.(new|aside)$/,
]

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
      const left = await emptyFolder(home)
      console.log(
        left.length === 0
          ? `${home} is empty.`
          : `${home} has no lead, key or mail any more. Leadline has not made what is left: ${left.join(', ')}`,
      )
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

/**
 * Holds the folder meanwhile: an instance that runs on it is a reason to refuse, one that starts has to wait.
 * @returns the names of what is left, which is not ours
 */
export async function emptyFolder(folder: string): Promise<string[]> {
  const hold = await holdFolder(folder)
  const { home } = hold
  try {
    // A data folder inside it: before anything is deleted here, since the demo may run.
    const demo = join(home, 'demo')
    if (await isDataFolder(demo)) {
      const left = await emptyFolder(demo)
      if (left.length === 0) await rmdir(demo)
    }
    const { cluster } = await choosePostgresPlace(home)
    await endPostgres(cluster)
    await endTemporal(temporalFile(home))
    await removeOutside(home)
    for (const name of (await readdir(home)).filter(name => ours.some(known => known.test(name)))) {
      await rm(join(home, name), { recursive: true, force: true })
    }
    return (await readdir(home)).filter(name => name !== lockName)
  } finally {
    await hold.release()
  }
}

/** A folder of that name may be somebody else's. */
async function isDataFolder(path: string): Promise<boolean> {
  return (await stat(join(path, 'postgres.json')).catch(() => null)) !== null
}
