import { userInfo } from 'node:os'
import { Command } from 'commander'
import { holidayYearsAround } from '../db/holiday-years.js'
import { loadPolicy, NoPolicy } from '../db/policies.js'
import { publishedPolicy, publishedVersion } from '../db/published-policy.js'
import type { Pool } from '../db/sql.js'
import { instant } from '../domain/ids.js'
import { lintPolicy } from '../domain/lint/lint.js'
import { parsePeople } from '../domain/people-document.js'
import { checkAgainstPeople, parsePolicy } from '../domain/policy-document.js'
import { CannotStart } from '../worker/cannot-start.js'
import { adoptCommand } from './policy-adopt.js'
import { draftCommand, draftsCommand, publishCommand, sayPublished, signOffCommand } from './policy-drafts.js'
import { explainCommand } from './policy-explain.js'
import { lettersCommand } from './policy-letters.js'
import { lintCommand } from './policy-lint.js'
import { diagramCommand, schemaCommand, sentencesCommand } from './policy-prose.js'
import { refuse } from './policy-refusal.js'
import { simulateCommand } from './policy-simulate.js'
import { diffCommand, readStored, rollbackCommand, versionsCommand, whichOf } from './policy-versions.js'
import { readDocument, withInstance } from './with-instance.js'

/** `leadline policy`: exit code 1 where the document is wrong, with `file:line:column: what` for each error. */
export function policyCommand(): Command {
  const policy = new Command('policy').description('check, draft, publish and show the policy')
  policy
    .command('check')
    .argument('<file>', 'a policy document')
    .option('--people <file>', 'a people document: is everyone there whom the policy names?')
    .option('--json', 'print one object: {ok, policy, rules, pools} or {ok, errors}')
    .description('list what is wrong in a document; needs no instance')
    .action(check)
  policy
    .command('load')
    .argument('<file>', 'a policy document')
    .option('--reason <text>', 'why, for the record (with --force it must be given)')
    .option('--force', 'in spite of lint errors, which are kept with the version')
    .option('--by <name>', 'who publishes it', userInfo().username)
    .option('--json', 'print one object: {ok, version, isNew} or {ok, why, errors}')
    .description('check a document against the people and publish it as the next version')
    .action((file: string, options: LoadOptions) => withInstance(({ db }) => load(db, file, options)))
  policy
    .command('show')
    .argument('[which]', "a version's number or a draft's id", 'published')
    .option('--json', 'print one object: {version, name, loadedAt, loadedBy, reason, document}')
    .description('print the document in force, or another one, with its version')
    .action((which: string, options: Json) => withInstance(({ db }) => show(db, which, options)))
  const others = [
    lintCommand(),
    explainCommand(),
    lettersCommand(),
    simulateCommand(),
    draftCommand(),
    draftsCommand(),
    signOffCommand(),
    publishCommand(),
    rollbackCommand(),
    versionsCommand(),
    adoptCommand(),
    diffCommand(),
    sentencesCommand(),
    diagramCommand(),
    schemaCommand(),
  ]
  for (const command of others) policy.addCommand(command.copyInheritedSettings(policy))
  return policy
}

type Json = { json?: true }
type LoadOptions = Json & { reason?: string; force?: true; by: string }

async function check(file: string, { people, json }: Json & { people?: string }): Promise<void> {
  const holidayYears = holidayYearsAround(Date.now())
  const parsed = parsePolicy(await readDocument(file), file, { holidayYears })
  if (!parsed.ok) return refuse({ ok: false, why: 'document', errors: parsed.errors }, { file, json })
  if (people !== undefined) {
    const roster = parsePeople(await readDocument(people), people, { holidayYears })
    if (!roster.ok)
      return refuse({ ok: false, why: 'document', errors: roster.errors }, { file: people, json })
    const errors = checkAgainstPeople(parsed.policy, roster.people, parsed.source)
    if (errors.length > 0) return refuse({ ok: false, why: 'document', errors }, { file, json })
  }
  const { policy } = parsed.policy
  const [rules, pools] = [parsed.policy.rules.length, Object.keys(parsed.policy.pools).length]
  console.log(
    json
      ? JSON.stringify({ ok: true, policy, rules, pools })
      : `${file}: nothing wrong. ${policy}: ${rules} rules, ${pools} pools.`,
  )
}

async function load(db: Pool, file: string, { reason, force, by, json }: LoadOptions): Promise<void> {
  if (force && reason === undefined) throw new CannotStart('--force needs a --reason, for the record')
  const document = await readDocument(file)
  const given = { by, reason: reason ?? 'loaded by hand', force, atMs: instant(Date.now()) }
  const loaded = await loadPolicy(db, { ...given, document, fileName: file }, lintPolicy)
  if (!loaded.ok) return refuse(loaded, { file, json })
  sayPublished(loaded, { json })
}

/** As a document that can be loaded again: what is known of the version stands in comments. */
async function show(db: Pool, text: string, { json }: Json): Promise<void> {
  const which = whichOf(text)
  if (which.kind === 'file') throw new CannotStart(`${text}: neither a version nor a draft`)
  if (which.kind === 'draft') {
    const { document, fileName } = await readStored(db, which)
    process.stdout.write(
      json ? `${JSON.stringify({ draft: text, document })}\n` : `# ${fileName}\n${document}`,
    )
    return
  }
  const published =
    which.kind === 'published' ? await publishedPolicy(db) : await publishedVersion(db, which.version)
  if (published === null)
    throw new CannotStart(
      which.kind === 'published' ? new NoPolicy().message : `there is no version ${which.version}`,
    )
  const { version, name, loadedAtMs, loadedBy, reason, document } = published
  const loadedAt = new Date(loadedAtMs).toISOString()
  process.stdout.write(
    json
      ? `${JSON.stringify({ version, name, loadedAt, loadedBy, reason, document })}\n`
      : `# ${name}, version ${version}: loaded ${loadedAt} by ${loadedBy}\n# ${oneLine(reason)}\n${document}`,
  )
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ')
}
