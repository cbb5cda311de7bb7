/** What became of the demo's leads, and whether all of them are there, with the figures of `leadline verify`. */
import { appendFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Config } from '../config.js'
import { type Pool, rows, sql } from '../db/sql.js'
import { outcomeKinds, submissionsOf } from './demo-stories.js'
import { openInstance } from './open.js'
import { verify } from './verification.js'
import { report as sayVerified } from './verify.js'

export type DemoRun = { db: Pool; run: string; config: Config }

/** Prints it, and gives what is missing from a whole demo. */
export async function reportDemo(of: DemoRun): Promise<string[]> {
  return [...(await reportOutcomes(of)), ...(await verifyAll(of))]
}

/**
 * The sender was told that this is taken in. Written as soon as that is known, and beside the database: after a
 * `kill -9` of everything it says what must be there.
 */
export async function keepPromise({ config, run }: DemoRun, key: string): Promise<void> {
  await appendFile(promisesFile(config.home, run), `${key}\n`)
}

function promisesFile(home: string, run: string): string {
  return join(home, `demo-${run}.promised`)
}

async function reportOutcomes({ db, run, config }: DemoRun): Promise<string[]> {
  const leads = await rows(
    db,
    z.object({ id: z.string(), status: z.string(), outcome: z.string().nullable(), owners: z.int() }),
    sql`select l.id, l.status, l.outcome, (select count(*)::int from assignments a where a.lead_id = l.id and a.ended_at is null) as owners
        from leads l join submissions s on s.lead_id = l.id where s.raw->>'email' like ${`%-${run}@%`}`,
  )
  const told = await Promise.all(leads.map(async lead => ({ ...lead, events: await eventsOf(db, lead.id) })))
  printStandings(leads)
  console.log(`\n${'what happened to them'.padEnd(28)}leads`)
  const missing: string[] = []
  for (const [kind, holds] of Object.entries(outcomeKinds)) {
    const count = told.filter(holds).length
    console.log(`${kind.padEnd(28)}${count}`)
    if (count === 0) missing.push(`no lead was ${kind}`)
  }
  const lost = told.filter(({ outcome, owners }) => (outcome === null) !== (owners === 1))
  const promised = new Set((await readFile(promisesFile(config.home, run), 'utf8')).trimEnd().split('\n'))
  console.log(
    `\n${promised.size} leads sent, ${told.length} stored, ${told.length - lost.length} with exactly one owner or one ending`,
  )
  if (told.length !== submissionsOf(run).length)
    missing.push(`${told.length} leads of ${submissionsOf(run).length}`)
  if (lost.length > 0) missing.push(`${lost.length} leads without exactly one owner or ending`)
  return missing
}

/** Where each lead stands at the end, which is one place for each. */
function printStandings(leads: readonly { status: string; outcome: string | null }[]): void {
  const counts = new Map<string, number>()
  for (const { status, outcome } of leads) {
    const standing = outcome ?? status.replace('_', ' ')
    counts.set(standing, (counts.get(standing) ?? 0) + 1)
  }
  console.log(`\n${'where they stand'.padEnd(28)}leads`)
  for (const [standing, count] of [...counts].toSorted()) console.log(`${standing.padEnd(28)}${count}`)
  console.log(`${'together'.padEnd(28)}${leads.length}`)
}

/** Every lead of this folder, also those of earlier runs. */
async function verifyAll({ db, config }: DemoRun): Promise<string[]> {
  const instance = await openInstance(config)
  try {
    const verified = await verify({ db, temporal: instance.temporal }, null)
    process.stdout.write(`\n${sayVerified(verified)}`)
    return verified.findings.length === 0 ? [] : [`verify found ${verified.findings.length} things`]
  } finally {
    await instance.close()
  }
}

/** The kinds of a lead's events, in their order; with what was said in it, once more as `kind:said`. */
export async function eventsOf(db: Pool, lead: string): Promise<string[]> {
  const found = await rows(
    db,
    z.object({ said: z.array(z.string().nullable()) }),
    sql`select array[kind, data->>'cause', data->>'verdict', data->>'approved', data->>'accepted'] as said
        from events where lead_id = ${lead} order by seq`,
  )
  return found.flatMap(({ said: [kind, ...more] }) => [
    String(kind),
    ...more.filter(value => value !== null).map(value => `${kind}:${value}`),
  ])
}
