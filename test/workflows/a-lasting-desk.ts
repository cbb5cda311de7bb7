/**
 * A sales desk on a server that keeps what is over: the HTTP API with its own workflows, a worker, and the relay's two
 * turns, each when the test asks for it. Its clock is the real one, and nothing waits for it.
 */
import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { Client, Connection } from '@temporalio/client'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { DefaultLogger, Runtime } from '@temporalio/worker'
import pino from 'pino'
import { inject } from 'vitest'
import { z } from 'zod'
import { createActivities } from '../../activities/index.js'
import { createBuiltInCrm } from '../../adapters/crm/built-in.js'
import type { Email } from '../../adapters/notify/port.js'
import { createApi } from '../../api/app.js'
import { createLeadWorkflows } from '../../api/lead-workflows.js'
import { createOutcomeWatch } from '../../api/outcome-watch.js'
import { linkToWorkflow } from '../../api/workflow-link.js'
import { verify } from '../../cli/verification.js'
import { mintKey } from '../../db/access.js'
import { type TimelineEvent, timelineOf } from '../../db/events.js'
import { loadPeople } from '../../db/people.js'
import { loadPolicy } from '../../db/policies.js'
import { connect, type Pool } from '../../db/sql.js'
import { instant, type LeadId, leadId } from '../../domain/ids.js'
import { createCopier, createStarter } from '../../worker/relay.js'
import { workflowIdOf } from '../../workflows/ids.js'
import { createStoppableWorker } from '../api/stoppable-worker.js'
import { databaseFromTemplate } from '../setup/database.js'
import { people, policy } from './desk-documents.js'

Runtime.install({ logger: new DefaultLogger('ERROR') })

type Body = Record<string, unknown>
type Posted = { status: number; body: Body }

export type LastingDesk = {
  db: Pool
  client: Client
  mails: Email[]
  /** A lead comes in by the API. */
  submit(body: Body): Promise<LeadId>
  /** As an administrator; `key` is the Idempotency-Key. */
  post(path: string, body?: Body, key?: string): Promise<Posted>
  get(path: string): Promise<Posted>
  story(lead: LeadId): Promise<TimelineEvent[]>
  kinds(lead: LeadId): Promise<string[]>
  /** Waits, bounded, until the timeline has an event of this kind (the n-th of it). */
  until(lead: LeadId, kind: string, times?: number): Promise<void>
  /** Waits, bounded, until the present run of the lead has ended, with what it returned. */
  ended(lead: LeadId): Promise<unknown>
  /** What the relay does in one of its rounds. */
  startWhatWaits(): Promise<void>
  copyWhatEnded(): Promise<void>
  /** Stops the worker and starts it again. */
  worker: { stop(): Promise<void>; start(): Promise<void> }
  findings(): Promise<string[]>
  keepHistory(scenario: string, lead: LeadId): Promise<void>
  close(): Promise<void>
}

export async function openLastingDesk(
  more: { policy?: (document: string) => string } = {},
): Promise<LastingDesk> {
  const database = await databaseFromTemplate()
  const db = connect(database.url)
  const now = () => instant(Date.now())
  const load = { by: 'test', atMs: instant(Date.now() - 60_000) }
  const document = (more.policy ?? (same => same))(policy)
  const loads = [
    await loadPeople(db, { ...load, document: people, fileName: 'people.yaml' }),
    await loadPolicy(db, { ...load, document, fileName: 'policy.yaml', reason: 'test' }),
  ]
  for (const loaded of loads) if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))

  const address = inject('temporalAddress')
  const connection = await Connection.connect({ address })
  const client = new Client({ connection })
  const taskQueue = `lasting-${randomUUID()}`
  const leads = createLeadWorkflows(client, taskQueue, { db, now })
  const mails: Email[] = []
  const codePath = inject('workflowBundlePath')
  if (codePath === null) throw new Error('the workflow bundle is missing')
  const worker = await createStoppableWorker(address, {
    taskQueue,
    workflowBundle: { codePath },
    activities: createActivities({
      db,
      crm: createBuiltInCrm(db),
      mail: { from: 'leads@leadline.test', send: async email => void mails.push(email) },
    }),
  })
  const watch = createOutcomeWatch(database.url)
  const publicUrl = 'http://leads.example.com'
  const ready = async () => ({ ready: true, checks: {} })
  const workflowOf = (lead: LeadId) => linkToWorkflow(lead, 'default', null)
  const app = createApi({ db, leads, watch, now, publicUrl, workflowOf, ready })
  const key = await mintKey(db, { name: 'root', role: 'administrator', rep: null })
  const relay = { db, client, leads, now: () => instant(Date.now() + 60_000), log: pino({ level: 'silent' }) }

  async function call(
    path: string,
    request: { method: string; body?: string; headers?: Body },
  ): Promise<Posted> {
    const headers = new Headers({ authorization: `Bearer ${key}`, 'content-type': 'application/json' })
    for (const [name, value] of Object.entries(request.headers ?? {})) headers.set(name, String(value))
    const { method, body } = request
    const answered = await app.request(path, { method, headers, ...(body === undefined ? {} : { body }) })
    return { status: answered.status, body: z.record(z.string(), z.unknown()).parse(await answered.json()) }
  }

  const story = (lead: LeadId) => timelineOf(db, lead)
  const kinds = async (lead: LeadId) => (await story(lead)).map(({ kind }) => kind)
  const post: LastingDesk['post'] = (path, body, name) =>
    call(path, {
      method: 'POST',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(name === undefined ? {} : { headers: { 'idempotency-key': name } }),
    })
  return {
    db,
    client,
    mails,
    post,
    story,
    kinds,
    get: path => call(path, { method: 'GET' }),
    async submit(body) {
      const posted = await post('/v1/leads', { source: 'contact-form', ...body })
      return leadId.parse(posted.body.leadId)
    },
    async until(lead, kind, times = 1) {
      for (let tries = 0; tries < 300; tries += 1) {
        if ((await kinds(lead)).filter(known => known === kind).length >= times) return
        await new Promise(resolve => setTimeout(resolve, 50))
      }
      throw new Error(`no ${kind} on the timeline: ${(await kinds(lead)).join(', ')}`)
    },
    ended: lead => client.workflow.getHandle(workflowIdOf(lead)).result(),
    async startWhatWaits() {
      await createStarter(relay)()
    },
    async copyWhatEnded() {
      await createCopier(relay)()
    },
    worker,
    async findings() {
      const { findings } = await verify({ db, temporal: client }, null)
      return findings.map(({ lead, invariant, what }) => `${lead} ${invariant}: ${what}`)
    },
    async keepHistory(scenario, lead) {
      if (process.env.LEADLINE_RECORD !== '1') return
      const history = await client.workflow.getHandle(workflowIdOf(lead)).fetchHistory()
      // Neither the machine nor the queue of this run has a part in the story.
      const json = historyToJSON(history)
        .replaceAll(taskQueue, 'leads')
        .replaceAll(/"\d+@[^"]*"/g, '"recorder"')
      await writeFile(new URL(`../histories/${scenario}.json`, import.meta.url), json)
    },
    async close() {
      await watch.close()
      await worker.close()
      await connection.close()
      await db.end()
      await database.drop()
    },
  }
}
