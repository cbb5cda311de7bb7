-- Invariant 8: the owners in the table are those of the timeline, hop by hop, and the lead's row has the last of them;
-- nobody, from when a lead is held, comes into a queue or is opened again until it is assigned.
select coalesce(a.lead_id, e.lead_id) as lead,
       format('hop %s: the table has %s, the timeline has %s', coalesce(a.hop, e.hop),
              coalesce(concat_ws(' by ', a.owner, a.rule), 'nobody'),
              coalesce(concat_ws(' by ', e.data->>'owner', e.data->>'rule'), 'nobody')) as what
from assignments a
full join (select * from events where kind = 'assigned') e on e.lead_id = a.lead_id and e.hop = a.hop
where a.lead_id is null or e.lead_id is null
   or (a.owner, a.rule, a.sla, a.cause, a.policy_version::text, a.assigned_at)
        is distinct from (e.data->>'owner', e.data->>'rule', e.data->>'sla', e.data->>'cause', e.data->>'policyVersion', e.at)
   or a.pool is distinct from e.data->>'pool'
union all
select l.id, format('owner %s, but the last one assigned was %s', coalesce(l.owner, 'nobody'), coalesce(last.owner, 'nobody'))
from leads l
left join lateral (
  select e.data->>'owner' as owner, e.hop from events e
  where e.lead_id = l.id and e.kind in ('assigned', 'held', 'queued', 'reopened') order by e.seq desc limit 1
) last on true
where l.owner is distinct from last.owner or (last.hop is not null and l.hop <> last.hop)
