import { Command } from 'commander'
import { type ShadowedLead, shadowedLeads } from '../db/shadow.js'
import { textTable } from './table.js'
import { withInstance } from './with-instance.js'

/** By person or by rule: how many leads it would have been, how many it was in the CRM, and how many of them the same. */
type Count = { name: string; decided: number; inCrm: number; same: number }

/** What Leadline would have done, beside what people did; `compared` are the leads of which both are known. */
type ShadowReport = {
  leads: number
  decided: Record<ShadowedLead['decided'], number>
  compared: number
  same: number
  people: Count[]
  rules: Count[]
  /** The newest first. */
  differences: ShadowedLead[]
}

/** More than anybody reads on a terminal; `--json` has them all. */
const differencesShown = 20

/** `leadline shadow`: leads of sources in shadow, as decided and as they went. Reads alone. */
export function shadowCommand(): Command {
  return new Command('shadow')
    .option('--source <name>', 'of this source alone')
    .option('--json', 'print one object: {leads, decided, compared, same, people, rules, differences}')
    .description('compare what was decided for leads in shadow with who has them in the CRM')
    .action(({ source, json }: { source?: string; json?: true }) =>
      withInstance(async ({ db }) => {
        const report = reportOf(await shadowedLeads(db, { source }))
        process.stdout.write(json ? `${JSON.stringify(report)}\n` : sayReport(report))
      }),
    )
}

export function reportOf(leads: readonly ShadowedLead[]): ShadowReport {
  const compared = leads.filter(({ owner, crmOwner }) => owner !== null && crmOwner !== null)
  const decided = { assigned: 0, held: 0, queued: 0, review: 0, disqualified: 0 }
  for (const lead of leads) decided[lead.decided] += 1
  return {
    leads: leads.length,
    decided,
    compared: compared.length,
    same: compared.filter(isSame).length,
    people: countsOf(
      leads,
      ({ owner }) => owner,
      ({ crmOwner }) => crmOwner,
    ),
    rules: countsOf(
      leads,
      ({ rule }) => rule,
      ({ rule, crmOwner }) => (crmOwner === null ? null : rule),
    ),
    differences: compared.filter(lead => !isSame(lead)),
  }
}

function isSame({ owner, crmOwner }: ShadowedLead): boolean {
  return owner !== null && owner === crmOwner
}

/** Under its name for what was decided, and under its name for what was done; the largest first. */
function countsOf(
  leads: readonly ShadowedLead[],
  decidedName: (lead: ShadowedLead) => string | null,
  doneName: (lead: ShadowedLead) => string | null,
): Count[] {
  const counts = new Map<string, Count>()
  const countOf = (name: string): Count => {
    const count = counts.get(name) ?? { name, decided: 0, inCrm: 0, same: 0 }
    counts.set(name, count)
    return count
  }
  for (const lead of leads) {
    const [decided, done] = [decidedName(lead), doneName(lead)]
    if (decided !== null) countOf(decided).decided += 1
    if (done !== null) countOf(done).inCrm += 1
    if (decided !== null && decided === done && isSame(lead)) countOf(decided).same += 1
  }
  return [...counts.values()].sort(
    (one, other) => other.decided - one.decided || (one.name < other.name ? -1 : 1),
  )
}

export function sayReport(report: ShadowReport): string {
  const { leads, decided, compared, same, people, rules, differences } = report
  if (leads === 0) return 'No lead has been decided in shadow.\n'
  const { assigned, held, queued, review, disqualified } = decided
  const header = ['decided', 'in the CRM', 'the same']
  const cells = ({ name, ...count }: Count) => [name, ...[count.decided, count.inCrm, count.same].map(String)]
  const shown = differences
    .slice(0, differencesShown)
    .map(({ lead, rule, owner, crmOwner, crmRecord }) => [
      lead,
      rule ?? '-',
      owner ?? '-',
      crmOwner ?? '-',
      crmRecord ?? '-',
    ])
  return [
    `${leads} in shadow: ${assigned} with an owner at once, ${held} held, ${queued} in a queue, ${review} for a person to decide, ${disqualified} disqualified.`,
    `Of ${compared} the CRM has an owner too: the same in ${same}.`,
    '',
    textTable(['person', ...header], people.map(cells)),
    textTable(['rule', ...header], rules.map(cells)),
    ...(shown.length === 0
      ? []
      : [
          `Different, the newest ${shown.length} of ${differences.length}:`,
          textTable(['lead', 'rule', 'decided', 'in the CRM', 'found by its'], shown),
        ]),
  ].join('\n')
}
