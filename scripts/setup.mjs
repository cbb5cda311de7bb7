import { fileURLToPath } from 'node:url'
import { browser } from './browser.mjs'
import { cacheFolder } from './cache.mjs'
import { installDependencies } from './dependencies.mjs'
import { progressOn } from './progress.mjs'
import { temporalCli } from './temporal-cli.mjs'
import { testServer } from './test-server.mjs'
import { obtain } from './ways.mjs'

/**
 * All that set-up takes from the machine it runs on.
 * @typedef {object} Place
 * @property {string} root the project's folder
 * @property {NodeJS.ProcessEnv} env
 * @property {string} cache the folder that clones share
 * @property {{ platform: string, arch: string, isRoot: boolean }} machine platform and arch as Node names them
 * @property {typeof globalThis.fetch} fetch
 * @property {import('./progress.mjs').Progress} progress
 */

/**
 * This machine, with this process's environment.
 * @returns {Place}
 */
export function here() {
  return {
    root: fileURLToPath(new URL('..', import.meta.url)),
    env: process.env,
    cache: cacheFolder(process.env),
    machine: { platform: process.platform, arch: process.arch, isRoot: process.getuid?.() === 0 },
    fetch: globalThis.fetch,
    progress: progressOn(),
  }
}

/**
 * What `npm start` needs.
 * @param {Place} place
 * @returns {Promise<NodeJS.ProcessEnv>} the environment for the command line, with LEADLINE_TEMPORAL_CLI where it
 * has to bring its own server
 */
export async function setUpToStart(place) {
  await installDependencies(place, { forTests: false })
  const { TEMPORAL_ADDRESS, TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE } = place.env
  // As config.ts reads them: each of them names a server.
  if (TEMPORAL_ADDRESS || TEMPORAL_PROFILE || TEMPORAL_CONFIG_FILE) return place.env
  return { ...place.env, LEADLINE_TEMPORAL_CLI: await obtain(temporalCli(place), place) }
}

/**
 * What the tests need. They always bring their own servers: TEMPORAL_ADDRESS may name one with real leads.
 * @param {Place} place
 * @returns {Promise<NodeJS.ProcessEnv>}
 */
export async function setUpToTest(place) {
  await installDependencies(place, { forTests: true })
  return {
    ...place.env,
    LEADLINE_TEMPORAL_CLI: await obtain(temporalCli(place), place),
    LEADLINE_TEST_SERVER: await obtain(testServer(place), place),
    CHROMIUM_PATH: await obtain(browser(place), place),
  }
}
