import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Member, oneTurn, type Turn, takeTurn } from '../../domain/standing.js'

/**
 * How far anyone gets from their accrued share while people come and go, beside the usual rule: what docs/fairness.md
 * publishes of 1,000 pools, measured by
 * LEADLINE_PROVE=1 npx vitest run --project domain test/domain/fairness.test.ts
 */
const isProof = process.env.LEADLINE_PROVE === '1'
const poolsCount = isProof ? 1000 : 50
const leads = 400
const seed = 20_261_123

type Pool = readonly { rep: string; weight: number }[]
type Presence = 'there' | 'on leave' | 'not for this lead'
/** Who of the pool can take the lead. `taken`: what each has taken in the present stretch of 20 leads. */
type Change = (lead: number, at: number, taken: readonly number[]) => Presence
type Rule = (members: readonly Member[]) => Turn | null

type Furthest = { worst: number; median: number; usualWorst: number; usualMedian: number }
type Row = {
  what: string
  make: (size: number, random: () => number) => Change
  /** What one leave may accrue. */
  most?: bigint
  of50: Furthest
  of1000: Furthest
}

const rows: readonly Row[] = [
  {
    what: 'half of the pool missing at each lead, at random',
    make: halfOfThePool,
    of50: { worst: 1.63, median: 1.03, usualWorst: 1.22, usualMedian: 0.93 },
    of1000: { worst: 2.09, median: 1.02, usualWorst: 1.22, usualMedian: 0.92 },
  },
  {
    what: 'leave',
    make: leave,
    of50: { worst: 0.95, median: 0.9, usualWorst: 0.97, usualMedian: 0.84 },
    of1000: { worst: 1.3, median: 0.9, usualWorst: 1.04, usualMedian: 0.82 },
  },
  {
    what: 'leave that accrues up to 3 turns',
    make: leave,
    most: 3n * oneTurn,
    of50: { worst: 8.51, median: 3.44, usualWorst: 8.51, usualMedian: 3.44 },
    of1000: { worst: 9.08, median: 3.43, usualWorst: 8.91, usualMedian: 3.42 },
  },
  {
    what: 'new members',
    make: newMembers,
    of50: { worst: 0.94, median: 0.89, usualWorst: 0.91, usualMedian: 0.76 },
    of1000: { worst: 0.95, median: 0.87, usualWorst: 1.01, usualMedian: 0.74 },
  },
  {
    what: 'caps',
    make: caps,
    of50: { worst: 1.87, median: 1.09, usualWorst: 1.25, usualMedian: 0.93 },
    of1000: { worst: 2.19, median: 1.03, usualWorst: 1.46, usualMedian: 0.91 },
  },
  {
    what: 'changing skills',
    make: skills,
    of50: { worst: 1.43, median: 1.0, usualWorst: 1.1, usualMedian: 0.91 },
    of1000: { worst: 2.18, median: 0.97, usualWorst: 1.24, usualMedian: 0.9 },
  },
  {
    what: 'leave, new members, caps and changing skills together',
    make: everything,
    of50: { worst: 1.74, median: 1.02, usualWorst: 1.16, usualMedian: 0.89 },
    of1000: { worst: 1.85, median: 0.94, usualWorst: 1.29, usualMedian: 0.83 },
  },
]

const pools = fc.sample(
  fc
    .array(fc.integer({ min: 1, max: 1000 }), { minLength: 2, maxLength: 12, size: 'max' })
    .map(weights => weights.map((weight, at) => ({ rep: `rep-${String(at).padStart(2, '0')}`, weight }))),
  { seed, numRuns: poolsCount },
)

describe(`the furthest that anybody of ${poolsCount} pools gets from their accrued share, in turns`, () => {
  it.each(rows)(
    'is the published one with $what',
    ({ what, make, most = 0n, of50, of1000 }) => {
      const ours = furthestOf(make, most, takeTurn)
      const usual = furthestOf(make, most, largestShortfallFirst)
      const measured = {
        worst: rounded(Math.max(...ours)),
        median: median(ours),
        usualWorst: rounded(Math.max(...usual)),
        usualMedian: median(usual),
      }
      if (isProof) console.log(what, measured)
      expect(measured).toEqual(isProof ? of1000 : of50)
    },
    poolsCount * 600,
  )
})

function furthestOf(make: Row['make'], most: bigint, rule: Rule): number[] {
  return pools.map((pool, at) => furthestIn(pool, make(pool.length, randomFrom(at)), most, rule))
}

