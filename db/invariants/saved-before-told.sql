-- Invariant 4: no rep, team or manager is told before the record is saved and read back, be it with an owner or of a lead
-- that waits for one; nor the prospect of a way to book time with an owner (R25). The prospect's thanks wait for no CRM,
-- and what was told before the lead had this owner (a review's decider) spoke of no owner.
select told.lead_id as lead,
       format('told %s (event %s) before hop %s was saved', told.data->>'about', told.seq, told.hop) as what
from events told
join events assigned on assigned.lead_id = told.lead_id and assigned.hop = told.hop
                    and assigned.kind in ('assigned', 'held', 'queued')
where told.kind = 'told' and told.seq > assigned.seq
  and not exists (
    select from events saved
    where saved.lead_id = told.lead_id and saved.kind = 'saved' and saved.hop = told.hop
      and saved.seq > assigned.seq and saved.seq < told.seq)
union
select m.lead_id, format('message about %s to %s of hop %s was written %s', m.about, m.recipient, m.hop,
                         case when a.saved_at is null then 'though nothing is saved' else 'before the save' end)
from messages m
join assignments a on a.lead_id = m.lead_id and a.hop = m.hop
where (m.audience <> 'prospect' or m.about = 'meeting-link')
  and m.created_at >= a.assigned_at and (a.saved_at is null or m.created_at < a.saved_at)
union
select link.lead_id, format('the prospect was given the link of %s (event %s) before hop %s was saved with them',
                            link.data->>'owner', link.seq, link.hop)
from events link
where link.kind = 'meetingLinkSent'
  and not exists (
    select from events saved
    where saved.lead_id = link.lead_id and saved.kind = 'saved' and saved.hop = link.hop
      and saved.data->'owner' = link.data->'owner' and saved.seq < link.seq)
