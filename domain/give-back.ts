/** Whether the turn that a lead was is given back to whoever took it: the policy names the reasons (docs/fairness.md). */
import type { Outcome } from './lead.js'
import type { Policy } from './policy.js'
import type { GivenBackReason } from './standing.js'

/** Of a lead whose life ended with this owner. `reason` is the code under which it was closed. */
export function giveBackOfClosed(
  { giveBack }: Pick<Policy, 'giveBack'>,
  { outcome, reason }: { outcome: Outcome; reason: string | null },
): GivenBackReason | null {
  // A merged lead is a duplicate by what happened to it; every other reason is what somebody said.
  const code = outcome === 'merged' ? 'duplicate' : reason
  const mayBe = outcome === 'merged' || outcome === 'disqualified' || outcome === 'rejected'
  if (!mayBe || code === null || !giveBack.disqualified.includes(code)) return null
  return code === 'duplicate' ? 'duplicate' : 'disqualified'
}

/** Of a lead that its owner asked to give away, and was allowed to. */
export function giveBackOfReassigned(
  { giveBack }: Pick<Policy, 'giveBack'>,
  reason: string,
): GivenBackReason | null {
  return giveBack.reassigned.includes(reason) ? 'declined' : null
}
