/** A sales desk of its own for tests of crashes: Postgres, a namespace of Temporal, mail, and workers to be killed. */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client, Connection } from '@temporalio/client'
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker'
import { inject } from 'vitest'
import { z } from 'zod'
import type { Envelope } from '../../api/act.js'
import { createLeadWorkflows } from '../../api/lead-workflows.js'
import { loadPeople } from '../../db/people.js'
import { loadPolicy } from '../../db/policies.js'
import { keepNote, type Note } from '../../db/notes.js'
import { connect, type Pool, rows, sql } from '../../db/sql.js'
import type { EpochMs, LeadId } from '../../domain/ids.js'
import type { MessageName, Payload } from '../../domain/messages.js'
import { now } from '../../worker/clock.js'
import { type MailCatcher, startMailCatcher } from '../../worker/embedded/mail-catcher.js'
import { prepareNamespace } from '../../worker/namespace.js'
import { taskQueue, workflowIdOf } from '../../workflows/ids.js'
import { signalOf } from '../../workflows/messages.js'
import { databaseFromTemplate } from '../setup/database.js'
import { freePort } from '../setup/ports.js'
import { submitted } from '../setup/submitted.js'
import type { Orders } from './crashing-worker.js'
import { people } from './desk-documents.js'

export type CrashingDesk = {
  folder: string
  db: Pool
  temporal: Client
  catcher: MailCatcher
  /** Starts the lead's workflow, as intake does. */
  start(lead: LeadId, receivedAtMs: EpochMs): Promise<void>
  /** A submission whose workflow is started at once. */
  submit(body: Record<string, unknown>): Promise<LeadId>
  /** The manager says it, by the API's own way to a lead. The answer may be lost with the worker, what was said may not. */
  say<Name extends MessageName>(
    lead: LeadId,
    name: Name,
    payload: (envelope: Envelope) => Payload<Name>,
    text?: Note,
  ): Promise<void>
  /** The manager says it past the API, as a chat button does. */
  signal<Name extends MessageName>(
    lead: LeadId,
    name: Name,
    payload: (envelope: Envelope) => Payload<Name>,
  ): Promise<void>
  /** Waits, bounded, until the timeline has an event of this kind (the n-th of it). */
  until(lead: LeadId, kind: string, times?: number): Promise<void>
  /** Starts a worker that halts at these places. */
  work(halts: Orders['halts']): DoomedWorker
  close(): Promise<void>
}

type DoomedWorker = {
  hasEnded(): boolean
  /** @throws where it had ended otherwise, with its last words */
  kill(): Promise<void>
}

const manager = { id: 'mara', role: 'manager' } as const
const storySeconds = process.env.LEADLINE_PROVE === '1' ? 400 : 150
const answerWithinMs = 2_000
const pollMs = 400

/** The workflows with a shorter patience, as one file. */
export async function bundleInto(folder: string): Promise<string> {
  const fileOf = (name: string) => fileURLToPath(new URL(name, import.meta.url))
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileOf('../../workflows/index.ts'),
    workflowInterceptorModules: [fileURLToPath(new URL('./short-patience.ts', import.meta.url))],
    logger: new DefaultLogger('WARN'),
  })
  await writeFile(join(folder, 'workflows.js'), code)
  return join(folder, 'workflows.js')
}

/** @param given `folder`: of the desk's own, for its mail and for what is known of its deaths */
export async function openCrashingDesk(given: {
  folder: string
  bundle: string
  policy: string
}): Promise<CrashingDesk> {
  const { folder, bundle, policy: document } = given
  await mkdir(folder, { recursive: true })
  const database = await databaseFromTemplate()
  const db = connect(database.url)
  const about = { by: 'test', atMs: now() }
  const staff = await loadPeople(db, { document: people, fileName: 'people.yaml', ...about })
  const rules = await loadPolicy(db, { document, fileName: 'policy.yaml', reason: 'test', ...about })
  if (!staff.ok || !rules.ok) throw new Error(JSON.stringify([staff, rules]))

  const namespace = `crash-${randomUUID()}`
  const connection = await Connection.connect({ address: inject('temporalAddress') })
  await prepareNamespace(connection, namespace, { days: 90, given: false })
  const temporal = new Client({ connection, namespace })
  const leads = createLeadWorkflows(temporal, taskQueue, { db, now, answerWithinMs })
  const smtp = { key: 'smtp', port: await freePort(), given: true }
  const catcher = await startMailCatcher(join(folder, 'mail'), smtp)
  const workers: DoomedWorker[] = []

  return {
    folder,
    db,
    temporal,
    catcher,
    start: leads.start,
    async submit(body) {
      const receivedAtMs = now()
      const lead = await submitted(db, body, receivedAtMs)
      await leads.start(lead, receivedAtMs)
      return lead
    },
    async say(lead, name, payload, text) {
      const envelope = { requestId: randomUUID(), actor: manager, atMs: now() }
      if (text !== undefined) await keepNote(db, { ...envelope, lead, actor: manager.id, body: text })
      await leads.send(lead, name, payload(envelope))
    },
    async signal(lead, name, payload) {
      const said = payload({ requestId: randomUUID(), actor: manager, atMs: now() })
      await temporal.workflow.getHandle(workflowIdOf(lead)).signal(signalOf(name), said)
    },
    async until(lead, kind, times = 1) {
      const query = sql`select kind from events where lead_id = ${lead} order by seq`
      let kinds: string[] = []
      for (let waitedMs = 0; waitedMs < storySeconds * 1_000; waitedMs += pollMs) {
        kinds = (await rows(db, z.object({ kind: z.string() }), query)).map(event => event.kind)
        if (kinds.filter(known => known === kind).length >= times) return
        await sleep(pollMs)
      }
      throw new Error(`no ${kind} on the timeline: ${kinds.join(', ')}`)
    },
    work(halts) {
      const worker = startWorker({
        databaseUrl: database.url,
        temporalAddress: inject('temporalAddress'),
        namespace,
        bundle,
        smtpUrl: catcher.url,
        halts,
      })
      workers.push(worker)
      return worker
    },
    async close() {
      for (const worker of workers) await worker.kill()
      await catcher.stop()
      await connection.close()
      await db.end()
      await database.drop()
    },
  }
}

const program = fileURLToPath(new URL('./crashing-worker.ts', import.meta.url))

function startWorker(orders: Orders): DoomedWorker {
  const child = spawn(process.execPath, ['--import', 'tsx', program, JSON.stringify(orders)], {
    env: { PATH: process.env.PATH ?? '' },
    // Its input closes when this process ends, by whatever cause: then it ends too.
    stdio: ['pipe', 'ignore', 'pipe'],
  })
  let words = ''
  child.stderr.on('data', chunk => {
    words = `${words}${String(chunk)}`.slice(-4_000)
  })
  const ended = new Promise<void>(resolve => child.once('close', () => resolve()))
  return {
    hasEnded: () => child.exitCode !== null || child.signalCode !== null,
    async kill() {
      child.kill('SIGKILL')
      await ended
      if (child.exitCode !== null) throw new Error(`the worker ended by itself: ${words}`)
    },
  }
}
