/** The two servers that everything leans on: given by the settings, brought by us, or those of a running instance. */
import { Client } from '@temporalio/client'
import { NativeConnection } from '@temporalio/worker'
import type { Config, TemporalConfig } from '../config.js'
import { connect, type Pool, sql } from '../db/sql.js'
import { CannotStart } from './cannot-start.js'
import { readRuntime } from './embedded/instance.js'
import { codeOf } from './embedded/processes.js'

export type TemporalReach = Pick<Extract<TemporalConfig, { kind: 'given' }>, 'connection' | 'namespace'>

/** Where the servers are. */
export type Servers = {
  databaseUrl: string
  temporal: TemporalReach
  /** Where mail goes; null when no one knows. */
  smtpUrl: string | null
  /** The instance that runs on the data folder, where one was asked. */
  url: string | null
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
  }
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
  } catch {
    throw new CannotStart(`Temporal at ${connection.address} cannot be reached. Check TEMPORAL_ADDRESS.`)
  }
}
