import { describe, expect, it } from 'vitest'
import { normalise } from '../../domain/identity/normalise.js'
import { leadBody } from '../../domain/lead.js'
import { fillTemplate, type ProspectFacts } from '../../domain/letters.js'

const known: ProspectFacts = {
  replyTo: 'ana@acme.example',
  contactWithin: '2 working hours',
  ownerName: null,
  meetingLink: null,
}
const nothingPromised: ProspectFacts = { ...known, contactWithin: null }

function lead(more: Record<string, unknown> = {}) {
  return normalise(leadBody.parse({ source: 'form', email: 'tess@company.example', ...more }))
}

function bodyOf(text: string, more: Record<string, unknown> = {}, facts = known): string {
  return fillTemplate({ subject: 'Thank you', text }, lead(more), facts).body
}

describe('the letter to a prospect', () => {
  it('says the address that an answer reaches, and when somebody will be in touch', () => {
    expect(bodyOf('Within {{contactWithin}}, or write to {{ replyTo }}.')).toBe(
      'Within 2 working hours, or write to ana@acme.example.',
    )
  })

  it('has a plain word for what nobody wrote', () => {
    expect(bodyOf('Hello {{firstName}} of {{company}}: {{product}}')).toBe(
      'Hello there of your company: your request',
    )
  })

  const withoutPromise: [what: string, text: string, left: string][] = [
    ['in the middle of a paragraph', 'Thanks. We call within {{contactWithin}}. Bye.', 'Thanks. Bye.'],
    ['at the end of a paragraph', 'Thanks.\nWe call\nwithin {{contactWithin}}!\n\nBye', 'Thanks.\n\nBye'],
    ['at the start of a paragraph', 'Hello,\n\nExpect us in {{contactWithin}}. Bye.', 'Hello,\n\nBye.'],
    ['alone in its paragraph', 'Hello,\n\nExpect us in {{contactWithin}}.\n \nBye.\n', 'Hello,\n\nBye.\n'],
    ['without a full stop', 'Hello,\n\nin {{contactWithin}}: your call', 'Hello,'],
    [
      'beside dots inside of words',
      'See acme.example/v1.2. In {{contactWithin}}. Bye',
      'See acme.example/v1.2. Bye',
    ],
  ]
  it.each(withoutPromise)('leaves out a promise that is not known, %s', (_what, text, left) => {
    expect(bodyOf(text, {}, nothingPromised)).toBe(left)
  })

  it('says who the owner is and where to book a time with them, and neither before there is one', () => {
    const text = 'Thanks. {{ownerName}} looks after you. Book here: {{meetingLink}}. Bye.'
    const owned = { ...known, ownerName: 'Ana Lopez', meetingLink: 'https://meet.acme.example/ana' }
    expect(bodyOf(text, {}, owned)).toBe(
      'Thanks. Ana Lopez looks after you. Book here: https://meet.acme.example/ana. Bye.',
    )
    expect(bodyOf(text)).toBe('Thanks. Bye.')
    expect(bodyOf(text, {}, { ...owned, meetingLink: null })).toBe('Thanks. Ana Lopez looks after you. Bye.')
    expect(fillTemplate({ subject: 'Meet {{ownerName}}', text }, lead(), known).subject).toBe('Your request')
  })

  it('keeps every line as it was written where all is known', () => {
    const text = 'Hello,\n\n\n  indented.  Two blanks.\n\nBye\n'
    expect(bodyOf(text)).toBe(text)
  })

  it('has a subject even where all that it said was the promise', () => {
    const template = { subject: 'We call within {{contactWithin}}', text: 'x' }
    expect(fillTemplate(template, lead(), nothingPromised).subject).toBe('Your request')
  })

  it('reads nothing into what a prospect typed: no variable, no line of their own', () => {
    const typed = { firstName: 'Al {{replyTo}}', company: 'Acme\r\nBcc: all@acme.example', product: '$& {{' }
    const template = { subject: '{{company}} {{firstName}}', text: '{{firstName}}; {{company}}; {{product}}' }
    const { subject, body } = fillTemplate(template, lead(typed), known)
    expect(subject).toBe('Acme Bcc: all@acme.example Al {{replyTo}}')
    expect(body).toBe('Al {{replyTo}}; Acme Bcc: all@acme.example; $& {{')
  })

  it('says nothing for a name that is no variable, be it one that every object has', () => {
    expect(bodyOf('[{{constructor}}{{toString}}{{email}}]')).toBe('[]')
  })
})
