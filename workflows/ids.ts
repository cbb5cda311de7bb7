import { leadId, type LeadId } from '../domain/ids.js'

export const taskQueue = 'leads'

/** The name of the lead's workflow type; the function is in workflows/lead.ts. */
export const leadWorkflow = 'lead'

export function workflowIdOf(lead: LeadId): string {
  return `lead-${lead}`
}

/** The inverse of workflowIdOf; null for a workflow that is not a lead's. */
export function leadIdOf(workflowId: string): LeadId | null {
  const parsed = leadId.safeParse(workflowId.replace(/^lead-/, ''))
  return workflowId.startsWith('lead-') && parsed.success ? parsed.data : null
}
