/** Opens a closed lead again. Its workflow is over, so that this writes the lead's row itself, under its lock. */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { timelineOf } from '../db/events.js'
import { type LeadRow, lockLead } from '../db/lead.js'
import { keepNote } from '../db/notes.js'
import { policyOfVersion } from '../db/policies.js'
import { openAgain } from '../db/second-life.js'
import { instantColumn, row, sql, type Tx, transaction } from '../db/sql.js'
import { type EpochMs, instant, type LeadId } from '../domain/ids.js'
import type { Outcome } from '../domain/lead.js'
import type { Again } from '../domain/life/again.js'
import type { Policy } from '../domain/policy.js'
import { requestIdOf, requireInScope } from './act.js'
import type { ApiDeps } from './app.js'
import { actorOf, type Caller } from './auth.js'
import { iso } from './instants.js'
import { LeadUnreachable } from './lead-workflows.js'
import { Problem } from './problem.js'

export type Reopening = {
  lead: LeadId
  /** A code. */
  reason: string
  note?: string | undefined
  /** The Idempotency-Key of the request; undefined: each request is another one. */
  key: string | undefined
}

/** Ends after which somebody may come back to a lead. A merged one is split, an erased one is nobody's any more. */
export const reopenable: readonly Outcome[] = ['lost', 'disqualified', 'rejected', 'converted']

/**
 * When this returns, the lead is open again and will get an owner: what did not start is started by the relay.
 * @throws Problem with a code for whoever may not, and for a lead that cannot be opened (again, any more, or yet)
 */
export async function reopenLead(
  deps: Pick<ApiDeps, 'db' | 'now' | 'leads'>,
  caller: Caller,
  { lead, reason, note, key }: Reopening,
): Promise<{ requestId: string }> {
  const atMs = deps.now()
  const actor = actorOf(caller)
  await requireInScope(deps, caller, lead)
  const requestId = key === undefined ? randomUUID() : requestIdOf(lead, actor, 'reopen', key)
  const receivedAtMs = await transaction(deps.db, async tx => {
    const stored = await lockLead(tx, lead)
    const past = await pastOf(tx, lead)
    const eventKey = `reopened-${requestId}`
    if ((await timelineOf(tx, lead)).some(event => event.key === eventKey)) return past.received_at
    const policy = await openablePolicy(tx, caller, stored, past, atMs)
    await openAgain(tx, {
      lead,
      atMs,
      actor: actor.id,
      key: eventKey,
      reason,
      why: 'reopened',
      lastOwner: stored.owner,
      directed: directedFor(stored, policy),
    })
    if (note !== undefined) await keepNote(tx, { requestId, lead, actor: actor.id, body: { note }, atMs })
    return past.received_at
  })
  await startOrLeaveToTheRelay(deps, lead, receivedAtMs)
  return { requestId }
}

type Past = z.output<typeof pastRow>

/** The policy that the lead lives under, where it lets this caller open the lead at this instant. */
async function openablePolicy(
  tx: Tx,
  caller: Caller,
  stored: LeadRow,
  { closed_at: closedAtMs, workflow_ended_at: endedMs }: Past,
  atMs: EpochMs,
): Promise<Policy> {
  const { status, outcome, owner, policyVersion, erased } = stored
  const stands = { leadStatus: status, owner, ...(outcome === null ? {} : { outcome }) }
  if (
    outcome === null ||
    !reopenable.includes(outcome) ||
    erased ||
    policyVersion === null ||
    closedAtMs === null
  )
    throw new Problem(409, 'wrong-state', { ...stands, allowed: [...reopenable] })
  if (caller.role === 'rep' && caller.rep !== owner) throw new Problem(403, 'not-owner', { owner })
  const policy = await policyOfVersion(tx, policyVersion)
  const untilMs = policy.reopen === null ? null : instant(closedAtMs + policy.reopen.withinMs)
  if (untilMs === null || untilMs < atMs) {
    const detail =
      untilMs === null
        ? 'the policy opens no lead again'
        : `the policy let it be opened until ${iso(untilMs)}`
    throw new Problem(409, 'too-late', { ...stands, detail, allowed: [] })
  }
  // It is still being saved, or somebody still told of its end: what comes after that would be mixed with it.
  if (endedMs === null) throw new Problem(503, 'unavailable', {}, { 'Retry-After': '2' })
  return policy
}

/** Back to whoever had it. One that the policy itself disqualified would end again at once: so it is told who gets it. */
function directedFor({ owner, outcome }: LeadRow, policy: Policy): Again['directed'] {
  if (owner !== null) return { kind: 'rep', rep: owner }
  return outcome === 'disqualified' ? policy.otherwise.assign : null
}

async function startOrLeaveToTheRelay(
  { leads }: Pick<ApiDeps, 'leads'>,
  lead: LeadId,
  receivedAtMs: EpochMs,
): Promise<void> {
  try {
    await leads.start(lead, receivedAtMs)
  } catch (error) {
    if (!(error instanceof LeadUnreachable)) throw error
  }
}

const pastRow = z.object({
  received_at: instantColumn,
  closed_at: instantColumn.nullable(),
  workflow_ended_at: instantColumn.nullable(),
})

async function pastOf(tx: Tx, lead: LeadId): Promise<Past> {
  return row(tx, pastRow, sql`select received_at, closed_at, workflow_ended_at from leads where id = ${lead}`)
}
