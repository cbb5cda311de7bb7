import { describe, expect, it } from 'vitest'
import { instant, leadId, repId } from '../../domain/ids.js'
import { earliestDue } from '../../domain/life/moves.js'
import { react, received } from '../../domain/life/react.js'
import type {
  Effect,
  LeadState,
  OpenReview,
  Reaction,
  RequestOpened,
  Routed,
} from '../../domain/life/state.js'
import { type Message, message } from '../../domain/messages.js'

const lead = leadId.parse('6f2c1c3e-5b0c-4f0e-9f1a-0c9f6d9a0001')
const reviewId = '6f2c1c3e-5b0c-4f0e-9f1a-0c9f6d9a0009'
const [ana, ben, mara, otto] = [
  repId.parse('ana'),
  repId.parse('ben'),
  repId.parse('mara'),
  repId.parse('otto'),
]
const minute = (minutes: number) => instant(Date.UTC(2026, 10, 23, 9) + minutes * 60_000)

const toAna: Extract<Routed, { kind: 'assigned' }> = {
  kind: 'assigned',
  owner: ana,
  manager: mara,
  rule: 'uk',
  clocks: [],
  reRoutes: { most: 1, then: { kind: 'managerOfOwner' } },
  highValue: false,
}
const ownedByAna = react(received(lead), {
  kind: 'routed',
  atMs: minute(0),
  cause: 'new',
  routed: toAna,
}).state

const say = (name: string, payload: object = {}, actor = 'ben', role = 'rep'): Message =>
  message.parse({
    name,
    payload: { requestId: 'q1', actor: { id: actor, role }, atMs: minute(5), ...payload },
  })
const hear = (state: LeadState, said: Message) =>
  react(state, { kind: 'message', atMs: minute(5), message: said })

const opened = (onTimeout: OpenReview['onTimeout']) =>
  react(ownedByAna, {
    kind: 'reviewOpened',
    atMs: minute(5),
    review: {
      id: reviewId,
      kind: 'ownership-claimed',
      decides: mara,
      backup: otto,
      escalated: false,
      dueAtMs: minute(30),
      backupDueAtMs: minute(60),
      onTimeout,
      claimant: ben,
    },
  }).state
const claimed = opened({ kind: 'keepOwner' })

const claims = (more: object = {}, by = 'ben', role = 'rep') =>
  say('requestReassignment', { reason: 'my-account', wanted: 'ben', ...more }, by, role)
const decide = (decision: object, by = 'mara', role = 'manager') =>
  say('decideReview', { requestId: 'd1', review: reviewId, decision }, by, role)

const due = (state: LeadState) => {
  const next = earliestDue(state)
  if (next === null) throw new Error('nothing comes due')
  return react(state, { kind: 'due', atMs: next.atMs, due: next })
}

function said(effects: readonly Effect[]): string[] {
  return effects.map(effect => {
    switch (effect.do) {
      case 'record':
        return `record ${effect.entries.map(({ kind }) => kind).join(', ')}`
      case 'route':
        return `route ${effect.cause} to ${effect.directed?.kind === 'rep' ? effect.directed.rep : 'the rules'}`
      case 'tell':
        return `tell ${effect.about} ${effect.to.map(told => ('rep' in told ? told.rep : '')).join(', ')}`
      case 'openReview':
        return `open ${effect.review} for ${effect.claim?.by ?? 'nobody'} (${effect.claim?.reason ?? ''})`
      case 'answer':
        return effect.answer?.ok === false
          ? `refused ${[effect.answer.code, ...effect.answer.detail].join(' ')}`
          : 'accepted'
      default:
        return effect.do
    }
  })
}

