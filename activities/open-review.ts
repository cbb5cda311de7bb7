import { createHash } from 'node:crypto'
import { z } from 'zod'
import { appendEvent } from '../db/events.js'
import { announceOutcome, lockLead, preparedOf } from '../db/lead.js'
import { rosterAt } from '../db/people.js'
import { policyOfVersion } from '../db/policies.js'
import { execute, instantColumn, rowOrNull, sql, transaction, type Tx, timestamp } from '../db/sql.js'
import { deadlinesOf, deciderOf, territoryManagerOf } from '../domain/deciders.js'
import { type EpochMs, type LeadId, type RepId, repId } from '../domain/ids.js'
import { type OpenReview, reviewChoices } from '../domain/life/state.js'
import type { Roster } from '../domain/people.js'
import type { Policy, ReviewKind } from '../domain/policy.js'
import { profileOf } from '../domain/score.js'
import type { ActivityDeps } from './index.js'

type Input = {
  lead: LeadId
  hop: number
  step: number
  atMs: EpochMs
  review: ReviewKind
  owned: boolean
  /** Of the kind `ownership-claimed`: who says that the lead is theirs, under which request, for which reason. */
  claim?: Claim
}

type Claim = { by: RepId; requestId: string; reason: string }

/** Puts a question before a person: who decides, until when, who else after that, and what happens when nobody does. */
export function openReview({ db }: ActivityDeps) {
  return async (input: Input): Promise<OpenReview> =>
    transaction(db, async tx => {
      const { lead, step, atMs, review, claim } = input
      const stored = preparedOf(await lockLead(tx, lead))
      const policy = await policyOfVersion(tx, stored.policyVersion)
      const id = reviewId(lead, step)
      const open = {
        id,
        kind: review,
        escalated: false,
        onTimeout: policy.reviews[review].onTimeout,
        ...(claim === undefined ? {} : { claimant: claim.by }),
      }
      const known = await openedBefore(tx, id)
      if (known !== null) return { ...open, ...known }
      const people = decidersOf(policy, await rosterAt(tx, atMs), stored, input)
      const { decides, backup, dueAtMs } = people
      await keepReview(tx, input, id, stored.owner, people)
      await appendEvent(tx, {
        lead,
        atMs,
        actor: claim?.by ?? 'system',
        hop: input.hop,
        key: `review-${id}`,
        kind: 'reviewOpened',
        data: {
          review: id,
          kind: review,
          decides,
          backup,
          dueAtMs,
          ...(claim === undefined ? {} : { claim: { by: claim.by, reason: claim.reason } }),
        },
      })
      await announceOutcome(tx, lead)
      return { ...open, ...people }
    })
}

type Deciders = Pick<OpenReview, 'decides' | 'backup' | 'dueAtMs' | 'backupDueAtMs'>

async function openedBefore(tx: Tx, id: string): Promise<Deciders | null> {
  const known = await rowOrNull(
    tx,
    z.object({ decides: repId, backup: repId, due_at: instantColumn, backup_due_at: instantColumn }),
    sql`select decides, backup, due_at, backup_due_at from reviews where id = ${id}`,
  )
  if (known === null) return null
  const { decides, backup, due_at: dueAtMs, backup_due_at: backupDueAtMs } = known
  return { decides, backup, dueAtMs, backupDueAtMs }
}

/** Nobody decides about a claim of their own, or about one to what is theirs. */
function decidersOf(
  policy: Policy,
  roster: Roster,
  { owner, facts }: Pick<ReturnType<typeof preparedOf>, 'owner' | 'facts'>,
  { review, claim, atMs }: Input,
): Deciders {
  const terms = policy.reviews[review]
  const { territories } = profileOf(policy, facts)
  const about = { owner, territoryManager: territoryManagerOf(policy, territories) }
  const parties = claim === undefined ? [] : [claim.by, ...(owner === null ? [] : [owner])]
  const decides = deciderOf(terms.decides, roster, about, atMs, parties)
  const backup = deciderOf(terms.backup, roster, about, atMs, [...parties, decides.id])
  return { decides: decides.id, backup: backup.id, ...deadlinesOf(decides, backup, terms.withinMs, atMs) }
}

async function keepReview(
  tx: Tx,
  { lead, hop, review, atMs, owned, claim }: Input,
  id: string,
  owner: RepId | null,
  { decides, backup, dueAtMs, backupDueAtMs }: Deciders,
): Promise<void> {
  const claimed = claim === undefined ? sql`'{}'::jsonb` : claimEvidence(lead, claim, owner)
  await execute(
    tx,
    sql`insert into reviews (id, lead_id, hop, kind, opened_at, decides, backup, due_at, backup_due_at, choices,
                             claimant, claim_request, evidence)
        select ${id}, ${lead}, ${hop}, ${review}, ${timestamp(atMs)}, ${decides}, ${backup},
               ${timestamp(dueAtMs)}, ${timestamp(backupDueAtMs)}, ${reviewChoices[review]},
               ${claim?.by ?? null}, ${claim?.requestId ?? null},
               jsonb_build_object('facts', facts, 'duplicates', enrichment->'duplicates',
                                  'accounts', enrichment->'accounts') || ${claimed}
        from leads where id = ${lead}`,
  )
  await execute(
    tx,
    sql`update leads
        set status = case when ${owned} then status else 'in_review' end,
            due_at = least(due_at, ${timestamp(dueAtMs)}),
            due_kind = case when due_at <= ${timestamp(dueAtMs)} then due_kind else 'review' end
        where id = ${lead}`,
  )
}

/** More of a person's touches say no more of whose lead it is. */
const touchesMost = 20

/** Who has it, who wants it and why, and what either has done about it: their latest touches, the last one last. */
function claimEvidence(lead: LeadId, { by, reason }: Claim, owner: RepId | null) {
  return sql`
    jsonb_build_object('claim', jsonb_build_object('claimant', ${by}::text, 'owner', ${owner}::text, 'reason', ${reason}::text,
      'touches', coalesce((
        select jsonb_agg(jsonb_build_object('by', who, 'touch', touch, 'atMs', at_ms) order by seq)
        from (select data->>'by' as who, data->>'touch' as touch, (extract(epoch from at) * 1000)::bigint as at_ms, seq,
                     row_number() over (partition by data->>'by' order by seq desc) as nth
              from events
              where lead_id = ${lead} and kind = 'touched' and data->>'by' in (${by}, ${owner})) touches
        where nth <= ${touchesMost}), '[]'::jsonb)))`
}

/** The same for every try of the same step. A UUID made of a digest (RFC 9562, version 8). */
function reviewId(lead: LeadId, step: number): string {
  const hex = createHash('sha256').update(`${lead}/${step}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-9${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