function furthestIn(pool: Pool, change: Change, most: bigint, rule: Rule): number {
  const standings = pool.map(() => 0n)
  const accrued = pool.map(() => 0n)
  let taken = pool.map(() => 0)
  let furthest = 0
  for (let lead = 0; lead < leads; lead++) {
    if (lead % 20 === 0) taken = pool.map(() => 0)
    const presences = pool.map((_, at) => change(lead, at, taken))
    const turn = rule(
      pool.map(({ rep, weight }, at): Member => {
        const standing = standings[at] ?? 0n
        if (presences[at] !== 'on leave')
          return { rep, weight, standing, eligible: presences[at] === 'there' }
        return { rep, weight, standing, eligible: false, absence: { accrued: accrued[at] ?? 0n, most } }
      }),
    )
    const after = new Map(turn?.standings.map(({ rep, standing }) => [rep, standing]))
    for (const [at, { rep }] of pool.entries()) {
      const before = standings[at] ?? 0n
      standings[at] = after.get(rep) ?? before
      accrued[at] = presences[at] === 'on leave' ? (accrued[at] ?? 0n) + (standings[at] ?? 0n) - before : 0n
      if (rep === turn?.taker) taken[at] = (taken[at] ?? 0) + 1
      furthest = Math.max(furthest, Math.abs(Number(standings[at])) / Number(oneTurn))
    }
    if (standings.reduce((sum, standing) => sum + standing, 0n) !== 0n) throw new Error('a turn was lost')
  }
  return furthest
}

/** The usual rule, from the same shares: whoever stands highest takes the turn. */
function largestShortfallFirst(members: readonly Member[]): Turn | null {
  const turn = takeTurn(members)
  if (turn === null) return null
  const whole = turn.standings.map(({ rep, standing }) => ({
    rep,
    standing: rep === turn.taker ? standing + oneTurn : standing,
  }))
  const eligible = new Set(members.filter(member => member.eligible).map(({ rep }) => rep))
  const taker = whole
    .filter(({ rep }) => eligible.has(rep))
    .reduce((first, one) => (one.standing > first.standing ? one : first)).rep
  const standings = whole.map(one => (one.rep === taker ? { ...one, standing: one.standing - oneTurn } : one))
  return { ...turn, taker, standings }
}

function halfOfThePool(_size: number, random: () => number): Change {
  return () => (random() < 0.5 ? 'there' : 'not for this lead')
}

/** Each is on leave for 20 to 60 leads now and then, a seventh of the time. */
function leave(size: number, random: () => number): Change {
  const until = Array.from({ length: size }, () => 0)
  return (lead, at) => {
    if (lead >= (until[at] ?? 0) && random() < 1 / 240) until[at] = lead + 20 + Math.floor(random() * 41)
    return lead < (until[at] ?? 0) ? 'on leave' : 'there'
  }
}

/** All but the first join one after the other. */
function newMembers(size: number, random: () => number): Change {
  const from = Array.from({ length: size }, (_, at) => (at === 0 ? 0 : Math.floor(random() * leads)))
  return (lead, at) => (lead >= (from[at] ?? 0) ? 'there' : 'not for this lead')
}

/** Each may have 1 to 6 of every 20 leads; a lead beyond all caps goes past the pool. */
function caps(size: number, random: () => number): Change {
  const most = Array.from({ length: size }, () => 1 + Math.floor(random() * 6))
  return (_lead, at, taken) => ((taken[at] ?? 0) < (most[at] ?? 0) ? 'there' : 'not for this lead')
}

/** A lead asks for one of three skills; of these everyone has each with even chances, and others after 50 leads. */
function skills(size: number, random: () => number): Change {
  const draw = () => Array.from({ length: size }, () => [random() < 0.5, random() < 0.5, random() < 0.5])
  let known = draw()
  let asked = 0
  return (lead, at) => {
    if (at === 0 && lead % 50 === 0) known = draw()
    if (at === 0) asked = Math.floor(random() * 3)
    return known[at]?.[asked] ? 'there' : 'not for this lead'
  }
}

function everything(size: number, random: () => number): Change {
  const each = [leave, newMembers, caps, skills].map(make => make(size, random))
  return (...of) => {
    const presences = each.map(change => change(...of))
    return presences.find(presence => presence !== 'there') ?? 'there'
  }
}

/** A plain linear congruential generator: the same numbers everywhere. */
function randomFrom(start: number): () => number {
  let state = (start * 2_654_435_761 + 1) >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

function median(values: readonly number[]): number {
  return rounded(values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN)
}

function rounded(turns: number): number {
  return Number(turns.toFixed(2))
}
