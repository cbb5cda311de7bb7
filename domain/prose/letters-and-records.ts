/** What is said to whom, who signs this policy, and how long its leads are kept. */
import type { Campaign, Policy, ProspectLetter, templateVariables } from '../policy.js'
import { leadsOf } from './lead-phrase.js'
import { item, type Paragraph, type Section, said } from './section.js'
import { capital, list, named, realSpan } from './words.js'

export function campaignsSection({ campaigns }: Policy): Section {
  return {
    id: 'campaigns',
    title: 'What is said, and to whom',
    paragraphs: [
      said(
        'Whoever gets a lead is told when it is safely saved, not before. In a letter, what stands in brackets is filled in.',
      ),
      ...Object.entries(campaigns).flatMap(([id, campaign]) => campaignText(id, campaign)),
    ],
  }
}

function campaignText(id: string, campaign: Campaign): Paragraph[] {
  const { acknowledge, meetingLink } = campaign
  const [first, ...more] = [
    ...(acknowledge === null
      ? []
      : [{ letter: acknowledge, says: letterText(acknowledge, 'at once, day or night') }]),
    ...(meetingLink === null
      ? []
      : [{ letter: meetingLink, says: letterText(meetingLink, bookingMoment(acknowledge)) }]),
  ]
  const outside = first?.says ?? 'The prospect is sent nothing by us.'
  return [
    item(`${capital(named(id))}: ${[...insideText(campaign), outside].join(' ')}`, `campaigns/${id}`),
    ...(first === undefined ? [] : [letterOf(first.letter)]),
    ...more.flatMap(({ letter, says }) => [item(says), letterOf(letter)]),
  ]
}

/** What we tell each other, and how much the campaign says that somebody wants to buy. */
function insideText({ notify, team, intent }: Campaign): string[] {
  return [
    notify === 'short'
      ? 'The owner gets a short message.'
      : 'The owner gets a message with all that is known.',
    teamWords[team],
    ...(intent === 0
      ? []
      : [`Its intent is ${intent} of 100; whoever writes again with more belongs to the hotter campaign.`]),
  ]
}

const teamWords = {
  short: 'The others of the pool are told in short.',
  full: 'The others of the pool are told all that is known.',
  off: 'The others of the pool are not told.',
} as const

/** Who has the link in the first letter already needs no second one. */
function bookingMoment(acknowledge: ProspectLetter | null): string {
  const isInFirst = acknowledge?.template.text.includes('{{meetingLink}}') === true
  return `to book time with the owner, as soon as there is one${isInFirst ? ', unless the first letter had the link already' : ''}`
}

function letterText({ by, template, when }: ProspectLetter, moment: string): string {
  const subject = `with the subject “${readable(template.subject)}”:`
  return when === null
    ? `The prospect gets this ${by} ${moment}, ${subject}`
    : `${capital(leadsOf(when))} get this ${by} ${moment}, ${subject}`
}

function letterOf({ template }: ProspectLetter): Paragraph {
  return { kind: 'letter', about: [], text: readable(template.text.trim()) }
}

export function recordsSection({ publish, keep }: Policy): Section {
  const { signOff } = publish
  const { leadsMs, submissionsMs } = keep
  return {
    id: 'records',
    title: 'This policy and its records',
    paragraphs: [
      said(
        signOff.length === 0
          ? 'A new version of this policy needs nobody’s signature.'
          : `A new version of this policy is not published before someone with each of these roles has agreed: ${list(signOff.map(named))}.`,
        'publish',
      ),
      said(
        `Closed leads are kept ${leadsMs === null ? 'for ever' : `for ${realSpan(leadsMs)}`}, and what was sent to us, word for word, ${submissionsMs === null ? 'for ever' : `for ${realSpan(submissionsMs)}`}.`,
        'keep',
      ),
    ],
  }
}

const variableWords: Record<(typeof templateVariables)[number], string> = {
  firstName: 'first name',
  company: 'company',
  product: 'product',
  contactWithin: 'the time to first contact',
  replyTo: 'the address that an answer goes to',
  ownerName: 'the name of the owner',
  meetingLink: 'the link to book time with the owner',
}

function readable(template: string): string {
  return Object.entries(variableWords).reduce(
    (text, [variable, words]) => text.replaceAll(`{{${variable}}}`, `[${words}]`),
    template,
  )
}
