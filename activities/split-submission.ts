import { z } from 'zod'
import { appendEvent, timelineOf } from '../db/events.js'
import { lockLead, preparedOf } from '../db/lead.js'
import { dropMerge, type Joined, joinedTo } from '../db/merges.js'
import { saveNormalised } from '../db/normalised.js'
import { policyOfVersion } from '../db/policies.js'
import { openAgain } from '../db/second-life.js'
import { execute, row, sql, type Tx, transaction } from '../db/sql.js'
import { brief } from '../domain/enrich.js'
import { factsOf } from '../domain/facts.js'
import { normalise } from '../domain/identity/normalise.js'
import { type EpochMs, type LeadId, leadId } from '../domain/ids.js'
import { leadBody, type NormalisedLead } from '../domain/lead.js'
import { blockingKeys } from '../domain/match.js'
import { unmergeLead } from '../domain/unmerge.js'
import type { ActivityDeps } from './index.js'

type Input = { lead: LeadId; hop: number; atMs: EpochMs; request: string; actor: string; other: LeadId }

/**
 * The lead that joined this one was another person's after all: takes back what it brought, and lets it begin its own
 * life. Neither joins the other again. False: it has not joined, or not this one.
 */
export function splitSubmission({ db }: ActivityDeps) {
  return async (input: Input): Promise<{ split: boolean }> => {
    const { lead, hop, atMs, request, actor, other } = input
    return transaction(db, async tx => {
      await lockBoth(tx, lead, other)
      const key = `split-${request}`
      if ((await timelineOf(tx, lead)).some(event => event.key === key)) return { split: true }
      const joined = await joinedTo(tx, lead)
      const at = joined.findIndex(one => one.lead === other)
      const own = joined[at]
      if (own === undefined || !(await isMergedInto(tx, other, lead))) return { split: false }
      await takeBack(tx, lead, own, joined.slice(at + 1), joined.slice(0, at))
      await keepApart(tx, lead, other)
      const data = { lead: other }
      await appendEvent(tx, { lead, atMs, actor, hop, key, kind: 'submissionSplit', data })
      const opening = { lead: other, atMs, actor, key, why: 'split', reason: 'another-person' } as const
      await openAgain(tx, { ...opening, lastOwner: null, directed: null })
      return { split: true }
    })
  }
}

/** Both rows in the order of their ids, as whoever erases several takes them: two of them never wait in a circle. */
async function lockBoth(tx: Tx, lead: LeadId, other: LeadId): Promise<void> {
  await execute(tx, sql`select 1 from leads where id in (${lead}, ${other}) order by id for update`)
}

async function isMergedInto(tx: Tx, other: LeadId, lead: LeadId): Promise<boolean> {
  const { merged_into: into } = await row(
    tx,
    z.object({ merged_into: leadId.nullable() }),
    sql`select merged_into from leads where id = ${other}`,
  )
  return into === lead
}

async function takeBack(
  tx: Tx,
  lead: LeadId,
  own: Joined,
  later: Joined[],
  earlier: Joined[],
): Promise<void> {
  const stored = preparedOf(await lockLead(tx, lead))
  const undone = unmergeLead(
    stored.normalised,
    own.merge,
    later.map(({ merge, incoming }) => ({ ...merge, incoming })),
  )
  const policy = await policyOfVersion(tx, stored.policyVersion)
  await saveNormalised(tx, lead, undone.lead, factsOf(policy, undone.lead, stored.facts.account))
  // A brief that was written after the join tells of both.
  if (stored.brief === brief(stored.normalised))
    await execute(tx, sql`update leads set brief = ${brief(undone.lead)} where id = ${lead}`)
  const left = later.flatMap(({ lead: id }, at) => {
    const merge = undone.later[at]
    return merge === undefined ? [] : [{ lead: id, merge }]
  })
  await dropMerge(tx, lead, own.lead, { filled: undone.filled, later: left })
  await giveKeysBack(tx, lead, stored.normalised, own, {
    lead: undone.lead,
    others: [...earlier, ...later],
  })
}

/** The person is found by their own lead again, and by this one only where somebody else gave it the same key. */
async function giveKeysBack(
  tx: Tx,
  lead: LeadId,
  before: NormalisedLead,
  own: Joined,
  after: { lead: NormalisedLead; others: Joined[] },
): Promise<void> {
  const { raw } = await row(
    tx,
    z.object({ raw: leadBody }),
    sql`select raw from submissions where lead_id = ${lead}`,
  )
  const given = [
    ...blockingKeys(after.lead),
    ...blockingKeys(normalise(raw)),
    ...after.others.flatMap(other => other.blockingKeys),
  ]
  const brought = [...own.blockingKeys, ...blockingKeys(before)].filter(key => !given.includes(key))
  await execute(
    tx,
    sql`update leads set blocking_keys = array(select unnest(blocking_keys) except select unnest(${brought}::text[]))
        where id = ${lead}`,
  )
}

async function keepApart(tx: Tx, lead: LeadId, other: LeadId): Promise<void> {
  await execute(tx, sql`update leads set apart_from = array_append(apart_from, ${other}) where id = ${lead}`)
  await execute(tx, sql`update leads set apart_from = array_append(apart_from, ${lead}) where id = ${other}`)
}
