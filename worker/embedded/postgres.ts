/** A Postgres of Leadline's own, on loopback, with its data in the data folder. */
import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { z } from 'zod'
import type { WantedPort } from '../../config.js'
import { CannotStart } from '../cannot-start.js'
import type { Log } from '../log.js'
import { type Child, ChildFailed, type ChildSpec, keepChild } from './child.js'
import { readJson, writePrivate } from './instance.js'
import { choosePort } from './ports.js'
import { choosePostgresPlace, type PostgresPlace, recordCluster } from './postgres-place.js'
import { endProcesses, findProcesses, startOf } from './processes.js'

export type EmbeddedPostgres = Child & { url: string; port: number; note: string | null }

const database = 'leadline'
const superuser = 'leadline'

/** Repairing the tables after a crash can take minutes when the machine is slow and much was written. */
const patienceSeconds = 300
/** SIGINT: end at once, and cleanly. SIGQUIT: leave the repair to the next start. */
const endings: ChildSpec['endings'] = [
  { signal: 'SIGINT', seconds: 20 },
  { signal: 'SIGQUIT', seconds: 5 },
  { signal: 'SIGKILL', seconds: 5 },
]
const portTries = 5

/** Bytes sort as in JavaScript; letters beyond ASCII are letters to pg_trgm, which with plain `C` they would not be. */
const initdbFlags = [
  '--encoding=UTF8',
  `--locale=${process.platform === 'darwin' ? 'en_US.UTF-8' : 'C.UTF-8'}`,
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--auth=scram-sha-256',
  `--username=${superuser}`,
]

/**
 * Starts the server, with a new cluster in an empty folder. Servers that a killed instance left on this folder are
 * ended first.
 * @throws CannotStart
 */
export async function startPostgres(
  home: string,
  wanted: WantedPort,
  log: Log,
  onBroken: () => void,
): Promise<EmbeddedPostgres> {
  const place = await choosePostgresPlace(home)
  const password = await keptPassword(home)
  await endOrphans(place.cluster)
  if (!place.isRecorded) await recordCluster(home, place.cluster)
  if (!(await isInitialised(place.cluster))) await initialise(place, home, password)
  const taken: number[] = []
  for (let tries = 1; ; tries++) {
    const port = await choosePort(wanted, '127.0.0.1', taken)
    const url = `postgres://${superuser}:${password}@127.0.0.1:${port}/${database}`
    try {
      const child = await keepChild(specOf(home, place, port, password), log, onBroken)
      await createDatabase(url)
      return { ...child, url, port, note: place.note }
    } catch (error) {
      if (!(error instanceof ChildFailed)) throw error
      const stolen = /could not bind|Address already in use/.test(error.log)
      if (!stolen || wanted.given || tries === portTries)
        throw new CannotStart(`${error.message} (see ${home})`)
      taken.push(port)
    }
  }
}

/** Ends the servers that run on this cluster and belong to nobody alive. Call it under the folder's lock only. */
export async function endOrphans(cluster: string): Promise<void> {
  const servers = await findProcesses(command => isServerOf(command, cluster))
  const left = await endProcesses(servers, endings)
  // Killed without a chance to tell its own children, a server leaves them for a moment; they hold its shared memory.
  const title = `postgres: ${clusterName(cluster)}`
  const backends = await findProcesses(command => command.join(' ').startsWith(title))
  left.push(...(await endProcesses(backends, endings)))
  if (left.length > 0) {
    throw new CannotStart(
      `Another Postgres still runs on ${cluster}: process ${left.join(', ')}. End it first.`,
    )
  }
  await forgetRecycledPid(cluster)
}

function isServerOf(command: string[], cluster: string): boolean {
  const at = command.indexOf('-D')
  const rest = `${command.slice(at + 1).join(' ')} `
  return at > 0 && command.slice(0, at).join(' ').endsWith('postgres') && rest.startsWith(`${cluster} `)
}

/** In the title of each of its processes, so that they can be told from another cluster's. */
function clusterName(cluster: string): string {
  return `leadline-${createHash('sha256').update(cluster).digest('hex').slice(0, 12)}`
}

