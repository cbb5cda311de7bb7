/** The two servers that everything leans on: given by the settings, brought by us, or those of a running instance. */
import { Client } from '@temporalio/client'
import { NativeConnection } from '@temporalio/worker'
import type { Config, TemporalConfig } from '../config.js'
import { connect, type Pool, sql } from '../db/sql.js'
import { CannotStart } from './cannot-start.js'
import { readRuntime } from './embedded/instance.js'
import { codeOf } from './embedded/processes.js'
import { namesOf } from './log.js'

export type TemporalReach = Pick<Extract<TemporalConfig, { kind: 'given' }>, 'connection' | 'namespace'>

/** Where the servers are. */
export type Servers = {
  databaseUrl: string
  temporal: TemporalReach
  /** Where mail goes; null when no one knows. */
  smtpUrl: string | null
  /** The instance that runs on the data folder, where one was asked. */
  url: string | null
  /** Where people reach the Temporal UI; null when no one knows. */
  temporalUiUrl: string | null
}

/**
 * The servers of the settings, and for what these leave out those of the instance that runs on the data folder.
 * @throws CannotStart when none runs
 */
export async function findServers(config: Config): Promise<Servers> {
  const runtime = await readRuntime(config.home)
  const databaseUrl = config.database.kind === 'given' ? config.database.url : runtime?.databaseUrl
  const temporal = config.temporal.kind === 'given' ? config.temporal : reachOf(runtime?.temporal ?? null)
  if (databaseUrl === undefined || temporal === null) {
    throw new CannotStart(
      `Leadline does not run on ${config.home}. Start it with \`npm start\`, or set DATABASE_URL and TEMPORAL_ADDRESS.`,
    )
  }
  const { connection, namespace } = temporal
  return {
    databaseUrl,
    temporal: { connection, namespace },
    smtpUrl: config.mail.smtpUrl ?? runtime?.smtpUrl ?? null,
    url: config.publicUrl ?? runtime?.url ?? null,
    temporalUiUrl: uiUrlOf(config, runtime?.temporal ?? null),
  }
}

/** A server that is given has a UI of its own, if it has one. */
export function uiUrlOf(
  { temporal, temporalUiUrl }: Pick<Config, 'temporal' | 'temporalUiUrl'>,
  embedded: { uiUrl: string } | null,
): string | null {
  if (temporalUiUrl !== null || embedded === null || temporal.kind === 'given') return temporalUiUrl
  return new URL(embedded.uiUrl).origin
}

export function reachOf(embedded: { address: string; namespace: string } | null): TemporalReach | null {
  return embedded === null
    ? null
    : { connection: { address: embedded.address }, namespace: embedded.namespace }
}

/** @throws CannotStart when Postgres does not answer; its address, with the password in it, is not said */
export async function openDatabase(databaseUrl: string, mostConnections: number): Promise<Pool> {
  const db = connect(databaseUrl, mostConnections)
  try {
    await db.query(sql`select 1`)
    return db
  } catch (error) {
    await db.end()
    throw new CannotStart(`Postgres cannot be reached (${codeOf(error) ?? 'no answer'}). Check DATABASE_URL.`)
  }
}

export type Temporal = { connection: NativeConnection; client: Client; namespace: string }

/** One connection for the client and the worker of a process: an eager start needs that. @throws CannotStart */
export async function openTemporal({ connection, namespace }: TemporalReach): Promise<Temporal> {
  try {
    const native = await NativeConnection.connect(connection)
    return { connection: native, client: new Client({ connection: native, namespace }), namespace }
  } catch (error) {
    throw new CannotStart(`Temporal at ${connection.address} ${reasonOf(error)}`)
  }
}

/** The SDK has no codes for these: they are told by what its Rust part prints. Its text is not said: it may hold a key. */
const reasons: readonly [sign: RegExp, reason: string][] = [
  [/ConnectionRefused/, 'cannot be reached (connection refused). Check TEMPORAL_ADDRESS.'],
  [/dns error/, 'cannot be reached (no such host). Check TEMPORAL_ADDRESS.'],
  [/timed out|TimedOut|deadline/i, 'cannot be reached (no answer in time). Check TEMPORAL_ADDRESS.'],
  [
    /authentication credentials|does not have permission|Unauthenticated|PermissionDenied/,
    'does not let us in. Check TEMPORAL_API_KEY, and the certificate of TEMPORAL_TLS_*.',
  ],
  [
    /InvalidMessage|InvalidCertificate|certificate|h2 protocol error|HandshakeFailure/,
    'does not speak as we do (encrypted or not). Check TEMPORAL_TLS and the certificates of TEMPORAL_TLS_*.',
  ],
]

function reasonOf(error: unknown): string {
  const said = error instanceof Error ? error.message : ''
  const known = reasons.find(([sign]) => sign.test(said))
  return known?.[1] ?? `cannot be reached (${namesOf(error)}). Check TEMPORAL_ADDRESS.`
}
