import { describe, expect, it } from 'vitest'
import { factsOf } from '../../domain/facts.js'
import { instant } from '../../domain/ids.js'
import { normalise } from '../../domain/identity/normalise.js'
import { leadBody } from '../../domain/lead.js'
import { exampleOwner, previewLetters } from '../../domain/letter-preview.js'
import type { Person } from '../../domain/people.js'
import type { Policy } from '../../domain/policy.js'
import { policyOf } from './a-policy-document.js'

const ana: Person = {
  ...exampleOwner('Europe/London'),
  name: 'Ana Lopez',
  email: 'ana@acme.example',
  meetingLink: 'https://meet.acme.example/ana',
}

const templates = `templates:
  thanks: { subject: 'Hello {{firstName}}', text: 'We write within {{contactWithin}}. {{ownerName}} is your contact. Book here: {{meetingLink}}. Write to {{replyTo}}.' }
  plain: { subject: Thanks, text: Thank you. }
  book: { subject: 'Meet {{ownerName}}', text: 'Hello {{firstName}}, choose a time: {{meetingLink}}.' }`

function policyWithCampaign(general: string, ...more: string[]): Policy {
  return policyOf(templates, `campaigns: { general: { ${general} }, fairs: {} }`, ...more)
}

function previewOf(policy: Policy, body: Record<string, unknown> = {}, owner: Person = ana) {
  const lead = normalise(
    leadBody.parse({ source: 'form', email: 'jo@bigcorp.example', firstName: 'Jo', country: 'GB', ...body }),
  )
  const preview = previewLetters(policy, {
    lead,
    facts: factsOf(policy, lead, null),
    owner,
    from: 'sales@acme.example',
    atMs: instant(Date.parse('2026-11-23T10:00:00Z')),
  })
  return preview.letters
}

const sentOf = (policy: Policy, body?: Record<string, unknown>, owner?: Person) =>
  previewOf(policy, body, owner).map(each =>
    each.sent ? `${each.letter}: ${each.subject}` : `${each.letter}: ${each.why}`,
  )

describe('the letters that a campaign would send', () => {
  const both = 'acknowledge: { by: email, template: thanks }, meetingLink: { by: email, template: book }'

  it('are the acknowledgement, before and after the owner is known, the meeting link and the messages to staff', () => {
    const letters = previewOf(policyWithCampaign(`${both}, notify: full`))
    expect(letters.map(({ letter }) => letter)).toEqual([
      'acknowledgement',
      'acknowledgement',
      'meeting-link',
      'owner',
      'team',
    ])
    const bodies = letters.flatMap(each => (each.sent ? [each.body] : []))
    expect(bodies.slice(0, 3)).toEqual([
      'We write within 4 working hours. Write to sales@acme.example.',
      'We write within 4 working hours. Ana Lopez is your contact. Book here: https://meet.acme.example/ana. Write to ana@acme.example.',
      'Hello Jo, choose a time: https://meet.acme.example/ana.',
    ])
    expect(letters[0]).toMatchObject({ to: 'jo@bigcorp.example', subject: 'Hello Jo', ownerKnown: false })
    expect(letters[1]).toMatchObject({ ownerKnown: true })
    expect(letters[3]).toMatchObject({ to: 'ana@acme.example', subject: 'New lead for Ana Lopez: Jo' })
    expect(bodies[3]).toContain('Email: jo@bigcorp.example')
    expect(bodies[3]).toContain('Due: Monday, 23 November 2026 at 14:00 (Europe/London)')
    expect(letters[4]).toMatchObject({ to: null })
    expect(bodies[4]).not.toContain('Email:')
  })

  it('are one acknowledgement where it reads the same in both cases', () => {
    expect(sentOf(policyWithCampaign('acknowledge: { by: email, template: plain }, team: off'))).toEqual([
      'acknowledgement: Thanks',
      'meeting-link: no-letter',
      'owner: New lead for Ana Lopez: Jo',
      'team: no-letter',
    ])
  })

  it('promise no link to whom the campaign gives none', () => {
    const [, later] = previewOf(policyWithCampaign('acknowledge: { by: email, template: thanks }'))
    expect(later).toMatchObject({
      body: 'We write within 4 working hours. Ana Lopez is your contact. Write to ana@acme.example.',
    })
  })

  const cases: [
    says: string,
    policy: Policy,
    body: Record<string, unknown>,
    owner: Person,
    said: string[],
  ][] = [
    [
      'not for a lead of which their condition is not true',
      policyWithCampaign(
        'acknowledge: { by: email, template: plain, when: { language: de } }, meetingLink: { by: email, template: book, when: { segment: large } }',
      ),
      { employees: 10 },
      ana,
      ['acknowledgement: not-for-this-lead', 'meeting-link: not-for-this-lead'],
    ],
    [
      'for a lead of which it is, whatever it asks for',
      policyWithCampaign(
        'acknowledge: { by: email, template: plain, when: { language: de } }, meetingLink: { by: email, template: book, when: { segment: large, territory: uk, score: ">= 40" } }',
        'score: [{ name: large, add: 40, when: { employees: ">= 1000" } }]',
      ),
      { employees: 5000, language: 'de' },
      ana,
      ['acknowledgement: Thanks', 'meeting-link: Meet Ana Lopez'],
    ],
    [
      'not to somebody without an address',
      policyWithCampaign(both),
      { email: undefined, phone: '+44 20 7946 0000' },
      ana,
      ['acknowledgement: no-address', 'meeting-link: no-address'],
    ],
    [
      'not to somebody who did not agree',
      policyWithCampaign(both),
      { consent: false },
      ana,
      ['acknowledgement: no-consent', 'meeting-link: no-consent'],
    ],
    [
      'without a link from an owner who has none',
      policyWithCampaign('meetingLink: { by: email, template: book }'),
      {},
      { ...ana, meetingLink: null },
      ['acknowledgement: no-letter', 'meeting-link: no-meeting-link'],
    ],
  ]
  it.each(cases)('are sent %s', (_says, policy, body, owner, said) => {
    expect(sentOf(policy, body, owner).slice(0, 2)).toEqual(said)
  })

  it.each([
    ['qualify: { disqualified: { country: GB } }', 'disqualified'],
    ['sources: { form: { campaign: general, rollout: off }, list: { campaign: fairs } }', 'source-off'],
    [
      'sources: { form: { campaign: general, rollout: shadow }, list: { campaign: fairs } }',
      'source-in-shadow',
    ],
  ])('are none at all where a policy says %s', (section, why) => {
    expect(sentOf(policyWithCampaign(both, section))).toEqual(
      ['acknowledgement', 'meeting-link', 'owner', 'team'].map(letter => `${letter}: ${why}`),
    )
  })

  it('tell the owner in the usual way where the lead has a campaign of its own', () => {
    expect(sentOf(policyWithCampaign(both), { campaign: 'spring' })).toEqual([
      'acknowledgement: no-letter',
      'meeting-link: no-letter',
      'owner: New lead for Ana Lopez: Jo',
      'team: New lead for Ana Lopez: Jo',
    ])
  })

  it('come from nobody real where no owner is named', () => {
    const { name, email, meetingLink } = exampleOwner('Europe/London')
    expect([name, email, meetingLink].every(text => /example/i.test(text ?? ''))).toBe(true)
  })
})
