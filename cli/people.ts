import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { Command } from 'commander'
import { loadPeople } from '../db/people.js'
import { instant } from '../domain/ids.js'
import { formatPolicyErrors } from '../domain/policy-document.js'
import { openInstance } from './open.js'

export function peopleCommand(): Command {
  const people = new Command('people').description('load the people, teams and working hours')
  people
    .command('load')
    .argument('<file>', 'a people document')
    .option('--by <id>', 'who loads it', 'cli')
    .description('from now on the roster is what the document says')
    .action(async (file: string, { by }: { by: string }) => {
      const instance = await openInstance()
      try {
        const document = await readFile(file, 'utf8')
        const atMs = instant(Date.now())
        const loaded = await loadPeople(instance.db, { document, fileName: basename(file), by, atMs })
        if (loaded.ok) {
          console.log(`${loaded.changed} new or changed, ${loaded.ended} ended.`)
        } else {
          console.error(formatPolicyErrors(loaded.errors, file))
          process.exitCode = 1
        }
      } finally {
        await instance.close()
      }
    })
  return people
}
