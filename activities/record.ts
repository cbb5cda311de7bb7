import { z } from 'zod'
import { forget } from '../db/erase.js'
import { appendEvent } from '../db/events.js'
import { announceOutcome, lockLead, preparedOf, saveDue } from '../db/lead.js'
import { saveNormalised } from '../db/normalised.js'
import { policyOfVersion } from '../db/policies.js'
import { returnTurns, type TurnDue, turnsReturnedBy } from '../db/returned-turns.js'
import { execute, rowOrNull, sql, transaction, type Tx, timestamp } from '../db/sql.js'
import { factsOf } from '../domain/facts.js'
import { normalise } from '../domain/identity/normalise.js'
import type { EpochMs, LeadId } from '../domain/ids.js'
import { leadBody } from '../domain/lead.js'
import type { Due } from '../domain/life/state.js'
import type { TimelineEntry } from '../domain/timeline.js'
import type { ActivityDeps } from './index.js'

type Input = {
  lead: LeadId
  hop: number
  /** Numbers the change in the lead's story, as its workflow counts. */
  step: number
  atMs: EpochMs
  actor: string
  entries: TimelineEntry[]
  requestId: string | null
  due: Due | null
}

/**
 * Writes what happened to the timeline and to the tables that it speaks of, in one transaction. A retry writes nothing
 * twice.
 */
export function record({ db }: ActivityDeps) {
  return async (input: Input): Promise<void> => {
    const { lead, hop, atMs, actor, entries, requestId, due } = input
    await transaction(db, async tx => {
      await lockLead(tx, lead)
      const returning: TurnDue[] = []
      for (const entry of entries) {
        await appendEvent(tx, { lead, atMs, actor, hop, key: keyOf(entry, input), ...entry })
        // Before it is applied, which ends what says whose turn it was.
        returning.push(...(await turnsReturnedBy(tx, lead, entry)))
        await apply(tx, { lead, hop, atMs }, entry, requestId)
      }
      await returnTurns(tx, lead, atMs, returning)
      await saveDue(tx, lead, due)
    })
  }
}

/**
 * Which change of the lead's story an entry is: what it says, and not its place. A worker that dies after the commit
 * leaves a try that the workflow never heard of, and the next one may hear an earlier word first: then another change
 * stands at the same step, and this one at a later. What happens once (to an owner's clock, to an item) does so whoever
 * or whatever brought it about.
 */
function keyOf(entry: TimelineEntry, { hop, atMs, requestId }: Input): string {
  const { kind, data } = entry
  switch (kind) {
    case 'acknowledged':
    case 'lapsed':
    case 'held':
    case 'queued':
    case 'closed':
      return `${kind}-${hop}`
    case 'accepted':
    case 'queueTimedOut':
      return `queueEnded-${hop}`
    case 'breached':
    case 'clockMet':
      // That of staleness begins anew with each touch.
      return data.clock === 'stale' ? `${kind}-${hop}-stale-${data.dueAtMs}` : `${kind}-${hop}-${data.clock}`
    case 'reminded':
    case 'escalated':
      return `${kind}-${hop}-${data.clock}-${atMs}`
    case 'reviewEscalated':
      return `${kind}-${data.review}`
    case 'reviewDecided':
    case 'reviewTimedOut':
    case 'reviewSuperseded':
      return `reviewEnded-${data.review}`
    case 'reassignmentEscalated':
      return `${kind}-${data.request}`
    case 'reassignmentDecided':
    case 'reassignmentSuperseded':
      return `reassignmentEnded-${data.request}`
    case 'handoffAnswered':
    case 'handoffSuperseded':
      return `handoffEnded-${data.handoff}`
    default:
      // Said by somebody, under a request of its own.
      return `${kind}-${requestId ?? atMs}`
  }
}

