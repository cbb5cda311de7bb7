-- Up Migration

create table reviews (
  id            uuid primary key,
  lead_id       uuid not null references leads,
  hop           integer not null,
  kind          text not null,
  opened_at     timestamptz not null,
  decides       text not null,
  backup        text not null,
  due_at        timestamptz not null,
  backup_due_at timestamptz not null,
  choices       text[] not null,
  evidence      jsonb not null,
  escalated_at  timestamptz,
  ended_at      timestamptz,
  ended_why     text check (ended_why in ('decided', 'timed_out', 'superseded')),
  decided_by    text,
  decision      jsonb,
  check ((ended_at is null) = (ended_why is null))
);
create unique index reviews_one_open on reviews (lead_id) where ended_at is null;
create index reviews_open on reviews (due_at) where ended_at is null;

create table reassignment_requests (
  -- The requestId of the message that asked.
  id            text primary key,
  lead_id       uuid not null references leads,
  hop           integer not null,
  requested_by  text not null,
  reason        text not null,
  wanted        text,
  requested_at  timestamptz not null,
  decides       text not null,
  backup        text not null,
  due_at        timestamptz not null,
  backup_due_at timestamptz not null,
  escalated_at  timestamptz,
  ended_at      timestamptz,
  ended_why     text check (ended_why in ('approved', 'approved_by_policy', 'refused', 'timed_out', 'superseded')),
  decided_by    text,
  check ((ended_at is null) = (ended_why is null))
);
create unique index reassignment_requests_one_open on reassignment_requests (lead_id) where ended_at is null;

create table handoffs (
  id           text primary key,
  lead_id      uuid not null references leads,
  hop          integer not null,
  from_rep     text not null,
  to_rep       text not null,
  offered_at   timestamptz not null,
  due_at       timestamptz not null,
  ended_at     timestamptz,
  ended_why    text check (ended_why in ('accepted', 'declined', 'timed_out', 'superseded')),
  check ((ended_at is null) = (ended_why is null))
);
create unique index handoffs_one_open on handoffs (lead_id) where ended_at is null;

-- Down Migration
drop table handoffs;
drop table reassignment_requests;
drop table reviews;
