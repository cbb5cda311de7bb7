import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { z } from 'zod'
import { createActivities } from '../../activities/index.js'
import { createBuiltInCrm } from '../../adapters/crm/built-in.js'
import { simulateCommand } from '../../cli/policy-simulate.js'
import { keepNote } from '../../db/notes.js'
import { addLeave } from '../../db/leaves.js'
import { loadPeople } from '../../db/people.js'
import { loadPolicy } from '../../db/policies.js'
import { type Span, throughHistory } from '../../db/simulated-history.js'
import { bigintColumn, connect, execute, type Pool, rows, sql, timestamp, transaction } from '../../db/sql.js'
import { giveTurnBack } from '../../db/turns.js'
import { type EpochMs, instant, type LeadId, policyVersion, poolId, repId } from '../../domain/ids.js'
import type { Routed } from '../../domain/life/state.js'
import type { Policy } from '../../domain/policy.js'
import { parsePolicy } from '../../domain/policy-document.js'
import { openRun, type Report, type RowOfLead } from '../../domain/simulation/report.js'
import { pastOf } from '../../domain/simulation/responses.js'
import { openSimulation, type Setting } from '../../domain/simulation/simulation.js'
import type { Sums } from '../../domain/simulation/tally.js'
import { people, policy } from '../workflows/desk-documents.js'
import { databaseFromTemplate } from '../setup/database.js'
import { submitted } from '../setup/submitted.js'

/** A Monday. */
const startMs = Date.UTC(2026, 10, 23, 9)
const minuteMs = 60_000
const hourMs = 60 * minuteMs
const at = (hours: number): EpochMs => instant(startMs + hours * hourMs)
const end = at(1_000)

const pools = `
  fair: { turns: { ana: 3, ben: 2, cleo: 1 }, caps: { perDay: 16, open: 14 }, afterLeave: catch up to 2 turns }
  first: { queue: [ana, ben], acceptWithin: 30m, then: mara }
  closers: { turns: { dora: 2, emil: 1 } }
`
const rules = `
  - { id: fair, when: { product: fair }, assign: fair }
  - { id: first, when: { product: first }, assign: first }
  - { id: tie, when: { product: tie }, assign: ana }
  - { id: tied, when: { product: tie }, assign: ben }
`
const document = policy
  .replace('pools:\n', `pools:${pools}`)
  .replace('rules:\n', `rules:${rules}`)
  .replace('accept: 4h, sla: normal }', 'accept: 4h, sla: normal, assign: closers }')
  .replace(
    'sources:\n',
    'sources:\n  quiet: { campaign: general, rollout: off }\n  tried: { campaign: general, rollout: shadow }\n',
  )

/** Emil closes, too. */
const staff = `${people}  emil: { name: Emil Roth, email: emil@leadline.test, role: ae, team: south, calendar: always }
`
const withCoraForCleo = staff.replace('cleo: {', 'cora: {').replace('Cleo', 'Cora').replace('cleo@', 'cora@')

let db: Pool
let drop: () => Promise<void>
let folder: string
let later: { atMs: EpochMs; act: (atMs: EpochMs) => Promise<void> }[]

/** A fortnight of a small desk: leave, caps, lapses, a queue, questions, turns that come back, people who come and go. */
beforeAll(async () => {
  const database = await databaseFromTemplate()
  drop = database.drop
  folder = await mkdtemp(join(tmpdir(), 'leadline-history-'))
  process.env.DATABASE_URL = database.url
  process.env.TEMPORAL_ADDRESS = inject('temporalAddress')
  process.env.TEMPORAL_NAMESPACE = 'default'
  db = connect(database.url, 8)
  later = []
  await load(staff, instant(0))
  const loaded = await loadPolicy(db, {
    document,
    fileName: 'policy.yaml',
    by: 'test',
    reason: 'test',
    atMs: instant(0),
  })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  await leave('ana', 20, 44)
  await leave('ana', 44, 60)
  for (let hour = 0; hour < 100; hour++) {
    if (hour === 70) await load(withCoraForCleo, at(70))
    await anHour(hour)
  }
  await doWhatIsDue(end)
})
afterAll(async () => {
  await db.end()
  await drop()
  await rm(folder, { recursive: true })
})

