/**
 * Who takes the lead: the steps of a chain are tried in their order, and the first in which somebody can take it gives
 * the owner. Everyone who was looked at is named with what removed them, or with their standing.
 */
import { type Asks, isOnlyAway, loadOf, mayTakeItAtMs, removalOf } from './availability.js'
import type { Chain, Step } from './chain.js'
import { choose, type Contender, removed } from './choice.js'
import type { CandidateFacts, CandidateOutcome, DecisionInput, TurnTaken } from './decision.js'
import { assertNever, type EpochMs, instant, type PoolId, type RepId } from './ids.js'
import type { PoolChoice, Target } from './policy.js'
import { byRep, oneTurn, type Ties, type Turn } from './standing.js'

/** What a search needs to know. */
export type Searched = Pick<
  DecisionInput,
  | 'engine'
  | 'atMs'
  | 'heldSinceMs'
  | 'facts'
  | 'excluded'
  | 'lastOwner'
  | 'directed'
  | 'receiver'
  | 'people'
  | 'pools'
>

type Queue = Extract<PoolChoice, { by: 'queue' }>

export type Found =
  | { kind: 'owner'; owner: RepId; turn: TurnTaken | null }
  | { kind: 'queue'; pool: PoolId; queue: Queue; members: RepId[] }
  /** Somebody of the first step may be available later. */
  | { kind: 'later'; retryAtMs: EpochMs; untilMs: EpochMs }
  | { kind: 'nobody' }

type PoolMember = DecisionInput['pools'][PoolId][number]
type Known = ReadonlyMap<RepId, CandidateFacts>
type Looked = {
  found: Extract<Found, { kind: 'owner' | 'queue' | 'nobody' }>
  candidates: CandidateOutcome[]
}

const nobody = { kind: 'nobody' } as const

/** `tried`: the targets up to the one that ended the search; all of them when nobody was found. */
export function searchOwner(
  { steps, holdMostMs }: Chain,
  searched: Searched,
): { found: Found; tried: Target[]; candidates: CandidateOutcome[] } {
  const known = new Map(searched.people.map(person => [person.rep, person]))
  const tried: Target[] = []
  const candidates: CandidateOutcome[] = []
  for (const step of steps) {
    const looked = lookAt(step, searched, known)
    tried.push(step.target)
    candidates.push(...looked.candidates)
    if (looked.found.kind !== 'nobody') return { found: looked.found, tried, candidates }
    const later = tried.length > 1 || holdMostMs === null ? null : laterIn(step, holdMostMs, searched, known)
    if (later !== null) return { found: later, tried, candidates }
  }
  return { found: nobody, tried, candidates }
}

/** Everyone above a person, nearest first. Ends where the managers go round in a circle. */
export function managersAbove(
  rep: RepId,
  known: ReadonlyMap<RepId, { manager: RepId | null }>,
): readonly RepId[] {
  const above: RepId[] = []
  let manager = known.get(rep)?.manager ?? null
  while (manager !== null && manager !== rep && !above.includes(manager)) {
    above.push(manager)
    manager = known.get(manager)?.manager ?? null
  }
  return above
}

function lookAt(step: Step, searched: Searched, known: Known): Looked {
  const { target } = step
  if (target.kind === 'pool') return lookAtPool(target.pool, step, searched, known)
  const asks = asksByName(step, searched)
  const candidates: CandidateOutcome[] = []
  // The first who is there; those after are not looked at.
  for (const rep of namedBy(target, searched, known)) {
    const removal = removalOf(known.get(rep), null, asks)
    if (removal === null) {
      candidates.push({ rep, pool: null, outcome: 'chosen', standing: null })
      return { found: { kind: 'owner', owner: rep, turn: null }, candidates }
    }
    candidates.push(removed(null, rep, removal))
  }
  return { found: nobody, candidates }
}

function lookAtPool(pool: PoolId, step: Step, searched: Searched, known: Known): Looked {
  const { choice } = step.terms
  const asks: Asks = { wants: step.wants, terms: step.terms, excluded: searched.excluded }
  const members = membersOf(pool, searched)
  const contenders = byRep(members.map(member => contenderOf(member, known.get(member.rep), asks)))
  if (choice.by === 'queue') return lookAtQueue(pool, choice, contenders)
  const { turn, candidates } = choose(pool, choice, contenders, tiesOf(searched.engine))
  return turn === null
    ? { found: nobody, candidates }
    : { found: { kind: 'owner', owner: turn.taker, turn: asTaken(pool, turn) }, candidates }
}

