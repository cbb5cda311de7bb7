import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { assertReachable } from './download.mjs'
import { onPath, run } from './processes.mjs'
import { firstThatWorks, nothingLeft, WayFailed } from './ways.mjs'

const thing = 'Browser for tests'
const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']
const macPlace = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
const remedy =
  'Install Chromium or Google Chrome (Debian: apt-get install chromium), or set CHROMIUM_PATH to the program.'

/**
 * @typedef {import('./setup.mjs').Place} Place
 * @typedef {import('./ways.mjs').Search} Search
 */

/**
 * Playwright's own browser: where it would be, and how to get it there.
 * @typedef {{ path: string, install: () => Promise<void>, host: string }} PlaywrightBrowser
 */

/**
 * A Chromium for browser tests: found, else fetched.
 * @param {Place} place
 * @param {() => Promise<PlaywrightBrowser>} [playwright] asked only where no browser is on PATH
 * @returns {Promise<string>} its path
 */
export async function browser(place, playwright = () => playwrightBrowser(place)) {
  const search = searchIn(place)
  const found = await firstThatWorks(search, waysToFind(place))
  if (found !== null) return found
  const own = await playwright()
  const fetched = await firstThatWorks(search, [
    { name: 'Playwright’s', look: async () => (existsSync(own.path) ? own.path : null) },
    { name: 'Playwright’s download', look: () => playwrightDownload(place, own) },
    { name: 'apt-get install chromium', look: () => aptInstall(place) },
  ])
  if (fetched !== null) return fetched
  throw nothingLeft(search, remedy)
}

/**
 * A browser where one is there already; fetches nothing.
 * @param {Place} place
 * @returns {Promise<string | null>}
 */
export function findBrowser(place) {
  return firstThatWorks(searchIn(place), waysToFind(place))
}

/**
 * @param {Place} place
 * @returns {Search}
 */
function searchIn({ env, progress }) {
  return {
    thing,
    tried: [],
    note: progress.note,
    async verify(path) {
      const words = (await run(path, ['--version'], { env, timeoutSeconds: 30 })).trim()
      if (!/\d+\.\d+/.test(words)) throw new WayFailed(`${path} --version names no version`)
      return words.split('\n')[0] ?? words
    },
  }
}

/** @param {Place} place */
function waysToFind({ env, machine }) {
  const given = env.CHROMIUM_PATH
  if (given) return [{ name: 'given by CHROMIUM_PATH', look: async () => given }]
  const ways = names.map(name => ({ name: `${name} on PATH`, look: () => onPath(name, env.PATH) }))
  if (machine.platform === 'darwin') {
    ways.push({ name: 'in Applications', look: async () => (existsSync(macPlace) ? macPlace : null) })
  }
  return ways
}

/**
 * Playwright tries each of its hosts several times; whether one can be reached at all is asked first.
 * @param {Place} place
 * @param {PlaywrightBrowser} own
 */
async function playwrightDownload({ fetch, progress }, own) {
  await assertReachable(own.host, fetch)
  await progress.step('Downloading Chromium with Playwright', own.install)
  return own.path
}

/** @param {Place} place */
async function aptInstall({ env, machine, progress }) {
  const aptGet = await onPath('apt-get', env.PATH)
  if (aptGet === null) return null
  if (!machine.isRoot) throw new WayFailed('only root may install packages')
  const quiet = { ...env, DEBIAN_FRONTEND: 'noninteractive' }
  await progress.step('Installing Debian’s Chromium', async () => {
    await run(aptGet, ['update', '-q'], { env: quiet, timeoutSeconds: 300 })
    const install = ['install', '-q', '-y', '--no-install-recommends', 'chromium']
    await run(aptGet, install, { env: quiet, timeoutSeconds: 1200 })
  })
  return onPath('chromium', env.PATH)
}

/**
 * @param {Place} place
 * @returns {Promise<PlaywrightBrowser>}
 */
async function playwrightBrowser({ env, root }) {
  const { chromium } = await import('playwright-core')
  const program = join(root, 'node_modules', 'playwright-core', 'cli.js')
  return {
    path: chromium.executablePath(),
    host: env.PLAYWRIGHT_CHROMIUM_DOWNLOAD_HOST || env.PLAYWRIGHT_DOWNLOAD_HOST || 'https://cdn.playwright.dev',
    install: async () => {
      await run(process.execPath, [program, 'install', '--no-shell', 'chromium'], { env, timeoutSeconds: 900 })
    },
  }
}
