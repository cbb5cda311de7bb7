import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadPolicy } from '../../db/policies.js'
import type { LeadId } from '../../domain/ids.js'
import { clocksIn } from '../../domain/lead-clocks.js'
import { type Desk, openDesk } from './a-desk.js'
import { policy } from './desk-documents.js'

const minute = 60_000

/** The desk's policy, with everything that is said of clocks. */
const withClocks = policy.replace('    reRoutes: { most: 1', '    stale: 1d\n    reRoutes: { most: 1').concat(
  `touches: [call, meeting]
pauses: { waiting-for-prospect: { most: 5h, clocks: [acknowledge, firstTouch, stale] } }
timeToAssign: { within: 30m, tell: role sales-ops }
`,
)

let desk: Desk
beforeAll(async () => {
  desk = await openDesk({ policy: withClocks })
})
afterAll(() => desk.close())

let count = 0
async function ownedByAna(): Promise<LeadId> {
  count += 1
  const lead = await desk.submit({
    email: `person${count}@clocks${count}.example`,
    company: `Clocks ${count}`,
    country: 'GB',
    product: 'for-ana',
  })
  await desk.until(lead, 'told')
  return lead
}

const clock = async (lead: LeadId, name: string) =>
  clocksIn(await desk.story(lead)).find(one => one.clock === name)

const dueMinutes = async (lead: LeadId, name: string) => {
  const found = await clock(lead, name)
  if (found === undefined) throw new Error(`no clock ${name}`)
  return (found.dueAtMs - found.startedAtMs) / minute
}

describe('an owner who waits for the prospect', () => {
  it('pauses the clocks, and what was left of them is left when they run again', async () => {
    const lead = await ownedByAna()
    await desk.say(lead, 'acknowledge')
    await desk.pass(10)
    expect(await desk.say(lead, 'pauseClock', { reason: 'waiting-for-prospect' })).toMatchObject({ ok: true })
    await desk.pass(180)
    // Two hours are long over, and nobody was reminded of anything.
    expect(await desk.kinds(lead)).not.toContain('reminded')
    expect(await desk.say(lead, 'resumeClock')).toMatchObject({ ok: true })
    expect(await dueMinutes(lead, 'firstTouch')).toBeCloseTo(120 + 180, 0)
    expect(await desk.say(lead, 'recordTouch', { kind: 'call' })).toMatchObject({ ok: true })
    const met = (await desk.story(lead)).find(
      event => event.kind === 'clockMet' && event.data.clock === 'firstTouch',
    )
    expect(met?.data).toMatchObject({ late: false })
    await desk.say(lead, 'close', { outcome: 'lost' })
    await desk.keepHistory('paused-and-resumed', lead)
  })

  it('cannot wait for ever: after the time that the policy allows the clocks go on by themselves', async () => {
    const lead = await ownedByAna()
    await desk.say(lead, 'pauseClock', { reason: 'waiting-for-prospect' })
    await desk.pass(5 * 60 + 1)
    await desk.until(lead, 'clocksResumed')
    expect(await dueMinutes(lead, 'acknowledge')).toBeCloseTo(30 + 300, 0)
    await desk.pass(31)
    await desk.until(lead, 'breached')
    await desk.say(lead, 'close', { outcome: 'lost' }, 'mara', 'manager')
  })

  it('hears which reasons there are when theirs is none', async () => {
    const lead = await ownedByAna()
    expect(await desk.say(lead, 'pauseClock', { reason: 'no-mood' })).toMatchObject({
      ok: false,
      code: 'unknown-reason',
      detail: ['waiting-for-prospect'],
    })
    expect(await desk.say(lead, 'resumeClock')).toMatchObject({ code: 'wrong-state', detail: ['not-paused'] })
    expect(await desk.say(lead, 'pauseClock', { reason: 'waiting-for-prospect' }, 'ben')).toMatchObject({
      code: 'not-owner',
    })
    await desk.say(lead, 'close', { outcome: 'lost' })
  })
})

