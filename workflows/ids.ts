import type { LeadId } from '../domain/ids.js'

export const taskQueue = 'leads'

/** The name of the lead's workflow type; the function is in workflows/lead.ts. */
export const leadWorkflow = 'lead'

export function workflowIdOf(lead: LeadId): string {
  return `lead-${lead}`
}

/** The name of a leave's workflow type; the function is in workflows/leave.ts. */
export const leaveWorkflow = 'leave'

export function workflowIdOfLeave(leave: string): string {
  return `leave-${leave}`
}
