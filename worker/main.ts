/** Starts and stops what one process is: the servers that it brings, the worker, the relay, the API. */
import { setTimeout as sleep } from 'node:timers/promises'
import { OpenAPIHono } from '@hono/zod-openapi'
import { acknowledgeLinkOf } from '../api/acknowledge-link.js'
import { createActivities } from '../activities/index.js'
import { createBuiltInCrm } from '../adapters/crm/built-in.js'
import { createSmtpMail } from '../adapters/notify/smtp.js'
import { createApi } from '../api/app.js'
import { type ApiEnv, createIdentify } from '../api/auth.js'
import { addHealth } from '../api/health.js'
import { createLeadWorkflows, type LeadWorkflows } from '../api/lead-workflows.js'
import { createOutcomeWatch } from '../api/outcome-watch.js'
import { linkToWorkflow } from '../api/workflow-link.js'
import { type Config, version } from '../config.js'
import { migrate } from '../db/migrate.js'
import type { Pool } from '../db/sql.js'
import type { LeadId } from '../domain/ids.js'
import { taskQueue } from '../workflows/ids.js'
import { workflowBundle } from './bundle.js'
import { CannotStart } from './cannot-start.js'
import { now } from './clock.js'
import { turnLog } from './embedded/child.js'
import { holdFolder } from './embedded/instance.js'
import type { MailCatcher } from './embedded/mail-catcher.js'
import { mailPages } from './embedded/mail-pages.js'
import { sayPort, startServers } from './embedded/servers.js'
import { type Door, openDoor } from './http.js'
import { installRuntime, type Log, logFileOf, namesOf, openLog } from './log.js'
import { prepareNamespace } from './namespace.js'
import {
  createReadiness,
  databaseAnswers,
  databaseIsMigrated,
  NotReady,
  policyIsLoaded,
  type Readiness,
  runChecks,
  temporalAnswers,
} from './ready.js'
import { startRelay } from './relay.js'
import { findServers, openDatabase, openTemporal, type Servers, type Temporal } from './servers.js'
import { createShutdown, type Shutdown } from './shutdown.js'
import { createWorker, databaseConnections, graceSeconds } from './worker.js'

/** Something worth a line on the terminal. */
export type Say = (line: string) => void

export type Running = {
  url: string
  db: Pool
  uiUrl: string | null
  mailIsCaught: boolean
  /** Resolves, with the reason, when the process cannot go on. */
  broken: Promise<string>
  stop: () => Promise<void>
}

const readySeconds = 60

/**
 * All in one process, on one data folder: `leadline start`. `whenPrepared` runs between the migrations and the first
 * request.
 * @throws CannotStart
 */
export async function startAll(
  settings: Config,
  say: Say,
  whenPrepared: (db: Pool) => Promise<void>,
): Promise<Running> {
  return orStopAll(async (shutdown, useLog) => {
    // A folder that somebody runs on is a better reason to refuse than its port.
    const hold = await holdFolder(settings.home)
    const config = { ...settings, home: hold.home }
    shutdown.add('data folder', 5, hold.release)
    const door = await openDoor(config.ports.api, config.host)
    shutdown.add('API', 10, door.close)
    sayPort(say, 'Leadline', config.ports.api, door.port)
    await turnLog(logFileOf(config.home))
    const log = useLog(openLog(config.logLevel, logFileOf(config.home), say))
    installRuntime(log, config.logLevel)
    const breaking = createBreaking()
    const bundling = workflowBundle(config.home)
    // Whoever waits for it below hears of its failure; if the servers fail first, nobody does.
    bundling.catch(() => {})
    const servers = await startServers(config, log, say, breaking.break, shutdown)
    const { db, temporal } = await openServers(servers, shutdown)
    await migrate(servers.databaseUrl)
    await prepareNamespace(temporal.connection, temporal.namespace, config.retention)
    await whenPrepared(db)
    const mail = { url: servers.smtpUrl, from: config.mail.from }
    const url = config.publicUrl ?? `http://localhost:${door.port}`
    const leads = leadsOf(db, temporal, url, true)
    const isWorking = await startWorking(
      { db, temporal, leads, mail, url, bundle: await bundling, log },
      shutdown,
      breaking,
    )
    const ready = createReadiness({ ...checksOf(db, temporal, servers.areUp), worker: isWorking })
    serveApi(door, { url, db, leads, servers, ready, log, catcher: servers.catcher }, shutdown)
    await hold.publish({
      url,
      databaseUrl: servers.databaseUrl,
      temporal: servers.embeddedTemporal,
      smtpUrl: servers.catcher?.url ?? null,
    })
    await waitUntilReady(ready)
    log.info({ url, namespace: temporal.namespace, release: version() }, 'started')
    return {
      url,
      db,
      uiUrl: servers.embeddedTemporal?.uiUrl ?? servers.temporalUiUrl,
      mailIsCaught: servers.catcher !== null,
      broken: breaking.broken,
      stop: shutdown.run,
    }
  })
}

