/** A lead's second life: a person has opened it again after its end, or has called it somebody else's after a merge. */
import { z } from 'zod'
import { exclusion, target } from '../decision.js'
import { assertNever, type LeadId, repId } from '../ids.js'
import { received } from './react.js'
import type { Effect, LeadState } from './state.js'

/** What the next life begins with: ids and codes, since it stands in the history of its run. */
export const again = z.object({
  /** Generation 0 was the first life. */
  generation: z.int().positive(),
  why: z.enum(['reopened', 'split']),
  /** The first routing attempt that no earlier life has used. */
  hop: z.int().nonnegative(),
  /** Far above every number that an earlier life gave to one of its changes. */
  step: z.int().positive(),
  lastOwner: repId.nullable(),
  /** Who gets it; null: whom the rules choose. */
  directed: target.nullable(),
  /** Who let it lapse in an earlier life gets it in none. */
  excluded: z.array(exclusion),
})
export type Again = z.infer<typeof again>

/** More changes than any life of a lead has. */
export const stepsOfALife = 1_000_000

/** Where a run begins; `again` is absent in the lead's first life. */
export function begun(lead: LeadId, again: Again | undefined): LeadState {
  const first = received(lead)
  if (again === undefined) return first
  const { hop, step, excluded } = again
  return { ...first, hop, step, excluded }
}

/** What is done first. */
export function beginning(again: Again | undefined): readonly Effect[] {
  if (again === undefined) return [{ do: 'prepare' }]
  switch (again.why) {
    case 'split':
      return [{ do: 'prepare' }]
    case 'reopened':
      return [
        // Of a lead that ended before it was enriched; of any other it finds that all is done.
        { do: 'enrich' },
        { do: 'route', cause: 'reopened', directed: again.directed, lastOwner: again.lastOwner },
      ]
    default:
      return assertNever(again.why)
  }
}
