import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { addLeave, changeLeave, decideLeave, type NewLeave } from '../../db/leaves.js'
import { endLeave } from '../../db/people.js'
import { row, sql } from '../../db/sql.js'
import { instant, type LeadId, repId } from '../../domain/ids.js'
import { workflowIdOfLeave } from '../../workflows/ids.js'
import type { LeaveOutcome } from '../../workflows/leave.js'
import { type Desk, openDesk } from './a-desk.js'
import { policy } from './desk-documents.js'

/** Clocks of days, so that a leave of hours breaches none of them. */
const patient = policy
  .replace('acknowledge: 30m', 'acknowledge: 5d')
  .replace('firstTouch: 2h', 'firstTouch: 9d')
  .concat('leave: { touched: stay }\n')

let desk: Desk
beforeAll(async () => {
  desk = await openDesk({ policy: patient })
})
afterAll(() => desk.close())

const [ana, ben, cleo] = [repId.parse('ana'), repId.parse('ben'), repId.parse('cleo')]

let count = 0
async function ownedByAna(): Promise<LeadId> {
  count += 1
  const lead = await desk.submit({
    email: `p${count}@leave${count}.example`,
    company: `Leave ${count}`,
    country: 'GB',
    product: 'for-ana',
  })
  await desk.until(lead, 'told')
  return lead
}

const ownerOf = async (lead: LeadId) =>
  (
    await row(
      desk.db,
      z.object({ owner: z.string().nullable() }),
      sql`select owner from leads where id = ${lead}`,
    )
  ).owner

/** From `from` to `until` minutes from now. */
async function leaveOfAna(from: number, until: number | null, more: Partial<NewLeave> = {}): Promise<string> {
  const atMs = await desk.now()
  const leave = await addLeave(desk.db, {
    rep: ana,
    fromMs: instant(atMs + from * 60_000),
    untilMs: until === null ? null : instant(atMs + until * 60_000),
    by: 'mara',
    atMs,
    ...more,
  })
  await desk.tellLeave(leave)
  return leave
}

const resultOf = async (leave: string): Promise<LeaveOutcome> =>
  desk.workflow(workflowIdOfLeave(leave)).result()

const end = (lead: LeadId) => desk.post(lead, 'close', { outcome: 'lost' }, 'mara', 'manager')

describe('when an owner goes on leave', () => {
  it('what nobody has touched goes to the cover at that instant and comes back at the end; both are told', async () => {
    const untouched = await ownedByAna()
    const touched = await ownedByAna()
    await desk.post(touched, 'recordTouch', { kind: 'call' })
    const leave = await leaveOfAna(60, 240, { cover: ben })

    await desk.pass(59)
    expect(await ownerOf(untouched)).toBe('ana')
    await desk.pass(2)
    await desk.until(untouched, 'assigned', 2)
    expect(await ownerOf(untouched)).toBe('ben')
    expect(await ownerOf(touched)).toBe('ana')
    const started = (await desk.story(touched)).find(({ kind }) => kind === 'coverStarted')
    expect(started?.data).toMatchObject({ then: 'stays', cover: 'ben' })

    await desk.pass(180)
    await desk.until(untouched, 'assigned', 3)
    expect(await ownerOf(untouched)).toBe('ana')
    await desk.until(untouched, 'told', 5)
    const told = (await desk.story(untouched)).flatMap(event =>
      event.kind === 'told' ? [`${event.data.about} ${event.data.recipients[0] ?? ''}`] : [],
    )
    expect(told.slice(1)).toEqual(['assigned ben', 'moved-on ana', 'assigned ana', 'moved-on ben'])
    expect(await resultOf(leave)).toMatchObject({ outcome: 'over', left: 2, returned: 2 })
    await end(untouched)
    await end(touched)
  })

  it('a lead that the cover has passed on stays where it is', async () => {
    const lead = await ownedByAna()
    const leave = await leaveOfAna(10, 120, { cover: ben })
    await desk.pass(11)
    await desk.until(lead, 'assigned', 2)
    await desk.post(lead, 'requestReassignment', { reason: 'conflict-of-interest', wanted: 'cleo' }, 'ben')
    expect(await ownerOf(lead)).toBe('cleo')
    await desk.pass(120)
    await resultOf(leave)
    expect(await ownerOf(lead)).toBe('cleo')
    expect(await desk.kinds(lead)).not.toContain('coverEnded')
    await end(lead)
  })

  it('without a cover the rules choose, and never the one who is away', async () => {
    const lead = await ownedByAna()
    const leave = await leaveOfAna(0, 60)
    await desk.until(lead, 'assigned', 2)
    expect(['ben', 'cleo']).toContain(await ownerOf(lead))
    await desk.pass(61)
    await resultOf(leave)
    expect(await ownerOf(lead)).toBe('ana')
    await end(lead)
  })

  it('what is only asked for moves nothing until somebody approves it', async () => {
    const lead = await ownedByAna()
    const leave = await leaveOfAna(30, 120, { cover: ben, approvedBy: null })
    await desk.pass(40)
    expect(await ownerOf(lead)).toBe('ana')
    await decideLeave(desk.db, leave, { approve: true, by: 'mara', atMs: await desk.now() })
    await desk.tellLeave(leave)
    await desk.until(lead, 'assigned', 2)
    expect(await ownerOf(lead)).toBe('ben')
    await desk.pass(120)
    await resultOf(leave)
    expect(await ownerOf(lead)).toBe('ana')
    await end(lead)
  })

  it('who is back earlier than planned has the leads back earlier', async () => {
    const lead = await ownedByAna()
    const leave = await leaveOfAna(0, 1_000, { cover: cleo })
    await desk.until(lead, 'assigned', 2)
    await desk.pass(30)
    const atMs = await desk.now()
    await changeLeave(desk.db, leave, { untilMs: instant(atMs + 10 * 60_000), atMs })
    await desk.tellLeave(leave)
    await desk.pass(11)
    await desk.until(lead, 'assigned', 3)
    expect(await ownerOf(lead)).toBe('ana')
    await end(lead)
  })

  it('and so has who says on the first day that they are back', async () => {
    const lead = await ownedByAna()
    const leave = await leaveOfAna(0, null, { cover: cleo, kind: 'sick' })
    await desk.until(lead, 'assigned', 2)
    await desk.pass(5)
    await endLeave(desk.db, ana, await desk.now())
    await desk.tellLeave(leave)
    await desk.until(lead, 'assigned', 3)
    expect(await ownerOf(lead)).toBe('ana')
    expect(await resultOf(leave)).toMatchObject({ outcome: 'over' })
    await end(lead)
  })

  it('a cover who goes on leave as well passes the lead on, and it still comes back to the one it was taken from', async () => {
    const lead = await ownedByAna()
    await leaveOfAna(0, 300, { cover: ben })
    await desk.until(lead, 'assigned', 2)
    const atMs = await desk.now()
    const second = await addLeave(desk.db, {
      rep: ben,
      fromMs: instant(atMs + 60_000),
      untilMs: instant(atMs + 100 * 60_000),
      cover: cleo,
      by: 'mara',
      atMs,
    })
    await desk.tellLeave(second)
    await desk.pass(2)
    await desk.until(lead, 'assigned', 3)
    expect(await ownerOf(lead)).toBe('cleo')
    await desk.pass(100)
    expect(await ownerOf(lead)).toBe('cleo')
    await desk.pass(200)
    await desk.until(lead, 'assigned', 4)
    expect(await ownerOf(lead)).toBe('ana')
    await end(lead)
  })
})
