-- R46, invariant 9: of a lead that was erased nothing personal is left anywhere, nor of those that became part of it; and
-- its timeline says when that was. A lead that was closed for it is erased once the CRM has heard of the end.
with recursive erased as (
  select id from leads where erased_at is not null or (outcome = 'erased' and workflow_ended_at is not null)
  union
  select merged.id from leads merged join erased on merged.merged_into = erased.id
)
select e.id as lead, format('erased, but %s', left_over.what) as what
from erased e
join (
  select id as lead_id, 'the lead still says who it is' as what from leads
  where normalised is not null or email_key is not null or phone_e164 is not null or domain is not null
     or company_key is not null or blocking_keys <> '{}' or brief is not null or enrichment is not null
  union all
  select id, 'it is not marked as such' from leads where erased_at is null
  union all
  select lead_id, 'a submission is kept as it came' from submissions
  where raw <> '{}' or unknown_fields <> '{}' or external_id is not null or idempotency_key not like 'erased %'
  union all
  select lead_id, format('the note of %s is kept', actor) from notes where body <> '{}'
  union all
  select lead_id, format('the message to %s about %s is kept', audience, about) from messages
  where subject <> '' or body <> '' or (audience = 'prospect' and recipient <> '')
  union all
  select lead_id, format('a message about %s is still to be sent', about) from messages
  where sent_at is null and failed_why is null
  union all
  select lead_id, format('the evidence of the review %s is kept', kind) from reviews where evidence <> '{}'
  union all
  select lead_id, 'the CRM keeps its fields' from crm_leads where fields <> '{}'
) left_over on left_over.lead_id = e.id
union all
select e.id, 'erased, but its timeline does not say so'
from erased e
where not exists (select from events t where t.lead_id = e.id and t.kind = 'erased')
