import type { Command } from 'commander'
import { Client } from '@temporalio/client'
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest'
import { leadCommand } from '../../cli/lead.js'
import { verify } from '../../cli/verification.js'
import { execute, sql, timestamp } from '../../db/sql.js'
import type { LeadId } from '../../domain/ids.js'
import { type WaitingDay, waitThroughADay } from '../invariants/a-waiting-day.js'
import { type Desk, openDesk } from '../workflows/a-desk.js'
import { waitingPolicy } from '../workflows/waiting-documents.js'

let desk: Desk
let day: WaitingDay
let temporal: Client
beforeAll(async () => {
  desk = await openDesk({ policy: waitingPolicy })
  day = await waitThroughADay(desk)
  temporal = new Client({ connection: desk.handle(day.queued).client.connection })
  process.env.DATABASE_URL = desk.db.options.connectionString ?? ''
  process.env.TEMPORAL_ADDRESS = inject('temporalAddress')
  process.env.TEMPORAL_NAMESPACE = 'default'
}, 120_000)
afterAll(() => desk.close())

async function run(command: Command, ...args: string[]): Promise<string> {
  let out = ''
  const spies = [
    vi.spyOn(console, 'log').mockImplementation(text => void (out += `${String(text)}\n`)),
    vi.spyOn(process.stdout, 'write').mockImplementation(text => {
      out += String(text)
      return true
    }),
  ]
  try {
    await command.parseAsync(args, { from: 'user' })
    return out
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

const findings = async (lead: LeadId) => (await verify({ db: desk.db, temporal }, lead)).findings

describe('leads that wait', () => {
  it('agree with their workflows: tables, timeline, timers and histories', async () => {
    const { findings, checked } = await verify({ db: desk.db, temporal }, null)
    expect(findings).toEqual([])
    // The turn of the lead in shadow is in a ledger of its own.
    expect(checked).toMatchObject({
      leads: { waiting: 2, owned: 1, ended: 1, arriving: 0, lost: 0 },
      turns: { taken: 0 },
      dues: { leads: 3, workflowRuns: 3 },
    })
  })

  it.each(['queued', 'held'] as const)(
    'are found when they should act before their timer: %s',
    async which => {
      const lead = day[which]
      const { atMs } = (await desk.story(lead)).at(-1) ?? { atMs: await desk.now() }
      await execute(desk.db, sql`update leads set due_at = ${timestamp(atMs)} where id = ${lead}`)
      expect((await findings(lead)).map(({ invariant }) => invariant)).toEqual(['timer-in-time'])
    },
  )

  it('are shown with what they wait for', async () => {
    expect(await run(leadCommand(), 'show', day.queued)).toMatch(
      /\nStatus {4}queued\nOwner {5}nobody\nQueue {5}desk: Ana Ruiz, Ben Okafor may accept it by \d{4}-/,
    )
    expect(await run(leadCommand(), 'show', day.held)).toMatch(
      /\nStatus {4}held\nOwner {5}nobody\nHeld {6}until \d{4}-.* at most, next try \d{4}-/,
    )
    expect(await run(leadCommand(), 'show', day.shadowed)).toContain('\nStatus    closed: shadowed\n')
  })

  it('are listed by their status', async () => {
    for (const status of ['queued', 'held'] as const) {
      const [, ...leads] = (await run(leadCommand(), 'list', '--status', status)).trimEnd().split('\n')
      expect(leads).toHaveLength(1)
      expect(leads[0]).toContain(day[status])
    }
  })
})
