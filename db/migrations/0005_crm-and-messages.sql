-- Up Migration

-- The built-in CRM. Its rows are reached through adapters/crm alone, like a vendor's.
create table crm_accounts (
  id          text primary key,
  name        text not null,
  domain      text,
  company_key text,
  country     text,
  tier        text,
  customer    boolean not null default false,
  owner       text
);
create index crm_accounts_by_domain on crm_accounts (domain);
create index crm_accounts_by_company on crm_accounts (company_key);

create table crm_contacts (
  id         text primary key,
  account_id text references crm_accounts,
  name       text,
  email_key  text,
  phone_e164 text
);
create index crm_contacts_by_email on crm_contacts (email_key);
create index crm_contacts_by_phone on crm_contacts (phone_e164);

create table crm_leads (
  lead_id      uuid primary key references leads,
  owner        text,
  status       text not null,
  fields       jsonb not null,
  owner_set_at timestamptz,
  -- The hop of the owner that stands here: a late writer never puts an earlier owner back.
  hop          integer not null
);

-- Every message that we send: the row first, then the channel. `key` says who is told what about which step.
create table messages (
  id         uuid primary key,
  lead_id    uuid not null references leads,
  hop        integer not null,
  key        text not null unique,
  about      text not null,
  audience   text not null check (audience in ('owner', 'former-owner', 'team', 'manager', 'decider', 'requester', 'receiver', 'prospect')),
  recipient  text not null,
  channel    text not null check (channel in ('in-app', 'email')),
  subject    text not null,
  body       text not null,
  created_at timestamptz not null,
  sent_at    timestamptz,
  failed_why text,
  read_at    timestamptz
);
create index messages_in_app on messages (recipient, created_at desc) where channel = 'in-app';
create index messages_by_lead on messages (lead_id, created_at);

-- Down Migration
drop table messages;
drop table crm_leads;
drop table crm_contacts;
drop table crm_accounts;
