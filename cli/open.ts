/** How a command reaches the instance that it is about. */
import { Client, Connection } from '@temporalio/client'
import { type Config, readConfig } from '../config.js'
import type { Pool } from '../db/sql.js'
import { findServers, openDatabase, type Servers } from '../worker/servers.js'

export type OpenInstance = {
  db: Pool
  /** Connects with its first call: a command that needs Postgres alone works while Temporal is away. */
  temporal: Client
  config: Config
  servers: Servers
  close(): Promise<void>
}

/** A command does one thing after the other. */
const connections = 5

/**
 * The instance of the settings: DATABASE_URL and TEMPORAL_*, else the one that runs on the data folder.
 * @throws CannotStart with one line to say, ConfigError
 */
export async function openInstance(config: Config = readConfig()): Promise<OpenInstance> {
  const servers = await findServers(config)
  const db = await openDatabase(servers.databaseUrl, connections)
  const connection = Connection.lazy(servers.temporal.connection)
  return {
    db,
    temporal: new Client({ connection, namespace: servers.temporal.namespace }),
    config,
    servers,
    async close() {
      await Promise.all([db.end(), connection.close()])
    },
  }
}
