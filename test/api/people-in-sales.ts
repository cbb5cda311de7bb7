/** Rows that the API's tests need: written here by hand, as the workflow's activities would. */
import { randomUUID } from 'node:crypto'
import { appendEvent } from '../../db/events.js'
import { type Db, execute, type Pool, sql, timestamp, transaction } from '../../db/sql.js'
import { type EpochMs, instant, type LeadId, leadId, repId } from '../../domain/ids.js'
import type { TimelineEntry } from '../../domain/timeline.js'

/** A Monday morning. */
export const nineOClock = instant(Date.UTC(2026, 10, 23, 9))

export function minutesAfterNine(minutes: number): EpochMs {
  return instant(nineOClock + minutes * 60_000)
}

export async function employ(db: Db, ...ids: string[]): Promise<void> {
  for (const id of ids) {
    const facts = {
      id,
      name: `${id} of Sales`,
      role: 'sdr',
      team: 'uk',
      manager: 'mara',
      email: `${id}@example.com`,
      calendar: { zone: 'UTC', hours: {}, holidays: [] },
      languages: ['en'],
      skills: [],
      meetingLink: null,
    }
    await execute(
      db,
      sql`insert into people (id, facts, valid_from) values (${id}, ${JSON.stringify(facts)}, '2026-01-01')`,
    )
  }
}

export async function publishPolicy(db: Db): Promise<void> {
  await execute(
    db,
    sql`insert into policies (version, name, document, compiled, loaded_at, loaded_by, reason)
        values (1, 'Acme inbound', 'policy: Acme inbound', '{}', ${timestamp(nineOClock)}, 'olga', 'first')`,
  )
}

/** A lead as intake leaves it. */
export async function receiveLead(
  pool: Pool,
  { source = 'contact-form', submittedBy = 'website', atMs = nineOClock } = {},
): Promise<LeadId> {
  const lead = leadId.parse(randomUUID())
  await transaction(pool, async tx => {
    await execute(
      tx,
      sql`insert into leads (id, source, channel, received_at)
          values (${lead}, ${source}, 'api', ${timestamp(atMs)})`,
    )
    await execute(
      tx,
      sql`insert into submissions (id, lead_id, source, idempotency_key, raw, received_at, submitted_by)
          values (${randomUUID()}, ${lead}, ${source}, ${lead}, '{}', ${timestamp(atMs)}, ${submittedBy})`,
    )
    await appendEvent(tx, {
      lead,
      atMs,
      actor: submittedBy,
      hop: 0,
      key: 'received',
      kind: 'received',
      data: { source, channel: 'api' },
    })
  })
  return lead
}

/** The lead gets this owner, to acknowledge in 5 and to touch in 30 minutes after nine; announced as the routing does. */
export async function assignLead(pool: Pool, lead: LeadId, owner: string, hop = 0): Promise<void> {
  await transaction(pool, async tx => {
    const at = timestamp(nineOClock)
    await execute(
      tx,
      sql`update assignments set ended_at = ${at}, ended_why = 'lapsed' where lead_id = ${lead} and ended_at is null`,
    )
    await execute(
      tx,
      sql`insert into assignments (lead_id, hop, owner, pool, rule, sla, cause, policy_version, assigned_at)
          values (${lead}, ${hop}, ${owner}, 'uk-sdr', 'uk', 'hot', ${hop === 0 ? 'new' : 'lapsed'}, 1, ${at})`,
    )
    await execute(
      tx,
      sql`update leads set owner = ${owner}, status = 'assigned', hop = ${hop} where id = ${lead}`,
    )
    await appendEvent(tx, {
      lead,
      atMs: nineOClock,
      actor: 'system',
      hop,
      key: `assigned:${hop}`,
      kind: 'assigned',
      data: {
        owner: repId.parse(owner),
        from: null,
        rule: 'uk',
        pool: 'uk-sdr',
        turn: null,
        sla: 'hot',
        cause: hop === 0 ? 'new' : 'lapsed',
        policyVersion: 1,
        clocks: [
          { clock: 'firstTouch', dueAtMs: minutesAfterNine(30) },
          { clock: 'acknowledge', dueAtMs: minutesAfterNine(5) },
        ],
      },
    })
    await execute(tx, sql`select pg_notify('lead_outcome', ${lead})`)
  })
}

export async function closeLead(db: Db, lead: LeadId, outcome: 'converted' | 'lost'): Promise<void> {
  const at = timestamp(nineOClock)
  await execute(
    db,
    sql`update leads set status = 'closed', outcome = ${outcome}, closed_at = ${at} where id = ${lead}`,
  )
}

