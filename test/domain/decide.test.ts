import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { candidatesOf, decide, reExecute } from '../../domain/decide.js'
import { type Decision, type DecisionInput, decision, decisionInput } from '../../domain/decision.js'
import { instant } from '../../domain/ids.js'
import type { Roster } from '../../domain/people.js'
import type { Policy, Rule, Target } from '../../domain/policy.js'
import {
  aLead,
  all,
  anAccount,
  anInput,
  aPerson,
  aPolicy,
  aRoster,
  aRule,
  atLeast,
  evenPools,
  is,
  pool,
  prefix,
  rep,
  reviewsWithHighValue,
  standings,
  thePeople,
  toAccountOwner,
  toManager,
  toPool,
  toRep,
  turns,
} from './a-policy.js'

const uk = aRule('uk', { when: is('country', 'GB') })
const ukDemo = aRule('uk-demo', { when: all(is('country', 'GB'), is('campaign', 'demo')), sla: 'hot' })
const ukLarge = aRule('uk-large', { when: all(is('country', 'GB'), atLeast('employees', 1000)) })
const accounts: Policy['accounts'] = { assign: toAccountOwner, backup: toPool('ae-emea'), sla: 'hot' }
const policy = aPolicy({ rules: [uk] })

describe('a lead in a territory that lies within another', () => {
  const countries = is('country', 'GB', 'IE', 'FR')
  const nested = aPolicy({
    rules: [
      aRule('isles', { when: is('territory', 'isles') }),
      aRule('west', { when: is('territory', 'west'), assign: toRep('gina') }),
    ],
    territories: {
      west: { when: countries, within: null, manager: null },
      isles: { when: all(countries, is('country', 'GB', 'IE')), within: 'west', manager: null },
    },
  })

  it('goes by the rule of the inner one', () => {
    expect(decide(nested, anInput())).toMatchObject({ kind: 'assigned', rule: 'isles' })
  })

  it.each([1, 2] as const)('was put before a person by engine %s, and its record still says so', engine => {
    const input = anInput({ engine })
    const made = decide(nested, input)
    expect(made).toMatchObject({
      kind: 'review',
      review: 'ambiguous-rule',
      between: ['isles', 'west'],
      rules: [
        { rule: 'isles', outcome: 'lost', why: 'as specific as west, and no rank decides' },
        { rule: 'west', outcome: 'lost', why: 'as specific as isles, and no rank decides' },
      ],
    })
  })
})

describe('a question for a person comes before any rule', () => {
  const cases: [sentence: string, input: Partial<DecisionInput>, expected: object][] = [
    [
      'when nobody declared the source',
      { facts: aLead({ source: 'fax' }) },
      { kind: 'review', review: 'undeclared-source' },
    ],
    [
      'when the source is called like something that every object has',
      { facts: aLead({ source: 'constructor' }) },
      { kind: 'review', review: 'undeclared-source' },
    ],
    [
      'when a critical field is missing',
      { facts: aLead({ country: null, missing: ['country'] }) },
      { kind: 'review', review: 'missing-critical' },
    ],
    [
      'but not when only a required field is missing',
      { facts: aLead({ missing: ['company'] }) },
      { kind: 'assigned' },
    ],
    [
      'but not when a person answered it, and sends the lead on by the rules',
      { facts: aLead({ source: 'fax' }), settled: ['undeclared-source'] },
      { kind: 'assigned', rule: 'uk' },
    ],
    [
      'but not when a person lets the lead pass without the field',
      { facts: aLead({ missing: ['country'] }), settled: ['missing-critical'] },
      { kind: 'assigned', rule: 'uk' },
    ],
    [
      'though a person answered another one',
      { facts: aLead({ missing: ['country'] }), settled: ['undeclared-source'] },
      { kind: 'review', review: 'missing-critical' },
    ],
    [
      'but not again when the lead already had an owner',
      { facts: aLead({ missing: ['country'] }), hop: 1, lastOwner: rep('ben') },
      { kind: 'assigned', rule: 'uk' },
    ],
    [
      'and again when a correction left the field missing',
      { facts: aLead({ missing: ['country'] }), hop: 1 },
      { kind: 'review', review: 'missing-critical' },
    ],
    [
      'but not again about the source, on a second attempt',
      { facts: aLead({ source: 'fax' }), hop: 1 },
      { kind: 'assigned', rule: 'uk' },
    ],
    [
      'but not when a person chose the rule',
      { facts: aLead({ missing: ['country'] }), hop: 1, chosenRule: 'uk' },
      { kind: 'assigned', rule: 'uk' },
    ],
    [
      'but not when a person said who shall have it',
      { facts: aLead({ source: 'fax' }), directed: toRep('dora') },
      { kind: 'assigned', owner: 'dora', rule: 'directed' },
    ],
  ]
  it.each(cases)('%s', (_, input, expected) => {
    expect(decide(policy, anInput(input))).toMatchObject(expected)
  })

  it('and names no rule, since none was asked', () => {
    expect(decide(policy, anInput({ facts: aLead({ source: 'fax' }) }))).toMatchObject({
      rules: [],
      candidates: [],
      between: [],
    })
  })
})

