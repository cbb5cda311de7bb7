/**
 * Forgets a person: everything personal that Postgres has of a lead, and of the leads that became part of it, which are
 * the same person's. What happened stays: events, decisions, turns and workflow histories hold ids and codes.
 */
import { z } from 'zod'
import { type EpochMs, type LeadId, leadId } from '../domain/ids.js'
import { appendEvent } from './events.js'
import { execute, row, rows, sql, type Tx, timestamp } from './sql.js'

/**
 * Done twice, it changes nothing. Not what the CRM knows of customers apart from this lead (crm_accounts, crm_contacts),
 * and not the list of addresses that nothing is sent to any more, which is there to keep a promise to this person.
 */
export async function forget(
  tx: Tx,
  lead: LeadId,
  { atMs, actor }: { atMs: EpochMs; actor: string },
): Promise<void> {
  const family = await lockFamily(tx, lead)
  await forgetSubmissions(tx, family)
  await forgetLeads(tx, family, atMs)
  await forgetWords(tx, family)
  for (const member of family) {
    const { hop } = await row(tx, z.object({ hop: z.int() }), sql`select hop from leads where id = ${member}`)
    await appendEvent(tx, { lead: member, atMs, actor, hop, key: 'erased', kind: 'erased', data: {} })
  }
}

/**
 * The lead's row and those of all that were merged into it, in the order of their ids, as a split takes them. Looked at
 * once more under the locks: one that joined while this waited for them is there by then, and a later one finds the lead
 * erased (activities/record.ts).
 */
async function lockFamily(tx: Tx, lead: LeadId): Promise<LeadId[]> {
  let known = -1
  for (;;) {
    const found = await rows(
      tx,
      z.object({ id: leadId }),
      sql`with recursive family as (
            select ${lead}::uuid as id
            union
            select merged.id from leads merged join family on merged.merged_into = family.id
          )
          select id from leads where id in (select id from family) order by id for update`,
    )
    if (found.length === known) return found.map(({ id }) => id)
    known = found.length
  }
}

/** The same submission sent again stays the same lead (db/submissions.ts), by a digest of its key. */
async function forgetSubmissions(tx: Tx, family: readonly LeadId[]): Promise<void> {
  await execute(
    tx,
    sql`update submissions
        set raw = '{}', unknown_fields = '{}', external_id = null,
            idempotency_key = case when idempotency_key like 'erased %' then idempotency_key
              else ${digestOf(sql`idempotency_key`)} end
        where lead_id = any(${family}::uuid[])`,
  )
}

/** No key that somebody sends begins like this. */
export function digestOf(key: ReturnType<typeof sql>) {
  return sql`('erased ' || encode(sha256(convert_to(${key}, 'UTF8')), 'hex'))`
}

async function forgetLeads(tx: Tx, family: readonly LeadId[], atMs: EpochMs): Promise<void> {
  await execute(
    tx,
    sql`update leads
        set normalised = null, email_key = null, phone_e164 = null, domain = null, company_key = null,
            blocking_keys = '{}', brief = null, enrichment = null, erased_at = coalesce(erased_at, ${timestamp(atMs)})
        where id = any(${family}::uuid[])`,
  )
  // The built-in CRM's record of the lead lies in the same database; a vendor's is the vendor's to erase.
  await execute(tx, sql`update crm_leads set fields = '{}' where lead_id = any(${family}::uuid[])`)
}

/** What people wrote about the person, and what was written to them. A letter that is not sent yet never will be. */
async function forgetWords(tx: Tx, family: readonly LeadId[]): Promise<void> {
  await execute(tx, sql`update notes set body = '{}' where lead_id = any(${family}::uuid[])`)
  await execute(tx, sql`update reviews set evidence = '{}' where lead_id = any(${family}::uuid[])`)
  await execute(
    tx,
    sql`update messages
        set subject = '', body = '', recipient = case audience when 'prospect' then '' else recipient end,
            failed_why = case when sent_at is null then coalesce(failed_why, 'erased') else failed_why end
        where lead_id = any(${family}::uuid[])`,
  )
}
