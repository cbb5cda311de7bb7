import pg from 'pg'
import { inject } from 'vitest'

/** The migrated database that every test's own is a copy of. */
export const templateDatabase = 'leadline_template'

/** A database of a test's own, with the schema and without rows. `drop` cuts off whoever is still connected. */
export async function databaseFromTemplate(): Promise<{ url: string; drop(): Promise<void> }> {
  const server = inject('databaseUrl')
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`
  await asSuperuser(server, `CREATE DATABASE ${name} TEMPLATE ${templateDatabase}`)
  const url = new URL(server)
  url.pathname = name
  return { url: url.href, drop: () => asSuperuser(server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) }
}

async function asSuperuser(server: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