describe('a disqualified lead', () => {
  const strict = aPolicy({
    rules: [uk],
    qualify: { disqualified: is('emailDomain', 'disposable'), qualified: null },
  })
  const facts = aLead({ emailDomain: 'disposable' })

  it('ends without an owner', () => {
    expect(decide(strict, anInput({ facts }))).toMatchObject({
      kind: 'disqualified',
      qualification: 'disqualified',
    })
  })

  it('is asked about before it is disqualified, when its source is unknown', () => {
    expect(decide(strict, anInput({ facts: { ...facts, source: 'fax' } })).kind).toBe('review')
  })

  it('is owned all the same when a person directs it', () => {
    expect(decide(strict, anInput({ facts, directed: toRep('ana') }))).toMatchObject({
      kind: 'assigned',
      owner: 'ana',
    })
  })
})

describe('the owner', () => {
  const cases: [sentence: string, rule: Partial<Rule>, input: Partial<DecisionInput>, expected: object][] = [
    [
      'is whose turn it is',
      {},
      {},
      { owner: 'ana', tried: [toPool('uk-sdr')], turn: { pool: 'uk-sdr', rep: 'ana' } },
    ],
    [
      'is the one whose standing is due first',
      {},
      {
        pools: {
          ...evenPools(),
          [pool('uk-sdr')]: standings({ ana: [100, -0.6], ben: [100, 0.4], cleo: [50, 0.2] }),
        },
      },
      { owner: 'ben' },
    ],
    [
      'is the person that the rule names, without a turn',
      { assign: toRep('ben') },
      {},
      { owner: 'ben', turn: null },
    ],
    [
      'is of the backup when the person is away',
      { assign: toRep('dora'), backup: toPool('uk-sdr') },
      { people: thePeople({ dora: { away: true } }) },
      { owner: 'ana', rule: 'uk', tried: [toRep('dora'), toPool('uk-sdr')] },
    ],
    [
      'is of the fallback when the person has left and there is no backup',
      { assign: toRep('dora') },
      { people: thePeople({ dora: { employed: false } }) },
      { owner: 'ana', rule: 'uk', tried: [toRep('dora'), toPool('anyone')], turn: { pool: 'anyone' } },
    ],
    [
      'is of the backup when nobody of the pool can take it',
      { assign: toPool('ae-emea'), backup: toRep('gina') },
      { people: thePeople({ dora: { away: true }, emil: { employed: false } }) },
      { owner: 'gina', tried: [toPool('ae-emea'), toRep('gina')] },
    ],
    [
      'is never someone who let the lead lapse, declined it or lost it to a reassignment',
      {},
      { excluded: [excluded('ana', 'lapsed'), excluded('ben', 'declined')] },
      { owner: 'cleo' },
    ],
    [
      'is nobody of weight 0',
      {},
      { pools: { ...evenPools(), [pool('uk-sdr')]: standings({ ana: [0, 5], ben: [100, 0] }) } },
      { owner: 'ben' },
    ],
    [
      'is not the person whom the rule names once that one has declined',
      { assign: toRep('ben') },
      { excluded: [excluded('ben', 'declined')] },
      { owner: 'ana', turn: { pool: 'anyone' } },
    ],
    [
      'is the manager of the last owner, where a rule says so',
      { assign: toManager },
      { lastOwner: rep('ben') },
      { owner: 'gina', turn: null },
    ],
    [
      'is the manager above when the manager is away',
      { assign: toManager },
      { lastOwner: rep('ben'), people: thePeople({ gina: { away: true } }) },
      { owner: 'hugo' },
    ],
    [
      'is of the fallback when every manager has left',
      { assign: toManager },
      { lastOwner: rep('ben'), people: thePeople({ gina: { employed: false }, hugo: { employed: false } }) },
      { owner: 'ana', tried: [toManager, toPool('anyone')] },
    ],
    [
      'is of the fallback when managers manage each other and both are away',
      { assign: toManager },
      {
        lastOwner: rep('ben'),
        people: thePeople({ gina: { away: true }, hugo: { away: true, manager: rep('gina') } }),
      },
      { owner: 'ana' },
    ],
    [
      'is of the fallback when there is no last owner to have a manager',
      { assign: toManager },
      {},
      { owner: 'ana' },
    ],
  ]
  it.each(cases)('%s', (_, rule, input, expected) => {
    const changed = aPolicy({ rules: [{ ...uk, ...rule }] })
    expect(decide(changed, anInput(input))).toMatchObject({ kind: 'assigned', ...expected })
  })

  it('is found at night too: working hours exclude nobody', () => {
    const night = instant(Date.UTC(2026, 0, 1, 3))
    expect(decide(policy, anInput({ atMs: night }))).toMatchObject({ kind: 'assigned', owner: 'ana' })
  })

  it('cannot be looked for in a pool that the input does not hold', () => {
    expect(() => decide(policy, anInput({ pools: {} }))).toThrow('not told who is in the pool uk-sdr')
  })
})

