-- Invariant 8: a hop is saved in the table exactly when the timeline says so, with the owner of that hop.
select a.lead_id as lead,
       format('hop %s of %s: %s', a.hop, a.owner, case
         when a.saved_at is null then 'the timeline says saved, the table does not'
         else 'the table says saved, the timeline does not' end) as what
from assignments a
where (a.saved_at is not null) <> exists (
  select from events e
  where e.lead_id = a.lead_id and e.hop = a.hop and e.kind = 'saved' and e.data->>'owner' = a.owner)
