import { describe, expect, it } from 'vitest'
import { hotterCampaign, lettersOwed } from '../../domain/intent.js'
import type { Campaign, ProspectLetter } from '../../domain/policy.js'
import { aLead, aPolicy, is } from './a-policy.js'

const letter: ProspectLetter = { by: 'email', template: { subject: 'Thanks', text: 'Thanks' }, when: null }
const campaign = (intent: number, more: Partial<Campaign> = {}): Campaign => ({
  intent,
  notify: 'short',
  team: 'short',
  acknowledge: null,
  meetingLink: null,
  ...more,
})

const policy = aPolicy({
  campaigns: {
    newsletter: campaign(0),
    general: campaign(10, { acknowledge: letter }),
    webinar: campaign(10),
    demo: campaign(80, { acknowledge: letter, meetingLink: letter }),
    'demo-uk': campaign(90, { acknowledge: { ...letter, when: is('country', 'GB') } }),
  },
})

describe('the campaign of a lead that a submission joins', () => {
  it.each<[string, string | null, string | null, string | null]>([
    ['becomes the hotter one', 'general', 'demo', 'demo'],
    ['stays when the submission is as hot', 'general', 'webinar', null],
    ['stays when the submission is cooler', 'demo', 'general', null],
    ['stays when the submission has none', 'general', null, null],
    ['stays when the policy does not have the submission’s', 'general', 'forgotten', null],
    ['becomes a hot one when the policy does not have the lead’s', 'forgotten', 'general', 'general'],
    ['becomes a hot one when the lead has none', null, 'general', 'general'],
    ['stays when neither says how hot it is', null, 'newsletter', null],
  ])('%s', (_, own, offered, wanted) => {
    expect(hotterCampaign(policy, { campaign: own }, { campaign: offered })).toBe(wanted)
  })
})

describe('the letters that a lead owes after that', () => {
  const nothingSent = { acknowledgement: false, meetingLink: false, isInDoubt: false }
  it.each([
    ['both, when none was sent', 'demo', {}, { acknowledge: true, meetingLink: true }],
    [
      'no second acknowledgement',
      'demo',
      { acknowledgement: true },
      { acknowledge: false, meetingLink: true },
    ],
    ['no second way to book time', 'demo', { meetingLink: true }, { acknowledge: true, meetingLink: false }],
    [
      'no acknowledgement while a person is asked whether it is a duplicate',
      'demo',
      { isInDoubt: true },
      { acknowledge: false, meetingLink: true },
    ],
    ['none that the campaign does not have', 'webinar', {}, { acknowledge: false, meetingLink: false }],
    ['none that is not for leads like this one', 'demo-uk', {}, { acknowledge: false, meetingLink: false }],
  ])('%s', (_, name, sent, wanted) => {
    const facts = aLead({ campaign: name, country: 'FR' })
    expect(lettersOwed(policy, facts, { ...nothingSent, ...sent })).toEqual(wanted)
  })

  it('the one for leads like this one', () => {
    const facts = aLead({ campaign: 'demo-uk', country: 'GB' })
    expect(lettersOwed(policy, facts, nothingSent).acknowledge).toBe(true)
  })
})
