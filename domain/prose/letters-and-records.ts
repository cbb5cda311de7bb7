/** What is said to whom, who signs this policy, and how long its leads are kept. */
import type { Campaign, Policy, ProspectLetter, templateVariables } from '../policy.js'
import { phraseOf } from './lead-phrase.js'
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
      ...Object.entries(campaigns).flatMap(([id, campaign]): Paragraph[] => [
        item(
          `${capital(named(id))}: ${[...insideText(campaign), ...outsideText(campaign)].join(' ')}`,
          `campaigns/${id}`,
        ),
        ...lettersOf(campaign),
      ]),
    ],
  }
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
      : [
          `Its intent is ${intent} of 100: who writes again with more belongs to the hotter campaign from then on.`,
        ]),
  ]
}

const teamWords = {
  short: 'The others of the pool are told in short.',
  full: 'The others of the pool are told all that is known.',
  off: 'The others of the pool are not told.',
} as const

function outsideText({ acknowledge, meetingLink }: Campaign): string[] {
  if (acknowledge === null && meetingLink === null) return ['The prospect is sent nothing by us.']
  return [
    ...(acknowledge === null ? [] : [letterText(acknowledge, 'at once, day or night')]),
    ...(meetingLink === null
      ? []
      : [letterText(meetingLink, 'as a way to book time with the owner, once there is one')]),
  ]
}

function letterText({ by, template, when }: ProspectLetter, moment: string): string {
  const who = when === null ? '' : ` if it is of the leads ${phraseOf(when)}`
  return `The prospect gets this ${by} ${moment}${who}, with the subject “${readable(template.subject)}”:`
}

function lettersOf({ acknowledge, meetingLink }: Campaign): Paragraph[] {
  return [acknowledge, meetingLink].flatMap(letter =>
    letter === null
      ? []
      : [{ kind: 'letter' as const, about: [], text: readable(letter.template.text.trim()) }],
  )
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
