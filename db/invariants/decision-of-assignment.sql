-- Invariant 7: every owner was decided, and the record of the decision names that owner, rule and policy version. Whoever
-- the policy chose for a handoff was decided, too, and owns nothing by that.
select a.lead_id as lead,
       format('hop %s: owned by %s (rule %s, version %s), decided: %s', a.hop, a.owner, a.rule, a.policy_version,
              coalesce(format('%s (rule %s, version %s)', d.record->'decision'->>'owner', d.record->'decision'->>'rule',
                              d.policy_version), 'nothing')) as what
from assignments a
left join decisions d on d.lead_id = a.lead_id and d.hop = a.hop
where (d.record->'decision'->>'owner', d.record->'decision'->>'rule', d.policy_version)
        is distinct from (a.owner, a.rule, a.policy_version)
union all
select d.lead_id, format('hop %s was decided for %s, who never owned it', d.hop, d.record->'decision'->>'owner')
from decisions d
where d.record->'decision'->>'kind' = 'assigned'
  -- What would have happened to a lead in shadow is on record and did not happen.
  and d.record->'routed'->>'kind' is distinct from 'shadowed'
  and d.record->'routed'->>'kind' is distinct from 'offered'
  and not exists (select from assignments a where a.lead_id = d.lead_id and a.hop = d.hop)
union all
select coalesce(h.lead_id, d.lead_id),
       format('hop %s was offered to %s, but decided for %s', coalesce(h.chosen_hop, d.hop), coalesce(h.to_rep, 'nobody'),
              coalesce(d.owner, 'nobody'))
from (select * from handoffs where chosen_hop is not null) h
full join (select lead_id, hop, record->'decision'->>'owner' as owner
           from decisions where record->'routed'->>'kind' = 'offered') d
  on d.lead_id = h.lead_id and d.hop = h.chosen_hop
where d.owner is distinct from h.to_rep
