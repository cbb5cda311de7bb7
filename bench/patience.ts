import { setTimeout as sleep } from 'node:timers/promises'

/** A small part of what a round takes: so much too late at most is what was waited for. */
const lookEveryMs = 20

/**
 * Looks until something is found.
 * @throws Error naming what did not come within `patienceMs`
 */
export async function until<Value>(
  what: string,
  patienceMs: number,
  look: () => Promise<Value | null>,
): Promise<Value> {
  for (const end = performance.now() + patienceMs; performance.now() < end; await sleep(lookEveryMs)) {
    const found = await look()
    if (found !== null) return found
  }
  throw new Error(`waited ${patienceMs / 1000} s for ${what}`)
}

/** Far more than so many take anywhere; only a defect takes longer. */
export function patienceFor(count: number): number {
  return 60_000 + count * 500
}
