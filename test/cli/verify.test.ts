import { randomUUID } from 'node:crypto'
import { Client, Connection } from '@temporalio/client'
import { NativeConnection, Worker } from '@temporalio/worker'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { createActivities } from '../../activities/index.js'
import { createBuiltInCrm } from '../../adapters/crm/built-in.js'
import type { Mail } from '../../adapters/notify/port.js'
import { disagreements } from '../../cli/agreement.js'
import {
  type Alarm,
  alarmOf,
  complaintsOfAlarm,
  complaintsOfPulse,
  lookAt,
  type Pulse,
} from '../../cli/lead-workflow.js'
import { verify } from '../../cli/verification.js'
import { report } from '../../cli/verify.js'
import type { Run } from '../../cli/workflow-history.js'
import { timelineOf } from '../../db/events.js'
import { loadPolicy } from '../../db/policies.js'
import { execute, raw, sql, transaction } from '../../db/sql.js'
import { instant, type LeadId } from '../../domain/ids.js'
import type { MessageName } from '../../domain/messages.js'
import { copyHistory } from '../../worker/history-copy.js'
import { leadWorkflow, workflowIdOf } from '../../workflows/ids.js'
import { type Day, liveThroughADay } from '../invariants/a-day-in-sales.js'
import { handOverThroughADay } from '../invariants/a-day-of-handoffs.js'
import { submitted } from '../setup/submitted.js'
import { type Desk, openDesk } from '../workflows/a-desk.js'
import { waitingPolicy } from '../workflows/waiting-documents.js'

