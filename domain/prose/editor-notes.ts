/** What an editor says beside the form of the documents: what a thing is for, and what may be written there. */

export type Json = { [key: string]: unknown }

/** The first note whose path fits is added to what the shape says; `instead` takes its place. */
export type Note = { at: RegExp; add?: Json; instead?: Json }

const time: Json = {
  type: 'string',
  pattern: '^(?=\\d)(\\d{1,9}d)?\\s*(\\d{1,9}h)?\\s*(\\d{1,9}m)?\\s*(\\d{1,9}s)?$',
  description: 'A length of time: 90s, 5m, 4h, 2d or 1h30m.',
  examples: ['5m', '30m', '4h', '1h30m'],
}

const stepTime: Json = {
  type: 'string',
  description: 'A share of the time, a share and a distance, or a time from the start.',
  pattern:
    '^(\\d{1,4}(\\.\\d{1,3})?\\s*%(\\s*[+-]\\s*(?=\\d)(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s)?)?|(?=\\d)(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s)?)$',
  examples: ['50%', '100%', '100% + 30m', '10m'],
}

const target: Json = {
  description: 'Who gets the lead: a pool, a person, account owner, or manager of owner.',
  examples: ['account owner', 'manager of owner'],
}

const decider: Json = {
  description: 'Who decides: a person, role NAME, manager of territory, or manager of owner.',
  examples: ['role sales-ops', 'manager of owner', 'manager of territory'],
}

export const ofCondition: Json = { $ref: '#/definitions/condition' }

