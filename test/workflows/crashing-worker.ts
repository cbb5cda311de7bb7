/**
 * For tests of crashes, a process of its own: the product's worker, relay, activities and adapters, on a database, a CRM
 * and a mail server that are watched from outside. Where its orders say so it halts for good until it is killed; the
 * database, Temporal and the mail server cannot tell that from having died on the spot. So one kill ends many leads,
 * each at a place of its own. A place in a workflow task cannot wait: there the process kills itself.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { appendFileSync } from 'node:fs'
import { activityInfo, heartbeat } from '@temporalio/activity'
import { Client } from '@temporalio/client'
import { DefaultLogger, type LogEntry, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import type { PoolClient } from 'pg'
import pino from 'pino'
import type { Sql } from 'sql-template-tag'
import { z } from 'zod'
import { type Activities, createActivities } from '../../activities/index.js'
import { createBuiltInCrm } from '../../adapters/crm/built-in.js'
import type { Crm } from '../../adapters/crm/port.js'
import type { Mail } from '../../adapters/notify/port.js'
import { createSmtpMail } from '../../adapters/notify/smtp.js'
import { createLeadWorkflows, type LeadWorkflows } from '../../api/lead-workflows.js'
import { connect, type Pool } from '../../db/sql.js'
import { leadId, type LeadId } from '../../domain/ids.js'
import { now } from '../../worker/clock.js'
import { startRelay } from '../../worker/relay.js'
import { createWorker } from '../../worker/worker.js'
import { taskQueue, workflowIdOf } from '../../workflows/ids.js'

const place = z.discriminatedUnion('in', [
  z.object({
    in: z.literal('step'),
    /** An activity's name, or what the relay does: `start`, `copy`. */
    step: z.string(),
    /** The first such moment; of several transactions that commit, the first one, or the one that `of` names. */
    moment: z.enum(['starts', 'commits', 'saved', 'mails', 'mailed', 'returns']),
    /** A part of a statement. */
    of: z.string().optional(),
    /** Only on this hop. */
    hop: z.int().optional(),
  }),
  /** When a workflow task that says this has run, and the server has not heard of it. */
  z.object({ in: z.literal('task'), says: z.string() }),
])
export type Place = z.infer<typeof place>
type Moment = Extract<Place, { in: 'step' }>['moment']

const orders = z.object({
  databaseUrl: z.string(),
  temporalAddress: z.string(),
  namespace: z.string(),
  bundle: z.string(),
  smtpUrl: z.string(),
  /** The file grows by a byte when somebody dies there. */
  halts: z.array(z.object({ lead: leadId, place, file: z.string() })),
})
export type Orders = z.infer<typeof orders>

/** What is being done for which lead. */
type Running = { step: string; lead: LeadId; hop: number | null }

/** Whoever halts here is alive, as far as the server can see, until the kill (short-patience.ts). */
const heartbeatMs = 1_000

/** Whoever halts keeps its place: the product's worker has ten of each kind, and ten leads would bring it to a stop. */
const room = {
  maxConcurrentWorkflowTaskExecutions: 60,
  maxConcurrentActivityTaskExecutions: 60,
  maxConcurrentLocalActivityExecutions: 60,
}
/** A halt in a transaction keeps one, and so does whoever waits for what that holds. */
const connections = 45

const given = orders.parse(JSON.parse(process.argv[2] ?? ''))
const running = new AsyncLocalStorage<Running>()
const halted = new Set<string>()

// Whoever started it is gone: nobody would kill it any more.
process.stdin.resume().once('end', () => process.kill(process.pid, 'SIGKILL'))
// Not by way of the product's log, which the SDK fills from a buffer: by then the server has heard.
Runtime.install({ logger: new DefaultLogger('DEBUG', dieInTask) })
const connection = await NativeConnection.connect({ address: given.temporalAddress })
const client = new Client({ connection, namespace: given.namespace })
const db = watchedPool(connect(given.databaseUrl, connections))
const crm = watchedCrm(createBuiltInCrm(connect(given.databaseUrl)))
const mail = watchedMail(createSmtpMail({ url: given.smtpUrl, from: 'sales@example.com' }))
const create = Worker.create.bind(Worker)
Worker.create = options => create({ ...options, ...room })
const worker = await createWorker({
  connection,
  namespace: given.namespace,
  activities: watchedActivities(createActivities({ db, crm, mail })),
  workflowBundle: { codePath: given.bundle },
})
const leads = watchedStart(createLeadWorkflows(client, taskQueue, { db, now }))
startRelay({ db, client, leads, now, log: pino({ level: 'silent' }) })
await worker.run()

/** Never returns where the orders say that this is the end. */
async function pass(moment: Moment, here = running.getStore(), statements: string[] = []): Promise<void> {
  const halt = given.halts.find(
    ({ lead, place }) =>
      place.in === 'step' &&
      lead === here?.lead &&
      place.step === here.step &&
      place.moment === moment &&
      (place.hop === undefined || place.hop === here.hop) &&
      (place.of === undefined || statements.some(statement => statement.includes(place.of ?? ''))),
  )
  if (halt === undefined) return
  note(halt.file)
  await new Promise(() => {})
}

