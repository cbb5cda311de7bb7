/** Why the policy was not changed, as problems. A policy tells nothing of any prospect, so they may quote it. */
import type { RolledBack } from '../db/policies.js'
import type { publishDraft, reviseDraft, SignedOff, saveDraft } from '../db/policy-drafts.js'
import { assertNever } from '../domain/ids.js'
import { formatPolicyErrors, type PolicyError } from '../domain/policy-document.js'
import { Problem } from './problem.js'

export type Refusal = Extract<
  | RolledBack
  | SignedOff
  | Awaited<ReturnType<typeof publishDraft>>
  | Awaited<ReturnType<typeof saveDraft>>
  | Awaited<ReturnType<typeof reviseDraft>>,
  { ok: false }
>

export function problemOf(refusal: Refusal): Problem {
  switch (refusal.why) {
    case 'document':
      return new Problem(422, 'invalid-request', { errors: refusal.errors.map(asField) })
    case 'lint':
      return new Problem(422, 'lint-errors', { errors: refusal.errors.map(asField) })
    case 'sign-off': {
      const allowed = refusal.missing.map(({ role }) => role)
      return new Problem(409, 'not-signed-off', { errors: refusal.errors.map(asField), allowed })
    }
    case 'no-such-draft':
    case 'no-such-version':
      return new Problem(404, 'not-found')
    case 'published':
      return new Problem(409, 'draft-published')
    case 'changed':
      return new Problem(409, 'draft-changed')
    case 'signed-already':
      return new Problem(409, 'signed-already', { detail: `by ${refusal.by}` })
    case 'not-in-role':
      return new Problem(403, 'not-in-role', { allowed: [...refusal.mayGive] })
    case 'not-asked': {
      const errors = [{ path: 'role', message: 'nobody of this role needs to sign off' }]
      return new Problem(422, 'invalid-request', { errors, allowed: [...refusal.asked] })
    }
    case 'key-reused':
      return new Problem(422, 'key-reused')
    default:
      return assertNever(refusal)
  }
}

export function asField(error: PolicyError): { path: string; message: string } {
  return { path: error.path, message: formatPolicyErrors([error], error.file) }
}
