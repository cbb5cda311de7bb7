import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { instant, leadId, poolId, repId } from '../../domain/ids.js'
import { earliestDue, hopOf, isOpen, lastOwnerOf } from '../../domain/life/moves.js'
import { react, received } from '../../domain/life/react.js'
import type { Due, Effect, LeadState, OpenReview, Routed } from '../../domain/life/state.js'
import { answerToAcceptance } from '../../domain/life/waiting.js'
import { type Message, type MessageName, message } from '../../domain/messages.js'
import type { AssignmentCause } from '../../domain/timeline.js'

const lead = leadId.parse('6f2c1c3e-5b0c-4f0e-9f1a-0c9f6d9a0001')
const other = leadId.parse('6f2c1c3e-5b0c-4f0e-9f1a-0c9f6d9a0002')
const reviewId = '6f2c1c3e-5b0c-4f0e-9f1a-0c9f6d9a0009'
const [ana, ben, cleo, mara] = [
  repId.parse('ana'),
  repId.parse('ben'),
  repId.parse('cleo'),
  repId.parse('mara'),
]
const desk = poolId.parse('desk')
const minute = (minutes: number) => instant(Date.UTC(2026, 10, 23, 9) + minutes * 60_000)

const toHold: Extract<Routed, { kind: 'held' }> = {
  kind: 'held',
  retryAtMs: minute(30),
  untilMs: minute(240),
}
const toQueue: Extract<Routed, { kind: 'queued' }> = {
  kind: 'queued',
  pool: desk,
  members: [ana, ben],
  rule: 'emea',
  acceptByMs: minute(30),
  then: { kind: 'pool', pool: poolId.parse('anyone') },
}
const toAna: Extract<Routed, { kind: 'assigned' }> = {
  kind: 'assigned',
  owner: ana,
  manager: mara,
  rule: 'emea',
  pool: null,
  clocks: [
    { clock: 'firstTouch', dueAtMs: minute(600), steps: [{ atMs: minute(600), do: ['breach', 'reRoute'] }] },
  ],
  reRoutes: { most: 1, then: { kind: 'managerOfOwner' } },
  highValue: false,
}

const routed = (state: LeadState, answer: Routed, cause: AssignmentCause = 'new', atMinutes = 0) =>
  react(state, { kind: 'routed', atMs: minute(atMinutes), cause, routed: answer })

const held = routed(received(lead), toHold).state
const queued = routed(received(lead), toQueue).state
const ownedByAna = routed(received(lead), toAna).state

const say = (name: MessageName, payload: object = {}, actor = 'ana', role = 'rep'): Message =>
  message.parse({
    name,
    payload: { requestId: 'r1', actor: { id: actor, role }, atMs: minute(5), ...payload },
  })

const hear = (state: LeadState, said: Message) =>
  react(state, { kind: 'message', atMs: minute(5), message: said })

const accept = (state: LeadState, by: string, role = 'rep') => hear(state, say('acceptLead', {}, by, role))

const dueNow = (state: LeadState) => {
  const due = earliestDue(state)
  if (due === null) throw new Error('nothing comes due')
  return react(state, { kind: 'due', atMs: due.atMs, due })
}

const dos = (effects: readonly Effect[]) => effects.map(effect => effect.do)

const refusal = (effects: readonly Effect[]) =>
  effects.flatMap(effect => (effect.do === 'answer' && effect.answer?.ok === false ? [effect.answer] : []))[0]

