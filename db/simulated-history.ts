/** Stored leads as a simulation takes them: as they came in, with what really became of them, in the ledger's order. */
import { z } from 'zod'
import { decision, decisionInput, type DecisionRecord } from '../domain/decision.js'
import { assertNever, type EpochMs } from '../domain/ids.js'
import { leadBody, outcome, type RoutingFacts, routingFacts } from '../domain/lead.js'
import type { LedgerStart } from '../domain/simulation/ledger.js'
import type { Observed } from '../domain/simulation/responses.js'
import {
  type Came,
  type LeadPast,
  type RealStep,
  type Said,
  saidBy,
  type StreamedLead,
} from '../domain/simulation/stream.js'
import { type AssignmentCause, clockKind } from '../domain/timeline.js'
import {
  ledgerAt,
  placeIn,
  putLedgerInOrder,
  responsesUntil,
  type RosterAt,
  rostersOfThePast,
} from './simulated-setting.js'
import {
  bigintColumn,
  execute,
  instantColumn,
  type Pool,
  row,
  rows,
  sql,
  type Tx,
  timestamp,
  transaction,
} from './sql.js'

export type Span = {
  /** Null: from the first lead on. */
  fromMs: EpochMs | null
  /** Up to but not including. */
  toMs: EpochMs
}

export type History = {
  rosterAt: RosterAt
  observed: Observed[]
  start: LedgerStart
  /** How many leads were decided in the span; those from before that go on in it do not count. */
  leads: number
  /** Leads of the span that joined another one, or about which a person was asked before anything was decided. */
  undecided: number
  stream(): AsyncGenerator<StreamedLead>
}

/** One look at everything, whatever else is written meanwhile. The stream can be read once. */
export async function throughHistory<Result>(
  db: Pool,
  span: Span,
  work: (history: History) => Promise<Result>,
): Promise<Result> {
  return transaction(db, async tx => {
    await execute(tx, sql`set transaction isolation level repeatable read`)
    await putLedgerInOrder(tx)
    const rosterAt = await rostersOfThePast(tx)
    return work({
      rosterAt,
      observed: await responsesUntil(tx, rosterAt, span.toMs),
      start: await ledgerAt(tx, rosterAt, span.fromMs),
      ...(await countsIn(tx, span)),
      stream: () => leadsIn(tx, span),
    })
  })
}

async function countsIn(tx: Tx, { fromMs, toMs }: Span): Promise<Pick<History, 'leads' | 'undecided'>> {
  const counted = await row(
    tx,
    z.object({ decided: bigintColumn, undecided: bigintColumn }),
    sql`with first as (select lead_id, min(decided_at) as at from decisions group by lead_id)
        select count(*) filter (where first.at is not null or outcome = 'stored') as decided,
               count(*) filter (where first.at is null and outcome is distinct from 'stored') as undecided
        from leads left join first on first.lead_id = leads.id
        -- Of an erased lead that was only stored, nothing is left to simulate.
        where (outcome is distinct from 'stored' or erased_at is null)
          and coalesce(first.at, received_at) >= ${timestamp(fromMs ?? 0)}
          and coalesce(first.at, received_at) < ${timestamp(toMs)}`,
  )
  return { leads: Number(counted.decided), undecided: Number(counted.undecided) }
}

/** A cursor, so that no more than some hundred leads are in memory, however many there are. */
async function* leadsIn(tx: Tx, { fromMs, toMs }: Span): AsyncGenerator<StreamedLead> {
  const [from, to] = [timestamp(fromMs ?? 0), timestamp(toMs)]
  await execute(
    tx,
    sql`declare simulated no scroll cursor for
        select id from (
          select * from (
            select distinct on (d.lead_id) d.lead_id as id, coalesce(t.place, d.decided_at) as place, coalesce(t.seq, 0) as seq
            from decisions d
            left join ledger_in_order t on t.lead_id = d.lead_id and t.hop = d.hop and t.kind = 'taken'
            where d.decided_at >= ${from} and d.decided_at < ${to}
            order by d.lead_id, d.hop) decided
          union all
          select id, received_at, 0 from leads
          where outcome = 'stored' and erased_at is null and received_at >= ${from} and received_at < ${to}) streamed
        order by place, seq, id`,
  )
  for (;;) {
    const ids = await rows(tx, z.object({ id: z.uuid() }), sql`fetch 200 from simulated`)
    if (ids.length === 0) break
    yield* await batchOf(
      tx,
      ids.map(({ id }) => id),
      { fromMs, toMs },
    )
  }
  await execute(tx, sql`close simulated`)
}

