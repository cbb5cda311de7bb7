import { spinner } from '@clack/prompts'
import { Command } from 'commander'
import type { Finding } from '../db/verify.js'
import { type LeadId, leadId } from '../domain/ids.js'
import { openInstance } from './open.js'
import { textTable } from './table.js'
import { type Checked, type Verified, type VerifyDeps, verify } from './verification.js'

/**
 * `leadline verify`: timeline, tables, ledger, decisions and workflow histories against each other. Exit code 1 where
 * they differ.
 */
export function verifyCommand(): Command {
  const command = new Command('verify')
    .argument('[id]', "a lead's id")
    .option('--all', 'every lead, and the ledgers of all pools')
    .option('--json', 'print one object: {leads, checked, findings: [{lead, invariant, what}]}')
    .description('hold timeline, tables, ledger, decisions and workflow histories against each other')
  return command.action(async (id: string | undefined, { all, json }: { all?: true; json?: true }) => {
    if ((id === undefined) === (all === undefined)) command.error("error: give a lead's id, or --all")
    const lead = id === undefined ? null : readId(id, complaint => command.error(complaint))
    const instance = await openInstance()
    try {
      const verified = await watched(instance, lead, json === undefined && process.stdout.isTTY)
      if (lead !== null && verified.leads === 0) command.error(`error: there is no lead ${lead}`)
      process.stdout.write(json ? `${JSON.stringify(verified)}\n` : report(verified))
      if (verified.findings.length > 0) process.exitCode = 1
    } finally {
      await instance.close()
    }
  })
}

/** One line for each finding, a table of what was checked, and one line for all. */
export function report({ leads, checked, findings }: Verified): string {
  const lines = findings.map(finding => `${sayFinding(finding)}\n`)
  const last = `verified ${leads} ${plural('lead', leads)}: ${findings.length} ${plural('finding', findings.length)}\n`
  return `${lines.join('')}${figures(leads, checked)}${last}`
}

function figures(
  all: number,
  { submissions, leads, owners, decisions, turns, workflows, dues }: Checked,
): string {
  const latest = dues.latestTimerMs === null ? '' : `, the latest ${sayLag(dues.latestTimerMs)}`
  const rows: [string, number, string][] = [
    ['submissions', submissions, ''],
    [
      'leads',
      all,
      `${leads.owned} owned, ${leads.ended} ended, ${leads.inReview} in review, ${leads.waiting} waiting, ${leads.arriving} arriving, ${leads.lost} lost`,
    ],
    ['owners, past and present', owners.assigned, `${owners.leadsWithTwo} leads with two at once`],
    ['decisions made again', decisions, ''],
    ['turns taken', turns.taken, `${turns.takenTwice} twice, ${turns.givenBack} given back`],
    ['workflow runs read', workflows.runsRead, `${workflows.running} running`],
    [
      'open leads that are due',
      dues.leads,
      `${dues.workflowRuns} with a running workflow, ${dues.timerInTime} with a timer in time${latest}, ${dues.acting} acting now`,
    ],
  ]
  return textTable(
    ['checked', 'how many', 'of these'],
    rows.map(([what, howMany, ofThese]) => [what, String(howMany), ofThese]),
  )
}

function sayLag(afterDueMs: number): string {
  return afterDueMs > 0 ? `${afterDueMs} ms after its due` : 'not after its due'
}

function sayFinding({ lead, invariant, what }: Finding): string {
  return `${lead ?? '-'}  ${invariant}: ${what}`
}

function readId(text: string, refuse: (complaint: string) => never): LeadId {
  const read = leadId.safeParse(text)
  return read.success
    ? read.data
    : refuse(`error: ${JSON.stringify(text)} is not a lead's id; expected a UUID`)
}

async function watched(deps: VerifyDeps, lead: LeadId | null, onTerminal: boolean): Promise<Verified> {
  if (!onTerminal || lead !== null) return verify(deps, lead)
  const wheel = spinner()
  wheel.start('Tables, timelines and ledgers')
  try {
    return await verify({ ...deps, progress: (done, all) => wheel.message(`${done} of ${all} leads`) }, lead)
  } finally {
    wheel.clear()
  }
}

function plural(noun: string, count: number): string {
  return count === 1 ? noun : `${noun}s`
}