describe('a lead that nobody is available for', () => {
  it('is held: on record and in the CRM, without an owner and without a clock, and nobody is told', () => {
    const { state, effects } = routed(received(lead), toHold)
    expect(state.ownership).toMatchObject({ status: 'held', sinceMs: minute(0), lastOwner: null })
    expect(state.clocks).toEqual([])
    expect(effects).toEqual([
      {
        do: 'record',
        actor: 'system',
        entries: [
          { kind: 'held', data: { from: null, retryAtMs: minute(30), untilMs: minute(240), cause: 'new' } },
        ],
        requestId: null,
      },
      { do: 'saveToCrm' },
    ])
  })

  const waits: [string, number, number, Due][] = [
    ['when somebody may be available', 30, 240, { what: 'hold', atMs: minute(30) }],
    ['at the end of the hold, when nobody is expected before', 600, 240, { what: 'hold', atMs: minute(240) }],
    ['not sooner than in a minute', 0, 240, { what: 'hold', atMs: minute(1) }],
    ['at the end of a hold that is shorter than a minute', 0, 0.5, { what: 'hold', atMs: minute(0.5) }],
    ['not over and over when the hold should be over already', -5, -1, { what: 'hold', atMs: minute(1) }],
  ]
  it.each(waits)('looks for somebody again %s', (_, retry, until, due) => {
    const answer = { ...toHold, retryAtMs: minute(retry), untilMs: minute(until) }
    expect(earliestDue(routed(received(lead), answer).state)).toEqual(due)
  })

  it('is routed by the rules again, and stays held since the first time when there is still nobody', () => {
    const retried = dueNow(held)
    expect(retried.effects).toEqual([{ do: 'route', cause: 'hold-retry', directed: null, lastOwner: null }])
    const still = routed(retried.state, { ...toHold, retryAtMs: minute(90) }, 'hold-retry', 30)
    expect(still.state.ownership).toMatchObject({ sinceMs: minute(0), retryAtMs: minute(90) })
    expect(still.effects).toEqual([{ do: 'record', actor: 'system', entries: [], requestId: null }])
  })

  it('goes on when the hold is over, to whoever the next pool gives it to', () => {
    const last = routed(held, { ...toHold, retryAtMs: minute(240) }, 'hold-retry', 30).state
    expect(dueNow(last).effects).toEqual([
      { do: 'route', cause: 'hold-over', directed: null, lastOwner: null },
    ])
    const assigned = routed(dueNow(last).state, toAna, 'hold-over', 240)
    expect(assigned.state.ownership).toMatchObject({ status: 'assigned', owner: { rep: ana } })
    expect(dos(assigned.effects)).toEqual(['saveToCrm', 'tell'])
  })

  it('waits in a queue when the next pool is one', () => {
    const { state, effects } = routed(dueNow(held).state, toQueue, 'hold-over', 240)
    expect(state.ownership).toMatchObject({ status: 'queued', pool: desk })
    expect(dos(effects)).toEqual(['record', 'saveToCrm', 'tell'])
  })

  it('is put before a person when the next pool has nobody either, with the time to decide as its next instant', () => {
    const asked = routed(dueNow(held).state, { kind: 'review', review: 'nobody-available' }, 'hold-over', 240)
    expect(asked.effects).toEqual([{ do: 'openReview', review: 'nobody-available' }])
    const opened = react(asked.state, { kind: 'reviewOpened', atMs: minute(240), review })
    expect(opened.state.ownership).toEqual({ status: 'in_review', waited: { lastOwner: null } })
    expect(earliestDue(opened.state)).toEqual({ what: 'review', atMs: minute(300) })
    expect(dos(opened.effects)).toEqual(['record', 'saveToCrm', 'tell'])
    const rejected = hear(opened.state, decide('reject'))
    expect(dos(rejected.effects)).toEqual(['record', 'saveToCrm', 'answer'])
  })
})

