/** A submission of a hotter campaign joins a lead: the lead belongs to that campaign from then on. */
import { holds } from './condition.js'
import type { RoutingFacts } from './lead.js'
import type { SubmissionAccepted } from './life/state.js'
import type { Policy } from './policy.js'
import { sendsMeetingLink } from './routed.js'
import { profileOf } from './score.js'

/** The campaign of the submission where the policy calls it hotter than the lead's own; else null. */
export function hotterCampaign(
  policy: Policy,
  lead: Pick<RoutingFacts, 'campaign'>,
  submission: Pick<RoutingFacts, 'campaign'>,
): string | null {
  const offered = intentOf(policy, submission.campaign)
  // A campaign that the policy does not have says nothing, and one that says nothing of it is as hot as 0.
  return offered > intentOf(policy, lead.campaign) ? submission.campaign : null
}

/**
 * Which letters of its campaign the lead still owes.
 * @param isInDoubt a person is asked whether the lead is a duplicate: only after that it may be acknowledged (R24)
 */
export function lettersOwed(
  policy: Policy,
  facts: RoutingFacts,
  sent: { acknowledgement: boolean; meetingLink: boolean; isInDoubt: boolean },
): SubmissionAccepted {
  const letter = policy.campaigns[facts.campaign ?? '']?.acknowledge ?? null
  const isForThisLead =
    letter !== null && (letter.when === null || holds(letter.when, profileOf(policy, facts).known))
  return {
    acknowledge: isForThisLead && !sent.acknowledgement && !sent.isInDoubt,
    meetingLink: sendsMeetingLink(policy, facts) && !sent.meetingLink,
  }
}

function intentOf({ campaigns }: Policy, campaign: string | null): number {
  return campaign !== null && Object.hasOwn(campaigns, campaign) ? (campaigns[campaign]?.intent ?? 0) : 0
}
