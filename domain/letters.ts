/** What our messages say. They hold personal data: they are written to Postgres and to the channels, nowhere else. */
import { assertNever, type EpochMs } from './ids.js'
import type { NormalisedLead } from './lead.js'
import type { About } from './life/state.js'
import type { Person } from './people.js'
import type { Template } from './policy.js'

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

/** The prospect's acknowledgement; unknown values leave no hole: `{{firstName}}` falls back to `there`. */
export function fillTemplate(
  template: Template,
  lead: NormalisedLead,
  replyTo: string,
): { subject: string; body: string } {
  const values: Record<string, string> = {
    firstName: lead.firstName ?? 'there',
    company: lead.company ?? 'your company',
    product: lead.product ?? 'your request',
    contactWithin: 'one working day',
    replyTo,
  }
  const fill = (text: string) => text.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, name: string) => values[name] ?? '')
  return { subject: fill(template.subject).replace(/[\r\n]+/g, ' '), body: fill(template.text) }
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
