import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { saidInOneLine } from './leadline.mjs'
import { runInForeground } from './processes.mjs'
import { here, setUpToTest } from './setup.mjs'

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * Sets up, runs the tests, and says on the last line how many passed, failed and were skipped.
 * @param {string[]} args for vitest; `--prove` runs the slow proofs at their full counts
 * @returns {Promise<number>} the exit code: 0 only where tests ran and none failed
 */
export async function runTests(args) {
  return saidInOneLine(async () => {
    const place = here()
    const env = await setUpToTest(place)
    const folder = await mkdtemp(join(tmpdir(), 'leadline-counts-'))
    try {
      const countsFile = join(folder, 'counts.json')
      const vitest = join(place.root, 'node_modules', 'vitest', 'vitest.mjs')
      const rest = args.filter(arg => arg !== '--prove')
      const prove = rest.length < args.length ? { LEADLINE_PROVE: '1' } : {}
      const code = await runInForeground(process.execPath, [vitest, 'run', ...rest], {
        env: { ...env, ...prove, LEADLINE_TEST_COUNTS: countsFile },
        cwd: place.root,
      })
      const counts = await countsIn(countsFile, code)
      console.log(lineOf(counts))
      return code === 0 && (counts.failed > 0 || counts.passed === 0) ? 1 : code
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
}

/**
 * A run that failed without a failing test failed as a whole (its own set-up, nothing to run, stopped by someone): that
 * is one failure, so that the line never contradicts the exit code.
 * @param {string} file what test/reporter.ts wrote
 * @param {number} code vitest's exit code
 * @returns {Promise<Counts>}
 */
async function countsIn(file, code) {
  const text = await readFile(file, 'utf8').catch(() => '{ "passed": 0, "failed": 0, "skipped": 0 }')
  /** @type {Counts} */
  const counts = JSON.parse(text)
  return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts
}

/** @param {Counts} counts */
export function lineOf({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`
}
