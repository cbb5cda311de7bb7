import { asField, type Refusal } from '../api/policy-refusals.js'
import { assertNever } from '../domain/ids.js'
import { formatPolicyErrors } from '../domain/policy-document.js'
import { CannotStart } from '../worker/cannot-start.js'

/** What was to be changed: a draft, a version, or the document in a file. */
export type About = { draft?: string; version?: number; file?: string; json?: true }

/**
 * Ends the command with why nothing was changed and what can be done about it; with --json, also as one object on
 * standard output: `{ok: false, why, errors}`.
 * @throws CannotStart
 */
export function refuse(refusal: Refusal, about: About): never {
  const { ok, why, errors } = refusal
  if (about.json) process.stdout.write(`${JSON.stringify({ ok, why, errors: errors.map(asField) })}\n`)
  throw new CannotStart(sayRefusal(refusal, about))
}

function sayRefusal(refusal: Refusal, { draft = '', version, file }: About): string {
  const document = file ?? (version === undefined ? `draft ${draft}` : `version ${version}`)
  switch (refusal.why) {
    case 'document':
      return formatPolicyErrors(refusal.errors, document)
    case 'lint':
      return `${formatPolicyErrors(refusal.errors, document)}\nWith --force it is published all the same; that, the reason and these errors stay on record.`
    case 'sign-off': {
      const how = file === undefined ? '' : `; for that, draft it first: leadline policy draft ${file}`
      return `${formatPolicyErrors(refusal.errors, document)}\nThey say so with: leadline policy sign-off DRAFT --role ROLE --by ID${how}`
    }
    case 'no-such-draft':
      return `there is no draft ${draft}; leadline policy drafts lists them`
    case 'no-such-version':
      return `there is no version ${version}; leadline policy versions lists them`
    case 'published':
      return `draft ${draft} is published already; what comes next is another draft`
    case 'changed':
      return `somebody has put another document into draft ${draft}; have another look`
    case 'signed-already':
      return `${refusal.by} has signed off for this role already`
    case 'not-in-role':
      return `only somebody with this role may sign off for it: ${refusal.mayGive.join(', ') || 'nobody has it'}`
    case 'not-asked':
      return `nobody of this role needs to sign off; who does: ${refusal.asked.join(', ') || 'no role'}`
    case 'key-reused':
      return 'this key belongs to another request'
    default:
      return assertNever(refusal)
  }
}
