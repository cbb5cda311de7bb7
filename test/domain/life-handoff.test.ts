import { describe, expect, it } from 'vitest'
import { instant, leadId, poolId, type RepId, repId } from '../../domain/ids.js'
import { earliestDue } from '../../domain/life/moves.js'
import { react, received } from '../../domain/life/react.js'
import type { Effect, HandoffOpened, LeadState, Routed } from '../../domain/life/state.js'
import { type Message, message } from '../../domain/messages.js'

const lead = leadId.parse('6f2c1c3e-5b0c-4f0e-9f1a-0c9f6d9a0001')
const [ana, dora, mara] = [repId.parse('ana'), repId.parse('dora'), repId.parse('mara')]
const minute = (minutes: number) => instant(Date.UTC(2026, 10, 23, 9) + minutes * 60_000)

const to = (owner: RepId, manager: RepId | null): Extract<Routed, { kind: 'assigned' }> => ({
  kind: 'assigned',
  owner,
  manager,
  rule: 'uk',
  pool: poolId.parse('uk-sdr'),
  clocks: [],
  reRoutes: { most: 1, then: { kind: 'managerOfOwner' } },
  highValue: false,
})
const routed = (state: LeadState, owner: RepId, cause: 'new' | 'handoff' = 'new') =>
  react(state, { kind: 'routed', atMs: minute(0), cause, routed: to(owner, mara) }).state

const ownedByAna = routed(received(lead), ana)

const say = (name: string, payload: object = {}, actor = 'ana', role = 'rep'): Message =>
  message.parse({
    name,
    payload: { requestId: 'h1', actor: { id: actor, role }, atMs: minute(5), ...payload },
  })
const hear = (state: LeadState, said: Message) =>
  react(state, { kind: 'message', atMs: minute(5), message: said })

function opened(state: LeadState, how: HandoffOpened, payload: object = {}) {
  const said = say('handOff', payload)
  if (said.name !== 'handOff') throw new Error(said.name)
  return react(state, { kind: 'handoffOpened', atMs: minute(5), message: said, opened: how })
}

const named: HandoffOpened = { kind: 'offered', dueAtMs: minute(60) }
const byRule: HandoffOpened = { kind: 'offered', dueAtMs: minute(60), to: dora, hop: 1 }
const offeredByName = opened(ownedByAna, named, { to: 'dora' }).state
const offeredByRule = opened(ownedByAna, byRule).state
const offeredUp = opened(ownedByAna, { ...byRule, up: mara }).state

const due = (state: LeadState) => {
  const next = earliestDue(state)
  if (next === null) throw new Error('nothing comes due')
  return react(state, { kind: 'due', atMs: next.atMs, due: next })
}

/** `record handoffAnswered`, `route handoff to dora`, `tell handoff-answered requester ana`, `answer unknown-person`. */
function said(effects: readonly Effect[]): string[] {
  return effects.map(effect => {
    switch (effect.do) {
      case 'record':
        return `record ${effect.entries.map(({ kind }) => kind).join(', ')}`
      case 'route':
        return `route ${effect.cause} to ${effect.directed?.kind === 'rep' ? effect.directed.rep : 'the rules'}`
      case 'tell':
        return `tell ${effect.about} ${effect.to.map(told => `${told.audience} ${'rep' in told ? told.rep : ''}`).join(', ')}`
      case 'answer':
        return effect.answer?.ok === false
          ? `refused ${[effect.answer.code, ...effect.answer.detail].join(' ')}`
          : 'accepted'
      default:
        return effect.do
    }
  })
}

