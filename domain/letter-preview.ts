/** Every letter that the campaign of a lead would send, as it would read: shown before a policy is in force. */
import { always } from './calendar.js'
import { clocksOf } from './clocks.js'
import { holds } from './condition.js'
import { brief } from './enrich.js'
import { normalise } from './identity/normalise.js'
import { type EpochMs, repId } from './ids.js'
import { leadBody, type NormalisedLead, type RoutingFacts } from './lead.js'
import { compose, fillTemplate, type ProspectFacts } from './letters.js'
import { matchRules } from './matching.js'
import type { Person } from './people.js'
import type { Campaign, Policy, ProspectLetter } from './policy.js'
import { contactWithin, expectedSla } from './promise.js'
import { type Profile, profileOf } from './score.js'

export type Preview = {
  /** As `RoutingFacts` have it; null: neither the lead nor its source says one. */
  campaign: string | null
  letters: readonly PreviewedLetter[]
}

export type PreviewedLetter = { letter: 'acknowledgement' | 'meeting-link' | 'owner' | 'team' } & (
  | {
      sent: true
      /** Null: the others of the pool, or of the team, in the app. */
      to: string | null
      subject: string
      body: string
      /** Of an acknowledgement, which waits for nobody: whether somebody owns the lead by the time that it is written. */
      ownerKnown: boolean
    }
  | { sent: false; why: WhyNot }
)

type WhyNot =
  /** The campaign is in no policy, or sends no such letter. */
  | 'no-letter'
  /** The letter's `when` is not true of the lead. */
  | 'not-for-this-lead'
  | 'no-address'
  | 'no-consent'
  /** The owner has no link in the people document. */
  | 'no-meeting-link'
  | 'disqualified'
  | 'source-off'
  | 'source-in-shadow'

type Recipient = {
  /** After enrichment. */
  lead: NormalisedLead
  facts: RoutingFacts
  owner: Person
  /** What mail is sent from while nobody owns the lead. */
  from: string
  /** When the owner gets the lead: the message to them says until when they must act. */
  atMs: EpochMs
}

/** Where the address that mail is sent from is a setting of somebody else's. */
export const exampleSender = 'sales@example.invalid'

/** Of a source that sends its leads to this campaign, if there is one that is on. */
export function exampleLead({ sources }: Policy, campaign: string): NormalisedLead {
  const all = Object.entries(sources)
  const own = all.filter(([, source]) => source.campaign === campaign)
  const [source = 'example'] = [...own, ...all].find(([, { rollout }]) => rollout === 'on') ?? []
  return normalise(
    leadBody.parse({
      source,
      campaign,
      firstName: 'Example',
      lastName: 'Prospect',
      email: 'prospect@example.com',
      company: 'Example Company',
    }),
  )
}

/** Nobody can take this person for one of ours. */
export function exampleOwner(zone: string): Person {
  return {
    id: repId.parse('example-owner'),
    name: 'Example Owner',
    email: 'example-owner@example.invalid',
    role: 'example',
    team: 'example',
    manager: null,
    calendar: { ...always, zone },
    languages: [],
    skills: [],
    meetingLink: 'https://meet.example.invalid/example-owner',
    channel: 'email',
  }
}

export function previewLetters(policy: Policy, recipient: Recipient): Preview {
  const { facts } = recipient
  const profile = profileOf(policy, facts)
  const campaign = Object.hasOwn(policy.campaigns, facts.campaign ?? '')
    ? (policy.campaigns[facts.campaign ?? ''] ?? null)
    : null
  const why = whyNothing(policy, facts, profile)
  return {
    campaign: facts.campaign,
    letters:
      why === null
        ? [
            ...acknowledgements(policy, campaign, profile, recipient),
            meetingLinkLetter(campaign, profile, recipient),
            ...staffMessages(policy, campaign, profile, recipient),
          ]
        : (['acknowledgement', 'meeting-link', 'owner', 'team'] as const).map(letter => ({
            letter,
            sent: false,
            why,
          })),
  }
}

function whyNothing(policy: Policy, { source }: RoutingFacts, { qualification }: Profile): WhyNot | null {
  const rollout = Object.hasOwn(policy.sources, source) ? policy.sources[source]?.rollout : 'on'
  if (rollout === 'off') return 'source-off'
  if (rollout === 'shadow') return 'source-in-shadow'
  return qualification === 'disqualified' ? 'disqualified' : null
}

