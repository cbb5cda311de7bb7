import { randomUUID } from 'node:crypto'
import { link, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { homedir, hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CannotSetUp } from './failures.mjs'

/** The longest that one set-up waits for another: longer than any step takes on a slow machine. */
const patienceMinutes = 30
const retryMs = 250

/**
 * The folder that all clones on a machine share.
 * @param {NodeJS.ProcessEnv} env
 */
export function cacheFolder(env) {
  if (env.LEADLINE_CACHE) return env.LEADLINE_CACHE
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'leadline')
}

/**
 * Fills a folder in one go: `fill` works in a temporary one beside it, which takes the name when it is whole.
 * Call it under the folder's lock only.
 * @param {string} folder
 * @param {(partial: string) => Promise<void>} fill throws to leave what stands there as it is
 */
export async function replaceFolder(folder, fill) {
  await mkdir(dirname(folder), { recursive: true })
  await removeLeftovers(folder)
  const partial = await mkdtemp(`${folder}.partial-`)
  try {
    await fill(partial)
    await rm(folder, { recursive: true, force: true })
    await rename(partial, folder)
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

/**
 * What a killed set-up left; nobody else is at work while the lock is held.
 * @param {string} folder
 */
async function removeLeftovers(folder) {
  for (const name of await readdir(dirname(folder))) {
    if (name.startsWith(`${basename(folder)}.partial-`)) {
      await rm(join(dirname(folder), name), { recursive: true, force: true })
    }
  }
}

/**
 * Runs `work` while no other process on this machine runs it under the same lock.
 * The lock of a process that died is taken over.
 * @template T
 * @param {string} lockFile
 * @param {(line: string) => void} note
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(lockFile, note, work) {
  await mkdir(dirname(lockFile), { recursive: true })
  await takeLock(lockFile, note)
  try {
    return await work()
  } finally {
    await rm(lockFile, { force: true })
  }
}

/**
 * @param {string} lockFile
 * @param {(line: string) => void} note
 */
async function takeLock(lockFile, note) {
  let waiting = false
  for (let tries = 0; tries < (patienceMinutes * 60_000) / retryMs; tries++) {
    if (await createLock(lockFile)) return
    const holder = await holderOf(lockFile)
    if (holder !== null && !isAlive(holder)) {
      await removeDeadLock(lockFile, holder)
      continue
    }
    if (!waiting) note(`Another set-up is at work (process ${holder?.pid ?? 'unknown'}); waiting for it.`)
    waiting = true
    await sleep(retryMs)
  }
  throw new CannotSetUp(
    `Another set-up has held ${lockFile} for ${patienceMinutes} minutes. If none is running, delete that file and try again.`,
  )
}

/**
 * A hard link makes the lock appear with its content: nobody ever reads one without its holder.
 * @param {string} lockFile
 * @returns {Promise<boolean>} false when someone else has it
 */
async function createLock(lockFile) {
  const written = `${lockFile}.${randomUUID()}`
  await writeFile(written, JSON.stringify({ pid: process.pid, host: hostname() }))
  try {
    await link(written, lockFile)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  } finally {
    await rm(written, { force: true })
  }
}

/**
 * @param {string} lockFile
 * @returns {Promise<{ pid: number, host: string } | null>} null when it is gone
 */
async function holderOf(lockFile) {
  try {
    const { pid, host } = JSON.parse(await readFile(lockFile, 'utf8'))
    return Number.isInteger(pid) && typeof host === 'string' ? { pid, host } : null
  } catch {
    return null
  }
}

/** @param {{ pid: number, host: string }} holder */
function isAlive({ pid, host }) {
  if (host !== hostname()) return true // a shared home: another machine's processes cannot be asked
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/**
 * Two processes may see the same dead lock: a rename moves it for one of them only, and the mover looks again at
 * what it moved, since the other may have put its own, living lock there meanwhile.
 * @param {string} lockFile
 * @param {{ pid: number }} dead
 */
async function removeDeadLock(lockFile, dead) {
  const aside = `${lockFile}.${randomUUID()}`
  try {
    await rename(lockFile, aside)
  } catch {
    return
  }
  const moved = await holderOf(aside)
  if (moved !== null && moved.pid !== dead.pid) await rename(aside, lockFile)
  else await rm(aside, { force: true })
}
