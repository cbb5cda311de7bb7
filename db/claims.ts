/** Leads that somebody claims which a colleague owns: what is asked first, and what whoever decides is shown. */
import { z } from 'zod'
import { type EpochMs, instant, type LeadId, policyVersion, type RepId, repId } from '../domain/ids.js'
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

/** Of a review `r` with the claimant's note `n`; null where nobody claims the lead. */
export const claimColumn = sql`
  case when r.claimant is not null then jsonb_build_object(
    'claimant', jsonb_build_object('id', r.claimant, 'name', ${nameOf(sql`r.claimant`)}),
    'owner', jsonb_build_object('id', r.evidence->'claim'->>'owner', 'name', ${nameOf(sql`r.evidence->'claim'->>'owner'`)}),
    'reason', r.evidence->'claim'->'reason', 'note', n.body->'note') end`

/** A name is missing only where nobody ever wrote this person into the people document. */
function nameOf(rep: ReturnType<typeof sql>) {
  return sql`coalesce((select p.facts->>'name' from people p where p.id = ${rep} order by p.valid_from desc limit 1), ${rep})`
}

const person = z.object({ id: repId, name: z.string() })

export const claimRow = z.object({
  claimant: person,
  /** Whose lead it was when it was claimed. */
  owner: person,
  reason: z.string(),
  note: z.string().nullable(),
})
