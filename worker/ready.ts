/** Whether this process can take leads and get them to an owner, asked by load balancers and by `leadline doctor`. */
import { readdir } from 'node:fs/promises'
import type { Connection } from '@temporalio/client'
import { z } from 'zod'
import { publishedPolicy } from '../db/published-policy.js'
import { type Db, rows, sql } from '../db/sql.js'

export type Readiness = { ready: boolean; checks: Record<string, string> }

/** Throws an error whose message is a short code when something is not there. */
export type Check = () => Promise<void>

export type TemporalServices = Pick<Connection, 'workflowService' | 'withDeadline'>

/** A check that has not answered by then counts as failed: whoever asks has a time-out of its own. */
const patienceMs = 3_000
/** Anyone may ask, and as often as they like; the answer is as old as this at most. */
const freshMs = 1_000

/** One readiness for all who ask at about the same time. */
export function createReadiness(checks: Record<string, Check>): () => Promise<Readiness> {
  let latest: { atMs: number; answer: Promise<Readiness> } | null = null
  return () => {
    const nowMs = performance.now()
    if (latest === null || nowMs - latest.atMs > freshMs) latest = { atMs: nowMs, answer: runChecks(checks) }
    return latest.answer
  }
}

export async function runChecks(checks: Record<string, Check>): Promise<Readiness> {
  const answers = await Promise.all(
    Object.entries(checks).map(async ([name, check]) => [name, await outcomeOf(check)] as const),
  )
  return { ready: answers.every(([, answer]) => answer === 'ok'), checks: Object.fromEntries(answers) }
}

export class NotReady extends Error {}

async function outcomeOf(check: Check): Promise<string> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>(resolve => {
    timer = setTimeout(() => resolve('no answer'), patienceMs)
  })
  // Only our own words leave the process: a driver's may quote an address or a value.
  const asked = check().then(
    () => 'ok',
    (error: unknown) => (error instanceof NotReady ? error.message : 'not reachable'),
  )
  return Promise.race([asked, late]).finally(() => clearTimeout(timer))
}

export async function databaseAnswers(db: Db): Promise<void> {
  await db.query(sql`select 1`)
}

/** Every migration of this release has been applied; a newer release may have applied more. */
export async function databaseIsMigrated(db: Db): Promise<void> {
  const files = await readdir(new URL('../db/migrations', import.meta.url))
  const applied = await rows(db, z.object({ name: z.string() }), sql`select name from migrations`).catch(
    () => [],
  )
  const names = new Set(applied.map(({ name }) => name))
  const missing = files.filter(file => file.endsWith('.sql') && !names.has(file.replace(/\.sql$/, '')))
  if (missing.length > 0) throw new NotReady(`${missing.length} migrations missing`)
}

export async function temporalAnswers(server: TemporalServices, namespace: string): Promise<void> {
  await server.withDeadline(Date.now() + patienceMs, () =>
    server.workflowService.describeNamespace({ namespace }),
  )
}

export async function policyIsLoaded(db: Db): Promise<void> {
  if ((await publishedPolicy(db)) === null) throw new NotReady('no policy loaded')
}
