/** What the operating system says of processes, where Node has no word for it. */
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)
const pollMs = 50

/**
 * When a process started, as a text to compare: with the pid it names one process for ever, though pids come round
 * again. Null where there is no such process.
 */
export async function startOf(pid: number): Promise<string | null> {
  if (process.platform === 'linux') {
    const stat = await statOfLinux(pid)
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '')
    return stat === null ? null : `${boot.trim()}:${stat.start}`
  }
  const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)]).catch(() => ({ stdout: '' }))
  return stdout.trim() === '' ? null : stdout.trim()
}

/** The processes on this machine that satisfy `isMeant`, this one left out. */
export async function findProcesses(isMeant: (command: string[]) => boolean): Promise<number[]> {
  const all = process.platform === 'linux' ? await processesOfLinux() : await processesByPs()
  return all.filter(({ pid, command }) => pid !== process.pid && isMeant(command)).map(({ pid }) => pid)
}

/** Asks with each signal in turn, and waits for as long as it says. Gives the processes that live on. */
export async function endProcesses(
  pids: number[],
  steps: { signal: NodeJS.Signals; seconds: number }[],
): Promise<number[]> {
  let left = await running(pids)
  for (const { signal, seconds } of steps) {
    for (const pid of left) sendSignal(pid, signal)
    for (let waitedMs = 0; left.length > 0 && waitedMs < seconds * 1000; waitedMs += pollMs) {
      await sleep(pollMs)
      left = await running(left)
    }
  }
  return left
}

async function running(pids: number[]): Promise<number[]> {
  const starts = await Promise.all(pids.map(startOf))
  return pids.filter((_, index) => starts[index] !== null)
}

/** It may have ended meanwhile, or be someone else's: whether it lives on is asked afterwards. */
function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (codeOf(error) !== 'ESRCH' && codeOf(error) !== 'EPERM') throw error
  }
}

export function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}

type Found = { pid: number; command: string[] }

/** Null for a process that has ended, or that is a zombie: it has ended too, only its parent has not looked yet. */
async function statOfLinux(pid: number): Promise<{ start: string } | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The second field is the program's name in brackets, which may hold anything; the state is the third field, the
  // start the 22nd.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const start = fields[19]
  return start === undefined || fields[0] === 'Z' ? null : { start }
}

async function processesOfLinux(): Promise<Found[]> {
  const pids = (await readdir('/proc')).filter(name => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(
    pids.map(async pid => {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
      return { pid, command: command.split('\0').filter(part => part !== '') }
    }),
  )
  const alive = await running(pids)
  return found.filter(({ pid, command }) => command.length > 0 && alive.includes(pid))
}

/** `ps` does not say where an argument ends: a path with a space in it comes in parts. */
async function processesByPs(): Promise<Found[]> {
  const { stdout } = await run('ps', ['-axww', '-o', 'pid=,command='], { maxBuffer: 16_777_216 })
  return stdout.split('\n').flatMap(line => {
    const [, pid, command] = /^\s*(\d+)\s+(.*)$/.exec(line) ?? []
    return pid === undefined || command === undefined
      ? []
      : [{ pid: Number(pid), command: command.split(' ') }]
  })
}
