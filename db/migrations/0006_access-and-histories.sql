-- Up Migration

create table api_keys (
  id         uuid primary key,
  name       text not null,
  role       text not null check (role in ('administrator', 'operations', 'manager', 'rep', 'intake', 'auditor')),
  -- SHA-256 of the key: 256 random bits need no slow hash.
  hash       bytea not null unique,
  -- The person who acts, for a rep's or a manager's key.
  rep        text,
  created_at timestamptz not null,
  revoked_at timestamptz
);

-- Sign-in links work once; the session that they open is a cookie.
create table sign_in_links (
  hash       bytea primary key,
  role       text not null,
  rep        text,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at    timestamptz
);

create table sessions (
  hash       bytea primary key,
  role       text not null,
  rep        text,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at   timestamptz
);

-- Closed runs of a lead's workflow, copied before the Temporal server forgets them.
create table histories (
  workflow_id text not null,
  run_id      text not null,
  lead_id     uuid not null references leads,
  status      text not null,
  closed_at   timestamptz not null,
  history     jsonb not null,
  primary key (workflow_id, run_id)
);
create index histories_by_lead on histories (lead_id);

-- Down Migration
drop table histories;
drop table sessions;
drop table sign_in_links;
drop table api_keys;
