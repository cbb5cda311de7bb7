import { randomUUID } from 'node:crypto'
import { Client, Connection } from '@temporalio/client'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { z } from 'zod'
import { createLeadWorkflows, LeadUnreachable, type LeadWorkflows } from '../../api/lead-workflows.js'
import { openAgain } from '../../db/second-life.js'
import { connect, execute, type Pool, row, sql, transaction } from '../../db/sql.js'
import { type LeadId, repId } from '../../domain/ids.js'
import { workflowIdOf } from '../../workflows/ids.js'
import { databaseFromTemplate } from '../setup/database.js'
import { closeLead, minutesAfterNine, nineOClock, publishPolicy, receiveLead } from './people-in-sales.js'

let db: Pool
let drop: () => Promise<void>
let connection: Connection
let client: Client
let leads: LeadWorkflows
beforeAll(async () => {
  const database = await databaseFromTemplate()
  drop = database.drop
  db = connect(database.url)
  await publishPolicy(db)
  connection = await Connection.connect({ address: inject('temporalAddress') })
  client = new Client({ connection })
  // Nobody works there, so that each run goes on until the test ends it.
  leads = createLeadWorkflows(client, `nobody-${randomUUID()}`, { db, now: () => nineOClock })
})
afterAll(async () => {
  await connection.close()
  await db.end()
  await drop()
})

const latest = (lead: LeadId) => client.workflow.getHandle(workflowIdOf(lead)).describe()
const start = (lead: LeadId) => leads.start(lead, nineOClock)
const endRun = (lead: LeadId) => client.workflow.getHandle(workflowIdOf(lead)).terminate('for the test')

/** Received, started, closed and opened again; its first run has not ended. */
async function openedAgain(): Promise<LeadId> {
  const lead = await receiveLead(db)
  await start(lead)
  await closeLead(db, lead, 'lost')
  await open(lead)
  return lead
}

async function open(lead: LeadId): Promise<void> {
  await transaction(db, tx =>
    openAgain(tx, {
      lead,
      atMs: minutesAfterNine(5),
      actor: 'mara',
      key: randomUUID(),
      reason: 'called-back',
      why: 'reopened',
      lastOwner: repId.parse('ana'),
      directed: { kind: 'rep', rep: repId.parse('ana') },
    }),
  )
}

const isMarked = async (lead: LeadId) =>
  (
    await row(
      db,
      z.object({ started: z.boolean() }),
      sql`select workflow_started_at is not null and begin_again is null as started from leads where id = ${lead}`,
    )
  ).started

describe('the start of a lead that was opened again', () => {
  it('waits until the run of the life before has ended', async () => {
    const lead = await openedAgain()
    const failure = await start(lead).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(LeadUnreachable)
    expect(failure).toMatchObject({ code: 'still-ending' })
    expect(await isMarked(lead)).toBe(false)
    await endRun(lead)
    await start(lead)
    expect(await isMarked(lead)).toBe(true)
  })

  it('begins with what Postgres says, and remembers its generation and the run before', async () => {
    const lead = await openedAgain()
    const before = await latest(lead)
    await endRun(lead)
    await start(lead)
    const after = await latest(lead)
    expect(after.runId).not.toBe(before.runId)
    expect(after).toMatchObject({
      status: { name: 'RUNNING' },
      memo: { generation: 1, follows: before.runId },
    })
    const { events } = await client.workflow.getHandle(workflowIdOf(lead)).fetchHistory()
    const input = events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads?.[0]?.data
    expect(JSON.parse(Buffer.from(input ?? []).toString())).toEqual({
      leadId: lead,
      receivedAtMs: nineOClock,
      again: {
        generation: 1,
        why: 'reopened',
        hop: 1,
        step: 1_000_000,
        lastOwner: 'ana',
        directed: { kind: 'rep', rep: 'ana' },
        excluded: [],
      },
    })
  })

  it('happens once, however many ask for it at the same moment', async () => {
    const lead = await openedAgain()
    await endRun(lead)
    await Promise.all([start(lead), start(lead), start(lead)])
    const { runId } = await latest(lead)
    await start(lead)
    expect((await latest(lead)).runId).toBe(runId)
  })

  it('is not done again by whoever did not live to mark it, even where that run has ended by then', async () => {
    const lead = await openedAgain()
    await endRun(lead)
    const again = await row(
      db,
      z.object({ begin_again: z.json() }),
      sql`select begin_again from leads where id = ${lead}`,
    )
    await start(lead)
    const { runId } = await latest(lead)
    await endRun(lead)
    await execute(
      db,
      sql`update leads set workflow_started_at = null, begin_again = ${JSON.stringify(again.begin_again)}
          where id = ${lead}`,
    )
    await start(lead)
    expect((await latest(lead)).runId).toBe(runId)
    expect(await isMarked(lead)).toBe(true)
  })

  it('comes for each life', async () => {
    const lead = await openedAgain()
    await endRun(lead)
    await start(lead)
    const second = await latest(lead)
    await endRun(lead)
    await closeLead(db, lead, 'lost')
    await open(lead)
    await start(lead)
    expect(await latest(lead)).toMatchObject({ memo: { generation: 2, follows: second.runId } })
  })

  it('follows nothing where the server has forgotten the life before', async () => {
    const lead = await receiveLead(db)
    await closeLead(db, lead, 'lost')
    await open(lead)
    await start(lead)
    expect(await latest(lead)).toMatchObject({ memo: { generation: 1, follows: null } })
  })
})
