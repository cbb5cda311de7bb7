-- Up Migration

-- One row per person. Whoever gives them a lead where it counts how many they have locks it first: two pools that share
-- a member would else count at once, and each give the last lead that the limit allows.
create table loads (
  rep text primary key
);

-- Leads that a person received in a day or a week.
create index assignments_by_owner on assignments (owner, assigned_at);

-- What a member's leave has accrued in a pool that lets them catch up, and when that leave began.
alter table standings
  add column away_since timestamptz,
  add column accrued    bigint not null default 0,
  add check (away_since is not null or accrued = 0);

-- Down Migration
alter table standings drop column accrued, drop column away_since;
drop index assignments_by_owner;
drop table loads;