export const policyNotes: readonly Note[] = [
  { at: /^policy$/, add: { description: 'The name of the policy.' } },
  {
    at: /(^|\/)zone$/,
    add: { description: 'A time zone.', examples: ['Europe/London', 'America/New_York'] },
  },
  { at: /^sources$/, add: { description: 'Where leads come from.' } },
  {
    at: /^sources\/\*\/rollout$/,
    add: { description: 'on: the whole life; shadow: decided and recorded only; off: stored only.' },
  },
  {
    at: /^sources\/\*\/required$/,
    add: { description: 'Fields of a lead; what is missing is noted.' },
  },
  {
    at: /^sources\/\*\/critical$/,
    add: { description: 'Fields of a lead without which a person looks first.' },
  },
  {
    at: /^sources\/\*\/fields$/,
    add: { description: 'What else this source sends; conditions call it fields.NAME.' },
  },
  { at: /^sources\/\*\/form$/, add: { description: 'A public page at /f/SOURCE.' } },
  {
    at: /^timeToAssign$/,
    add: { description: 'Until when every lead must have an owner, and who hears that one has none.' },
  },
  { at: /^timeToAssign\/clock$/, add: { examples: ['always', 'calendar NAME'] } },
  {
    at: /^timeToAssign\/tell$/,
    add: { description: 'Who hears of it: a person, or role NAME.', examples: ['role sales-ops'] },
  },
  { at: /^touches$/, add: { description: 'Which touches stop a clock; the others are only noted.' } },
  {
    at: /^pauses$/,
    add: {
      description: 'Reasons for which an owner may pause clocks, and for how long at the most.',
      examples: [{ 'waiting-for-prospect': '5d' }],
    },
  },
  { at: /^pauses\/\*\/clocks$/, add: { description: 'Which clocks stand still; left out, all of them.' } },
  {
    at: /^reminders$/,
    add: { description: 'Hours in which nobody is reminded, and over how long reminders are spread.' },
  },
  {
    at: /^reminders\/quiet$/,
    add: { description: 'From and to, on the clock of the owner.', examples: ['20:00-07:30'] },
  },
  {
    at: /^leave$/,
    add: { description: 'What becomes of leads that were touched when their owner goes on leave.' },
  },
  {
    at: /^leave\/touched$/,
    add: { description: 'stay: with the owner; move: to the cover; pause: their clocks stand still.' },
  },
  { at: /^reopen$/, add: { description: 'How long after its end a lead may be opened again.' } },
  { at: /^score$/, add: { description: 'Each line that is true adds its points.' } },
  { at: /^qualify$/, add: { description: 'Which leads are qualified, and which get no owner.' } },
  {
    at: /^(score\/\*\/when|qualify\/(dis)?qualified|rules\/\*\/when|reviews\/high-value\/when|campaigns\/\*\/(acknowledge|meetingLink)\/when)$/,
    instead: ofCondition,
  },
  { at: /^segments$/, add: { description: 'The first that is true is the segment of the lead.' } },
  {
    at: /^segments\/\*$/,
    instead: {
      anyOf: [
        {
          type: 'object',
          properties: { otherwise: { const: true } },
          required: ['otherwise'],
          additionalProperties: false,
        },
        ofCondition,
      ],
    },
  },
  { at: /^territories$/, add: { description: 'Places and industries; a lead lies in all that are true.' } },
  { at: /^territories\/\*$/, instead: { $ref: '#/definitions/place' } },
  { at: /^lists$/, add: { description: 'Companies, by name or by domain.' } },
  { at: /^companies$/, add: { description: 'What is known of a company by its domain.' } },
  { at: /^pools$/, add: { description: 'Who takes turns, and how a pool chooses.' } },
  {
    at: /^pools\/\*\/turns$/,
    add: { description: 'Fair turns by weight: { ana: 100, ben: 50 }, or everyone with role NAME.' },
  },
  { at: /^pools\/\*\/leastLoaded$/, add: { description: 'The fewest open leads for their weight.' } },
  {
    at: /^pools\/\*\/capacity$/,
    add: { description: 'The open leads that each can have; the largest free part takes the next.' },
  },
  {
    at: /^pools\/\*\/queue$/,
    add: { description: 'Everyone is told, and the first to accept gets the lead.' },
  },
  { at: /^pools\/\*\/afterLeave$/, add: { examples: ['hold', 'catch up to 5 turns'] } },
  { at: /^pools\/\*\/caps$/, add: { description: 'How many leads each member may have.' } },
  { at: /^pools\/\*\/hours$/, add: { description: 'only: members within their working hours alone.' } },
  {
    at: /^rules$/,
    add: {
      description: 'Exceptions in their order; of the others the one that says most about the lead wins.',
    },
  },
  {
    at: /^rules\/\*\/needs\/\*$/,
    add: { examples: ['language', 'product', 'service', 'industry', 'skill NAME'] },
  },
  {
    at: /^rules\/\*\/rank$/,
    add: { description: 'Between rules that fit equally well the lower number wins.' },
  },
  {
    at: /(^|\/)nobodyAvailable$/,
    add: { description: 'What happens when nobody in the target can take the lead.' },
  },
  { at: /^otherwise(\/\|string)?$/, add: { description: 'The pool for what no rule is about.' } },
  { at: /^accounts$/, add: { description: 'Leads of customers and of named accounts.' } },
  {
    at: /^duplicates$/,
    add: {
      description: 'Points of evidence, of 100, from which two leads are one, and from which a person looks.',
    },
  },
  { at: /^reviews$/, add: { description: 'Who decides exceptions, until when, and how they end.' } },
  { at: /^(reviews(\/[a-z-]+)?|reassign)\/(decides|backup)$/, add: decider },
  { at: /^slas$/, add: { description: 'Service levels: how fast, and what happens on the way.' } },
  { at: /^slas\/\*\/clock$/, add: { examples: ['business hours of owner', 'always', 'calendar NAME'] } },
  {
    at: /^slas\/\*\/like$/,
    add: { description: 'Another service level, for everything that this one does not say.' },
  },
  { at: /\/steps\/\*\/at$/, add: stepTime },
  {
    at: /^slas\/\*\/stale$/,
    add: {
      description: 'How long a lead that was touched may be left alone; none: as long as anybody likes.',
    },
  },
  {
    at: /^slas\/\*\/(acknowledge|firstTouch|stale)(\/\|any)?\/\|string$|^pauses\/\*\/\|(string|object\/most)$/,
    add: time,
  },
  {
    at: /(^|\/)(within|acceptWithin|hold|accept|spread|coolDown)$|^keep\/(leads|submissions)$/,
    add: time,
  },
  {
    at: /^handoff\/assign$/,
    add: {
      description: 'Who is offered it when the sender names nobody: a pool, a person, or account owner.',
      examples: ['account owner'],
    },
  },
  {
    at: /^handoff\/onTimeout$/,
    add: { description: 'When nobody answers: back to the sender, or up to the manager of the receiver.' },
  },
  { at: /(^|\/)(assign|backup|then)$/, add: target },
  { at: /^sla$/, add: { description: 'The service level of every lead for which nothing names another.' } },
  { at: /^calendars$/, add: { description: 'Working hours for clocks.' } },
  {
    at: /^templates$/,
    add: {
      description:
        'Letters, with {{firstName}}, {{company}}, {{product}}, {{contactWithin}}, {{replyTo}}, {{ownerName}} and {{meetingLink}}.',
    },
  },
  {
    at: /^campaigns$/,
    add: { description: 'How the message to the owner reads, and what the prospect is sent.' },
  },
  {
    at: /^campaigns\/\*\/intent$/,
    add: {
      description: 'How much it says that somebody wants to buy; who writes again with more is hotter.',
    },
  },
  { at: /^campaigns\/\*\/notify$/, add: { description: 'How the message to the owner reads.' } },
  {
    at: /^campaigns\/\*\/team$/,
    add: { description: 'How the others of the pool hear of the lead, in the app.' },
  },
  {
    at: /^campaigns\/\*\/acknowledge$/,
    add: { description: 'The first letter to the prospect, sent at once.' },
  },
  {
    at: /^campaigns\/\*\/meetingLink$/,
    add: { description: 'The letter to book time with the owner by; its template has {{meetingLink}}.' },
  },
  { at: /^handoff$/, add: { description: 'From which role to which, and with what.' } },
  { at: /^handoff\/notes$/, add: { examples: ['at least 40 characters'] } },
  { at: /^reassign$/, add: { description: 'For what an owner may ask to give a lead away.' } },
  { at: /^publish$/, add: { description: 'The roles of which one person each must agree to a draft.' } },
  { at: /^keep$/, add: { description: 'How long closed leads and raw submissions are kept.' } },
]

