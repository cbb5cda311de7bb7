import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { chmod } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What a run leaves on the machine, and who removes it. */
export type Keeper = {
  /** A folder that goes with the run; other users may enter it, as Postgres must when the run is root's. */
  folder: string
  /** Has a process end with the run, however the run ends. */
  keep(pid: number): void
  /** Removes the folder; for when the processes have ended by themselves. */
  close(): Promise<void>
  /** Ends what is still running, and removes the folder. */
  endAll(): Promise<void>
}

/**
 * A shell in a session of its own that waits for this process's end, by whatever cause: its input then closes. It kills
 * what is still running and removes the folder, so that neither Ctrl-C nor kill -9 leaves a server behind.
 */
export async function startKeeper(): Promise<Keeper> {
  const folder = mkdtempSync(join(tmpdir(), 'leadline-test-'))
  await chmod(folder, 0o755)
  const shell = spawn('sh', ['-c', script, 'keeper', folder], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  shell.unref()
  return {
    folder,
    keep(pid) {
      shell.stdin.write(`${pid}\n`)
    },
    close: () => end('forget\n'),
    endAll: () => end(''),
  }

  async function end(lastWord: string): Promise<void> {
    shell.ref()
    shell.stdin.end(lastWord)
    await ended(shell)
  }
}

// SIGQUIT lets Postgres free its shared memory; SIGKILL would leave it to the system.
const script = `
pids=
while read -r pid; do
  if [ "$pid" = forget ]; then pids=; else pids="$pids $pid"; fi
done
if [ -n "$pids" ]; then
  kill -QUIT $pids
  sleep 1
  kill -KILL $pids
fi
rm -rf -- "$1"
`

function ended(child: ChildProcess): Promise<void> {
  return new Promise(resolve => {
    if (child.exitCode !== null || child.signalCode !== null) resolve()
    else child.once('exit', () => resolve())
  })
}