describe('a lead in a queue', () => {
  it('is recorded and saved before its members are told', () => {
    const { effects } = routed(received(lead), toQueue)
    expect(dos(effects)).toEqual(['record', 'saveToCrm', 'tell'])
    expect(effects[0]).toMatchObject({
      entries: [{ kind: 'queued', data: { pool: 'desk', members: ['ana', 'ben'], then: 'anyone' } }],
    })
    expect(effects[2]).toEqual({
      do: 'tell',
      about: 'queued',
      to: [
        { audience: 'member', rep: ana },
        { audience: 'member', rep: ben },
      ],
    })
  })

  it('goes to the first member who accepts it', () => {
    const { state, effects } = accept(queued, 'ben')
    expect(effects).toEqual([
      {
        do: 'record',
        actor: 'ben',
        entries: [{ kind: 'accepted', data: { by: 'ben', pool: 'desk' } }],
        requestId: 'r1',
      },
      { do: 'route', cause: 'accepted', directed: { kind: 'rep', rep: ben }, lastOwner: null },
      { do: 'answerAcceptance', requestId: 'r1', member: ben },
    ])
    const taken = routed(state, { ...toAna, owner: ben }, 'accepted', 5).state
    expect(answerToAcceptance(taken, ben)).toEqual({ ok: true, status: 'assigned', owner: 'ben' })
    expect(refusal(accept(taken, 'ana').effects)).toEqual({
      ok: false,
      code: 'taken',
      detail: ['ben'],
      status: 'assigned',
      owner: 'ben',
    })
  })

  it('tells a member who went on leave meanwhile who was given the lead instead', () => {
    const { state } = accept(queued, 'ben')
    const given = routed(state, { ...toAna, owner: cleo }, 'accepted', 5).state
    expect(answerToAcceptance(given, ben)).toMatchObject({ ok: false, code: 'taken', owner: 'cleo' })
    const again = routed(state, { ...toQueue, members: [ana] }, 'accepted', 5).state
    expect(answerToAcceptance(again, ben)).toMatchObject({ ok: false, code: 'wrong-state', status: 'queued' })
  })

  it('is no business of anybody else, not even of a manager', () => {
    for (const [by, role] of [
      ['cleo', 'rep'],
      ['mara', 'manager'],
    ] as const) {
      const { state, effects } = accept(queued, by, role)
      expect(state).toEqual(queued)
      expect(refusal(effects)).toMatchObject({ code: 'not-member', detail: ['ana', 'ben'], owner: null })
      expect(effects[0]).toMatchObject({ do: 'record', entries: [{ kind: 'refused' }] })
    }
  })

  it('goes on when nobody has accepted it in time', () => {
    const { effects } = dueNow(queued)
    expect(effects).toMatchObject([
      { do: 'record', entries: [{ kind: 'queueTimedOut', data: { pool: 'desk', then: 'anyone' } }] },
      { do: 'route', cause: 'queue-timeout', directed: toQueue.then, lastOwner: null },
    ])
  })

  it('takes in another submission of the same person, and whoever may accept it hears of that', () => {
    const { state, effects } = hear(queued, say('addSubmission', { lead: other }, other, 'system'))
    expect(state.ownership).toEqual(queued.ownership)
    expect(dos(effects)).toEqual(['acceptSubmission', 'answerJoin', 'tell', 'answer'])
    expect(effects[2]).toMatchObject({ about: 'submission-joined', to: [{ rep: ana }, { rep: ben }] })
    expect(dos(hear(held, say('addSubmission', { lead: other }, other, 'system')).effects)).toEqual([
      'acceptSubmission',
      'answerJoin',
      'answer',
    ])
  })
})

describe('a lead that had an owner before it waits', () => {
  const lapsed = dueNow(ownedByAna)

  it.each([
    ['held', toHold],
    ['queued', { ...toQueue, members: [ben] }],
  ] as const)(
    'belongs to nobody while it is %s, and whoever had it hears so after the save',
    (status, answer) => {
      const { state, effects } = routed(lapsed.state, answer, 'lapsed', 600)
      expect(state.ownership).toMatchObject({ status, lastOwner: ana, hop: 1 })
      expect(hopOf(state)).toBe(1)
      expect(effects[0]).toMatchObject({
        entries: [{ kind: status, data: { from: 'ana', cause: 'lapsed' } }],
      })
      expect(effects.slice(1).at(-1)).toEqual({
        do: 'tell',
        about: 'moved-on',
        to: [{ audience: 'former-owner', rep: ana }],
      })
      expect(dos(effects).indexOf('saveToCrm')).toBeLessThan(dos(effects).indexOf('tell'))
    },
  )

  it('is routed on as a lead that was theirs, through a review too', () => {
    const waiting = routed(lapsed.state, toHold, 'lapsed', 600).state
    expect(dueNow(waiting).effects).toMatchObject([{ do: 'route', lastOwner: ana }])
    const opened = react(waiting, { kind: 'reviewOpened', atMs: minute(840), review }).state
    expect(lastOwnerOf(opened)).toBe(ana)
    expect(hear(opened, decide('assign')).effects).toContainEqual({
      do: 'route',
      cause: 'review',
      directed: null,
      lastOwner: ana,
    })
  })
})

