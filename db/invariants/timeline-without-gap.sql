-- Invariant 8: the timeline is whole. Events are numbered from 1 without a gap, and the lead knows the last number.
select l.id as lead,
       format('%s events numbered %s to %s, the lead counts %s', e.events, e.first, e.last, l.last_event) as what
from leads l
left join lateral (
  select count(*) as events, min(seq) as first, max(seq) as last from events where lead_id = l.id
) e on true
where e.events <> l.last_event or e.first is distinct from 1 or e.last is distinct from l.last_event
