import type { LeadId } from '../domain/ids.js'

export const taskQueue = 'leads'

/** The name of the lead's workflow type; the function is in workflows/lead.ts. */
export const leadWorkflow = 'lead'

export function workflowIdOf(lead: LeadId): string {
  return `lead-${lead}`
}
