import { z } from 'zod'
import { type Attempted, decideAttempt, keepDecision } from '../db/decision.js'
import { appendEvent } from '../db/events.js'
import { announceOutcome, lockLead, preparedOf, saveDue } from '../db/lead.js'
import { policyOfVersion } from '../db/policies.js'
import { type TurnDue, turnReturnedByMove } from '../db/returned-turns.js'
import { execute, rowOrNull, rows, sql, type Tx, timestamp, transaction } from '../db/sql.js'
import { giveTurnBack } from '../db/turns.js'
import { presentEngine } from '../domain/decide.js'
import type { Decision, DecisionInput } from '../domain/decision.js'
import type { EpochMs, LeadId, RepId } from '../domain/ids.js'
import type { Directed, Exclusion, Routed } from '../domain/life/state.js'
import { routedOf, slaUnder } from '../domain/routed.js'
import type { Policy } from '../domain/policy.js'
import type { AssignmentCause } from '../domain/timeline.js'
import type { ActivityDeps } from './index.js'

type Input = {
  lead: LeadId
  hop: number
  atMs: EpochMs
  cause: AssignmentCause
  directed: Directed | null
  lastOwner: RepId | null
  excluded: Exclusion[]
  endOfChain: boolean
  /** Since when the lead waits for somebody to become available; null or absent: it does not. */
  heldSinceMs?: EpochMs | null
}

type Prepared = ReturnType<typeof preparedOf>
type Assigned = Extract<Decision, { kind: 'assigned' }>

/**
 * Decides who owns the lead and takes the turn: the decision, the turn, the assignment, the lead's owner and the event
 * are one transaction. The key is (lead, hop): a retry returns what was decided. A lead of a source in shadow takes its
 * turn in the shadow ledger, and nothing else becomes of it.
 */
export function route({ db }: ActivityDeps) {
  return async (input: Input): Promise<Routed> =>
    transaction(db, async tx => {
      const stored = await lockLead(tx, input.lead)
      const decided = await decidedBefore(tx, input)
      if (decided !== null) return decided

      const prepared = preparedOf(stored)
      const policy = await policyOfVersion(tx, prepared.policyVersion)
      const asked = { ...askedOf(input, prepared), settled: await settledFor(tx, input.lead) }
      const ledger = policy.sources[prepared.facts.source]?.rollout === 'shadow' ? 'shadow' : 'real'
      const due = await turnReturnedByMove(tx, policy, input.lead)
      const { lead, cause } = input
      const also = due?.turn.pool ?? null
      const attempted = await decideAttempt(tx, policy, { lead, cause, ledger, asked, also })
      const routed: Routed =
        ledger === 'shadow'
          ? { kind: 'shadowed' }
          : await carryOut(tx, input, { ...attempted, policy, prepared, due })
      await keepDecision(tx, lead, attempted, routed)
      await announceOutcome(tx, input.lead)
      return routed
    })
}

async function decidedBefore(tx: Tx, { lead, hop }: Input): Promise<Routed | null> {
  const decided = await rowOrNull(
    tx,
    z.object({ routed: z.custom<Routed>(value => typeof value === 'object' && value !== null) }),
    sql`select record->'routed' as routed from decisions where lead_id = ${lead} and hop = ${hop}`,
  )
  return decided?.routed ?? null
}

function askedOf(
  { atMs, hop, excluded, lastOwner, directed, heldSinceMs }: Input,
  { facts, policyVersion }: Pick<Prepared, 'facts' | 'policyVersion'>,
): Omit<DecisionInput, 'people' | 'pools'> {
  const rule = directed?.kind === 'rule' ? directed.rule : null
  return {
    engine: presentEngine,
    policyVersion,
    atMs,
    hop,
    facts,
    excluded,
    lastOwner,
    directed: directed === null || directed.kind === 'rule' ? null : directed,
    chosenRule: rule,
    heldSinceMs: heldSinceMs ?? null,
  }
}

/** Questions that a person has answered with "assign it all the same": they are not asked again. */
async function settledFor(tx: Tx, lead: LeadId): Promise<NonNullable<DecisionInput['settled']>> {
  const answered = await rows(
    tx,
    z.object({ kind: z.enum(['missing-critical', 'undeclared-source', 'high-value', 'policy-exception']) }),
    sql`select distinct kind from reviews
        where lead_id = ${lead} and decision->>'choice' = 'assign'
          and kind in ('missing-critical', 'undeclared-source', 'high-value', 'policy-exception')
        order by kind`,
  )
  return answered.map(({ kind }) => kind)
}

type Decided<Made extends Decision = Decision> = Omit<Attempted, 'decision'> & {
  policy: Policy
  prepared: Prepared
  decision: Made
  due: TurnDue | null
}

/** What the life hears; of an owner, once it stands in the tables. */
async function carryOut(tx: Tx, input: Input, decided: Decided): Promise<Routed> {
  const { policy, decision, prepared, roster } = decided
  const { atMs, cause } = input
  const { facts, policyVersion } = prepared
  const routed = routedOf(policy, decision, { facts, policyVersion, roster, cause, atMs })
  if (decision.kind === 'assigned' && routed.kind === 'assigned')
    await assign(tx, input, { ...decided, decision }, routed)
  return routed
}

async function assign(
  tx: Tx,
  { lead, hop, atMs, cause }: Input,
  { policy, prepared, decision, turn, due }: Decided<Assigned>,
  { clocks, pool = null }: Extract<Routed, { kind: 'assigned' }>,
): Promise<void> {
  const sla = slaUnder(policy, decision, cause)
  // Whoever asked to give it away and got it again keeps it.
  if (due !== null && due.turn.rep !== decision.owner)
    await giveTurnBack(tx, due.turn, { lead, reason: due.reason, atMs })

  // One active owner at a time: the former one's row ends before the new one's begins (assignments_one_active).
  await execute(
    tx,
    sql`update assignments set ended_at = ${timestamp(atMs)}, ended_why = ${cause}
        where lead_id = ${lead} and ended_at is null`,
  )
  await execute(
    tx,
    sql`insert into assignments (lead_id, hop, owner, pool, rule, sla, cause, policy_version, assigned_at)
        values (${lead}, ${hop}, ${decision.owner}, ${pool}, ${decision.rule}, ${sla}, ${cause},
                ${prepared.policyVersion}, ${timestamp(atMs)})`,
  )
  await execute(
    tx,
    sql`update leads set status = 'assigned', owner = ${decision.owner}, hop = ${hop} where id = ${lead}`,
  )
  const dues = clocks.flatMap(({ steps }) => steps.map(step => step.atMs))
  const first = dues.length === 0 ? null : dues.reduce((a, b) => (a < b ? a : b))
  await saveDue(tx, lead, first === null ? null : { atMs: first, what: 'clock' })
  await appendEvent(tx, {
    lead,
    atMs,
    actor: 'system',
    hop,
    key: `assigned-${hop}`,
    kind: 'assigned',
    data: {
      owner: decision.owner,
      from: prepared.owner,
      rule: decision.rule,
      pool,
      turn,
      sla,
      cause,
      policyVersion: prepared.policyVersion,
      clocks: clocks.map(({ clock, dueAtMs }) => ({ clock, dueAtMs })),
    },
  })
}
