-- Invariant 5, and R32: nothing sits without an owner or a deadline. A lead in review waits for somebody until some
-- instant, and so does one that is held or in a queue; what waits for a person is never due before the instant at which
-- the lead's workflow acts.
select l.id as lead, 'in review, but no review is open and nothing is due' as what
from leads l
where l.status = 'in_review' and l.due_at is null
  and not exists (select from reviews r where r.lead_id = l.id and r.ended_at is null)
union all
select l.id, format('%s, but nothing is due', l.status)
from leads l
where l.status in ('held', 'queued') and l.due_at is null
union all
select l.id, format('%s until %s, but the lead acts at %s', l.status, ends.at, l.due_at)
from leads l
join lateral (
  select to_timestamp(coalesce(e.data->>'untilMs', e.data->>'acceptByMs')::bigint / 1000.0) as at
  from events e where e.lead_id = l.id and e.kind = l.status order by e.seq desc limit 1
) ends on true
where l.status in ('held', 'queued') and l.due_at > ends.at
union all
select l.id, format('%s, but its timeline does not say so', l.status)
from leads l
where l.status in ('held', 'queued')
  and not exists (select from events e where e.lead_id = l.id and e.kind = l.status)
union all
select l.id, format('%s is due at %s, but the lead acts at %s', item.name, item.due_at, coalesce(l.due_at::text, 'no instant'))
from leads l
join (
  select lead_id, 'review' as name, case when escalated_at is null then due_at else backup_due_at end as due_at
  from reviews where ended_at is null
  union all
  select lead_id, 'reassignment request', case when escalated_at is null then due_at else backup_due_at end
  from reassignment_requests where ended_at is null
  union all
  select lead_id, 'handoff', due_at from handoffs where ended_at is null
) item on item.lead_id = l.id
where l.due_at is null or l.due_at > item.due_at
