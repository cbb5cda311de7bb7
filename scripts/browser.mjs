import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { assertReachable } from './download.mjs'
import { WayFailed } from './failures.mjs'
import { onPath, run } from './processes.mjs'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const macPlace = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
const remedy =
  'Install Chromium or Google Chrome (Debian: apt-get install chromium), or set CHROMIUM_PATH to the program.'

/**
 * @typedef {import('./setup.mjs').Place} Place
 * @typedef {import('./ways.mjs').Way} Way
 */

/**
 * A Chromium for browser tests.
 * @param {Place} place
 * @returns {import('./ways.mjs').Tool}
 */
export function browser(place) {
  return {
    thing: 'Browser for tests',
    setting: 'CHROMIUM_PATH',
    toFind: waysToFind(place),
    toFetch: [
      { name: 'Playwright’s download', look: () => playwrightDownload(place) },
      { name: 'apt-get install chromium', look: () => aptInstall(place) },
    ],
    lockFile: join(place.cache, 'browser.lock'),
    verify: path => verify(path, place.env),
    remedy,
  }
}

/**
 * @param {Place} place
 * @returns {Way[]}
 */
function waysToFind(place) {
  const ways = names.map(name => ({ name: `${name} on PATH`, look: () => onPath(name, place.env.PATH) }))
  /** @param {string} path */
  const ifThere = path => (existsSync(path) ? path : null)
  if (place.machine.platform === 'darwin') {
    ways.push({ name: 'in Applications', look: async () => ifThere(macPlace) })
  }
  ways.push({ name: 'Playwright’s own', look: async () => ifThere(await playwrightPath(place)) })
  return ways
}

/**
 * Playwright tries each of its hosts several times; whether one can be reached at all is asked first.
 * @param {Place} place
 */
async function playwrightDownload(place) {
  const { env, fetch, progress, root } = place
  const host =
    env.PLAYWRIGHT_CHROMIUM_DOWNLOAD_HOST || env.PLAYWRIGHT_DOWNLOAD_HOST || 'https://cdn.playwright.dev'
  await assertReachable(host, fetch)
  const program = join(root, 'node_modules', 'playwright-core', 'cli.js')
  await progress.step('Downloading Chromium with Playwright', () =>
    run(process.execPath, [program, 'install', '--no-shell', 'chromium'], { env, timeoutSeconds: 900 }),
  )
  return playwrightPath(place)
}

/**
 * Where Playwright's own browser is, or would be. Asked in a process of its own, with the given environment.
 * @param {Place} place
 * @throws {WayFailed} when the dependencies are not installed
 */
async function playwrightPath({ env, root }) {
  const question = "import('playwright-core').then(({ chromium }) => console.log(chromium.executablePath()))"
  return (await run(process.execPath, ['-e', question], { env, cwd: root, timeoutSeconds: 30 })).trim()
}

/** @param {Place} place */
async function aptInstall({ env, machine, progress }) {
  const aptGet = await onPath('apt-get', env.PATH)
  if (aptGet === null) return null
  if (!machine.isRoot) throw new WayFailed('only root may install packages')
  const quiet = { ...env, DEBIAN_FRONTEND: 'noninteractive' }
  const install = ['install', '-q', '-y', '--no-install-recommends', 'chromium']
  await progress.step('Installing Debian’s Chromium', async () => {
    await run(aptGet, ['update', '-q'], { env: quiet, timeoutSeconds: 300 })
    await run(aptGet, install, { env: quiet, timeoutSeconds: 1200 })
  })
  return onPath('chromium', env.PATH)
}

/**
 * @param {string} path
 * @param {NodeJS.ProcessEnv} env
 * @throws {WayFailed} when it does not run, for example for want of a library
 */
async function verify(path, env) {
  const words = (await run(path, ['--version'], { env, timeoutSeconds: 30 })).trim()
  const version = /\d+\.\d+[.\d]*/.exec(words)
  if (version === null) throw new WayFailed(`${path} --version names no version`)
  return `version ${version[0]}`
}
