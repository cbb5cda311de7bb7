import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { reportOf, sayReport, shadowCommand } from '../../cli/shadow.js'
import { connect, execute, type Pool, sql, timestamp } from '../../db/sql.js'
import { type ShadowedLead, shadowedLeads } from '../../db/shadow.js'
import { leadId, type LeadId } from '../../domain/ids.js'
import { minutesAfterNine, nineOClock, publishPolicy, receiveLead } from '../api/people-in-sales.js'
import { databaseFromTemplate } from '../setup/database.js'

type Decided = { kind: string; owner?: string; rule?: string; pool?: string }
const forAna: Decided = { kind: 'assigned', owner: 'ana', rule: 'uk' }

let database: Awaited<ReturnType<typeof databaseFromTemplate>>
let db: Pool
let atMinutes = 0
beforeAll(async () => {
  database = await databaseFromTemplate()
  db = connect(database.url)
  await publishPolicy(db)
  process.env.DATABASE_URL = database.url
  process.env.TEMPORAL_ADDRESS = inject('temporalAddress')
  process.env.TEMPORAL_NAMESPACE = 'default'
})
afterAll(async () => {
  await db.end()
  await database.drop()
})

/** A lead that was decided in shadow; later ones are newer. */
async function shadowed(
  decided: Decided,
  { source = 'trial-form', email = `${randomUUID()}@example.com` } = {},
): Promise<LeadId> {
  const lead = await receiveLead(db, { source })
  atMinutes += 1
  const record = { input: {}, decision: decided, routed: { kind: 'shadowed' } }
  await execute(
    db,
    sql`insert into decisions (lead_id, hop, engine, policy_version, record, decided_at)
        values (${lead}, 0, 2, 1, ${JSON.stringify(record)}, ${timestamp(minutesAfterNine(atMinutes))})`,
  )
  await execute(
    db,
    sql`update leads set status = 'closed', outcome = 'shadowed', email_key = ${email} where id = ${lead}`,
  )
  return lead
}

async function inCrm(lead: LeadId, owner: string | null): Promise<void> {
  await execute(
    db,
    sql`insert into crm_leads (lead_id, owner, status, fields, owner_set_at, hop)
        values (${lead}, ${owner}, 'working', '{}', ${timestamp(nineOClock)}, 0)`,
  )
}

/** The account of somebody with this address. */
async function contactOf(owner: string, email: string): Promise<void> {
  await execute(db, sql`insert into crm_accounts (id, name, owner) values (${email}, 'Known', ${owner})`)
  await execute(
    db,
    sql`insert into crm_contacts (id, account_id, email_key) values (${email}, ${email}, ${email})`,
  )
}

const seen = async (lead: LeadId) => (await shadowedLeads(db)).find(found => found.lead === lead)

