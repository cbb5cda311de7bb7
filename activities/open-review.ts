import { createHash } from 'node:crypto'
import { z } from 'zod'
import { appendEvent } from '../db/events.js'
import { announceOutcome, lockLead, preparedOf } from '../db/lead.js'
import { rosterAt } from '../db/people.js'
import { policyOfVersion } from '../db/policies.js'
import { execute, instantColumn, rowOrNull, sql, transaction, timestamp } from '../db/sql.js'
import { deadlinesOf, deciderOf, territoryManagerOf } from '../domain/deciders.js'
import { type EpochMs, type LeadId, repId } from '../domain/ids.js'
import { type OpenReview, reviewChoices } from '../domain/life/state.js'
import type { ReviewKind } from '../domain/policy.js'
import { profileOf } from '../domain/score.js'
import type { ActivityDeps } from './index.js'

type Input = { lead: LeadId; hop: number; step: number; atMs: EpochMs; review: ReviewKind; owned: boolean }

/** Puts a question before a person: who decides, until when, who else after that, and what happens when nobody does. */
export function openReview({ db }: ActivityDeps) {
  return async ({ lead, hop, step, atMs, review, owned }: Input): Promise<OpenReview> =>
    transaction(db, async tx => {
      const stored = preparedOf(await lockLead(tx, lead))
      const policy = await policyOfVersion(tx, stored.policyVersion)
      const terms = policy.reviews[review]
      const id = reviewId(lead, step)
      const known = await rowOrNull(
        tx,
        z.object({ decides: repId, backup: repId, due_at: instantColumn, backup_due_at: instantColumn }),
        sql`select decides, backup, due_at, backup_due_at from reviews where id = ${id}`,
      )
      if (known !== null) {
        const { decides, backup, due_at: dueAtMs, backup_due_at: backupDueAtMs } = known
        return {
          id,
          kind: review,
          decides,
          backup,
          escalated: false,
          dueAtMs,
          backupDueAtMs,
          onTimeout: terms.onTimeout,
        }
      }
      const roster = await rosterAt(tx, atMs)
      const { territories } = profileOf(policy, stored.facts)
      const about = { owner: stored.owner, territoryManager: territoryManagerOf(policy, territories) }
      const decides = deciderOf(terms.decides, roster, about, atMs)
      const backup = deciderOf(terms.backup, roster, about, atMs, decides.id)
      const { dueAtMs, backupDueAtMs } = deadlinesOf(decides, backup, terms.withinMs, atMs)
      await execute(
        tx,
        sql`insert into reviews (id, lead_id, hop, kind, opened_at, decides, backup, due_at, backup_due_at, choices, evidence)
            select ${id}, ${lead}, ${hop}, ${review}, ${timestamp(atMs)}, ${decides.id}, ${backup.id},
                   ${timestamp(dueAtMs)}, ${timestamp(backupDueAtMs)}, ${reviewChoices[review]},
                   jsonb_build_object('facts', facts, 'duplicates', enrichment->'duplicates',
                                      'accounts', enrichment->'accounts')
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
      await appendEvent(tx, {
        lead,
        atMs,
        actor: 'system',
        hop,
        key: `review-${id}`,
        kind: 'reviewOpened',
        data: { review: id, kind: review, decides: decides.id, backup: backup.id, dueAtMs },
      })
      await announceOutcome(tx, lead)
      return {
        id,
        kind: review,
        decides: decides.id,
        backup: backup.id,
        escalated: false,
        dueAtMs,
        backupDueAtMs,
        onTimeout: terms.onTimeout,
      }
    })
}

/** The same for every try of the same step. A UUID made of a digest (RFC 9562, version 8). */
function reviewId(lead: LeadId, step: number): string {
  const hex = createHash('sha256').update(`${lead}/${step}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-9${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
