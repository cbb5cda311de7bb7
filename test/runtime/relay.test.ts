import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { Client, Connection } from '@temporalio/client'
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js'
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker'
import pino from 'pino'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it, vi } from 'vitest'
import { z } from 'zod'
import { createLeadWorkflows, LeadUnreachable, type LeadWorkflows } from '../../api/lead-workflows.js'
import { connect, execute, type Pool, row, rows, sql, timestamp } from '../../db/sql.js'
import { type EpochMs, instant, type LeadId, leadId } from '../../domain/ids.js'
import { leadWorkflow, workflowIdOf } from '../../workflows/ids.js'
import { createCopier, createStarter, type RelayDeps, startRelay } from '../../worker/relay.js'
import { databaseFromTemplate } from '../setup/database.js'

const noon = instant(Date.UTC(2026, 10, 23, 12))
const secondMs = 1_000

let connection: Connection
let client: Client
let database: Awaited<ReturnType<typeof databaseFromTemplate>>
let db: Pool
let queue: string
let deps: RelayDeps

beforeAll(async () => {
  connection = await Connection.connect({ address: inject('temporalAddress') })
  client = new Client({ connection })
})
afterAll(() => connection.close())

beforeEach(async () => {
  database = await databaseFromTemplate()
  db = connect(database.url, 10)
  queue = `relay-${randomUUID()}`
  const now = () => noon
  const leads = createLeadWorkflows(client, queue, { db, now })
  deps = { db, client, leads, now, log: pino({ level: 'silent' }) }
})
afterEach(async () => {
  await db.end()
  await database.drop()
})

async function received(secondsBeforeNoon: number, ended: EpochMs | null = null): Promise<LeadId> {
  const id = leadId.parse(randomUUID())
  await execute(
    db,
    sql`insert into leads (id, source, channel, received_at, workflow_ended_at)
        values (${id}, 'contact-form', 'api', ${timestamp(noon - secondsBeforeNoon * secondMs)},
                ${ended === null ? null : timestamp(ended)})`,
  )
  return id
}

async function isMarked(lead: LeadId, mark: 'started' | 'copied'): Promise<boolean> {
  const found = await row(
    db,
    z.object({ started: z.boolean(), copied: z.boolean() }),
    sql`select workflow_started_at is not null as started, history_copied_at is not null as copied
        from leads where id = ${lead}`,
  )
  return found[mark]
}

function isRunning(lead: LeadId): Promise<boolean> {
  return client.workflow
    .getHandle(workflowIdOf(lead))
    .describe()
    .then(
      about => about.status.name === 'RUNNING',
      () => false,
    )
}

async function copiedRuns(lead: LeadId) {
  return rows(
    db,
    z.object({ run_id: z.string(), status: z.string(), history: z.unknown() }),
    sql`select run_id, status, history from histories where lead_id = ${lead} order by closed_at`,
  )
}

