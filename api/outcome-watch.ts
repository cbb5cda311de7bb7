/** Waiting for a lead's outcome in Postgres, not on its workflow: works with any number of processes and restarts. */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import type { LeadId } from '../domain/ids.js'

export type OutcomeWatch = {
  /**
   * Reads until `read` gives something. It is called at once, whenever the lead is announced, and every second.
   * @returns what was read; null when `timeoutMs` is over, the watch is closed, or too many wait already
   */
  waitFor<T>(lead: LeadId, timeoutMs: number, read: () => Promise<T | null>): Promise<T | null>
  /** Lets everyone who waits go, and ends the connection. */
  close(): Promise<void>
}

/** The channel on which the transaction that settles a lead announces its id. */
const outcomeChannel = 'lead_outcome'

/** An announcement can be lost with its connection; nobody waits longer than this for what stands in Postgres. */
const rereadEveryMs = 1_000
/** Each waiter costs a query a second from the pool that all requests share. */
const mostWaiters = 500
const retryFirstMs = 100
const retryMostMs = 5_000
const goodbyeMs = 1_000

type Wake = () => void

/** Opens the process's one connection that listens, beside the pool; it opens itself again when it breaks. */
export function createOutcomeWatch(databaseUrl: string): OutcomeWatch {
  const waiting = new Map<LeadId, Set<Wake>>()
  const closing = new AbortController()
  let count = 0

  function wakeAll(): void {
    for (const wakes of waiting.values()) for (const wake of wakes) wake()
  }

  function onNotification({ payload }: { payload?: string }): void {
    for (const [lead, wakes] of waiting) if (lead === payload) for (const wake of wakes) wake()
  }

  async function waitFor<T>(
    lead: LeadId,
    timeoutMs: number,
    read: () => Promise<T | null>,
  ): Promise<T | null> {
    if (count >= mostWaiters) return read()
    const bell = createBell()
    const wakes = waiting.get(lead) ?? new Set()
    waiting.set(lead, wakes.add(bell.ring))
    count += 1
    const until = performance.now() + timeoutMs
    try {
      for (;;) {
        // Quiet first, then read: an announcement during the reading rings the bell and is not missed.
        bell.quiet()
        const found = await read()
        const leftMs = until - performance.now()
        if (found !== null || leftMs <= 0 || closing.signal.aborted) return found
        await bell.heardWithin(Math.min(Math.ceil(leftMs), rereadEveryMs))
      }
    } finally {
      count -= 1
      wakes.delete(bell.ring)
      if (wakes.size === 0) waiting.delete(lead)
    }
  }

  const listening = listen(databaseUrl, closing.signal, { onNotification, onListening: wakeAll })

  async function close(): Promise<void> {
    closing.abort()
    wakeAll()
    await listening
  }

  return { waitFor, close }
}

/** Listens until `closing`; after a break, again and again with growing pauses. */
async function listen(
  databaseUrl: string,
  closing: AbortSignal,
  on: { onNotification: (message: { payload?: string }) => void; onListening: () => void },
): Promise<void> {
  const closed = new Promise<void>(resolve =>
    closing.addEventListener('abort', () => resolve(), { once: true }),
  )
  let pauseMs = retryFirstMs
  while (!closing.aborted) {
    const client = new pg.Client({
      connectionString: databaseUrl,
      application_name: 'leadline-outcome-watch',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    })
    const broken = new Promise<void>(resolve => client.once('end', () => resolve()))
    // Without a listener a broken connection would end the process; `end` follows and the loop goes on.
    client.on('error', () => {})
    client.on('notification', on.onNotification)
    try {
      await client.connect()
      await client.query(`listen ${outcomeChannel}`)
      pauseMs = retryFirstMs
      // What was announced while nobody listened: everyone looks for themselves.
      on.onListening()
      await Promise.race([broken, closed])
    } catch {
      pauseMs = Math.min(pauseMs * 2, retryMostMs)
    }
    // A server that is gone does not say goodbye: waiting for it has an end too.
    await Promise.race([client.end().catch(() => {}), sleep(goodbyeMs, undefined, { ref: false })])
    await sleep(pauseMs, undefined, { signal: closing }).catch(() => {})
  }
}

type Bell = { ring: Wake; quiet(): void; heardWithin(ms: number): Promise<void> }

/** Remembers that it rang until it is told to be quiet. */
function createBell(): Bell {
  let rang = false
  let hear: Wake = () => {}
  return {
    ring() {
      rang = true
      hear()
    },
    quiet() {
      rang = false
    },
    async heardWithin(ms) {
      if (rang) return
      await new Promise<void>(resolve => {
        const timer = setTimeout(resolve, ms)
        hear = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    },
  }
}
