/**
 * Every decision of the demo, made again from its record, and what `why --not` says of each person about each of them,
 * held against a second account of the reasons (test/domain/why-oracle.ts). Prints the figures.
 */
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { z } from 'zod'
import { textTable } from '../../cli/table.js'
import { decisionsOf } from '../../db/ownership.js'
import { rosterAt } from '../../db/people.js'
import { policyOfVersion } from '../../db/policies.js'
import { connect, type Pool, rows, sql } from '../../db/sql.js'
import { instant, type LeadId, leadId } from '../../domain/ids.js'
import { whyNot } from '../../domain/why.js'
import { readRuntime } from '../../worker/embedded/instance.js'
import { checkReasons } from '../domain/why-oracle.js'
import { reasonKinds } from '../domain/why-sentences.js'
import { type Leadline, leadlineOfItsOwn } from './leadline.js'

/** What `leadline verify --all --json` says of the decisions. */
const verified = z.object({
  checked: z.object({ decisions: z.int() }),
  findings: z.array(z.object({ lead: z.string().nullable(), invariant: z.string(), what: z.string() })),
})

let leadline: Leadline
beforeEach(async () => {
  leadline = await leadlineOfItsOwn()
}, 120_000)
afterEach(() => leadline.remove(), 120_000)

it('each decision of the demo repeats, and says of everybody why they do not own the lead', {
  timeout: 600_000,
}, async () => {
  const demo = await leadline.run(['demo'])
  expect(demo.code, demo.text).toBe(0)
  // The demo keeps to a folder of its own inside the one that it is given.
  const home = join(leadline.home, 'demo')
  await leadline.keep(['start'], { LEADLINE_HOME: home }, 'Ctrl-C')
  const db = connect((await readRuntime(home))?.databaseUrl ?? '', 1)
  try {
    const found = await checkAll(db)
    console.log(show(found))
    expect(found.differences).toEqual([])
    expect(found.decisions).toBeGreaterThan(60)
    expect(found.reasons.size).toBeGreaterThan(5)
    await askOnCommandLine(db, home)
  } finally {
    await db.end()
  }
  const verify = await leadline.run(['verify', '--all', '--json'], { LEADLINE_HOME: home })
  const { checked, findings } = verified.parse(JSON.parse(verify.text))
  console.log(`verify: ${checked.decisions} decisions made again, ${findings.length} findings`)
  expect(findings).toEqual([])
})

type Found = {
  leads: number
  people: number
  decisions: number
  kinds: Map<string, number>
  reasons: Map<string, number>
  differences: string[]
}

async function checkAll(db: Pool): Promise<Found> {
  const { people } = await rosterAt(db, instant(Date.now()))
  const leads = await leadsIn(db)
  const found: Found = {
    leads: leads.length,
    people: people.length,
    decisions: 0,
    kinds: new Map(),
    reasons: new Map(),
    differences: [],
  }
  for (const lead of leads) {
    for (const { hop, record } of await decisionsOf(db, lead)) {
      const policy = await policyOfVersion(db, record.input.policyVersion)
      const checked = checkReasons(
        policy,
        record,
        people.map(({ id }) => id),
      )
      found.decisions += 1
      add(found.kinds, record.decision.kind, 1)
      for (const [kind, times] of Object.entries(checked.reasons)) add(found.reasons, kind, times)
      found.differences.push(...checked.differences.map(what => `${lead} hop ${hop}: ${what}`))
    }
  }
  return found
}

function add(counts: Map<string, number>, name: string, times: number): void {
  counts.set(name, (counts.get(name) ?? 0) + times)
}

async function leadsIn(db: Pool): Promise<LeadId[]> {
  const found = await rows(db, z.object({ id: leadId }), sql`select id from leads order by id`)
  return found.map(({ id }) => id)
}

/** The command says of the latest decision what was checked above. */
async function askOnCommandLine(db: Pool, home: string): Promise<void> {
  const [lead] = await leadsIn(db)
  const [person] = (await rosterAt(db, instant(Date.now()))).people
  if (lead === undefined || person === undefined) throw new Error('the demo has left nothing')
  const [latest] = await decisionsOf(db, lead)
  if (latest === undefined) throw new Error(`nothing was decided about ${lead}`)
  const asked = await leadline.run(['lead', 'why', lead, '--not', person.id], { LEADLINE_HOME: home })
  expect(asked.text).toBe(`${whyNot(latest.record, person.id).join('\n')}\n`)
}

function show({ leads, people, decisions, kinds, reasons, differences }: Found): string {
  const cells = [
    ['leads', String(leads)],
    ['decisions made again', String(decisions)],
    ...[...kinds].map(([kind, times]) => [`… ${kind}`, String(times)]),
    [
      `reasons, of ${people} people each`,
      String([...reasons.values()].reduce((sum, times) => sum + times, 0)),
    ],
    ...reasonKinds.filter(kind => reasons.has(kind)).map(kind => [`… ${kind}`, String(reasons.get(kind))]),
    ['differences', String(differences.length)],
  ]
  return textTable(['the demo', 'how many'], cells)
}
