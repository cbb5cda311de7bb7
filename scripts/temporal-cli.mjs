import { join } from 'node:path'
import { replaceFolder, withLock } from './cache.mjs'
import { downloadProgram, vendorPlatform } from './download.mjs'
import { isExecutable, onPath, run } from './processes.mjs'
import { firstThatWorks, nothingLeft, WayFailed } from './ways.mjs'

/** The newest release that `go install` accepts: later ones have a `replace` in their go.mod. */
const version = '1.5.1'
/** Older servers lack what Leadline uses (worker versioning, eager activities); 1.29.1 is what its tests run on. */
const oldestServer = [1, 29]

const thing = 'Temporal server'
const remedy =
  'Install the Temporal CLI (https://docs.temporal.io/cli) so that `temporal` is on PATH, or Go 1.25 or later so that it can be built, or set TEMPORAL_ADDRESS to a running server.'

/**
 * @typedef {import('./setup.mjs').Place} Place
 * @typedef {import('./ways.mjs').Search} Search
 */

/**
 * The Temporal CLI, which brings the development server: found, else fetched into the cache.
 * @param {Place} place
 * @returns {Promise<string>} its path
 */
export async function temporalCli(place) {
  const search = searchIn(place)
  const found = await firstThatWorks(search, await waysToFind(place))
  if (found !== null) return found
  const folder = cached(place)
  const fetched = await withLock(`${folder}.lock`, search.note, () =>
    firstThatWorks(search, [
      // Another set-up may have put it there while this one waited for the lock.
      { name: 'in the cache', look: () => inCache(place) },
      { name: 'the vendor’s download', look: () => download(place, search) },
      { name: 'go install', look: () => goInstall(place, search) },
    ]),
  )
  if (fetched !== null) return fetched
  throw nothingLeft(search, remedy)
}

/**
 * The Temporal CLI where one is there already; fetches nothing.
 * @param {Place} place
 * @returns {Promise<string | null>}
 */
export async function findTemporalCli(place) {
  return firstThatWorks(searchIn(place), await waysToFind(place))
}

/**
 * @param {Place} place
 * @returns {Search}
 */
function searchIn({ env, progress }) {
  return { thing, tried: [], note: progress.note, verify: path => verifyTemporalCli(path, env) }
}

/**
 * A person's own setting is the only way: to run another binary than the one named would be a surprise.
 * @param {Place} place
 */
async function waysToFind(place) {
  const { env } = place
  const given = env.LEADLINE_TEMPORAL_CLI
  if (given) return [{ name: 'given by LEADLINE_TEMPORAL_CLI', look: async () => given }]
  return [
    { name: 'on PATH', look: () => onPath('temporal', env.PATH) },
    { name: 'in the cache', look: () => inCache(place) },
  ]
}

/**
 * @param {string} path
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string>} for example `server 1.29.1`
 * @throws {WayFailed} when it does not run, is something else, or is too old
 */
export async function verifyTemporalCli(path, env) {
  const output = await run(path, ['--version'], { env, timeoutSeconds: 20 })
  const server = /\(Server (\d+)\.(\d+)\.\d+/.exec(output)
  if (server === null) throw new WayFailed(`${path} --version does not name a Temporal server`)
  const [, major, minor] = server.map(Number)
  if (major < oldestServer[0] || (major === oldestServer[0] && minor < oldestServer[1])) {
    throw new WayFailed(`${path} has server ${major}.${minor}, older than ${oldestServer.join('.')}`)
  }
  return `server ${server[0].slice('(Server '.length)}`
}

/** @param {Place} place */
function cached({ cache }) {
  return join(cache, `temporal-cli-${version}`)
}

/** @param {Place} place */
async function inCache(place) {
  const path = join(cached(place), 'temporal')
  return (await isExecutable(path)) ? path : null
}

/**
 * @param {Place} place
 * @param {Search} search
 */
function download(place, search) {
  const infoUrl = `https://temporal.download/cli/v${version}?${vendorPlatform(place.machine)}`
  return intoCache(place, search, folder =>
    place.progress.step(`Downloading the Temporal CLI ${version}`, async () => {
      await downloadProgram({ infoUrl, folder, name: 'temporal', fetch: place.fetch, env: place.env })
    }),
  )
}

/**
 * @param {Place} place
 * @param {Search} search
 */
async function goInstall(place, search) {
  const go = await onPath('go', place.env.PATH)
  if (go === null) return null
  return intoCache(place, search, folder =>
    place.progress.step(`Building the Temporal CLI ${version} with Go (some minutes, once)`, async () => {
      await run(go, ['install', `github.com/temporalio/cli/cmd/temporal@v${version}`], {
        env: { ...place.env, GOBIN: folder },
        timeoutSeconds: 1800,
      })
    }),
  )
}

/**
 * @param {Place} place
 * @param {Search} search
 * @param {(folder: string) => Promise<void>} fill
 */
async function intoCache(place, { verify }, fill) {
  await replaceFolder(cached(place), async partial => {
    await fill(partial)
    await verify(join(partial, 'temporal'))
  })
  return join(cached(place), 'temporal')
}
