-- Up Migration

-- Every key by which another submission of the same person finds this lead (domain/match.ts, blockingKeys): what the
-- advisory locks of matching are named after is also all that candidates are looked for by.
alter table leads add column blocking_keys text[] not null default '{}';

-- What the columns and the lead's text tell of the leads that are open today. A website's host stands for its
-- registrable domain here, which SQL cannot know.
update leads
set blocking_keys = array_remove(array[
  'external:' || source || ':' || (normalised->>'externalId'),
  'email:' || (normalised->>'emailKey'),
  'phone:' || (normalised->>'phoneE164'),
  case when normalised->>'domainKind' = 'business' then 'domain:' || (normalised->>'domain') end,
  'domain:' || lower(substring(btrim(normalised->>'website') from '^(?:[A-Za-z]+://)?(?:www\.)?([^/:?#]+)')),
  'company:' || coalesce(normalised->>'country', '-') || ':' || (normalised->>'companyKey'),
  -- Enrichment may have filled the country since: by this key the lead was found until now.
  'company:' || coalesce(country, '-') || ':' || company_key
], null)
where normalised is not null and status <> 'closed';

-- Only open leads are candidates.
create index leads_by_blocking_key on leads using gin (blocking_keys) where status <> 'closed';

-- An account's domain may be written as a host or web address: every domain that it lies in.
create function account_domains(written text) returns text[] language sql immutable strict parallel safe
return (
  select array_agg(array_to_string(labels[first_label:], '.'))
  from (select string_to_array(
          lower(substring(btrim(written) from '^(?:[A-Za-z]+://)?([^/:?#]+)')), '.') as labels) as host,
       generate_subscripts(labels, 1) as first_label
);
create index crm_accounts_by_domains on crm_accounts using gin (account_domains(domain));
drop index crm_accounts_by_domain;

-- Down Migration
create index crm_accounts_by_domain on crm_accounts (domain);
drop index crm_accounts_by_domains;
drop function account_domains;
drop index leads_by_blocking_key;
alter table leads drop column blocking_keys;
