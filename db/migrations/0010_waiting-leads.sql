-- Up Migration

alter table leads drop constraint leads_status_check;
alter table leads add constraint leads_status_check
  check (status in ('received', 'in_review', 'held', 'queued', 'assigned', 'acknowledged', 'working', 'closed'));
alter table leads drop constraint leads_outcome_check;
alter table leads add constraint leads_outcome_check
  check (outcome in ('converted', 'disqualified', 'lost', 'merged', 'rejected', 'erased', 'stored', 'shadowed'));

-- Members of a queue are told of a lead that nobody owns.
alter table messages drop constraint messages_audience_check;
alter table messages add constraint messages_audience_check
  check (audience in ('owner', 'former-owner', 'team', 'member', 'manager', 'decider', 'requester', 'receiver',
                      'prospect'));

-- Few leads are in a queue at a time; whoever may accept one asks for them with every look at the desk.
create index leads_in_queue on leads (due_at) where status = 'queued';
-- Who may accept a lead, or might have: one look into the index for each lead, not into its whole story.
create index events_queued on events (lead_id, seq) where kind = 'queued';

-- Down Migration
drop index events_queued;
drop index leads_in_queue;
alter table messages drop constraint messages_audience_check;
alter table messages add constraint messages_audience_check
  check (audience in ('owner', 'former-owner', 'team', 'manager', 'decider', 'requester', 'receiver', 'prospect'));
alter table leads drop constraint leads_outcome_check;
alter table leads add constraint leads_outcome_check
  check (outcome in ('converted', 'disqualified', 'lost', 'merged', 'rejected', 'erased'));
alter table leads drop constraint leads_status_check;
alter table leads add constraint leads_status_check
  check (status in ('received', 'in_review', 'assigned', 'acknowledged', 'working', 'closed'));
