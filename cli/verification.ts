/**
 * Holds everything that Leadline knows of a lead against everything else: tables, timeline and ledger (SQL), decision
 * records (executed again), workflow and history (Temporal).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import { z } from 'zod'
import { decisionsOf } from '../db/ownership.js'
import { policyOfVersion } from '../db/policies.js'
import { bigintColumn, execute, type Pool, row, rows, sql, transaction } from '../db/sql.js'
import { type Finding, violations } from '../db/verify.js'
import { reExecute } from '../domain/decide.js'
import { type LeadId, leadId } from '../domain/ids.js'
import { forEachAtOnce } from './at-once.js'
import { type Alarm, type Look, lookAt, type Standing } from './lead-workflow.js'

export type Verified = { leads: number; checked: Checked; findings: Finding[] }

/** How much there was to look at, and how it stood: "nothing found" says little of nothing looked at. */
export type Checked = {
  submissions: number
  /** By where they stand; together they are all leads. */
  leads: Record<Standing, number>
  /** `assigned`: every owner that any lead ever had. */
  owners: { assigned: number; leadsWithTwo: number }
  /** Executed again. */
  decisions: number
  /** `takenTwice`: for the same step of the same lead. */
  turns: { taken: number; givenBack: number; takenTwice: number }
  workflows: { running: number; runsRead: number }
  dues: Dues
}

/** Of the open leads whose row says an instant at which they act. */
type Dues = {
  leads: number
  workflowRuns: number
  /** Of these, with a timer that goes off by then. */
  timerInTime: number
  /** Of these, with a step under way in place of a timer. */
  acting: number
  /** How long after its instant the latest of those timers goes off; below zero: before. Null: there is none. */
  latestTimerMs: number | null
}

export type VerifyDeps = {
  db: Pool
  temporal: Client
  /** Called now and then with the number of leads looked at. */
  progress?: (done: number, all: number) => void
}

/** Each lead costs two calls to Temporal and a few queries. */
const leadsAtOnce = 8
const leadsPerPage = 500
/** How long a lead may take between writing a change and being seen to have made it. */
const settleMs = 2_000

/**
 * A live lead changes while it is looked at, and what was read first may be older than what was read last. So whatever
 * is found is looked at once more, and only what is found again is told.
 * @param lead null: all of them
 */
export async function verify(deps: VerifyDeps, lead: LeadId | null): Promise<Verified> {
  const { db } = deps
  const tally = emptyTally()
  const suspects = await violations(db, lead)
  const again: LeadId[] = []
  for await (const seen of looks(deps, lead === null ? null : [lead])) {
    suspects.push(...seen.findings)
    // Counted as the second look shows it, so that figures and findings say the same.
    if (seen.findings.length === 0) count(tally, seen)
    else again.push(seen.lead)
  }
  const found: Finding[] = []
  if (suspects.length > 0) {
    await sleep(settleMs)
    found.push(...(await violations(db, lead)))
    for await (const seen of looks({ ...deps, progress: () => {} }, again)) {
      found.push(...seen.findings)
      count(tally, seen)
    }
  }
  const seenBefore = new Set(suspects.map(keyOf))
  return {
    leads: Object.values(tally.leads).reduce((sum, leads) => sum + leads, 0),
    checked: { ...tally, ...(await countTables(db, lead)) },
    findings: found.filter(finding => seenBefore.has(keyOf(finding))),
  }
}

function keyOf({ lead, invariant, what }: Finding): string {
  // Of one lead the same invariant may be broken in other words by now; of a pool the words say which.
  return lead === null ? `${invariant}/${what}` : `${invariant}/${lead}`
}

type Seen = { lead: LeadId; look: Look; decisions: number; findings: Finding[] }

/** @param ids null: all leads, page by page */
async function* looks({ db, temporal, progress }: VerifyDeps, ids: LeadId[] | null): AsyncGenerator<Seen> {
  const all = ids?.length ?? (await countLeads(db))
  let done = 0
  for await (const page of ids === null ? pages(db) : [ids]) {
    const seen: Seen[] = []
    await forEachAtOnce(leadsAtOnce, page, async lead => {
      const look = await lookAt(db, temporal, lead)
      if (look === null) return
      const { decisions, findings } = await repeatDecisions(db, lead)
      const complaints = look.complaints.map(complaint => ({ lead, ...complaint }))
      seen.push({ lead, look, decisions, findings: [...findings, ...complaints] })
    })
    yield* seen
    done += page.length
    progress?.(done, all)
  }
}

