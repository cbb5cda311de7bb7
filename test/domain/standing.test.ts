import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  boundTurns,
  furthestFromShareTurns,
  giveBack,
  type Member,
  oneTurn,
  takeTurn,
  takeTurns,
  withinBound,
} from '../../domain/standing.js'

type Pool = { rep: string; weight: number }[]

/** `LEADLINE_PROVE=1` takes minutes: the full size that docs/fairness.md speaks of. */
const size =
  process.env.LEADLINE_PROVE === '1'
    ? { pools: 1000, turns: 2000, exactTurns: 2000 }
    : { pools: 50, turns: 2000, exactTurns: 400 }
const seed = 20_261_123

describe('a turn', () => {
  const cases: [
    sentence: string,
    members: Member[],
    taker: string | null,
    standingsAfter: Record<string, bigint>,
  ][] = [
    ['goes to the only member', [member('ana', 100, 0n)], 'ana', { ana: 0n }],
    [
      'goes to the only eligible member, however often it took one, and its standing stays',
      [member('ana', 100, -5n * oneTurn), absent('ben', 100, 4n * oneTurn)],
      'ana',
      { ana: -5n * oneTurn },
    ],
    [
      'goes to the first id when all stand alike',
      [member('ben', 1, 0n), member('ana', 1, 0n)],
      'ana',
      { ana: -oneTurn / 2n, ben: oneTurn / 2n },
    ],
    [
      'goes to the first id of those due at once in a pool that has changed, whatever rounding has added',
      // 0.8611… with 1/9 a lead and 1.4166… with 6/9 a lead: both were due a lead ago.
      [
        member('ana', 1, 750_000_000_000n),
        member('ben', 2, -1_500_000_000_000n),
        member('cleo', 6, 750_000_000_000n),
      ],
      'ana',
      { ana: -138_888_888_889n, ben: -1_277_777_777_778n, cleo: 1_416_666_666_667n },
    ],
    [
      'goes to the heavier of two, since it is due sooner',
      [member('ana', 1, 0n), member('ben', 3, 0n)],
      'ben',
      { ana: 250_000_000_000n, ben: -250_000_000_000n },
    ],
    [
      'goes to a member whose turn is due sooner, past one who stands higher but accrues slowly',
      // After accrual: ana 0.70 with 0.10 a lead, so due in 0.5 leads; ben 0.65 with 0.80 a lead, due in 0.125.
      [
        member('ana', 10, 600_000_000_000n),
        member('ben', 80, -150_000_000_000n),
        member('cleo', 10, -450_000_000_000n),
      ],
      'ben',
      { ana: 700_000_000_000n, ben: -350_000_000_000n, cleo: -350_000_000_000n },
    ],
    [
      'goes past a member below the threshold of 1/(2n−2), though it is due sooner',
      // n = 3, threshold 0.25. ben 0.20 with 0.80 a lead would be due in 0.69 leads, ana 0.30 with 0.10 in 4.5.
      [member('ana', 10, 200_000_000_000n), member('ben', 80, -600_000_000_000n), member('cleo', 10, 0n)],
      'ana',
      { ana: -700_000_000_000n, ben: 200_000_000_000n, cleo: 100_000_000_000n },
    ],
    [
      'goes to a member exactly at the threshold, if it is due sooner',
      // n = 3, threshold 0.25. ben is at it and due in 0.625 leads; ana 0.30 in 4.5; cleo has not reached it.
      [member('ana', 10, 200_000_000_000n), member('ben', 80, -550_000_000_000n), member('cleo', 10, 0n)],
      'ben',
      { ana: 300_000_000_000n, ben: -750_000_000_000n, cleo: 100_000_000_000n },
    ],
    [
      'goes to the highest standing when nobody reaches the threshold',
      [member('ana', 1, -2n * oneTurn), member('ben', 1, -oneTurn), member('cleo', 2, -3n * oneTurn)],
      'ben',
      { ana: -1_750_000_000_000n, ben: -1_750_000_000_000n, cleo: -2_500_000_000_000n },
    ],
    [
      'neither goes to nor accrues for a member of weight 0',
      [member('ana', 0, 9n * oneTurn), member('ben', 1, 0n)],
      'ben',
      { ben: 0n },
    ],
    ['is taken by nobody when nobody is eligible', [absent('ana', 100, 0n), member('ben', 0, 0n)], null, {}],
    ['is taken by nobody in an empty pool', [], null, {}],
  ]
  it.each(cases)('%s', (_, members, taker, standingsAfter) => {
    const turn = takeTurn(members)
    expect(turn?.taker ?? null).toBe(taker)
    expect(Object.fromEntries((turn?.standings ?? []).map(({ rep, standing }) => [rep, standing]))).toEqual(
      standingsAfter,
    )
  })

  it.each([1.5, -1, Number.NaN, 2 ** 53])('is refused to a pool with a weight of %s', weight => {
    expect(() => takeTurn([member('ana', weight, 0n)])).toThrow(/not a weight: .* whole number/)
  })
})

