import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Connection } from '@temporalio/client'
import { searchAttributes } from '../../workflows/search-attributes.js'
import type { Keeper } from './keeper.js'
import { freePort } from './ports.js'

export type Temporal = {
  /** `host:port` of the frontend; the namespace is `default`. */
  address: string
  stop(): Promise<void>
}

const startSeconds = 60

/** What the production server is given too: see docs/operations.md. */
const settings = [
  'system.enableActivityEagerExecution=true',
  'matching.numTaskqueueReadPartitions=1',
  'matching.numTaskqueueWritePartitions=1',
]

/** One development server for the whole run, in memory. */
export async function startTemporal(cli: string, keeper: Keeper): Promise<Temporal> {
  const port = await freePort()
  const address = `127.0.0.1:${port}`
  const logFile = join(keeper.folder, 'temporal.log')
  const server = spawn(cli, argumentsFor(port), { stdio: ['ignore', 'pipe', 'pipe'] })
  const log = createWriteStream(logFile)
  server.stdout.pipe(log)
  server.stderr.pipe(log)
  let ended = false
  server.once('exit', () => {
    ended = true
  })
  await once(server, 'spawn')
  if (server.pid !== undefined) keeper.keep(server.pid)
  for (let tries = 0; tries < startSeconds * 10; tries++) {
    if (ended) throw new Error(`the Temporal server does not start: ${await lastLine(logFile)}`)
    if (await isReady(address)) return { address, stop: () => stop(server, ended) }
    await sleep(100)
  }
  throw new Error(`the Temporal server is not ready after ${startSeconds} s: ${await lastLine(logFile)}`)
}

function argumentsFor(port: number): string[] {
  return [
    ...[
      'server',
      'start-dev',
      '--headless',
      '--ip',
      '127.0.0.1',
      '--port',
      String(port),
      '--log-level',
      'error',
    ],
    ...settings.flatMap(setting => ['--dynamic-config-value', setting]),
    ...searchAttributes.flatMap(({ name, type }) => ['--search-attribute', `${name}=${type}`]),
  ]
}

async function isReady(address: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: 1000 })
    try {
      await connection.workflowService.describeNamespace({ namespace: 'default' })
      return true
    } finally {
      await connection.close()
    }
  } catch {
    // Not listening yet, or the namespace is still being made: the caller asks again, a bounded number of times.
    return false
  }
}

async function stop(server: ReturnType<typeof spawn>, ended: boolean): Promise<void> {
  if (ended) return
  const exit = once(server, 'exit')
  server.kill('SIGTERM')
  const impatience = setTimeout(() => server.kill('SIGKILL'), 5000)
  await exit
  clearTimeout(impatience)
}

async function lastLine(file: string): Promise<string> {
  const lines = (await readFile(file, 'utf8')).trim().split('\n')
  return lines.at(-1) ?? ''
}
