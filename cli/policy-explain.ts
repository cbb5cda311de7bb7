import { Command, InvalidArgumentError } from 'commander'
import { holidayYearsAround } from '../db/holiday-years.js'
import { clocksOf } from '../domain/clocks.js'
import type { DecisionRecord } from '../domain/decision.js'
import { type EpochMs, instant, policyVersion, type RepId, repId } from '../domain/ids.js'
import type { RoutingFacts } from '../domain/lead.js'
import type { Roster } from '../domain/people.js'
import type { Policy } from '../domain/policy.js'
import { createLedger, emptyLedger } from '../domain/simulation/ledger.js'
import { decideLead } from '../domain/simulation/routing.js'
import { factsFor } from '../domain/simulation/stream.js'
import { whyNot, whyOwner } from '../domain/why.js'
import { readLead } from './lead-file.js'
import { readInstant, readTrial, sayInstant } from './policy-trial.js'
import { readDocument } from './with-instance.js'

type Options = { lead: string; people?: string; at?: string; not?: RepId; json?: true }

type Explained = {
  atMs: EpochMs
  record: DecisionRecord
  clocks: ReturnType<typeof clocksOf>
  /** Of everybody who was looked at, or of the one who was asked about. */
  whyNot: { rep: RepId; sentences: string[] }[]
  remarks: string[]
}

/**
 * `leadline policy explain FILE --lead FILE`: what the policy does with one lead, and why, decided on an empty ledger.
 * Needs no server. Exit code 1 where a file is wrong.
 */
export function explainCommand(): Command {
  return new Command('explain')
    .argument('<file>', 'a policy document')
    .requiredOption('--lead <file>', 'a lead in JSON or YAML: as it is sent to us, or as the rules see it')
    .option('--people <file>', 'a people document; without one, everyone whom the policy names is there')
    .option('--at <instant>', 'when it comes in, local to the policy unless it has an offset (default: now)')
    .option('--not <rep>', 'why this person does not get it', readRep)
    .option('--json', 'print one object: {policy, at, facts, decision, why, whyNot, clocks, remarks}')
    .description('what the policy does with one lead, and why; needs no instance')
    .action(explain)
}

async function explain(file: string, { lead, people, at, not, json }: Options): Promise<void> {
  const years = holidayYearsAround(at === undefined ? Date.now() : Date.parse(at.slice(0, 10)) || Date.now())
  const { policy, roster, assumptions } = await readTrial(file, people, years)
  const atMs = at === undefined ? instant(Date.now()) : readInstant('--at', policy.zone, at)
  const { said, remarks } = readLead(await readDocument(lead), lead, policy)
  const facts = factsFor(policy, said)
  const explained = explanationOf(policy, roster, facts, atMs, not ?? null)
  const all = { ...explained, remarks: [...remarks, ...explained.remarks, ...assumptions] }
  process.stdout.write(
    json ? `${JSON.stringify(asJson(policy, all), null, 2)}\n` : asText(policy, all, not ?? null),
  )
}

function explanationOf(
  policy: Policy,
  roster: Roster,
  facts: RoutingFacts,
  atMs: EpochMs,
  not: RepId | null,
): Explained {
  const deciding = { policy, version: policyVersion.parse(1), roster, ledger: createLedger(emptyLedger) }
  const asking = { atMs, hop: 0, facts, excluded: [], lastOwner: null, directed: null }
  const record = decideLead(deciding, 'lead', asking)
  const { decision } = record
  const owner =
    decision.kind === 'assigned' ? roster.people.find(({ id }) => id === decision.owner) : undefined
  const clocks =
    decision.kind === 'assigned' && owner !== undefined
      ? clocksOf(policy, { sla: decision.sla, ownerCalendar: owner.calendar }, atMs)
      : []
  const looked = new Set(decision.candidates.map(({ rep }) => rep).filter(rep => rep !== owner?.id))
  return {
    atMs,
    record,
    clocks,
    whyNot: (not === null ? [...looked] : [not]).map(rep => ({ rep, sentences: whyNot(record, rep) })),
    remarks: sayRollout(policy, facts),
  }
}

function sayRollout({ sources }: Policy, { source }: RoutingFacts): string[] {
  const rollout = Object.hasOwn(sources, source) ? sources[source]?.rollout : 'on'
  if (rollout === 'off')
    return [`The source ${source} is off: its leads are stored, and none of this happens.`]
  return rollout === 'shadow'
    ? [`The source ${source} is in shadow: this goes on record, and nobody gets the lead.`]
    : []
}

function asJson(policy: Policy, { atMs, record, clocks, whyNot, remarks }: Explained) {
  return {
    policy: policy.policy,
    at: new Date(atMs).toISOString(),
    facts: record.input.facts,
    decision: record.decision,
    why: whyOwner(record),
    whyNot: Object.fromEntries(whyNot.map(({ rep, sentences }) => [rep, sentences])),
    clocks: clocks.map(({ clock, dueAtMs, steps }) => ({
      clock,
      dueAt: new Date(dueAtMs).toISOString(),
      steps: steps.map(step => ({ at: new Date(step.atMs).toISOString(), do: step.do })),
    })),
    remarks,
  }
}

function asText(policy: Policy, explained: Explained, not: RepId | null): string {
  const { record, clocks, atMs, remarks } = explained
  const others = explained.whyNot.flatMap(({ sentences }) => sentences)
  const due = clocks.flatMap(({ clock, dueAtMs, steps }) => [
    `${clock === 'acknowledge' ? 'Acknowledged' : 'First touch'} by ${sayInstant(policy.zone, dueAtMs)}.`,
    ...steps
      .filter(step => !step.do.includes('breach'))
      .map(
        step =>
          `  ${sayInstant(policy.zone, step.atMs)}: ${step.do.map(action => actions[action]).join(', ')}`,
      ),
  ])
  return [
    ['', [`${policy.policy}, ${sayInstant(policy.zone, atMs)}: ${sayFacts(record.input.facts)}`]],
    ['', not === null ? whyOwner(record) : whyOwner(record).slice(0, 1)],
    [not === null ? 'Others' : '', others],
    ['Clocks', not === null ? due : []],
    ['Remarks', remarks],
  ]
    .filter(([, lines]) => (lines ?? []).length > 0)
    .map(([title, lines]) => `${title === '' ? '' : `${String(title)}\n`}${[...(lines ?? [])].join('\n')}\n`)
    .join('\n')
}

const actions = {
  remindOwner: 'the owner is reminded',
  tellManager: 'the manager is told',
  reRoute: 'it moves on',
  breach: '',
}

/** What the rules may ask about, as far as it is known. */
function sayFacts({ account, lists, fields, missing, ...plain }: RoutingFacts): string {
  const known = Object.entries(plain).flatMap(([name, value]) =>
    value === null ? [] : [`${name} ${String(value)}`],
  )
  return [
    ...known,
    ...Object.entries(fields).map(([name, value]) => `${name} ${String(value)}`),
    ...(account === null ? [] : [`account ${account.id}`]),
    ...lists.map(list => `on the list ${list}`),
    ...(missing.length === 0 ? [] : [`missing ${missing.join(', ')}`]),
  ].join(', ')
}

function readRep(text: string): RepId {
  const read = repId.safeParse(text)
  if (read.success) return read.data
  throw new InvalidArgumentError("A person's id has lower-case letters, digits and hyphens.")
}
