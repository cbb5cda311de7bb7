import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { installDependencies } from './dependencies.mjs'
import { CannotSetUp } from './failures.mjs'
import { runInForeground } from './processes.mjs'
import { here, setUpToStart } from './setup.mjs'

/** The commands that bring a Temporal server of their own. */
const bringServer = ['start', 'demo']

/**
 * Runs the command line of Leadline in the foreground, from any folder, after the set-up that the command needs.
 * @param {string[]} args
 * @returns {Promise<number>} the exit code
 */
export async function leadline(args) {
  return saidInOneLine(async () => {
    const place = here()
    const env = bringServer.includes(args[0] ?? '') ? await setUpToStart(place) : await onlyInstalled(place)
    const { root } = place
    // By full path and URL: Node looks for `tsx`, and tsx for its settings, in the folder where the person stands.
    const loader = pathToFileURL(join(root, 'node_modules', 'tsx', 'dist', 'loader.mjs')).href
    return runInForeground(process.execPath, ['--import', loader, join(root, 'cli', 'main.ts'), ...args], {
      env: { ...env, TSX_TSCONFIG_PATH: join(root, 'tsconfig.json') },
    })
  })
}

/**
 * What cannot be set up ends the program with one line, not with a stack trace.
 * @param {() => Promise<number>} work
 * @returns {Promise<number>}
 */
export async function saidInOneLine(work) {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof CannotSetUp)) throw error
    console.error(error.message)
    return 1
  }
}

/** @param {import('./setup.mjs').Place} place */
async function onlyInstalled(place) {
  await installDependencies(place, { forTests: false })
  return place.env
}
