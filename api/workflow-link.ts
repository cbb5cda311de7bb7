/** Where an engineer finds a lead's workflow. */
import { z } from '@hono/zod-openapi'
import type { LeadId } from '../domain/ids.js'
import { workflowIdOf } from '../workflows/ids.js'

export const workflowLink = z.object({
  id: z.string(),
  namespace: z.string(),
  url: z.url().nullable().describe('In the Temporal UI; null where nobody has said where that is'),
})
export type WorkflowLink = z.infer<typeof workflowLink>

/** @param ui the address of the Temporal UI, which goes to the latest run of the id by itself */
export function linkToWorkflow(lead: LeadId, namespace: string, ui: string | null): WorkflowLink {
  const id = workflowIdOf(lead)
  const path = `/namespaces/${encodeURIComponent(namespace)}/workflows/${id}`
  return { id, namespace, url: ui === null ? null : `${ui}${path}` }
}