describe('a lead of an account', () => {
  const named = aPolicy({ rules: [uk], accounts })
  const cases: [sentence: string, owner: string | null, input: Partial<DecisionInput>, expected: object][] = [
    [
      'goes to its owner',
      'emil',
      {},
      { owner: 'emil', rule: 'account owner', sla: 'hot', tried: [toAccountOwner] },
    ],
    [
      'goes to the backup when the owner is away',
      'emil',
      { people: thePeople({ emil: { away: true } }) },
      { owner: 'dora', tried: [toAccountOwner, toPool('ae-emea')] },
    ],
    [
      'goes to the backup when the owner let it lapse',
      'emil',
      { excluded: [excluded('emil', 'lapsed')] },
      { owner: 'dora' },
    ],
    ['goes to the backup when the owner is none of ours', '0058d000001', {}, { owner: 'dora' }],
    ['goes to the backup when it has no owner', null, {}, { owner: 'dora' }],
  ]
  it.each(cases)('%s', (_, owner, input, expected) => {
    const facts = aLead({ account: anAccount(owner) })
    expect(decide(named, anInput({ facts, ...input }))).toMatchObject({ kind: 'assigned', ...expected })
  })
})

describe('when nobody can take it', () => {
  const onlyGina = thePeople({ ana: { away: true }, ben: { employed: false }, cleo: { away: true } })

  it('a person decides, never the manager by default', () => {
    expect(decide(policy, anInput({ people: onlyGina, lastOwner: rep('ana') }))).toMatchObject({
      kind: 'review',
      review: 'nobody-available',
      candidates: [
        { rep: 'ana', pool: 'uk-sdr', outcome: 'away', standing: null },
        { rep: 'ben', pool: 'uk-sdr', outcome: 'left', standing: null },
        { rep: 'cleo', pool: 'uk-sdr', outcome: 'away', standing: null },
        { rep: 'ana', pool: 'anyone', outcome: 'away', standing: null },
        { rep: 'ben', pool: 'anyone', outcome: 'left', standing: null },
        { rep: 'cleo', pool: 'anyone', outcome: 'away', standing: null },
      ],
    })
  })

  it('a person decides, too, when the directed one is away and so is everyone behind', () => {
    const people = onlyGina.map(person => (person.rep === 'gina' ? { ...person, away: true } : person))
    expect(decide(policy, anInput({ people, directed: toRep('gina') }))).toMatchObject({
      review: 'nobody-available',
    })
  })
})

