import { z } from 'zod'

/** A lead's id: a UUID v4. The lead's workflow id is `lead-<LeadId>`. */
export const leadId = z.uuid().brand<'LeadId'>()
export type LeadId = z.infer<typeof leadId>

const slug = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,62}$/,
    'lower-case letters, digits and hyphens, at most 63, not starting with a hyphen',
  )

/** A person's id in the people document, for example `ana`. Never a name, an address or a number. */
export const repId = slug.brand<'RepId'>()
export type RepId = z.infer<typeof repId>

/** A pool's id in the policy, for example `uk-sdr`. */
export const poolId = slug.brand<'PoolId'>()
export type PoolId = z.infer<typeof poolId>

/** Any other name that a policy or people document gives to a thing: a rule, a territory, a source. */
export const name = slug

/** The number of a stored policy document; 1 is the first that was loaded. */
export const policyVersion = z.int().positive().brand<'PolicyVersion'>()
export type PolicyVersion = z.infer<typeof policyVersion>

/** An instant: whole milliseconds since 1970-01-01T00:00:00Z. */
export const epochMs = z.int().brand<'EpochMs'>()
export type EpochMs = z.infer<typeof epochMs>

/** The only place where a number becomes an instant without being parsed; throws RangeError on a fraction or NaN. */
export function instant(ms: number): EpochMs {
  if (!Number.isSafeInteger(ms))
    throw new RangeError(`not an instant: ${ms}; expected whole milliseconds since 1970`)
  return ms as EpochMs
}

export function assertNever(value: never): never {
  throw new Error(`unhandled case: ${JSON.stringify(value)}`)
}