describe('a lead whose workflow is not known to run', () => {
  it('is started, and marked', async () => {
    const lead = await received(60)
    expect(await createStarter(deps)()).toMatchObject({ done: 1, failed: 0 })
    expect(await isRunning(lead)).toBe(true)
    expect(await isMarked(lead, 'started')).toBe(true)
    expect(await createStarter(deps)()).toMatchObject({ done: 0 })
  })

  it('is left to the intake for as long as that is at work on it', async () => {
    const lead = await received(1)
    await createStarter(deps)()
    expect(await isMarked(lead, 'started')).toBe(false)
  })

  it('is marked without a second start when it runs already', async () => {
    const lead = await received(60)
    await client.workflow.start(leadWorkflow, { workflowId: workflowIdOf(lead), taskQueue: queue, args: [] })
    const before = await client.workflow.getHandle(workflowIdOf(lead)).describe()
    expect(await createStarter(deps)()).toMatchObject({ done: 1 })
    expect((await client.workflow.getHandle(workflowIdOf(lead)).describe()).runId).toBe(before.runId)
    expect(await isMarked(lead, 'started')).toBe(true)
  })

  it('is started once where several processes look at the same moment, and all of many are', async () => {
    const leads: LeadId[] = []
    for (let index = 0; index < 70; index++) leads.push(await received(60 + index))
    const started: LeadId[] = []
    const counting: Pick<LeadWorkflows, 'start'> = {
      async start(lead, receivedAtMs) {
        started.push(lead)
        await deps.leads.start(lead, receivedAtMs)
      },
    }
    const relays = [1, 2, 3].map(() => startRelay({ ...deps, leads: counting }))
    await vi.waitFor(
      async () => {
        const marks = await Promise.all(leads.map(lead => isMarked(lead, 'started')))
        expect(marks.every(mark => mark)).toBe(true)
      },
      { timeout: 30_000, interval: 200 },
    )
    await Promise.all(relays.map(relay => relay.stop()))
    expect(new Set(started).size).toBe(70)
    expect(started).toHaveLength(70)
  })

  it('does not keep the others waiting when it cannot be started', async () => {
    const stuck = await received(120)
    const other = await received(60)
    const failing: Pick<LeadWorkflows, 'start'> = {
      start: (lead, receivedAtMs) =>
        lead === stuck
          ? Promise.reject(new LeadUnreachable(lead, 'temporal-unavailable'))
          : deps.leads.start(lead, receivedAtMs),
    }
    expect(await createStarter({ ...deps, leads: failing })()).toMatchObject({ done: 1, failed: 1 })
    expect(await isMarked(other, 'started')).toBe(true)
    expect(await isMarked(stuck, 'started')).toBe(false)
  })

  it('is started as soon as a server that was away answers again', async () => {
    const lead = await received(60)
    let isAway = true
    let tries = 0
    const away: Pick<LeadWorkflows, 'start'> = {
      start(id, receivedAtMs) {
        tries += 1
        return isAway
          ? Promise.reject(new LeadUnreachable(id, 'temporal-unavailable'))
          : deps.leads.start(id, receivedAtMs)
      },
    }
    const relay = startRelay({ ...deps, leads: away })
    await vi.waitFor(() => expect(tries).toBeGreaterThan(1), { timeout: 20_000 })
    expect(await isMarked(lead, 'started')).toBe(false)
    isAway = false
    await vi.waitFor(async () => expect(await isMarked(lead, 'started')).toBe(true), { timeout: 20_000 })
    await relay.stop()
  })
})

describe('the history of a closed lead', () => {
  it('is copied through every continue-as-new, and reads as a history', async () => {
    const lead = await received(60, noon)
    const native = await NativeConnection.connect({ address: inject('temporalAddress') })
    const workflowsPath = fileURLToPath(new URL('./continuing-workflow.ts', import.meta.url))
    const worker = await Worker.create({
      connection: native,
      taskQueue: queue,
      workflowBundle: await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') }),
    })
    await worker.runUntil(
      client.workflow.execute(leadWorkflow, {
        workflowId: workflowIdOf(lead),
        taskQueue: queue,
        args: [{ times: 2 }],
      }),
    )
    await native.close()
    expect(await createCopier(deps)()).toMatchObject({ done: 1, failed: 0 })
    const runs = await copiedRuns(lead)
    expect(runs.map(({ status }) => status)).toEqual(['CONTINUED_AS_NEW', 'CONTINUED_AS_NEW', 'COMPLETED'])
    for (const { history } of runs) expect(historyFromJSON(history).events?.length).toBeGreaterThan(2)
    expect(await isMarked(lead, 'copied')).toBe(true)
  })

  it('waits until the workflow has really ended, and says how it did', async () => {
    const lead = await received(60, noon)
    const handle = await client.workflow.start(leadWorkflow, {
      workflowId: workflowIdOf(lead),
      taskQueue: queue,
      args: [],
    })
    expect(await createCopier(deps)()).toMatchObject({ done: 0 })
    expect(await isMarked(lead, 'copied')).toBe(false)
    await handle.terminate('for the test')
    expect(await createCopier(deps)()).toMatchObject({ done: 1 })
    expect((await copiedRuns(lead)).map(({ status }) => status)).toEqual(['TERMINATED'])
  })

  it('is asked for again and again where the server knows nothing of it, and stops nobody else', async () => {
    const gone = await received(120, instant(noon - secondMs))
    const lead = await received(60, noon)
    const handle = await client.workflow.start(leadWorkflow, {
      workflowId: workflowIdOf(lead),
      taskQueue: queue,
      args: [],
    })
    await handle.terminate('for the test')
    expect(await createCopier(deps)()).toMatchObject({ done: 1, failed: 1 })
    expect(await isMarked(gone, 'copied')).toBe(false)
    expect(await isMarked(lead, 'copied')).toBe(true)
  })
})