export const peopleNotes: readonly Note[] = [
  { at: /^calendars$/, add: { description: 'Working hours, which people share.' } },
  {
    at: /^calendars\/\*\/zone$/,
    add: { description: 'A time zone.', examples: ['Europe/London', 'America/New_York'] },
  },
  { at: /^calendars\/\*\/hours$/, add: { description: '24/7, or hours per day: { mon-fri: 09:00-17:30 }.' } },
  {
    at: /^calendars\/\*\/holidays$/,
    add: { description: 'Codes such as GB-ENG, and dates such as 2026-12-24.' },
  },
  { at: /^teams$/, add: { description: 'Teams and who manages them.' } },
  { at: /^people$/, add: { description: 'Who works here, by the short id that the policy uses.' } },
  {
    at: /^people\/\*\/meetingLink$/,
    add: {
      description: 'Where a prospect books time with them.',
      examples: ['https://meet.acme.example/ana'],
    },
  },
  {
    at: /^people\/\*\/channel$/,
    add: { description: 'How they hear of leads beside the app: by email, or in the app alone.' },
  },
  { at: /^people\/\*\/manager$/, add: { description: 'Somebody else than the manager of the team.' } },
  {
    at: /^people\/\*\/role$/,
    add: { description: 'The word that the policy uses.', examples: ['sdr', 'ae', 'manager', 'sales-ops'] },
  },
]
