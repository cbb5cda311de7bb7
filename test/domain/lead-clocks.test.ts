import { describe, expect, it } from 'vitest'
import { instant, repId } from '../../domain/ids.js'
import { clocksIn, timesIn, type Told } from '../../domain/lead-clocks.js'

const [ana, ben] = [repId.parse('ana'), repId.parse('ben')]
const minute = (minutes: number) => instant(Date.UTC(2026, 10, 23, 9) + minutes * 60_000)

const received: Told = { atMs: minute(0), kind: 'received', data: { source: 'form', channel: 'api' } }

function assignedTo(owner: typeof ana, at: number, firstTouchBy: number): Told {
  return {
    atMs: minute(at),
    kind: 'assigned',
    data: {
      owner,
      from: null,
      rule: 'uk',
      pool: null,
      turn: null,
      sla: 'hot',
      cause: 'new',
      policyVersion: 1,
      clocks: [{ clock: 'firstTouch', dueAtMs: minute(firstTouchBy) }],
    },
  }
}

const touched = (at: number, counts = true): Told => ({
  atMs: minute(at),
  kind: 'touched',
  data: { by: 'ana', touch: 'call', first: counts, ...(counts ? {} : { counts: false }) },
})

describe('the clocks of a lead, read off its timeline', () => {
  it('stand still in a pause and are due later by it', () => {
    const paused: Told = {
      atMs: minute(10),
      kind: 'clocksPaused',
      data: { reason: 'prospect', clocks: ['firstTouch'], untilMs: minute(100) },
    }
    const [waiting] = clocksIn([received, assignedTo(ana, 0, 30), paused])
    expect(waiting).toMatchObject({ dueAtMs: minute(30), pausedUntilMs: minute(100), holds: [] })

    const resumed: Told = {
      atMs: minute(40),
      kind: 'clocksResumed',
      data: { reason: 'prospect', by: 'person', clocks: [{ clock: 'firstTouch', dueAtMs: minute(60) }] },
    }
    const [running] = clocksIn([received, assignedTo(ana, 0, 30), paused, resumed])
    expect(running).toMatchObject({
      startedAtMs: minute(0),
      dueAtMs: minute(60),
      pausedUntilMs: null,
      holds: [[minute(10), minute(40)]],
    })
  })

  it('begin anew with every owner, and a breach of the one before is not held against the next', () => {
    const breached: Told = {
      atMs: minute(30),
      kind: 'breached',
      data: { clock: 'firstTouch', owner: ana, dueAtMs: minute(30), corrective: 're-route' },
    }
    expect(clocksIn([received, assignedTo(ana, 0, 30), breached])).toMatchObject([{ breached: true }])
    expect(clocksIn([received, assignedTo(ana, 0, 30), breached, assignedTo(ben, 31, 61)])).toMatchObject([
      { clock: 'firstTouch', dueAtMs: minute(61), breached: false },
    ])
  })
})

describe('the time of a lead', () => {
  it('is ours until it has an owner, and the owner’s from then on', () => {
    expect(timesIn([received, assignedTo(ana, 1, 31), touched(6)])).toEqual({
      untilOwner: { systemMs: 60_000, peopleMs: 0 },
      owners: [{ owner: 'ana', acknowledgeMs: 300_000, firstTouchMs: 300_000 }],
    })
  })

  it('is a person’s while a review waits for an answer', () => {
    const opened: Told = {
      atMs: minute(1),
      kind: 'reviewOpened',
      data: {
        review: '6f2c1c3e-5b0c-4f0e-9f1a-0c9f6d9a0009',
        kind: 'missing-critical',
        decides: ben,
        backup: ben,
        dueAtMs: minute(60),
      },
    }
    const decided: Told = {
      atMs: minute(21),
      kind: 'reviewDecided',
      data: {
        review: '6f2c1c3e-5b0c-4f0e-9f1a-0c9f6d9a0009',
        kind: 'missing-critical',
        by: 'ben',
        decision: { choice: 'assign' },
      },
    }
    expect(timesIn([received, opened, decided, assignedTo(ana, 22, 52)]).untilOwner).toEqual({
      systemMs: 120_000,
      peopleMs: 1_200_000,
    })
  })

  it('counts no touch that stops no clock', () => {
    expect(timesIn([received, assignedTo(ana, 0, 30), touched(5, false)]).owners).toEqual([
      { owner: 'ana', acknowledgeMs: null, firstTouchMs: null },
    ])
  })

  it('has no owner’s part while nobody owns the lead', () => {
    expect(timesIn([received])).toEqual({ untilOwner: null, owners: [] })
  })
})
