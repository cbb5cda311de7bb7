import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Begins one every so often, however long those before it take, as the world outside does.
 * @returns milliseconds of each, from the instant at which it was due: one that begins late has waited, too
 */
export async function arrive(
  count: number,
  everyMs: number,
  work: () => Promise<unknown>,
): Promise<number[]> {
  const startMs = performance.now()
  const taking: Promise<number>[] = []
  for (let index = 0; index < count; index++) {
    const dueMs = startMs + index * everyMs
    const waitMs = dueMs - performance.now()
    if (waitMs > 0) await sleep(waitMs)
    const taken = work().then(() => performance.now() - dueMs)
    // A failure is thrown below, once the others have begun.
    taken.catch(() => {})
    taking.push(taken)
  }
  return Promise.all(taking)
}
