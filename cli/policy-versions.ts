/** `leadline policy versions`, `diff` and `rollback`: what was published, what changed, and going back. */
import { userInfo } from 'node:os'
import { Command } from 'commander'
import { z } from 'zod'
import { viewChange, viewVersion } from '../api/policy-views.js'
import { rollBack } from '../db/policies.js'
import { compareDocuments, documentOf, type Named, namesAt, type Which } from '../db/policy-comparison.js'
import { type PublishedVersion, publishedVersions } from '../db/published-policy.js'
import type { Pool } from '../db/sql.js'
import { instant, type PolicyVersion, policyVersion } from '../domain/ids.js'
import { lintPolicy } from '../domain/lint/lint.js'
import type { Change } from '../domain/policy-diff.js'
import { formatPolicyErrors } from '../domain/policy-document.js'
import { CannotStart } from '../worker/cannot-start.js'
import { sayPublished } from './policy-drafts.js'
import { refuse } from './policy-refusal.js'
import { readDocument, withInstance } from './with-instance.js'

type Json = { json?: true }

const jsonOption = ['--json', 'print one object'] as const

/** More changes of one version are for `policy diff`. */
const mostShown = 12

export function versionsCommand(): Command {
  return new Command('versions')
    .option('--limit <number>', 'how many, the latest first', '10')
    .option(...jsonOption)
    .description('list what was published: when, by whom, why, and what it changed')
    .action(({ limit, json }: Json & { limit: string }) =>
      withInstance(({ db }) => versions(db, readCount(limit), { json })),
    )
}

export function diffCommand(): Command {
  const what = "a file, a version's number, a draft's id, or published"
  return new Command('diff')
    .argument('<before>', what)
    .argument('<after>', what)
    .option(...jsonOption)
    .description('say what is different between two policies; two files need no instance')
    .action(diff)
}

export function rollbackCommand(): Command {
  return new Command('rollback')
    .argument('<version>', 'an earlier version')
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--force', 'in spite of lint errors, which are kept with the version')
    .option('--by <name>', 'who goes back', userInfo().username)
    .option(...jsonOption)
    .description('publish the document of an earlier version as the next one')
    .action((text: string, options: RollbackOptions) => withInstance(({ db }) => goBack(db, text, options)))
}

type RollbackOptions = Json & { reason: string; force?: true; by: string }

async function versions(db: Pool, limit: number, { json }: Json): Promise<void> {
  const atMs = instant(Date.now())
  // One more than shown: what the oldest of them changed is seen against it.
  const found = await publishedVersions(db, { before: null, limit: limit + 1 })
  const nameOf = await namesAt(db, atMs)
  const shown = found.slice(0, limit).map((version, at) => {
    const earlier = found[at + 1]
    const compared =
      earlier === undefined ? null : compareDocuments(asNamed(earlier), asNamed(version), atMs, nameOf)
    return { version, changes: compared?.ok === true ? compared.changes : null }
  })
  if (json) {
    const list = shown.map(({ version, changes }) => ({
      ...viewVersion(version),
      changes: changes?.map(viewChange) ?? null,
    }))
    return console.log(JSON.stringify({ versions: list }))
  }
  console.log(shown.length === 0 ? 'Nothing was published yet.' : shown.flatMap(sayVersion).join('\n'))
}

function sayVersion({
  version,
  changes,
}: {
  version: PublishedVersion
  changes: readonly Change[] | null
}): string[] {
  const { rollbackOf, forced, overridden, signOffs, loadedAtMs, loadedBy, reason } = version
  const when = new Date(loadedAtMs).toISOString()
  const lines = changes?.map(({ sentence }) => sentence) ?? []
  const rest = lines.length - mostShown
  return [
    `version ${version.version}  ${when} by ${loadedBy}: ${reason.replace(/\s+/g, ' ')}`,
    ...(rollbackOf === null ? [] : [`  back to version ${rollbackOf}`]),
    ...(forced
      ? [`  published in spite of lint: ${overridden.map(({ message }) => message).join('; ')}`]
      : []),
    ...signOffs.map(({ role, person }) => `  signed off by ${person} for ${role}`),
    ...lines.slice(0, mostShown).map(line => `  - ${line}`),
    ...(rest > 0 ? [`  - ${rest} more: leadline policy diff ${version.version - 1} ${version.version}`] : []),
  ]
}

async function diff(before: string, after: string, { json }: Json): Promise<void> {
  const [one, other] = [whichOf(before), whichOf(after)]
  const changes =
    one.kind === 'file' && other.kind === 'file'
      ? changesBetween(await readNamed(one.file), await readNamed(other.file))
      : await withInstance(async ({ db }) =>
          changesBetween(
            await readStored(db, one),
            await readStored(db, other),
            await namesAt(db, instant(Date.now())),
          ),
        )
  if (json) return console.log(JSON.stringify({ changes: changes.map(viewChange) }))
  console.log(changes.length === 0 ? 'No difference.' : changes.map(({ sentence }) => sentence).join('\n'))
}

async function goBack(db: Pool, text: string, { json, ...publication }: RollbackOptions): Promise<void> {
  const to = whichOf(text)
  if (to.kind !== 'version') throw new CannotStart(`${text}: not the number of a version`)
  const given = { ...publication, to: to.version, atMs: instant(Date.now()) }
  const published = await rollBack(db, given, lintPolicy)
  if (!published.ok) refuse(published, { version: to.version, json })
  sayPublished(published, { json })
}

/** What a word on the command line stands for; `policy show` takes the same, but no file. */
export function whichOf(text: string): Which | { kind: 'file'; file: string } {
  if (text === 'published') return { kind: 'published' }
  if (z.uuid().safeParse(text).success) return { kind: 'draft', draft: text }
  const version = /^\d{1,9}$/.test(text) ? policyVersion.safeParse(Number(text)) : null
  return version?.success ? { kind: 'version', version: version.data } : { kind: 'file', file: text }
}

/** @throws CannotStart where there is no such thing */
export async function readStored(db: Pool, which: ReturnType<typeof whichOf>): Promise<Named> {
  if (which.kind === 'file') return readNamed(which.file)
  const found = await documentOf(db, which)
  if (found !== null) return found
  switch (which.kind) {
    case 'published':
      throw new CannotStart('nothing was published yet')
    case 'draft':
      throw new CannotStart(`there is no draft ${which.draft}`)
    case 'version':
      throw new CannotStart(`there is no version ${which.version}`)
  }
}

async function readNamed(file: string): Promise<Named> {
  return { document: await readDocument(file), fileName: file }
}

/** @throws CannotStart where one of the two cannot be read */
function changesBetween(before: Named, after: Named, nameOf?: (rep: string) => string): readonly Change[] {
  const compared = compareDocuments(before, after, instant(Date.now()), nameOf)
  if (compared.ok) return compared.changes
  throw new CannotStart(formatPolicyErrors(compared.errors, compared.errors[0]?.file ?? 'policy'))
}

function asNamed({ version, document }: { version: PolicyVersion; document: string }): Named {
  return { document, fileName: `version ${version}` }
}

function readCount(text: string): number {
  const read = z.coerce.number().int().min(1).max(1000).safeParse(text)
  if (!read.success) throw new CannotStart(`--limit ${text}: expected a whole number from 1 to 1000`)
  return read.data
}
