import { describe, expect, it } from 'vitest'
import { instant, leadId, repId } from '../../domain/ids.js'
import { earliestDue } from '../../domain/life/moves.js'
import { react, received } from '../../domain/life/react.js'
import type { Effect, LeadState, Routed } from '../../domain/life/state.js'
import { type Message, message } from '../../domain/messages.js'

const lead = leadId.parse('6f2c1c3e-5b0c-4f0e-9f1a-0c9f6d9a0001')
const other = leadId.parse('6f2c1c3e-5b0c-4f0e-9f1a-0c9f6d9a0002')
const [ana, ben, mara] = [repId.parse('ana'), repId.parse('ben'), repId.parse('mara')]
const at = (seconds: number) => instant(Date.UTC(2026, 10, 23, 9) + seconds * 1000)

const routedToAna: Extract<Routed, { kind: 'assigned' }> = {
  kind: 'assigned',
  owner: ana,
  manager: mara,
  rule: 'uk',
  clocks: [
    {
      clock: 'firstTouch',
      dueAtMs: at(600),
      steps: [
        { atMs: at(300), do: ['remindOwner'] },
        { atMs: at(600), do: ['breach'] },
        { atMs: at(600), do: ['tellManager'] },
        { atMs: at(900), do: ['reRoute'] },
      ],
    },
  ],
  reRoutes: { most: 1, then: { kind: 'managerOfOwner' } },
  highValue: false,
}

const ownedByAna = react(received(lead), {
  kind: 'routed',
  atMs: at(0),
  cause: 'new',
  routed: routedToAna,
}).state

const say = (name: string, payload: object, actor = 'ana', role = 'rep'): Message =>
  message.parse({ name, payload: { requestId: 'r1', actor: { id: actor, role }, atMs: at(60), ...payload } })

const hear = (state: LeadState, said: Message) =>
  react(state, { kind: 'message', atMs: at(60), message: said })

const dos = (effects: readonly Effect[]) => effects.map(effect => effect.do)

const refusal = (effects: readonly Effect[]) =>
  effects.flatMap(effect =>
    effect.do === 'answer' && effect.answer?.ok === false ? [effect.answer.code] : [],
  )[0]

const dueNow = (state: LeadState) => {
  const due = earliestDue(state)
  if (due === null) throw new Error('nothing comes due')
  return react(state, { kind: 'due', atMs: due.atMs, due })
}

describe('a lead that arrives', () => {
  it('is acknowledged to the prospect before anything else is done', () => {
    const { effects } = react(received(lead), {
      kind: 'prepared',
      atMs: at(0),
      prepared: { verdict: 'new', acknowledge: true },
    })
    expect(dos(effects)).toEqual(['acknowledgeProspect', 'enrich', 'route'])
  })

  it('is not acknowledged when it may be a duplicate: a person looks first', () => {
    const { effects } = react(received(lead), {
      kind: 'prepared',
      atMs: at(0),
      prepared: { verdict: 'review' },
    })
    expect(effects).toEqual([{ do: 'openReview', review: 'possible-duplicate' }])
  })

  it('is acknowledged while a person settles which of several accounts it belongs to', () => {
    const { effects } = react(received(lead), {
      kind: 'prepared',
      atMs: at(0),
      prepared: { verdict: 'review', disputed: true },
    })
    expect(effects).toEqual([
      { do: 'acknowledgeProspect' },
      { do: 'enrich' },
      { do: 'openReview', review: 'ambiguous-rule' },
    ])
  })

  it('asks the lead of the same person to take it in and starts no clock', () => {
    const { state, effects } = react(received(lead), {
      kind: 'prepared',
      atMs: at(0),
      prepared: { verdict: 'joins', survivor: other },
    })
    expect(dos(effects)).toEqual(['askToJoin'])
    expect(state.clocks).toEqual([])
  })

  it('is saved before its owner and the team are told', () => {
    const { effects } = react(received(lead), {
      kind: 'routed',
      atMs: at(0),
      cause: 'new',
      routed: routedToAna,
    })
    expect(dos(effects)).toEqual(['saveToCrm', 'tell'])
  })
})

