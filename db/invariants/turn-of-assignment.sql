-- Invariant 3: a turn is taken exactly once. An owner from a pool has the turn that the timeline names, and so has whoever
-- a handoff is offered to from a pool; no other turn is taken. In the shadow ledger a turn is what was decided for a lead
-- in shadow. A handoff that came to nothing costs nobody a turn.
select coalesce(e.lead_id, t.lead_id) as lead,
       format('hop %s: %s, but the ledger has %s', coalesce(e.hop, t.hop),
              coalesce(format('%s has turn %s of %s', e.rep, coalesce(e.turn, 'none'), e.pool),
                       'the timeline has no turn'),
              coalesce(format('turn %s of %s for %s', t.seq, t.pool, t.rep), 'none')) as what
from (select lead_id, hop, coalesce(data->>'owner', data->>'to') as rep, data->>'pool' as pool, data->>'turn' as turn
      from events where kind in ('assigned', 'handoffOffered') and data->>'pool' is not null) e
full join (select * from turns where kind = 'taken' and pool not like 'shadow:%') t
  on t.lead_id = e.lead_id and t.hop = e.hop
where e.lead_id is null or t.lead_id is null
   or (e.pool, e.turn, e.rep) is distinct from (t.pool, t.seq::text, t.rep)
union all
select h.lead_id, format('the handoff of hop %s was %s, but %s has not got the turn back', h.chosen_hop,
                         h.ended_why, h.to_rep)
from handoffs h
join turns t on t.lead_id = h.lead_id and t.hop = h.chosen_hop and t.kind = 'taken'
where h.ended_why in ('declined', 'timed_out', 'superseded')
  and not exists (select from turns back where back.lead_id = t.lead_id and back.hop = t.hop and back.kind = 'given_back')
union all
select coalesce(d.lead_id, t.lead_id),
       format('hop %s: in shadow %s was decided, but the ledger has %s', coalesce(d.hop, t.hop),
              coalesce(format('a turn of %s for %s', d.pool, d.rep), 'no turn'),
              coalesce(format('turn %s of %s for %s', t.seq, t.pool, t.rep), 'none'))
from (select lead_id, hop, record->'decision'->'turn'->>'pool' as pool, record->'decision'->'turn'->>'rep' as rep
      from decisions
      where record->'routed'->>'kind' = 'shadowed' and record->'decision'->>'turn' is not null) d
full join (select * from turns where kind = 'taken' and pool like 'shadow:%') t
  on t.lead_id = d.lead_id and t.hop = d.hop
where (d.rep, 'shadow:' || d.pool) is distinct from (t.rep, t.pool)
union all
select back.lead_id, format('turn of hop %s was given back to %s in %s, but %s took none there', back.hop, back.rep, back.pool, back.rep)
from turns back
where back.kind = 'given_back' and not exists (
  select from turns t
  where t.lead_id = back.lead_id and t.hop = back.hop and t.kind = 'taken' and t.pool = back.pool and t.rep = back.rep
    and t.seq < back.seq)
