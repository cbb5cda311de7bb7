import { z } from 'zod'
import { execute, instantColumn, type Pool, rowOrNull, rows, sql, timestamp } from '../../db/sql.js'
import { leadId, repId } from '../../domain/ids.js'
import type { Crm, CrmLead } from './port.js'

const leadRow = z
  .object({
    lead_id: leadId,
    hop: z.int(),
    owner: repId.nullable(),
    status: z.string(),
    fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
    owner_set_at: instantColumn.nullable(),
  })
  .transform(
    ({ lead_id, owner_set_at, ...rest }): CrmLead => ({ lead: lead_id, ownerSetAtMs: owner_set_at, ...rest }),
  )

const accountRow = z
  .object({
    id: z.string(),
    name: z.string(),
    domain: z.string().nullable(),
    company_key: z.string().nullable(),
    country: z.string().nullable(),
    tier: z.string().nullable(),
    customer: z.boolean(),
    owner: z.string().nullable(),
  })
  .transform(({ company_key, ...rest }) => ({ ...rest, companyKey: company_key }))

/** The CRM that comes with Leadline: tables of its own in the same Postgres. Every read asks the database anew. */
export function createBuiltInCrm(db: Pool): Crm {
  return {
    async saveLead(lead) {
      // An earlier hop that arrives late finds a later one here and changes nothing.
      await execute(
        db,
        sql`insert into crm_leads (lead_id, hop, owner, status, fields, owner_set_at)
            values (${lead.lead}, ${lead.hop}, ${lead.owner}, ${lead.status}, ${JSON.stringify(lead.fields)},
                    ${lead.ownerSetAtMs === null ? null : timestamp(lead.ownerSetAtMs)})
            on conflict (lead_id) do update
              set hop = excluded.hop, owner = excluded.owner, status = excluded.status, fields = excluded.fields,
                  owner_set_at = excluded.owner_set_at
              where crm_leads.hop <= excluded.hop`,
      )
    },
    async readLead(lead) {
      return rowOrNull(
        db,
        leadRow,
        sql`select lead_id, hop, owner, status, fields, owner_set_at from crm_leads where lead_id = ${lead}`,
      )
    },
    async findAccounts({ domain, companyKey, emailKey, phoneE164 }) {
      return rows(
        db,
        accountRow,
        sql`select id, name, domain, company_key, country, tier, customer, owner from crm_accounts
            where domain = ${domain} or company_key = ${companyKey}
               or id in (select account_id from crm_contacts where email_key = ${emailKey} or phone_e164 = ${phoneE164})
            order by id limit 50`,
      )
    },
  }
}
