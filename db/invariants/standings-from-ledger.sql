-- Invariant 3: a standing is what the ledger says: entitlements minus turns taken plus turns given back (10^-12 turns).
with entitled as (
  select t.pool, e->>'rep' as rep, sum((e->>'entitlement')::numeric) as units
  from turns t cross join lateral jsonb_array_elements(t.entitlements) e
  group by 1, 2
), moved as (
  select pool, rep, sum(case kind when 'taken' then -1000000000000 else 1000000000000 end) as units
  from turns group by 1, 2
), ledger as (
  select pool, rep, sum(units) as units
  from (select * from entitled union all select * from moved) rows group by 1, 2
)
select null::uuid as lead,
       format('pool %s: %s stands at %s, the ledger says %s', pool, rep, coalesce(s.standing, 0), coalesce(l.units, 0)) as what
from ledger l full join standings s using (pool, rep)
where coalesce(s.standing, 0) <> coalesce(l.units, 0)