/** As it reads while nobody owns the lead, and, where it reads otherwise then, once somebody does. */
function acknowledgements(
  policy: Policy,
  campaign: Campaign | null,
  profile: Profile,
  { lead, facts, owner, from }: Recipient,
): PreviewedLetter[] {
  const letter = campaign?.acknowledge ?? null
  const why = whyNotTo(lead, letter, profile)
  if (letter === null || why !== null)
    return [{ letter: 'acknowledgement', sent: false, why: why ?? 'no-letter' }]
  const sla = expectedSla(policy, facts)
  const promised = sla === null ? null : contactWithin(sla)
  const isOffered = whyNotTo(lead, campaign?.meetingLink ?? null, profile) === null
  const early = writtenTo(lead, letter, {
    replyTo: from,
    contactWithin: promised,
    ownerName: null,
    meetingLink: null,
  })
  const late = writtenTo(lead, letter, {
    replyTo: owner.email,
    contactWithin: promised,
    ownerName: owner.name,
    meetingLink: isOffered ? owner.meetingLink : null,
  })
  const isSame = early.subject === late.subject && early.body === late.body
  return [
    { letter: 'acknowledgement', sent: true, ownerKnown: false, ...early },
    ...(isSame
      ? []
      : [{ letter: 'acknowledgement' as const, sent: true as const, ownerKnown: true, ...late }]),
  ]
}

function meetingLinkLetter(
  campaign: Campaign | null,
  profile: Profile,
  { lead, owner }: Recipient,
): PreviewedLetter {
  const letter = campaign?.meetingLink ?? null
  const why =
    whyNotTo(lead, letter, profile) ?? (owner.meetingLink === null ? ('no-meeting-link' as const) : null)
  if (letter === null || why !== null) return { letter: 'meeting-link', sent: false, why: why ?? 'no-letter' }
  const written = writtenTo(lead, letter, {
    replyTo: owner.email,
    contactWithin: null,
    ownerName: owner.name,
    meetingLink: owner.meetingLink,
  })
  return { letter: 'meeting-link', sent: true, ownerKnown: true, ...written }
}

function whyNotTo(
  { email, emailKey, consent }: NormalisedLead,
  letter: ProspectLetter | null,
  { known }: Profile,
): WhyNot | null {
  if (letter === null) return 'no-letter'
  if (letter.when !== null && !holds(letter.when, known)) return 'not-for-this-lead'
  if (email === null || emailKey === null) return 'no-address'
  return consent === false ? 'no-consent' : null
}

function writtenTo(
  lead: NormalisedLead,
  { template }: ProspectLetter,
  known: ProspectFacts,
): { to: string; subject: string; body: string } {
  return { to: lead.email ?? '', ...fillTemplate(template, lead, known) }
}

/** To the owner, and to the others of the pool as one in the same zone reads it. */
function staffMessages(
  policy: Policy,
  campaign: Campaign | null,
  { known }: Profile,
  { lead, owner, atMs }: Recipient,
): PreviewedLetter[] {
  const match = matchRules(policy, known)
  const slaName = match.sla
  const clocks = Object.hasOwn(policy.slas, slaName)
    ? clocksOf(policy, { sla: slaName, ownerCalendar: owner.calendar }, atMs)
    : []
  const about = {
    lead,
    leadId: 'example',
    brief: brief(lead),
    owner,
    rule: match.kind === 'matched' ? match.rule : null,
    dueAtMs: clocks.map(({ dueAtMs }) => dueAtMs).toSorted((one, other) => one - other)[0] ?? null,
    note: null,
  }
  const told = (letter: 'owner' | 'team', to: string | null, format: 'short' | 'full'): PreviewedLetter => ({
    letter,
    sent: true,
    ownerKnown: true,
    to,
    ...compose('assigned', { ...about, format }, owner),
  })
  const team = campaign?.team ?? 'short'
  return [
    told('owner', owner.email, campaign?.notify ?? 'short'),
    team === 'off' ? { letter: 'team', sent: false, why: 'no-letter' } : told('team', null, team),
  ]
}
