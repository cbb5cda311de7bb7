/** What is asked before somebody may claim a lead that a colleague owns; they need not be able to see it. */
import { z } from 'zod'
import { type EpochMs, instant, type LeadId, policyVersion, type RepId } from '../domain/ids.js'
import { policyOfVersion } from './policies.js'
import { type Db, instantColumn, rowOrNull, sql } from './sql.js'

export type ClaimRefusal =
  | { code: 'not-found' }
  /** `allowed`: the reasons that the lead's policy has. */
  | { code: 'unknown-reason'; allowed: string[] }
  | { code: 'cooling-down'; untilMs: EpochMs }

type Claim = { lead: LeadId; rep: RepId; reason: string; requestId: string; atMs: EpochMs }

/** Null: they may. What was claimed already under the same request may be said again. */
export async function claimRefusal(db: Db, claim: Claim): Promise<ClaimRefusal | null> {
  const lead = await rowOrNull(
    db,
    z.object({ policy_version: policyVersion.nullable(), again: z.boolean() }),
    sql`select policy_version, exists (select from reviews where claim_request = ${claim.requestId}) as again
        from leads where id = ${claim.lead}`,
  )
  if (lead === null) return { code: 'not-found' }
  // Before it is prepared it has no owner yet: the lead says so itself.
  if (lead.policy_version === null || lead.again) return null
  const { reasons, coolDownMs } = (await policyOfVersion(db, lead.policy_version)).reassign
  if (!Object.hasOwn(reasons, claim.reason)) return { code: 'unknown-reason', allowed: Object.keys(reasons) }
  const untilMs = await coolingDownUntil(db, claim, coolDownMs)
  return untilMs === null ? null : { code: 'cooling-down', untilMs }
}

/** A claim that was not granted is not made again at once. */
async function coolingDownUntil(
  db: Db,
  { lead, rep, atMs }: Claim,
  coolDownMs: number,
): Promise<EpochMs | null> {
  const last = await rowOrNull(
    db,
    z.object({ ended_at: instantColumn }),
    sql`select ended_at from reviews
        where lead_id = ${lead} and claimant = ${rep}
          and (ended_why = 'timed_out' or (ended_why = 'decided' and decision->>'choice' = 'keepOwner'))
        order by ended_at desc limit 1`,
  )
  if (last === null || last.ended_at + coolDownMs <= atMs) return null
  return instant(last.ended_at + coolDownMs)
}
