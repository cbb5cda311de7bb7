/** Free text in requests. Postgres cannot keep U+0000, so no text has it. */
import { z } from '@hono/zod-openapi'

export function freeText(most: number) {
  return z
    .string()
    .trim()
    .max(most)
    .refine(text => !text.includes('\0') && text.isWellFormed(), 'no character U+0000 and no half of a pair')
}

/** A page of a rep's notes. */
export const longText = freeText(10_000)

export const noteField = freeText(2_000).optional().describe('For the people who read the lead; kept out of histories')
