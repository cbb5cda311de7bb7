import { afterAll, beforeAll, describe } from 'vitest'
import { createBuiltInCrm } from '../../adapters/crm/built-in.js'
import { connect, execute, type Pool, sql } from '../../db/sql.js'
import { instant } from '../../domain/ids.js'
import { databaseFromTemplate } from '../setup/database.js'
import { submitted } from '../setup/submitted.js'
import { behavesAsCrm } from './crm-contract.js'

let db: Pool
let drop: () => Promise<void>
beforeAll(async () => {
  const database = await databaseFromTemplate()
  drop = database.drop
  db = connect(database.url)
})
afterAll(async () => {
  await db.end()
  await drop()
})

describe('the CRM that comes with Leadline', () => {
  behavesAsCrm(() => ({
    crm: createBuiltInCrm(db),
    lead: () => submitted(db, {}, instant(Date.UTC(2026, 10, 23, 9))),
    async add({ id, name, domain, companyKey, country, tier, customer, owner }, contactEmailKey) {
      await execute(
        db,
        sql`insert into crm_accounts (id, name, domain, company_key, country, tier, customer, owner)
            values (${id}, ${name}, ${domain}, ${companyKey}, ${country}, ${tier}, ${customer}, ${owner})`,
      )
      if (contactEmailKey === undefined) return
      await execute(
        db,
        sql`insert into crm_contacts (id, account_id, email_key) values (${id}, ${id}, ${contactEmailKey})`,
      )
    },
  }))
})
