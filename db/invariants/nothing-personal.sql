-- Invariant 9: timeline and decision records hold ids and codes only, so that histories hold nothing personal either:
-- neither the prospect's address nor number nor name nor message stands in them.
with people as (
  select l.id, written.value
  from leads l
  cross join lateral (values
    (l.normalised->>'email', 6), (l.normalised->>'phone', 9), (l.normalised->>'phoneE164', 9),
    (l.normalised->>'name', 8), (l.normalised->>'message', 20)
  ) as written (value, least_characters)
  -- Shorter ones stand in codes and numbers by chance.
  where length(written.value) >= written.least_characters
)
select p.id as lead, format('event %s (%s) has what the prospect wrote', e.seq, e.kind) as what
from people p join events e on e.lead_id = p.id
where strpos(lower(e.data::text), lower(p.value)) > 0
union
select p.id, format('the decision of hop %s has what the prospect wrote', d.hop)
from people p join decisions d on d.lead_id = p.id
where strpos(lower(d.record::text), lower(p.value)) > 0
