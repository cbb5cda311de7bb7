import { Connection } from '@temporalio/client'
import pg from 'pg'
import { describe, expect, inject, it } from 'vitest'
import { databaseFromTemplate } from './database.js'
import { createTimeSkipping } from './time-skipping.js'

async function query(url: string, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(text)).rows
  } finally {
    await client.end()
  }
}

describe('the servers of a test run', () => {
  it('gives each test a database of its own with the whole schema', async () => {
    const one = await databaseFromTemplate()
    const other = await databaseFromTemplate()
    await query(one.url, 'CREATE TABLE only_here ()')
    const tables = await query(
      other.url,
      `SELECT relname FROM pg_class WHERE relname IN ('leads', 'only_here')`,
    )
    expect(tables).toEqual([{ relname: 'leads' }])
    await Promise.all([one.drop(), other.drop()])
  })

  it('drops a database under the feet of whoever is still connected', async () => {
    const { url, drop } = await databaseFromTemplate()
    const left = new pg.Client({ connectionString: url })
    await left.connect()
    const cutOff = new Promise(resolve => left.on('error', resolve))
    await drop()
    await expect(cutOff).resolves.toBeInstanceOf(Error)
    await expect(query(url, 'SELECT 1')).rejects.toThrow('does not exist')
  })

  it('sees letters beyond ASCII as letters, so that company names can be compared', async () => {
    const { url, drop } = await databaseFromTemplate()
    const compared = await query(
      url,
      `SELECT similarity('Müller', 'MÜLLER') AS same, similarity('Müller', 'Möller') < 1 AS differs`,
    )
    expect(compared).toEqual([{ same: 1, differs: true }])
    await drop()
  })

  it('knows the search attributes of a lead', async () => {
    const connection = await Connection.connect({ address: inject('temporalAddress') })
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace: 'default',
    })
    const names = Object.keys(customAttributes ?? {}).toSorted()
    expect(names).toEqual([
      'LeadCampaign',
      'LeadOwner',
      'LeadPool',
      'LeadRule',
      'LeadSegment',
      'LeadSource',
      'LeadStatus',
      'LeadTeam',
      'LeadTerritory',
      'PolicyVersion',
      'ReviewKind',
      'SlaBreached',
      'SlaDueAt',
      'SlaState',
    ])
    await connection.close()
  })

  it('lets thirty days pass on the time-skipping server', async () => {
    const env = await createTimeSkipping()
    const beforeMs = await env.currentTimeMs()
    await env.sleep('30 days')
    expect(await env.currentTimeMs()).toBeGreaterThanOrEqual(beforeMs + 30 * 86_400_000)
    await env.teardown()
  })
})
