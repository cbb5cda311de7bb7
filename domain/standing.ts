/**
 * Fair turns: who of a pool takes the next lead.
 *
 * A member's standing is what it was entitled to minus the turns that it took. Tijdeman's rule for the chairman
 * assignment problem (R. Tijdeman, Discrete Mathematics 32, 1980) keeps it within 1 − 1/(2n−2) turns of zero as long
 * as the same n members stay eligible with the same weights and no turn is given back; no rule can promise less.
 * Whole numbers only, and equals within their rounding go by id: rounding must never decide who gets a lead.
 * docs/fairness.md works through an example.
 */

export type Member<Id extends string = string> = {
  rep: Id
  /** A whole number, relative to the other members'; 0 never takes a turn. */
  weight: number
  /** Entitled minus taken, in 10⁻¹² turns, before this lead. */
  standing: bigint
  /** For this very lead. */
  eligible: boolean
  /** Of someone on leave who would be eligible: in a pool that catches up they accrue as if they were. */
  absence?: Absence
}

/** What somebody's leave has accrued so far, and may accrue in all, in 10⁻¹² turns. */
type Absence = { accrued: bigint; most: bigint }

export type Turn<Id extends string = string> = {
  taker: Id
  /** What this lead entitled each eligible or catching up member to, in 10⁻¹² turns; sums to exactly one turn. */
  entitlements: readonly { rep: Id; entitlement: bigint }[]
  /** Their standings after the turn; nobody else's changes. */
  standings: readonly { rep: Id; standing: bigint }[]
}

/** Why a turn was given back: the lead was not one that should have cost its owner a turn. */
export type GivenBackReason = 'duplicate' | 'disqualified' | 'declined'

export type TurnGivenBack<Id extends string = string> = {
  rep: Id
  reason: GivenBackReason
  /** After the turn came back, in 10⁻¹² turns. */
  standing: bigint
}

/** One turn in the unit of standings and entitlements. */
export const oneTurn = 10n ** 12n

/** What the rounding of entitlements may add to a standing: below 10⁻¹² turns per lead, so a million leads' worth. */
const tolerance = oneTurn / 1_000_000n
const toleranceTurns = 1e-6

/** A member once this lead has been added to its standing. */
type Credited<Id extends string> = {
  rep: Id
  weight: bigint
  entitlement: bigint
  standing: bigint
  /** The others are away and catch up. */
  eligible: boolean
}

/** `asRounded`: as engines 1 and 2 had it, where the last unit of a standing could decide in a pool that had changed. */
export type Ties = 'byId' | 'asRounded'

/**
 * Gives one lead's turn to a member of a pool. Members who are not eligible, or weigh nothing, neither accrue nor
 * change (`hold`), but for those whose `absence` may still accrue. Null: nobody is eligible. The answer does not depend
 * on the order of the members.
 * Throws RangeError when a weight is not a whole number of at least 0.
 */
export function takeTurn<Id extends string>(
  members: readonly Member<Id>[],
  ties: Ties = 'byId',
): Turn<Id> | null {
  const eligible = byRep(members.filter(member => member.eligible && isPositive(member.weight)))
  if (eligible.length === 0) return null
  const absent = members.filter(member => !member.eligible && isPositive(member.weight) && member.absence)
  const credited = absent.length === 0 ? accrue(eligible, oneTurn) : accrueBeside(eligible, absent)
  const contenders = absent.length === 0 ? credited : credited.filter(one => one.eligible)
  const taker = contestOf(contenders, lentTo(absent, credited), ties).taker.rep
  return {
    taker,
    entitlements: credited.map(({ rep, entitlement }) => ({ rep, entitlement })),
    standings: credited.map(({ rep, standing }) => ({
      rep,
      standing: rep === taker ? standing - oneTurn : standing,
    })),
  }
}

/**
 * A series of leads through one pool that starts even. `eligible` names who may take each lead.
 * Null in the answer: nobody could take that lead.
 */
