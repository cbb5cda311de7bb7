-- Up Migration

-- Whoever watches hears of what enters their view: all leads, those of a pool, a source or a campaign, or one lead.
create table subscriptions (
  rep        text not null,
  scope      text not null check (scope in ('all', 'pool', 'source', 'campaign', 'lead')),
  -- Of `all` it is empty.
  value      text not null,
  created_at timestamptz not null,
  primary key (rep, scope, value),
  check ((scope = 'all') = (value = ''))
);
create index subscriptions_by_scope on subscriptions (scope, value);

-- Addresses that nothing is sent to any more, by the key that matching uses.
create table suppressions (
  email_key text primary key,
  why       text not null,
  at        timestamptz not null
);

-- What links in messages are signed with. One row: the first process to need it makes it.
create table signing_keys (
  purpose    text primary key,
  key        bytea not null check (length(key) = 32),
  created_at timestamptz not null
);

-- The requestId of the decision, under which what the decider wrote is kept: whoever asked is told it.
alter table reviews add column decision_request text;
alter table reassignment_requests add column decision_request text;

alter table messages drop constraint messages_audience_check;
alter table messages add constraint messages_audience_check
  check (audience in ('owner', 'former-owner', 'team', 'member', 'watcher', 'manager', 'decider', 'requester',
                      'receiver', 'prospect'));

-- Down Migration
alter table messages drop constraint messages_audience_check;
alter table messages add constraint messages_audience_check
  check (audience in ('owner', 'former-owner', 'team', 'member', 'manager', 'decider', 'requester', 'receiver',
                      'prospect'));
alter table reassignment_requests drop column decision_request;
alter table reviews drop column decision_request;
drop table signing_keys;
drop table suppressions;
drop table subscriptions;
