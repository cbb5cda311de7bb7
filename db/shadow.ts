/** Leads of sources in shadow: who would have had them, and who has them in the CRM, where people worked meanwhile. */
import { z } from 'zod'
import { leadId } from '../domain/ids.js'
import { type Db, empty, instantColumn, rows, sql } from './sql.js'

export type ShadowedLead = z.output<typeof shadowedRow>

/** Newest first. */
export async function shadowedLeads(db: Db, filter: { source?: string } = {}): Promise<ShadowedLead[]> {
  const { source } = filter
  return rows(
    db,
    shadowedRow,
    // The CRM's own record of the lead comes first, then the newest record of the same person, then who owns the
    // account of that person. A record that nobody owns says nothing.
    sql`select l.id, l.source, d.decided_at, d.kind, d.owner, d.rule, d.pool, crm.owner as crm_owner, crm.record
        from leads l
        join lateral (
          select decided_at, record->'decision'->>'kind' as kind, record->'decision'->>'owner' as owner,
                 record->'decision'->>'rule' as rule,
                 coalesce(record->'decision'->'turn'->>'pool', record->'decision'->>'pool') as pool
          from decisions where lead_id = l.id order by hop desc limit 1
        ) d on true
        left join lateral (
          select found.owner, found.record
          from (
            select 1 as place, c.owner, 'lead' as record from crm_leads c where c.lead_id = l.id
            union all
            (select 2, c.owner, 'person'
             from leads other join crm_leads c on c.lead_id = other.id
             where other.id <> l.id and c.owner is not null
               and (other.email_key = l.email_key or other.phone_e164 = l.phone_e164)
             order by c.owner_set_at desc nulls last, other.id limit 1)
            union all
            (select 3, a.owner, 'account'
             from crm_contacts k join crm_accounts a on a.id = k.account_id
             where a.owner is not null and (k.email_key = l.email_key or k.phone_e164 = l.phone_e164)
             order by a.id limit 1)
          ) found
          where found.owner is not null
          order by found.place limit 1
        ) crm on true
        where l.outcome = 'shadowed' ${source === undefined ? empty : sql`and l.source = ${source}`}
        order by d.decided_at desc, l.id`,
  )
}

const shadowedRow = z
  .object({
    id: leadId,
    source: z.string(),
    decided_at: instantColumn,
    kind: z.enum(['assigned', 'held', 'queued', 'review', 'disqualified']),
    owner: z.string().nullable(),
    rule: z.string().nullable(),
    pool: z.string().nullable(),
    crm_owner: z.string().nullable(),
    record: z.enum(['lead', 'person', 'account']).nullable(),
  })
  .transform(found => ({
    lead: found.id,
    source: found.source,
    decidedAtMs: found.decided_at,
    /** What would have happened first. */
    decided: found.kind,
    /** Who would have had it; null for all but `assigned`. */
    owner: found.owner,
    rule: found.rule,
    pool: found.pool,
    /** Who has it in the CRM, as the CRM names them, and by which of its records; null: nobody that we can see. */
    crmOwner: found.crm_owner,
    crmRecord: found.record,
  }))