export function takeTurns<Id extends string>(
  pool: readonly { rep: Id; weight: number }[],
  eligible: readonly (readonly Id[])[],
): (Id | null)[] {
  const standings = new Map<Id, bigint>()
  return eligible.map(names => {
    const present = new Set(names)
    const turn = takeTurn(
      pool.map(({ rep, weight }) => ({
        rep,
        weight,
        standing: standings.get(rep) ?? 0n,
        eligible: present.has(rep),
      })),
    )
    for (const { rep, standing } of turn?.standings ?? []) standings.set(rep, standing)
    return turn?.taker ?? null
  })
}

/** The ledger row of a turn that comes back: whoever took it stands one turn higher, everyone else as before. */
export function giveBack<Id extends string>(
  taker: { rep: Id; standing: bigint },
  reason: GivenBackReason,
): TurnGivenBack<Id> {
  return { rep: taker.rep, reason, standing: taker.standing + oneTurn }
}

/** The furthest that Tijdeman's rule lets anyone of n members be from its exact share, in turns. */
export function boundTurns(n: number): number {
  return n < 2 ? 0 : 1 - 1 / (2 * n - 2)
}

/** Whether, after every one of these turns, every member was within the bound of its exact share. */
export function withinBound<Id extends string>(
  pool: readonly { rep: Id; weight: number }[],
  turns: readonly Id[],
): boolean {
  const n = pool.filter(member => member.weight > 0).length
  return furthestFromShareTurns(pool, turns) <= boundTurns(n) + toleranceTurns
}

/** The largest difference, after any of these turns, between a member's turns and its weighted share of them all. */
export function furthestFromShareTurns<Id extends string>(
  pool: readonly { rep: Id; weight: number }[],
  turns: readonly Id[],
): number {
  const totalWeight = pool.reduce((sum, member) => sum + member.weight, 0)
  const taken = new Map<Id, number>()
  let furthest = 0
  for (const [index, taker] of turns.entries()) {
    taken.set(taker, (taken.get(taker) ?? 0) + 1)
    for (const { rep, weight } of pool) {
      const share = (weight * (index + 1)) / totalWeight
      furthest = Math.max(furthest, Math.abs(share - (taken.get(rep) ?? 0)))
    }
  }
  return furthest
}

/**
 * Adds to each standing its share of a turn, or of what is left of one, split by weight into whole 10⁻¹²: each share is
 * rounded down, then what is left over goes one by one to those who lost most by the rounding, ties by id.
 */
function accrue<Id extends string>(sharing: readonly Member<Id>[], amount: bigint): readonly Credited<Id>[] {
  const total = totalWeight(sharing)
  const shares = sharing.map(member => {
    const exact = amount * BigInt(member.weight)
    return { member, whole: exact / total, lost: exact % total }
  })
  const leftOver = Number(amount - shares.reduce((sum, { whole }) => sum + whole, 0n))
  const toppedUp = leftOver === 0 ? [] : shares.toSorted(lostMoreFirst).slice(0, leftOver)
  return shares.map(share => credit(share.member, toppedUp.includes(share) ? share.whole + 1n : share.whole))
}

/** Whoever's absence may accrue less than a share gets just that, and the others split the rest by weight. */
function accrueBeside<Id extends string>(
  eligible: readonly Member<Id>[],
  absent: readonly Member<Id>[],
): readonly Credited<Id>[] {
  const full: Credited<Id>[] = []
  let sharing = byRep([...eligible, ...absent])
  let rest = oneTurn
  // A share grows as others are full, so it takes as many looks as there are absences at most.
  for (let looks = 0; looks <= absent.length; looks++) {
    const total = totalWeight(sharing)
    const exceeds = ({ eligible, weight, absence }: Member<Id>) =>
      !eligible && rest * BigInt(weight) > leftOf(absence) * total
    const filled = sharing.filter(exceeds)
    if (filled.length === 0) break
    full.push(...filled.map(member => credit(member, leftOf(member.absence))))
    sharing = sharing.filter(member => !filled.includes(member))
    rest = oneTurn - full.reduce((sum, { entitlement }) => sum + entitlement, 0n)
  }
  const beside = full.filter(({ entitlement }) => entitlement > 0n)
  return byRep([...accrue(sharing, rest), ...beside])
}

