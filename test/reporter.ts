import { writeFileSync } from 'node:fs'
import type { SerializedError } from 'vitest'
import type { Reporter, TestModule } from 'vitest/node'

type Counts = { passed: number; failed: number; skipped: number }

/**
 * Counts tests, for the line that ends `npm test`. scripts/tests.mjs prints it, after all else has been said; it reads
 * the counts from the file that LEADLINE_TEST_COUNTS names.
 */
export class CountingReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    const file = process.env.LEADLINE_TEST_COUNTS
    if (file === undefined) return
    writeFileSync(file, JSON.stringify(countTests(modules, unhandledErrors)))
  }
}

// The form in which vitest loads a reporter by its path.
export default CountingReporter

/** A file or suite that could not load or set up counts as one failure, and so does an error outside of all tests. */
function countTests(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): Counts {
  const counts: Counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 }
  for (const module of modules) {
    const suites = [module, ...module.children.allSuites()]
    counts.failed += suites.filter(suite => suite.errors().length > 0).length
    for (const test of module.children.allTests()) {
      const { state } = test.result()
      // A test that was begun and never ended has not passed.
      counts[state === 'pending' ? 'failed' : state] += 1
    }
  }
  return counts
}
