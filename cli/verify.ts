import { spinner } from '@clack/prompts'
import { Command } from 'commander'
import type { Finding } from '../db/verify.js'
import { type LeadId, leadId } from '../domain/ids.js'
import { openInstance } from './open.js'
import { type Verified, type VerifyDeps, verify } from './verification.js'

/**
 * `leadline verify`: timeline, tables, ledger, decisions and workflow histories against each other. Exit code 1 where
 * they differ.
 */
export function verifyCommand(): Command {
  const command = new Command('verify')
    .argument('[id]', "a lead's id")
    .option('--all', 'every lead, and the ledgers of all pools')
    .option('--json', 'print one object: {leads, findings: [{lead, invariant, what}]}')
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

/** One line for each finding, and one for all of them. */
export function report({ leads, findings }: Verified): string {
  const lines = [
    ...findings.map(sayFinding),
    `verified ${leads} ${plural('lead', leads)}: ${findings.length} ${plural('finding', findings.length)}`,
  ]
  return `${lines.join('\n')}\n`
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
