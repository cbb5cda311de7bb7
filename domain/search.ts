/**
 * Who takes the lead: the targets are tried in their order, and the first that somebody can take gives the owner.
 * Everyone who was looked at is named with what removed them, or with their standing.
 */
import type { CandidateFacts, CandidateOutcome, DecisionInput, TurnTaken } from './decision.js'
import { assertNever, type PoolId, type RepId } from './ids.js'
import type { Target } from './policy.js'
import { type Turn, takeTurn } from './standing.js'

/** What a search needs to know. */
export type Searched = Pick<
  DecisionInput,
  'facts' | 'excluded' | 'lastOwner' | 'directed' | 'people' | 'pools'
>

export type Search = {
  /** Null: nobody can take it. */
  owner: RepId | null
  turn: TurnTaken | null
  candidates: CandidateOutcome[]
}

type Known = ReadonlyMap<RepId, CandidateFacts>
type Removal = Exclude<CandidateOutcome['outcome'], 'chosen' | 'waits'>

/** `tried`: the targets up to the one that gave the owner; all of them when none did. */
export function searchOwner(targets: readonly Target[], searched: Searched): Search & { tried: Target[] } {
  const known = new Map(searched.people.map(person => [person.rep, person]))
  const tried: Target[] = []
  const candidates: CandidateOutcome[] = []
  for (const target of targets) {
    const found = searchTarget(target, searched, known)
    tried.push(target)
    candidates.push(...found.candidates)
    if (found.owner !== null) return { owner: found.owner, turn: found.turn, tried, candidates }
  }
  return { owner: null, turn: null, tried, candidates }
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

function searchTarget(target: Target, searched: Searched, known: Known): Search {
  switch (target.kind) {
    case 'pool':
      return searchPool(target.pool, searched, known)
    case 'rep':
      return firstOf([target.rep], isDirected(target.rep, searched) ? [] : searched.excluded, known)
    case 'accountOwner':
      return firstOf(accountOwners(searched, known), searched.excluded, known)
    case 'managerOfOwner': {
      const { lastOwner, excluded } = searched
      return firstOf(lastOwner === null ? [] : managersAbove(lastOwner, known), excluded, known)
    }
    default:
      return assertNever(target)
  }
}

/** Whoever named this person knew what had happened before. */
function isDirected(rep: RepId, { directed }: Searched): boolean {
  return directed !== null && directed.kind === 'rep' && directed.rep === rep
}

/** The CRM's owner, if it is one of ours. */
function accountOwners({ facts }: Searched, known: Known): readonly RepId[] {
  const owner = [...known.keys()].find(rep => rep === facts.account?.owner)
  return owner === undefined ? [] : [owner]
}

/** The first of these persons who is there; those after it are not looked at. */
function firstOf(reps: readonly RepId[], excluded: Searched['excluded'], known: Known): Search {
  const candidates: CandidateOutcome[] = []
  for (const rep of reps) {
    const removed = whyRemoved(rep, excluded, known)
    candidates.push({ rep, pool: null, outcome: removed ?? 'chosen', standing: null })
    if (removed === null) return { owner: rep, turn: null, candidates }
  }
  return { owner: null, turn: null, candidates }
}

function searchPool(pool: PoolId, { pools, excluded }: Searched, known: Known): Search {
  const members = Object.hasOwn(pools, pool) ? pools[pool] : undefined
  if (members === undefined) throw new RangeError(`the decision was not told who is in the pool ${pool}`)
  const looked = members.map(({ rep, weight, standing }) => {
    const removed = whyRemoved(rep, excluded, known) ?? (weight === 0 ? 'weight-zero' : null)
    return { rep, weight, standing: BigInt(standing), eligible: removed === null, removed }
  })
  looked.sort((one, other) => (one.rep < other.rep ? -1 : 1))
  const turn = takeTurn(looked)
  const candidates = looked.map(({ rep, removed, standing }): CandidateOutcome => {
    const entitlement = turn?.entitlements.find(entitled => entitled.rep === rep)?.entitlement ?? 0n
    return removed === null
      ? {
          rep,
          pool,
          outcome: rep === turn?.taker ? 'chosen' : 'waits',
          standing: String(standing + entitlement),
        }
      : { rep, pool, outcome: removed, standing: null }
  })
  return turn === null
    ? { owner: null, turn: null, candidates }
    : { owner: turn.taker, turn: asTaken(pool, turn), candidates }
}

function asTaken(pool: PoolId, { taker, entitlements, standings }: Turn<RepId>): TurnTaken {
  return {
    pool,
    rep: taker,
    entitlements: entitlements.map(({ rep, entitlement }) => ({ rep, entitlement: String(entitlement) })),
    standings: standings.map(({ rep, standing }) => ({ rep, standing: String(standing) })),
  }
}

/** Whoever the roster does not know has left. */
function whyRemoved(rep: RepId, excluded: Searched['excluded'], known: Known): Removal | null {
  const person = known.get(rep)
  if (person === undefined || !person.employed) return 'left'
  if (person.away) return 'away'
  return excluded.find(exclusion => exclusion.rep === rep)?.reason ?? null
}
