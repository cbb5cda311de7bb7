-- Invariant 1: an accepted submission is never lost. Each lead has what came in, and its story begins with that.
select l.id as lead, 'no submission is kept' as what
from leads l
where not exists (select from submissions s where s.lead_id = l.id)
union all
select l.id, 'the timeline does not begin with received'
from leads l
where not exists (select from events e where e.lead_id = l.id and e.seq = 1 and e.kind = 'received')
