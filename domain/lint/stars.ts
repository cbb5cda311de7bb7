/** What some fields of a lead say about others. */
import type { Policy } from '../policy.js'
import { bit, bitsOf } from './bits.js'
import type { Variable } from './classes.js'
import type { Company } from './companies.js'
import type { Places } from './places.js'

/**
 * Fields that depend on one other field alone, the hub: regions and postcodes on the country. `groups` are the classes
 * of the hub for which the same classes of the leaves are possible.
 */
export type Star = {
  hub: number
  leaves: readonly number[]
  groups: readonly { hub: bigint; leaves: readonly bigint[] }[]
}

type IndexOf = (field: string) => number

/** The declared fields are only of sources that declare them; a declared source always has a campaign. */
export function sourceStar(
  { sources }: Policy,
  variables: readonly Variable[],
  indexOf: IndexOf,
  declared: readonly string[],
): Star {
  const campaign = variables[indexOf('campaign')]
  const groups = [...Object.values(sources), null].map((source, index) => ({
    hub: bit(index),
    leaves: [
      source === null ? (campaign?.all ?? 0n) : (campaign?.all ?? 0n) & ~(campaign?.missing ?? 0n),
      ...declared.map(field => {
        const variable = variables[indexOf(field)]
        const has = source?.fields.some(name => `fields.${name}` === field) ?? false
        return (has ? variable?.all : variable?.missing) ?? 0n
      }),
    ],
  }))
  return { hub: indexOf('source'), leaves: [indexOf('campaign'), ...declared.map(indexOf)], groups }
}

export function placeStar({ country, countryOfRegion, countryOfPostcode }: Places, indexOf: IndexOf): Star {
  const inside = (countries: readonly (string | null)[], here: string | null) =>
    bitsOf(countries.flatMap((each, index) => (index === 0 || each === here ? [index] : [])))
  const groups = country.values.map((value, index) => {
    const code = value === null ? null : String(value)
    const regions = code === null ? 1n : inside(countryOfRegion, code)
    return { hub: bit(index), leaves: [regions, inside(countryOfPostcode, code)] }
  })
  return { hub: indexOf('country'), leaves: [indexOf('region'), indexOf('postcode')], groups }
}

export function companyStar(
  companies: readonly Company[],
  variables: readonly Variable[],
  indexOf: IndexOf,
): Star {
  const mail = variables[indexOf('emailDomain')]
  const business = bitsOf(mail?.values.flatMap((value, index) => (value === 'business' ? [index] : [])) ?? [])
  const groups = companies.map(({ byName }, index) => ({
    hub: bit(index),
    leaves: [byName ? (mail?.all ?? 0n) : business],
  }))
  return { hub: indexOf('company'), leaves: [indexOf('emailDomain')], groups }
}

export function accountStar(variables: readonly Variable[], indexOf: IndexOf): Star {
  const [account, tier] = [variables[indexOf('account')], variables[indexOf('accountTier')]]
  const none = account?.missing ?? 0n
  return {
    hub: indexOf('account'),
    leaves: [indexOf('accountTier')],
    groups: [
      { hub: none, leaves: [tier?.missing ?? 0n] },
      { hub: (account?.all ?? 0n) & ~none, leaves: [tier?.all ?? 0n] },
    ],
  }
}
