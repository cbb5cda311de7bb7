/** What would change for open leads if they went on under another version of the policy. Nothing is written. */
import { z } from 'zod'
import { clockOf } from '../domain/clocks.js'
import { decide, presentEngine } from '../domain/decide.js'
import {
  type EpochMs,
  type LeadId,
  leadId,
  type PolicyVersion,
  policyVersion,
  type RepId,
  repId,
} from '../domain/ids.js'
import { routingFacts } from '../domain/lead.js'
import { clocksIn, type LeadClock } from '../domain/lead-clocks.js'
import type { Policy } from '../domain/policy.js'
import type { ClockKind } from '../domain/timeline.js'
import { loadDecisionInput } from './decision-input.js'
import { timelineOf } from './events.js'
import { countingOf } from './ownership.js'
import { policyOfVersion } from './policies.js'
import { type Db, execute, type Pool, rowOrNull, rows, sql, type Tx, transaction } from './sql.js'

export type Adoption = {
  lead: LeadId
  owner: RepId | null
  from: PolicyVersion
  to: PolicyVersion
  dues: { clock: ClockKind; dueAtMs: EpochMs; wouldBeDueAtMs: EpochMs }[]
  /** Null: nobody, or nobody was asked for. */
  wouldOwn: RepId | null
}

type Asked = {
  version: PolicyVersion
  /** Null: all that are open under another version, the oldest first. */
  leads: readonly LeadId[] | null
  reRoute: boolean
  atMs: EpochMs
  most: number
}

/** Null: there is no such version. */
export async function previewAdoption(db: Pool, asked: Asked): Promise<Adoption[] | null> {
  if (!(await isPublished(db, asked.version))) return null
  const policy = await policyOfVersion(db, asked.version)
  const previews: Adoption[] = []
  for (const lead of await openLeads(db, asked)) previews.push(await preview(db, policy, asked, lead))
  return previews
}

type OpenLead = z.infer<typeof openLead>

const openLead = z.object({
  id: leadId,
  owner: repId.nullable(),
  policy_version: policyVersion,
  hop: z.int(),
  facts: routingFacts,
})

async function openLeads(db: Db, { version, leads, most }: Asked): Promise<OpenLead[]> {
  return rows(
    db,
    openLead,
    sql`select id, owner, policy_version, hop, facts from leads
        where status not in ('closed', 'received') and joining is null and policy_version <> ${version}
          and (${leads === null} or id = any(${leads === null ? [] : [...leads]}::uuid[]))
        order by received_at, id limit ${most}`,
  )
}

async function preview(db: Pool, policy: Policy, asked: Asked, lead: OpenLead): Promise<Adoption> {
  return transaction(db, async tx => {
    await execute(tx, sql`set transaction isolation level repeatable read`)
    return {
      lead: lead.id,
      owner: lead.owner,
      from: lead.policy_version,
      to: asked.version,
      dues: await movedDues(tx, policy, lead.id, asked.atMs),
      wouldOwn: asked.reRoute ? await chosenBy(tx, policy, lead, asked) : null,
    }
  })
}

async function movedDues(tx: Tx, policy: Policy, lead: LeadId, atMs: EpochMs): Promise<Adoption['dues']> {
  const counting = await countingOf(tx, lead, atMs)
  if (counting === null || !Object.hasOwn(policy.slas, counting.sla)) return []
  const running = clocksIn(await timelineOf(tx, lead)).filter(
    ({ metAtMs, breached }) => metAtMs === null && !breached,
  )
  return running.flatMap(({ clock, startedAtMs, dueAtMs, holds }: LeadClock) => {
    if (clock === 'assign' || policy.slas[counting.sla]?.[clock] == null) return []
    const again = clockOf(policy, counting, clock, { startMs: startedAtMs, holds })
    return again.dueAtMs === dueAtMs ? [] : [{ clock, dueAtMs, wouldBeDueAtMs: again.dueAtMs }]
  })
}

/** As the routing would decide now; the locks that it takes end with this transaction, which writes nothing. */
async function chosenBy(
  tx: Tx,
  policy: Policy,
  { id, facts, owner, hop }: OpenLead,
  { version, atMs }: Asked,
): Promise<RepId | null> {
  const asked = {
    engine: presentEngine,
    policyVersion: version,
    atMs,
    hop: hop + 1,
    facts,
    excluded: [],
    lastOwner: owner,
    directed: null,
    chosenRule: null,
    heldSinceMs: null,
    settled: [],
  } as const
  const { input } = await loadDecisionInput(
    tx,
    id,
    policy,
    { ...asked, excluded: [], settled: [] },
    'real',
    null,
  )
  const decision = decide(policy, input)
  return decision.kind === 'assigned' ? decision.owner : null
}

async function isPublished(db: Db, version: PolicyVersion): Promise<boolean> {
  const found = await rowOrNull(
    db,
    z.object({ version: policyVersion }),
    sql`select version from policies where version = ${version}`,
  )
  return found !== null
}