describe('a simulation over stored leads', () => {
  it('comes to the same owners with the policy that decided, and to the same standings', async () => {
    const { rows: lines, report } = await run({ fromMs: null, toMs: end })
    expect(different(lines)).toEqual([])
    expect(report.against).toMatchObject({ moved: 0, reasons: [] })
    expect(report.against?.same).toBe(lines.length)
    // What happened was rich enough to go wrong.
    expect(new Set(lines.map(({ after }) => after.outcome))).toEqual(
      new Set(['assigned', 'review', 'disqualified', 'stored', 'shadowed']),
    )
    expect(report.result.lapses).toBeGreaterThan(5)
    expect(report.result.lapses).toBe(report.against?.result.lapses)
    expect(report.result.waited.queued).toBeGreaterThan(5)
    // Handoffs took turns, and some of these came back.
    const closers = report.result.pools.find(({ pool }) => pool === 'closers')
    expect(closers?.turns).toBeGreaterThan(5)
    expect(await givenBackIn('closers')).toBeGreaterThan(2)
    const people = (sums: Sums | undefined) => sums?.people.map(({ breaches: _, ...sum }) => sum)
    expect(people(report.result)).toEqual(people(report.against?.result))
    // Whoever lost a lead had touched it too late; this history has no clocks that ran.
    expect(report.result.breaches.firstTouch).toBe(report.result.lapses)
    expect(report.result.pools).toEqual(report.against?.result.pools)
    expect(await standingsAfter({ fromMs: null, toMs: end })).toEqual(await storedStandings())
  })

  it.each([15, 33, 50, 71])('does so from hour %i on, with the ledger and the loads of then', async hour => {
    const span = { fromMs: at(hour), toMs: end }
    const { rows: lines, report } = await run(span)
    expect(lines.length).toBeGreaterThan(20)
    expect(different(lines)).toEqual([])
    expect(report.fromMs).toBeGreaterThanOrEqual(at(hour))
    expect(await standingsAfter(span)).toEqual(await storedStandings())
  })

  it('shows whom a draft would move, and why', async () => {
    const draft = document.replace('{ ana: 3, ben: 2, cleo: 1 }', '{ ana: 1, ben: 5, cleo: 1 }')
    const { report } = await run({ fromMs: null, toMs: end }, draft)
    const change = new Map(report.against?.people.map(each => [each.rep, each.after - each.before]))
    expect(change.get(repId.parse('ben'))).toBeGreaterThan(0)
    expect(change.get(repId.parse('ana'))).toBeLessThan(0)
    expect(report.against?.reasons.map(({ kind }) => kind)).toContain('weights')
  })

  it('decides a lead of a source that was off, where the draft has it on', async () => {
    const draft = document.replace('rollout: off', 'rollout: on')
    const { rows: lines } = await run({ fromMs: null, toMs: end }, draft)
    const quiet = lines.filter(({ before }) => before?.outcome === 'stored')
    expect(quiet.length).toBeGreaterThan(2)
    expect(quiet.every(({ move }) => move?.kind === 'outcome')).toBe(true)
    expect(quiet.map(({ after }) => after.outcome)).toContain('assigned')
    expect(quiet.map(({ after }) => after.outcome)).not.toContain('stored')
  })

  it('reads from the past how long each person takes', async () => {
    const { report } = await run({ fromMs: null, toMs: end })
    const ana = report.responses.find(({ rep }) => rep === 'ana')
    expect(ana?.medianMs).toBe(12 * minuteMs)
  })

  it('is the same to the byte when it is run again', async () => {
    const span = { fromMs: at(10), toMs: end }
    const draft = document.replace('perDay: 16', 'perDay: 4')
    expect(JSON.stringify(await run(span, draft))).toBe(JSON.stringify(await run(span, draft)))
  })
})

