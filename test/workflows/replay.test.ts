import { readdirSync, readFileSync } from 'node:fs'
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js'
import { Worker } from '@temporalio/worker'
import { describe, expect, inject, it } from 'vitest'

const folder = new URL('../histories/', import.meta.url)
const scenarios = readdirSync(folder).filter(file => file.endsWith('.json'))

/** Recorded by LEADLINE_RECORD=1 at a release. A red line means: patch or version the workflow, never record anew. */
describe('a lead whose life was recorded', () => {
  it.each(scenarios)('lives it again in the same order: %s', async file => {
    const codePath = inject('workflowBundlePath')
    if (codePath === null) throw new Error('the workflow bundle is missing')
    const history = historyFromJSON(JSON.parse(readFileSync(new URL(file, folder), 'utf8')))
    await Worker.runReplayHistory({ workflowBundle: { codePath } }, history)
  })

  it('is recorded for every chapter that a lead can have', () => {
    expect(scenarios.length).toBeGreaterThanOrEqual(16)
  })
})
