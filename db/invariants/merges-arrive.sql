-- Invariant 1: whoever was merged is somewhere. The lead that took it in says so, and a chain of merges ends at a lead
-- that is not merged.
select l.id as lead, format('merged into %s, whose timeline does not have it', l.merged_into) as what
from leads l
where l.merged_into is not null
  and not exists (
    select from events e
    where e.lead_id = l.merged_into and e.kind = 'submissionJoined' and e.data->>'lead' = l.id::text)
union all
select l.id, 'its merges lead in a circle'
from leads l
where l.merged_into is not null and not exists (
  with recursive chain (id) as (
    select l.merged_into
    union
    select m.merged_into from chain join leads m on m.id = chain.id where m.merged_into is not null
  )
  select from chain join leads root on root.id = chain.id and root.merged_into is null)