describe('the clocks of an owned lead', () => {
  it('remind the owner, stamp the breach with its deadline, tell the manager and move the lead on, in that order', () => {
    const reminded = dueNow(ownedByAna)
    expect(reminded.effects).toContainEqual(expect.objectContaining({ do: 'tell', about: 'reminder' }))
    const breached = dueNow(reminded.state)
    expect(breached.effects).toMatchObject([
      { do: 'record', entries: [{ kind: 'breached', data: { dueAtMs: at(600) } }] },
    ])
    const escalated = dueNow(breached.state)
    expect(escalated.effects).toContainEqual({
      do: 'tell',
      about: 'escalation',
      to: [{ audience: 'manager', rep: mara }, { audience: 'watcher' }],
    })
    const moved = dueNow(escalated.state)
    expect(dos(moved.effects)).toEqual(['record', 'route'])
    expect(moved.state.excluded).toEqual([{ rep: ana, reason: 'lapsed' }])
  })

  it('send the lead to the end of its chain once its moves are spent, and never on from there', () => {
    const spent: LeadState = {
      ...ownedByAna,
      chain: { movesLeft: 0, end: { kind: 'managerOfOwner' }, ended: false },
    }
    const lapsed = {
      ...spent,
      clocks: spent.clocks.map(clock => ({ ...clock, steps: clock.steps.slice(-1) })),
    }
    const ended = dueNow(lapsed)
    expect(ended.effects).toContainEqual({
      do: 'route',
      cause: 'end-of-chain',
      directed: { kind: 'managerOfOwner' },
      lastOwner: ana,
    })
    const withMara = react(ended.state, {
      kind: 'routed',
      atMs: at(901),
      cause: 'end-of-chain',
      routed: { ...routedToAna, owner: mara },
    }).state
    const still = {
      ...withMara,
      clocks: withMara.clocks.map(clock => ({ ...clock, steps: clock.steps.slice(-1) })),
    }
    expect(dos(dueNow(still).effects)).not.toContain('route')
  })

  it('leave no instant of the past on record when a step at the end of the chain has nothing to do', () => {
    const ended: LeadState = {
      ...ownedByAna,
      chain: { movesLeft: 0, end: { kind: 'managerOfOwner' }, ended: true },
    }
    const last = { ...ended, clocks: ended.clocks.map(clock => ({ ...clock, steps: clock.steps.slice(-1) })) }
    expect(dueNow(last).effects).toEqual([{ do: 'record', actor: 'system', entries: [], requestId: null }])
    const breaching = {
      ...ended,
      clocks: ended.clocks.map(clock => ({ ...clock, steps: clock.steps.slice(1) })),
    }
    expect(dueNow(breaching).effects).toMatchObject([
      { entries: [{ kind: 'breached', data: { corrective: 'escalate' } }] },
    ])
  })

  it('stop when the owner acts, and say whether that was in time', () => {
    const { state, effects } = hear(ownedByAna, say('recordTouch', { kind: 'call' }))
    expect(state.clocks).toEqual([])
    expect(effects).toMatchObject([
      { do: 'record', entries: [{ kind: 'touched' }, { kind: 'clockMet', data: { late: false } }] },
      { do: 'answer' },
    ])
  })
})

describe('who may say what', () => {
  it.each([
    ['a stranger cannot acknowledge', say('acknowledge', {}, 'ben'), 'not-owner'],
    [
      'nobody decides a review that is not open',
      say(
        'decideReview',
        { review: '6f2c1c3e-5b0c-4f0e-9f1a-0c9f6d9a0009', decision: { choice: 'reject' } },
        'mara',
        'manager',
      ),
      'no-such-item',
    ],
    [
      'nobody answers a handoff that was not offered',
      say('answerHandoff', { accept: true }, 'ben'),
      'no-such-item',
    ],
    [
      'nobody decides a request that was not made',
      say('decideReassignment', { request: 'x', approve: true }, 'mara', 'manager'),
      'no-such-item',
    ],
  ])('%s', (_, said, code) => {
    expect(refusal(hear(ownedByAna, said).effects)).toBe(code)
  })

  it('lets a manager act for the owner', () => {
    expect(hear(ownedByAna, say('acknowledge', {}, 'mara', 'manager')).state.ownership.status).toBe(
      'acknowledged',
    )
  })

  it('gives a repeated request its first answer and changes nothing', () => {
    const first = { ok: true, status: 'acknowledged', owner: 'ana' } as const
    const state: LeadState = { ...ownedByAna, answered: [{ requestId: 'r1', answer: first }] }
    expect(hear(state, say('acknowledge', {}))).toEqual({
      state,
      effects: [{ do: 'answer', requestId: 'r1', answer: first }],
    })
  })

  it('refuses every message to a closed lead, and sends whoever wanted to join away', () => {
    const closed = hear(ownedByAna, say('close', { outcome: 'converted' })).state
    expect(closed.ownership.status).toBe('closed')
    const { effects } = hear(closed, say('addSubmission', { requestId: 'r2', lead: other }))
    expect(effects[0]).toEqual({ do: 'answerJoin', lead: other, accepted: false })
    expect(refusal(effects)).toBe('closed')
  })
})

