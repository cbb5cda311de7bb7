import { z } from 'zod'
import { severities } from '../domain/lint/finding.js'

/** A finding of lint as it was then: checks come and go, and what was found stays readable. */
export const storedFinding = z.object({
  severity: z.enum(severities),
  check: z.string(),
  path: z.array(z.union([z.string(), z.number()])),
  message: z.string(),
  counterExample: z.unknown(),
  suggestion: z.string(),
})
export type StoredFinding = z.infer<typeof storedFinding>
