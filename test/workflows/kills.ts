/** Kills the worker under many leads at once, again and again: each lead is then at a place of its own. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { execute, row, sql, timestamp } from '../../db/sql.js'
import type { LeadId } from '../../domain/ids.js'
import { now } from '../../worker/clock.js'
import { leadWorkflow, taskQueue, workflowIdOf } from '../../workflows/ids.js'
import { submitted } from '../setup/submitted.js'
import type { CrashingDesk } from './crashing-desk.js'
import type { Place } from './crashing-worker.js'

/** A lead, the place where its worker dies (null: wherever it is), and what people do meanwhile. */
export type Case = {
  place: Place | null
  body: Record<string, unknown>
  live(desk: CrashingDesk, lead: LeadId, cue: Cue): Promise<void>
  /** The first kill waits until the story gives its cue for it. */
  givesCue?: boolean
  /** Starts with the others, and waits for its cue later. */
  awaitsCue?: boolean
}

type Cue = {
  /** Resolves when all others have halted. */
  mine: Promise<void>
  /** The kill may come. */
  give(): void
}

/** How a lead got through. `deaths`: at its place. `complaint`: where its story got stuck. */
export type Life = { lead: LeadId; deaths: number; complaint: string | null }

/** Longer than the server waits for anything else after a kill: a lead that dies in a task comes back as the last. */
const taskPatience = '18s'
const roundSeconds = 40
const pollMs = 100

type Doomed = Case & {
  lead: LeadId
  /** Grows by a byte with each death at its place. */
  file: string
  mayDie(): boolean
  /** Once; not where that is the relay's to do. */
  start(): Promise<void>
  giveCue(): void
  story(): Promise<void>
}

/**
 * Has every lead die so often at its place, and then lets all of them live. In a round the worker is killed once
 * everybody has halted; a place in a workflow task, which cannot wait, is reached last and kills by itself.
 * @param more kills after that, at any instant
 */
export async function liveThroughKills(
  desk: CrashingDesk,
  cases: readonly Case[],
  { deaths, more }: { deaths: number; more: number },
): Promise<Life[]> {
  const doomed = await Promise.all(cases.map((story, index) => doom(desk, story, index)))
  const first = doomed.filter(({ place, awaitsCue }) => awaitsCue || rankOf(place) === 0)
  await Promise.all(first.map(({ start }) => start()))
  const stories = Promise.all(doomed.map(({ story }) => story().then(() => null, String)))
  // Some more than needed, for those who are on their way when another one ends the round.
  for (let rounds = 0; rounds < deaths + 4; rounds += 1) {
    const left = doomed.filter(({ place, file }) => place !== null && deathsIn(file) < deaths)
    if (left.length > 0) await killAll(desk, left)
  }
  for (let kills = 0; kills < more; kills += 1) await killAtAnyInstant(desk)
  desk.work([])
  const complaints = await stories
  return doomed.map(({ lead, file }, index) => {
    return { lead, deaths: deathsIn(file), complaint: complaints[index] ?? null }
  })
}

async function killAll(desk: CrashingDesk, left: Doomed[]): Promise<void> {
  const before = new Map(left.map(({ file }) => [file, deathsIn(file)]))
  const hasHalted = ({ file, mayDie }: Doomed) => mayDie() && deathsIn(file) > (before.get(file) ?? 0)
  const worker = desk.work(left.flatMap(({ lead, place, file }) => (place ? [{ lead, place, file }] : [])))
  for (const rank of [0, 1, 2]) {
    const next = left.filter(({ place }) => rankOf(place) === rank)
    await Promise.all(next.map(({ start }) => start()))
    for (const { giveCue } of next) giveCue()
    await within(roundSeconds, () => worker.hasEnded() || next.every(hasHalted))
  }
  await worker.kill()
}

/**
 * Who comes last. A routing that halts in its transaction holds the pools of its whole chain, so that nobody else is
 * routed any more; a task cannot halt, and ends the round.
 */
function rankOf(place: Place | null): number {
  if (place?.in === 'task') return 2
  return place?.in === 'step' && place.step === 'route' && place.moment === 'commits' ? 1 : 0
}

/** Some time after the worker has begun to do something, if there is still something to do. */
async function killAtAnyInstant(desk: CrashingDesk): Promise<void> {
  const query = sql`select count(*)::int as n from events`
  const countEvents = async () => (await row(desk.db, z.object({ n: z.int() }), query)).n
  const before = await countEvents()
  const worker = desk.work([])
  await within(15, async () => (await countEvents()) > before)
  await sleep(Math.random() * 2_000)
  await worker.kill()
}

/** The lead as intake leaves it. */
async function doom(desk: CrashingDesk, given: Case, index: number): Promise<Doomed> {
  const { place, live, givesCue = false } = given
  const receivedAtMs = now()
  const lead = await submitted(desk.db, given.body, receivedAtMs)
  let isStarted = false
  let mayDie = !givesCue
  let giveCue = () => {}
  const mine = new Promise<void>(resolve => {
    giveCue = resolve
  })
  if (rankOf(place) > 0) {
    // The relay would start it before its turn.
    const mark = sql`update leads set workflow_started_at = ${timestamp(receivedAtMs)} where id = ${lead}`
    await execute(desk.db, mark)
  }
  return {
    ...given,
    lead,
    file: join(desk.folder, `${index}.deaths`),
    mayDie: () => mayDie,
    async start() {
      if (isStarted) return
      isStarted = true
      if (place?.in === 'step' && place.step === 'start') return
      if (place?.in !== 'task') return desk.start(lead, receivedAtMs)
      await desk.temporal.workflow.start(leadWorkflow, {
        workflowId: workflowIdOf(lead),
        taskQueue,
        args: [{ leadId: lead, receivedAtMs }],
        workflowTaskTimeout: taskPatience,
      })
    },
    giveCue: () => giveCue(),
    story: () => live(desk, lead, { mine, give: () => (mayDie = true) }),
  }
}

function deathsIn(file: string): number {
  return existsSync(file) ? readFileSync(file).length : 0
}

async function within(seconds: number, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let waitedMs = 0; waitedMs < seconds * 1_000 && !(await isSo()); waitedMs += pollMs)
    await sleep(pollMs)
}
