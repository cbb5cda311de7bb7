/** The contract once more, with the leads that sales has: the real workflow, its activities and a policy. */
import { randomUUID } from 'node:crypto'
import { Client, Connection } from '@temporalio/client'
import { DefaultLogger, Runtime } from '@temporalio/worker'
import { expect, inject } from 'vitest'
import { createActivities } from '../../activities/index.js'
import { createBuiltInCrm } from '../../adapters/crm/built-in.js'
import { createLeadWorkflows } from '../../api/lead-workflows.js'
import { timelineOf } from '../../db/events.js'
import { leadOutcome } from '../../db/leads.js'
import { loadPeople } from '../../db/people.js'
import { loadPolicy } from '../../db/policies.js'
import { connect, type Pool } from '../../db/sql.js'
import { type EpochMs, instant, type LeadId } from '../../domain/ids.js'
import { databaseFromTemplate } from '../setup/database.js'
import { submitted } from '../setup/submitted.js'
import { people, policy } from '../workflows/desk-documents.js'
import { leadWorkflowsContract } from './lead-workflows-contract.js'
import { countRuns } from './runs.js'
import { createStoppableWorker } from './stoppable-worker.js'

Runtime.install({ logger: new DefaultLogger('ERROR') })

leadWorkflowsContract('of the leads that sales has', async () => {
  const workflowBundlePath = inject('workflowBundlePath')
  if (workflowBundlePath === null) throw new Error('there is no workflow')
  const database = await databaseFromTemplate()
  const db = connect(database.url, 10)
  // Some minutes ago: a lead counts nothing that is said to it from the future.
  const receivedAtMs = instant(Date.now() - 20 * 60_000)
  await loadDocuments(db, receivedAtMs)
  const address = inject('temporalAddress')
  const connection = await Connection.connect({ address })
  const client = new Client({ connection })
  const taskQueue = `leads-${randomUUID()}`
  const leads = createLeadWorkflows(client, taskQueue, {
    db,
    now: () => instant(Date.now()),
    answerWithinMs: 4_000,
  })
  const worker = await createStoppableWorker(address, {
    taskQueue,
    workflowBundle: { codePath: workflowBundlePath },
    activities: createActivities({
      db,
      crm: createBuiltInCrm(db),
      mail: { from: 'leads@leadline.test', send: async () => {} },
    }),
  })

  const acknowledged = async (lead: LeadId) =>
    (await timelineOf(db, lead)).filter(({ kind }) => kind === 'acknowledged').map(({ atMs }) => atMs)

  return {
    db,
    leads,
    receivedAtMs,
    submitted: () => submitted(db, somebody(), receivedAtMs),
    async assigned(owner) {
      const lead = await submitted(db, { ...somebody(), product: `for-${owner}` }, receivedAtMs)
      await leads.start(lead, receivedAtMs)
      await expect.poll(async () => (await leadOutcome(db, lead))?.owner?.id, { timeout: 20_000 }).toBe(owner)
      return lead
    },
    silence: worker.stop,
    wake: worker.start,
    startsOf: lead => countRuns(client, lead),
    async acknowledgementsOf(lead) {
      await expect.poll(() => acknowledged(lead), { timeout: 20_000 }).not.toEqual([])
      return acknowledged(lead)
    },
    async close() {
      await worker.close()
      await connection.close()
      await db.end()
      await database.drop()
    },
  }
})

async function loadDocuments(db: Pool, atMs: EpochMs): Promise<void> {
  const loads = [
    await loadPeople(db, { document: people, fileName: 'people.yaml', by: 'test', atMs }),
    await loadPolicy(db, { document: policy, fileName: 'policy.yaml', by: 'test', reason: 'test', atMs }),
  ]
  for (const load of loads) if (!load.ok) throw new Error(JSON.stringify(load.errors))
}

/** Somebody new: nobody's duplicate. */
function somebody() {
  const id = randomUUID()
  return { name: `Person ${id}`, email: `${id}@${id}.example`, country: 'GB' }
}
