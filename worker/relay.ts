/**
 * Does what a mark in Postgres says is not done: starts leads whose workflow is not known to run, and copies the
 * histories of closed ones. Any number of processes may run it; one at a time does the work.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import { z } from 'zod'
import type { LeadWorkflows } from '../api/lead-workflows.js'
import { instantColumn, type Pool, row, rows, sql, type Tx, timestamp, transaction } from '../db/sql.js'
import { type EpochMs, leadId } from '../domain/ids.js'
import { leavesToTell } from '../db/leaves.js'
import { copyHistory } from './history-copy.js'
import { tellLeave } from './leave-teller.js'
import { type Log, namesOf } from './log.js'

export type RelayDeps = {
  db: Pool
  client: Client
  leads: Pick<LeadWorkflows, 'start'>
  now: () => EpochMs
  log: Log
}

export type Relay = { stop: () => Promise<void> }

const everyMs = 1_000
/** While everything fails (Temporal or Postgres is away), it asks more and more rarely. */
const slowestMs = 15_000
/** Intake itself starts a lead right after its commit; what is younger than this is still in its hands. */
const graceMs = 2_000
/** Of one round: short enough for the transaction around it, in which nothing is locked but the relay's own turn. */
const startsPerRound = 50
const copiesPerRound = 20
const leavesPerRound = 20
const atOnce = 10

/** The relay's turns (advisory locks in Postgres): of many processes one does the work. */
const turns = { start: 7_301_001, copy: 7_301_002, leave: 7_301_003 }

export function startRelay(deps: RelayDeps): Relay {
  const stopping = new AbortController()
  const starting = repeat(deps.log, stopping.signal, 'start', createStarter(deps))
  const copying = repeat(deps.log, stopping.signal, 'copy', createCopier(deps))
  const telling = repeat(deps.log, stopping.signal, 'leave', createLeaveTeller(deps))
  return {
    async stop() {
      stopping.abort()
      await Promise.all([starting, copying, telling])
    },
  }
}

/** What a round did: `more` means that the next round should follow at once. */
type Round = { done: number; failed: number; more: boolean }

/** Starts the oldest leads that wait for their workflow. */
export function createStarter({ db, leads, now, log }: RelayDeps): () => Promise<Round> {
  const failures = createFailures()
  return () =>
    inTurn(db, turns.start, async tx => {
      const waiting = await rows(
        tx,
        z.object({ id: leadId, received_at: instantColumn }),
        sql`select id, received_at from leads
            where workflow_started_at is null and received_at <= ${timestamp(now() - graceMs)}
              and id <> all(${failures.resting()}::uuid[])
            order by received_at limit ${startsPerRound}`,
      )
      return forAll(waiting, startsPerRound, ({ id, received_at }) =>
        failures.watch(id, log, 'start', () => leads.start(id, received_at)),
      )
    })
}

/** Copies the histories of leads whose workflow has said that it is about to end. */
export function createCopier({ db, client, now, log }: RelayDeps): () => Promise<Round> {
  const failures = createFailures()
  return () =>
    inTurn(db, turns.copy, async tx => {
      const ended = await rows(
        tx,
        z.object({ id: leadId }),
        sql`select id from leads
            where workflow_ended_at is not null and history_copied_at is null
              and id <> all(${failures.resting()}::uuid[])
            order by workflow_ended_at limit ${copiesPerRound}`,
      )
      return forAll(ended, copiesPerRound, ({ id }) =>
        failures.watch(id, log, 'copy', () => copyHistory(db, client, id, now)),
      )
    })
}

/** Tells the workflows of leaves what people have changed about them. */
function createLeaveTeller({ db, client, now, log }: RelayDeps): () => Promise<Round> {
  const failures = createFailures()
  return () =>
    inTurn(db, turns.leave, async () => {
      const changed = (await leavesToTell(db, leavesPerRound)).map(id => ({ id }))
      return forAll(changed, leavesPerRound, ({ id }) =>
        failures.watch(id, log, 'tell of leave', () => tellLeave({ db, client, now }, id)),
      )
    })
}

/** Nothing is locked but the turn itself: the leads of the round go on living while they are started. */
async function inTurn(db: Pool, turn: number, work: (tx: Tx) => Promise<Round>): Promise<Round> {
  return transaction(db, async tx => {
    const { mine } = await row(
      tx,
      z.object({ mine: z.boolean() }),
      sql`select pg_try_advisory_xact_lock(${turn}) as mine`,
    )
    return mine ? work(tx) : { done: 0, failed: 0, more: false }
  })
}

async function forAll<Item>(
  items: Item[],
  most: number,
  work: (item: Item) => Promise<boolean>,
): Promise<Round> {
  let done = 0
  let failed = 0
  for (let from = 0; from < items.length; from += atOnce) {
    const outcomes = await Promise.all(items.slice(from, from + atOnce).map(work))
    done += outcomes.filter(isDone => isDone).length
    failed += outcomes.filter(isDone => !isDone).length
    // Nobody got through: the server is away, and asking for the rest would only hold the turn.
    if (!outcomes.includes(true)) break
  }
  return { done, failed, more: items.length === most && done > 0 }
}

async function repeat(
  log: Log,
  stopping: AbortSignal,
  what: keyof typeof turns,
  work: () => Promise<Round>,
): Promise<void> {
  let pauseMs = everyMs
  while (!stopping.aborted) {
    let more = false
    try {
      const round = await work()
      more = round.more
      const isStuck = round.failed > 0 && round.done === 0
      pauseMs = isStuck ? Math.min(pauseMs * 2, slowestMs) : everyMs
      if (round.done > 0) log.info({ relay: what, ...round }, `relay: ${what} ${round.done}`)
    } catch (error) {
      log.warn({ relay: what, error: namesOf(error) }, `relay: cannot ${what} now, trying again`)
      pauseMs = Math.min(pauseMs * 2, slowestMs)
    }
    if (!more) await sleep(pauseMs, undefined, { signal: stopping }).catch(() => {})
  }
}

type Failures = {
  /** Those that failed and are left alone for now, so that they do not stand in the way of others. */
  resting(): string[]
  /** Gives whether the work got done; a failure is logged by its code. */
  watch(id: string, log: Log, what: string, work: () => Promise<boolean | void>): Promise<boolean>
}

const firstRestMs = 1_000
const longestRestMs = 300_000
/** Beyond this it forgets: everything fails then, and who rests no longer matters. */
const mostRemembered = 1_000

function createFailures(): Failures {
  const known = new Map<string, { times: number; untilMs: number }>()
  function rest(lead: string): void {
    const times = (known.get(lead)?.times ?? 0) + 1
    if (known.size >= mostRemembered) known.clear()
    known.set(lead, {
      times,
      untilMs: performance.now() + Math.min(firstRestMs * 2 ** (times - 1), longestRestMs),
    })
  }
  return {
    resting: () => [...known].filter(([, { untilMs }]) => untilMs > performance.now()).map(([id]) => id),
    async watch(lead, log, what, work) {
      try {
        // `false`: not yet, which is no failure to tell of; it is asked again later all the same.
        if ((await work()) === false) {
          rest(lead)
          return false
        }
        known.delete(lead)
        return true
      } catch (error) {
        rest(lead)
        log.warn({ relay: what, lead, error: namesOf(error) }, `relay: cannot ${what} ${lead} yet`)
        return false
      }
    },
  }
}
