/** A Temporal development server of Leadline's own, on loopback, with its database file in the data folder. */
import { mkdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { Connection } from '@temporalio/client'
import type { Config } from '../../config.js'
import { CannotStart } from '../cannot-start.js'
import type { Log } from '../log.js'
import { searchAttributes, searchAttributeTypes } from '../namespace.js'
import { type Child, ChildFailed, type ChildSpec, keepChild } from './child.js'
import { choosePort } from './ports.js'
import { endProcesses, findProcesses } from './processes.js'

export type EmbeddedTemporal = Child & { address: string; namespace: string; uiUrl: string }

const namespace = 'leadline'
const patienceSeconds = 120
const endings: ChildSpec['endings'] = [
  { signal: 'SIGTERM', seconds: 10 },
  { signal: 'SIGKILL', seconds: 5 },
]
const portTries = 5

/** Both shorten the way of a lead on a single node: fewer hops through matching before a step runs. */
const settings = [
  'system.enableActivityEagerExecution=true',
  'matching.numTaskqueueReadPartitions=1',
  'matching.numTaskqueueWritePartitions=1',
]
/** A commit waits for the disk: a message that was answered must survive a power cut. */
const pragmas = ['journal_mode=WAL', 'synchronous=FULL']

/**
 * Starts the server. One that a killed instance left on this folder's database is ended first.
 * @throws CannotStart
 */
export async function startTemporal(
  config: Pick<Config, 'home' | 'ports'> & { cli: string },
  log: Log,
  onBroken: () => void,
): Promise<EmbeddedTemporal> {
  const file = temporalFile(config.home)
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await endOrphans(file)
  for (let tries = 1; ; tries++) {
    const port = await choosePort(config.ports.temporal, '127.0.0.1')
    const uiPort = await choosePort(config.ports.temporalUi, '127.0.0.1', [port])
    try {
      const child = await keepChild(specOf(config, file, port, uiPort), log, onBroken)
      const uiUrl = `http://localhost:${uiPort}/namespaces/${namespace}/workflows`
      return { ...child, address: `127.0.0.1:${port}`, namespace, uiUrl }
    } catch (error) {
      if (!(error instanceof ChildFailed)) throw error
      // The server's inner services take ports of their own as they start; those can be lost to someone else too.
      if (!/address already in use/i.test(error.log) || tries === portTries)
        throw new CannotStart(error.message)
    }
  }
}

export function temporalFile(home: string): string {
  return join(home, 'temporal', 'temporal.db')
}

/** Ends the servers that a killed instance left on this database. Call it under the folder's lock only. */
export async function endOrphans(file: string): Promise<void> {
  const servers = await findProcesses(command => `${command.join(' ')} `.includes(` --db-filename ${file} `))
  const left = await endProcesses(servers, endings)
  if (left.length > 0) {
    throw new CannotStart(
      `Another Temporal server still runs on ${file}: process ${left.join(', ')}. End it first.`,
    )
  }
}

function specOf(
  { home, cli }: { home: string; cli: string },
  file: string,
  port: number,
  uiPort: number,
): ChildSpec {
  const options: [string, string][] = [
    ['--ip', '127.0.0.1'],
    ['--port', String(port)],
    ['--ui-port', String(uiPort)],
    ['--db-filename', file],
    ['--namespace', namespace],
    ['--log-format', 'json'],
    ['--log-level', 'warn'],
    ...searchAttributes.map((name): [string, string] => [
      '--search-attribute',
      `${name}=${searchAttributeTypes[name]}`,
    ]),
    ...settings.map((setting): [string, string] => ['--dynamic-config-value', setting]),
    ...pragmas.map((pragma): [string, string] => ['--sqlite-pragma', pragma]),
  ]
  return {
    name: 'Temporal',
    program: cli,
    // The person's own settings and profiles of the `temporal` tool are for other servers.
    args: ['server', 'start-dev', '--disable-config-file', '--disable-config-env', ...options.flat()],
    env: { HOME: home, TZ: 'UTC', PATH: '/usr/local/bin:/usr/bin:/bin' },
    user: null,
    logFile: join(home, 'temporal.log'),
    endings,
    patienceSeconds,
    answers: async () => (await isListening(port)) && (await answers(`127.0.0.1:${port}`)),
  }
}

/** Asked first: the client's own way is to wait a second after a refused connection. */
function isListening(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ port, host: '127.0.0.1' })
    const done = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => done(true))
    socket.once('error', () => done(false))
    socket.setTimeout(2_000, () => done(false))
  })
}

async function answers(address: string): Promise<boolean> {
  try {
    const connection = await Connection.connect({ address, connectTimeout: 2_000 })
    try {
      await connection.withDeadline(Date.now() + 2_000, () =>
        connection.workflowService.describeNamespace({ namespace }),
      )
      return true
    } finally {
      await connection.close()
    }
  } catch {
    // Not listening yet, or its namespace is still being made: the caller asks again, a bounded number of times.
    return false
  }
}
