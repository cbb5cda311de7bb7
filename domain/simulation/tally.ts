/** The sums of a simulation: as many as there are people, pools and rules, however many leads. */
import type { DecisionRecord, TurnTaken } from '../decision.js'
import type { PoolId, RepId } from '../ids.js'
import { otherwiseRule } from '../matching.js'
import { oneTurn } from '../standing.js'
import type { CountedClock } from './behaviour.js'
import type { Settled, SettledOutcome } from './settled.js'

export type Count = { name: string; leads: number }

export type PersonSum = {
  rep: RepId
  /** Leads whose first owner they are, and what those score. */
  leads: number
  score: number
  /** Of the turns of all pools: taken, and what they were entitled to; and the same of the scores, none below 0. */
  turns: number
  turnsDue: number
  turnsScore: number
  turnsScoreDue: number
  /** Leads that came to them from somebody who let them lapse, or otherwise later. */
  later: number
  breaches: Record<CountedClock, number>
}

type PoolSum = {
  pool: PoolId
  turns: number
  members: { rep: RepId; turns: number; turnsDue: number; score: number; scoreDue: number }[]
}

export type Sums = {
  leads: number
  outcomes: Record<SettledOutcome, number>
  reviews: Count[]
  rules: Count[]
  /** No rule matched. */
  fallback: number
  /** Nobody of the first target could take it. */
  passedOn: number
  waited: { held: number; queued: number }
  breaches: Record<CountedClock, number>
  /** Taken from an owner who let it lapse. */
  lapses: number
  people: PersonSum[]
  pools: PoolSum[]
}

export type Tally = {
  settled(lead: Settled): void
  /** A turn that was taken for a lead of this score. */
  turn(turn: TurnTaken, score: number): void
  review(kind: string): void
  breach(owner: RepId, clock: CountedClock): void
  /** The lead came to them after somebody else. */
  later(owner: RepId): void
  lapse(): void
  sums(): Sums
}

type Shares = { turns: number; due: bigint; score: number; scoreDue: bigint }
type Own = { leads: number; score: number; later: number; breaches: Record<CountedClock, number> }

export function createTally(): Tally {
  const outcomes = noOutcomes()
  const reviews = new Map<string, number>()
  const rules = new Map<string, number>()
  const waited = { held: 0, queued: 0 }
  const breaches = { acknowledge: 0, firstTouch: 0 }
  const people = new Map<RepId, Own>()
  const pools = new Map<PoolId, Map<RepId, Shares>>()
  const once = { leads: 0, fallback: 0, passedOn: 0, lapses: 0 }

  return {
    settled({ outcome, owner, rule, score, waited: how, record }) {
      once.leads += 1
      outcomes[outcome] += 1
      if (how !== null) waited[how] += 1
      if (rule === null) return
      rules.set(rule, (rules.get(rule) ?? 0) + 1)
      if (rule === otherwiseRule) once.fallback += 1
      if (isPassedOn(record)) once.passedOn += 1
      if (owner === null) return
      const own = ownOf(people, owner)
      own.leads += 1
      own.score += score
    },
    turn({ pool, rep, entitlements }, total) {
      const score = Math.max(0, total)
      const members = pools.get(pool) ?? new Map<RepId, Shares>()
      pools.set(pool, members)
      for (const { rep: entitled, entitlement } of entitlements) {
        const share = sharesOf(members, entitled)
        share.due += BigInt(entitlement)
        share.scoreDue += BigInt(entitlement) * BigInt(score)
      }
      const taken = sharesOf(members, rep)
      taken.turns += 1
      taken.score += score
    },
    review(kind) {
      reviews.set(kind, (reviews.get(kind) ?? 0) + 1)
    },
    breach(owner, clock) {
      breaches[clock] += 1
      ownOf(people, owner).breaches[clock] += 1
    },
    later(owner) {
      ownOf(people, owner).later += 1
    },
    lapse() {
      once.lapses += 1
    },
    sums: () => ({
      ...once,
      outcomes: { ...outcomes },
      reviews: countsOf(reviews),
      rules: countsOf(rules),
      waited: { ...waited },
      breaches: { ...breaches },
      people: peopleOf(people, pools),
      pools: poolsOf(pools),
    }),
  }
}

function isPassedOn(record: DecisionRecord | null): boolean {
  return record !== null && 'tried' in record.decision && record.decision.tried.length > 1
}

function noOutcomes(): Sums['outcomes'] {
  return { assigned: 0, review: 0, disqualified: 0, shadowed: 0, stored: 0, held: 0, queued: 0 }
}

/** The most first. */
export function countsOf(counts: ReadonlyMap<string, number>): Count[] {
  return [...counts]
    .map(([name, leads]) => ({ name, leads }))
    .sort((one, other) => other.leads - one.leads || (one.name < other.name ? -1 : 1))
}

function poolsOf(pools: ReadonlyMap<PoolId, ReadonlyMap<RepId, Shares>>): PoolSum[] {
  return [...pools].sort(byKey).map(([pool, members]) => ({
    pool,
    turns: [...members.values()].reduce((sum, { turns }) => sum + turns, 0),
    members: [...members].sort(byKey).map(([rep, { turns, due, score, scoreDue }]) => ({
      rep,
      turns,
      turnsDue: inTurns(due),
      score,
      scoreDue: inTurns(scoreDue),
    })),
  }))
}

function peopleOf(
  people: ReadonlyMap<RepId, Own>,
  pools: ReadonlyMap<PoolId, ReadonlyMap<RepId, Shares>>,
): PersonSum[] {
  const everyone = new Set([...people.keys(), ...[...pools.values()].flatMap(members => [...members.keys()])])
  return [...everyone].sort().map(rep => {
    const { leads, score, later, breaches } = people.get(rep) ?? nothing()
    const shares = [...pools.values()].flatMap(members => members.get(rep) ?? [])
    const sum = (of: (share: Shares) => bigint) =>
      inTurns(shares.reduce((total, share) => total + of(share), 0n))
    return {
      rep,
      leads,
      score,
      turns: shares.reduce((total, { turns }) => total + turns, 0),
      turnsDue: sum(({ due }) => due),
      turnsScore: shares.reduce((total, share) => total + share.score, 0),
      turnsScoreDue: sum(({ scoreDue }) => scoreDue),
      later,
      breaches: { ...breaches },
    }
  })
}

/** To six decimals. */
function inTurns(units: bigint): number {
  return Number((units * 2_000_000n + oneTurn) / (2n * oneTurn)) / 1_000_000
}

function ownOf(people: Map<RepId, Own>, rep: RepId): Own {
  const own = people.get(rep) ?? nothing()
  people.set(rep, own)
  return own
}

function nothing(): Own {
  return { leads: 0, score: 0, later: 0, breaches: { acknowledge: 0, firstTouch: 0 } }
}

function sharesOf(members: Map<RepId, Shares>, rep: RepId): Shares {
  const shares = members.get(rep) ?? { turns: 0, due: 0n, score: 0, scoreDue: 0n }
  members.set(rep, shares)
  return shares
}

function byKey([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return one < other ? -1 : 1
}