describe('leadline policy simulate --stored', () => {
  it('runs a draft over the leads of the instance, and compares them with what happened', async () => {
    const draft = document.replace('{ ana: 3, ben: 2, cleo: 1 }', '{ ana: 1, ben: 5, cleo: 1 }')
    const file = join(folder, 'draft.yaml')
    await writeFile(file, draft)
    const { report } = await run({ fromMs: at(24), toMs: at(72) }, draft)
    const out = join(folder, 'leads.csv')
    const span = ['--from', '2026-11-24T09:00', '--to', '2026-11-26T09:00']
    const printed = simulatedReport.parse(
      JSON.parse(await simulated([file, '--stored', ...span, '--json', '--out', out])),
    )
    expect(printed.against).toEqual({ name: 'what really happened', moved: report.against?.moved })
    expect(printed.result.people).toEqual(report.result.people.map(({ rep, leads }) => ({ rep, leads })))
    const lines = (await readFile(out, 'utf8')).trim().split('\n')
    expect(lines).toHaveLength(1 + (report.against?.same ?? 0) + (report.against?.moved ?? 0))
    const text = await simulated([file, '--stored', ...span])
    expect(text).toContain('Against what really happened: ')
    expect(text).toContain('Turns, loads, leave and working hours are those of the time.')
  })
})

const simulatedReport = z.object({
  against: z.object({ name: z.string(), moved: z.int() }),
  result: z.object({ people: z.array(z.object({ rep: z.string(), leads: z.int() })) }),
})

async function simulated(args: readonly string[]): Promise<string> {
  let text = ''
  const write = vi.spyOn(process.stdout, 'write').mockImplementation(chunk => {
    text += String(chunk)
    return true
  })
  try {
    await simulateCommand().parseAsync([...args], { from: 'user' })
  } finally {
    write.mockRestore()
  }
  return text
}

async function anHour(hour: number): Promise<void> {
  const products = ['fair', 'fair', 'plain', 'first', 'fair', 'big', 'tie', 'fair']
  for (const minute of [3, 25, 47]) {
    const atMs = instant(at(hour) + minute * minuteMs)
    await doWhatIsDue(atMs)
    const nth = hour * 3 + minute
    const product = products[nth % products.length] ?? 'plain'
    const source =
      nth % 23 === 0 ? 'quiet' : nth % 19 === 0 ? 'tried' : nth % 17 === 0 ? 'fax' : 'contact-form'
    const email = `jo${hour}-${minute}@${nth % 29 === 0 ? 'mailinator.com' : `c${nth}.example`}`
    await aLead({ source, product, email, country: 'GB', employees: product === 'big' ? 2000 : 5 }, atMs, nth)
  }
}

/** What happens later, done in the order of time: turns must be taken in the order in which they were. */
async function doWhatIsDue(nowMs: EpochMs): Promise<void> {
  for (;;) {
    const [next, ...rest] = later.toSorted((one, other) => one.atMs - other.atMs)
    if (next === undefined || next.atMs > nowMs) return
    later = rest
    await next.act(next.atMs)
  }
}

function then(atMs: EpochMs, minutes: number, act: (atMs: EpochMs) => Promise<void>): void {
  later.push({ atMs: instant(atMs + minutes * minuteMs), act })
}

