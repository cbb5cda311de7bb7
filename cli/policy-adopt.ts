/** `leadline policy adopt`: open leads go on under another version, after a look at what that would change. */
import { randomUUID } from 'node:crypto'
import { userInfo } from 'node:os'
import { confirm, isCancel } from '@clack/prompts'
import { Command } from 'commander'
import { createLeadWorkflows } from '../api/lead-workflows.js'
import { type Adoption, previewAdoption } from '../db/adoption.js'
import {
  type EpochMs,
  instant,
  type LeadId,
  leadId,
  type PolicyVersion,
  policyVersion,
} from '../domain/ids.js'
import { CannotStart } from '../worker/cannot-start.js'
import { taskQueue } from '../workflows/ids.js'
import type { OpenInstance } from './open.js'
import { textTable } from './table.js'
import { withInstance } from './with-instance.js'

type Options = { lead?: string[]; all?: true; reRoute?: true; yes?: true; dryRun?: true; json?: true }

/** Whoever moves more does it in several goes, and sees each of them first. */
const mostLeads = 500

export function adoptCommand(): Command {
  return new Command('adopt')
    .argument('<version>', 'a published version')
    .option('--lead <id...>', 'these leads')
    .option('--all', `all that are open under another version, ${mostLeads} at a time`)
    .option('--re-route', 'and find their owners anew by the new rules')
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--yes', 'without asking')
    .option('--json', 'print one object: {version, leads}')
    .description('move open leads to another version of the policy')
    .action((version: string, options: Options) =>
      withInstance(instance => adopt(instance, version, options)),
    )
}

async function adopt(instance: OpenInstance, text: string, options: Options): Promise<void> {
  const version = readVersion(text)
  const reRoute = options.reRoute ?? false
  const atMs = now()
  const changes = await previewAdoption(instance.db, {
    version,
    leads: readLeads(options),
    reRoute,
    atMs,
    most: mostLeads,
  })
  if (changes === null) throw new CannotStart(`there is no version ${version}; see leadline policy versions`)
  if (options.json && options.dryRun) return console.log(JSON.stringify({ version, leads: changes }))
  if (!options.json) show(changes, reRoute)
  if (changes.length === 0 || options.dryRun) return
  if (!options.yes && !(await isWanted(changes.length, version))) return
  const applied = await apply(instance, changes, { version, reRoute }, atMs)
  if (options.json) console.log(JSON.stringify({ version, leads: applied }))
  else
    console.log(
      `${applied.filter(({ answer }) => answer === 'ok').length} of ${changes.length} moved to version ${version}.`,
    )
  for (const { lead, answer } of options.json ? [] : applied)
    if (answer !== 'ok') console.log(`  ${lead}: ${answer}`)
}

function show(changes: readonly Adoption[], reRoute: boolean): void {
  const cells = changes.map(({ lead, owner, from, dues, wouldOwn }) => [
    lead,
    String(from),
    owner ?? '',
    dues
      .map(({ clock, dueAtMs, wouldBeDueAtMs }) => `${clock} ${say(dueAtMs)} → ${say(wouldBeDueAtMs)}`)
      .join('; ') || 'as before',
    ...(reRoute ? [wouldOwn ?? 'nobody yet'] : []),
  ])
  const heads = ['lead', 'version', 'owner', 'due', ...(reRoute ? ['would own it'] : [])]
  if (changes.length === 0) console.log('No open lead is under another version.')
  else process.stdout.write(textTable(heads, cells))
}

async function apply(
  { db, temporal }: OpenInstance,
  changes: readonly Adoption[],
  adopted: { version: PolicyVersion; reRoute: boolean },
  atMs: EpochMs,
): Promise<{ lead: LeadId; answer: string }[]> {
  const leads = createLeadWorkflows(temporal, taskQueue, { db, now })
  const actor = { id: userInfo().username, role: 'operations' } as const
  const answers = []
  for (const { lead } of changes) {
    const sent = await leads.send(lead, 'adoptPolicy', { requestId: randomUUID(), actor, atMs, ...adopted })
    answers.push({ lead, answer: 'pending' in sent ? 'pending' : sent.ok ? 'ok' : sent.code })
  }
  return answers
}

async function isWanted(leads: number, version: PolicyVersion): Promise<boolean> {
  if (!process.stdin.isTTY) throw new CannotStart('nobody can be asked here: say --yes or --dry-run')
  const answer = await confirm({ message: `Move ${leads} leads to version ${version}?` })
  return !isCancel(answer) && answer
}

function readVersion(text: string): PolicyVersion {
  const version = policyVersion.safeParse(Number(text))
  if (version.success) return version.data
  throw new CannotStart(`${text}: not a version; expected a number from 1`)
}

function readLeads({ lead, all }: Options): LeadId[] | null {
  if (all) return null
  if (lead === undefined) throw new CannotStart('say which leads: --lead ID, or --all')
  return lead.map(text => {
    const id = leadId.safeParse(text)
    if (id.success) return id.data
    throw new CannotStart(`${text}: not the id of a lead`)
  })
}

function say(atMs: EpochMs): string {
  return new Date(atMs).toISOString().slice(0, 16).replace('T', ' ')
}

function now(): EpochMs {
  return instant(Date.now())
}
