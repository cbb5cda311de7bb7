-- Issue 5, rollout: a lead of a source that is off or in shadow has no owner and no turn, and neither people nor the CRM
-- hear of it. A person may have been asked about it while its source was still on.
select l.id as lead, format('%s, but %s', l.outcome, trace.what) as what
from leads l
join (
  select lead_id, format('%s owned it (hop %s)', owner, hop) as what from assignments
  union all
  -- Its own ledger is another matter (turn-of-assignment).
  select lead_id, format('it took turn %s of the pool %s', seq, pool) from turns where pool not like 'shadow:%'
  union all
  select lead_id, format('%s was told about %s', case audience when 'prospect' then 'the prospect' else recipient end, about)
  from messages where audience <> 'decider'
  union all
  select lead_id, format('it was saved in the CRM (event %s)', seq) from events where kind = 'saved'
) trace on trace.lead_id = l.id
where l.outcome in ('stored', 'shadowed')