/**
 * A killed server leaves its pid in a file, and Postgres refuses to start while a process of that number lives. If that
 * one is no Postgres, it is a stranger that got the number later (in a container, often). Otherwise the file stays:
 * Postgres knows better than we do whether two servers would write to one cluster.
 */
async function forgetRecycledPid(cluster: string): Promise<void> {
  const file = join(cluster, 'postmaster.pid')
  const pid = Number.parseInt(await readFile(file, 'utf8').catch(() => ''), 10)
  if (Number.isNaN(pid) || (await startOf(pid)) === null) return
  const servers = await findProcesses(command => /(^|\/)postgres( -D |:)/.test(command.join(' ')))
  if (!servers.includes(pid)) await rm(file, { force: true })
}

async function isInitialised(cluster: string): Promise<boolean> {
  return (await stat(join(cluster, 'PG_VERSION')).catch(() => null)) !== null
}

/** Made beside its place, and put there when it is whole: a set-up that was killed midway is begun again. */
async function initialise(place: PostgresPlace, home: string, password: string): Promise<void> {
  const unfinished = `${place.cluster}.new`
  const passwordFile = `${place.cluster}.password`
  await rm(unfinished, { recursive: true, force: true })
  await rm(passwordFile, { force: true })
  await mkdir(unfinished, { mode: 0o700 })
  await writeFile(passwordFile, `${password}\n`, { mode: 0o600 })
  if (place.user !== null) {
    await chown(unfinished, place.user.uid, place.user.gid)
    await chown(passwordFile, place.user.uid, place.user.gid)
  }
  try {
    const args = [...initdbFlags, `--pgdata=${unfinished}`, `--pwfile=${passwordFile}`]
    await promisify(execFile)(place.programs.initdb, args, {
      cwd: '/',
      env: environment,
      ...(place.user ?? {}),
    })
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error)
    throw new CannotStart(`Postgres cannot be set up in ${home}: ${said.split('\n').at(-1) ?? ''}`)
  } finally {
    await rm(passwordFile, { force: true })
  }
  await rename(unfinished, place.cluster)
}

/** Nothing of the person's own settings (PGDATA, PGPORT …) reaches this server. */
const environment = { LC_MESSAGES: 'C', TZ: 'UTC', PATH: '/usr/local/bin:/usr/bin:/bin' }

function specOf(
  home: string,
  { cluster, programs, user }: PostgresPlace,
  port: number,
  password: string,
): ChildSpec {
  const settings = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    cluster_name: clusterName(cluster),
    // Whatever a postgresql.conf says: a lead that was promised must survive a power cut.
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    // A container's /dev/shm is small; no query here is big enough to miss it.
    max_parallel_workers_per_gather: '0',
  }
  return {
    name: 'Postgres',
    program: programs.postgres,
    args: [
      '-D',
      cluster,
      '-p',
      String(port),
      ...Object.entries(settings).flatMap(([key, to]) => ['-c', `${key}=${to}`]),
    ],
    env: environment,
    user,
    logFile: join(home, 'postgres.log'),
    endings,
    patienceSeconds,
    answers: () => answers({ port, password }),
  }
}

async function answers({ port, password }: { port: number; password: string }): Promise<boolean> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: superuser,
    password,
    database: 'postgres',
    connectionTimeoutMillis: 2_000,
    query_timeout: 2_000,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('select 1')
    return true
  } catch {
    // Not listening yet, or still repairing: the caller asks again, a bounded number of times.
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

async function createDatabase(url: string): Promise<void> {
  const admin = new URL(url)
  admin.pathname = 'postgres'
  const client = new pg.Client({ connectionString: admin.href, connectionTimeoutMillis: 10_000 })
  await client.connect()
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [database])
    if (found.rowCount === 0) await client.query(`create database ${database}`)
  } finally {
    await client.end()
  }
}

/** Random, made at the first start: other users of the machine can reach loopback too. */
async function keptPassword(home: string): Promise<string> {
  const file = join(home, 'postgres-password.json')
  const kept = await readJson(file, z.object({ password: z.string().min(1) }))
  if (kept !== null) return kept.password
  const password = randomBytes(24).toString('hex')
  await writePrivate(file, { password })
  return password
}
