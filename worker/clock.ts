import { type EpochMs, instant } from '../domain/ids.js'

/** The one place where business time comes from a clock. */
export const now = (): EpochMs => instant(Date.now())
