/** Parsed rows over pg: SQL in sight, every row through a zod schema, instants as epoch milliseconds. */
import pg from 'pg'
import type { Sql } from 'sql-template-tag'
import { z } from 'zod'
import { type EpochMs, instant } from '../domain/ids.js'

export { default as sql, empty, raw } from 'sql-template-tag'

/** A pool or a client in a transaction: what a query runs on. */
export type Db = { query(query: Sql): Promise<pg.QueryResult> }

export type Pool = pg.Pool

/** A client inside an open transaction; only `transaction` makes one. */
export type Tx = Db & { readonly inTransaction: true }

/** A `timestamptz` column as an instant. */
export const instantColumn = z.date().transform(date => instant(date.getTime()))

/** A `bigint` column or `count(*)`. */
export const bigintColumn = z.string().transform(text => BigInt(text))

/** An instant as a parameter. */
export function timestamp(atMs: EpochMs | number): Date {
  return new Date(atMs)
}

export async function rows<Schema extends z.ZodType>(
  db: Db,
  schema: Schema,
  query: Sql,
): Promise<z.output<Schema>[]> {
  const result = await db.query(query)
  return result.rows.map(row => schema.parse(row))
}

/** The one row that the query must give; throws where it gives none or several. */
export async function row<Schema extends z.ZodType>(
  db: Db,
  schema: Schema,
  query: Sql,
): Promise<z.output<Schema>> {
  const found = await rows(db, schema, query)
  const [first] = found
  if (first === undefined || found.length > 1)
    throw new Error(`expected one row, got ${found.length}: ${query.sql}`)
  return first
}

export async function rowOrNull<Schema extends z.ZodType>(
  db: Db,
  schema: Schema,
  query: Sql,
): Promise<z.output<Schema> | null> {
  const found = await rows(db, schema, query)
  if (found.length > 1) throw new Error(`expected at most one row, got ${found.length}: ${query.sql}`)
  return found[0] ?? null
}

/** Runs a statement; gives the number of rows that it touched. */
export async function execute(db: Db, query: Sql): Promise<number> {
  const result = await db.query(query)
  return result.rowCount ?? 0
}

/** Commits what `work` did, or nothing of it. A deadlock or a serialization failure is the caller's to retry. */
export async function transaction<Result>(pool: Pool, work: (tx: Tx) => Promise<Result>): Promise<Result> {
  const client = await pool.connect()
  const tx: Tx = { inTransaction: true, query: query => client.query(query) }
  let broken: Error | undefined
  try {
    await client.query('begin')
    const result = await work(tx)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch((failure: unknown) => {
      broken = failure instanceof Error ? failure : new Error(String(failure))
    })
    throw error
  } finally {
    client.release(broken)
  }
}

/**
 * A pool whose waits are bounded.
 * @param maxConnections default 20; activities and requests of one process share them.
 */
export function connect(databaseUrl: string, maxConnections = 20): Pool {
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    max: maxConnections,
    connectionTimeoutMillis: 10_000,
    statement_timeout: 30_000,
    lock_timeout: 20_000,
    idle_in_transaction_session_timeout: 30_000,
    application_name: 'leadline',
  })
  // An idle connection that the server closed is no crash: the next query opens another.
  pool.on('error', () => {})
  // A connection that dies in use fails its query, which is tried again; without a listener it would end the process.
  pool.on('connect', client => client.on('error', () => {}))
  return pool
}