let desk: Desk
let day: Day
let temporal: Client
beforeAll(async () => {
  desk = await openDesk()
  const { connection } = desk.handle(await desk.submit(lost())).client
  temporal = new Client({ connection })
  day = await liveThroughADay(desk)
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

const complaintsOf = async (client: Client, lead: LeadId) => (await lookAt(desk.db, client, lead))?.complaints

describe('after a day in sales', () => {
  it('everything agrees, whether the histories are read from the server or from their copies', async () => {
    const before = await verify({ db: desk.db, temporal }, null)
    expect(before.findings).toEqual([])
    expect(before.leads).toBe(Object.keys(day).length + 1)
    expect(await copyHistory(desk.db, temporal, day.converted, () => instant(Date.now()))).toBe(true)
    expect(await copyHistory(desk.db, temporal, day.merged, () => instant(Date.now()))).toBe(true)
    expect((await verify({ db: desk.db, temporal }, null)).findings).toEqual([])
  })

  it('the report says how much was looked at, and how it stood', async () => {
    const { checked, ...more } = await verify({ db: desk.db, temporal }, null)
    // Everybody of the day and one soul; one of them was handed over, two came from a pool.
    expect(checked).toMatchObject({
      submissions: 9,
      leads: { owned: 6, ended: 2, inReview: 1, waiting: 0, arriving: 0, lost: 0 },
      owners: { assigned: 8, leadsWithTwo: 0 },
      turns: { taken: 2, givenBack: 0, takenTwice: 0 },
      workflows: { running: 7, runsRead: 9 },
      dues: { leads: 6, workflowRuns: 6, timerInTime: 6, acting: 0 },
    })
    const dues = { ...checked.dues, latestTimerMs: 7 }
    expect(report({ ...more, checked: { ...checked, decisions: 10, dues } })).toBe(
      [
        'checked                   how many  of these',
        'submissions               9',
        'leads                     9         6 owned, 2 ended, 1 in review, 0 waiting, 0 arriving, 0 lost',
        'owners, past and present  8         0 leads with two at once',
        'decisions made again      10',
        'turns taken               2         0 twice, 0 given back',
        'workflow runs read        9         7 running',
        'open leads that are due   6         6 with a running workflow, 6 with a timer in time, the latest 7 ms after its due, 0 acting now',
        'verified 9 leads: 0 findings\n',
      ].join('\n'),
    )
  })

  it('of one lead, only its own is counted', async () => {
    const { leads, checked } = await verify({ db: desk.db, temporal }, day.handedOver)
    expect(leads).toBe(1)
    expect(checked).toMatchObject({
      submissions: 1,
      owners: { assigned: 2 },
      decisions: 2,
      turns: { taken: 0 },
    })
  })

  it('an owner is no disagreement while the routing that gave it has not been answered', async () => {
    const timeline = await timelineOf(desk.db, day.handedOver)
    const said = (name: MessageName) => ({ name, actor: 'ana', requestId: name })
    const run: Run = {
      continues: null,
      owners: [{ hop: 0, owner: 'ana' }],
      messages: [said('handOff'), said('answerHandoff')],
      answers: [],
      timersAtMs: [],
      result: null,
    }
    const ending = { outcome: null, owner: 'dora', mergedInto: null }
    const complaint = "the history's owners are ana (hop 0), the timeline's are ana (hop 0), dora (hop 1)"
    expect(disagreements([run], timeline, ending, true)).toEqual([])
    expect(disagreements([run], timeline, ending, false)).toEqual([complaint])
    expect(disagreements([{ ...run, owners: [] }], timeline, ending, true)).toHaveLength(1)
  })

  it('a closed lead whose workflow the server has forgotten is read from its copy', async () => {
    const elsewhere = await Connection.connect({ address: inject('temporalAddress') })
    const forgetful = new Client({ connection: elsewhere })
    await execute(desk.db, sql`update leads set workflow_started_at = received_at`)
    try {
      expect(await complaintsOf(forgetful, day.merged)).toEqual([])
      expect(await complaintsOf(forgetful, day.survivor)).toEqual([
        { invariant: 'workflow-lives', what: 'open, but its workflow is gone' },
      ])
    } finally {
      await elsewhere.close()
    }
  })

  it('a lead that continued as new is read through all its runs', async () => {
    const queue = `continues-${randomUUID()}`
    const server = await NativeConnection.connect({ address: inject('temporalAddress') })
    const bundle = inject('workflowBundlePath')
    if (bundle === null) throw new Error('the workflow bundle is missing')
    const mail: Mail = { from: 'leads@desk.example', send: async () => {} }
    const worker = await Worker.create({
      connection: server,
      taskQueue: queue,
      workflowBundle: { codePath: bundle },
      activities: createActivities({ db: desk.db, crm: createBuiltInCrm(desk.db), mail }),
    })
    const live = new Client({ connection: server })
    await worker.runUntil(async () => {
      const receivedAtMs = instant(Date.now())
      const lead = await submitted(desk.db, lost(), receivedAtMs)
      const handle = await live.workflow.start(leadWorkflow, {
        workflowId: workflowIdOf(lead),
        taskQueue: queue,
        args: [{ leadId: lead, receivedAtMs, historyMost: 10 }],
      })
      await desk.until(lead, 'saved')
      const act = (name: string, more: Record<string, unknown> = {}) => {
        const args = {
          requestId: randomUUID(),
          actor: { id: 'mara', role: 'manager' },
          atMs: Date.now(),
          ...more,
        }
        return live.workflow.getHandle(workflowIdOf(lead)).signal(name, args)
      }
      await act('acknowledge')
      await desk.until(lead, 'acknowledged')
      await act('recordTouch', { kind: 'call' })
      await desk.until(lead, 'touched')
      // The touch is written before the run ends and the next one begins.
      const latestRun = async () => (await live.workflow.getHandle(workflowIdOf(lead)).describe()).runId
      await expect.poll(latestRun, { timeout: 20_000 }).not.toBe(handle.firstExecutionRunId)
      expect(await complaintsOf(live, lead)).toEqual([])
      await act('close', { outcome: 'lost' })
      await live.workflow.getHandle(workflowIdOf(lead)).result()
      expect(await complaintsOf(live, lead)).toEqual([])
    })
    await server.close()
  })
})

describe('it is found when', () => {
  const damages: readonly { what: string; lead: keyof Day; sql: string; says: RegExp }[] = [
    {
      what: 'the record of a decision was changed, so that deciding again gives somebody else',
      lead: 'reviewed',
      sql: `update decisions set record = jsonb_set(record, '{input,directed,rep}', '"cleo"') where lead_id = LEAD and hop = 1`,
      says: /decision-repeats: hop 1 was decided as ben by directed, and comes out as cleo by directed/,
    },
    {
      what: 'the row says an earlier instant than the timer',
      lead: 'inReview',
      sql: "update leads set due_at = due_at - interval '1 hour' where id = LEAD",
      says: /timer-in-time: due at .*, but its timer goes off at/,
    },
    {
      what: 'the timeline tells of an acknowledgement that nobody sent',
      lead: 'survivor',
      sql: `insert into events select lead_id, seq + 1, at, 'acknowledged', 'ana', hop, '{"owner":"ana"}', 'forged'
            from events where lead_id = LEAD order by seq desc limit 1`,
      says: /history-agrees: the timeline has 1 of acknowledged, but only 0 messages could have said so/,
    },
    {
      what: 'an acknowledgement that was answered is missing from the timeline',
      lead: 'converted',
      sql: `delete from events where lead_id = LEAD and kind in ('acknowledged', 'touched')`,
      says: /history-agrees: the history answered an acknowledgement of ana, the timeline has none/,
    },
    {
      what: 'table and timeline were both rewritten to another owner',
      lead: 'handedOver',
      sql: `update events set data = jsonb_set(data, '{owner}', '"cleo"') where lead_id = LEAD and kind = 'assigned'`,
      says: /history-agrees: the history's owners are ana \(hop 0\), dora \(hop 1\), the timeline's are cleo \(hop 0\), cleo \(hop 1\)/,
    },
    {
      what: 'a merge was bent to another outcome everywhere in the tables',
      lead: 'merged',
      sql: `update leads set outcome = 'rejected', merged_into = null where id = LEAD`,
      says: /history-agrees: the workflow returned merged into .* with no owner, the lead is rejected with no owner/,
    },
  ]
  it.each(damages)('$what', async ({ lead, sql: statement, says }) => {
    await damage(statement, day[lead])
    expect((await found(day[lead])).filter(line => says.test(line))).toHaveLength(1)
  })

  it("an open lead's workflow was terminated", async () => {
    await desk.handle(day.overdue).terminate()
    expect(await found(day.overdue)).toEqual(['workflow-lives: open, but its workflow is TERMINATED'])
  })

  it('a submission was committed and nobody started its workflow', async () => {
    const lead = await submitted(desk.db, lost(), await desk.now())
    expect(await found(lead)).toEqual(['workflow-lives: open, but its workflow has not been started'])
  })

  it('and all of it stands in the report, with one last line for all', async () => {
    const lines = report(await verify({ db: desk.db, temporal }, null))
      .trimEnd()
      .split('\n')
    expect(lines).toContain(`${day.overdue}  workflow-lives: open, but its workflow is TERMINATED`)
    const findings = lines.findIndex(line => line.startsWith('checked '))
    expect(lines.at(-1)).toBe(`verified ${Object.keys(day).length + 3} leads: ${findings} findings`)
  })

  it('an owner, a turn, a timer or a workflow is not as it should be, in the figures as well', async () => {
    await damage(
      `update assignments set ended_at = ended_at + interval '1 hour' where lead_id = LEAD`,
      day.handedOver,
    )
    await damage('alter table turns drop constraint turns_lead_id_hop_kind_key', day.fromPool)
    await damage(
      `insert into turns select pool, seq + 100, kind, rep, lead_id, hop, reason, entitlements, at from turns
       where lead_id = LEAD`,
      day.fromPool,
    )
    await execute(desk.db, sql`update leads set owner = null where id = ${day.overdue}`)
    await desk.handle(day.fromPool).terminate()
    const { checked } = await verify({ db: desk.db, temporal }, null)
    expect(checked).toMatchObject({
      leads: { owned: 5, lost: 1 },
      owners: { leadsWithTwo: 1 },
      turns: { takenTwice: 1 },
      // The review that acts too late, and the lead that nothing wakes.
      dues: { leads: 6, workflowRuns: 5, timerInTime: 4 },
    })
  })
})

describe('a handoff whose receiver the policy chose', () => {
  it('is decided again like a routing, and found out when its record says another thing', async () => {
    const loaded = await loadPolicy(desk.db, {
      document: waitingPolicy,
      fileName: 'policy.yaml',
      by: 'test',
      reason: 'test',
      atMs: await desk.now(),
    })
    expect(loaded).toMatchObject({ ok: true, version: 2 })
    const { offered, declined } = await handOverThroughADay(desk)
    for (const [lead, givenBack] of [
      [offered, 0],
      [declined, 1],
    ] as const) {
      const { findings, checked } = await verify({ db: desk.db, temporal }, lead)
      expect(findings).toEqual([])
      expect(checked).toMatchObject({ decisions: 2, turns: { taken: 1, givenBack } })
    }
    await damage(
      `update decisions set record = jsonb_set(record, '{input,receiver}', '"sdr"') where lead_id = LEAD and hop = 1`,
      offered,
    )
    expect(await found(offered)).toEqual([
      'decision-repeats: hop 1 was decided as dora by directed, and comes out as review',
    ])
  })
})

describe('a workflow that runs', () => {
  const open = { outcome: null, workflow_ended_at: null, due_at: instant(1_000_000) }
  const over = { outcome: 'lost', workflow_ended_at: instant(1_000_000), due_at: null }
  const idle = { ...open, due_at: null }
  type Dued = typeof open | typeof over | typeof idle
  const pulse: Pulse = { status: 'RUNNING', task: null, steps: [] }

  it.each<{ says: string; lead: typeof open | typeof over; pulse: Partial<Pulse>; complaint: string | null }>(
    [
      { says: 'is fine while it waits', lead: open, pulse: {}, complaint: null },
      {
        says: 'is fine when a task has just failed',
        lead: open,
        pulse: { task: { attempt: 3 } },
        complaint: null,
      },
      {
        says: 'is stuck when its task keeps failing',
        lead: open,
        pulse: { task: { attempt: 4 } },
        complaint: 'stuck: its workflow task fails, attempt 4',
      },
      {
        says: 'is stuck when routing keeps failing',
        lead: open,
        pulse: { steps: [{ name: 'route', attempt: 6 }] },
        complaint: 'stuck: route fails, attempt 6',
      },
      {
        says: 'is fine when the CRM is down, since saving goes on beside its clocks',
        lead: open,
        pulse: { steps: [{ name: 'saveToCrm', attempt: 60 }] },
        complaint: null,
      },
      {
        says: 'has not ended though it said so',
        lead: over,
        pulse: {},
        complaint: 'over, but its workflow has not ended',
      },
      { says: 'is about to end', lead: over, pulse: { task: { attempt: 1 } }, complaint: null },
      {
        says: 'has failed instead of ending',
        lead: over,
        pulse: { status: 'FAILED' },
        complaint: 'closed, but its workflow is FAILED',
      },
    ],
  )('$says', ({ lead, pulse: more, complaint }) => {
    expect(complaintsOfPulse(lead, { ...pulse, ...more }).map(({ what }) => what)).toEqual(
      complaint === null ? [] : [complaint],
    )
  })

  it.each<{ says: string; pulse: Partial<Pulse>; timers: number[]; complaint: string | null }>([
    {
      says: 'acts in time when its timer goes off at its due instant',
      pulse: {},
      timers: [1_000_000],
      complaint: null,
    },
    {
      says: 'acts in time when another timer comes first',
      pulse: {},
      timers: [9_000_000, 500_000],
      complaint: null,
    },
    {
      says: 'acts too late when its first timer goes off after that',
      pulse: {},
      timers: [1_010_001],
      complaint: 'due at 1970-01-01T00:16:40.000Z, but its timer goes off at 1970-01-01T00:16:50.001Z',
    },
    {
      says: 'never acts without a timer',
      pulse: {},
      timers: [],
      complaint: 'due at 1970-01-01T00:16:40.000Z, but no timer waits',
    },
    {
      says: 'sets its timer when the task that waits is done',
      pulse: { task: { attempt: 1 } },
      timers: [],
      complaint: null,
    },
    {
      says: 'sets its timer when it has been routed',
      pulse: { steps: [{ name: 'route', attempt: 1 }] },
      timers: [],
      complaint: null,
    },
    {
      says: 'needs its timer while it saves to the CRM',
      pulse: { steps: [{ name: 'saveToCrm', attempt: 1 }] },
      timers: [],
      complaint: 'due at 1970-01-01T00:16:40.000Z, but no timer waits',
    },
  ])('$says', ({ pulse: more, timers, complaint }) => {
    const complaints = complaintsOfAlarm(alarmOf(open, { ...pulse, ...more }, timers.map(instant)))
    expect(complaints.map(({ what }) => what)).toEqual(complaint === null ? [] : [complaint])
  })

  const routing: Pulse = { ...pulse, steps: [{ name: 'route', attempt: 1 }] }
  it.each<{ says: string; lead: Dued; pulse: Pulse | null; timers: number[]; alarm: Alarm | null }>([
    {
      says: 'is woken by its first timer, here before its due',
      lead: open,
      pulse,
      timers: [9_000_000, 900_000],
      alarm: { kind: 'timer', afterDueMs: -100_000 },
    },
    {
      says: 'is woken as late as the server began to count',
      lead: open,
      pulse: routing,
      timers: [1_000_012],
      alarm: { kind: 'timer', afterDueMs: 12 },
    },
    {
      says: 'is awake while it is routed',
      lead: open,
      pulse: routing,
      timers: [],
      alarm: { kind: 'acting' },
    },
    {
      says: 'is woken by nothing',
      lead: open,
      pulse,
      timers: [],
      alarm: { kind: 'late', dueAtMs: instant(1_000_000), firstAtMs: null },
    },
    {
      says: 'does not run after it was terminated',
      lead: open,
      pulse: { ...pulse, status: 'TERMINATED' },
      timers: [1_000_000],
      alarm: { kind: 'noWorkflow' },
    },
    { says: 'is gone', lead: open, pulse: null, timers: [1_000_000], alarm: { kind: 'noWorkflow' } },
    { says: 'needs no waking when nothing is due', lead: idle, pulse, timers: [], alarm: null },
    { says: 'needs no waking when it is over', lead: over, pulse, timers: [], alarm: null },
  ])('$says', ({ lead, pulse: beat, timers, alarm }) => {
    expect(alarmOf(lead, beat, timers.map(instant))).toEqual(alarm)
  })
})
