import { describe, expect, it } from 'vitest'
import { candidatesOf, decide, reExecute } from '../../domain/decide.js'
import { type DecisionInput, decisionInput } from '../../domain/decision.js'
import type { Policy, Target } from '../../domain/policy.js'
import { whyNot, whyOwner } from '../../domain/why.js'
import {
  aLead,
  anAccount,
  anInput,
  aPerson,
  aPolicy,
  aRoster,
  pool,
  rep,
  standings,
  thePeople,
  toAccountOwner,
  toPool,
  toRep,
  turns,
} from './a-policy.js'

/** Ana, an SDR, hands over; `mixed` has an SDR among the account executives. */
const pools: Policy['pools'] = {
  ...aPolicy().pools,
  [pool('mixed')]: turns({ ben: 100, dora: 100, emil: 100 }),
  [pool('shared')]: turns(
    { dora: 100, emil: 100 },
    { choice: { by: 'queue', acceptWithinMs: 60_000, then: toRep('gina') } },
  ),
}
const roles = Object.fromEntries(
  aRoster().people.map(({ id, role }): [string, { role: string }] => [id, { role }]),
)

function offered(target: Target, changes: Partial<DecisionInput> = {}): DecisionInput {
  return anInput({
    hop: 3,
    lastOwner: rep('ana'),
    excluded: [{ rep: rep('ana'), reason: 'reassigned' }],
    directed: target,
    receiver: 'ae',
    people: thePeople(roles),
    pools: {
      [pool('mixed')]: standings({ ben: [100, 0.9], dora: [100, 0], emil: [100, 0.4] }),
      [pool('shared')]: standings({ dora: [100, 0], emil: [100, 0] }),
      [pool('ae-emea')]: standings({ dora: [100, 0], emil: [100, 0] }),
    },
    ...changes,
  })
}

const policy = aPolicy({ pools })
const gone = (...ids: string[]) =>
  thePeople(
    Object.fromEntries(Object.entries(roles).map(([id, { role }]) => [id, { role, away: ids.includes(id) }])),
  )

describe('a handoff that the policy assigns', () => {
  it('is a turn of the pool among those of the receiver’s role, whoever else is owed more', () => {
    const decision = decide(policy, offered(toPool('mixed')))
    expect(decision).toMatchObject({
      kind: 'assigned',
      owner: 'emil',
      rule: 'directed',
      tried: [toPool('mixed')],
      turn: { pool: 'mixed', rep: 'emil' },
      candidates: [
        { rep: 'ben', outcome: 'other-role' },
        { rep: 'dora', outcome: 'waits' },
        { rep: 'emil', outcome: 'chosen' },
      ],
    })
  })

  const nobody: [string, Target, Partial<DecisionInput>, object[]][] = [
    [
      'are all away, though the fallback has somebody',
      toPool('ae-emea'),
      { people: gone('dora', 'emil') },
      [
        { rep: 'dora', outcome: 'away' },
        { rep: 'emil', outcome: 'away' },
      ],
    ],
    [
      'is named, and has declined this lead before',
      toRep('dora'),
      { excluded: [{ rep: rep('dora'), reason: 'declined' }] },
      [{ rep: 'dora', outcome: 'declined' }],
    ],
    ['is named, and has another role', toRep('ben'), {}, [{ rep: 'ben', outcome: 'other-role' }]],
    ['owns the account, of which there is none', toAccountOwner, {}, []],
    [
      'owns the account, and hands over to nobody but themselves',
      toAccountOwner,
      {
        facts: aLead({ account: anAccount('dora') }),
        lastOwner: rep('dora'),
        excluded: [{ rep: rep('dora'), reason: 'reassigned' }],
      },
      [{ rep: 'dora', outcome: 'reassigned' }],
    ],
  ]
  it.each(nobody)('goes to nobody when whoever it names %s', (_, target, changes, candidates) => {
    const decision = decide(policy, offered(target, changes))
    expect(decision).toMatchObject({ kind: 'review', review: 'nobody-available' })
    expect(decision.candidates).toMatchObject(candidates)
    expect(decision.candidates).toHaveLength(candidates.length)
  })

  it('takes turns in a pool that is a queue, since somebody must be asked', () => {
    expect(decide(policy, offered(toPool('shared')))).toMatchObject({
      kind: 'assigned',
      owner: 'dora',
      turn: { pool: 'shared', rep: 'dora' },
    })
  })

  it('is no question of the source or of value, and says so in words of its own', () => {
    const input = offered(toPool('mixed'), { facts: aLead({ source: 'fax' }) })
    const record = { input, decision: decide(policy, input) }
    expect(record.decision).toMatchObject({ kind: 'assigned', review: null })
    expect(whyOwner(record).slice(0, 4)).toEqual([
      'emil is offered this lead.',
      'The policy offers handoffs to the pool mixed, and there to the role ae.',
      "In the pool mixed it was emil's turn: owed 0.90 turns, and due first; dora 0.50 turns.",
      "It is ana's until they accept.",
    ])
    expect(whyNot(record, rep('ben'))).toEqual([
      'ben in the pool mixed has another role than the handoff asks for (ae).',
    ])
    expect(whyNot(record, rep('gina'))).toEqual([
      'gina was not asked: the policy offers handoffs to the pool mixed.',
    ])
  })

  it('asks the roster for roles, and of a routing for none', () => {
    const asked = { ...offered(toPool('mixed')), receiver: 'ae' }
    const roster = aRoster({ people: [...aRoster().people, aPerson('zoe', { role: 'ae' })] })
    expect(candidatesOf(policy, asked, roster, asked.atMs).people).toMatchObject([
      { rep: 'ben', role: 'sdr' },
      { rep: 'dora', role: 'ae' },
      { rep: 'emil', role: 'ae' },
    ])
    const routed = candidatesOf(policy, { ...asked, receiver: undefined }, roster, asked.atMs)
    expect(routed.people.every(person => !('role' in person))).toBe(true)
  })

  it('repeats from its record, as the database gives it back', () => {
    const input = offered(toPool('mixed'))
    const stored = JSON.parse(JSON.stringify({ input, decision: decide(policy, input) }))
    const record = { input: decisionInput.parse(stored.input), decision: stored.decision }
    expect(reExecute(policy, record).same).toBe(true)
    expect(reExecute(policy, { ...record, input: { ...record.input, receiver: 'sdr' } }).same).toBe(false)
  })
})
