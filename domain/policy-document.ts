/**
 * Reads the policy that sales operations write. docs/policy.md is its language; what a reader needs to know of a slip is
 * said with line and column, all slips at once.
 */

import type { HolidayYears } from './policy/calendars.js'
import { compilePolicy } from './policy/compile.js'
import { type DocumentSource, type PolicyError, readDocument } from './policy/problems.js'
import { referencesOf } from './policy/references.js'
import { policySections, policyShape } from './policy/shape.js'
import type { Policy } from './policy.js'

export { checkAgainstPeople } from './policy/people-check.js'
export { formatPolicyErrors, type PolicyError } from './policy/problems.js'

export type ParsedPolicy =
  | { ok: true; policy: Policy; source: DocumentSource }
  | { ok: false; errors: PolicyError[] }

/**
 * Makes a policy of its YAML. `fileName` is what errors call the document. `holidayYears`: the first and the last year
 * for which holidays become dates. Whether the people whom it names exist is a second question: `checkAgainstPeople`,
 * to which `source` gives the places for its errors.
 */
export function parsePolicy(
  yamlText: string,
  fileName: string,
  options: { holidayYears: HolidayYears },
): ParsedPolicy {
  const shapes = { whole: policyShape, sections: policySections }
  const read = readDocument(yamlText, fileName, shapes, (sections, document, report) =>
    compilePolicy(sections, { references: referencesOf(document), report }, options),
  )
  return read.ok ? { ok: true, policy: read.made, source: read.source } : read
}
