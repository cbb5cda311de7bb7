import { userInfo } from 'node:os'
import { Command } from 'commander'
import { loadPeople, rosterAt } from '../db/people.js'
import { currentPolicy, NoPolicy } from '../db/policies.js'
import type { Pool } from '../db/sql.js'
import { type EpochMs, instant } from '../domain/ids.js'
import { checkAgainstPeople, formatPolicyErrors } from '../domain/policy-document.js'
import { CannotStart } from '../worker/cannot-start.js'
import { readDocument, withInstance } from './with-instance.js'

/** `leadline people load`: exit code 1 where the document is wrong, with `file:line:column: what` for each error. */
export function peopleCommand(): Command {
  const people = new Command('people').description('load people, teams and working hours')
  people
    .command('load')
    .argument('<file>', 'a people document')
    .option('--by <name>', 'who loads it', userInfo().username)
    .description('from now on the roster is what the document says')
    .action((file: string, { by }: { by: string }) => withInstance(({ db }) => load(db, file, by)))
  return people
}

async function load(db: Pool, file: string, by: string): Promise<void> {
  const document = await readDocument(file)
  const atMs = instant(Date.now())
  const loaded = await loadPeople(db, { document, fileName: file, by, atMs })
  if (!loaded.ok) throw new CannotStart(formatPolicyErrors(loaded.errors, file))
  console.log(`${loaded.added} new, ${loaded.changed} changed, ${loaded.ended} ended.`)
  for (const line of await missedByPolicy(db, atMs)) console.error(line)
}

/** People leave, and the policy must follow; until it does, leads meant for them go to whoever is next in line. */
async function missedByPolicy(db: Pool, atMs: EpochMs): Promise<string[]> {
  try {
    const { version, policy } = await currentPolicy(db)
    const errors = checkAgainstPeople(policy, await rosterAt(db, atMs))
    return errors.length === 0 ? [] : formatPolicyErrors(errors, `policy version ${version}`).split('\n')
  } catch (error) {
    if (error instanceof NoPolicy) return []
    throw error
  }
}
