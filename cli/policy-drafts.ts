/** `leadline policy draft`, `drafts`, `sign-off` and `publish`: from a file to a version that people agreed to. */
import { userInfo } from 'node:os'
import { Command } from 'commander'
import { z } from 'zod'
import { viewDraft, viewDraftSummary } from '../api/policy-views.js'
import { type Draft, draftOf, draftWith, openDrafts } from '../db/drafted-policy.js'
import { loadPolicy } from '../db/policies.js'
import { type Compared, compareDocuments, documentOf, namesAt } from '../db/policy-comparison.js'
import { publishDraft, reviseDraft, saveDraft, signOff } from '../db/policy-drafts.js'
import type { Pool } from '../db/sql.js'
import { instant, repId } from '../domain/ids.js'
import { lintPolicy } from '../domain/lint/lint.js'
import { formatPolicyErrors } from '../domain/policy-document.js'
import { pathText } from '../domain/yaml.js'
import { CannotStart } from '../worker/cannot-start.js'
import { refuse } from './policy-refusal.js'
import { textTable } from './table.js'
import { readDocument, withInstance } from './with-instance.js'

type Json = { json?: true }

const jsonOption = ['--json', 'print one object'] as const

/** Far more than anybody keeps open. */
const mostDrafts = 100

const me = () => userInfo().username

export function draftCommand(): Command {
  return new Command('draft')
    .argument('<file>', 'a policy document')
    .option('--replace <draft>', 'put the document into this draft, whose sign-offs then count no longer')
    .option('--simulation <file>', 'what `policy simulate --json` came to, to be kept with the draft')
    .option('--by <name>', 'who drafts it', me())
    .option(...jsonOption)
    .description('keep a document as a draft, with what it changes and what lint finds')
    .action((file: string, options: DraftOptions) => withInstance(({ db }) => draft(db, file, options)))
}

export function draftsCommand(): Command {
  return new Command('drafts')
    .argument('[draft]', 'this one alone, in full')
    .option(...jsonOption)
    .description('list the drafts that are not published, or show where one stands')
    .action((id: string | undefined, options: Json) =>
      withInstance(({ db }) => (id === undefined ? list(db, options) : show(db, readDraftId(id), options))),
    )
}

export function signOffCommand(): Command {
  return new Command('sign-off')
    .argument('<draft>', 'its id')
    .requiredOption('--role <role>', 'the role for which they agree')
    .requiredOption('--by <id>', 'who agrees: a person of the roster who has this role')
    .option('--note <text>', 'what they say to it')
    .option('--revision <number>', 'the revision that they read; for another one it does not count')
    .option(...jsonOption)
    .description('agree to a draft')
    .action((id: string, options: SignOffOptions) => withInstance(({ db }) => agree(db, id, options)))
}

export function publishCommand(): Command {
  return new Command('publish')
    .argument('<what>', 'the id of a draft, or a file')
    .requiredOption('--reason <text>', 'why, for the record')
    .option('--force', 'in spite of lint errors, which are kept with the version')
    .option('--by <name>', 'who publishes it', me())
    .option(...jsonOption)
    .description('publish a draft, or a file, as the next version')
    .action((what: string, options: PublishOptions) => withInstance(({ db }) => publish(db, what, options)))
}

type DraftOptions = Json & { replace?: string; simulation?: string; by: string }
type SignOffOptions = Json & { role: string; by: string; note?: string; revision?: string }
type PublishOptions = Json & { reason: string; force?: true; by: string }

async function draft(db: Pool, file: string, { replace, by, json, ...options }: DraftOptions): Promise<void> {
  const document = await readDocument(file)
  const simulation = options.simulation === undefined ? null : await readSimulation(options.simulation)
  const writing = { document, fileName: file, by, atMs: instant(Date.now()), simulation }
  if (replace !== undefined) {
    const id = readDraftId(replace)
    const revised = await reviseDraft(db, { ...writing, draft: id, revision: null }, lintPolicy)
    if (!revised.ok) refuse(revised, { draft: id, file, json })
    return show(db, id, { json })
  }
  const saved = await saveDraft(db, writing, lintPolicy)
  if (!saved.ok) refuse(saved, { file, json })
  await show(db, saved.id, { json })
}

async function agree(db: Pool, draft: string, options: SignOffOptions): Promise<void> {
  const { role, by, note = null, json } = options
  const id = readDraftId(draft)
  const person = repId.safeParse(by)
  if (!person.success) throw new CannotStart(`--by ${by}: not the id of a person`)
  const revision = options.revision === undefined ? null : readRevision(options.revision)
  const given = { draft: id, revision, role, person: person.data, note, atMs: instant(Date.now()) }
  const signed = await signOff(db, given)
  if (!signed.ok) refuse(signed, { draft: id, json })
  await show(db, id, { json })
}

/** Of a file, the draft with exactly this document, since it may be signed off; without one, the file alone. */
async function publish(db: Pool, what: string, { json, ...publication }: PublishOptions): Promise<void> {
  const given = { ...publication, atMs: instant(Date.now()) }
  if (z.uuid().safeParse(what).success) return publishOne(db, what, given, { json })
  const document = await readDocument(what)
  const known = await draftWith(db, document)
  if (known !== null) return publishOne(db, known, given, { json, file: what })
  const loaded = await loadPolicy(db, { ...given, document, fileName: what }, lintPolicy)
  if (!loaded.ok) refuse(loaded, { file: what, json })
  sayPublished(loaded, { json })
}

