import type { Day } from './a-day-in-sales.js'
import type { HandoffDay } from './a-day-of-handoffs.js'
import type { WaitingDay } from './a-waiting-day.js'

/**
 * What somebody or something did to the database behind our back, and which invariants must see it. `LEAD` stands for
 * the lead's id, as literal.
 */
export const damages: readonly {
  what: string
  lead: keyof (Day & WaitingDay & HandoffDay)
  sql: string
  seenBy: readonly string[]
}[] = [
  {
    what: 'a submission is deleted',
    lead: 'converted',
    sql: 'delete from submissions where lead_id = LEAD',
    seenBy: ['submission-story'],
  },
  {
    what: 'the first event is another one',
    lead: 'converted',
    sql: "update events set kind = 'prospectAcknowledged' where lead_id = LEAD and seq = 1",
    seenBy: ['submission-story'],
  },
  {
    what: 'an outcome is changed in the table',
    lead: 'converted',
    sql: "update leads set outcome = 'lost' where id = LEAD",
    seenBy: ['one-outcome'],
  },
  {
    what: 'a lead is closed without a word on the timeline',
    lead: 'reviewed',
    sql: `update leads set status = 'closed', outcome = 'lost' where id = LEAD;
          update assignments set ended_at = now() where lead_id = LEAD and ended_at is null`,
    seenBy: ['one-outcome'],
  },
  {
    what: 'an event is deleted from the middle of a timeline',
    lead: 'converted',
    sql: "delete from events where lead_id = LEAD and kind = 'enriched'",
    seenBy: ['timeline-without-gap'],
  },
  {
    what: 'an event is written that the lead does not count',
    lead: 'fromPool',
    sql: `insert into events select lead_id, seq + 100, at, kind, actor, hop, data, 'stray' from events
          where lead_id = LEAD and kind = 'enriched'`,
    seenBy: ['timeline-without-gap'],
  },
  {
    what: 'a second owner becomes active',
    lead: 'fromPool',
    sql: `drop index assignments_one_active;
          insert into assignments (lead_id, hop, owner, rule, sla, cause, policy_version, assigned_at)
          select lead_id, 7, 'dora', rule, sla, cause, policy_version, assigned_at from assignments where lead_id = LEAD`,
    seenBy: ['one-owner', 'owner-in-timeline', 'decision-of-assignment'],
  },
  {
    what: 'the owner is changed in the row of the lead alone',
    lead: 'fromPool',
    sql: "update leads set owner = 'dora' where id = LEAD",
    seenBy: ['one-owner', 'owner-in-timeline'],
  },
  {
    what: 'an assigned lead loses its owner',
    lead: 'reviewed',
    sql: 'update leads set owner = null where id = LEAD; delete from assignments where lead_id = LEAD',
    seenBy: ['one-owner', 'owner-in-timeline', 'decision-of-assignment'],
  },
  {
    what: 'the timeline is rewritten to another owner',
    lead: 'fromPool',
    sql: `update events set data = jsonb_set(data, '{owner}', '"dora"') where lead_id = LEAD and kind = 'assigned'`,
    // The breach on its timeline is of the owner that it had.
    seenBy: ['owner-in-timeline', 'turn-of-assignment', 'clocks-tell-the-truth'],
  },
  {
    what: 'the CRM is edited to another owner',
    lead: 'fromPool',
    sql: "update crm_leads set owner = 'dora' where lead_id = LEAD",
    seenBy: ['owner-in-crm'],
  },
  {
    what: 'the CRM loses the lead',
    lead: 'handedOver',
    sql: 'delete from crm_leads where lead_id = LEAD',
    seenBy: ['owner-in-crm'],
  },
  {
    what: 'people are told before the save',
    lead: 'fromPool',
    sql: `update events set seq = seq + 1000 where lead_id = LEAD and kind = 'saved';
          update events set seq = seq - 500 where lead_id = LEAD and seq > 1000`,
    seenBy: ['saved-before-told', 'timeline-without-gap'],
  },
  {
    what: 'a message is older than the save',
    lead: 'handedOver',
    sql: `update assignments set saved_at = saved_at + interval '1 hour' where lead_id = LEAD and ended_at is null`,
    seenBy: ['saved-before-told'],
  },
  {
    what: 'a message goes out although nothing was saved',
    lead: 'fromPool',
    sql: 'update assignments set saved_at = null where lead_id = LEAD',
    seenBy: ['saved-before-told', 'save-in-timeline'],
  },
  {
    what: 'a save is claimed that nobody made',
    lead: 'fromPool',
    sql: `update events set kind = 'enriched', data = '{"accepted":[],"refused":[],"degraded":false}'
          where lead_id = LEAD and kind = 'saved'`,
    seenBy: ['save-in-timeline', 'saved-before-told'],
  },
  {
    what: 'a turn vanishes from the ledger',
    lead: 'fromPool',
    sql: 'delete from turns where lead_id = LEAD',
    seenBy: ['turn-of-assignment', 'ledger-without-gap', 'standings-from-ledger'],
  },
  {
    what: 'a turn is taken for a lead that came from no pool',
    lead: 'converted',
    sql: `insert into turns select pool, (select next_seq from pools where id = pool), kind, rep, LEAD, 0, reason,
                                   entitlements, at from turns limit 1;
          update pools set next_seq = next_seq + 1 where id = 'anyone'`,
    seenBy: ['turn-of-assignment', 'standings-from-ledger'],
  },
  {
    what: 'a turn is given back that nobody took',
    lead: 'converted',
    sql: `insert into turns select pool, (select next_seq from pools where id = pool), 'given_back', rep, LEAD, 0,
                                   'declined', '[]', at from turns limit 1;
          update pools set next_seq = next_seq + 1 where id = 'anyone'`,
    seenBy: ['turn-of-assignment', 'standings-from-ledger'],
  },
  {
    what: 'the ledger skips a number',
    lead: 'fromPool',
    sql: 'update pools set next_seq = next_seq + 1',
    seenBy: ['ledger-without-gap'],
  },
  {
    what: 'a member is entitled to more than its share',
    lead: 'fromPool',
    sql: `update turns set entitlements = entitlements || '[{"rep":"ana","entitlement":"1"}]' where lead_id = LEAD`,
    seenBy: ['whole-turns', 'standings-from-ledger'],
  },
  {
    what: 'a standing is edited',
    lead: 'fromPool',
    sql: "update standings set standing = standing + 1 where rep = 'ana'",
    seenBy: ['standings-from-ledger'],
  },
  {
    what: 'a decision is deleted',
    lead: 'fromPool',
    sql: 'delete from decisions where lead_id = LEAD',
    seenBy: ['decision-of-assignment'],
  },
  {
    what: 'a decision is rewritten to another owner',
    lead: 'fromPool',
    sql: `update decisions set record = jsonb_set(record, '{decision,owner}', '"dora"') where lead_id = LEAD`,
    seenBy: ['decision-of-assignment'],
  },
  {
    what: 'somebody was decided for and never became the owner',
    lead: 'converted',
    sql: `insert into decisions select lead_id, 9, engine, policy_version, record, decided_at from decisions
          where lead_id = LEAD`,
    seenBy: ['decision-of-assignment'],
  },
  {
    what: 'a breach is stamped when it was noticed',
    lead: 'overdue',
    sql: "update events set at = at + interval '7 seconds' where lead_id = LEAD and kind = 'breached'",
    seenBy: ['clocks-tell-the-truth'],
  },
  {
    what: 'a breach moves to another deadline',
    lead: 'overdue',
    sql: `update events set data = jsonb_set(data, '{dueAtMs}', '1'), at = to_timestamp(0.001)
          where lead_id = LEAD and kind = 'breached'`,
    seenBy: ['clocks-tell-the-truth'],
  },
  {
    what: 'a late answer is called timely',
    lead: 'overdue',
    sql: `update events set data = jsonb_set(data, '{late}', 'false') where lead_id = LEAD and kind = 'clockMet'`,
    seenBy: ['clocks-tell-the-truth'],
  },
  {
    what: 'one breach is told twice',
    lead: 'overdue',
    sql: `insert into events select lead_id, 1000, at, kind, actor, hop, data, 'again' from events
          where lead_id = LEAD and kind = 'breached'`,
    seenBy: ['clocks-tell-the-truth', 'timeline-without-gap'],
  },
  {
    what: 'a review vanishes and nothing is due',
    lead: 'inReview',
    sql: 'delete from reviews where lead_id = LEAD; update leads set due_at = null where id = LEAD',
    seenBy: ['somebody-acts-next', 'items-in-timeline'],
  },
  {
    what: 'a lead acts later than its review is due',
    lead: 'inReview',
    sql: "update leads set due_at = due_at + interval '1 second' where id = LEAD",
    seenBy: ['somebody-acts-next'],
  },
  {
    what: 'a lead in a queue waits for nothing',
    lead: 'queued',
    sql: 'update leads set due_at = null where id = LEAD',
    seenBy: ['somebody-acts-next'],
  },
  {
    what: 'a lead acts after the end of its hold',
    lead: 'held',
    sql: "update leads set due_at = due_at + interval '1 day' where id = LEAD",
    seenBy: ['somebody-acts-next'],
  },
  {
    what: 'a lead is put into a queue without a word on the timeline',
    lead: 'inReview',
    sql: "update leads set status = 'queued' where id = LEAD",
    seenBy: ['somebody-acts-next'],
  },
  {
    what: 'a lead that is held has an owner in its row',
    lead: 'held',
    sql: "update leads set owner = 'cleo' where id = LEAD",
    seenBy: ['one-owner', 'owner-in-timeline'],
  },
  {
    what: 'members of a queue are told before the save',
    lead: 'queued',
    sql: `update events set seq = seq + 1000 where lead_id = LEAD and kind = 'saved';
          update events set seq = seq - 500 where lead_id = LEAD and seq > 1000`,
    seenBy: ['saved-before-told', 'timeline-without-gap'],
  },
  {
    what: 'whoever accepted a lead is not its owner',
    lead: 'accepted',
    sql: "update leads set owner = null, status = 'queued' where id = LEAD",
    seenBy: ['one-owner', 'owner-in-timeline'],
  },
  {
    what: 'a lead in shadow takes a turn',
    lead: 'shadowed',
    sql: `insert into turns select pool, (select next_seq from pools where id = pool), kind, rep, LEAD, 5, reason,
                                   entitlements, at from turns where pool = 'anyone' limit 1;
          update pools set next_seq = next_seq + 1 where id = 'anyone'`,
    seenBy: ['shadow-leaves-no-trace', 'turn-of-assignment', 'standings-from-ledger'],
  },
  {
    what: 'a turn vanishes from the shadow ledger',
    lead: 'shadowed',
    sql: 'delete from turns where lead_id = LEAD',
    seenBy: ['turn-of-assignment', 'ledger-without-gap', 'standings-from-ledger'],
  },
  {
    what: 'a turn of the shadow ledger goes to somebody else',
    lead: 'shadowed',
    sql: "update turns set rep = 'dora' where lead_id = LEAD",
    seenBy: ['turn-of-assignment', 'standings-from-ledger'],
  },
  {
    what: 'somebody is told of a lead in shadow',
    lead: 'shadowed',
    sql: `insert into messages (id, lead_id, hop, key, about, audience, recipient, channel, subject, body, created_at)
          select gen_random_uuid(), LEAD, 0, 'stray', about, audience, recipient, channel, subject, body, created_at
          from messages where audience = 'owner' limit 1`,
    seenBy: ['shadow-leaves-no-trace'],
  },
  {
    what: 'a review ends in the table alone',
    lead: 'inReview',
    sql: "update reviews set ended_at = now(), ended_why = 'decided' where lead_id = LEAD",
    seenBy: ['items-in-timeline'],
  },
  {
    what: 'a handoff stays open on a lead that is over',
    lead: 'converted',
    sql: `insert into handoffs (id, lead_id, hop, from_rep, to_rep, offered_at, due_at)
          values ('stray', LEAD, 0, 'ana', 'dora', now(), now())`,
    seenBy: ['items-in-timeline', 'somebody-acts-next'],
  },
  {
    what: 'a handoff stays open although the lead has moved on',
    lead: 'handedOver',
    sql: `delete from events where lead_id = LEAD and kind = 'handoffAnswered';
          update handoffs set ended_at = null, ended_why = null where lead_id = LEAD`,
    seenBy: ['items-in-timeline', 'timeline-without-gap'],
  },
  {
    what: 'a survivor never heard of the lead that it took in',
    lead: 'survivor',
    sql: `update events set data = '{"lead":"00000000-0000-4000-8000-000000000000"}'
          where lead_id = LEAD and kind = 'submissionJoined'`,
    seenBy: ['merges-arrive'],
  },
  {
    what: 'two leads are merged into each other',
    lead: 'survivor',
    sql: `update leads set merged_into = (select id from leads where merged_into = LEAD), outcome = 'merged',
                           status = 'closed' where id = LEAD`,
    seenBy: ['merges-arrive', 'one-outcome', 'one-owner'],
  },
  {
    what: 'a lead is called erased and still says who it is',
    lead: 'survivor',
    sql: 'update leads set erased_at = now() where id = LEAD',
    seenBy: ['erased-is-forgotten'],
  },
  {
    what: 'an address stands on a timeline',
    lead: 'fromPool',
    sql: `update events set data = data || '{"note":"wrote from PROSPECT@pool.example"}'
          where lead_id = LEAD and kind = 'enriched'`,
    seenBy: ['nothing-personal'],
  },
  {
    what: 'a message stands in a decision record',
    lead: 'fromPool',
    sql: `update decisions set record = record || '{"why":"We of pool would like to talk about prices."}'
          where lead_id = LEAD`,
    seenBy: ['nothing-personal'],
  },
  {
    what: 'the turn of a handoff that was declined does not come back',
    lead: 'declined',
    sql: "delete from turns where lead_id = LEAD and kind = 'given_back'",
    seenBy: ['turn-of-assignment', 'ledger-without-gap', 'standings-from-ledger'],
  },
  {
    what: 'the timeline names another turn for whom a handoff is offered to',
    lead: 'offered',
    sql: `update events set data = jsonb_set(data, '{turn}', '"77"') where lead_id = LEAD and kind = 'handoffOffered'`,
    seenBy: ['turn-of-assignment'],
  },
  {
    what: 'a handoff is on record as decided for somebody else',
    lead: 'offered',
    sql: `update decisions set record = jsonb_set(record, '{decision,owner}', '"ana"')
          where lead_id = LEAD and record->'routed'->>'kind' = 'offered'`,
    seenBy: ['decision-of-assignment'],
  },
  {
    what: 'a handoff no longer knows how its receiver was chosen',
    lead: 'offered',
    sql: 'update handoffs set chosen_hop = null where lead_id = LEAD',
    seenBy: ['decision-of-assignment'],
  },
  {
    what: 'a lead is marked as erased that still says who it is',
    lead: 'converted',
    sql: 'update leads set erased_at = closed_at where id = LEAD',
    seenBy: ['erased-is-forgotten'],
  },
]