describe('a source that is off or in shadow', () => {
  it('has its leads stored, and nothing else happens', () => {
    const { state, effects } = react(received(lead), {
      kind: 'prepared',
      atMs: minute(0),
      prepared: { verdict: 'stored' },
    })
    expect(state.ownership).toMatchObject({ status: 'closed', outcome: 'stored' })
    expect(effects).toEqual([
      {
        do: 'record',
        actor: 'system',
        entries: [{ kind: 'closed', data: { outcome: 'stored', reason: 'source-off', mergedInto: null } }],
        requestId: null,
      },
    ])
  })

  it('has them decided in shadow, and nobody is told, no clock runs and the CRM does not hear of it', () => {
    const { state, effects } = routed(received(lead), { kind: 'shadowed' })
    expect(state.ownership).toMatchObject({ status: 'closed', outcome: 'shadowed' })
    expect(state.clocks).toEqual([])
    expect(effects).toMatchObject([
      { do: 'record', entries: [{ kind: 'closed', data: { outcome: 'shadowed' } }] },
    ])
  })

  it('takes no duplicate in', () => {
    const { state } = routed(received(lead), { kind: 'shadowed' })
    const { effects } = hear(state, say('addSubmission', { lead: other }, other, 'system'))
    expect(effects[0]).toEqual({ do: 'answerJoin', lead: other, accepted: false })
  })
})

describe('queues that lead to one another', () => {
  it('take a lead once: when nobody of the first has it a second time before them, a person decides', () => {
    const timedOut = (state: LeadState) =>
      react(state, {
        kind: 'due',
        atMs: minute(30),
        due: { what: 'queue', atMs: minute(30) },
      }).state
    const second = routed(timedOut(queued), { ...toQueue, pool: poolId.parse('other') }, 'queue-timeout')
    expect(second.state.ownership.status).toBe('queued')
    const again = routed(timedOut(second.state), toQueue, 'queue-timeout')
    expect(again.effects).toEqual([{ do: 'openReview', review: 'nobody-available' }])
  })

  it('take it again after somebody has had it', () => {
    const timedOut = react(queued, {
      kind: 'due',
      atMs: minute(30),
      due: { what: 'queue', atMs: minute(30) },
    }).state
    const owned = routed(timedOut, toAna, 'queue-timeout').state
    expect(routed(owned, toQueue, 'lapsed').state.ownership.status).toBe('queued')
  })
})

const review: OpenReview = {
  id: reviewId,
  kind: 'nobody-available',
  decides: mara,
  backup: ben,
  escalated: false,
  dueAtMs: minute(300),
  backupDueAtMs: minute(360),
  onTimeout: { kind: 'reject' },
}

function decide(choice: 'assign' | 'reject' | 'disqualify'): Message {
  return say('decideReview', { review: reviewId, decision: { choice } }, 'mara', 'manager')
}

/** What is said to a lead, as a member of the queue or as a manager would. */
const spoken: Record<MessageName, object> = {
  acknowledge: {},
  recordTouch: { kind: 'call' },
  requestReassignment: { reason: 'capacity' },
  decideReassignment: { request: 'q1', approve: true },
  decideReview: { review: reviewId, decision: { choice: 'reject' } },
  handOff: { to: 'ben' },
  answerHandoff: { accept: true },
  addSubmission: { lead: other },
  answerJoin: { survivor: other, accepted: true },
  close: { outcome: 'disqualified' },
  acceptLead: {},
  pauseClock: { reason: 'waiting-for-prospect' },
  resumeClock: {},
  changeOwnerAvailability: { leave: reviewId, rep: 'ana', change: { kind: 'returned' } },
  splitSubmission: { lead: other },
  adoptPolicy: { version: 2, reRoute: true },
  erase: {},
}

