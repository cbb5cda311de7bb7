/** One way to a thing did not lead there; the next one may. The message is one line for a person. */
export class WayFailed extends Error {
  /**
   * @param {string} message
   * @param {string} [output] what the tool printed, for where one line is not enough
   */
  constructor(message, output = '') {
    super(message)
    this.name = 'WayFailed'
    this.output = output
  }
}

/** No way is left: the message says in one line what is missing, what was tried and what a person can do. */
export class CannotSetUp extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message)
    this.name = 'CannotSetUp'
  }
}

/**
 * @typedef {object} Way
 * @property {string} name as it should stand in a sentence: `on PATH`
 * @property {() => Promise<string | null>} look a path, or null where this way has nothing to offer
 */

/**
 * @typedef {object} Search
 * @property {string} thing what is looked for
 * @property {(path: string) => Promise<string>} verify shows that it runs: answers what it is, or throws WayFailed
 * @property {(line: string) => void} note
 * @property {string[]} tried what came of the ways so far; added to
 */

/**
 * The first path that verifies, or null when no way leads to one.
 * @param {Search} search
 * @param {readonly Way[]} ways in the order to try
 * @returns {Promise<string | null>}
 */
export async function firstThatWorks({ thing, verify, note, tried }, ways) {
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
 * @param {Search} search
 * @param {string} remedy what a person can do, as a sentence
 */
export function nothingLeft({ thing, tried }, remedy) {
  return new CannotSetUp(`${thing} is missing. Tried: ${tried.join('; ')}. ${remedy}`)
}
