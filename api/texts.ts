/** Free text in requests. Postgres keeps no U+0000 and no half of a surrogate pair, so no text may have one. */
import { z } from '@hono/zod-openapi'

export const unstorable = 'no character U+0000 and no half of a surrogate pair'

export function isStorable(value: unknown): boolean {
  return typeof value !== 'string' || !/\0|\p{Surrogate}/u.test(value)
}

export function freeText(most: number) {
  return z.string().trim().max(most).refine(isStorable, unstorable)
}

/** A page of a rep's notes. */
export const longText = freeText(10_000)

export const noteField = freeText(2_000).optional().describe('For the people who read the lead')
