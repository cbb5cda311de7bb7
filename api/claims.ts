/** A rep says that a lead which a colleague owns is theirs (R33): the one act on a lead that its sender may not see. */
import { claimRefusal } from '../db/claims.js'
import type { EpochMs, LeadId, RepId } from '../domain/ids.js'
import { type Act, type Envelope } from './act.js'
import type { ApiDeps } from './app.js'
import type { Caller } from './auth.js'
import { iso } from './instants.js'
import { Problem } from './problem.js'

export type AskedOwner = { reason: string; wanted?: RepId | undefined; note?: string | undefined }

/**
 * Asks for another owner. Whoever asks for themselves claims the lead, unless it is theirs, which the lead itself knows.
 */
export function reassignment(
  { db }: Pick<ApiDeps, 'db'>,
  caller: Caller,
  lead: LeadId,
  { reason, wanted, note }: AskedOwner,
): Act<'requestReassignment'> {
  const act = {
    lead,
    name: 'requestReassignment',
    payload: (envelope: Envelope) => ({ ...envelope, reason, wanted }),
    text: { note },
  } as const
  if (caller.role !== 'rep' || wanted === undefined || wanted !== caller.rep) return act
  return {
    ...act,
    async allow({ requestId, atMs }: { requestId: string; atMs: EpochMs }) {
      const refusal = await claimRefusal(db, { lead, rep: wanted, reason, requestId, atMs })
      switch (refusal?.code) {
        case 'not-found':
          throw new Problem(404, 'not-found')
        case 'unknown-reason':
          throw new Problem(422, 'unknown-reason', { allowed: refusal.allowed })
        case 'cooling-down':
          throw new Problem(409, 'cooling-down', { allowed: [iso(refusal.untilMs)] })
        case undefined:
          return
      }
    },
  }
}