describe('the entitlements of one lead', () => {
  const cases: [sentence: string, weights: number[], entitlements: bigint[]][] = [
    [
      'are the weights where they divide',
      [100, 100, 50],
      [400_000_000_000n, 400_000_000_000n, 200_000_000_000n],
    ],
    [
      'give what rounding leaves to the first id of those who lost alike',
      [1, 1, 1],
      [333_333_333_334n, 333_333_333_333n, 333_333_333_333n],
    ],
    [
      'give what rounding leaves to whoever lost most',
      // 1/7 loses 0.857 of a unit, 3/7 loses 0.571: exact shares end in …857.142857 and …571.428571.
      [1, 3, 3],
      [142_857_142_857n, 428_571_428_572n, 428_571_428_571n],
    ],
  ]
  it.each(cases)('%s', (_, weights, entitlements) => {
    const turn = takeTurn(weights.map((weight, at) => member(`rep-${at}`, weight, 0n)))
    expect(turn?.entitlements.map(({ entitlement }) => entitlement)).toEqual(entitlements)
  })

  it('sum to exactly one turn, and so the standings of a pool to what they were', () => {
    fc.assert(
      fc.property(
        somePool(50),
        fc.array(fc.bigInt(-oneTurn * 9n, oneTurn * 9n), { minLength: 50 }),
        (pool, given) => {
          const members = pool.map(({ rep, weight }, at) => member(rep, weight, given[at] ?? 0n))
          const turn = takeTurn(members)
          expect(sum(turn?.entitlements.map(({ entitlement }) => entitlement) ?? [])).toBe(oneTurn)
          expect(sum(turn?.standings.map(({ standing }) => standing) ?? [])).toBe(
            sum(members.map(({ standing }) => standing)),
          )
        },
      ),
      { seed },
    )
  })
})

describe('a series of turns', () => {
  it('runs through equal members in the order of their ids, again and again', () => {
    expect(takeTurns(poolOf({ ana: 1, ben: 1, cleo: 1 }), always(['cleo', 'ben', 'ana'], 9)).join(' ')).toBe(
      'ana ben cleo ana ben cleo ana ben cleo',
    )
  })

  it('spreads the turns of heavy and light members, as the example of docs/fairness.md says', () => {
    expect(takeTurns(poolOf({ ana: 2, ben: 2, cleo: 1 }), always(['ana', 'ben', 'cleo'], 10)).join(' ')).toBe(
      'ana ben cleo ana ben ana ben cleo ana ben',
    )
  })

  it('holds the place of someone away, who is neither owed the leads missed nor skipped afterwards', () => {
    const both = ['ana', 'ben']
    const eligible = [both, ['ben'], ['ben'], ['ben'], both, both]
    expect(takeTurns(poolOf({ ana: 1, ben: 1 }), eligible)).toEqual([
      'ana',
      'ben',
      'ben',
      'ben',
      'ben',
      'ana',
    ])
  })

  it('does not flood a member who joins a pool that has long been running', () => {
    const settled = takeTurns(poolOf({ ana: 1, ben: 1, new: 1 }), [
      ...always(['ana', 'ben'], 100),
      ...always(['ana', 'ben', 'new'], 9),
    ])
    expect(settled.slice(100).filter(taker => taker === 'new')).toHaveLength(3)
  })

  it('leaves a lead without anybody to nobody and goes on', () => {
    expect(takeTurns(poolOf({ ana: 1 }), [['ana'], [], ['ana']])).toEqual(['ana', null, 'ana'])
  })

  it('is the same whatever the order of the members', () => {
    fc.assert(
      fc.property(somePool(8), fc.nat(), (pool, turn) => {
        const names = pool.map(({ rep }) => rep)
        const turned = [...pool.slice(turn % pool.length), ...pool.slice(0, turn % pool.length)]
        expect(takeTurns(turned, always(names, 40))).toEqual(takeTurns(pool, always(names, 40)))
      }),
      { seed },
    )
  })

  it(
    'is the one that exact fractions give: rounding never decides who gets a lead',
    () => {
      fc.assert(
        fc.property(somePool(12), pool => {
          const names = pool.map(({ rep }) => rep)
          expect(takeTurns(pool, always(names, size.exactTurns))).toEqual(
            turnsInFractions(pool, size.exactTurns),
          )
        }),
        { seed, numRuns: size.pools },
      )
    },
    size.pools * 1_000,
  )
})

