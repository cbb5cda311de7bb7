/** A server that runs beside this process: started, watched, started again when it dies, and ended with it. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, readFile, rename, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Log } from '../log.js'
import { codeOf, endProcesses } from './processes.js'

export type ChildSpec = {
  /** As people call it, for example `Postgres`. */
  name: string
  program: string
  args: string[]
  env: Record<string, string>
  /** Whom it runs as, where this process is root and the program refuses root. */
  user: { uid: number; gid: number } | null
  logFile: string
  /** How it is asked to end; each signal in turn, with the seconds that it is given. */
  endings: { signal: NodeJS.Signals; seconds: number }[]
  /** How long it may take until it answers: after a crash it first repairs its data. */
  patienceSeconds: number
  answers: () => Promise<boolean>
}

export type Child = {
  /** Whether it runs and has answered since its last start. */
  isUp: () => boolean
  stop: () => Promise<void>
}

/** It ended, or never answered; `log` is the end of what it wrote. */
export class ChildFailed extends Error {
  constructor(
    readonly child: string,
    readonly log: string,
  ) {
    super(`${child} does not start: ${log.trim().split('\n').at(-1) ?? ''}`)
    this.name = 'ChildFailed'
  }
}

const pollMs = 50
/** A log that is longer is put aside at the next start; one old one is kept. */
const logBytesKept = 10_000_000
const firstPauseMs = 500
const longestPauseMs = 30_000
/** So often it is started again before it counts as broken; a run of ten minutes begins the count anew. */
const mostRestarts = 10
const steadyMs = 600_000

/**
 * Starts the program and waits until it answers. When it dies later it is started again, with growing pauses.
 * @param onBroken called once when it dies over and over
 * @throws ChildFailed
 */
export async function keepChild(spec: ChildSpec, log: Log, onBroken: () => void): Promise<Child> {
  let current = await startChild(spec)
  const stopping = new AbortController()
  let up = true

  async function watch(): Promise<void> {
    for (let restarts = 0; ; restarts++) {
      const sinceMs = Date.now()
      await exitOf(current.process)
      current.guard.kill('SIGKILL')
      up = false
      if (stopping.signal.aborted) return
      if (Date.now() - sinceMs > steadyMs) restarts = 0
      if (restarts >= mostRestarts) return onBroken()
      log.warn({ child: spec.name, restarts }, `${spec.name} ended by itself; starting it again`)
      await pause(Math.min(firstPauseMs * 2 ** restarts, longestPauseMs), stopping.signal)
      if (stopping.signal.aborted) return
      try {
        current = await startChild(spec)
      } catch (error) {
        log.error({ child: spec.name }, error instanceof Error ? error.message : String(error))
        continue
      }
      if (stopping.signal.aborted) return endChild(current, spec)
      up = true
      log.warn({ child: spec.name }, `${spec.name} is back`)
    }
  }

  const watching = watch()
  return {
    isUp: () => up,
    async stop() {
      stopping.abort()
      await endChild(current, spec)
      await watching
    },
  }
}

/** Waits; a stop ends the wait. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {})
}

type Started = { process: ChildProcess; guard: ChildProcess }

/** @throws ChildFailed */
async function startChild(spec: ChildSpec): Promise<Started> {
  const child = await spawnChild(spec)
  const guard = guardOf(child, spec)
  for (let waitedMs = 0; waitedMs < spec.patienceSeconds * 1000; waitedMs += pollMs) {
    if (child.exitCode !== null || child.signalCode !== null) break
    if (await spec.answers()) return { process: child, guard }
    await sleep(pollMs)
  }
  await endChild({ process: child, guard }, spec)
  throw new ChildFailed(spec.name, await endOf(spec.logFile))
}

async function endChild({ process: child, guard }: Started, spec: ChildSpec): Promise<void> {
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    await endProcesses([child.pid], spec.endings)
    await exitOf(child)
  }
  guard.kill('SIGKILL')
}

/**
 * In a session of its own: Ctrl-C on a terminal reaches a whole process group, and would end Postgres before the
 * worker has finished its work. It writes to a file and not to a pipe, which would break with this process.
 */
async function spawnChild({ name, program, args, env, user, logFile }: ChildSpec): Promise<ChildProcess> {
  await turnLog(logFile)
  const file = await open(logFile, 'a', 0o600)
  try {
    const child = spawn(program, args, {
      cwd: '/',
      env,
      detached: true,
      stdio: ['ignore', file.fd, file.fd],
      ...(user ?? {}),
    })
    await once(child, 'spawn')
    return child
  } catch (error) {
    throw new ChildFailed(name, `${program} cannot be run (${codeOf(error) ?? String(error)})`)
  } finally {
    await file.close()
  }
}

/**
 * A shell that waits for this process's end, by whatever cause, since its input then closes; it asks the child to end.
 * What even that misses, the next start finds and ends.
 */
function guardOf(child: ChildProcess, { endings }: ChildSpec): ChildProcess {
  const signal = endings[0]?.signal.replace('SIG', '') ?? 'TERM'
  const script = `while read -r line; do :; done; kill -s ${signal} "$1"`
  const guard = spawn('/bin/sh', ['-c', script, 'leadline-guard', String(child.pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  // Without a shell there is no guard; nothing else depends on it.
  guard.on('error', () => {})
  guard.stdin.on('error', () => {})
  guard.unref()
  return guard
}

function exitOf(child: ChildProcess): Promise<void> {
  return new Promise(resolve => {
    if (child.exitCode !== null || child.signalCode !== null) resolve()
    else child.once('exit', () => resolve())
  })
}

/** Puts a long log aside, so that two files at most are kept. */
export async function turnLog(file: string): Promise<void> {
  const size = (await stat(file).catch(() => ({ size: 0 }))).size
  if (size > logBytesKept) await rename(file, `${file}.1`)
}

/** The last lines that a program wrote, so that its own words say what is wrong. */
async function endOf(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch(() => '')
  return text.slice(-4000)
}
