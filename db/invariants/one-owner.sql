-- Invariant 2: a lead has at most one active owner; while it is open that is who the lead's row names, and a status
-- that needs an owner has one.
select l.id as lead,
       format('%s, owner %s, but active: %s', l.status, coalesce(l.owner, 'nobody'), coalesce(active.owners, 'nobody')) as what
from leads l
left join lateral (
  select string_agg(a.owner || ' (hop ' || a.hop || ')', ', ' order by a.hop) as owners
  from assignments a
  where a.lead_id = l.id and a.ended_at is null
) active on true
where active.owners is distinct from
        case when l.status <> 'closed' and l.owner is not null then l.owner || ' (hop ' || l.hop || ')' end
   or (l.status in ('assigned', 'acknowledged', 'working') and l.owner is null)
   or (l.status in ('received', 'in_review', 'held', 'queued') and l.owner is not null)