describe('rules of equal specificity', () => {
  const tied = aPolicy({ rules: [ukDemo, ukLarge] })
  const facts = aLead({ employees: 1000 })

  it('are put before a person', () => {
    expect(decide(tied, anInput({ facts }))).toMatchObject({
      kind: 'review',
      review: 'ambiguous-rule',
      between: ['uk-demo', 'uk-large'],
    })
  })

  it('are no question any more once a person chose one', () => {
    expect(decide(tied, anInput({ facts, chosenRule: 'uk-large' }))).toMatchObject({
      kind: 'assigned',
      rule: 'uk-large',
      sla: 'normal',
    })
  })
})

describe('a directed target', () => {
  const cases: [sentence: string, directed: Target, input: Partial<DecisionInput>, expected: object][] = [
    [
      'skips the rules',
      toRep('dora'),
      {},
      { owner: 'dora', rule: 'directed', tried: [toRep('dora')], turn: null },
    ],
    [
      'may be a pool, which then takes a turn',
      toPool('ae-emea'),
      {},
      { owner: 'dora', turn: { pool: 'ae-emea' } },
    ],
    [
      'may be someone who had the lead before, since a person chose',
      toRep('ana'),
      { excluded: [excluded('ana', 'lapsed')] },
      { owner: 'ana' },
    ],
    [
      'falls to the fallback when that person is away',
      toRep('dora'),
      { people: thePeople({ dora: { away: true } }) },
      { owner: 'ana', rule: 'directed', tried: [toRep('dora'), toPool('anyone')] },
    ],
    [
      'falls to the fallback when that person has left',
      toRep('dora'),
      { people: thePeople({ dora: { employed: false } }) },
      { owner: 'ana' },
    ],
    [
      'may be the manager at the end of the chain',
      toManager,
      { hop: 3, lastOwner: rep('cleo') },
      { owner: 'gina' },
    ],
    [
      'is the manager above, if the manager had the lead and let it lapse',
      toManager,
      { hop: 3, lastOwner: rep('cleo'), excluded: [excluded('gina', 'lapsed')] },
      { owner: 'hugo' },
    ],
    [
      'that is a pool leaves out who had the lead before',
      toPool('ae-emea'),
      { excluded: [excluded('dora', 'declined')] },
      { owner: 'emil' },
    ],
  ]
  it.each(cases)('%s', (_, directed, input, expected) => {
    expect(decide(policy, anInput({ directed, ...input }))).toMatchObject({ kind: 'assigned', ...expected })
  })

  it('keeps the service level of the rule that would have won, which lost', () => {
    const hot = aPolicy({ rules: [uk, ukDemo] })
    expect(decide(hot, anInput({ directed: toRep('dora') }))).toMatchObject({
      sla: 'hot',
      rules: [
        { rule: 'uk', outcome: 'lost', why: 'less specific: 1 dimension against 2' },
        { rule: 'uk-demo', outcome: 'lost', why: 'the target was directed; only its service level counts' },
      ],
    })
  })

  it('settles an ambiguity, with the most urgent of the service levels', () => {
    const tied = aPolicy({ rules: [ukLarge, ukDemo] })
    const input = anInput({ facts: aLead({ employees: 1000 }), directed: toRep('dora') })
    expect(decide(tied, input)).toMatchObject({ kind: 'assigned', owner: 'dora', sla: 'hot' })
  })
})