describe('a handoff', () => {
  const cases: [string, { state: LeadState; effects: readonly Effect[] }, string[], Partial<LeadState>][] = [
    [
      'is offered to whom the sender names, and takes no routing attempt',
      opened(ownedByAna, named, { to: 'dora' }),
      ['tell handoff-offered receiver dora', 'accepted'],
      { hop: 1, handoff: { id: 'h1', from: ana, to: dora, dueAtMs: minute(60), up: null } },
    ],
    [
      'is offered to whom the policy chooses, which is a routing attempt of its own',
      opened(ownedByAna, byRule),
      ['tell handoff-offered receiver dora', 'accepted'],
      { hop: 2, handoff: { id: 'h1', from: ana, to: dora, dueAtMs: minute(60), up: null } },
    ],
    [
      'that nobody can take is refused with what kept each of them from it, and takes no attempt',
      opened(ownedByAna, { kind: 'refused', code: 'unknown-person', detail: ['dora:away'] }),
      ['refused unknown-person dora:away'],
      { hop: 1, handoff: null },
    ],
    [
      'to nobody, where the policy chooses nobody, is refused with what is missing',
      opened(ownedByAna, { kind: 'refused', code: 'incomplete', detail: ['to'] }),
      ['refused incomplete to'],
      { hop: 1, handoff: null },
    ],
    [
      'that is accepted moves the lead to the receiver',
      hear(offeredByRule, say('answerHandoff', { requestId: 'a1', accept: true }, 'dora')),
      ['record handoffAnswered', 'route handoff to dora', 'accepted'],
      { hop: 2, handoff: null, excluded: [] },
    ],
    [
      'that is declined stays with the sender, and never goes to the same receiver again',
      hear(
        offeredByRule,
        say('answerHandoff', { requestId: 'a1', accept: false, reason: 'no-budget' }, 'dora'),
      ),
      ['record handoffAnswered', 'tell handoff-answered requester ana', 'accepted'],
      { hop: 2, handoff: null, excluded: [{ rep: dora, reason: 'declined' }] },
    ],
    [
      'that nobody answers stays with the sender, whose manager hears of it',
      due(offeredByRule),
      ['record handoffAnswered', 'tell handoff-answered requester ana, manager mara'],
      { hop: 2, handoff: null, excluded: [] },
    ],
    [
      'that nobody answers goes up where the policy says so, past the receiver for good',
      due(offeredUp),
      ['record handoffAnswered', 'route handoff to mara', 'tell handoff-answered requester ana'],
      { hop: 2, handoff: null, excluded: [{ rep: dora, reason: 'lapsed' }] },
    ],
    [
      'ends with the lead, which is closed meanwhile',
      hear(offeredByRule, say('close', { requestId: 'c1', outcome: 'lost' })),
      ['record handoffSuperseded, closed', 'saveToCrm', 'tell superseded receiver dora', 'accepted'],
      { handoff: null },
    ],
    [
      'is answered by the receiver alone, or by whoever may act for them',
      hear(offeredByRule, say('answerHandoff', { requestId: 'a1', accept: true }, 'ben')),
      ['record refused', 'refused not-owner dora'],
      { handoff: offeredByRule.handoff },
    ],
    [
      'is not offered a second time while the first is open',
      hear(offeredByRule, say('handOff', { requestId: 'h2' })),
      ['refused wrong-state handoff-open h1'],
      { handoff: offeredByRule.handoff },
    ],
  ]
  it.each(cases)('%s', (_, { state, effects }, done, after) => {
    expect(said(effects)).toEqual(done)
    expect(state).toMatchObject(after)
  })

  it('says in its entry to whom it went up, so that the timeline does not say that the owner stays', () => {
    const [record] = due(offeredUp).effects
    expect(record).toMatchObject({ entries: [{ data: { to: 'dora', timedOut: true, up: 'mara' } }] })
    const [back] = due(offeredByRule).effects
    expect(back).toMatchObject({ entries: [{ data: { to: 'dora', timedOut: true } }] })
    expect(JSON.stringify(back)).not.toContain('"up"')
  })

  it('that is accepted makes the receiver the owner on the attempt after the one that chose them', () => {
    const accepted = hear(offeredByRule, say('answerHandoff', { requestId: 'a1', accept: true }, 'dora'))
    const after = routed(accepted.state, dora, 'handoff')
    expect(after).toMatchObject({ hop: 3, ownership: { status: 'assigned', owner: { rep: 'dora', hop: 2 } } })
  })

  it('by name leaves the numbers as they were before the policy could choose', () => {
    const accepted = hear(offeredByName, say('answerHandoff', { requestId: 'a1', accept: true }, 'dora'))
    const after = routed(accepted.state, dora, 'handoff')
    expect(after).toMatchObject({ hop: 2, ownership: { owner: { rep: 'dora', hop: 1 } } })
  })
})
