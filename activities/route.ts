import { z } from 'zod'
import { appendEvent } from '../db/events.js'
import { announceOutcome, type LeadRow, lockLead, preparedOf, saveDue } from '../db/lead.js'
import { rosterAt } from '../db/people.js'
import { policyOfVersion } from '../db/policies.js'
import { execute, rowOrNull, rows, sql, type Tx, timestamp, transaction } from '../db/sql.js'
import { giveTurnBack, grantedReason, lockStandings, turnOfOwner, writeTurn } from '../db/turns.js'
import { candidatesOf, decide } from '../domain/decide.js'
import type { Decision, DecisionInput, DecisionRecord } from '../domain/decision.js'
import { giveBackOfReassigned } from '../domain/give-back.js'
import type { EpochMs, LeadId, RepId } from '../domain/ids.js'
import { clocksOf } from '../domain/clocks.js'
import type { Directed, Exclusion, Routed } from '../domain/life/state.js'
import type { Roster } from '../domain/people.js'
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
}

type Assigned = Extract<Decision, { kind: 'assigned' }>

/**
 * Decides who owns the lead and takes the turn: the decision, the turn, the assignment, the lead's owner and the event
 * are one transaction. The key is (lead, hop): a retry returns what was decided.
 */
export function route({ db }: ActivityDeps) {
  return async (input: Input): Promise<Routed> =>
    transaction(db, async tx => {
      const stored = await lockLead(tx, input.lead)
      const decided = await rowOrNull(
        tx,
        z.object({ routed: z.custom<Routed>(value => typeof value === 'object' && value !== null) }),
        sql`select record->'routed' as routed from decisions where lead_id = ${input.lead} and hop = ${input.hop}`,
      )
      if (decided !== null) return decided.routed

      const prepared = preparedOf(stored)
      const policy = await policyOfVersion(tx, prepared.policyVersion)
      const roster = await rosterAt(tx, input.atMs)
      const asked = { ...askedOf(input, prepared), settled: await settledFor(tx, input.lead) }
      const { people, pools } = candidatesOf(policy, asked, roster, input.atMs)
      const due = await turnToGiveBack(tx, policy, input.lead)
      const standings = await lockStandings(tx, pools, due?.turn.pool)
      const record: DecisionInput = { ...asked, people, pools: standings }
      const decision = decide(policy, record)
      const routed =
        decision.kind === 'assigned'
          ? await assign(tx, input, decision, policy, roster, prepared, due)
          : decision.kind === 'review'
            ? ({ kind: 'review', review: decision.review } as const)
            : ({ kind: 'disqualified' } as const)
      await keepDecision(tx, input, { input: record, decision }, routed)
      await announceOutcome(tx, input.lead)
      return routed
    })
}

function askedOf(
  { atMs, hop, excluded, lastOwner, directed }: Input,
  { facts, policyVersion }: Pick<ReturnType<typeof preparedOf>, 'facts' | 'policyVersion'>,
): Omit<DecisionInput, 'people' | 'pools'> {
  const rule = directed?.kind === 'rule' ? directed.rule : null
  return {
    engine: 1,
    policyVersion,
    atMs,
    hop,
    facts,
    excluded,
    lastOwner,
    directed: directed === null || directed.kind === 'rule' ? null : directed,
    chosenRule: rule,
  }
}

/** Questions that a person has answered with "assign it all the same": they are not asked again. */
async function settledFor(tx: Tx, lead: LeadId): Promise<NonNullable<DecisionInput['settled']>> {
  const answered = await rows(
    tx,
    z.object({ kind: z.enum(['missing-critical', 'undeclared-source']) }),
    sql`select distinct kind from reviews
        where lead_id = ${lead} and decision->>'choice' = 'assign'
          and kind in ('missing-critical', 'undeclared-source')
        order by kind`,
  )
  return answered.map(({ kind }) => kind)
}

async function assign(
  tx: Tx,
  input: Input,
  decision: Assigned,
  policy: Policy,
  roster: Roster,
  before: Pick<LeadRow, 'owner'> & { policyVersion: number },
  due: TurnDue,
): Promise<Routed> {
  const { lead, hop, atMs, cause } = input
  const owner = roster.people.find(({ id }) => id === decision.owner)
  if (owner === undefined) throw new Error(`the owner ${decision.owner} is not in the roster`)
  const sla = cause === 'handoff' && policy.handoff !== null ? policy.handoff.sla : decision.sla
  const { clocks, reRoutes } = clocksOf(policy, sla, owner.calendar, atMs)
  const pool = decision.turn?.pool ?? null
  const turn =
    decision.turn === null ? null : await writeTurn(tx, decision.turn, { lead, hop, reason: cause, atMs })
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
                ${before.policyVersion}, ${timestamp(atMs)})`,
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
      from: before.owner,
      rule: decision.rule,
      pool,
      turn,
      sla,
      cause,
      policyVersion: before.policyVersion,
      clocks: clocks.map(({ clock, dueAtMs }) => ({ clock, dueAtMs })),
    },
  })
  return {
    kind: 'assigned',
    owner: decision.owner,
    manager: owner.manager,
    rule: decision.rule,
    pool,
    clocks,
    reRoutes,
    highValue: decision.review === 'high-value',
  }
}

type TurnDue = Awaited<ReturnType<typeof turnToGiveBack>>

/** The former owner's turn, if they were allowed to give the lead away for a reason that does not cost one. */
async function turnToGiveBack(tx: Tx, policy: Policy, lead: LeadId) {
  const granted = await grantedReason(tx, lead)
  const reason = granted === null ? null : giveBackOfReassigned(policy, granted)
  const turn = reason === null ? null : await turnOfOwner(tx, lead)
  return reason === null || turn === null ? null : { turn, reason }
}

async function keepDecision(
  tx: Tx,
  { lead, hop, atMs }: Input,
  record: DecisionRecord,
  routed: Routed,
): Promise<void> {
  await execute(
    tx,
    sql`insert into decisions (lead_id, hop, engine, policy_version, record, decided_at)
        values (${lead}, ${hop}, ${record.input.engine}, ${record.input.policyVersion},
                ${JSON.stringify({ ...record, routed })}, ${timestamp(atMs)})`,
  )
}
