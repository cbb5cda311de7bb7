import { randomUUID } from 'node:crypto'
import { Client, Connection } from '@temporalio/client'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { complaintsAbout, complaintsOfPulse, complaintsOfTimer, type Pulse } from '../../cli/lead-workflow.js'
import { verify } from '../../cli/verification.js'
import { report } from '../../cli/verify.js'
import { execute, raw, sql, transaction } from '../../db/sql.js'
import { instant, type LeadId } from '../../domain/ids.js'
import { leadWorkflow, taskQueue, workflowIdOf } from '../../workflows/ids.js'
import { copyHistory } from '../../worker/history-copy.js'
import { type Day, liveThroughADay } from '../invariants/a-day-in-sales.js'
import { submitted } from '../setup/submitted.js'
import { type Desk, openDesk } from '../workflows/a-desk.js'

let desk: Desk
let day: Day
let temporal: Client
beforeAll(async () => {
  desk = await openDesk()
  const { connection } = desk.handle(await desk.submit(lost())).client
  temporal = new Client({ connection })
  
}, 120_000)
afterAll(() => desk.close())

const lost = () => ({ name: 'Lost Soul', email: `${randomUUID()}@lost.example`, country: 'GB' })

/** With append-only tables and foreign keys off. */
async function damage(statement: string, lead: LeadId): Promise<void> {
  await transaction(desk.db, async tx => {
    await execute(tx, sql`set local session_replication_role = replica`)
    await execute(tx, sql`${raw(statement.replaceAll('LEAD', `'${lead}'`))}`)
  })
}

const found = async (lead: LeadId) =>
  (await verify({ db: desk.db, temporal }, lead)).findings.map(
    ({ invariant, what }) => `${invariant}: ${what}`,
  )

describe('after a day in sales', () => {
  it('everything agrees, whether the histories are read from the server or from their copies', async () => {
    const before = await verify({ db: desk.db, temporal }, null)
    expect(before.findings).toEqual([])
    expect(before.leads).toBe(Object.keys(day).length + 1)
    expect(await copyHistory(desk.db, temporal, day.converted, () => instant(Date.now()))).toBe(true)
    expect(await copyHistory(desk.db, temporal, day.merged, () => instant(Date.now()))).toBe(true)
    expect((await verify({ db: desk.db, temporal }, null)).findings).toEqual([])
  })

  it('a closed lead whose workflow the server has forgotten is read from its copy', async () => {
    const elsewhere = await Connection.connect({ address: inject('temporalAddress') })
    const forgetful = new Client({ connection: elsewhere })
    await execute(desk.db, sql`update leads set workflow_started_at = received_at`)
    try {
      expect(await complaintsAbout(desk.db, forgetful, day.merged)).toEqual([])
      expect(await complaintsAbout(desk.db, forgetful, day.survivor)).toEqual([
        { invariant: 'workflow-lives', what: 'open, but its workflow is gone' },
      ])
    } finally {
      await elsewhere.close()
    }
  })

  it.only('a lead that continued as new is read through all its runs', async () => {
    const receivedAtMs = await desk.now()
    const lead = await submitted(desk.db, lost(), receivedAtMs)
    await temporal.workflow.start(leadWorkflow, {
      workflowId: workflowIdOf(lead),
      taskQueue,
      args: [{ leadId: lead, receivedAtMs, historyMost: 10 }],
    })
    await desk.until(lead, 'saved')
    console.log('STEP 1')
    await desk.say(lead, 'acknowledge', {}, 'mara', 'manager')
    console.log('STEP 2')
    await desk.say(lead, 'recordTouch', { kind: 'call' }, 'mara', 'manager')
    console.log('STEP 3')
    const { runId, raw: about } = await desk.handle(lead).describe()
    expect(about.workflowExecutionInfo?.firstRunId).not.toBe(runId)
    console.log('STEP 4')
    expect(await complaintsAbout(desk.db, temporal, lead)).toEqual([])
    console.log('STEP 5')
    await desk.say(lead, 'close', { outcome: 'lost' }, 'mara', 'manager')
    console.log('STEP 6')
    await desk.handle(lead).result()
    console.log('STEP 7')
    expect(await complaintsAbout(desk.db, temporal, lead)).toEqual([])
    console.log('STEP 8')
  })
})