async function batchOf(tx: Tx, ids: readonly string[], { fromMs, toMs }: Span): Promise<StreamedLead[]> {
  const leads = await rows(
    tx,
    leadRow,
    sql`select l.id, l.received_at, l.outcome, l.facts->'account' as account,
               (select raw from submissions s where s.lead_id = l.id order by received_at, id limit 1) as raw,
               (select ended_at from assignments a where a.lead_id = l.id and a.ended_why = 'closed'
                order by hop desc limit 1) as closed_at,
               exists (select from decisions d where d.lead_id = l.id and d.decided_at < ${timestamp(fromMs ?? 0)}) as goes_on
        from leads l where l.id = any(${[...ids]}::uuid[])`,
  )
  const steps = await rows(
    tx,
    stepRow,
    sql`select d.lead_id as id, d.record, coalesce(t.place, d.decided_at) as place, coalesce(t.seq, 0) as seq,
               a.cause, a.acknowledged_at, a.first_touch_at,
               array(select distinct e.data->>'clock' from events e
                     where e.lead_id = d.lead_id and e.kind = 'breached' and e.hop = d.hop order by 1) as breached
        from decisions d
        left join ledger_in_order t on t.lead_id = d.lead_id and t.hop = d.hop and t.kind = 'taken'
        left join assignments a on a.lead_id = d.lead_id and a.hop = d.hop
        where d.lead_id = any(${[...ids]}::uuid[])
          and d.decided_at >= ${timestamp(fromMs ?? 0)} and d.decided_at < ${timestamp(toMs)}
        order by d.lead_id, d.hop`,
  )
  const givenBack = await rows(
    tx,
    givenBackRow,
    sql`select lead_id as id, hop, place, seq, reason from ledger_in_order
        where kind = 'given_back' and lead_id = any(${[...ids]}::uuid[]) order by place, seq`,
  )
  const known = new Map(leads.map(lead => [lead.id, lead]))
  return ids.flatMap(id => {
    const lead = known.get(id)
    if (lead === undefined) return []
    const own = <Row extends { id: string }>(all: readonly Row[]) => all.filter(one => one.id === id)
    return [streamedOf(lead, own(steps), own(givenBack), toMs)]
  })
}

function streamedOf(
  lead: z.output<typeof leadRow>,
  steps: readonly z.output<typeof stepRow>[],
  givenBack: readonly z.output<typeof givenBackRow>[],
  knownUntilMs: EpochMs,
): StreamedLead {
  const { id } = lead
  const [first, ...later] = steps
  if (first === undefined)
    return { id, atMs: lead.received_at, said: saidIn(lead, null), past: null, wasOnly: 'stored' }
  const { atMs, facts } = first.record.input
  const said = saidIn(lead, facts)
  if (lead.outcome === 'shadowed') return { id, atMs, said, past: null, wasOnly: 'shadowed' }
  const past: LeadPast = {
    steps: [realStep(first), ...later.map(realStep)],
    closedAtMs: lead.closed_at,
    knownUntilMs,
    givenBack: givenBack.map(({ hop, reason, ...at }) => ({ hop, reason, place: placeIn(at) })),
    record: first.record,
    isCarriedOver: lead.goes_on,
  }
  return { id, atMs, said, past }
}

/** What came in; where that is no longer kept, what the rules were told. */
function saidIn({ raw, account }: z.output<typeof leadRow>, facts: RoutingFacts | null): Said {
  const body = leadBody.safeParse(raw)
  if (body.success) return saidBy(body.data, account)
  if (facts === null) throw new Error('a lead that was only stored has neither a submission nor a decision')
  return { kind: 'facts', facts }
}

function realStep({ record, cause, ...row }: z.output<typeof stepRow>): RealStep {
  const { facts, heldSinceMs } = record.input
  const { decision: made } = record
  return {
    place: placeIn(row),
    cause: cause ?? (typeof heldSinceMs === 'number' ? 'hold-retry' : 'new'),
    asked: askedIn(record.input),
    facts,
    came: cameOf(record),
    rule: 'rule' in made ? made.rule : null,
    pool: made.kind === 'queued' ? made.pool : made.kind === 'assigned' ? (made.turn?.pool ?? null) : null,
    sla: 'sla' in made ? made.sla : null,
    turn: made.kind === 'assigned' ? made.turn : null,
    acknowledgedAtMs: row.acknowledged_at,
    touchedAtMs: row.first_touch_at,
    breached: row.breached,
  }
}

function askedIn(input: DecisionRecord['input']): RealStep['asked'] {
  const { atMs, hop, excluded, lastOwner, directed, settled, chosenRule, heldSinceMs, receiver } = input
  return { atMs, hop, excluded, lastOwner, directed, settled, chosenRule, heldSinceMs, receiver }
}

function cameOf({ input, decision: made }: DecisionRecord): Came {
  switch (made.kind) {
    case 'assigned':
      return { kind: input.receiver === undefined ? 'assigned' : 'offered', what: made.owner }
    case 'review':
      return { kind: 'review', what: made.review }
    case 'queued':
      return { kind: 'queued', what: made.pool }
    case 'held':
    case 'disqualified':
      return { kind: made.kind, what: null }
    default:
      return assertNever(made)
  }
}

const leadRow = z.object({
  id: z.uuid(),
  received_at: instantColumn,
  outcome: outcome.nullable(),
  account: routingFacts.shape.account,
  raw: z.json().nullable(),
  closed_at: instantColumn.nullable(),
  goes_on: z.boolean(),
})

const placed = { place: instantColumn, seq: bigintColumn }

const stepRow = z.object({
  id: z.uuid(),
  ...placed,
  record: z.object({ input: decisionInput, decision }),
  cause: z.custom<AssignmentCause>(value => typeof value === 'string').nullable(),
  acknowledged_at: instantColumn.nullable(),
  first_touch_at: instantColumn.nullable(),
  breached: z.array(clockKind),
})

const givenBackRow = z.object({
  id: z.uuid(),
  hop: z.int(),
  ...placed,
  reason: z.enum(['duplicate', 'disqualified', 'declined']),
})
