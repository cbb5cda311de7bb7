/** Which turns come back by what happened to a lead, and their way back into the ledger. */
import { giveBackOfClosed, giveBackOfReassigned } from '../domain/give-back.js'
import type { EpochMs, LeadId } from '../domain/ids.js'
import type { Policy } from '../domain/policy.js'
import type { GivenBackReason } from '../domain/standing.js'
import type { TimelineEntry } from '../domain/timeline.js'
import { lockLead, preparedOf } from './lead.js'
import { policyOfVersion } from './policies.js'
import type { Tx } from './sql.js'
import {
  giveTurnBack,
  grantedReason,
  lockPools,
  type OwnersTurn,
  turnOfOffer,
  turnOfOwner,
  turnOfReceiver,
} from './turns.js'

export type TurnDue = { turn: OwnersTurn; reason: GivenBackReason }

/** The turns that come back by what happened, as far as they have not yet. */
export async function turnsReturnedBy(
  tx: Tx,
  lead: LeadId,
  { kind, data }: TimelineEntry,
): Promise<TurnDue[]> {
  switch (kind) {
    case 'handoffAnswered':
      return data.accepted ? [] : declined(await turnOfOffer(tx, data.handoff))
    case 'handoffSuperseded':
      return declined(await turnOfOffer(tx, data.handoff))
    case 'held':
    case 'queued': {
      // Nobody has it yet, but whoever had it has it no more.
      const due = await turnReturnedByMove(tx, await policyOf(tx, lead), lead)
      return due === null ? [] : [due]
    }
    case 'closed':
      return [...(await turnOfClosed(tx, lead, data)), ...declined(await turnOfReceiver(tx, lead))]
    default:
      return []
  }
}

/**
 * The former owner's turn, if they were allowed to give the lead away for a reason that does not cost one; or that of
 * whoever accepted the lead in a handoff, should it go to somebody else all the same.
 */
export async function turnReturnedByMove(tx: Tx, policy: Policy, lead: LeadId): Promise<TurnDue | null> {
  const granted = await grantedReason(tx, lead)
  const reason = granted === null ? null : giveBackOfReassigned(policy, granted)
  const owners = reason === null ? null : await turnOfOwner(tx, lead)
  if (reason !== null && owners !== null) return { turn: owners, reason }
  const receivers = await turnOfReceiver(tx, lead)
  return receivers === null ? null : { turn: receivers, reason: 'declined' }
}

export async function returnTurns(
  tx: Tx,
  lead: LeadId,
  atMs: EpochMs,
  returning: readonly TurnDue[],
): Promise<void> {
  // Of two pools, one after the other as routings lock them, so that nobody waits for the other in a circle.
  if (returning.length > 1)
    await lockPools(
      tx,
      'real',
      returning.map(({ turn }) => turn.pool),
    )
  for (const { turn, reason } of returning) await giveTurnBack(tx, turn, { lead, reason, atMs })
}

function declined(turn: OwnersTurn | null): TurnDue[] {
  return turn === null ? [] : [{ turn, reason: 'declined' }]
}

async function turnOfClosed(
  tx: Tx,
  lead: LeadId,
  closed: Extract<TimelineEntry, { kind: 'closed' }>['data'],
): Promise<TurnDue[]> {
  const turn = await turnOfOwner(tx, lead)
  if (turn === null) return []
  const reason = giveBackOfClosed(await policyOf(tx, lead), closed)
  return reason === null ? [] : [{ turn, reason }]
}

async function policyOf(tx: Tx, lead: LeadId): Promise<Policy> {
  return policyOfVersion(tx, preparedOf(await lockLead(tx, lead)).policyVersion)
}
