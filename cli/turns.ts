import { text } from 'node:stream/consumers'
import { Command } from 'commander'
import { z } from 'zod'
import { takeTurns } from '../domain/standing.js'

const id = z.string().min(1)

const series = z
  .object({
    members: z.array(z.object({ id, weight: z.int().nonnegative() })).min(1),
    /** Per lead, who of the members may take it. */
    eligible: z.array(z.array(id)),
  })
  .check(({ value, issues }) => {
    const ids = value.members.map(member => member.id)
    const known = new Set(ids)
    const complain = (path: (string | number)[], input: string, message: string) =>
      issues.push({ code: 'custom', path, input, message })
    ids.forEach((member, at) => {
      if (ids.indexOf(member) < at) complain(['members', at, 'id'], member, `${member} is a member already`)
    })
    value.eligible.forEach((lead, at) => {
      for (const rep of lead) {
        if (!known.has(rep))
          complain(['eligible', at], rep, `${rep} is not a member; members are ${ids.join(', ')}`)
      }
    })
  })

/**
 * `leadline turns`: who of a pool takes each lead of a series, by the rule that routing uses. The pool starts even.
 * A lead that nobody may take has null.
 */
export function turnsCommand(): Command {
  const command = new Command('turns')
    .description(
      'plays a series of leads through a pool: {members:[{id,weight}], eligible:[[ids]…]} on stdin',
    )
    .option('--json', 'print one object {turns:[id,…]} instead of one id a line')
  return command.action(async ({ json }: { json?: true }) => {
    const turns = turnsOf(await text(process.stdin), complaint => command.error(complaint))
    const lines = turns.map(turn => `${turn ?? '-'}\n`).join('')
    process.stdout.write(json ? `${JSON.stringify({ turns })}\n` : lines)
  })
}

function turnsOf(given: string, refuse: (complaint: string) => never): (string | null)[] {
  const parsed = series.safeParse(jsonOf(given, refuse))
  if (!parsed.success) {
    return refuse(parsed.error.issues.map(({ path, message }) => `${placeOf(path)}: ${message}`).join('\n'))
  }
  const pool = parsed.data.members.map(member => ({ rep: member.id, weight: member.weight }))
  return takeTurns(pool, parsed.data.eligible)
}

function jsonOf(given: string, refuse: (complaint: string) => never): unknown {
  try {
    return JSON.parse(given)
  } catch (error) {
    return refuse(`stdin: not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
}

function placeOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'stdin'
  return path
    .map(step => (typeof step === 'number' ? `[${step}]` : `.${String(step)}`))
    .join('')
    .replace(/^\./, '')
}
