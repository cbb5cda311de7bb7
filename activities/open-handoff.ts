import { z } from 'zod'
import { type Attempt, decideAttempt, keepDecision } from '../db/decision.js'
import { appendEvent } from '../db/events.js'
import { lockLead, preparedOf } from '../db/lead.js'
import { rosterAt } from '../db/people.js'
import { policyOfVersion } from '../db/policies.js'
import { execute, instantColumn, rowOrNull, sql, transaction, type Tx, timestamp } from '../db/sql.js'
import { dueAt } from '../domain/calendar.js'
import { presentEngine } from '../domain/decide.js'
import { type EpochMs, type LeadId, type RepId, repId } from '../domain/ids.js'
import type { Exclusion, HandoffOpened } from '../domain/life/state.js'
import type { Person } from '../domain/people.js'
import type { HandoffTerms, Policy, Target } from '../domain/policy.js'
import type { ActivityDeps } from './index.js'

type Input = {
  lead: LeadId
  hop: number
  atMs: EpochMs
  handoff: string
  from: RepId
  /** Null: whoever the policy chooses. */
  to: RepId | null
  /** The number of the routing attempt that choosing somebody is, and who may not have this lead again. */
  routing: { hop: number; excluded: Exclusion[] }
}

type Refused = Extract<HandoffOpened, { kind: 'refused' }>
type Whom = { kind: 'named'; person: Person } | { kind: 'byRule'; target: Target } | { kind: 'nobody' }
/** `chosen`: how the policy chose them; null: the sender named them. */
type Receiver = {
  kind: 'found'
  person: Person
  chosen: { hop: number; pool: string | null; turn: string | null } | null
}

/**
 * Offers the lead to an account executive, if what the policy asks for is written down; else says what is missing. Where
 * the sender names nobody the policy chooses: that is a decision like a routing's, and the transaction of the offer
 * takes its turn and keeps its record.
 */
export function openHandoff({ db }: ActivityDeps) {
  return async (input: Input): Promise<HandoffOpened> =>
    transaction(db, async tx => {
      const stored = preparedOf(await lockLead(tx, input.lead))
      const known = await offeredBefore(tx, input.handoff)
      if (known !== null) return known
      const policy = await policyOfVersion(tx, stored.policyVersion)
      const terms = policy.handoff
      if (terms === null) return unknownPerson([])
      const whom = await whomToAsk(tx, input, terms)
      if (whom.kind === 'refused') return whom
      const missing = await missingFrom(tx, input.handoff, terms)
      if (whom.kind === 'nobody') return refuseIncomplete(tx, input, ['to', ...missing])
      if (missing.length > 0) return refuseIncomplete(tx, input, missing)
      const receiver: Receiver | Refused =
        whom.kind === 'named'
          ? { kind: 'found', person: whom.person, chosen: null }
          : await choose(tx, input, { stored, policy, terms, target: whom.target })
      return receiver.kind === 'refused' ? receiver : offer(tx, input, receiver, terms)
    })
}

/** A retry offers it to nobody else. */
async function offeredBefore(tx: Tx, handoff: string): Promise<HandoffOpened | null> {
  const known = await rowOrNull(
    tx,
    z.object({
      due_at: instantColumn,
      to_rep: repId,
      chosen_hop: z.int().nullable(),
      up_to: repId.nullable(),
    }),
    sql`select due_at, to_rep, chosen_hop, up_to from handoffs where id = ${handoff}`,
  )
  if (known === null) return null
  const { due_at: dueAtMs, to_rep: to, chosen_hop: hop, up_to: up } = known
  return { kind: 'offered', dueAtMs, ...(hop === null ? {} : { to, hop }), ...(up === null ? {} : { up }) }
}

async function whomToAsk(
  tx: Tx,
  { atMs, to }: Input,
  { toRole, assign }: HandoffTerms,
): Promise<Whom | Refused> {
  if (to === null) return assign === null ? { kind: 'nobody' } : { kind: 'byRule', target: assign }
  const { people } = await rosterAt(tx, atMs)
  const allowed = people.filter(({ role }) => role === toRole)
  const person = allowed.find(({ id }) => id === to)
  return person === undefined ? unknownPerson(allowed.map(({ id }) => id)) : { kind: 'named', person }
}

function unknownPerson(detail: readonly string[]): Refused {
  return { kind: 'refused', code: 'unknown-person', detail }
}