describe('a lead of high value', () => {
  const watched = aPolicy({ rules: [uk], reviews: reviewsWithHighValue(atLeast('employees', 1000)) })
  const facts = aLead({ employees: 1000 })
  const cases: [sentence: string, input: Partial<DecisionInput>, review: 'high-value' | null][] = [
    ['has an owner at once, and a review beside', { facts }, 'high-value'],
    ['has no review when it is not of high value', {}, null],
    ['has no second review when it gets its second owner', { facts, hop: 1, lastOwner: rep('ben') }, null],
    ['has its review with its first owner, though a question came before', { facts, hop: 1 }, 'high-value'],
  ]
  it.each(cases)('%s', (_, input, review) => {
    expect(decide(watched, anInput(input))).toMatchObject({ kind: 'assigned', owner: 'ana', review })
  })
})

describe('the record', () => {
  it('names every candidate with what removed it or its standing with this lead', () => {
    const input = anInput({
      people: thePeople({ ben: { away: true } }),
      pools: {
        ...evenPools(),
        [pool('uk-sdr')]: standings({
          cleo: [50, 0],
          zed: [0, 0],
          dora: [100, 0.25],
          ben: [100, 0],
          ana: [300, 0],
        }),
      },
      excluded: [excluded('cleo', 'lapsed')],
    })
    const { candidates } = decide(policy, input)
    expect(candidates).toEqual([
      { rep: 'ana', pool: 'uk-sdr', outcome: 'chosen', standing: '750000000000' },
      { rep: 'ben', pool: 'uk-sdr', outcome: 'away', standing: null },
      { rep: 'cleo', pool: 'uk-sdr', outcome: 'lapsed', standing: null },
      { rep: 'dora', pool: 'uk-sdr', outcome: 'waits', standing: '500000000000' },
      { rep: 'zed', pool: 'uk-sdr', outcome: 'left', standing: null },
    ])
  })

  it('holds the turn as the ledger needs it', () => {
    expect(decide(policy, anInput())).toMatchObject({
      turn: {
        pool: 'uk-sdr',
        rep: 'ana',
        entitlements: [
          { rep: 'ana', entitlement: '400000000000' },
          { rep: 'ben', entitlement: '400000000000' },
          { rep: 'cleo', entitlement: '200000000000' },
        ],
        standings: [
          { rep: 'ana', standing: '-600000000000' },
          { rep: 'ben', standing: '400000000000' },
          { rep: 'cleo', standing: '200000000000' },
        ],
      },
    })
  })

  it('says what was found out about the lead, whatever became of it', () => {
    const scored = aPolicy({
      score: [{ name: 'demo', add: 30, when: is('campaign', 'demo') }],
      segments: [{ id: 'south', when: prefix('BN') }],
      territories: { uk: { when: is('country', 'GB'), within: null, manager: null } },
    })
    for (const source of ['demo-form', 'fax']) {
      expect(decide(scored, anInput({ facts: aLead({ postcode: 'BN1', source }) }))).toMatchObject({
        score: { total: 30, reasons: [{ name: 'demo', add: 30 }] },
        segment: 'south',
        territories: ['uk'],
        qualification: 'raw',
      })
    }
  })

  it('repeats: the same input gives the same decision, through JSON and in any order of people and keys', () => {
    fc.assert(
      fc.property(someInput, fc.nat(6), (input, turn) => {
        const first = decide(mixed, input)
        const stored = JSON.parse(JSON.stringify({ input: turned(input, turn), decision: reversed(first) }))
        const record = { input: decisionInput.parse(stored.input), decision: decision.parse(stored.decision) }
        expect(reExecute(mixed, record)).toEqual({ same: true, decision: first })
      }),
      { numRuns: 500, seed: 11 },
    )
  })

  it('is told apart from what the policy says today', () => {
    const input = anInput()
    const record = { input, decision: decide(policy, input) }
    const changed = aPolicy({ rules: [{ ...uk, assign: toRep('dora') }] })
    expect(reExecute(changed, record)).toMatchObject({ same: false, decision: { owner: 'dora' } })
  })

  const tampered: [sentence: string, change: (made: Decision) => Decision][] = [
    ['the score was raised', made => ({ ...made, score: { ...made.score, total: 1 } })],
    ['a candidate was added', made => ({ ...made, candidates: [...made.candidates, someone] })],
    ['a candidate was left out', made => ({ ...made, candidates: made.candidates.slice(1) })],
    ['the reason of a rule was reworded', made => ({ ...made, rules: [{ ...wonByUk, why: 'because' }] })],
  ]
  it.each(tampered)('is told apart when %s', (_, change) => {
    const input = anInput()
    const record = { input, decision: change(decide(policy, input)) }
    expect(reExecute(policy, record).same).toBe(false)
  })
})

