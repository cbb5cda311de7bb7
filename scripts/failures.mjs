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
