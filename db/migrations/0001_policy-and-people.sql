-- Up Migration
create extension if not exists pg_trgm;
create extension if not exists btree_gist;

-- A policy is never changed: a new document is a new version, and each lead records the version that decided it.
create table policies (
  version    integer primary key check (version > 0),
  name       text not null,
  document   text not null,
  compiled   jsonb not null,
  loaded_at  timestamptz not null,
  loaded_by  text not null,
  reason     text not null
);

-- People and teams are dated rows, so that a changed phone number publishes nothing and the past can be read.
create table people (
  id         text not null,
  facts      jsonb not null,
  valid_from timestamptz not null,
  valid_to   timestamptz,
  primary key (id, valid_from),
  exclude using gist (id with =, tstzrange(valid_from, valid_to) with &&)
);

create table teams (
  id         text not null,
  facts      jsonb not null,
  valid_from timestamptz not null,
  valid_to   timestamptz,
  primary key (id, valid_from),
  exclude using gist (id with =, tstzrange(valid_from, valid_to) with &&)
);

create table leaves (
  id         uuid primary key,
  rep        text not null,
  from_at    timestamptz not null,
  until_at   timestamptz check (until_at > from_at),
  created_by text not null,
  created_at timestamptz not null
);
create index leaves_by_rep on leaves (rep, from_at);

-- Down Migration
drop table leaves;
drop table teams;
drop table people;
drop table policies;