/** The lead waits in the queue of the pool `desk`, to be accepted in half an hour after nine; announced as it is. */
export async function queueLead(pool: Pool, lead: LeadId, ...members: string[]): Promise<void> {
  await waitFor(pool, lead, minutesAfterNine(30), {
    kind: 'queued',
    data: {
      pool: 'desk',
      members: members.map(member => repId.parse(member)),
      rule: 'emea',
      acceptByMs: minutesAfterNine(30),
      then: 'uk-sdr',
      from: null,
      cause: 'new',
    },
  })
}

/** Nobody is available for the lead until four hours after nine at most: tried in vain at 9:20, to be tried again at 9:30. */
export async function holdLead(pool: Pool, lead: LeadId): Promise<void> {
  const [retryAtMs, untilMs] = [minutesAfterNine(20), minutesAfterNine(240)]
  await waitFor(pool, lead, minutesAfterNine(30), {
    kind: 'held',
    data: { from: null, retryAtMs, untilMs, cause: 'new' },
  })
}

async function waitFor(
  pool: Pool,
  lead: LeadId,
  actsAtMs: EpochMs,
  entry: Extract<TimelineEntry, { kind: 'held' | 'queued' }>,
): Promise<void> {
  await transaction(pool, async tx => {
    await execute(
      tx,
      sql`update leads set status = ${entry.kind}, due_at = ${timestamp(actsAtMs)} where id = ${lead}`,
    )
    await appendEvent(tx, { lead, atMs: nineOClock, actor: 'system', hop: 0, key: entry.kind, ...entry })
    await execute(tx, sql`select pg_notify('lead_outcome', ${lead})`)
  })
}

/** The lead became part of another one. */
export async function mergeLead(db: Db, lead: LeadId, into: LeadId): Promise<void> {
  const at = timestamp(nineOClock)
  await execute(
    db,
    sql`update leads set status = 'closed', outcome = 'merged', merged_into = ${into}, closed_at = ${at}
        where id = ${lead}`,
  )
}

/** @returns the review's id */
export async function openReview(
  db: Db,
  lead: LeadId,
  { decides = 'mara', backup = 'olga', escalated = false } = {},
): Promise<string> {
  const id = randomUUID()
  const dueAt = timestamp(minutesAfterNine(60))
  const backupDueAt = timestamp(minutesAfterNine(120))
  await execute(
    db,
    sql`insert into reviews (id, lead_id, hop, kind, opened_at, decides, backup, due_at, backup_due_at, choices,
                             evidence, escalated_at)
        values (${id}, ${lead}, 0, 'possible-duplicate', ${timestamp(nineOClock)}, ${decides}, ${backup}, ${dueAt},
                ${backupDueAt}, ${['merge', 'keepSeparate']}, '{"score": 81}', ${escalated ? dueAt : null})`,
  )
  return id
}

export async function openRequest(db: Db, lead: LeadId, requestedBy: string): Promise<string> {
  const id = `request-${randomUUID()}`
  await execute(
    db,
    sql`insert into reassignment_requests (id, lead_id, hop, requested_by, reason, requested_at, decides, backup,
                                           due_at, backup_due_at)
        values (${id}, ${lead}, 0, ${requestedBy}, 'capacity', ${timestamp(nineOClock)}, 'mara', 'olga',
                ${timestamp(minutesAfterNine(60))}, ${timestamp(minutesAfterNine(120))})`,
  )
  return id
}

export async function offerHandoff(db: Db, lead: LeadId, from: string, to: string): Promise<void> {
  await execute(
    db,
    sql`insert into handoffs (id, lead_id, hop, from_rep, to_rep, offered_at, due_at)
        values (${`handoff-${randomUUID()}`}, ${lead}, 0, ${from}, ${to}, ${timestamp(nineOClock)},
                ${timestamp(minutesAfterNine(240))})`,
  )
}

/** @returns the message's id */
export async function tellInApp(db: Db, lead: LeadId, recipient: string, subject: string): Promise<string> {
  const id = randomUUID()
  await execute(
    db,
    sql`insert into messages (id, lead_id, hop, key, about, audience, recipient, channel, subject, body, created_at)
        values (${id}, ${lead}, 0, ${id}, 'assigned', 'owner', ${recipient}, 'in-app', ${subject}, 'Call them.',
                ${timestamp(nineOClock)})`,
  )
  return id
}
