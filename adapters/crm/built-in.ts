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

/** More of one domain than any company keeps apart in one country. */
const accountsMost = 50

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
    async findAccounts({ domains, companyKey, country, emailKey, phoneE164 }) {
      // Each arm has an index of its own; one condition with `or` would read every account.
      return rows(
        db,
        accountRow,
        sql`select id, name, domain, company_key, country, tier, customer, owner
            from (
              select * from crm_accounts where account_domains(domain) && ${domains}
              union
              select * from crm_accounts where company_key = ${companyKey} and country = ${country}
              union
              select account.* from crm_accounts account join crm_contacts contact on contact.account_id = account.id
              where contact.email_key = ${emailKey} or contact.phone_e164 = ${phoneE164}
            ) as found
            order by account_domains(domain) && ${domains} desc nulls last, country = ${country} desc nulls last,
                     customer desc, id
            limit ${accountsMost}`,
      )
    },
  }
}
