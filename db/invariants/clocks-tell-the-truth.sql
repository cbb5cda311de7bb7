-- Invariant 5: a breach is stamped with the deadline of its clock, happens once, and not to a clock that was stopped in
-- time; a clock is called late exactly when it was stopped after its deadline and did not stand still before it.
with clocks as (
  select a.lead_id, a.hop, a.data->>'owner' as owner, c->>'clock' as clock, (c->>'dueAtMs')::bigint as due_ms
  from events a cross join lateral jsonb_array_elements(a.data->'clocks') c
  where a.kind = 'assigned'
  union
  -- Counted anew for the same owner, after a pause or under another version of the policy.
  select a.lead_id, a.hop, null, c->>'clock', (c->>'dueAtMs')::bigint
  from events a cross join lateral jsonb_array_elements(a.data->'clocks') c
  where a.kind in ('clocksResumed', 'policyAdopted')
  union
  -- That of assignment belongs to no owner.
  select a.lead_id, nullif(a.hop, case when a.data->>'clock' = 'assign' then a.hop end), null, a.data->>'clock',
         (a.data->>'dueAtMs')::bigint
  from events a
  where a.kind = 'clockStarted'
), told as (
  select e.lead_id, e.seq, e.hop, e.kind, e.data, e.data->>'clock' as clock, (e.data->>'dueAtMs')::bigint as due_ms,
         -- Not by epoch arithmetic in floating point: whole milliseconds, as everywhere.
         (extract(epoch from e.at) * 1000)::bigint as at_ms
  from events e
  where e.kind in ('breached', 'clockMet')
), paused as (
  select p.lead_id, p.hop, p.seq, clock, (extract(epoch from p.at) * 1000)::bigint as at_ms,
         (select min(r.seq) from events r
          where r.lead_id = p.lead_id and r.kind = 'clocksResumed' and r.seq > p.seq) as resumed_seq
  from events p cross join lateral jsonb_array_elements_text(p.data->'clocks') clock
  where p.kind = 'clocksPaused'
), ended as (
  select t.*, t.at_ms > t.due_ms and not exists (
           select from paused p
           where p.lead_id = t.lead_id and p.hop = t.hop and p.clock = t.clock and p.seq < t.seq
             and p.at_ms <= t.due_ms and coalesce(p.resumed_seq > t.seq, true)) as is_late
  from told t where t.kind = 'clockMet'
)
select t.lead_id as lead, format('%s %s (event %s): no such clock with that deadline on hop %s', t.kind, t.clock, t.seq, t.hop) as what
from told t
where not exists (
  select from clocks c
  where c.lead_id = t.lead_id and coalesce(c.hop, t.hop) = t.hop and c.clock = t.clock and c.due_ms = t.due_ms
    and (t.kind <> 'breached' or coalesce(c.owner, t.data->>'owner', '') = coalesce(t.data->>'owner', '')))
union all
select t.lead_id, format('breach of %s (event %s) is stamped %s ms off its deadline', t.clock, t.seq, t.at_ms - t.due_ms)
from told t
where t.kind = 'breached' and t.at_ms <> t.due_ms
union all
select e.lead_id, format('%s (event %s) was stopped %s ms after its deadline and is called %s', e.clock, e.seq,
                         e.at_ms - e.due_ms, case when (e.data->>'late')::boolean then 'late' else 'in time' end)
from ended e
where (e.data->>'late')::boolean <> e.is_late
union all
select t.lead_id, format('%s of hop %s is told %s times as %s', t.clock, t.hop, count(*), t.kind)
from told t
-- That of staleness begins anew with each touch.
group by t.lead_id, t.hop, t.kind, t.clock, case when t.clock = 'stale' then t.due_ms end
having count(*) > 1
union all
select met.lead_id, format('%s of hop %s was stopped in time and is a breach all the same', met.clock, met.hop)
from told met
join told b on b.lead_id = met.lead_id and b.hop = met.hop and b.clock = met.clock and b.kind = 'breached'
  and (met.clock <> 'stale' or b.due_ms = met.due_ms)
where met.kind = 'clockMet' and not (met.data->>'late')::boolean
