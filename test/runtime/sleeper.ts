/** The smallest server: it writes its pid to a file, and so counts as answering. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ChildSpec } from '../../worker/embedded/child.js'
import { startOf } from '../../worker/embedded/processes.js'

/** What it does, as a shell script. */
export const sleep = 'echo $$ > "$1/pid"; while true; do sleep 0.1; done'

export function sleeperIn(folder: string, script: string): ChildSpec {
  return {
    name: 'Sleeper',
    program: '/bin/sh',
    args: ['-c', script, 'sleeper', folder],
    env: { PATH: '/usr/bin:/bin' },
    user: null,
    logFile: join(folder, 'log'),
    endings: [
      { signal: 'SIGTERM', seconds: 0.3 },
      { signal: 'SIGKILL', seconds: 5 },
    ],
    patienceSeconds: 5,
    answers: async () => (await sleeperPid(folder)) !== null,
  }
}

/** Null where it does not run. */
export async function sleeperPid(folder: string): Promise<number | null> {
  const text = await readFile(join(folder, 'pid'), 'utf8').catch(() => '')
  const found = Number(text.trim())
  return text.trim() !== '' && (await startOf(found)) !== null ? found : null
}
