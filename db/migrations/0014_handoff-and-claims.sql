-- Up Migration

alter table handoffs
  -- The routing attempt that chose the receiver, whose turn has that number; null: the sender named them.
  add column chosen_hop integer,
  -- Who gets the lead when nobody answers; null: the sender keeps it.
  add column up_to text;
-- Whether the present owner's turn was taken for a handoff is asked whenever a lead ends.
create index handoffs_of_lead on handoffs (lead_id);
-- And so is what was asked and refused before.
create index reassignment_requests_of_lead on reassignment_requests (lead_id);
create index reviews_of_lead on reviews (lead_id);

alter table reviews
  -- Of the kind ownership-claimed: who says that the lead is theirs, and the requestId under which their note is kept.
  add column claimant text,
  add column claim_request text,
  add check ((claimant is null) = (claim_request is null)),
  add check ((claimant is null) or kind = 'ownership-claimed');

-- Down Migration
alter table reviews drop column claim_request, drop column claimant;
drop index reviews_of_lead;
drop index reassignment_requests_of_lead;
drop index handoffs_of_lead;
alter table handoffs drop column up_to, drop column chosen_hop;
