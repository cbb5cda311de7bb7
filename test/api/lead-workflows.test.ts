import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { Client, Connection } from '@temporalio/client'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createLeadWorkflows, LeadUnreachable } from '../../api/lead-workflows.js'
import { connect, type Pool } from '../../db/sql.js'
import type { LeadId } from '../../domain/ids.js'
import { workflowIdOf } from '../../workflows/ids.js'
import { databaseFromTemplate } from '../setup/database.js'
import { freePort } from '../setup/ports.js'
import { type Bench, leadWorkflowsContract } from './lead-workflows-contract.js'
import { acknowledgementsQuery } from './lead-stand-in.js'
import { countRuns } from './runs.js'
import { createStoppableWorker } from './stoppable-worker.js'
import { assignLead, closeLead, employ, nineOClock, publishPolicy, receiveLead } from './people-in-sales.js'

Runtime.install({ logger: new DefaultLogger('ERROR') })

leadWorkflowsContract('over Temporal', standInBench)

describe('the start of a lead', () => {
  let bench: Bench & { client: Client; db: Pool }
  beforeAll(async () => {
    bench = await standInBench()
  })
  afterAll(() => bench.close())

  it('shows engineers the source of the lead and nothing of the person', async () => {
    const lead = await receiveLead(bench.db, { source: 'demo-form' })
    await bench.leads.start(lead, nineOClock)
    const handle = bench.client.workflow.getHandle(workflowIdOf(lead))
    const described = await handle.describe()
    expect(await described.staticSummary()).toBe('lead from demo-form')
    expect(await described.staticDetails()).toBe(
      [
        `- lead \`${lead}\``,
        '- from `demo-form` by api',
        '- received 2026-11-23T09:00:00.000Z',
        `- https://leads.example.com/v1/leads/${lead}`,
      ].join('\n'),
    )
    expect(described.typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value])).toEqual(
      expect.arrayContaining([
        ['LeadSource', 'demo-form'],
        ['LeadStatus', 'received'],
      ]),
    )
    const [first] = (await handle.fetchHistory()).events ?? []
    const input = first?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data
    expect(JSON.parse(Buffer.from(input ?? []).toString())).toEqual({
      leadId: lead,
      receivedAtMs: nineOClock,
    })
  })

  it('keeps a source that is not written like one out of the history: it could be anything', async () => {
    const lead = await receiveLead(bench.db, { source: 'ada.lovelace@example.com' })
    await bench.leads.start(lead, nineOClock)
    const handle = bench.client.workflow.getHandle(workflowIdOf(lead))
    expect(await (await handle.describe()).staticSummary()).toBe('lead from undeclared')
    expect(JSON.stringify(historyToJSON(await handle.fetchHistory()))).not.toContain('ada.lovelace')
  })

  it('works on a connection that is shared with a worker, where the first step starts at once', async () => {
    const connection = await NativeConnection.connect({ address: inject('temporalAddress') })
    try {
      const leads = createLeadWorkflows(new Client({ connection }), 'nobody-listens', {
        db: bench.db,
        now: () => nineOClock,
        eagerStart: true,
      })
      const lead = await receiveLead(bench.db)
      await leads.start(lead, nineOClock)
      await leads.start(lead, nineOClock)
      expect(await bench.startsOf(lead)).toBe(1)
    } finally {
      await connection.close()
    }
  })

  it('says so when there is no server, instead of hanging', async () => {
    const connection = Connection.lazy({ address: `127.0.0.1:${await freePort()}` })
    const options = { db: bench.db, now: () => nineOClock, answerWithinMs: 500 }
    const leads = createLeadWorkflows(new Client({ connection }), 'leads', options)
    const lead = await receiveLead(bench.db)
    await expect(leads.start(lead, nineOClock)).rejects.toThrow(LeadUnreachable)
    const said = { requestId: 'seen', actor: { id: 'ana', role: 'rep' } } as const
    await expect(leads.send(lead, 'acknowledge', said)).rejects.toThrow(LeadUnreachable)
  })
})

/** The real client and server, and a worker that can be stopped; the stand-in has no activities, so rows are set here. */
async function standInBench(): Promise<Bench & { client: Client; db: Pool }> {
  const database = await databaseFromTemplate()
  const db = connect(database.url, 5)
  await publishPolicy(db)
  await employ(db, 'ana', 'ben')
  const address = inject('temporalAddress')
  const connection = await Connection.connect({ address })
  const client = new Client({ connection })
  const taskQueue = `stand-ins-${randomUUID()}`
  const publicUrl = 'https://leads.example.com'
  const options = { db, now: () => nineOClock, publicUrl, answerWithinMs: 2_000 }
  const leads = createLeadWorkflows(client, taskQueue, options)
  const workflowsPath = fileURLToPath(new URL('./lead-stand-in.ts', import.meta.url))
  const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') })
  const worker = await createStoppableWorker(address, { taskQueue, workflowBundle })
  const handleOf = (lead: LeadId) => client.workflow.getHandle(workflowIdOf(lead))

  async function submitted(): Promise<LeadId> {
    return receiveLead(db)
  }

  return {
    db,
    client,
    leads: {
      ...leads,
      async send(lead, name, payload) {
        const sent = await leads.send(lead, name, payload)
        // The lead's own workflow closes its row before it answers; the stand-in cannot.
        if ('ok' in sent && sent.ok && sent.status === 'closed') await closeLead(db, lead, 'converted')
        return sent
      },
    },
    receivedAtMs: nineOClock,
    submitted,
    async assigned(owner) {
      const lead = await submitted()
      await leads.start(lead, nineOClock)
      await assignLead(db, lead, owner)
      return lead
    },
    silence: worker.stop,
    wake: worker.start,
    startsOf: lead => countRuns(client, lead),
    acknowledgementsOf: lead => handleOf(lead).query(acknowledgementsQuery),
    async close() {
      await worker.close()
      await connection.close()
      await db.end()
      await database.drop()
    },
  }
}