function credit<Id extends string>(member: Member<Id>, entitlement: bigint): Credited<Id> {
  const { rep, weight, standing, eligible } = member
  return { rep, weight: BigInt(weight), entitlement, standing: standing + entitlement, eligible }
}

function leftOf(absence: Absence | undefined): bigint {
  return absence === undefined || absence.accrued > absence.most ? 0n : absence.most - absence.accrued
}

/** What those who are there have taken of the turns of those away, by this lead included. */
function lentTo<Id extends string>(absent: readonly Member<Id>[], credited: readonly Credited<Id>[]): bigint {
  if (absent.length === 0) return 0n
  const before = absent.reduce((sum, { absence }) => sum + (absence?.accrued ?? 0n), 0n)
  return credited.reduce((sum, { eligible, entitlement }) => (eligible ? sum : sum + entitlement), before)
}

function totalWeight<Id extends string>(members: readonly Member<Id>[]): bigint {
  return members.reduce((sum, { weight }) => sum + BigInt(weight), 0n)
}

/** The shares come in the order of the ids, and a sort keeps the order of equals. */
function lostMoreFirst(one: { lost: bigint }, other: { lost: bigint }): number {
  return ascending(other.lost, one.lost)
}

/** One lead's turn as the rule sees it; who takes it, and what is needed to say why each of the others does not. */
export type Contest<Id extends string = string> = {
  taker: Compared<Id>
  /** In the order of their ids. */
  compared: readonly Compared<Id>[]
  terms: Terms
  /** Whether anybody is ready for a turn. */
  isAnyReady: boolean
}

export type Loss = 'not enough' | 'due later' | 'due at once' | 'owed less' | 'owed as much'

type Contender<Id extends string> = {
  rep: Id
  weight: bigint
  /** With this lead's entitlement, in 10⁻¹² turns. */
  standing: bigint
}

/** What is compared: times the total weight, in 10⁻¹² turns. */
type Compared<Id extends string> = Contender<Id> & {
  /** A whole number of turns, as in a pool that has stayed the same. */
  isEven: boolean
  /** What the standing has left below 1 − 1/(2n−2), times 2n−2. */
  room: bigint
}

/** `places`: 2n−2. `turn`: one turn times the total weight. `slack`: within which standings times it are equal. */
type Terms = { places: bigint; turn: bigint; slack: bigint }

/**
 * Tijdeman's rule. The contenders, at least one, are in the order of their ids, so of equals the first id takes the
 * turn. What they lent to those away is given back to their standings by weight, for the comparison alone: else the
 * lightest would seem to be owed most, and take all that the absent leave.
 */
export function contestOf<Id extends string>(
  contenders: readonly Contender<Id>[],
  lent: bigint,
  ties: Ties,
): Contest<Id> {
  const total = contenders.reduce((sum, { weight }) => sum + weight, 0n)
  const places = BigInt(2 * contenders.length - 2)
  const turn = oneTurn * total
  const compared = contenders.map((contender): Compared<Id> => {
    const own = contender.standing * total
    const { standing, isEven } = evened(lent === 0n ? own : own + lent * contender.weight, total)
    const { rep, weight } = contender
    return { rep, weight, standing, isEven, room: (places - 1n) * turn - places * standing }
  })
  const slack = ties === 'asRounded' || compared.every(({ isEven }) => isEven) ? 0n : tolerance * total
  const terms = { places, turn, slack }
  const ready = compared.filter(one => isReady(one, terms))
  const isAnyReady = ready.length > 0
  const taker = isAnyReady
    ? firstAmong(ready, isDueBefore, isDueAfter, terms)
    : firstAmong(compared, standsHigher, isOwedLess, terms)
  return { taker, compared, terms, isAnyReady }
}