async function apply(
  tx: Tx,
  { lead, hop, atMs }: { lead: LeadId; hop: number; atMs: EpochMs },
  entry: TimelineEntry,
  requestId: string | null,
): Promise<void> {
  const at = timestamp(atMs)
  switch (entry.kind) {
    case 'acknowledged':
      await execute(
        tx,
        sql`update assignments set acknowledged_at = ${at} where lead_id = ${lead} and ended_at is null`,
      )
      await execute(
        tx,
        sql`update leads set status = 'acknowledged' where id = ${lead} and status = 'assigned'`,
      )
      return
    case 'touched':
      if (entry.data.counts === false) return
      await execute(
        tx,
        sql`update assignments
            set first_touch_at = coalesce(first_touch_at, ${at}), acknowledged_at = coalesce(acknowledged_at, ${at})
            where lead_id = ${lead} and ended_at is null`,
      )
      await execute(tx, sql`update leads set status = 'working' where id = ${lead} and status <> 'closed'`)
      return
    case 'reviewEscalated':
      await execute(tx, sql`update reviews set escalated_at = ${at} where id = ${entry.data.review}`)
      return
    case 'reviewDecided':
      await execute(
        tx,
        sql`update reviews set ended_at = ${at}, ended_why = 'decided', decided_by = ${entry.data.by},
              decision = ${JSON.stringify(entry.data.decision)}, decision_request = ${requestId}
            where id = ${entry.data.review} and ended_at is null`,
      )
      if (entry.data.decision.choice === 'correct' && requestId !== null)
        await correct(tx, lead, atMs, requestId)
      return
    case 'reviewTimedOut':
      await endReview(tx, entry.data.review, atMs, 'timed_out')
      return
    case 'reviewSuperseded':
      await endReview(tx, entry.data.review, atMs, 'superseded')
      return
    case 'reassignmentEscalated':
      await execute(
        tx,
        sql`update reassignment_requests set escalated_at = ${at} where id = ${entry.data.request}`,
      )
      return
    case 'reassignmentDecided': {
      const why = entry.data.timedOut ? 'timed_out' : entry.data.approved ? 'approved' : 'refused'
      await execute(
        tx,
        sql`update reassignment_requests set ended_at = ${at}, ended_why = ${why}, decided_by = ${entry.data.by},
              decision_request = ${requestId}
            where id = ${entry.data.request} and ended_at is null`,
      )
      return
    }
    case 'reassignmentSuperseded':
      await execute(
        tx,
        sql`update reassignment_requests set ended_at = ${at}, ended_why = 'superseded'
            where id = ${entry.data.request} and ended_at is null`,
      )
      return
    case 'handoffAnswered': {
      const why = entry.data.timedOut ? 'timed_out' : entry.data.accepted ? 'accepted' : 'declined'
      await endHandoff(tx, entry.data.handoff, atMs, why)
      return
    }
    case 'handoffSuperseded':
      await endHandoff(tx, entry.data.handoff, atMs, 'superseded')
      return
    case 'held':
    case 'queued':
      // Whoever had it has it no more, though nobody else has it yet.
      await execute(
        tx,
        sql`update assignments set ended_at = ${at}, ended_why = ${entry.data.cause}
            where lead_id = ${lead} and ended_at is null and hop < ${hop}`,
      )
      // A late second try finds a later hop and changes nothing.
      await execute(
        tx,
        sql`update leads set status = ${entry.kind}, owner = null, hop = ${hop}
            where id = ${lead} and hop <= ${hop} and status <> 'closed'`,
      )
      await announceOutcome(tx, lead)
      return
    case 'closed':
      await execute(
        tx,
        sql`update leads set status = 'closed', outcome = ${entry.data.outcome}, closed_at = ${at},
              merged_into = ${entry.data.mergedInto}, joining = null,
              became = ${entry.data.became === undefined ? null : JSON.stringify(entry.data.became)}
            where id = ${lead} and status <> 'closed'`,
      )
      if (await isErased(tx, entry.data.mergedInto)) await forget(tx, lead, { atMs, actor: 'system' })
      await execute(
        tx,
        sql`update assignments set ended_at = ${at}, ended_why = 'closed' where lead_id = ${lead} and ended_at is null`,
      )
      await announceOutcome(tx, lead)
      return
    default:
      // All else that is recorded changes no table but the timeline.
      return
  }
}

/**
 * The lead that this one has joined was erased before this one knew that it had: it is the same person. The lock closes
 * the race with an erasure under way, which this waits for, or which finds this one merged.
 */
async function isErased(tx: Tx, survivor: LeadId | null): Promise<boolean> {
  const found = await rowOrNull(
    tx,
    z.object({ erased: z.boolean() }),
    sql`select erased_at is not null as erased from leads where id = ${survivor} for share`,
  )
  return found?.erased ?? false
}

async function endReview(tx: Tx, review: string, atMs: EpochMs, why: string): Promise<void> {
  await execute(
    tx,
    sql`update reviews set ended_at = ${timestamp(atMs)}, ended_why = ${why} where id = ${review} and ended_at is null`,
  )
}

async function endHandoff(tx: Tx, handoff: string, atMs: EpochMs, why: string): Promise<void> {
  await execute(
    tx,
    sql`update handoffs set ended_at = ${timestamp(atMs)}, ended_why = ${why} where id = ${handoff} and ended_at is null`,
  )
}

/** Takes over the values that a reviewer wrote down under the request; the lead is then routed by what it now says. */
async function correct(tx: Tx, lead: LeadId, atMs: EpochMs, requestId: string): Promise<void> {
  const note = await rowOrNull(
    tx,
    z.object({ body: z.object({ fields: leadBody.omit({ source: true }).partial() }) }),
    sql`select body from notes where request_id = ${requestId} and body ? 'fields'`,
  )
  if (note === null) return
  const stored = preparedOf(await lockLead(tx, lead))
  const policy = await policyOfVersion(tx, stored.policyVersion)
  const given = Object.fromEntries(Object.entries(stored.normalised).filter(([, value]) => value !== null))
  const normalised = normalise(leadBody.parse({ ...leadBody.parse(given), ...note.body.fields }))
  const facts = factsOf(policy, normalised, stored.facts.account)
  await saveNormalised(tx, lead, normalised, facts)
  const fields = Object.keys(note.body.fields)
  await appendEvent(tx, {
    lead,
    atMs,
    actor: 'system',
    hop: stored.hop,
    key: `corrected-${requestId}`,
    kind: 'corrected',
    data: { fields },
  })
}
