import { z } from '@hono/zod-openapi'

/** What a sender may use to name a request, so that sending it again changes nothing (IETF idempotency-key draft). */
const idempotencyKey = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/, 'one to 200 printable ASCII characters without spaces')

export const idempotencyHeaders = z.object({
  'idempotency-key': idempotencyKey
    .optional()
    .describe('The same key again is the same request. Without one, every request is a new one.'),
})
