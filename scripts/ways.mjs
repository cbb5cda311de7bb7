import { withLock } from './cache.mjs'
import { CannotSetUp, WayFailed } from './failures.mjs'

/**
 * One way to a program.
 * @typedef {object} Way
 * @property {string} name as it should stand in a sentence: `on PATH`
 * @property {() => Promise<string | null>} look a path; null where this way has nothing to offer; throws WayFailed
 */

/**
 * A program that Leadline needs, and every way to it, in order.
 * @typedef {object} Tool
 * @property {string} thing how a person would call it
 * @property {string} setting the environment variable that names one; then nothing else is tried
 * @property {Way[]} toFind ways that change nothing on the machine
 * @property {Way[]} toFetch ways that put it there
 * @property {string} lockFile so that two set-ups do not fetch it at once
 * @property {(path: string) => Promise<string>} verify shows that it runs: answers what it is, or throws WayFailed
 * @property {string} remedy what a person can do when no way is left, as a sentence
 */

/** @typedef {import('./setup.mjs').Place} Place */

/**
 * The program: found, else fetched.
 * @param {Tool} tool
 * @param {Place} place
 * @returns {Promise<string>} its path
 * @throws {CannotSetUp}
 */
export async function obtain(tool, place) {
  /** @type {string[]} */
  const tried = []
  const { note } = place.progress
  const found = await firstThatWorks(tool, waysToFind(tool, place), note, tried)
  if (found !== null) return found
  const given = place.env[tool.setting]
  if (given)
    throw nothingLeft(tool, tried, `Correct ${tool.setting}, or unset it to let Leadline look by itself.`)
  const fetched = await withLock(tool.lockFile, note, async () => {
    // Another set-up may have fetched it while this one waited for the lock; what failed before was said already.
    const meanwhile = await firstThatWorks(tool, tool.toFind, () => {}, [])
    return meanwhile ?? (await firstThatWorks(tool, tool.toFetch, note, tried))
  })
  if (fetched !== null) return fetched
  throw nothingLeft(tool, tried, tool.remedy)
}

/**
 * The program where one is there already; fetches nothing.
 * @param {Tool} tool
 * @param {Place} place
 * @returns {Promise<string | null>} its path
 */
export function find(tool, place) {
  return firstThatWorks(tool, waysToFind(tool, place), place.progress.note, [])
}

/**
 * A person's own setting is the only way: to run another program than the one named would be a surprise.
 * @param {Tool} tool
 * @param {Place} place
 * @returns {Way[]}
 */
function waysToFind({ setting, toFind }, { env }) {
  const given = env[setting]
  return given ? [{ name: `given by ${setting}`, look: async () => given }] : toFind
}

/**
 * @param {Tool} tool
 * @param {readonly Way[]} ways
 * @param {(line: string) => void} note
 * @param {string[]} tried what came of each way; added to
 */
async function firstThatWorks({ thing, verify }, ways, note, tried) {
  for (const way of ways) {
    try {
      const path = await way.look()
      if (path === null) {
        tried.push(`${way.name}: not there`)
        continue
      }
      note(`${thing}: ${path} (${await verify(path)}; ${way.name})`)
      return path
    } catch (error) {
      if (!(error instanceof WayFailed)) throw error
      tried.push(`${way.name}: ${error.message}`)
      note(`${thing}: ${way.name}: ${error.message}`)
    }
  }
  return null
}

/**
 * @param {Tool} tool
 * @param {string[]} tried
 * @param {string} remedy
 */
function nothingLeft({ thing }, tried, remedy) {
  return new CannotSetUp(`${thing} is missing. Tried: ${tried.join('; ')}. ${remedy}`)
}
