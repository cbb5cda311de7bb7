import { TestWorkflowEnvironment } from '@temporalio/testing'
import { inject } from 'vitest'

/** The SDK gives the server 5 s to come up; a machine on which much else runs may need a second try. */
const tries = 3

/**
 * A server of the test's own on which days pass at once, whenever a test waits for a result or sleeps.
 * Call `teardown` at the end.
 */
export async function createTimeSkipping(): Promise<TestWorkflowEnvironment> {
  const executable = { type: 'existing-path' as const, path: inject('testServerPath') }
  for (let attempt = 1; ; attempt++) {
    try {
      return await TestWorkflowEnvironment.createTimeSkipping({ server: { executable } })
    } catch (error) {
      const late = error instanceof Error && error.message.includes('did not start within')
      if (!late || attempt === tries) throw error
    }
  }
}