describe('the invariants of every decision', () => {
  it('hold: an owner is at work, was not excluded unless a person chose, and took the turn if there is one', () => {
    fc.assert(
      fc.property(someInput, input => {
        const made = decide(mixed, input)
        fc.pre(made.kind === 'assigned')
        const owner = input.people.find(person => person.rep === made.owner)
        expect(owner).toMatchObject({ employed: true, away: false })
        const byName = input.directed?.kind === 'rep' && input.directed.rep === made.owner
        if (!byName) expect(input.excluded.map(exclusion => exclusion.rep)).not.toContain(made.owner)
        if (made.turn !== null) expect(made.turn.rep).toBe(made.owner)
        expect(made.candidates.filter(({ outcome }) => outcome === 'chosen').map(who => who.rep)).toEqual([
          made.owner,
        ])
      }),
      { numRuns: 500, seed: 12 },
    )
  })
})

describe('what must be loaded for a decision', () => {
  const asked: Parameters<typeof candidatesOf>[1] = {
    hop: 0,
    facts: aLead(),
    directed: null,
    lastOwner: null,
  }
  const atMs = instant(1_000_000)
  const leave = (fromMs: number, untilMs: number | null): Partial<Roster> => ({
    leave: [
      { rep: rep('ana'), fromMs: instant(fromMs), untilMs: untilMs === null ? null : instant(untilMs) },
    ],
  })

  it('is every pool of the chain and everyone in it', () => {
    const { people, pools } = candidatesOf(policy, asked, aRoster(), atMs)
    expect(pools.map(found => found.pool)).toEqual(['anyone', 'uk-sdr'])
    expect(people).toEqual(
      ['ana', 'ben', 'cleo'].map(id => ({ rep: id, employed: true, away: false, manager: 'gina' })),
    )
  })

  it('is nothing when a person decides first', () => {
    const facts = aLead({ source: 'fax' })
    expect(candidatesOf(policy, { ...asked, facts }, aRoster(), atMs)).toEqual({
      people: [],
      pools: [],
      loads: [],
    })
  })

  const named: [sentence: string, changes: Partial<Policy>, asks: Partial<typeof asked>, extra: string[]][] =
    [
      ['a person whom the rule names', { rules: [aRule('uk', { assign: toRep('dora') })] }, {}, ['dora']],
      ['a directed person', {}, { directed: toRep('emil') }, ['emil']],
      [
        'the owner of the account',
        { accounts },
        { facts: aLead({ account: anAccount('dora') }) },
        ['dora', 'emil'],
      ],
      [
        'the last owner and all managers above',
        {},
        { directed: toManager, lastOwner: rep('dora') },
        ['dora', 'gina', 'hugo'],
      ],
    ]
  it.each(named)('is %s', (_, changes, asks, extra) => {
    const { people } = candidatesOf(aPolicy(changes), { ...asked, ...asks }, aRoster(), atMs)
    expect(people.map(person => person.rep)).toEqual(['ana', 'ben', 'cleo', ...extra])
  })

  const absences: [sentence: string, changes: Partial<Roster>, expected: object][] = [
    ['from the first instant of a leave', leave(1_000_000, 2_000_000), { away: true }],
    ['not at its last instant', leave(0, 1_000_000), { away: false }],
    ['until further notice', leave(0, null), { away: true }],
    ['not before it begins', leave(1_000_001, null), { away: false }],
    [
      'and gone, when the roster no longer has them',
      { people: [aPerson('ben')] },
      { employed: false, manager: null },
    ],
  ]
  it.each(absences)('shows who is away %s', (_, changes, expected) => {
    const pools = { ...aPolicy().pools, [pool('anyone')]: turns({ ana: 1 }) }
    const { people } = candidatesOf(aPolicy({ pools }), asked, aRoster(changes), atMs)
    expect(people).toMatchObject([{ rep: 'ana', ...expected }])
  })

  it('suffices for the decision', () => {
    fc.assert(
      fc.property(someInput, input => {
        const { people, pools } = candidatesOf(mixed, input, aRoster(), input.atMs)
        const loaded = Object.fromEntries(
          pools.map(({ pool: id, members }) => [id, members.map(member => ({ ...member, standing: '0' }))]),
        )
        const made = decide(mixed, { ...input, people, pools: loaded })
        expect(made.candidates.filter(({ outcome }) => outcome === 'left')).toEqual([])
      }),
      { numRuns: 300, seed: 13 },
    )
  })
})