describe('a touch', () => {
  it('that the policy does not count stands on the timeline and stops nothing', async () => {
    const lead = await ownedByAna()
    expect(await desk.say(lead, 'recordTouch', { kind: 'message' })).toMatchObject({ status: 'assigned' })
    expect((await clock(lead, 'firstTouch'))?.metAtMs).toBeNull()
    expect(await desk.say(lead, 'recordTouch', { kind: 'meeting' })).toMatchObject({ status: 'working' })
    expect((await clock(lead, 'firstTouch'))?.metAtMs).not.toBeNull()
    await desk.say(lead, 'close', { outcome: 'lost' })
  })
})

describe('a lead that is worked on', () => {
  it('goes stale a day after the last touch: owner and manager hear of it, and a touch begins the day again', async () => {
    const lead = await ownedByAna()
    await desk.say(lead, 'recordTouch', { kind: 'call' })
    expect(await dueMinutes(lead, 'stale')).toBe(1_440)
    await desk.pass(1_000)
    await desk.say(lead, 'recordTouch', { kind: 'call' })
    await desk.pass(1_000)
    expect(await desk.kinds(lead)).not.toContain('breached')
    await desk.pass(441)
    await desk.until(lead, 'escalated')
    const breach = (await desk.story(lead)).find(({ kind }) => kind === 'breached')
    expect(breach?.data).toMatchObject({
      clock: 'stale',
      owner: 'ana',
      corrective: 'escalate',
      correctiveBy: 'mara',
    })
    expect(breach?.atMs).toBe((await clock(lead, 'stale'))?.dueAtMs)
    await desk.say(lead, 'close', { outcome: 'lost' })
    await desk.keepHistory('stale', lead)
  })
})

describe('a lead that nobody owns', () => {
  it('is told of when its time to be assigned is over, and is late when somebody owns it at last', async () => {
    count += 1
    const lead = await desk.submit({
      source: 'demo-form',
      email: `late${count}@late.example`,
      product: 'for-ana',
    })
    await desk.until(lead, 'reviewOpened')
    await desk.pass(31)
    await desk.until(lead, 'breached')
    const breach = (await desk.story(lead)).find(({ kind }) => kind === 'breached')
    expect(breach?.data).toMatchObject({ clock: 'assign', owner: null, correctiveBy: 'oskar' })
    expect(desk.mails.some(({ subject }) => subject.startsWith('A lead has waited too long'))).toBe(true)
    const review = (await desk.story(lead)).find(({ kind }) => kind === 'reviewOpened')
    const decided = {
      review: review?.kind === 'reviewOpened' ? review.data.review : '',
      decision: { choice: 'assign' },
    }
    await desk.say(lead, 'decideReview', decided, 'oskar', 'operations')
    await desk.until(lead, 'assigned')
    const met = (await desk.story(lead)).find(({ kind }) => kind === 'clockMet')
    expect(met?.data).toMatchObject({ clock: 'assign', late: true })
    await desk.say(lead, 'close', { outcome: 'lost' }, 'mara', 'manager')
    await desk.keepHistory('unassigned-too-long', lead)
  })
})

describe('a policy that changes while a lead is open', () => {
  it('leaves the lead as it was, until operations move it: then its clocks count from where they started', async () => {
    const lead = await ownedByAna()
    await desk.say(lead, 'acknowledge')
    await desk.pass(5)
    const next = await loadPolicy(desk.db, {
      document: withClocks.replace('firstTouch: 2h', 'firstTouch: 6h'),
      fileName: 'policy.yaml',
      by: 'test',
      reason: 'more time',
      atMs: await desk.now(),
    })
    if (!next.ok) throw new Error(JSON.stringify(next.errors))
    expect(await dueMinutes(lead, 'firstTouch')).toBe(120)
    const adopt = { version: next.version, reRoute: false }
    expect(await desk.say(lead, 'adoptPolicy', adopt)).toMatchObject({ code: 'not-allowed' })
    expect(await desk.say(lead, 'adoptPolicy', adopt, 'oskar', 'operations')).toMatchObject({ ok: true })
    expect(await dueMinutes(lead, 'firstTouch')).toBe(360)
    expect(
      await desk.say(lead, 'adoptPolicy', { version: 99, reRoute: false }, 'oskar', 'operations'),
    ).toMatchObject({ code: 'unknown-version' })
    await desk.pass(130)
    expect(await desk.kinds(lead)).not.toContain('lapsed')
    await desk.say(lead, 'close', { outcome: 'lost' }, 'mara', 'manager')
    await desk.keepHistory('policy-adopted', lead)
  })
})
