import { z } from 'zod'
import { appendEvent, timelineOf } from '../db/events.js'
import { type LeadRow, lockLead, preparedOf, readLead } from '../db/lead.js'
import { keepMerge, readFilled } from '../db/merges.js'
import { saveNormalised } from '../db/normalised.js'
import { policyOfVersion } from '../db/policies.js'
import { execute, row, sql, type Tx, transaction } from '../db/sql.js'
import { factsOf } from '../domain/facts.js'
import type { EpochMs, LeadId } from '../domain/ids.js'
import { hotterCampaign, lettersOwed } from '../domain/intent.js'
import type { SubmissionAccepted } from '../domain/life/state.js'
import { defaultMergeRules, mergeLead } from '../domain/merge.js'
import type { Policy } from '../domain/policy.js'
import type { ActivityDeps } from './index.js'

type Input = { lead: LeadId; hop: number; atMs: EpochMs; from: LeadId }
type Prepared = ReturnType<typeof preparedOf>

/**
 * Takes another submission of the same person into this lead: its owner, its clocks and its decision stay. Asked twice
 * by one lead, it does so once: a second merge would find nothing to change and forget what the first one did.
 */
export function acceptSubmission({ db }: ActivityDeps) {
  return async (input: Input): Promise<SubmissionAccepted> => {
    const { lead, from } = input
    const incoming = preparedOf(await readLead(db, from))
    return transaction(db, async tx => {
      const stored = preparedOf(await lockLead(tx, lead))
      const policy = await policyOfVersion(tx, stored.policyVersion)
      const { filled, hasJoined } = await readFilled(tx, lead, stored.normalised, from)
      if (!hasJoined) await join(tx, input, { policy, stored, incoming, filled })
      return owedAfter(tx, policy, lead, from, incoming)
    })
  }
}

type Joining = {
  policy: Policy
  stored: Prepared
  incoming: Prepared
  filled: Awaited<ReturnType<typeof readFilled>>['filled']
}

async function join(
  tx: Tx,
  { lead, hop, atMs, from }: Input,
  { policy, stored, incoming, filled }: Joining,
): Promise<void> {
  const hotter = hotterCampaign(policy, stored.facts, incoming.facts)
  const merged =
    hotter === null
      ? mergeLead(stored.normalised, incoming.normalised, defaultMergeRules, filled)
      : mergeLead(stored.normalised, { ...incoming.normalised, campaign: hotter }, raising, filled)
  await saveNormalised(tx, lead, merged.lead, factsOf(policy, merged.lead, stored.facts.account))
  await keepMerge(tx, lead, from, merged, filled)
  await stayApart(tx, stored, incoming)
  const said = { lead, atMs, actor: 'system', hop }
  const life = ofLife(incoming)
  await appendEvent(tx, {
    ...said,
    key: `joined-${from}${life}`,
    kind: 'submissionJoined',
    data: { lead: from },
  })
  if (hotter === null) return
  await appendEvent(tx, {
    ...said,
    key: `raised-${from}${life}`,
    kind: 'intentRaised',
    data: { from: stored.facts.campaign, to: hotter, lead: from },
  })
}

/** Of a lead that belongs to another campaign from now on, also by what its next correction makes of it. */
const raising = { ...defaultMergeRules, campaign: 'takeNewest' } as const

/** One lead may join another in each of its lives. */
function ofLife({ generation }: LeadRow): string {
  return generation === 0 ? '' : `-${generation}`
}

/** Whoever may not join the one that comes in does not join the one that it is part of from now on. */
async function stayApart(tx: Tx, { id }: Prepared, { apartFrom }: Prepared): Promise<void> {
  const others = apartFrom.filter(other => other !== id)
  if (others.length === 0) return
  await execute(
    tx,
    sql`update leads set apart_from = array(select distinct unnest(apart_from || ${others}::uuid[])) where id = ${id}`,
  )
}

/** Only where this very submission has raised the lead; a second try says what the first one said, or that it is done. */
async function owedAfter(
  tx: Tx,
  policy: Policy,
  lead: LeadId,
  from: LeadId,
  incoming: Prepared,
): Promise<SubmissionAccepted> {
  const timeline = await timelineOf(tx, lead)
  const kinds = new Set(timeline.map(({ kind }) => kind))
  if (!timeline.some(({ key }) => key === `raised-${from}${ofLife(incoming)}`))
    return { acknowledge: false, meetingLink: false }
  const { in_doubt: isInDoubt } = await row(
    tx,
    z.object({ in_doubt: z.boolean() }),
    sql`select exists (select from reviews
                       where lead_id = ${lead} and ended_at is null and kind = 'possible-duplicate') as in_doubt`,
  )
  return lettersOwed(policy, preparedOf(await readLead(tx, lead)).facts, {
    acknowledgement: kinds.has('prospectAcknowledged'),
    meetingLink: kinds.has('meetingLinkSent'),
    isInDoubt,
  })
}
