import { setTimeout as sleep } from 'node:timers/promises'
import { type Log, namesOf } from './log.js'

type Part = { name: string; seconds: number; stop: () => Promise<unknown> }

export type Shutdown = {
  /** @param seconds how long the part may take; after that the next one is stopped all the same */
  add: (name: string, seconds: number, stop: () => Promise<unknown>) => void
  /** Stops what was added, the last first. Once; whoever calls again waits for the same end. */
  run: () => Promise<void>
}

/** Remembers how to stop what has been started, so that a start that fails midway leaves nothing behind. */
export function createShutdown(log: () => Log | null): Shutdown {
  const parts: Part[] = []
  let running: Promise<void> | null = null

  async function stopAll(): Promise<void> {
    for (const { name, seconds, stop } of parts.reverse()) {
      const timer = new AbortController()
      const late = sleep(seconds * 1000, 'late' as const, { signal: timer.signal }).catch(
        () => 'late' as const,
      )
      try {
        const end = await Promise.race([stop(), late])
        if (end === 'late') log()?.warn({ part: name }, `${name} does not stop within ${seconds} s; going on`)
      } catch (error) {
        log()?.warn({ part: name, error: namesOf(error) }, `${name} did not stop cleanly`)
      } finally {
        timer.abort()
      }
    }
  }

  return {
    add: (name, seconds, stop) => void parts.push({ name, seconds, stop }),
    run: () => {
      running ??= stopAll()
      return running
    },
  }
}