describe('people decide', () => {
  it('moves the lead to whom the manager names, never back to who gave it away', () => {
    const asked: LeadState = {
      ...ownedByAna,
      request: {
        id: 'q1',
        by: ana,
        wanted: null,
        decides: mara,
        backup: ben,
        escalated: false,
        dueAtMs: at(900),
        backupDueAtMs: at(1800),
      },
    }
    const { state, effects } = hear(
      asked,
      say('decideReassignment', { request: 'q1', approve: true, to: 'ben' }, 'mara', 'manager'),
    )
    expect(effects).toContainEqual({
      do: 'route',
      cause: 'reassignment',
      directed: { kind: 'rep', rep: ben },
      lastOwner: ana,
    })
    expect(state.excluded).toEqual([{ rep: ana, reason: 'reassigned' }])
  })

  it('ends an open review when the policy approves the reassignment at once', () => {
    const reviewed: LeadState = {
      ...ownedByAna,
      review: {
        id: '6f2c1c3e-5b0c-4f0e-9f1a-0c9f6d9a0009',
        kind: 'high-value',
        decides: mara,
        backup: ben,
        escalated: false,
        dueAtMs: at(900),
        backupDueAtMs: at(1800),
        onTimeout: { kind: 'keepOwner' },
      },
    }
    const asked = say('requestReassignment', { reason: 'conflict-of-interest' })
    if (asked.name !== 'requestReassignment') throw new Error('another message')
    const { state, effects } = react(reviewed, {
      kind: 'requestOpened',
      atMs: at(60),
      message: asked,
      opened: { kind: 'approved' },
    })
    expect(state.review).toBeNull()
    expect(effects).toMatchObject([
      { do: 'record', entries: [{ kind: 'reviewSuperseded' }] },
      { do: 'route' },
      { do: 'tell', about: 'superseded', to: [{ audience: 'decider', rep: mara }] },
      { do: 'answer' },
    ])
  })

  it('asks the backup when the first one is silent, and refuses the request when both are', () => {
    const asked: LeadState = {
      ...ownedByAna,
      clocks: [],
      request: {
        id: 'q1',
        by: ana,
        wanted: null,
        decides: mara,
        backup: ben,
        escalated: false,
        dueAtMs: at(900),
        backupDueAtMs: at(1800),
      },
    }
    const escalated = dueNow(asked)
    expect(escalated.effects).toContainEqual({
      do: 'tell',
      about: 'reassignment-asked',
      to: [{ audience: 'decider', rep: ben }],
    })
    const ended = dueNow(escalated.state)
    expect(ended.state.request).toBeNull()
    expect(ended.effects).toMatchObject([
      { do: 'record', entries: [{ data: { approved: false, timedOut: true } }] },
      { do: 'tell' },
    ])
  })

  it('gives the lead to the receiver who accepts a handoff and leaves it where it is when they decline', () => {
    const offered: LeadState = { ...ownedByAna, handoff: { id: 'h1', from: ana, to: ben, dueAtMs: at(900) } }
    const accepted = hear(offered, say('answerHandoff', { accept: true }, 'ben'))
    expect(accepted.effects).toContainEqual({
      do: 'route',
      cause: 'handoff',
      directed: { kind: 'rep', rep: ben },
      lastOwner: ana,
    })
    const declined = hear(offered, say('answerHandoff', { accept: false, reason: 'no-budget' }, 'ben'))
    expect(declined.state.ownership).toEqual(ownedByAna.ownership)
    expect(dos(declined.effects)).toEqual(['record', 'tell', 'answer'])
  })
})
