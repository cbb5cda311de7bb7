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
      const counts = await countsIn(countsFile)
      console.log(lineOf(counts))
      return code === 0 && (counts.failed > 0 || counts.passed === 0) ? 1 : code
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
}

/**
 * @param {string} file what test/reporter.ts wrote
 * @returns {Promise<Counts>}
 */
async function countsIn(file) {
  try {
    return JSON.parse(await readFile(file, 'utf8'))
  } catch {
    // The run ended before its end: its own set-up failed, or someone stopped it.
    return { passed: 0, failed: 1, skipped: 0 }
  }
}

/** @param {Counts} counts */
export function lineOf({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`
}