/** One lead, from its submission to what its owner does about it. */
async function aLead(body: Record<string, unknown>, atMs: EpochMs, nth: number): Promise<void> {
  const { prepare, enrich, route } = activities()
  const lead = await submitted(db, body, atMs)
  const { verdict } = await prepare({ lead, atMs, step: 0 })
  if (verdict === 'stored') return endAs(lead, 'stored')
  await enrich({ lead, atMs })
  const asked = { lead, hop: 0, directed: null, lastOwner: null, excluded: [], endOfChain: false }
  const routed = await route({ ...asked, atMs, cause: 'new' })
  switch (routed.kind) {
    case 'shadowed':
      return endAs(lead, 'shadowed')
    case 'queued': {
      const [first, second = first] = routed.members
      const member = nth % 2 === 0 ? first : second
      if (member === undefined) throw new Error('an empty queue')
      const directed = { kind: 'rep', rep: member } as const
      return then(atMs, 10, async nowMs =>
        touch(lead, await route({ ...asked, hop: 1, atMs: nowMs, cause: 'accepted', directed }), nowMs, nth),
      )
    }
    case 'review': {
      // A person answers some questions, and leaves the others.
      if (routed.review !== 'ambiguous-rule') return
      const directed = { kind: 'rule', rule: 'tied' } as const
      return then(atMs, 40, async nowMs =>
        touch(lead, await route({ ...asked, hop: 1, atMs: nowMs, cause: 'review', directed }), nowMs, nth),
      )
    }
    case 'assigned': {
      if (nth % 6 === 1) return then(atMs, 30, nowMs => handOver(lead, routed, nowMs, nth))
      if (nth % 7 !== 0) return touch(lead, routed, atMs, nth)
      const { owner } = routed
      const moved = {
        hop: 1,
        cause: 'lapsed',
        lastOwner: owner,
        excluded: [{ rep: owner, reason: 'lapsed' }],
      } as const
      return then(atMs, 150, async nowMs =>
        touch(
          lead,
          await route({ ...asked, ...moved, excluded: [...moved.excluded], atMs: nowMs }),
          nowMs,
          nth,
        ),
      )
    }
    default:
      return
  }
}

/** To whom the policy chooses, who accepts two in three of them. */
async function handOver(
  lead: LeadId,
  routed: Extract<Routed, { kind: 'assigned' }>,
  atMs: EpochMs,
  nth: number,
): Promise<void> {
  const { owner } = routed
  const handoff = `hand-${lead}`
  const { openHandoff, record, route } = activities()
  const note = { fields: { budget: '10k' }, notes: 'They want to start in June.' }
  await keepNote(db, { requestId: handoff, lead, actor: owner, body: note, atMs })
  const routing = { hop: 1, excluded: [] }
  const opened = await openHandoff({ lead, hop: 1, atMs, handoff, from: owner, to: null, routing })
  if (opened.kind !== 'offered' || opened.to === undefined) throw new Error(JSON.stringify(opened))
  const { to } = opened
  const accepted = nth % 3 !== 0
  then(atMs, 20, async nowMs => {
    await record({
      lead,
      hop: 0,
      step: 5,
      atMs: nowMs,
      actor: to,
      entries: [{ kind: 'handoffAnswered', data: { handoff, to, accepted, reason: null, timedOut: false } }],
      requestId: `answer-${lead}`,
      due: null,
    })
    if (!accepted) return touch(lead, routed, nowMs, nth)
    const directed = { kind: 'rep', rep: to } as const
    const asked = { lead, hop: 2, directed, lastOwner: owner, excluded: [], endOfChain: false }
    return touch(lead, await route({ ...asked, atMs: nowMs, cause: 'handoff' }), nowMs, nth)
  })
}

/** Their owner calls after twelve minutes, and is done with it some hours later; now and then it cost them no turn. */
async function touch(lead: LeadId, routed: Routed, atMs: EpochMs, nth: number): Promise<void> {
  if (routed.kind !== 'assigned') return
  then(atMs, 12, async nowMs => {
    await execute(
      db,
      sql`update assignments set first_touch_at = ${timestamp(nowMs)} where lead_id = ${lead} and ended_at is null`,
    )
  })
  then(atMs, (5 + (nth % 11)) * 60, async nowMs => {
    await execute(
      db,
      sql`update assignments set ended_at = ${timestamp(nowMs)}, ended_why = 'closed'
          where lead_id = ${lead} and ended_at is null`,
    )
    if (nth % 5 === 0) await giveBack(lead, nowMs)
  })
}