describe('every message in every state', () => {
  const joining = react(received(lead), {
    kind: 'prepared',
    atMs: minute(0),
    prepared: { verdict: 'joins', survivor: other },
  }).state
  const states: Record<LeadState['ownership']['status'], LeadState> = {
    received: received(lead),
    joining,
    in_review: react(received(lead), { kind: 'reviewOpened', atMs: minute(0), review }).state,
    held,
    queued,
    assigned: ownedByAna,
    acknowledged: hear(ownedByAna, say('acknowledge')).state,
    working: hear(ownedByAna, say('recordTouch', { kind: 'call' })).state,
    closed: hear(ownedByAna, say('close', { outcome: 'lost' })).state,
  }
  const nothing = 'refused: no-such-item'
  const wrong = 'refused: wrong-state'
  const notTheirs = 'refused: not-allowed'
  const ofOthers: Partial<Record<MessageName, [string, string]>> = {
    addSubmission: [notTheirs, notTheirs],
    answerJoin: [notTheirs, notTheirs],
    changeOwnerAvailability: [notTheirs, notTheirs],
    splitSubmission: [notTheirs, 'splitSubmission'],
    adoptPolicy: [notTheirs, notTheirs],
    erase: [notTheirs, notTheirs],
  }

  /** By a member of the queue (Ana), then by the manager. What is not named here is refused as the wrong state. */
  const table: Record<'held' | 'queued', Partial<Record<MessageName, [string, string]>>> = {
    held: {
      decideReassignment: [nothing, nothing],
      decideReview: [nothing, nothing],
      answerHandoff: [nothing, nothing],
      ...ofOthers,
      close: ['refused: not-owner', 'record saveToCrm'],
    },
    queued: {
      decideReassignment: [nothing, nothing],
      decideReview: [nothing, nothing],
      answerHandoff: [nothing, nothing],
      ...ofOthers,
      close: ['refused: not-owner', 'record saveToCrm'],
      acceptLead: ['record route', 'refused: not-member'],
    },
  }

  const names = message.options.map(({ shape }) => shape.name.value)
  const cells = (['held', 'queued'] as const).flatMap(status => names.map(name => ({ status, name })))

  it.each(cells)('$status: $name', ({ status, name }) => {
    const [byMember, byManager] = table[status][name] ?? [wrong, wrong]
    expect(whatHappens(states[status], name, 'ana', 'rep')).toBe(byMember)
    expect(whatHappens(states[status], name, 'mara', 'manager')).toBe(byManager)
  })

  it('gets one answer, at once or from the step that it asks for', () => {
    const anyState = fc.constantFrom(...Object.values(states))
    const anyName = fc.constantFrom(...names)
    const anybody = fc.constantFrom(['ana', 'rep'], ['ben', 'rep'], ['mara', 'manager'], [other, 'system'])
    fc.assert(
      fc.property(anyState, anyName, anybody, (state, name, [by = '', role = '']) => {
        const { state: after, effects } = hear(state, say(name, spoken[name], by, role))
        const answers = effects.filter(effect =>
          [
            'answer',
            'answerAcceptance',
            'openRequest',
            'openHandoff',
            'openPause',
            'splitSubmission',
            'adoptPolicy',
          ].includes(effect.do),
        )
        expect(answers).toHaveLength(1)
        expect(isOpen(after) || after.clocks.length === 0).toBe(true)
      }),
    )
  })

  it('closes a lead that waits, with the CRM, and starts nothing more', () => {
    for (const state of [held, queued]) {
      const { state: after } = hear(state, say('close', { outcome: 'disqualified' }, 'mara', 'manager'))
      expect(after.ownership).toMatchObject({ status: 'closed', outcome: 'disqualified', lastOwner: null })
      expect(earliestDue(after)).toBeNull()
    }
  })

  it('is carried as plain JSON through continue-as-new', () => {
    for (const state of Object.values(states)) expect(JSON.parse(JSON.stringify(state))).toEqual(state)
  })
})

function whatHappens(state: LeadState, name: MessageName, by: string, role: string): string {
  const { effects } = hear(state, say(name, spoken[name], by, role))
  const refused = refusal(effects)
  if (refused?.ok === false) return `refused: ${refused.code}`
  return dos(effects)
    .filter(step => step !== 'answer' && step !== 'answerAcceptance')
    .join(' ')
}