/** The names of what the policy asks for and the sender did not write, under the request's id. */
async function missingFrom(
  tx: Tx,
  request: string,
  { required, notesAtLeast }: HandoffTerms,
): Promise<string[]> {
  const note = await rowOrNull(
    tx,
    z.object({
      body: z.object({
        fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
        notes: z.string().default(''),
      }),
    }),
    sql`select body from notes where request_id = ${request}`,
  )
  const fields = note?.body.fields ?? {}
  const missing = required.filter(name => String(fields[name] ?? '').trim() === '')
  return (note?.body.notes ?? '').trim().length < notesAtLeast ? [...missing, 'notes'] : missing
}

async function refuseIncomplete(
  tx: Tx,
  { lead, atMs, hop, handoff, from, to }: Input,
  missing: string[],
): Promise<Refused> {
  await appendEvent(tx, {
    lead,
    atMs,
    hop,
    actor: from,
    key: `refused-${handoff}`,
    kind: 'handoffRefused',
    data: { from, to, missing },
  })
  return { kind: 'refused', code: 'incomplete', detail: missing }
}

type Choosing = {
  stored: ReturnType<typeof preparedOf>
  policy: Policy
  terms: HandoffTerms
  target: Target
}

/** Nothing is written where nobody can take it: then each who was asked is named with what kept them from it. */
async function choose(
  tx: Tx,
  { lead, atMs, from, handoff, routing: { hop, excluded } }: Input,
  { stored, policy, terms, target }: Choosing,
): Promise<Receiver | Refused> {
  const asked: Attempt['asked'] = {
    engine: presentEngine,
    policyVersion: stored.policyVersion,
    atMs,
    hop,
    facts: stored.facts,
    // Whoever hands it over does not get it back by that.
    excluded: [...excluded, { rep: from, reason: 'reassigned' }],
    lastOwner: from,
    directed: target,
    receiver: terms.toRole,
  }
  const attempted = await decideAttempt(tx, policy, {
    lead,
    cause: 'handoff',
    ledger: 'real',
    asked,
    also: null,
  })
  const { decision, turn, roster } = attempted
  const owner = decision.kind === 'assigned' ? decision.owner : null
  const person = roster.people.find(({ id }) => id === owner)
  if (decision.kind !== 'assigned' || person === undefined)
    return unknownPerson(decision.candidates.map(({ rep, outcome }) => `${rep}:${outcome}`))
  await keepDecision(tx, lead, attempted, { kind: 'offered', to: person.id, handoff })
  return { kind: 'found', person, chosen: { hop, pool: decision.turn?.pool ?? null, turn } }
}

async function offer(
  tx: Tx,
  { lead, hop, atMs, handoff, from }: Input,
  { person, chosen }: Receiver,
  { acceptWithinMs, onTimeout }: HandoffTerms,
): Promise<HandoffOpened> {
  const to = person.id
  const dueAtMs = dueAt(person.calendar, atMs, acceptWithinMs)
  // Back to the sender is where it is already.
  const up = onTimeout === 'up' && person.manager !== from ? person.manager : null
  await execute(
    tx,
    sql`insert into handoffs (id, lead_id, hop, from_rep, to_rep, offered_at, due_at, chosen_hop, up_to)
        values (${handoff}, ${lead}, ${hop}, ${from}, ${to}, ${timestamp(atMs)}, ${timestamp(dueAtMs)},
                ${chosen?.hop ?? null}, ${up})`,
  )
  await execute(
    tx,
    sql`update leads
        set due_at = least(due_at, ${timestamp(dueAtMs)}),
            due_kind = case when due_at <= ${timestamp(dueAtMs)} then due_kind else 'handoff' end
        where id = ${lead}`,
  )
  const choice = chosen === null ? {} : { pool: chosen.pool, turn: chosen.turn }
  await appendEvent(tx, {
    lead,
    atMs,
    hop,
    actor: from,
    key: `offered-${handoff}`,
    kind: 'handoffOffered',
    data: { handoff, from, to, dueAtMs, ...choice, ...(up === null ? {} : { up }) },
  })
  return {
    kind: 'offered',
    dueAtMs,
    ...(chosen === null ? {} : { to, hop: chosen.hop }),
    ...(up === null ? {} : { up }),
  }
}
