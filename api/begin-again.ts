/** Starts the next run of a lead that was opened again, under the mark in Postgres that says it has not been. */
import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowExecutionDescription,
  WorkflowNotFoundError,
} from '@temporalio/client'
import { z } from 'zod'
import { waitingToBegin } from '../db/second-life.js'
import { execute, type Pool, sql, timestamp, transaction } from '../db/sql.js'
import type { EpochMs, LeadId } from '../domain/ids.js'
import type { Again } from '../domain/life/again.js'
import { workflowIdOf } from '../workflows/ids.js'

/** What the server keeps of a start beside its input, through each continue-as-new. */
type StartMemo = {
  generation: number
  /** The last run of the life before; null where the server knew none any more. */
  follows: string | null
}

/** The run of the life before has said its last word and is about to end. */
export class StillEnding extends Error {}

type Beginning = {
  db: Pool
  client: Client
  now: () => EpochMs
  withinMs: number
  /** Starts it, whatever ran under this id before. */
  start: (again: Again, memo: StartMemo) => Promise<void>
}

/**
 * Does nothing where nothing waits for it.
 * @throws StillEnding, and whatever Temporal throws when it does not answer
 */
export async function beginAgain(
  { db, client, now, withinMs, start }: Beginning,
  lead: LeadId,
): Promise<void> {
  await transaction(db, async tx => {
    // The API and the relay may both be at it. One after the other, so that the second sees that the first has started
    // it, even where that run has ended by then: a start under a used id is never refused.
    await execute(tx, sql`select pg_advisory_xact_lock(hashtextextended(${`begin again ${lead}`}, 0))`)
    const again = await waitingToBegin(tx, lead)
    if (again === null) return
    const latest = await latestRun(client, lead, withinMs)
    // Started by somebody who did not live to set the mark.
    if (latest === null || latest.generation < again.generation) {
      if (latest !== null && latest.isRunning) throw new StillEnding()
      await startIt(start, again, { generation: again.generation, follows: latest?.runId ?? null })
    }
    await execute(
      tx,
      sql`update leads set workflow_started_at = ${timestamp(now())}, begin_again = null
          where id = ${lead} and generation = ${again.generation}`,
    )
  })
}

async function startIt(start: Beginning['start'], again: Again, memo: StartMemo): Promise<void> {
  try {
    await start(again, memo)
  } catch (error) {
    throw error instanceof WorkflowExecutionAlreadyStartedError ? new StillEnding() : error
  }
}

type LatestRun = { runId: string; generation: number; isRunning: boolean }

async function latestRun(client: Client, lead: LeadId, withinMs: number): Promise<LatestRun | null> {
  try {
    const handle = client.workflow.getHandle(workflowIdOf(lead))
    const about = await client.withDeadline(Date.now() + withinMs, () => handle.describe())
    return { runId: about.runId, generation: generationOf(about), isRunning: about.status.name === 'RUNNING' }
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null
    throw error
  }
}

/** A first life is started without a memo. */
function generationOf({ memo }: WorkflowExecutionDescription): number {
  return z.object({ generation: z.int() }).catch({ generation: 0 }).parse(memo).generation
}
