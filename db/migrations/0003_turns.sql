-- Up Migration

create table pools (
  id       text primary key,
  -- The ledger's next number; taken under this row's lock, so the ledger has no gap.
  next_seq bigint not null default 1
);

create table standings (
  pool     text not null references pools,
  rep      text not null,
  -- What the member was entitled to minus the turns it took, in 10^-12 turns.
  standing bigint not null,
  primary key (pool, rep)
);

create table turns (
  pool         text not null references pools,
  seq          bigint not null,
  kind         text not null check (kind in ('taken', 'given_back')),
  rep          text not null,
  lead_id      uuid not null references leads,
  hop          integer not null,
  reason       text not null,
  entitlements jsonb not null,
  at           timestamptz not null,
  primary key (pool, seq),
  -- A turn is taken exactly once, and given back at most once.
  unique (lead_id, hop, kind)
);
create trigger turns_append_only before update or delete on turns for each row execute function refuse_change();

-- Down Migration
drop table turns;
drop table standings;
drop table pools;