describe('leave in a pool that catches up', () => {
  const cases: [
    sentence: string,
    members: Member[],
    taker: string | null,
    entitled: Record<string, bigint>,
  ][] = [
    [
      'accrues a share beside those who are there',
      [member('ana', 1, 0n), member('ben', 1, 0n), onLeave('cleo', 2, 0n, 0n)],
      'ana',
      { ana: oneTurn / 4n, ben: oneTurn / 4n, cleo: oneTurn / 2n },
    ],
    [
      'accrues no more than it may, and the others share the rest by weight',
      [member('ana', 1, 0n), member('ben', 3, 0n), onLeave('cleo', 4, 0n, 4_900_000_000_000n)],
      'ben',
      { ana: 225_000_000_000n, ben: 675_000_000_000n, cleo: 100_000_000_000n },
    ],
    [
      'accrues what it may though the share only exceeds that once another leave is full',
      // Thirds of 0.333; cleo is full at 0.1, which makes halves of 0.45 for the others, and that is too much for ben.
      [
        member('ana', 1, 0n),
        onLeave('ben', 1, 0n, 4_600_000_000_000n),
        onLeave('cleo', 1, 0n, 4_900_000_000_000n),
      ],
      'ana',
      { ana: 500_000_000_000n, ben: 400_000_000_000n, cleo: 100_000_000_000n },
    ],
    [
      'accrues nothing more once it is full, nor beyond a limit that was lowered',
      [
        member('ana', 1, 0n),
        onLeave('ben', 1, 0n, 5n * oneTurn),
        onLeave('cleo', 1, 0n, 7n * oneTurn),
        absent('dora', 1, 0n),
      ],
      'ana',
      { ana: oneTurn },
    ],
    [
      'accrues nothing without a weight',
      [member('ana', 1, 0n), onLeave('ben', 0, 0n, 0n)],
      'ana',
      { ana: oneTurn },
    ],
    [
      'accrues nothing of a lead that nobody can take',
      [onLeave('ana', 1, 0n, 0n), absent('ben', 1, 0n)],
      null,
      {},
    ],
    [
      'leaves its leads to those who are there by weight, not to the lightest, who has lent least',
      // What ana and ben lent to cleo lies on them as ten to one, and so they stand even.
      [
        member('ana', 100, -4_545_454_545_454n),
        member('ben', 10, -454_545_454_546n),
        onLeave('cleo', 100, 5n * oneTurn, 5n * oneTurn),
      ],
      'ana',
      { ana: 909_090_909_091n, ben: 90_909_090_909n },
    ],
  ]
  it.each(cases)('%s', (_, members, taker, entitled) => {
    const turn = takeTurn(members)
    expect(turn?.taker ?? null).toBe(taker)
    expect(
      Object.fromEntries((turn?.entitlements ?? []).map(({ rep, entitlement }) => [rep, entitlement])),
    ).toEqual(entitled)
  })

  it('is made up for after it, and by no more than it accrued', () => {
    const pool = poolOf({ ana: 1, ben: 1, cleo: 1 })
    const presences = [...Array.from({ length: 30 }, () => false), ...Array.from({ length: 15 }, () => true)]
    const { takers, standings } = withCleoThere(pool, presences, 5n * oneTurn)
    // Five of the fifteen are hers, and five more she is owed.
    expect(takers.slice(30).filter(taker => taker === 'cleo')).toHaveLength(10)
    expect(Number(standings.get('cleo')) / Number(oneTurn)).toBeCloseTo(0, 9)
  })

  it('leaves every turn entitled to exactly once, whoever is there, and the standings of a pool at nothing', () => {
    const series = fc.array(
      fc.array(fc.constantFrom('there', 'on leave', 'off'), { minLength: 8, maxLength: 8 }),
      {
        maxLength: 60,
      },
    )
    fc.assert(
      fc.property(somePool(8), series, fc.bigInt(0n, 3n * oneTurn), (pool, presences, most) => {
        const standings = new Map(pool.map(({ rep }) => [rep, 0n]))
        const accrued = new Map<string, bigint>()
        for (const presence of presences) {
          const members = pool.map(({ rep, weight }, at): Member => {
            const standing = standings.get(rep) ?? 0n
            if (presence[at] !== 'on leave') accrued.delete(rep)
            return presence[at] === 'on leave'
              ? { rep, weight, standing, eligible: false, absence: { accrued: accrued.get(rep) ?? 0n, most } }
              : { rep, weight, standing, eligible: presence[at] === 'there' }
          })
          const turn = takeTurn(members)
          expect(turn).toEqual(takeTurn(members.toReversed()))
          expect(turn === null).toBe(members.every(({ eligible }) => !eligible))
          if (turn === null) continue
          expect(sum(turn.entitlements.map(({ entitlement }) => entitlement))).toBe(oneTurn)
          expect(members.find(({ rep }) => rep === turn.taker)?.eligible).toBe(true)
          for (const { rep, standing } of turn.standings) standings.set(rep, standing)
          for (const { rep, absence } of members) {
            if (absence === undefined) continue
            const entitled = turn.entitlements.find(one => one.rep === rep)?.entitlement ?? 0n
            accrued.set(rep, absence.accrued + entitled)
            expect(absence.accrued + entitled).toBeLessThanOrEqual(most)
          }
          expect(sum([...standings.values()])).toBe(0n)
        }
      }),
      { seed },
    )
  })
})