describe('a lead in shadow beside the CRM', () => {
  it('is found by the record that people made of it', async () => {
    const lead = await shadowed(forAna)
    await inCrm(lead, 'ben')
    expect(await seen(lead)).toMatchObject({
      source: 'trial-form',
      decided: 'assigned',
      owner: 'ana',
      rule: 'uk',
      crmOwner: 'ben',
      crmRecord: 'lead',
    })
  })

  it('is found by another record of the same person, then by the account of their contact', async () => {
    const email = 'twice@example.com'
    const lead = await shadowed(forAna, { email })
    await contactOf('dora', email)
    expect(await seen(lead)).toMatchObject({ crmOwner: 'dora', crmRecord: 'account' })
    const other = await receiveLead(db)
    await execute(db, sql`update leads set email_key = ${email} where id = ${other}`)
    await inCrm(other, 'cleo')
    expect(await seen(lead)).toMatchObject({ crmOwner: 'cleo', crmRecord: 'person' })
  })

  it('is in nobody’s hands where the CRM does not know it, or nobody owns its record', async () => {
    const unknown = await shadowed({ kind: 'review' })
    expect(await seen(unknown)).toMatchObject({
      decided: 'review',
      owner: null,
      crmOwner: null,
      crmRecord: null,
    })
    await inCrm(unknown, null)
    expect(await seen(unknown)).toMatchObject({ crmOwner: null, crmRecord: null })
  })

  it('comes newest first and by its source; a lead that was only stored was not decided', async () => {
    const source = `source-${randomUUID().slice(0, 8)}`
    const older = await shadowed(forAna, { source })
    const newer = await shadowed({ kind: 'queued', pool: 'desk', rule: 'emea' }, { source })
    const stored = await receiveLead(db, { source })
    await execute(db, sql`update leads set status = 'closed', outcome = 'stored' where id = ${stored}`)
    expect((await shadowedLeads(db, { source })).map(({ lead }) => lead)).toEqual([newer, older])
  })

  it('is counted by leadline shadow', async () => {
    const source = `source-${randomUUID().slice(0, 8)}`
    await inCrm(await shadowed(forAna, { source }), 'ana')
    let out = ''
    const spy = vi.spyOn(process.stdout, 'write').mockImplementation(text => {
      out += String(text)
      return true
    })
    try {
      await shadowCommand().parseAsync(['--source', source, '--json'], { from: 'user' })
    } finally {
      spy.mockRestore()
    }
    expect(JSON.parse(out)).toMatchObject({ leads: 1, compared: 1, same: 1, differences: [] })
  })
})

const row = (number: number, more: Partial<ShadowedLead>): ShadowedLead => ({
  lead: leadId.parse(`00000000-0000-4000-8000-00000000000${number}`),
  source: 'trial-form',
  decidedAtMs: minutesAfterNine(number),
  decided: 'assigned',
  owner: 'ana',
  rule: 'uk',
  pool: null,
  crmOwner: null,
  crmRecord: null,
  ...more,
})

describe('the comparison of shadow with what people did', () => {
  const report = reportOf([
    row(1, { crmOwner: 'ana', crmRecord: 'lead' }),
    row(2, { crmOwner: 'ben', crmRecord: 'account' }),
    row(3, {}),
    row(4, { owner: 'ben', rule: 'otherwise', crmOwner: 'ben', crmRecord: 'person' }),
    row(5, { decided: 'held', owner: null, rule: 'uk', crmOwner: 'ana', crmRecord: 'lead' }),
    row(6, { decided: 'disqualified', owner: null, rule: null }),
  ])

  it('counts per person and per rule what was decided, what the CRM has, and where both are the same', () => {
    expect(report).toMatchObject({
      leads: 6,
      decided: { assigned: 4, held: 1, queued: 0, review: 0, disqualified: 1 },
      compared: 3,
      same: 2,
      people: [
        { name: 'ana', decided: 3, inCrm: 2, same: 1 },
        { name: 'ben', decided: 1, inCrm: 2, same: 1 },
      ],
      rules: [
        { name: 'uk', decided: 4, inCrm: 3, same: 1 },
        { name: 'otherwise', decided: 1, inCrm: 1, same: 1 },
      ],
    })
    expect(report.differences.map(({ owner, crmOwner }) => [owner, crmOwner])).toEqual([['ana', 'ben']])
  })

  it('is told in lines that a manager can read', () => {
    expect(sayReport(report)).toBe(
      [
        '6 in shadow: 4 with an owner at once, 1 held, 0 in a queue, 0 for a person to decide, 1 disqualified.',
        'Of 3 the CRM has an owner too: the same in 2.',
        '',
        'person  decided  in the CRM  the same',
        'ana     3        2           1',
        'ben     1        2           1',
        '',
        'rule       decided  in the CRM  the same',
        'uk         4        3           1',
        'otherwise  1        1           1',
        '',
        'Different, the newest 1 of 1:',
        'lead                                  rule  decided  in the CRM  found by its',
        '00000000-0000-4000-8000-000000000002  uk    ana      ben         account',
        '',
      ].join('\n'),
    )
    expect(sayReport(reportOf([]))).toBe('No lead has been decided in shadow.\n')
  })
})
