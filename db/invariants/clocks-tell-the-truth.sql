-- Invariant 5: a breach is stamped with the deadline of its owner's clock, happens once, and not to a clock that was
-- stopped in time; a clock is called late exactly when it was stopped after its deadline.
with clocks as (
  select a.lead_id, a.hop, a.data->>'owner' as owner, c->>'clock' as clock, (c->>'dueAtMs')::bigint as due_ms
  from events a cross join lateral jsonb_array_elements(a.data->'clocks') c
  where a.kind = 'assigned'
), told as (
  select e.lead_id, e.seq, e.hop, e.kind, e.data, e.data->>'clock' as clock, (e.data->>'dueAtMs')::bigint as due_ms,
         -- Not by epoch arithmetic in floating point: whole milliseconds, as everywhere.
         (extract(epoch from e.at) * 1000)::bigint as at_ms
  from events e
  where e.kind in ('breached', 'clockMet')
)
select t.lead_id as lead, format('%s %s (event %s): no such clock with that deadline on hop %s', t.kind, t.clock, t.seq, t.hop) as what
from told t
where not exists (
  select from clocks c
  where c.lead_id = t.lead_id and c.hop = t.hop and c.clock = t.clock and c.due_ms = t.due_ms
    and (t.kind <> 'breached' or c.owner = t.data->>'owner'))
union all
select t.lead_id, format('breach of %s (event %s) is stamped %s ms off its deadline', t.clock, t.seq, t.at_ms - t.due_ms)
from told t
where t.kind = 'breached' and t.at_ms <> t.due_ms
union all
select t.lead_id, format('%s (event %s) was stopped %s ms after its deadline and is called %s', t.clock, t.seq,
                         t.at_ms - t.due_ms, case when (t.data->>'late')::boolean then 'late' else 'in time' end)
from told t
where t.kind = 'clockMet' and (t.data->>'late')::boolean <> (t.at_ms > t.due_ms)
union all
select t.lead_id, format('%s of hop %s is told %s times as %s', t.clock, t.hop, count(*), t.kind)
from told t
group by t.lead_id, t.hop, t.kind, t.clock
having count(*) > 1
union all
select met.lead_id, format('%s of hop %s was stopped in time and is a breach all the same', met.clock, met.hop)
from told met
join told b on b.lead_id = met.lead_id and b.hop = met.hop and b.clock = met.clock and b.kind = 'breached'
where met.kind = 'clockMet' and not (met.data->>'late')::boolean
