-- Invariant 3: the ledger of a pool has no gap. Its turns are numbered from 1, and the pool knows the next number.
select null::uuid as lead,
       format('pool %s: %s turns numbered %s to %s, the next would be %s', p.id, t.turns,
              coalesce(t.first::text, '-'), coalesce(t.last::text, '-'), p.next_seq) as what
from pools p
left join lateral (
  select count(*) as turns, min(seq) as first, max(seq) as last from turns where pool = p.id
) t on true
where t.turns <> p.next_seq - 1 or coalesce(t.first, 1) <> 1 or coalesce(t.last, 0) <> p.next_seq - 1
