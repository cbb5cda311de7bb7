/** What is said to whom, who signs this policy, and how long its leads are kept. */
import type { Policy, templateVariables } from '../policy.js'
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
      ...Object.entries(campaigns).flatMap(([id, { notify, acknowledge }]): Paragraph[] => {
        const owner =
          notify === 'short'
            ? 'The owner gets a short message.'
            : 'The owner gets a message with all that is known.'
        if (acknowledge === null) {
          const nothing = 'The prospect is sent nothing by us.'
          return [item(`${capital(named(id))}: ${owner} ${nothing}`, `campaigns/${id}`)]
        }
        const { subject, text } = acknowledge.template
        return [
          item(
            `${capital(named(id))}: ${owner} The prospect gets this ${acknowledge.by} at once, day or night, with the subject “${readable(subject)}”:`,
            `campaigns/${id}`,
          ),
          { kind: 'letter', about: [], text: readable(text.trim()) },
        ]
      }),
    ],
  }
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
}

function readable(template: string): string {
  return Object.entries(variableWords).reduce(
    (text, [variable, words]) => text.replaceAll(`{{${variable}}}`, `[${words}]`),
    template,
  )
}
