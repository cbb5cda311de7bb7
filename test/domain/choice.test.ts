import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { choose, type Contender } from '../../domain/choice.js'
import { oneTurn } from '../../domain/standing.js'
import { pool, rep } from './a-policy.js'

const desk = pool('desk')
const leastLoaded = { by: 'leastLoaded' } as const
const capacity = { by: 'capacity' } as const

describe('the fewest open leads for the weight', () => {
  const cases: [sentence: string, contenders: Contender[], outcomes: Record<string, string>][] = [
    [
      'take it',
      [busy('ana', 100, 4), busy('ben', 100, 3), busy('cleo', 100, 5)],
      { ana: 'busier 4', ben: 'chosen 3', cleo: 'busier 5' },
    ],
    [
      'are counted against the weight: 3 of a whole desk are fewer than 2 of a half',
      [busy('ana', 100, 3), busy('ben', 50, 2)],
      { ana: 'chosen 3', ben: 'busier 2' },
    ],
    [
      'are compared exactly, where fractions of the machine would be equal',
      [busy('ana', 3, 33_333_333_333_333), busy('ben', 1, 11_111_111_111_112)],
      { ana: 'chosen 33333333333333', ben: 'busier 11111111111112' },
    ],
    [
      'take turns where they are equal, and only they',
      [busy('ana', 100, 4, -0.5), busy('ben', 50, 2, 0.5), busy('cleo', 100, 9, 3)],
      { ana: 'waits 4', ben: 'chosen 2', cleo: 'busier 9' },
    ],
    [
      'are none for whoever begins: a new member comes first',
      [busy('ana', 100, 1), busy('new', 1, 0)],
      { ana: 'busier 1', new: 'chosen 0' },
    ],
    [
      'are not of whoever cannot take it',
      [
        { ...busy('ana', 100, 0), eligible: false, open: null, removal: { outcome: 'away' } },
        busy('ben', 100, 9),
      ],
      { ana: 'away', ben: 'chosen 9' },
    ],
  ]
  it.each(cases)('%s', (_, contenders, outcomes) => {
    expect(said(choose(desk, leastLoaded, contenders))).toEqual(outcomes)
  })

  it('change the standings of nobody but those who were equal', () => {
    const { turn, candidates } = choose(desk, leastLoaded, [
      busy('ana', 100, 4),
      busy('ben', 100, 4),
      busy('cleo', 100, 5),
    ])
    expect(turn?.entitlements).toEqual([
      { rep: 'ana', entitlement: oneTurn / 2n },
      { rep: 'ben', entitlement: oneTurn / 2n },
    ])
    expect(candidates.map(({ standing }) => standing)).toEqual(['500000000000', '500000000000', null])
  })
})

describe('the largest part of the capacity free', () => {
  it('takes it: 3 free of 4 are more than 10 free of 20', () => {
    const contenders = [busy('ana', 20, 10), busy('ben', 4, 1)]
    expect(said(choose(desk, capacity, contenders))).toEqual({ ana: 'busier 10', ben: 'chosen 1' })
  })

  it('is equal at the same part, and then takes turns by capacity', () => {
    const contenders = [busy('ana', 20, 5), busy('ben', 4, 1)]
    expect(said(choose(desk, capacity, contenders))).toEqual({ ana: 'chosen 5', ben: 'waits 1' })
  })
})

describe('a pool that nobody can take a lead from', () => {
  it.each([leastLoaded, capacity, { by: 'turns' } as const])('chooses nobody by $by', choice => {
    const away: Contender = {
      ...busy('ana', 1, 0),
      eligible: false,
      removal: { outcome: 'left' },
      open: null,
    }
    expect(choose(desk, choice, [away])).toMatchObject({ turn: null, candidates: [{ outcome: 'left' }] })
    expect(choose(desk, choice, [])).toEqual({ turn: null, candidates: [] })
  })
})

describe('whoever is chosen by load', () => {
  it('has the lowest quotient of all, and everyone else with it was in turn', () => {
    const contender = fc.record({ weight: fc.integer({ min: 1, max: 1000 }), open: fc.nat(60) })
    fc.assert(
      fc.property(fc.array(contender, { minLength: 1, maxLength: 12 }), people => {
        const contenders = people.map(({ weight, open }, at) =>
          busy(`rep-${String(at).padStart(2, '0')}`, weight, open),
        )
        const { turn, candidates } = choose(desk, leastLoaded, contenders)
        const quotient = ({ weight, open }: Contender) => (BigInt(open ?? 0) * 10n ** 30n) / BigInt(weight)
        const least = contenders.map(quotient).reduce((one, other) => (other < one ? other : one))
        for (const [at, contender] of contenders.entries()) {
          expect(candidates[at]?.outcome === 'busier').toBe(quotient(contender) > least)
        }
        expect(candidates.find(({ outcome }) => outcome === 'chosen')?.rep).toBe(turn?.taker)
      }),
      { seed: 21, numRuns: 300 },
    )
  })
})

function busy(id: string, weight: number, open: number, standingTurns = 0): Contender {
  const standing = (BigInt(Math.round(standingTurns * 100)) * oneTurn) / 100n
  return { rep: rep(id), weight, standing, eligible: true, removal: null, open }
}

function said({ candidates }: ReturnType<typeof choose>): Record<string, string> {
  return Object.fromEntries(
    candidates.map(({ rep, outcome, count }) => [rep, count === undefined ? outcome : `${outcome} ${count}`]),
  )
}
