/** Reminders that come due at one instant are not all sent in it. */
import type { LeadId } from './ids.js'

/**
 * How much later than due this lead's reminders are sent, below `spreadMs`: always as late, so that a retry sends none
 * earlier. Deadlines at nine in the morning would else all be told of in one second. Nothing but the sending moves.
 */
export function spreadOf(lead: LeadId, spreadMs: number): number {
  // The first 32 bits of a UUID of version 4 are random.
  return Math.floor((Number.parseInt(lead.slice(0, 8), 16) / 2 ** 32) * spreadMs)
}
