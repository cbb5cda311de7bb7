/** The invariants as queries that find what breaks them: db/invariants, one file each. */
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { type LeadId, leadId } from '../domain/ids.js'
import { execute, type Pool, raw, rows, sql, type Tx, transaction } from './sql.js'

export type Finding = {
  /** Null: not of one lead, but of a pool, say. */
  lead: LeadId | null
  /** The name of its file, or of the check that is not SQL. */
  invariant: string
  what: string
}

export type Invariant = { name: string; query: string }

const folder = fileURLToPath(new URL('./invariants', import.meta.url))

/** More than anybody reads; a broken database must not fill the memory. */
const findingsMost = 10_000

export async function readInvariants(): Promise<Invariant[]> {
  const files = (await readdir(folder)).filter(file => file.endsWith('.sql')).sort()
  return Promise.all(
    files.map(async file => ({
      name: file.replace(/\.sql$/, ''),
      query: await readFile(`${folder}/${file}`, 'utf8'),
    })),
  )
}

/**
 * What the tables, the timeline and the ledger say against each other, all as of one instant.
 * @param lead of this lead alone; null: of all leads, and of what belongs to none
 */
export async function violations(db: Pool, lead: LeadId | null): Promise<Finding[]> {
  const invariants = await readInvariants()
  return transaction(db, async tx => {
    await execute(tx, sql`set transaction isolation level repeatable read, read only`)
    // A look at everything may take longer than a request may.
    await execute(tx, sql`set local statement_timeout = '10min'`)
    const found: Finding[] = []
    for (const invariant of invariants) found.push(...(await violationsOf(tx, invariant, lead)))
    return found
  })
}

/** What breaks this one invariant. */
export async function violationsOf(tx: Tx, invariant: Invariant, lead: LeadId | null): Promise<Finding[]> {
  const found = await rows(
    tx,
    z.object({ lead: leadId.nullable(), what: z.string() }),
    sql`select lead, what from (${raw(invariant.query)}) found
        where ${lead}::uuid is null or lead = ${lead} order by lead, what limit ${findingsMost}`,
  )
  return found.map(({ lead, what }) => ({ lead, invariant: invariant.name, what }))
}
