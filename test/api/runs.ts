import type { Client } from '@temporalio/client'
import { expect } from 'vitest'
import type { LeadId } from '../../domain/ids.js'
import { workflowIdOf } from '../../workflows/ids.js'

/** How often the lead's workflow was started; at least once. */
export async function countRuns(client: Client, lead: LeadId): Promise<number> {
  const query = `WorkflowId = '${workflowIdOf(lead)}'`
  const count = async () => (await client.workflow.count(query)).count
  // The server's list lags behind its runs: the first must have come through.
  await expect.poll(count, { timeout: 20_000 }).toBeGreaterThan(0)
  return count()
}
