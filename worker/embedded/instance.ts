/** The data folder: who runs on it, and where a running instance is reached. */
import { link, mkdir, readFile, realpath, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { CannotStart } from '../cannot-start.js'
import { codeOf, startOf } from './processes.js'

/** Who holds a data folder. `start` is when the process began: pids come round again. */
const holder = z.object({ pid: z.int().positive(), start: z.string(), host: z.string() })
export type Holder = z.infer<typeof holder>

/** How commands reach a running instance; holds passwords, so only its owner may read it. */
const runtime = z.object({
  pid: z.int().positive(),
  start: z.string(),
  url: z.string(),
  databaseUrl: z.string(),
  /** Null where the server is given by TEMPORAL_*: its settings stay in the environment. */
  temporal: z.object({ address: z.string(), namespace: z.string(), uiUrl: z.string() }).nullable(),
  /** Null where mail is really sent. */
  smtpUrl: z.string().nullable(),
})
export type Runtime = z.infer<typeof runtime>

export type Hold = {
  /** The folder without symbolic links: servers that were left on it are known by this path. */
  home: string
  publish: (about: Omit<Runtime, 'pid' | 'start'>) => Promise<void>
  release: () => Promise<void>
}

export const lockName = 'instance.lock'
const runtimeName = 'runtime.json'

/** The holder touches its lock this often, for those on another machine or in another container, who see no pid. */
const touchMs = 5_000
const staleMs = 30_000

/**
 * Makes the folder where it is missing, and holds it until `release`: two instances on one folder would write to one
 * database. The hold of a process that died is taken over.
 * @throws CannotStart when someone has it, or the folder cannot be written
 */
export async function holdFolder(folder: string): Promise<Hold> {
  const home = await makeFolder(folder)
  const file = join(home, lockName)
  const me = { pid: process.pid, start: (await startOf(process.pid)) ?? '', host: hostname() }
  await takeLock(home, file, me)
  const touch = setInterval(() => {
    const now = new Date()
    // A folder that is gone or full is told by whatever writes to it next.
    utimes(file, now, now).catch(() => {})
  }, touchMs)
  touch.unref()
  return {
    home,
    publish: about => writePrivate(join(home, runtimeName), { pid: me.pid, start: me.start, ...about }),
    async release() {
      clearInterval(touch)
      await rm(join(home, runtimeName), { force: true })
      await rm(file, { force: true })
    },
  }
}

/** Who holds the folder now; null where nobody alive does. */
export async function holderOf(home: string): Promise<Holder | null> {
  const file = join(home, lockName)
  const found = await readJson(file, holder)
  return found !== null && (await isHeld(file, found)) ? found : null
}

/** How to reach the instance that runs on the folder; null where none does, or it is not ready yet. */
export async function readRuntime(home: string): Promise<Runtime | null> {
  const held = await holderOf(home)
  const about = await readJson(join(home, runtimeName), runtime)
  return held !== null && about?.pid === held.pid && about.start === held.start ? about : null
}

/** Writes JSON that its owner alone may read. Whoever reads meanwhile finds the old or the new, never a part. */
export async function writePrivate(file: string, content: unknown): Promise<void> {
  const written = `${file}.${process.pid}.new`
  await rm(written, { force: true })
  await writeFile(written, `${JSON.stringify(content, null, 2)}\n`, { mode: 0o600 })
  await rename(written, file)
}

/** Null where the file is missing or is not what the schema says. */
export async function readJson<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
): Promise<z.output<Schema> | null> {
  try {
    return schema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || error instanceof SyntaxError || error instanceof z.ZodError) return null
    throw error
  }
}

/** Root's folder may be passed through, since Postgres runs as another user below it; its files stay private. */
async function makeFolder(home: string): Promise<string> {
  try {
    await mkdir(home, { recursive: true, mode: process.getuid?.() === 0 ? 0o711 : 0o700 })
    await writePrivate(join(home, '.writable'), {})
    await rm(join(home, '.writable'))
    return await realpath(home)
  } catch (error) {
    const code = codeOf(error)
    if (code === null) throw error
    throw new CannotStart(
      `The data folder ${home} cannot be written (${code}). Set LEADLINE_HOME to another.`,
    )
  }
}

async function takeLock(home: string, file: string, me: Holder): Promise<void> {
  const written = `${file}.${me.pid}.new`
  await writeFile(written, JSON.stringify(me), { mode: 0o600 })
  try {
    for (let tries = 0; tries < 20; tries++) {
      if (await linked(written, file)) return
      const found = await readJson(file, holder)
      if (found !== null && (await isHeld(file, found))) throw await alreadyRuns(home, found)
      await removeDead(file, found, me)
      await sleep(50)
    }
  } finally {
    await rm(written, { force: true })
  }
  throw new CannotStart(`${file} cannot be taken. If no Leadline runs on this folder, delete that file.`)
}

/** A hard link makes the lock appear together with its content, and for one process alone. */
async function linked(written: string, file: string): Promise<boolean> {
  try {
    await link(written, file)
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

async function isHeld(file: string, { pid, start, host }: Holder): Promise<boolean> {
  if (host === hostname()) return (await startOf(pid)) === start
  const touched = await stat(file).catch(() => null)
  return touched !== null && Date.now() - touched.mtimeMs < staleMs
}

/**
 * Two processes may find the same dead lock. A rename moves it for one of them; that one looks again at what it moved,
 * since the other may have put its own, living lock there meanwhile.
 */
async function removeDead(file: string, dead: Holder | null, me: Holder): Promise<void> {
  const aside = `${file}.${me.pid}.aside`
  try {
    await rename(file, aside)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return
    throw error
  }
  const moved = await readJson(aside, holder)
  if (moved !== null && (moved.pid !== dead?.pid || moved.start !== dead.start)) await linked(aside, file)
  await rm(aside, { force: true })
}

async function alreadyRuns(home: string, { pid, host }: Holder): Promise<CannotStart> {
  const about = await readRuntime(home)
  const where = host === hostname() ? `process ${pid}` : `process ${pid} on ${host}`
  const url = about === null ? 'not ready yet' : about.url
  return new CannotStart(
    `Leadline already runs on ${home}: ${where}, ${url}. Stop it with \`leadline stop\`, or set LEADLINE_HOME and PORT for a second one.`,
  )
}
