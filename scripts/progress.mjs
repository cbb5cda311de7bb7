/**
 * Where set-up says what it does: on a terminal a spinner with the seconds so far, elsewhere plain lines.
 * @typedef {object} Progress
 * @property {(line: string) => void} note says one line
 * @property {<T>(title: string, work: () => Promise<T>) => Promise<T>} step says the title, then how long `work` is taking
 */

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const frameMs = 120

/**
 * Standard error is the default, so that a command's own output can be piped.
 * @param {{ write(text: string): unknown, isTTY?: boolean }} [stream]
 * @param {{ everySeconds?: number }} [options] how often a plain line says that a long step is still at work
 * @returns {Progress}
 */
export function progressOn(stream = process.stderr, { everySeconds = 15 } = {}) {
  return stream.isTTY === true ? spinner(stream) : plainLines(stream, everySeconds)
}

/** @type {Progress} */
export const silent = { note: () => {}, step: (_title, work) => work() }

/**
 * @param {{ write(text: string): unknown }} stream
 * @param {number} everySeconds
 * @returns {Progress}
 */
function plainLines(stream, everySeconds) {
  /** @param {string} line */
  const note = line => {
    stream.write(`${line}\n`)
  }
  return {
    note,
    async step(title, work) {
      const elapsed = stopwatch()
      note(`${title} …`)
      const timer = setInterval(
        () => note(`  still at it after ${elapsed()} s: ${title}`),
        everySeconds * 1000,
      )
      try {
        const result = await work()
        note(`${title}: done in ${elapsed()} s`)
        return result
      } finally {
        clearInterval(timer)
      }
    },
  }
}

/**
 * @param {{ write(text: string): unknown }} stream
 * @returns {Progress}
 */
function spinner(stream) {
  const clearLine = '\r\u001b[2K'
  return {
    note(line) {
      stream.write(`${clearLine}${line}\n`)
    },
    async step(title, work) {
      const elapsed = stopwatch()
      let turn = 0
      const draw = () =>
        stream.write(`${clearLine}${frames[turn++ % frames.length]} ${title} (${elapsed()} s)`)
      draw()
      const timer = setInterval(draw, frameMs)
      try {
        const result = await work()
        stream.write(`${clearLine}${title}: done in ${elapsed()} s\n`)
        return result
      } catch (error) {
        stream.write(clearLine)
        throw error
      } finally {
        clearInterval(timer)
      }
    },
  }
}

function stopwatch() {
  const startedMs = performance.now()
  return () => Math.round((performance.now() - startedMs) / 1000)
}
