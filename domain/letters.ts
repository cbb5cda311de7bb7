/** What our messages say. They hold personal data: they are written to Postgres and to the channels, nowhere else. */
import { assertNever, type EpochMs } from './ids.js'
import type { NormalisedLead } from './lead.js'
import type { About } from './life/state.js'
import type { Person } from './people.js'
import type { Template, templateVariables } from './policy.js'

export type LetterFacts = {
  lead: NormalisedLead
  leadId: string
  brief: string | null
  owner: Person | null
  rule: string | null
  dueAtMs: EpochMs | null
  /** What a person wrote with the request that this is about. */
  note: string | null
  format: 'short' | 'full'
}

/** Subject and text for one reader, with instants in the reader's zone. */
export function compose(about: About, facts: LetterFacts, reader: Person): { subject: string; body: string } {
  return { subject: `${headline(about, facts)}: ${who(facts.lead)}`, body: bodyOf(about, facts, reader) }
}

/** What a letter to a prospect says beside the lead's own words; `contactWithin` is null where nobody can promise it. */
export type ProspectFacts = {
  replyTo: string
  contactWithin: string | null
  /** Null until somebody owns the lead. */
  ownerName: string | null
  meetingLink: string | null
}

/**
 * The prospect's acknowledgement. What nobody wrote has a plain word in its place (`{{firstName}}` is then `there`);
 * where a promise is not known, the sentence that makes it is left out.
 */
export function fillTemplate(
  template: Template,
  lead: NormalisedLead,
  { replyTo, contactWithin, ownerName, meetingLink }: ProspectFacts,
): { subject: string; body: string } {
  const values: Values = {
    firstName: lead.firstName ?? 'there',
    company: lead.company ?? 'your company',
    product: lead.product ?? 'your request',
    contactWithin,
    replyTo,
    ownerName,
    meetingLink,
  }
  return {
    subject:
      fill(template.subject, values)
        .trim()
        .replace(/[\r\n]+/g, ' ') || 'Your request',
    body: fill(template.text, values),
  }
}

type Values = Record<(typeof templateVariables)[number], string | null>

/** In one pass, so that braces which a prospect typed stay what they are; a value stays within its line. */
function fill(text: string, values: Values): string {
  const known = new Map(Object.entries(values).filter(([, value]) => value !== null))
  const unknown = new Set(Object.keys(values).filter(name => !known.has(name)))
  return withoutSentencesOf(text, unknown).replace(variable, (_, name: string) =>
    (known.get(name) ?? '').replace(/\s+/g, ' '),
  )
}

const variable = /\{\{\s*(\w+)\s*\}\}/g

/** A sentence ends with a full stop, a question or an exclamation mark, or with its paragraph. */
function withoutSentencesOf(text: string, unknown: ReadonlySet<string>): string {
  const isUnknown = (part: string) => [...part.matchAll(variable)].some(([, name = '']) => unknown.has(name))
  if (!isUnknown(text)) return text
  const paragraphs = text.split(/\n[^\S\n]*\n/).map(paragraph => {
    if (!isUnknown(paragraph)) return paragraph
    const sentences = paragraph.match(/[^]+?(?:[.!?]+(?=\s|$)|$)\s*/g) ?? []
    return sentences
      .filter(sentence => !isUnknown(sentence))
      .join('')
      .trimEnd()
  })
  return paragraphs.filter(paragraph => paragraph !== '').join('\n\n')
}

function headline(about: About, { owner }: LetterFacts): string {
  switch (about) {
    case 'assigned':
      return owner === null ? 'New lead' : `New lead for ${owner.name}`
    case 'queued':
      return 'A lead waits for the first to accept it'
    case 'moved-on':
      return 'This lead has moved on'
    case 'reminder':
      return 'Please act on your lead'
    case 'escalation':
      return 'Overdue lead in your team'
    case 'submission-joined':
      return 'Your lead wrote again'
    case 'review':
      return 'Your decision is needed'
    case 'review-escalated':
      return 'Undecided, now with you'
    case 'reassignment-asked':
      return 'Reassignment asked'
    case 'reassignment-decided':
      return 'Your reassignment request is decided'
    case 'handoff-offered':
      return 'A lead is handed to you'
    case 'handoff-answered':
      return 'Your handoff is answered'
    case 'unassigned':
      return 'A lead has waited too long for an owner'
    case 'claim-decided':
      return 'Your claim on a lead is decided'
    case 'superseded':
      return 'What you were asked, or had asked for, is settled otherwise'
    case 'submission-split':
      return 'A submission of your lead was somebody else’s'
    default:
      return assertNever(about)
  }
}

function bodyOf(about: About, facts: LetterFacts, reader: Person): string {
  const { lead, brief, rule, dueAtMs, note, owner } = facts
  const lines = [`${headline(about, facts)}.`, '', `Lead ${facts.leadId} from ${lead.source}: ${who(lead)}`]
  if (facts.format === 'full') {
    if (lead.email) lines.push(`Email: ${lead.email}`)
    if (lead.phoneE164) lines.push(`Phone: ${lead.phoneE164}`)
    if (lead.product) lines.push(`Product: ${lead.product}`)
  }
  if (brief) lines.push(brief)
  if (owner) lines.push(`Owner: ${owner.name}${rule === null ? '' : `, by the rule ${rule}`}`)
  if (dueAtMs !== null) lines.push(`Due: ${localTime(dueAtMs, reader.calendar.zone)}`)
  if (note) lines.push('', note)
  return lines.join('\n')
}

function who(lead: NormalisedLead): string {
  const name = lead.name ?? ([lead.firstName, lead.lastName].filter(part => part !== null).join(' ') || null)
  return [name ?? lead.email ?? 'somebody', lead.company].filter(part => part !== null).join(', ')
}

function localTime(atMs: EpochMs, zone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone: zone, dateStyle: 'full', timeStyle: 'short' })
  return `${format.format(atMs)} (${zone})`
}
