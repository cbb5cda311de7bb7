-- Invariant 1: a lead gets exactly one outcome in each of its lives, and table and timeline tell the same one.
select l.id as lead,
       format('outcome %s, but the timeline has %s', coalesce(l.outcome, 'none'), coalesce(told.outcomes, 'none')) as what
from leads l
left join lateral (
  select string_agg(concat_ws(' into ', e.data->>'outcome', e.data->>'mergedInto'), ', ' order by e.seq) as outcomes
  from events e
  where e.lead_id = l.id and e.kind = 'closed'
    and e.seq > coalesce((select max(r.seq) from events r where r.lead_id = l.id and r.kind = 'reopened'), 0)
) told on true
where told.outcomes is distinct from nullif(concat_ws(' into ', l.outcome, l.merged_into), '')
