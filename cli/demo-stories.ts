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
  /** Leaves out where the prospect is. */
  country?: null
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

/** As the API takes it; a form and a table have the same names, one level deep. */
export type Body = { source: string; email: string } & Record<
  string,
  string | number | boolean | Record<string, string | number>
>
export type Sent = { key: string; story: Story; act: boolean; body: Body }

/** Every submission of one round, in the order in which it is sent. The same run gives the same keys and people. */
export function submissionsOf(run: string): Sent[] {
  const all = stories.flatMap(story => Array.from({ length: story.leads }, (_, index) => ({ story, index })))
  return all.map(({ story, index }, nth): Sent => {
    const second = story.twice === true && index % 2 === 1
    const person = personOf(story, run, second ? { index: index - 1, nth: nth - 1 } : { index, nth })
    const said = { ...person, ...wordsOf(nth), source: story.source, product: story.product }
    return { key: `${run}-${story.name}-${index}`, story, act: !second, body: said }
  })
}

type Place = { country: string; dial: string; city: string; postcode: string; language: string }

/** Written in every way that people write a country. */
const places: readonly [Place, ...Place[]] = [
  { country: 'GB', dial: '+44 20 7', city: 'London', postcode: 'N1 9GU', language: 'en' },
  { country: 'Germany', dial: '+49 30 2', city: 'Berlin', postcode: '10117', language: 'de' },
  { country: 'FRA', dial: '+33 1 4', city: 'Paris', postcode: '75002', language: 'fr' },
  { country: 'Österreich', dial: '+43 1 5', city: 'Wien', postcode: '1010', language: 'de' },
  { country: 'United States', dial: '+1 212 ', city: 'New York', postcode: '10001', language: 'en' },
]
const firstNames = ['Sam', 'Zoë', 'Jürgen', 'Ngozi', 'Łukasz', 'Aiko', 'Renée']
const industries = ['logistics', 'software', 'healthcare', 'retail']

function personOf(
  story: Story,
  run: string,
  { index, nth }: { index: number; nth: number },
): Omit<Body, 'source'> & { email: string } {
  const [home] = places
  // A customer writes from where the CRM has the account.
  const place = story.domain === undefined ? (places[nth % places.length] ?? home) : home
  const name = `${story.name}-${index}-${run}`
  return {
    firstName: firstNames[nth % firstNames.length] ?? 'Sam',
    lastName: name,
    email: `${name}@${story.domain ?? `${name}.example`}`,
    company: story.domain === undefined ? `Company ${name}` : 'Customer',
    // Every third leaves no number; nobody has that of another. A number says where somebody is.
    ...(nth % 3 === 2 || story.country === null ? {} : { phone: `${place.dial}${localNumber(run, nth)}` }),
    ...(story.country === null ? {} : { country: place.country, city: place.city, postcode: place.postcode }),
    language: place.language,
    employees: 5 + ((nth * 37) % 900),
    industry: industries[nth % industries.length] ?? 'retail',
  }
}

/** Seven digits: two for whom, five for the run. */
function localNumber(run: string, nth: number): string {
  const ofRun = Number.parseInt(run, 16) % 100_000 || 0
  return `${String(ofRun).padStart(5, '2')}${String(nth).padStart(2, '0')}`
}

const messages = [
  'Could you call me before noon?',
  'We compare three products and decide in June.',
  'Bitte um ein Angebot für 40 Plätze.',
  'Our contract elsewhere ends next month. What would it cost to change?',
]
const campaigns = ['spring', 'newsletter', 'fair']

/** What is said this time; who writes again says something else. */
function wordsOf(nth: number): Record<string, string | boolean | Record<string, string | number>> {
  return {
    message: messages[nth % messages.length] ?? '',
    consent: nth % 4 !== 0,
    ...(nth % 2 === 0 ? { utm: { source: 'web', campaign: campaigns[nth % campaigns.length] ?? '' } } : {}),
    ...(nth % 5 === 0 ? { fields: { seats: 10 + nth } } : {}),
    // No field of a lead: it is kept as it came, and named in the answer.
    ...(nth % 7 === 0 ? { favouriteColour: 'green' } : {}),
  }
}

/** As a form's inputs and a table's columns call it: `utm_source`, `fields.seats`. */
export function flat(body: Body): Record<string, string> {
  const named = Object.entries(body).flatMap(([name, value]) =>
    typeof value === 'object'
      ? Object.entries(value).map(
          ([key, one]) => [name === 'utm' ? `utm_${key}` : `${name}.${key}`, one] as const,
        )
      : [[name, value] as const],
  )
  return Object.fromEntries(named.map(([name, value]) => [name, String(value)]))
}

/** Every kind of outcome that a run of the demo must show; one lead can be of several. */
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
