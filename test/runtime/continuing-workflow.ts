/** A workflow of the lead's name that goes on as new some times and then ends, for the test of copied histories. */
import { continueAsNew } from '@temporalio/workflow'

export async function lead(input: { times: number }): Promise<string> {
  if (input.times > 0) await continueAsNew<typeof lead>({ times: input.times - 1 })
  return 'ended'
}