type Tally = Pick<Checked, 'leads' | 'decisions' | 'workflows' | 'dues'>

function emptyTally(): Tally {
  return {
    leads: { ended: 0, owned: 0, inReview: 0, waiting: 0, arriving: 0, lost: 0 },
    decisions: 0,
    workflows: { running: 0, runsRead: 0 },
    dues: { leads: 0, workflowRuns: 0, timerInTime: 0, acting: 0, latestTimerMs: null },
  }
}

function count(tally: Tally, { look, decisions }: Seen): void {
  tally.leads[look.stands] += 1
  tally.decisions += decisions
  tally.workflows.runsRead += look.runs
  if (look.workflowRuns) tally.workflows.running += 1
  if (look.alarm !== null) countDue(tally.dues, look.alarm)
}

function countDue(dues: Dues, alarm: Alarm): void {
  dues.leads += 1
  if (alarm.kind !== 'noWorkflow') dues.workflowRuns += 1
  if (alarm.kind === 'acting') dues.acting += 1
  if (alarm.kind !== 'timer') return
  dues.timerInTime += 1
  dues.latestTimerMs = Math.max(dues.latestTimerMs ?? alarm.afterDueMs, alarm.afterDueMs)
}

async function countTables(db: Pool, lead: LeadId | null): Promise<Omit<Checked, keyof Tally>> {
  const { submissions, assigned, leads_with_two, taken, given_back, taken_twice } = await transaction(
    db,
    async tx => {
      // A look at everything may take longer than a request may.
      await execute(tx, sql`set local statement_timeout = '10min'`)
      return row(tx, tableCounts, tableCountsOf(lead))
    },
  )
  return {
    submissions,
    owners: { assigned, leadsWithTwo: leads_with_two },
    turns: { taken, givenBack: given_back, takenTwice: taken_twice },
  }
}

function tableCountsOf(lead: LeadId | null) {
  return sql`
    select
      (select count(*) from submissions where ${lead}::uuid is null or lead_id = ${lead}) as submissions,
      (select count(*) from assignments where ${lead}::uuid is null or lead_id = ${lead}) as assigned,
      -- At any time: the unique index speaks of the present alone.
      (select count(distinct one.lead_id)
       from assignments one join assignments next on next.lead_id = one.lead_id and next.hop > one.hop
       where (${lead}::uuid is null or one.lead_id = ${lead})
         and (one.ended_at is null or one.ended_at > next.assigned_at)) as leads_with_two,
      count(*) filter (where kind = 'taken') as taken,
      count(*) filter (where kind = 'given_back') as given_back,
      count(*) filter (where kind = 'taken')
        - count(distinct (lead_id, hop)) filter (where kind = 'taken') as taken_twice
    from turns where pool not like 'shadow:%' and (${lead}::uuid is null or lead_id = ${lead})`
}

const howMany = bigintColumn.transform(Number)
const tableCounts = z.object({
  submissions: howMany,
  assigned: howMany,
  leads_with_two: howMany,
  taken: howMany,
  given_back: howMany,
  taken_twice: howMany,
})

/** Invariant 7: a decision that is made again from its record gives the same owner, for the same reasons. */
async function repeatDecisions(db: Pool, lead: LeadId): Promise<{ decisions: number; findings: Finding[] }> {
  const decisions = await decisionsOf(db, lead)
  const findings: Finding[] = []
  for (const { hop, record } of decisions) {
    const policy = await policyOfVersion(db, record.input.policyVersion)
    const { same, decision } = reExecute(policy, record)
    if (same) continue
    const what = `hop ${hop} was decided as ${sayDecision(record.decision)}, and comes out as ${sayDecision(decision)}`
    findings.push({ lead, invariant: 'decision-repeats', what })
  }
  return { decisions: decisions.length, findings }
}

function sayDecision(decision: ReturnType<typeof reExecute>['decision']): string {
  return decision.kind === 'assigned' ? `${decision.owner} by ${decision.rule}` : decision.kind
}

async function* pages(db: Pool): AsyncGenerator<LeadId[]> {
  let after: LeadId | null = null
  for (;;) {
    const found: { id: LeadId }[] = await rows(
      db,
      z.object({ id: leadId }),
      sql`select id from leads where ${after}::uuid is null or id > ${after} order by id limit ${leadsPerPage}`,
    )
    const last = found.at(-1)
    if (last === undefined) return
    yield found.map(({ id }) => id)
    after = last.id
  }
}

async function countLeads(db: Pool): Promise<number> {
  const { count } = await row(db, z.object({ count: howMany }), sql`select count(*) from leads`)
  return count
}
