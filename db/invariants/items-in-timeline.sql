-- Invariant 8: what people are asked to decide is open in the tables exactly as long as it is open on the timeline, and
-- nothing stays open on a lead that has moved on to another owner since, or is closed.
with items as (
  select lead_id, 'review' as item, id::text as id, ended_at is null as open from reviews
  union all
  select lead_id, 'reassignment', id, ended_at is null from reassignment_requests
  union all
  select lead_id, 'handoff', id, ended_at is null from handoffs
), told as (
  select lead_id, coalesce(data->>'review', data->>'request', data->>'handoff') as id,
         bool_or(kind in ('reviewOpened', 'reassignmentRequested', 'handoffOffered')) as opened,
         min(seq) as since,
         count(*) filter (where kind in ('reviewDecided', 'reviewTimedOut', 'reviewSuperseded',
                                         'reassignmentDecided', 'reassignmentSuperseded',
                                         'handoffAnswered', 'handoffSuperseded')) as ends
  from events
  where coalesce(data->>'review', data->>'request', data->>'handoff') is not null
  group by 1, 2
)
select coalesce(i.lead_id, t.lead_id) as lead,
       format('%s %s is %s in the table; the timeline opened it: %s, ended it: %s times', coalesce(i.item, 'item'),
              coalesce(i.id, t.id), case when i.id is null then 'missing' when i.open then 'open' else 'ended' end,
              case when t.opened then 'yes' else 'no' end, coalesce(t.ends, 0)) as what
from items i full join told t on t.lead_id = i.lead_id and t.id = i.id
where i.id is null or t.opened is not true or coalesce(t.ends, 0) <> case when i.open then 0 else 1 end
union all
select l.id, format('closed, but %s %s is still open', i.item, i.id)
from leads l join items i on i.lead_id = l.id and i.open
where l.status = 'closed'
union all
select l.id, format('has moved on since, but %s %s is still open', i.item, i.id)
from leads l
join items i on i.lead_id = l.id and i.open
join told t on t.lead_id = i.lead_id and t.id = i.id
where exists (select from events e where e.lead_id = l.id and e.kind = 'assigned' and e.seq > t.since)
