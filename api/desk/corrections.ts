/** What a reviewer may put right on the desk: what the sender said about themselves and their company. */
import type { z } from 'zod'
import { leadBody, type NormalisedLead } from '../../domain/lead.js'
import { isStorable } from '../texts.js'
import type { Typed } from './say.js'

export const correctable = [
  'firstName',
  'lastName',
  'email',
  'phone',
  'company',
  'website',
  'employees',
  'industry',
  'postcode',
  'region',
  'country',
  'product',
] as const satisfies readonly (keyof NormalisedLead)[]

const corrections = leadBody.pick({
  firstName: true,
  lastName: true,
  email: true,
  phone: true,
  company: true,
  website: true,
  employees: true,
  industry: true,
  postcode: true,
  region: true,
  country: true,
  product: true,
})
export type Corrections = z.infer<typeof corrections>

/** The values that are not what the lead has; an emptied field stays as it was, since nothing is ever taken away. */
export function changedFields(
  typed: Typed,
  lead: NormalisedLead | null | undefined,
): Corrections | 'invalid' {
  const changed = correctable.filter(name => {
    const value = typed[name]?.trim()
    return value !== undefined && value !== String(lead?.[name] ?? '')
  })
  if (!changed.every(name => isStorable(typed[name]))) return 'invalid'
  const parsed = corrections.safeParse(Object.fromEntries(changed.map(name => [name, typed[name]])))
  return parsed.success ? parsed.data : 'invalid'
}
