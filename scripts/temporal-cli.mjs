import { join } from 'node:path'
import { replaceFolder } from './cache.mjs'
import { downloadProgram, vendorPlatform } from './download.mjs'
import { WayFailed } from './failures.mjs'
import { isExecutable, onPath, run } from './processes.mjs'

/** The newest release that `go install` accepts: later ones have a `replace` in their go.mod. */
const version = '1.5.1'
/** Older servers lack what Leadline uses (worker versioning, eager activities); 1.29.1 is what its tests run on. */
const oldestServer = { major: 1, minor: 29 }

const remedy =
  'Install the Temporal CLI (https://docs.temporal.io/cli) so that `temporal` is on PATH, or Go 1.25 or later so that it can be built, or set TEMPORAL_ADDRESS to a running server.'

/** @typedef {import('./setup.mjs').Place} Place */

/**
 * The Temporal CLI, which brings the development server.
 * @param {Place} place
 * @returns {import('./ways.mjs').Tool}
 */
export function temporalCli(place) {
  const folder = join(place.cache, `temporal-cli-${version}`)
  const program = join(folder, 'temporal')
  return {
    thing: 'Temporal server',
    setting: 'LEADLINE_TEMPORAL_CLI',
    toFind: [
      { name: 'on PATH', look: () => onPath('temporal', place.env.PATH) },
      { name: 'in the cache', look: async () => ((await isExecutable(program)) ? program : null) },
    ],
    toFetch: [
      { name: 'the vendor’s download', look: () => intoCache(partial => download(place, partial)) },
      { name: 'go install', look: () => goInstall(place, intoCache) },
    ],
    lockFile: `${folder}.lock`,
    verify: path => verify(path, place.env),
    remedy,
  }

  /** @param {(partial: string) => Promise<void>} fill */
  async function intoCache(fill) {
    await replaceFolder(folder, async partial => {
      await fill(partial)
      await verify(join(partial, 'temporal'), place.env)
    })
    return program
  }
}

/**
 * @param {string} path
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string>} for example `server 1.29.1`
 * @throws {WayFailed} when it does not run, is something else, or is too old
 */
async function verify(path, env) {
  const output = await run(path, ['--version'], { env, timeoutSeconds: 20 })
  const server = /\(Server ((\d+)\.(\d+)\.[^,)]*)/.exec(output)
  if (server === null) throw new WayFailed(`${path} --version does not name a Temporal server`)
  const [major, minor] = [Number(server[2]), Number(server[3])]
  if (major < oldestServer.major || (major === oldestServer.major && minor < oldestServer.minor)) {
    throw new WayFailed(
      `${path} has server ${server[1]}, older than ${oldestServer.major}.${oldestServer.minor}`,
    )
  }
  return `server ${server[1]}`
}

/**
 * @param {Place} place
 * @param {string} folder
 */
function download({ env, fetch, machine, progress }, folder) {
  const infoUrl = `https://temporal.download/cli/v${version}?${vendorPlatform(machine)}`
  return progress.step(`Downloading the Temporal CLI ${version}`, async () => {
    await downloadProgram({ infoUrl, folder, name: 'temporal', fetch, env })
  })
}

/**
 * @param {Place} place
 * @param {(fill: (partial: string) => Promise<void>) => Promise<string>} intoCache
 */
async function goInstall({ env, progress }, intoCache) {
  const go = await onPath('go', env.PATH)
  if (go === null) return null
  return intoCache(partial =>
    progress.step(`Building the Temporal CLI ${version} with Go (some minutes, once)`, async () => {
      const source = `github.com/temporalio/cli/cmd/temporal@v${version}`
      await run(go, ['install', source], { env: { ...env, GOBIN: partial }, timeoutSeconds: 1800 })
    }),
  )
}