/** Before engine 3 the last unit of a rounded standing could decide between equals. */
export function tiesOf(engine: DecisionInput['engine']): Ties {
  return engine < 3 ? 'asRounded' : 'byId'
}

function contenderOf(member: PoolMember, person: CandidateFacts | undefined, asks: Asks): Contender {
  const { rep, weight, standing, accrued } = member
  const { choice, afterLeave } = asks.terms
  const removal = removalOf(person, weight, asks)
  const isCounted = choice.by === 'leastLoaded' || choice.by === 'capacity'
  const contender: Contender = {
    rep,
    weight,
    standing: BigInt(standing),
    eligible: removal === null,
    removal,
    open: isCounted && removal === null && person !== undefined ? loadOf(person).open : null,
  }
  // Where load decides, whoever comes back has few leads and needs no turns kept for them.
  if (afterLeave.kind === 'hold' || choice.by !== 'turns' || person === undefined) return contender
  if (!isOnlyAway(person, weight, asks)) return contender
  const absence = { accrued: BigInt(accrued ?? '0'), most: BigInt(afterLeave.turnsMost) * oneTurn }
  return { ...contender, absence }
}

/** Everyone who could take it may; nobody's turn is taken, since whoever is quicker has the lead. */
function lookAtQueue(pool: PoolId, queue: Queue, contenders: readonly Contender[]): Looked {
  const candidates = contenders.map(
    ({ rep, removal }): CandidateOutcome =>
      removal === null ? { rep, pool, outcome: 'may-accept', standing: null } : removed(pool, rep, removal),
  )
  const members = contenders.filter(({ eligible }) => eligible).map(({ rep }) => rep)
  return { found: members.length === 0 ? nobody : { kind: 'queue', pool, queue, members }, candidates }
}

/** Until when the lead waits for somebody of this step; null: its time is over, or waiting brings nobody. */
function laterIn(
  step: Step,
  holdMostMs: number,
  searched: Searched,
  known: Known,
): Extract<Found, { kind: 'later' }> | null {
  const { atMs, heldSinceMs, excluded } = searched
  const untilMs = instant((heldSinceMs ?? atMs) + holdMostMs)
  if (atMs >= untilMs) return null
  const { target } = step
  const chances =
    target.kind === 'pool'
      ? membersOf(target.pool, searched).map(({ rep, weight }) =>
          mayTakeItAtMs(known.get(rep), weight, { ...step, excluded }, atMs),
        )
      : namedBy(target, searched, known).map(rep =>
          mayTakeItAtMs(known.get(rep), null, asksByName(step, searched), atMs),
        )
  const instants = chances.filter(chance => chance !== null)
  if (instants.length === 0) return null
  const retryAtMs = instants.reduce((one, other) => (one < other ? one : other), untilMs)
  return { kind: 'later', retryAtMs, untilMs }
}

function membersOf(pool: PoolId, { pools }: Searched): readonly PoolMember[] {
  const members = Object.hasOwn(pools, pool) ? pools[pool] : undefined
  if (members === undefined) throw new RangeError(`the decision was not told who is in the pool ${pool}`)
  return members
}

function namedBy(
  target: Exclude<Target, { kind: 'pool' }>,
  { facts, lastOwner }: Searched,
  known: Known,
): readonly RepId[] {
  switch (target.kind) {
    case 'rep':
      return [target.rep]
    case 'accountOwner':
      // The CRM's owner, if it is one of ours.
      return [...known.keys()].filter(rep => rep === facts.account?.owner)
    case 'managerOfOwner':
      return lastOwner === null ? [] : managersAbove(lastOwner, known)
    default:
      return assertNever(target)
  }
}

/** Whoever directed the lead to a person knew what had happened before; the policy's choice for a handoff did not. */
function asksByName({ target, wants, terms }: Step, { directed, receiver, excluded }: Searched): Asks {
  const isDirected =
    receiver === undefined && directed?.kind === 'rep' && target.kind === 'rep' && directed.rep === target.rep
  return { wants, terms, excluded: isDirected ? [] : excluded }
}

function asTaken(pool: PoolId, { taker, entitlements, standings }: Turn<RepId>): TurnTaken {
  return {
    pool,
    rep: taker,
    entitlements: entitlements.map(({ rep, entitlement }) => ({ rep, entitlement: String(entitlement) })),
    standings: standings.map(({ rep, standing }) => ({ rep, standing: String(standing) })),
  }
}
