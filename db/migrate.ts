import { fileURLToPath } from 'node:url'
import { runner } from 'node-pg-migrate'

/** Brings the database to this release; concurrent callers wait for each other on an advisory lock. Throws on an SQL error. */
export async function migrate(databaseUrl: string): Promise<void> {
  await runner({
    databaseUrl,
    dir: fileURLToPath(new URL('./migrations', import.meta.url)),
    migrationsTable: 'migrations',
    direction: 'up',
    singleTransaction: true,
    advisoryLockMode: 'wait',
    log: () => {},
  })
}