/** The API alone, on servers that are given or run already: `leadline api`. @throws CannotStart */
export async function startApi(config: Config, say: Say): Promise<Running> {
  return orStopAll(async (shutdown, useLog) => {
    const log = useLog(openLog(config.logLevel, null, say))
    installRuntime(log, config.logLevel)
    const servers = await findServers(config)
    const door = await openDoor(config.ports.api, config.host)
    shutdown.add('API', 10, door.close)
    const { db, temporal } = await openPrepared(servers, config, shutdown)
    const url = config.publicUrl ?? `http://localhost:${door.port}`
    const leads = leadsOf(db, temporal, url, false)
    const ready = createReadiness(checksOf(db, temporal, () => true))
    serveApi(door, { url, db, leads, servers, ready, log, catcher: null }, shutdown)
    return { url, db, uiUrl: null, mailIsCaught: false, broken: new Promise(() => {}), stop: shutdown.run }
  })
}

/** The worker and the relay alone, on servers that are given or run already: `leadline worker`. @throws CannotStart */
export async function startWorker(config: Config, say: Say): Promise<Running> {
  return orStopAll(async (shutdown, useLog) => {
    const log = useLog(openLog(config.logLevel, null, say))
    installRuntime(log, config.logLevel)
    const servers = await findServers(config)
    if (servers.smtpUrl === null) {
      throw new CannotStart('SMTP_URL is missing: a worker that runs apart needs a mail server to send by.')
    }
    const breaking = createBreaking()
    // Nobody but whoever watches the process knocks there.
    const door = await openDoor(config.ports.worker, config.host)
    shutdown.add('health', 10, door.close)
    const bundle = await workflowBundle(config.home)
    const { db, temporal } = await openPrepared(servers, config, shutdown)
    const mail = { url: servers.smtpUrl, from: config.mail.from }
    const isWorking = await startWorking(
      { db, temporal, leads: leadsOf(db, temporal, servers.url, true), mail, url: servers.url, bundle, log },
      shutdown,
      breaking,
    )
    const ready = createReadiness({ ...checksOf(db, temporal, () => true), worker: isWorking })
    const app = new OpenAPIHono<ApiEnv>()
    addHealth(app, { ready })
    door.open((request, env) => app.fetch(request, env))
    const url = `http://localhost:${door.port}`
    return { url, db, uiUrl: null, mailIsCaught: false, broken: breaking.broken, stop: shutdown.run }
  })
}

/** A start that fails stops what it has started. */
async function orStopAll(
  start: (shutdown: Shutdown, useLog: (log: Log) => Log) => Promise<Running>,
): Promise<Running> {
  let log: Log | null = null
  const shutdown = createShutdown(() => log)
  try {
    return await start(shutdown, opened => {
      log = opened
      return opened
    })
  } catch (error) {
    await shutdown.run()
    throw error
  }
}

async function openServers(servers: Servers, shutdown: Shutdown): Promise<{ db: Pool; temporal: Temporal }> {
  const db = await openDatabase(servers.databaseUrl, databaseConnections)
  shutdown.add('database connections', 10, () => db.end())
  const temporal = await openTemporal(servers.temporal)
  shutdown.add('Temporal connection', 10, () => temporal.connection.close())
  return { db, temporal }
}

/** For processes that run apart: `leadline migrate` has been here, or they would fail one request at a time. */
async function openPrepared(
  servers: Servers,
  { retention }: Config,
  shutdown: Shutdown,
): Promise<{ db: Pool; temporal: Temporal }> {
  const opened = await openServers(servers, shutdown)
  const { ready, checks } = await runChecks({ migrated: () => databaseIsMigrated(opened.db) })
  if (!ready)
    throw new CannotStart(`The database is not prepared (${checks.migrated}): run \`leadline migrate\`.`)
  await prepareNamespace(opened.temporal.connection, opened.temporal.namespace, retention)
  return opened
}