describe('a turn given back', () => {
  it('raises whoever took it by one turn, with its reason', () => {
    expect(giveBack({ rep: 'ana', standing: -400_000_000_000n }, 'duplicate')).toEqual({
      rep: 'ana',
      reason: 'duplicate',
      standing: 600_000_000_000n,
    })
  })

  it('brings the next lead to whoever gave it back', () => {
    const first = takeTurn([member('ana', 1, 0n), member('ben', 1, 0n)])
    const [ana, ben] = first?.standings ?? []
    if (ana === undefined || ben === undefined) throw new Error('both had a standing')
    const returned = giveBack(ana, 'disqualified')
    const next = takeTurn([member('ana', 1, returned.standing), member('ben', 1, ben.standing)])
    expect([first?.taker, next?.taker]).toEqual(['ana', 'ana'])
  })
})

describe('the bound of Tijdeman', () => {
  it.each([
    [1, 0],
    [2, 0.5],
    [3, 0.75],
    [50, 1 - 1 / 98],
  ])('for a pool of %i is %f turns', (n, turns) => {
    expect(boundTurns(n)).toBe(turns)
  })

  it('measures the deviation after every turn, not only at the end', () => {
    const even = poolOf({ ana: 1, ben: 1 })
    expect(furthestFromShareTurns(even, ['ana', 'ben', 'ana', 'ben'])).toBe(0.5)
    expect(furthestFromShareTurns(even, ['ana', 'ana', 'ben', 'ben'])).toBe(1)
    expect(withinBound(even, ['ana', 'ben', 'ana', 'ben'])).toBe(true)
    expect(withinBound(even, ['ana', 'ana', 'ben', 'ben'])).toBe(false)
  })

  it(
    `holds after every lead for ${size.pools} pools of ${size.turns} turns`,
    () => {
      fc.assert(
        fc.property(somePool(50), pool => {
          const turns = takeTurns(pool, always(names(pool), size.turns))
          expect(withinBound(pool, present(turns))).toBe(true)
        }),
        { seed, numRuns: size.pools },
      )
    },
    size.pools * 1_000,
  )

  it('is left by the usual rule, the largest shortfall first, in some of the same pools', () => {
    const pools = fc.sample(somePool(50), { seed, numRuns: 50 })
    const outside = pools.filter(pool => !withinBound(pool, largestShortfallFirst(pool, 400)))
    expect(outside).toHaveLength(4)
  })

  it('is left further by the usual rule when few heavy members stand beside many light ones', () => {
    const skewed = poolOf({ ana: 1000, ben: 1000, ...Object.fromEntries(lightMembers(20)) })
    const furthest = furthestFromShareTurns(skewed, largestShortfallFirst(skewed, 2000))
    const byTijdeman = furthestFromShareTurns(skewed, present(takeTurns(skewed, always(names(skewed), 2000))))
    expect([furthest.toFixed(2), byTijdeman.toFixed(2)]).toEqual(['1.36', '0.97'])
  })
})

