-- Invariant 3: what a turn entitles the members of its pool to sums to exactly one turn (10^12), in the unit of
-- standings; a turn that is given back entitles nobody.
select t.lead_id as lead,
       format('turn %s of pool %s (%s) entitles to %s in all', t.seq, t.pool, t.kind, coalesce(shared.units, 0)) as what
from turns t
left join lateral (
  select sum((e->>'entitlement')::numeric) as units from jsonb_array_elements(t.entitlements) e
) shared on true
where coalesce(shared.units, 0) <> case t.kind when 'taken' then 1000000000000 else 0 end
