-- Up Migration

alter table leads
  -- Which of its lives the lead is in. Whoever opens a closed lead again raises it, under the lock of its row.
  add column generation integer not null default 0 check (generation >= 0),
  -- What the next run of its workflow begins with, from when the lead is open again until that run is known to have
  -- started (workflow_started_at).
  add column begin_again jsonb,
  -- Leads that a person has called somebody else's: neither of the two joins the other again.
  add column apart_from uuid[] not null default '{}',
  -- What a converted lead became, by the ids of account, contact and opportunity in the CRM.
  add column became jsonb,
  -- Since when nothing personal is left of it.
  add column erased_at timestamptz,
  add constraint leads_begin_again check (begin_again is null or (generation > 0 and workflow_started_at is null));

-- Which leads have become part of this one.
create index leads_by_survivor on leads (merged_into) where merged_into is not null;

-- Down Migration
drop index leads_by_survivor;
alter table leads
  drop constraint leads_begin_again,
  drop column erased_at,
  drop column became,
  drop column apart_from,
  drop column begin_again,
  drop column generation;