async function publishOne(
  db: Pool,
  id: string,
  given: Omit<PublishOptions, 'json'> & { atMs: Draft['createdAtMs'] },
  { json, file }: Json & { file?: string },
): Promise<void> {
  const before = await draftOf(db, id, given.atMs)
  const published = await publishDraft(db, { ...given, draft: id, revision: null }, lintPolicy)
  if (!published.ok) refuse(published, { draft: id, file, json })
  sayPublished(published, { json })
  if (before !== null && published.isNew && before.inForce !== before.baseVersion)
    console.error(
      `The draft was begun on version ${before.baseVersion ?? 'none'}: what version ${before.inForce ?? 'none'} brought is no longer in force.`,
    )
}

export function sayPublished(published: { version: number; isNew: boolean }, { json }: Json): void {
  const { version, isNew } = published
  if (json) console.log(JSON.stringify({ ok: true, version, isNew }))
  else console.log(isNew ? `Published as version ${version}.` : `This is version ${version} already.`)
}

async function list(db: Pool, { json }: Json): Promise<void> {
  const drafts = (await openDrafts(db, mostDrafts)).map(viewDraftSummary)
  if (json) return console.log(JSON.stringify({ drafts }))
  if (drafts.length === 0) return console.log('No drafts.')
  const rows = drafts.map(({ id, name, author, revision, changedAt }) => [
    id,
    name,
    author,
    String(revision),
    changedAt,
  ])
  process.stdout.write(textTable(['draft', 'policy', 'author', 'revision', 'changed'], rows))
}

async function show(db: Pool, id: string, { json }: Json): Promise<void> {
  const atMs = instant(Date.now())
  const draft = await draftOf(db, id, atMs)
  if (draft === null) return refuse({ ok: false, why: 'no-such-draft', errors: [] }, { draft: id, json })
  const inForce = await documentOf(db, { kind: 'published' })
  const own = { document: draft.document, fileName: `draft ${id}` }
  const compared = inForce === null ? null : compareDocuments(inForce, own, atMs, await namesAt(db, atMs))
  if (json)
    return console.log(JSON.stringify(viewDraft(draft, compared?.ok === true ? compared.changes : null)))
  console.log(
    [...standing(draft), ...changesOf(draft, compared), ...findingsOf(draft), ...agreement(draft)].join('\n'),
  )
}

function standing({ id, revision, name, author, createdAtMs, baseVersion, publishedAs }: Draft): string[] {
  const begun = baseVersion === null ? '' : `, on version ${baseVersion}`
  const state = publishedAs === null ? [] : [`Published as version ${publishedAs}.`]
  return [
    `Draft ${id}, revision ${revision}: ${name}`,
    `Begun ${new Date(createdAtMs).toISOString()} by ${author}${begun}.`,
    ...state,
  ]
}

function changesOf({ inForce }: Draft, compared: Compared | null): string[] {
  if (compared === null || inForce === null) return ['Changes: it would be the first version.']
  if (!compared.ok)
    return ['Changes: cannot be told.', ...formatPolicyErrors(compared.errors, '').split('\n').map(indented)]
  if (compared.changes.length === 0) return [`Changes: none against version ${inForce}, which is in force.`]
  return [
    `Changes against version ${inForce}, which is in force:`,
    ...compared.changes.map(({ sentence }) => indented(sentence)),
  ]
}

function findingsOf({ findings }: Draft): string[] {
  const worth = findings.filter(({ severity }) => severity !== 'note')
  if (worth.length === 0) return ['Lint: no errors, no warnings.']
  return [
    'Lint:',
    ...worth.map(({ severity, path, message, suggestion }) =>
      indented(`${severity}: ${pathText(path)}: ${message}; ${suggestion}`),
    ),
  ]
}

function agreement({ signOffs }: Draft): string[] {
  if (signOffs.length === 0) return ['Sign-off: nobody needs to.']
  return [
    'Sign-off:',
    ...signOffs.map(({ role, signed, mayGive }) =>
      indented(
        signed === null
          ? `${role}: nobody yet; who may: ${mayGive.join(', ') || 'nobody has this role'}`
          : `${role}: ${signed.person}, ${new Date(signed.atMs).toISOString()}${signed.note === null ? '' : `: ${signed.note}`}`,
      ),
    ),
  ]
}

function indented(line: string): string {
  return `  ${line}`
}

function readDraftId(text: string): string {
  if (!z.uuid().safeParse(text).success)
    throw new CannotStart(`${text}: not the id of a draft; leadline policy drafts lists them`)
  return text
}

function readRevision(text: string): number {
  const read = z.coerce.number().int().positive().safeParse(text)
  if (!read.success) throw new CannotStart(`--revision ${text}: expected a whole number from 1`)
  return read.data
}

/** @throws CannotStart where the file holds no JSON object */
async function readSimulation(file: string): Promise<Record<string, unknown>> {
  const text = await readDocument(file)
  try {
    return z.record(z.string(), z.unknown()).parse(JSON.parse(text))
  } catch {
    throw new CannotStart(`${file}: expected one JSON object`)
  }
}
