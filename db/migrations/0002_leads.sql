-- Up Migration

create table leads (
  id                  uuid primary key,
  source              text not null,
  channel             text not null check (channel in ('api', 'form', 'csv')),
  received_at         timestamptz not null,
  status              text not null default 'received'
                      check (status in ('received', 'in_review', 'assigned', 'acknowledged', 'working', 'closed')),
  outcome             text check (outcome in ('converted', 'disqualified', 'lost', 'merged', 'rejected', 'erased')),
  closed_at           timestamptz,
  policy_version      integer references policies,
  -- What a person gave, as typed and as keys (domain/lead.ts, normalisedLead). Null until the lead is prepared.
  normalised          jsonb,
  facts               jsonb,
  email_key           text,
  phone_e164          text,
  domain              text,
  company_key         text,
  country             text,
  account_id          text,
  brief               text,
  enrichment          jsonb,
  owner               text,
  hop                 integer not null default 0,
  -- The lead that this one joins; set before that lead has accepted.
  joining             uuid references leads,
  merged_into         uuid references leads,
  -- The next instant at which the lead's workflow must act: its timer is never later.
  due_at              timestamptz,
  due_kind            text,
  last_event          integer not null default 0,
  -- The relay's marks: a lead whose workflow is not known to have started, and one whose history is not copied yet.
  workflow_started_at timestamptz,
  workflow_ended_at   timestamptz,
  history_copied_at   timestamptz,
  check ((status = 'closed') = (outcome is not null)),
  check ((outcome = 'merged') = (merged_into is not null) or outcome is null)
);
create index leads_to_start on leads (received_at) where workflow_started_at is null;
create index leads_to_copy on leads (workflow_ended_at) where workflow_ended_at is not null and history_copied_at is null;
create index leads_open_by_owner on leads (owner, due_at) where status <> 'closed';
create index leads_by_arrival on leads (received_at desc, id);
create index leads_by_email on leads (email_key) where email_key is not null;
create index leads_by_phone on leads (phone_e164) where phone_e164 is not null;
create index leads_by_domain on leads (domain) where domain is not null;
create index leads_by_company on leads (country, company_key) where company_key is not null;

-- What came in, byte for byte as far as JSON goes. The commit of this row is the promise behind 202.
create table submissions (
  id              uuid primary key,
  lead_id         uuid not null references leads,
  source          text not null,
  idempotency_key text not null,
  raw             jsonb not null,
  unknown_fields  text[] not null default '{}',
  received_at     timestamptz not null,
  submitted_by    text not null,
  external_id     text,
  -- The same submission sent again is the same lead.
  unique (source, idempotency_key)
);
create index submissions_by_lead on submissions (lead_id);
create index submissions_by_external_id on submissions (source, external_id) where external_id is not null;

-- The timeline: append-only, written in the transaction of the change that it tells of.
create table events (
  lead_id uuid not null references leads,
  seq     integer not null,
  at      timestamptz not null,
  kind    text not null,
  actor   text not null,
  hop     integer not null,
  data    jsonb not null,
  -- Says which change of the lead's story this is; a retry writes nothing new.
  key     text not null,
  primary key (lead_id, seq),
  unique (lead_id, key)
);
create function refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only', tg_table_name;
end $$;
create trigger events_append_only before update or delete on events for each row execute function refuse_change();

create table assignments (
  lead_id        uuid not null references leads,
  hop            integer not null,
  owner          text not null,
  pool           text,
  rule           text not null,
  sla            text not null,
  cause          text not null,
  policy_version integer not null references policies,
  assigned_at    timestamptz not null,
  saved_at       timestamptz,
  acknowledged_at timestamptz,
  first_touch_at timestamptz,
  ended_at       timestamptz,
  ended_why      text,
  primary key (lead_id, hop)
);
-- A lead has at most one active owner.
create unique index assignments_one_active on assignments (lead_id) where ended_at is null;
create index assignments_active_by_owner on assignments (owner) where ended_at is null;

create table decisions (
  lead_id        uuid not null references leads,
  hop            integer not null,
  engine         integer not null,
  policy_version integer not null references policies,
  record         jsonb not null,
  decided_at     timestamptz not null,
  -- One decision per step of the lead: a retry reads what was decided.
  primary key (lead_id, hop)
);
create trigger decisions_append_only before update or delete on decisions for each row execute function refuse_change();

-- Free text that a person wrote, under the request that carried it: workflow histories hold only the id.
create table notes (
  request_id text primary key,
  lead_id    uuid not null references leads,
  actor      text not null,
  body       jsonb not null,
  at         timestamptz not null
);

-- Down Migration
drop table notes;
drop table decisions;
drop table assignments;
drop table events;
drop function refuse_change;
drop table submissions;
drop table leads;
