-- Invariant 8: the CRM's record has the owner whose change was saved there. What is not saved yet is on its way.
select a.lead_id as lead,
       format('hop %s is saved with owner %s, but the CRM has %s', a.hop, a.owner,
              coalesce(c.owner || ' (hop ' || c.hop || ')', 'no owner')) as what
from assignments a
left join crm_leads c on c.lead_id = a.lead_id
where a.ended_at is null and a.saved_at is not null and (c.owner is distinct from a.owner or c.hop is distinct from a.hop)
