/** Leads out of a box, as plain as they can be: what need not be known of one is missing. */
import type { ConditionFacts } from '../condition.js'
import type { RoutingFacts } from '../lead.js'
import { profileOf } from '../score.js'
import { lowest } from './bits.js'
import type { FactValue } from './classes.js'
import type { Domains, Space } from './space.js'
import type { Star } from './stars.js'

/** `point`: of each variable the one class in which the lead is. */
export function witnessIn(space: Space, box: Domains): { lead: RoutingFacts; point: Domains } {
  const domains = [...box]
  const values = new Map<string, FactValue | null>()
  const take = (field: string, prefer: bigint) => {
    const index = space.indexOf(field)
    const possible = (domains[index] ?? 0n) & compatible(space, index, domains)
    const chosen = lowest((possible & prefer) === 0n ? possible : possible & prefer)
    domains[index] = 1n << BigInt(chosen)
    const value = space.variables[index]?.values[chosen] ?? null
    values.set(field, value)
    return { chosen, value }
  }
  const source = String(take('source', 0n).value)
  const terms = Object.hasOwn(space.policy.sources, source) ? space.policy.sources[source] : undefined
  take(
    'campaign',
    classesWith(space, 'campaign', value => value === (terms?.campaign ?? null)),
  )
  // A lead that lacks what is critical would be asked about before any rule is.
  const critical = terms?.critical ?? []
  const plainest = (field: string) => {
    const isMail = field === 'emailDomain' && [...critical, ...(terms?.required ?? [])].includes('email')
    const isWanted = critical.includes(field) || isMail
    return classesWith(space, field, value => (value !== null) === isWanted)
  }
  let lists: readonly string[] = []
  for (const field of inOrder(space)) {
    const { chosen } = take(field, plainest(field))
    if (field === 'company') lists = space.lists[chosen] ?? []
  }
  return { lead: { source, ...factsOf(values, lists), missing: missingOf(terms, values) }, point: domains }
}

/** The same with all that the policy finds out about it: what rules are asked about. */
export function knownOf(space: Space, lead: RoutingFacts): ConditionFacts {
  return profileOf(space.policy, lead).known
}

function inOrder({ variables, stars }: Space): string[] {
  const hubs = new Set(stars.map(({ hub }) => hub))
  const fields = variables.map(({ field }, index) => ({ field, isHub: hubs.has(index) }))
  return [...fields.filter(({ isHub }) => isHub), ...fields.filter(({ isHub }) => !isHub)]
    .map(({ field }) => field)
    .filter(field => field !== 'source' && field !== 'campaign')
}

/** The classes that go with what has been chosen for the others of the star. */
function compatible(space: Space, index: number, domains: Domains): bigint {
  return space.stars.reduce(
    (allowed, star) => allowed & allowedBy(star, index, domains),
    space.all[index] ?? 0n,
  )
}

function allowedBy({ hub, leaves, groups }: Star, index: number, domains: Domains): bigint {
  const at = leaves.indexOf(index)
  if (hub !== index && at === -1) return -1n
  const possible = groups.filter(
    group =>
      ((domains[hub] ?? 0n) & group.hub) !== 0n &&
      leaves.every((leaf, place) => ((domains[leaf] ?? 0n) & (group.leaves[place] ?? 0n)) !== 0n),
  )
  return possible.reduce((set, group) => set | (hub === index ? group.hub : (group.leaves[at] ?? 0n)), 0n)
}

function classesWith(space: Space, field: string, wanted: (value: FactValue | null) => boolean): bigint {
  const values = space.variables[space.indexOf(field)]?.values ?? []
  return values.reduce<bigint>((set, value, index) => (wanted(value) ? set | (1n << BigInt(index)) : set), 0n)
}

function factsOf(
  values: ReadonlyMap<string, FactValue | null>,
  lists: readonly string[],
): Omit<RoutingFacts, 'source' | 'missing'> {
  const text = (field: string) => {
    const value = values.get(field) ?? null
    return value === null ? null : String(value)
  }
  const number = (field: string) => {
    const value = values.get(field)
    return typeof value === 'number' ? value : null
  }
  const account = text('account')
  const mail = values.get('emailDomain')
  const consent = values.get('consent')
  return {
    campaign: text('campaign'),
    country: text('country'),
    region: text('region'),
    postcode: text('postcode'),
    industry: text('industry'),
    employees: number('employees'),
    product: text('product'),
    service: text('service'),
    language: text('language'),
    urgency: text('urgency'),
    emailDomain: mail === 'business' || mail === 'free' || mail === 'disposable' ? mail : null,
    consent: typeof consent === 'boolean' ? consent : null,
    account: account === null ? null : { id: account, tier: text('accountTier'), owner: null },
    lists: [...lists],
    fields: Object.fromEntries(
      [...values].flatMap(([field, value]) =>
        field.startsWith('fields.') && value !== null ? [[field.slice('fields.'.length), value]] : [],
      ),
    ),
  }
}

/** What the source asks for and a rule could have known; of names, addresses and numbers the lead has all. */
function missingOf(
  source: { required: readonly string[]; critical: readonly string[] } | undefined,
  values: ReadonlyMap<string, FactValue | null>,
): string[] {
  const needed = new Set([...(source?.required ?? []), ...(source?.critical ?? [])])
  return [...needed].filter(field => values.get(field) === null).sort()
}