const someone: Decision['candidates'][number] = {
  rep: rep('zed'),
  pool: null,
  outcome: 'away',
  standing: null,
}
const wonByUk: Decision['rules'][number] = { rule: 'uk', outcome: 'won', why: '' }

/** A policy with every kind of target, for leads of every kind. */
const mixed = aPolicy({
  score: [{ name: 'large', add: 50, when: atLeast('employees', 500) }],
  accounts,
  rules: [
    aRule('fr', { when: is('country', 'FR'), assign: toRep('emil'), backup: toPool('ae-emea') }),
    aRule('urgent', {
      exception: true,
      when: is('urgency', 'high'),
      assign: toManager,
      backup: toRep('dora'),
    }),
    uk,
    ukDemo,
    ukLarge,
  ],
  qualify: { disqualified: is('emailDomain', 'disposable'), qualified: null },
  reviews: reviewsWithHighValue(atLeast('score', 50)),
})

const someRep = fc.constantFrom('ana', 'ben', 'cleo', 'dora', 'emil', 'gina', 'hugo')
const somePresence = fc.record({ employed: weighted(5), away: fc.boolean() })
const someInput: fc.Arbitrary<DecisionInput> = fc
  .record({
    facts: fc
      .record({
        source: fc.constantFrom('demo-form', 'demo-form', 'demo-form', 'fax'),
        country: fc.constantFrom('GB', 'FR', 'US'),
        campaign: fc.constantFrom('demo', 'ads'),
        employees: fc.option(fc.nat(2000)),
        urgency: fc.option(fc.constant('high'), { freq: 1 }),
        emailDomain: fc.constantFrom('business', 'business', 'disposable'),
        account: fc.option(someRep.map(anAccount), { freq: 1 }),
      })
      .map(aLead),
    hop: fc.nat(2),
    directed: fc.option(
      fc.oneof(
        someRep.map(toRep),
        fc.constantFrom(toPool('ae-emea'), toPool('uk-sdr'), toManager, toAccountOwner),
      ),
      { freq: 1 },
    ),
    lastOwner: fc.option(someRep.map(rep)),
    excluded: fc.array(
      fc.record({ rep: someRep.map(rep), reason: fc.constantFrom('lapsed', 'declined', 'reassigned') }),
      { maxLength: 3 },
    ),
    people: fc.dictionary(someRep, somePresence).map(thePeople),
  })
  .map(anInput)

function weighted(most: number): fc.Arbitrary<boolean> {
  return fc.nat(most).map(value => value > 0)
}

function turned(input: DecisionInput, turn: number): DecisionInput {
  const round = <T>(items: T[]) => [...items.slice(turn), ...items.slice(0, turn)]
  const pools = Object.entries(input.pools).map(([id, members]) => [id, round(members)])
  return { ...reversed(input), people: round(input.people), pools: Object.fromEntries(pools) }
}

/** The same object with its keys the other way round, as a database may give it back. */
function reversed<T extends object>(value: T): T {
  const turnedKeys = Object.fromEntries(Object.entries(value).reverse())
  return { ...turnedKeys, ...value }
}

function excluded(
  id: string,
  reason: 'lapsed' | 'declined' | 'reassigned',
): DecisionInput['excluded'][number] {
  return { rep: rep(id), reason }
}