async function giveBack(lead: LeadId, atMs: EpochMs): Promise<void> {
  const taken = await rows(
    db,
    z.object({ pool: poolId, rep: repId, hop: z.int() }),
    sql`select pool, rep, hop from turns where lead_id = ${lead} and kind = 'taken' order by hop desc limit 1`,
  )
  for (const turn of taken)
    await transaction(db, tx => giveTurnBack(tx, turn, { lead, reason: 'disqualified', atMs }))
}

async function endAs(lead: LeadId, outcome: 'stored' | 'shadowed'): Promise<void> {
  await execute(db, sql`update leads set status = 'closed', outcome = ${outcome} where id = ${lead}`)
}

async function run(span: Span, draft = document): Promise<{ rows: RowOfLead[]; report: Report }> {
  return throughHistory(db, span, async history => {
    const opened = openRun(settingOf(history, policyIn(draft)), {
      against: { kind: 'reality' },
      examplesMost: 5,
      assumptions: [],
    })
    const lines: RowOfLead[] = []
    for await (const lead of history.stream()) lines.push(...opened.take(lead))
    lines.push(...opened.finish())
    return { rows: lines, report: opened.report() }
  })
}

async function standingsAfter(span: Span): Promise<Map<string, bigint>> {
  return throughHistory(db, span, async history => {
    const simulation = openSimulation(settingOf(history, policyIn(document)))
    for await (const lead of history.stream()) simulation.take(lead)
    simulation.finish()
    return new Map(
      simulation.ledger
        .standings()
        .map(({ pool, rep, standing }) => [`${pool} ${rep}`, standing] as const)
        .sort(),
    )
  })
}

async function storedStandings(): Promise<Map<string, bigint>> {
  const stored = await rows(
    db,
    z.object({ name: z.string(), standing: bigintColumn }),
    sql`select pool || ' ' || rep as name, standing from standings where pool not like '%:%'`,
  )
  return new Map(stored.map(({ name, standing }) => [name, standing] as const).sort())
}

async function givenBackIn(pool: string): Promise<number> {
  const back = await rows(
    db,
    z.object({ seq: bigintColumn }),
    sql`select seq from turns where pool = ${pool} and kind = 'given_back'`,
  )
  return back.length
}

type History = Parameters<Parameters<typeof throughHistory<void>>[2]>[0]

function settingOf({ rosterAt, observed, start }: History, simulated: Policy): Setting {
  const past = pastOf(observed, { acknowledgeMs: 0, firstTouchMs: 0, handlingMs: 5 * hourMs })
  return { policy: simulated, version: policyVersion.parse(1), rosterAt, past, start }
}

function policyIn(text: string): Policy {
  const parsed = parsePolicy(text, 'policy.yaml', { holidayYears: [2026, 2027] })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors))
  return parsed.policy
}

function different(lines: readonly RowOfLead[]) {
  return lines
    .filter(
      ({ before, after, move }) => move !== null || (after.owner !== null && before?.rule !== after.rule),
    )
    .map(({ before, after, move }) => ({
      at: after.atMs,
      before: [before?.owner, before?.rule],
      after: [after.owner, after.rule],
      move,
    }))
}

function activities() {
  return createActivities({
    db,
    crm: createBuiltInCrm(db),
    mail: { from: 'leads@leadline.test', send: async () => {} },
  })
}

async function leave(rep: string, fromHour: number, untilHour: number): Promise<void> {
  await addLeave(db, {
    rep: repId.parse(rep),
    fromMs: at(fromHour),
    untilMs: at(untilHour),
    by: 'test',
    atMs: at(0),
  })
}

async function load(text: string, atMs: EpochMs): Promise<void> {
  const loaded = await loadPeople(db, { document: text, fileName: 'people.yaml', by: 'test', atMs })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
}
