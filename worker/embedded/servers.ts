/** The servers of `leadline start`: those that the settings name, and our own for the rest. */
import { join } from 'node:path'
import type { Config, WantedPort } from '../../config.js'
import { CannotStart } from '../cannot-start.js'
import type { Log } from '../log.js'
import { reachOf, type Servers, uiUrlOf } from '../servers.js'
import type { Shutdown } from '../shutdown.js'
import { type MailCatcher, startMailCatcher } from './mail-catcher.js'
import { type EmbeddedPostgres, startPostgres } from './postgres.js'
import { type EmbeddedTemporal, startTemporal } from './temporal.js'

export type OwnServers = Servers & {
  smtpUrl: string
  embeddedTemporal: { address: string; namespace: string; uiUrl: string } | null
  /** Null where mail is really sent. */
  catcher: MailCatcher | null
  areUp: () => boolean
}

/** @throws CannotStart */
export async function startServers(
  config: Config,
  log: Log,
  say: (line: string) => void,
  onBroken: (reason: string) => void,
  shutdown: Shutdown,
): Promise<OwnServers> {
  const catcher = config.mail.smtpUrl === null ? await catchMail(config, say, shutdown) : null
  // Side by side, and both waited for: what has started can then be stopped.
  const [postgres, temporal] = await Promise.allSettled([
    ownPostgres(config, log, say, onBroken, shutdown),
    ownTemporal(config, log, say, onBroken, shutdown),
  ])
  if (postgres.status === 'rejected') throw postgres.reason
  if (temporal.status === 'rejected') throw temporal.reason
  const reach = config.temporal.kind === 'given' ? config.temporal : reachOf(temporal.value)
  const databaseUrl = config.database.kind === 'given' ? config.database.url : postgres.value?.url
  const smtpUrl = config.mail.smtpUrl ?? catcher?.url
  if (reach === null || databaseUrl === undefined || smtpUrl === undefined)
    throw new Error('a server is missing')
  return {
    databaseUrl,
    temporal: { connection: reach.connection, namespace: reach.namespace },
    smtpUrl,
    url: null,
    temporalUiUrl: uiUrlOf(config, temporal.value),
    embeddedTemporal: temporal.value,
    catcher,
    areUp: () => (postgres.value?.isUp() ?? true) && (temporal.value?.isUp() ?? true),
  }
}

async function catchMail(
  config: Config,
  say: (line: string) => void,
  shutdown: Shutdown,
): Promise<MailCatcher> {
  const catcher = await startMailCatcher(join(config.home, 'mail'), config.ports.smtp)
  shutdown.add('mail catcher', 5, catcher.stop)
  sayPort(say, 'The mail catcher', config.ports.smtp, Number(new URL(catcher.url).port))
  return catcher
}

async function ownPostgres(
  config: Config,
  log: Log,
  say: (line: string) => void,
  onBroken: (reason: string) => void,
  shutdown: Shutdown,
): Promise<EmbeddedPostgres | null> {
  if (config.database.kind === 'given') return null
  const server = await startPostgres(config.home, config.ports.postgres, log, () =>
    onBroken(givenUp('Postgres')),
  )
  shutdown.add('Postgres', 40, server.stop)
  if (server.note !== null) say(server.note)
  sayPort(say, 'Postgres', config.ports.postgres, server.port)
  return server
}

async function ownTemporal(
  config: Config,
  log: Log,
  say: (line: string) => void,
  onBroken: (reason: string) => void,
  shutdown: Shutdown,
): Promise<EmbeddedTemporal | null> {
  if (config.temporal.kind === 'given') return null
  const { cli } = config.temporal
  if (cli === null) {
    throw new CannotStart(
      'No Temporal server: LEADLINE_TEMPORAL_CLI names no `temporal` program. Use `npm start`.',
    )
  }
  const server = await startTemporal({ ...config, cli }, log, () => onBroken(givenUp('Temporal')))
  shutdown.add('Temporal', 20, server.stop)
  sayPort(say, 'Temporal', config.ports.temporal, Number(server.address.split(':')[1]))
  sayPort(say, 'The Temporal UI', config.ports.temporalUi, Number(new URL(server.uiUrl).port))
  return server
}

function givenUp(name: string): string {
  return `${name} ends again and again; its log in the data folder says why.`
}

export function sayPort(
  say: (line: string) => void,
  name: string,
  { port, key }: WantedPort,
  used: number,
): void {
  if (used !== port) say(`Port ${port} is in use: ${name} is on ${used} (set ${key} to choose).`)
}