/** Which part of the rule passes this one over; null for the taker, and for whoever is none of the contenders. */
export function lossOf<Id extends string>(
  { taker, compared, terms, isAnyReady }: Contest<Id>,
  rep: Id,
): Loss | null {
  const one = compared.find(contender => contender.rep === rep)
  if (one === undefined || rep === taker.rep) return null
  if (!isAnyReady) return isOwedLess(one, taker, terms) ? 'owed less' : 'owed as much'
  if (!isReady(one, terms)) return 'not enough'
  return isDueAfter(one, taker, terms) ? 'due later' : 'due at once'
}

type Weighed = Pick<Compared<string>, 'weight' | 'standing' | 'room'>

/** standing ≥ 1/(2n−2), both sides times 2n−2. A pool of one takes its turn in any case. */
function isReady({ standing }: Weighed, { places, turn, slack }: Terms): boolean {
  return (standing + slack) * places >= turn
}

/** The room divided by the weight is the time until a member must have had its next turn; both sides multiplied out. */
function isDueBefore(one: Weighed, other: Weighed): boolean {
  return one.room * other.weight < other.room * one.weight
}

function isDueAfter(one: Weighed, other: Weighed, { places, slack }: Terms): boolean {
  return one.room * other.weight - other.room * one.weight > slack * places * (one.weight + other.weight)
}

function standsHigher(one: Weighed, other: Weighed): boolean {
  return one.standing > other.standing
}

function isOwedLess(one: Weighed, other: Weighed, { slack }: Terms): boolean {
  return one.standing + slack < other.standing
}

/**
 * A standing times the total weight, in 10⁻¹² turns. As long as a pool stays the same that product is a whole number
 * of turns, but for what the rounding of entitlements has added lead by lead; within the tolerance that is taken off
 * again, so that standings of such a pool are compared exactly.
 */
function evened(product: bigint, total: bigint): { standing: bigint; isEven: boolean } {
  const nearest = nearestMultiple(product, oneTurn)
  const added = product - nearest
  const isEven = (added < 0n ? -added : added) <= tolerance * total
  return { standing: isEven ? nearest : product, isEven }
}

function nearestMultiple(value: bigint, unit: bigint): bigint {
  const half = value < 0n ? -unit / 2n : unit / 2n
  return value + half - ((value + half) % unit)
}

/** The first id that is not behind the one that comes before all others. Of at least one. */
function firstAmong<Id extends string>(
  contenders: readonly Compared<Id>[],
  comesBefore: (one: Weighed, other: Weighed) => boolean,
  isBehind: (one: Weighed, other: Weighed, terms: Terms) => boolean,
  terms: Terms,
): Compared<Id> {
  const best = contenders.reduce((first, one) => (comesBefore(one, first) ? one : first))
  return contenders.find(one => !isBehind(one, best, terms)) ?? best
}

function isPositive(weight: number): boolean {
  if (Number.isSafeInteger(weight) && weight >= 0) return weight > 0
  throw new RangeError(`not a weight: ${weight}; expected a whole number of at least 0`)
}

/** In the order of their ids: by code unit, not by locale, so the same on every machine. */
export function byRep<T extends { rep: string }>(items: readonly T[]): readonly T[] {
  // Most come in order, and a look is cheaper than sorting.
  const isInOrder = items.every((item, at) => at === 0 || (items[at - 1]?.rep ?? '') < item.rep)
  return isInOrder ? items : items.toSorted((one, other) => ascending(one.rep, other.rep))
}

function ascending<T extends string | bigint>(one: T, other: T): number {
  return one < other ? -1 : one > other ? 1 : 0
}
