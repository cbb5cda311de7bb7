/** A sales desk for tests of the workflow: a time-skipping Temporal server, a Postgres of its own, real activities. */
import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import type { WorkflowHandle } from '@temporalio/client'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { TestWorkflowEnvironment } from '@temporalio/testing'
import { Worker } from '@temporalio/worker'
import { inject } from 'vitest'
import { createActivities } from '../../activities/index.js'
import { createLeadWorkflows } from '../../api/lead-workflows.js'
import { createBuiltInCrm } from '../../adapters/crm/built-in.js'
import type { Email, Mail } from '../../adapters/notify/port.js'
import { timelineOf } from '../../db/events.js'
import { loadPeople } from '../../db/people.js'
import { loadPolicy } from '../../db/policies.js'
import { connect, execute, type Pool, sql } from '../../db/sql.js'
import { type EpochMs, instant, type LeadId } from '../../domain/ids.js'
import { type Answer, type MessageName, payloads } from '../../domain/messages.js'
import { tellLeave } from '../../worker/leave-teller.js'
import { leadWorkflow, taskQueue, workflowIdOf } from '../../workflows/ids.js'
import { searchAttributes } from '../../workflows/search-attributes.js'
import { databaseFromTemplate } from '../setup/database.js'
import { submitted } from '../setup/submitted.js'
import { people, policy } from './desk-documents.js'

export type Desk = {
  db: Pool
  mails: Email[]
  /** A lead comes in; its workflow starts. */
  submit(body: Record<string, unknown>, options?: { historyMost?: number }): Promise<LeadId>
  /** Says something to the lead and waits for its answer. */
  say(
    lead: LeadId,
    name: MessageName,
    payload?: Record<string, unknown>,
    by?: string,
    role?: string,
  ): Promise<Answer>
  /** The same as the HTTP API says it: as a Signal, whose answer is then asked for. */
  post(
    lead: LeadId,
    name: MessageName,
    payload?: Record<string, unknown>,
    by?: string,
    role?: string,
  ): Promise<Answer>
  /** Says to the leave's workflow that its row has changed, as the relay does. */
  tellLeave(leave: string): Promise<void>
  /** Lets business time pass. */
  pass(minutes: number): Promise<void>
  /** Waits, bounded, until the timeline has an event of this kind (the n-th of it). */
  until(lead: LeadId, kind: string, times?: number): Promise<void>
  kinds(lead: LeadId): Promise<string[]>
  story(lead: LeadId): ReturnType<typeof timelineOf>
  handle(lead: LeadId): WorkflowHandle
  workflow(id: string): WorkflowHandle
  write(requestId: string, lead: LeadId, body: unknown): Promise<void>
  now(): Promise<EpochMs>
  /** Keeps the lead's history for the replay test, when a release is recorded (LEADLINE_RECORD=1). */
  keepHistory(scenario: string, lead: LeadId): Promise<void>
  close(): Promise<void>
}

export async function openDesk(documents: { policy?: string; people?: string } = {}): Promise<Desk> {
  const database = await databaseFromTemplate()
  const db = connect(database.url)
  const env = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path: inject('testServerPath') } },
  })
  await env.connection.operatorService.addSearchAttributes({
    namespace: env.namespace ?? 'default',
    searchAttributes: Object.fromEntries(searchAttributes.map(({ name, number }) => [name, number])),
  })
  const atMs = instant(await env.currentTimeMs())
  const staff = await loadPeople(db, {
    document: documents.people ?? people,
    fileName: 'people.yaml',
    by: 'test',
    atMs,
  })
  if (!staff.ok) throw new Error(JSON.stringify(staff.errors))
  const rules = await loadPolicy(db, {
    document: documents.policy ?? policy,
    fileName: 'policy.yaml',
    by: 'test',
    reason: 'test',
    atMs,
  })
  if (!rules.ok) throw new Error(JSON.stringify(rules.errors))

  const mails: Email[] = []
  const mail: Mail = { from: 'leads@leadline.test', send: async email => void mails.push(email) }
  const bundle = inject('workflowBundlePath')
  if (bundle === null) throw new Error('the workflow bundle is missing')
  const worker = await Worker.create({
    connection: env.nativeConnection,
    namespace: env.namespace,
    taskQueue,
    workflowBundle: { codePath: bundle },
    activities: createActivities({ db, crm: createBuiltInCrm(db), mail }),
  })
  const running = worker.run()

  const leads = createLeadWorkflows(env.client, taskQueue, { db, now: () => atMs })
  const handle = (lead: LeadId) => env.client.workflow.getHandle(workflowIdOf(lead))
  const story = (lead: LeadId) => timelineOf(db, lead)
  const kinds = async (lead: LeadId) => (await story(lead)).map(({ kind }) => kind)
  return {
    db,
    mails,
    handle,
    workflow: id => env.client.workflow.getHandle(id),
    story,
    kinds,
    now: async () => instant(await env.currentTimeMs()),
    async submit(body, options = {}) {
      const receivedAtMs = instant(await env.currentTimeMs())
      const lead = await submitted(db, body, receivedAtMs)
      await env.client.workflow.start(leadWorkflow, {
        workflowId: workflowIdOf(lead),
        taskQueue,
        args: [{ leadId: lead, receivedAtMs, ...options }],
      })
      return lead
    },
    async say(lead, name, payload = {}, by = 'ana', role = 'rep') {
      const atMs = instant(await env.currentTimeMs())
      const args = { requestId: randomUUID(), actor: { id: by, role }, atMs, ...payload }
      return handle(lead).executeUpdate<Answer, [unknown]>(name, { args: [args] })
    },
    async post(lead, name, payload = {}, by = 'ana', role = 'rep') {
      const atMs = instant(await env.currentTimeMs())
      const args = { requestId: randomUUID(), actor: { id: by, role }, atMs, ...payload }
      const sent = await leads.send(lead, name, payloads[name].parse(args))
      if ('pending' in sent) throw new Error(`${name}: the lead gave no answer`)
      return sent
    },
    tellLeave: leave => tellLeave({ db, client: env.client, now: () => atMs }, leave),
    pass: minutes => env.sleep(minutes * 60_000),
    async until(lead, kind, times = 1) {
      for (let tries = 0; tries < 200; tries += 1) {
        if ((await kinds(lead)).filter(known => known === kind).length >= times) return
        await new Promise(resolve => setTimeout(resolve, 50))
      }
      throw new Error(`no ${kind} on the timeline: ${(await kinds(lead)).join(', ')}`)
    },
    async write(requestId, lead, body) {
      await execute(
        db,
        sql`insert into notes (request_id, lead_id, actor, body, at)
            values (${requestId}, ${lead}, 'test', ${JSON.stringify(body)}, now())`,
      )
    },
    async keepHistory(scenario, lead) {
      if (process.env.LEADLINE_RECORD !== '1') return
      const history = await handle(lead).fetchHistory()
      await writeFile(new URL(`../histories/${scenario}.json`, import.meta.url), historyToJSON(history))
    },
    async close() {
      worker.shutdown()
      await running
      await env.teardown()
      await db.end()
      await database.drop()
    },
  }
}
