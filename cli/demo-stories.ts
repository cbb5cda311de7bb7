/** The sixty leads of the demo, as short stories: who writes, by which way in, and what people then do about it. */

export type Act =
  | { do: 'acknowledge' }
  | { do: 'touch' }
  | { do: 'convert' }
  | { do: 'decideReview'; decision: Record<string, unknown>; by: string }
  | { do: 'askReassignment'; reason: string }
  | { do: 'decideReassignment'; approve: boolean }
  | { do: 'handOff'; to: string; accept: boolean }
  /** Nobody does anything: waits until the timeline says so. */
  | { do: 'wait'; for: string }

type Story = {
  name: string
  leads: number
  way: 'api' | 'form' | 'csv'
  source: string
  product: string
  /** Default GB; null leaves it out. */
  country?: string | null
  /** Default a company of its own. */
  domain?: string
  /** The same person writes twice: half of the leads join the other half. */
  twice?: true
  acts: readonly Act[]
}

const worked = [{ do: 'acknowledge' }, { do: 'touch' }] as const

const stories: readonly Story[] = [
  {
    name: 'bought',
    leads: 6,
    way: 'api',
    source: 'web',
    product: 'sell-me',
    acts: [...worked, { do: 'convert' }],
  },
  { name: 'listed', leads: 6, way: 'csv', source: 'csv', product: 'brochure', acts: [{ do: 'acknowledge' }] },
  { name: 'wrote', leads: 4, way: 'form', source: 'web', product: 'brochure', acts: worked },
  { name: 'shared', leads: 6, way: 'api', source: 'web', product: 'thirds', acts: [{ do: 'touch' }] },
  {
    name: 'forgotten',
    leads: 3,
    way: 'api',
    source: 'api',
    product: 'breach-me',
    acts: [{ do: 'wait', for: 'end-of-chain' }],
  },
  { name: 'hurried', leads: 4, way: 'api', source: 'web', product: 'first-come', acts: worked },
  { name: 'twice', leads: 8, way: 'api', source: 'web', product: 'brochure', twice: true, acts: [] },
  {
    name: 'customer',
    leads: 3,
    way: 'api',
    source: 'web',
    product: 'brochure',
    domain: 'customer.example',
    acts: [{ do: 'touch' }],
  },
  {
    name: 'unclear',
    leads: 2,
    way: 'api',
    source: 'strict',
    product: 'brochure',
    country: null,
    acts: [{ do: 'decideReview', decision: { choice: 'assign' }, by: 'oz' }],
  },
  {
    name: 'undecided',
    leads: 2,
    way: 'api',
    source: 'strict',
    product: 'brochure',
    country: null,
    acts: [{ do: 'wait', for: 'reviewTimedOut' }],
  },
  {
    name: 'tossed',
    leads: 2,
    way: 'api',
    source: 'web',
    product: 'toss-up',
    acts: [{ do: 'decideReview', decision: { choice: 'assign', rule: 'tails' }, by: 'oz' }],
  },
  {
    name: 'big',
    leads: 2,
    way: 'api',
    source: 'web',
    product: 'big-fish',
    acts: [{ do: 'decideReview', decision: { choice: 'keepOwner' }, by: 'mia' }],
  },
  {
    name: 'misplaced',
    leads: 2,
    way: 'api',
    source: 'web',
    product: 'brochure',
    acts: [{ do: 'askReassignment', reason: 'wrong-territory' }],
  },
  {
    name: 'too-much',
    leads: 2,
    way: 'api',
    source: 'web',
    product: 'brochure',
    acts: [
      { do: 'askReassignment', reason: 'capacity' },
      { do: 'decideReassignment', approve: true },
    ],
  },
  {
    name: 'stays',
    leads: 2,
    way: 'api',
    source: 'web',
    product: 'brochure',
    acts: [
      { do: 'askReassignment', reason: 'capacity' },
      { do: 'decideReassignment', approve: false },
    ],
  },
  {
    name: 'handed',
    leads: 2,
    way: 'api',
    source: 'web',
    product: 'brochure',
    acts: [{ do: 'handOff', to: 'fay', accept: true }],
  },
  {
    name: 'declined',
    leads: 2,
    way: 'api',
    source: 'web',
    product: 'brochure',
    acts: [{ do: 'handOff', to: 'gus', accept: false }],
  },
  { name: 'nonsense', leads: 2, way: 'api', source: 'web', product: 'not-for-us', acts: [] },
]

export type Sent = { key: string; story: Story; act: boolean; body: Record<string, string> }

/** Every submission of one round, in the order in which it is sent. The same run gives the same keys and people. */
export function submissionsOf(run: string): Sent[] {
  return stories.flatMap(story =>
    Array.from({ length: story.leads }, (_, index): Sent => {
      const second = story.twice === true && index % 2 === 1
      const person = `${story.name}-${second ? index - 1 : index}-${run}`
      const country = story.country === undefined ? 'GB' : story.country
      const body = {
        source: story.source,
        firstName: 'Sam',
        lastName: person,
        email: `${person}@${story.domain ?? `${person}.example`}`,
        company: story.domain === undefined ? `Company ${person}` : 'Customer',
        product: story.product,
        ...(country === null ? {} : { country }),
      }
      return { key: `${run}-${story.name}-${index}`, story, act: !second, body }
    }),
  )
}

/** Every kind of outcome that a run of the demo must show, as a question to the database about one lead. */
export const outcomeKinds: Record<
  string,
  (lead: { outcome: string | null; events: readonly string[] }) => boolean
> = {
  assigned: ({ events }) => events.some(event => event.startsWith('assigned')),
  acknowledged: ({ events }) => events.includes('acknowledged'),
  touched: ({ events }) => events.includes('touched'),
  reminded: ({ events }) => events.includes('reminded'),
  'breached and re-routed': ({ events }) => events.includes('breached') && events.includes('assigned:lapsed'),
  'ended at a named person': ({ events }) => events.includes('assigned:end-of-chain'),
  'joined an open lead': ({ outcome }) => outcome === 'merged',
  'existing customer': ({ events }) => events.includes('prepared:customer'),
  'reviewed and decided': ({ events }) => events.includes('reviewDecided'),
  'review timed out': ({ events }) => events.includes('reviewTimedOut'),
  reassigned: ({ events }) => events.includes('assigned:reassignment'),
  refused: ({ events }) => events.includes('reassignmentDecided:false'),
  'handed off': ({ events }) => events.includes('assigned:handoff'),
  declined: ({ events }) => events.includes('handoffAnswered:false'),
  disqualified: ({ outcome }) => outcome === 'disqualified',
  converted: ({ outcome }) => outcome === 'converted',
}