describe('a lead that a colleague claims', () => {
  const cases: [string, Reaction, string[]][] = [
    [
      'is a review for whoever decides, and stays with its owner meanwhile',
      hear(ownedByAna, claims()),
      ['open ownership-claimed for ben (my-account)', 'accepted'],
    ],
    [
      'cannot be claimed a second time while somebody decides',
      hear(claimed, claims({ requestId: 'q2', wanted: 'cleo' }, 'cleo')),
      [`refused wrong-state review-open ${reviewId}`],
    ],
    [
      'is not claimed by asking for it to go to a third person',
      hear(ownedByAna, claims({ wanted: 'cleo' })),
      ['record refused', 'refused not-owner ana'],
    ],
    [
      'is asked for by a manager in the owner’s name, not claimed',
      hear(ownedByAna, claims({}, 'mara', 'manager')),
      ['openRequest'],
    ],
    ['cannot be claimed while nobody owns it', hear(received(lead), claims()), ['refused wrong-state']],
    [
      'goes to the claimant when it is granted without a name',
      hear(claimed, decide({ choice: 'assign' })),
      ['record reviewDecided', 'route review to ben', 'tell claim-decided ben', 'accepted'],
    ],
    [
      'goes to a third person when whoever decides says so',
      hear(claimed, decide({ choice: 'assign', rep: 'cleo' })),
      ['record reviewDecided', 'route review to cleo', 'tell claim-decided ben', 'accepted'],
    ],
    [
      'stays where it is when it is refused, and the claimant hears so',
      hear(claimed, decide({ choice: 'keepOwner' })),
      ['record reviewDecided', 'tell claim-decided ben', 'accepted'],
    ],
    [
      'is not for the claimant to decide',
      hear(claimed, decide({ choice: 'assign' }, 'ben', 'rep')),
      ['record refused', 'refused not-decider mara otto'],
    ],
    [
      'is not for the one to correct, to reject or to disqualify',
      hear(claimed, decide({ choice: 'disqualify' })),
      ['refused not-a-choice keepOwner assign'],
    ],
    [
      'is decided by the backup when the time is over',
      due(claimed),
      ['record reviewEscalated', 'tell review-escalated otto'],
    ],
    [
      'stays with its owner when nobody decides',
      due(due(claimed).state),
      ['record reviewTimedOut', 'tell claim-decided ben'],
    ],
    [
      'goes where the policy says when nobody decides',
      due(due(opened({ kind: 'assign', target: { kind: 'rep', rep: ben } })).state),
      ['record reviewTimedOut', 'route review-timeout to ben', 'tell claim-decided ben'],
    ],
    [
      'is decided by what becomes of it: the claimant hears when it is closed',
      hear(claimed, say('close', { requestId: 'c1', outcome: 'lost' }, 'ana')),
      [
        'record reviewSuperseded, closed',
        'saveToCrm',
        'tell claim-decided ben',
        'tell superseded mara',
        'accepted',
      ],
    ],
  ]
  it.each(cases)('%s', (_, { effects }, done) => {
    expect(said(effects)).toEqual(done)
  })

  it('that is handed over meanwhile is the receiver’s, and the claimant hears so', () => {
    const both: LeadState = {
      ...claimed,
      handoff: { id: 'h1', from: ana, to: otto, dueAtMs: minute(90), up: null },
    }
    const accepted = hear(both, say('answerHandoff', { requestId: 'a1', accept: true }, 'otto'))
    expect(said(accepted.effects)).toEqual([
      'record handoffAnswered, reviewSuperseded',
      'route handoff to otto',
      'tell claim-decided ben',
      'tell superseded mara',
      'accepted',
    ])
    expect(accepted.state.review).toBeNull()
  })
})

describe('a request for another owner', () => {
  function asked(how: RequestOpened, payload: object = {}) {
    const request = say('requestReassignment', { reason: 'capacity', ...payload }, 'ana')
    if (request.name !== 'requestReassignment') throw new Error(request.name)
    return react(ownedByAna, { kind: 'requestOpened', atMs: minute(5), message: request, opened: how })
  }

  it('that comes too soon after a refusal is refused with the instant from which it may come', () => {
    const { state, effects } = asked({
      kind: 'refused',
      code: 'cooling-down',
      detail: ['2026-11-24T09:00:00.000Z'],
    })
    expect(said(effects)).toEqual(['refused cooling-down 2026-11-24T09:00:00.000Z'])
    expect(state).toEqual(ownedByAna)
  })

  it('waits for a decision, of which a second manager hears that there is none any more', () => {
    const waits = asked({
      kind: 'asked',
      decides: mara,
      backup: otto,
      dueAtMs: minute(30),
      backupDueAtMs: minute(60),
    }).state
    const approve = (by: string, requestId: string) =>
      say('decideReassignment', { requestId, request: 'q1', approve: true, to: 'ben' }, by, 'manager')
    const first = hear(waits, approve('mara', 'd1'))
    expect(said(first.effects)).toEqual([
      'record reassignmentDecided',
      'route reassignment to ben',
      'tell reassignment-decided ana',
      'accepted',
    ])
    expect(said(hear(first.state, approve('otto', 'd2')).effects)).toEqual(['refused no-such-item'])
  })
})
