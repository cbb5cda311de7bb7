-- Invariant 7: every owner was decided, and the record of the decision names that owner, rule and policy version.
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
  and not exists (select from assignments a where a.lead_id = d.lead_id and a.hop = d.hop)
