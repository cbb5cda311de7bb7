/** Instants as the API writes them: RFC 3339 in UTC with milliseconds. */
import { z } from '@hono/zod-openapi'
import { type EpochMs, instant } from '../domain/ids.js'

export const isoInstant = z.string().openapi({ format: 'date-time', example: '2026-11-23T09:30:00.000Z' })

/** An instant in a request: RFC 3339 with any offset. */
export const givenInstant = z.iso
  .datetime({ offset: true })
  .transform(text => instant(Date.parse(text)))
  .openapi({ type: 'string', format: 'date-time', example: '2026-11-23T09:30:00Z' })

export function iso(atMs: EpochMs): string {
  return new Date(atMs).toISOString()
}

export function isoOrNull(atMs: EpochMs | null): string | null {
  return atMs === null ? null : iso(atMs)
}