function note(file: string): void {
  halted.add(file)
  appendFileSync(file, '.')
}

/** Who has died cannot try again; a second try here would only take the room of another step. */
function isDeadTo(lead: LeadId, step: string): boolean {
  return given.halts.some(
    ({ lead: dead, place, file }) =>
      dead === lead && place.in === 'step' && place.step === step && halted.has(file),
  )
}

/** What workflow code logs comes by here when a task has run, before the server is told what it asks for. */
function dieInTask({ message, meta }: LogEntry): void {
  const halt = given.halts.find(
    ({ lead, place }) =>
      place.in === 'task' && place.says === message && meta?.workflowId === workflowIdOf(lead),
  )
  if (halt === undefined) return
  note(halt.file)
  process.kill(process.pid, 'SIGKILL')
}

function watchedActivities(real: Activities): Activities {
  const watched =
    <Input extends { lead: LeadId; hop?: number }, Result>(
      step: string,
      activity: (input: Input) => Promise<Result>,
    ) =>
    (input: Input) =>
      running.run({ step, lead: input.lead, hop: input.hop ?? null }, async () => {
        if (isDeadTo(input.lead, step)) throw new Error('as good as dead')
        const beating = activityInfo().isLocal ? undefined : setInterval(heartbeat, heartbeatMs)
        try {
          const result = await activity(input)
          await pass('returns')
          return result
        } finally {
          clearInterval(beating)
        }
      })
  return {
    prepare: watched('prepare', real.prepare),
    acknowledgeProspect: watched('acknowledgeProspect', real.acknowledgeProspect),
    enrich: watched('enrich', real.enrich),
    route: watched('route', real.route),
    record: watched('record', real.record),
    saveToCrm: watched('saveToCrm', real.saveToCrm),
    tell: watched('tell', real.tell),
    openReview: watched('openReview', real.openReview),
    openReassignment: watched('openReassignment', real.openReassignment),
    openHandoff: watched('openHandoff', real.openHandoff),
    sendMeetingLink: watched('sendMeetingLink', real.sendMeetingLink),
    openPause: watched('openPause', real.openPause),
    startClock: watched('startClock', real.startClock),
    resumeClocks: watched('resumeClocks', real.resumeClocks),
    adoptPolicy: watched('adoptPolicy', real.adoptPolicy),
    splitSubmission: watched('splitSubmission', real.splitSubmission),
    eraseLead: watched('eraseLead', real.eraseLead),
    readLeave: real.readLeave,
    leadsOnLeave: real.leadsOnLeave,
    acceptSubmission: watched('acceptSubmission', real.acceptSubmission),
    closeLead: watched('closeLead', real.closeLead),
  }
}

function watchedStart(real: LeadWorkflows): Pick<LeadWorkflows, 'start'> {
  return {
    start: (lead, receivedAtMs) =>
      running.run({ step: 'start', lead, hop: null }, async () => {
        await pass('starts')
        await real.start(lead, receivedAtMs)
      }),
  }
}

function watchedCrm(real: Crm): Crm {
  return {
    ...real,
    async saveLead(lead) {
      await real.saveLead(lead)
      await pass('saved')
    },
  }
}

function watchedMail(real: Mail): Mail {
  return {
    ...real,
    async send(email) {
      await pass('mails')
      await real.send(email)
      await pass('mailed')
    },
  }
}

type Query = string | Sql

/** The pool as activities and relay use it: `connect` for transactions, `query` for a statement that commits itself. */
function watchedPool(pool: Pool): Pool {
  return new Proxy(pool, {
    get(target, name) {
      if (name === 'connect') return async () => watchedClient(await target.connect())
      if (name === 'query') {
        return async (query: Query) => {
          const isWrite = /^\s*(insert|update)/.test(textOf(query))
          if (isWrite) await pass('commits', running.getStore(), [textOf(query)])
          return target.query(query)
        }
      }
      return memberOf(target, name)
    },
  })
}

function watchedClient(client: PoolClient): PoolClient {
  const statements: string[] = []
  let copied: Running | undefined
  return new Proxy(client, {
    get(target, name) {
      if (name !== 'query') return memberOf(target, name)
      return async (query: Query) => {
        // The relay copies outside of any step; the statement says of which lead.
        if (typeof query === 'object' && query.text.includes('insert into histories'))
          copied = { step: 'copy', lead: leadId.parse(query.values[2]), hop: null }
        statements.push(textOf(query))
        if (query === 'commit') await pass('commits', running.getStore() ?? copied, statements)
        return target.query(query)
      }
    },
  })
}

function textOf(query: Query): string {
  return typeof query === 'string' ? query : query.text
}

/** The pool's own methods must find the pool, not its watcher, behind `this`. */
function memberOf(target: object, name: string | symbol): unknown {
  const member: unknown = Reflect.get(target, name)
  return typeof member === 'function' ? member.bind(target) : member
}
