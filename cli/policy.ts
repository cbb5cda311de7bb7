import { userInfo } from 'node:os'
import { Command } from 'commander'
import { holidayYearsAround } from '../db/holiday-years.js'
import { loadPolicy, NoPolicy } from '../db/policies.js'
import { publishedPolicy } from '../db/published-policy.js'
import type { Pool } from '../db/sql.js'
import { instant } from '../domain/ids.js'
import { parsePeople } from '../domain/people-document.js'
import { checkAgainstPeople, formatPolicyErrors, parsePolicy } from '../domain/policy-document.js'
import { CannotStart } from '../worker/cannot-start.js'
import { readDocument, withInstance } from './with-instance.js'

/** `leadline policy`: exit code 1 where the document is wrong, with `file:line:column: what` for each error. */
export function policyCommand(): Command {
  const policy = new Command('policy').description('check, load and show the policy')
  policy
    .command('check')
    .argument('<file>', 'a policy document')
    .option('--people <file>', 'a people document: is everyone there whom the policy names?')
    .description('list what is wrong in a document; needs no instance')
    .action(check)
  policy
    .command('load')
    .argument('<file>', 'a policy document')
    .option('--reason <text>', 'why, for the record', 'loaded by hand')
    .option('--by <name>', 'who publishes it', userInfo().username)
    .description('check a document against the people and publish it as the next version')
    .action((file: string, options: { reason: string; by: string }) =>
      withInstance(({ db }) => load(db, file, options)),
    )
  policy
    .command('show')
    .description('print the document in force, with its version')
    .action(() => withInstance(({ db }) => show(db)))
  return policy
}

async function check(file: string, { people }: { people?: string }): Promise<void> {
  const holidayYears = holidayYearsAround(Date.now())
  const parsed = parsePolicy(await readDocument(file), file, { holidayYears })
  if (!parsed.ok) throw new CannotStart(formatPolicyErrors(parsed.errors, file))
  if (people !== undefined) {
    const roster = parsePeople(await readDocument(people), people, { holidayYears })
    if (!roster.ok) throw new CannotStart(formatPolicyErrors(roster.errors, people))
    const errors = checkAgainstPeople(parsed.policy, roster.people, parsed.source)
    if (errors.length > 0) throw new CannotStart(formatPolicyErrors(errors, file))
  }
  const { policy, rules, pools } = parsed.policy
  console.log(`${file}: nothing wrong. ${policy}: ${rules.length} rules, ${Object.keys(pools).length} pools.`)
}

async function load(db: Pool, file: string, { reason, by }: { reason: string; by: string }): Promise<void> {
  const document = await readDocument(file)
  const atMs = instant(Date.now())
  const loaded = await loadPolicy(db, { document, fileName: file, by, reason, atMs })
  if (!loaded.ok) throw new CannotStart(formatPolicyErrors(loaded.errors, file))
  console.log(
    loaded.isNew ? `Published as version ${loaded.version}.` : `This is version ${loaded.version} already.`,
  )
}

/** As a document that can be loaded again: what is known of the version stands in comments. */
async function show(db: Pool): Promise<void> {
  const published = await publishedPolicy(db)
  if (published === null) throw new CannotStart(new NoPolicy().message)
  const { version, name, loadedAtMs, loadedBy, reason, document } = published
  const when = new Date(loadedAtMs).toISOString()
  process.stdout.write(
    `# ${name}, version ${version}: loaded ${when} by ${loadedBy}\n# ${oneLine(reason)}\n${document}`,
  )
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ')
}
