-- Up Migration

alter table leaves
  -- Who has the person's untouched leads meanwhile; null: whoever the rules choose.
  add column cover       text,
  add column kind        text not null default 'planned' check (kind in ('planned', 'sick', 'half-day')),
  -- What a person asks for themselves counts once somebody has approved it.
  add column approved_by text,
  add column approved_at timestamptz,
  add column refused_by  text,
  add column refused_at  timestamptz,
  -- Of a calendar file: the same event sent again is the same leave.
  add column ics_uid     text,
  -- The relay's mark: null while the leave's workflow has not heard how the row stands.
  add column told_at     timestamptz,
  add check ((approved_by is null) = (approved_at is null)),
  add check ((refused_by is null) = (refused_at is null)),
  add check (approved_at is null or refused_at is null);

-- Leave of before it had to be approved.
update leaves set approved_by = created_by, approved_at = created_at;
-- What is over needs nobody to tell anybody.
update leaves set told_at = until_at where until_at < now();

create unique index leaves_by_event on leaves (rep, ics_uid) where ics_uid is not null;
create index leaves_to_tell on leaves (created_at) where told_at is null;

-- Down Migration
drop index leaves_to_tell;
drop index leaves_by_event;
alter table leaves
  drop column told_at,
  drop column ics_uid,
  drop column refused_at,
  drop column refused_by,
  drop column approved_at,
  drop column approved_by,
  drop column kind,
  drop column cover;
