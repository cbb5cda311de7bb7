/** The least that a workflow can be: one regular activity, which does nothing. */
import { proxyActivities } from '@temporalio/workflow'
import type { FloorActivities } from './floor.js'

const { doNothing } = proxyActivities<FloorActivities>({ startToCloseTimeout: '1m' })

export async function floor(): Promise<void> {
  await doNothing()
}
