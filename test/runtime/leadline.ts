/** Runs the command line as a person does: in a process of its own, on a data folder of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { findTemporalCli } from '../../cli/temporal-cli.js'
import { endProcesses, findProcesses } from '../../worker/embedded/processes.js'
import { freePort } from '../setup/ports.js'

type Output = { code: number | null; text: string }

export type Leadline = {
  home: string
  url: string
  /** Runs a command to its end. */
  run(args: string[], env?: Record<string, string>): Promise<Output>
  /** Starts, and waits until it has said all that it says at a start. */
  start(): Promise<Started>
  /** Runs a command that does not end by itself, and waits until it has said `until`. */
  keep(args: string[], env: Record<string, string>, until: string): Promise<Started>
  /** The processes of this data folder, those of its servers included. */
  processes(): Promise<number[]>
  remove(): Promise<void>
}

export type Started = { pid: number; text: () => string; ended: Promise<number | null>; killHard(): void }

const main = fileURLToPath(new URL('../../cli/main.ts', import.meta.url))
const patienceMs = 120_000

export async function leadlineOfItsOwn(): Promise<Leadline> {
  const cli = await findTemporalCli()
  if (cli === null) throw new Error('no Temporal server on this machine yet: run `npm test` once')
  const folder = await mkdtemp(join(tmpdir(), 'leadline-start-'))
  await chmod(folder, 0o755)
  const home = join(folder, 'home')
  const port = await freePort()
  const settings = {
    PATH: process.env.PATH ?? '',
    HOME: folder,
    LEADLINE_HOME: home,
    LEADLINE_TEMPORAL_CLI: cli,
    PORT: String(port),
    LEADLINE_POSTGRES_PORT: String(await freePort()),
    LEADLINE_TEMPORAL_PORT: String(await freePort()),
    LEADLINE_TEMPORAL_UI_PORT: String(await freePort()),
    LEADLINE_SMTP_PORT: String(await freePort()),
  }
  const spawned: ChildProcess[] = []

  function launch(args: string[], env: Record<string, string>) {
    const child = spawn(process.execPath, ['--import', 'tsx', main, ...args], {
      env: { ...settings, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    spawned.push(child)
    let text = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (text += String(chunk)))
    const ended = new Promise<number | null>(resolve => child.once('close', resolve))
    return { child, text: () => text, ended }
  }

  async function keep(args: string[], env: Record<string, string>, until: string): Promise<Started> {
    const { child, text, ended } = launch(args, env)
    for (let waitedMs = 0; !text().includes(until); waitedMs += 50) {
      if (child.exitCode !== null || waitedMs > patienceMs) throw new Error(`does not start: ${text()}`)
      await sleep(50)
    }
    return { pid: child.pid ?? 0, text, ended, killHard: () => child.kill('SIGKILL') }
  }

  const processes = () => findProcesses(command => command.some(part => part.startsWith(home)))

  return {
    home,
    url: `http://localhost:${port}`,
    processes,
    async run(args, env = {}) {
      const { text, ended } = launch(args, env)
      return { code: await ended, text: text() }
    },
    start: () => keep(['start'], {}, 'Ctrl-C'),
    keep,
    async remove() {
      for (const child of spawned) child.kill('SIGKILL')
      await endProcesses(await processes(), [
        { signal: 'SIGQUIT', seconds: 5 },
        { signal: 'SIGKILL', seconds: 5 },
      ])
      await rm(folder, { recursive: true, force: true })
    },
  }
}