function leadsOf(
  db: Pool,
  { client }: Temporal,
  publicUrl: string | null,
  eagerStart: boolean,
): LeadWorkflows {
  return createLeadWorkflows(client, taskQueue, { db, now, publicUrl, eagerStart })
}

type Working = {
  db: Pool
  temporal: Temporal
  leads: LeadWorkflows
  mail: { url: string; from: string }
  /** Where people reach the API; null: nobody has said so, and mails hold no links. */
  url: string | null
  bundle: Awaited<ReturnType<typeof workflowBundle>>
  log: Log
}

/** @returns the check whether the worker works */
async function startWorking(
  { db, temporal, leads, mail: mailSettings, url, bundle, log }: Working,
  shutdown: Shutdown,
  breaking: Breaking,
): Promise<() => Promise<void>> {
  const mail = createSmtpMail(mailSettings)
  shutdown.add('mail', 5, async () => mail.close())
  const worker = await createWorker({
    connection: temporal.connection,
    namespace: temporal.namespace,
    activities: createActivities({
      db,
      crm: createBuiltInCrm(db),
      mail,
      ...(url === null ? {} : { acknowledgeLink: (of, atMs) => acknowledgeLinkOf(db, url, of, atMs) }),
    }),
    workflowBundle: bundle,
  })
  const ended = worker.run().then(
    () => {},
    (error: unknown) => {
      log.error({ error: namesOf(error) }, 'the worker ended')
      breaking.break('The worker ended by itself; the log says why.')
    },
  )
  shutdown.add('worker', graceSeconds + 10, () => {
    if (worker.getState() === 'RUNNING') worker.shutdown()
    return ended
  })
  const relay = startRelay({ db, client: temporal.client, leads, now, log })
  shutdown.add('relay', 20, relay.stop)
  return async () => {
    if (worker.getState() !== 'RUNNING') throw new NotReady(worker.getState().toLowerCase())
  }
}

function checksOf(db: Pool, { connection, namespace }: Temporal, serversAreUp: () => boolean) {
  return {
    postgres: () => databaseAnswers(db),
    migrated: () => databaseIsMigrated(db),
    temporal: async () => {
      if (!serversAreUp()) throw new NotReady('restarting')
      await temporalAnswers(connection, namespace)
    },
    policy: () => policyIsLoaded(db),
  }
}

type Serving = {
  url: string
  db: Pool
  leads: LeadWorkflows
  servers: Servers
  ready: () => Promise<Readiness>
  log: Log
  catcher: MailCatcher | null
}

function serveApi(
  door: Door,
  { url, db, leads, servers, ready, log, catcher }: Serving,
  shutdown: Shutdown,
): void {
  const watch = createOutcomeWatch(servers.databaseUrl)
  shutdown.add('API', 10, door.close)
  // Before the door closes: whoever waits for an outcome gets an answer.
  shutdown.add('waiting requests', 5, () => watch.close())
  const logFailure = (failure: object) => log.error(failure, 'a request failed')
  const { namespace } = servers.temporal
  const workflowOf = (lead: LeadId) => linkToWorkflow(lead, namespace, servers.temporalUiUrl)
  const app = createApi({ db, leads, watch, now, publicUrl: url, workflowOf, ready, logFailure })
  if (catcher !== null) app.route('/', mailPages(catcher, createIdentify({ db, now, publicUrl: url })))
  door.open((request, env) => app.fetch(request, env))
}

/** A slow machine may take some time until everything has answered once. @throws CannotStart */
async function waitUntilReady(ready: () => Promise<Readiness>): Promise<void> {
  let state = await ready()
  for (let waitedSeconds = 0; !state.ready && waitedSeconds < readySeconds; waitedSeconds++) {
    await sleep(1_000)
    state = await ready()
  }
  const bad = Object.entries(state.checks).filter(([, answer]) => answer !== 'ok')
  if (!state.ready) throw new CannotStart(`Not ready: ${bad.map(entry => entry.join(': ')).join(', ')}`)
}

type Breaking = { broken: Promise<string>; break: (reason: string) => void }

function createBreaking(): Breaking {
  let resolveBroken: (reason: string) => void = () => {}
  const broken = new Promise<string>(resolve => {
    resolveBroken = resolve
  })
  return { broken, break: reason => resolveBroken(reason) }
}
