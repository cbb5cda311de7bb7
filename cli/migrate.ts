import { Command } from 'commander'
import { readConfig } from '../config.js'
import { migrate } from '../db/migrate.js'
import { now } from '../worker/clock.js'
import { hasKeys, loadSample, mintKeys } from '../worker/first-start.js'
import { prepareNamespace } from '../worker/namespace.js'
import { findServers, openDatabase, openTemporal } from '../worker/servers.js'

/** `leadline migrate`: brings given servers to this release, before its API and workers start. Safe to repeat. */
export function migrateCommand(): Command {
  return new Command('migrate')
    .description('prepare the database and the Temporal namespace for this release')
    .option('--sample', 'load the sample company where no policy is loaded')
    .action(async ({ sample }: { sample?: true }) => {
      const config = readConfig()
      const servers = await findServers(config)
      const db = await openDatabase(servers.databaseUrl, 2)
      try {
        await migrate(servers.databaseUrl)
        console.log('The database is up to date.')
        const { connection, namespace } = await openTemporal(servers.temporal)
        await prepareNamespace(connection, namespace, config.retention).finally(() => connection.close())
        console.log(`The Temporal namespace ${namespace} is complete.`)
        if (sample && (await loadSample(db, now()))) console.log('Loaded the sample company.')
        if (await hasKeys(db)) return
        console.log('Keys (shown this once; keep them):')
        for (const [role, key] of Object.entries(await mintKeys(db, now())))
          console.log(`  ${role.padEnd(13)} ${key}`)
      } finally {
        await db.end()
      }
    })
}
