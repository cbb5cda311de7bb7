-- Up Migration

-- What somebody wants the policy to be. Its document may change until it is published, and is then another revision.
create table policy_drafts (
  id           uuid primary key,
  revision     integer not null default 1 check (revision > 0),
  name         text not null,
  document     text not null,
  -- The roles that this document itself names for signing off.
  sign_off     text[] not null,
  author       text not null,
  created_at   timestamptz not null,
  changed_at   timestamptz not null,
  -- The version in force when it was begun.
  base_version integer references policies,
  -- What lint found in this revision, and what its simulation came to, where somebody ran one.
  findings     jsonb not null,
  simulation   jsonb,
  published_as integer unique references policies
);
create index policy_drafts_open on policy_drafts (changed_at) where published_as is null;

-- One person for each role and revision: a document that changed was agreed to by nobody yet.
create table policy_sign_offs (
  draft    uuid not null references policy_drafts,
  revision integer not null,
  role     text not null,
  person   text not null,
  note     text,
  at       timestamptz not null,
  primary key (draft, revision, role)
);
create trigger policy_sign_offs_append_only before update or delete on policy_sign_offs
  for each row execute function refuse_change();

alter table policies
  -- Published in spite of what lint called errors, which are kept.
  add column forced      boolean not null default false,
  add column overridden  jsonb not null default '[]',
  -- The version whose document this is once more.
  add column rollback_of integer references policies check (rollback_of < version),
  -- Names the request, so that sending it again publishes nothing new.
  add column request_key text,
  add constraint policies_by_request unique (loaded_by, request_key),
  add constraint policies_forced check (forced = (overridden <> '[]'));
create trigger policies_append_only before update or delete on policies for each row execute function refuse_change();

-- Down Migration
drop trigger policies_append_only on policies;
alter table policies
  drop constraint policies_forced,
  drop constraint policies_by_request,
  drop column request_key,
  drop column rollback_of,
  drop column overridden,
  drop column forced;
drop table policy_sign_offs;
drop table policy_drafts;
