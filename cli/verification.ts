/**
 * Holds everything that Leadline knows of a lead against everything else: tables, timeline and ledger (SQL), decision
 * records (executed again), workflow and history (Temporal).
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client } from '@temporalio/client'
import { z } from 'zod'
import { decisionsOf } from '../db/ownership.js'
import { policyOfVersion } from '../db/policies.js'
import { bigintColumn, type Pool, row, rows, sql } from '../db/sql.js'
import { type Finding, violations } from '../db/verify.js'
import { reExecute } from '../domain/decide.js'
import { type LeadId, leadId } from '../domain/ids.js'
import { forEachAtOnce } from './at-once.js'
import { complaintsAbout } from './lead-workflow.js'

/** `leads`: how many there were to look at. */
export type Verified = { leads: number; findings: Finding[] }

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
  const ids = lead === null ? null : [lead]
  const suspects = [...(await violations(db, lead)), ...(await findingsOfLeads(deps, ids))]
  const leads = await countLeads(db, lead)
  if (suspects.length === 0) return { leads, findings: [] }
  await sleep(settleMs)
  const again = new Set(suspects.flatMap(suspect => (suspect.lead === null ? [] : [suspect.lead])))
  const found = [
    ...(await violations(db, lead)),
    ...(await findingsOfLeads({ ...deps, progress: () => {} }, [...again])),
  ]
  const seenBefore = new Set(suspects.map(keyOf))
  return { leads, findings: found.filter(finding => seenBefore.has(keyOf(finding))) }
}

function keyOf({ lead, invariant, what }: Finding): string {
  // Of one lead the same invariant may be broken in other words by now; of a pool the words say which.
  return lead === null ? `${invariant}/${what}` : `${invariant}/${lead}`
}

/** @param ids null: all leads, page by page */
async function findingsOfLeads(
  { db, temporal, progress }: VerifyDeps,
  ids: LeadId[] | null,
): Promise<Finding[]> {
  const found: Finding[] = []
  const all = ids?.length ?? (await countLeads(db, null))
  let done = 0
  for await (const page of ids === null ? pages(db) : [ids]) {
    await forEachAtOnce(leadsAtOnce, page, async id => {
      found.push(...(await findingsOfDecisions(db, id)))
      found.push(...(await complaintsAbout(db, temporal, id)).map(complaint => ({ lead: id, ...complaint })))
    })
    done += page.length
    progress?.(done, all)
  }
  return found
}

/** Invariant 7: a decision that is made again from its record gives the same owner, for the same reasons. */
async function findingsOfDecisions(db: Pool, lead: LeadId): Promise<Finding[]> {
  const found: Finding[] = []
  for (const { hop, record } of await decisionsOf(db, lead)) {
    const policy = await policyOfVersion(db, record.input.policyVersion)
    const { same, decision } = reExecute(policy, record)
    if (same) continue
    const what = `hop ${hop} was decided as ${sayDecision(record.decision)}, and comes out as ${sayDecision(decision)}`
    found.push({ lead, invariant: 'decision-repeats', what })
  }
  return found
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

async function countLeads(db: Pool, lead: LeadId | null): Promise<number> {
  const { count } = await row(
    db,
    z.object({ count: bigintColumn }),
    sql`select count(*) from leads where ${lead}::uuid is null or id = ${lead}`,
  )
  return Number(count)
}