function lightMembers(count: number): [string, number][] {
  return Array.from({ length: count }, (_, at) => [`light-${String(at).padStart(2, '0')}`, 10])
}

/** Tijdeman's rule once more, in whole multiples of 1/Σweights: no rounding at all, and only for a pool that stays. */
function turnsInFractions(pool: Pool, count: number): string[] {
  const members = [...pool]
    .sort((one, other) => (one.rep < other.rep ? -1 : 1))
    .map(m => ({ ...m, standing: 0 }))
  const total = members.reduce((all, { weight }) => all + weight, 0)
  const places = 2 * members.length - 2
  return Array.from({ length: count }, () => {
    for (const one of members) one.standing += one.weight
    const ready = members.filter(({ standing }) => standing * places >= total)
    const due = (m: (typeof members)[number]) => ((places - 1) * total - places * m.standing) / m.weight
    const taker =
      ready.length > 0
        ? ready.reduce((first, m) => (due(m) < due(first) ? m : first))
        : members.reduce((first, m) => (m.standing > first.standing ? m : first))
    taker.standing -= total
    return taker.rep
  })
}

function largestShortfallFirst(pool: Pool, count: number): string[] {
  const total = pool.reduce((all, { weight }) => all + weight, 0)
  const taken = new Map<string, number>()
  return Array.from({ length: count }, (_, at) => {
    const shortfall = ({ rep, weight }: Pool[number]) => (weight * (at + 1)) / total - (taken.get(rep) ?? 0)
    const taker = pool.reduce((first, one) => (shortfall(one) > shortfall(first) ? one : first)).rep
    taken.set(taker, (taken.get(taker) ?? 0) + 1)
    return taker
  })
}

function somePool(most: number): fc.Arbitrary<Pool> {
  return fc
    .array(fc.integer({ min: 1, max: 1000 }), { minLength: 2, maxLength: most, size: 'max' })
    .map(weights => weights.map((weight, at) => ({ rep: `rep-${String(at).padStart(2, '0')}`, weight })))
}

function poolOf(weights: Record<string, number>): Pool {
  return Object.entries(weights).map(([rep, weight]) => ({ rep, weight }))
}

function names(pool: Pool): string[] {
  return pool.map(({ rep }) => rep)
}

function always(eligible: string[], count: number): string[][] {
  return Array.from({ length: count }, () => eligible)
}

function present(turns: readonly (string | null)[]): string[] {
  return turns.filter(turn => turn !== null)
}

function member(rep: string, weight: number, standing: bigint): Member {
  return { rep, weight, standing, eligible: true }
}

function absent(rep: string, weight: number, standing: bigint): Member {
  return { rep, weight, standing, eligible: false }
}

function onLeave(rep: string, weight: number, standing: bigint, accrued: bigint): Member {
  return { rep, weight, standing, eligible: false, absence: { accrued, most: 5n * oneTurn } }
}

/** A lead for each of `presences`, which says whether Cleo is there or on one long leave. */
function withCleoThere(
  pool: Pool,
  presences: readonly boolean[],
  most: bigint,
): { takers: (string | undefined)[]; standings: ReadonlyMap<string, bigint> } {
  const standings = new Map<string, bigint>()
  let accrued = 0n
  const takers = presences.map(isThere => {
    const turn = takeTurn(
      pool.map(({ rep, weight }): Member => {
        const standing = standings.get(rep) ?? 0n
        const isAway = rep === 'cleo' && !isThere
        return isAway
          ? { rep, weight, standing, eligible: false, absence: { accrued, most } }
          : { rep, weight, standing, eligible: true }
      }),
    )
    accrued += turn?.entitlements.find(({ rep }) => rep === 'cleo')?.entitlement ?? 0n
    for (const { rep, standing } of turn?.standings ?? []) standings.set(rep, standing)
    return turn?.taker
  })
  return { takers, standings }
}

function sum(values: readonly bigint[]): bigint {
  return values.reduce((total, value) => total + value, 0n)
}
