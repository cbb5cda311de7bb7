/** Two fates of the same leads: whose owner is another, and what made the difference. */
import type { CandidateOutcome, DecisionInput, DecisionRecord } from '../decision.js'
import type { PoolId, RepId } from '../ids.js'
import type { Settled } from './settled.js'
import { type Count, countsOf } from './tally.js'

/** The first of these that is different, in this order. */
type MoveKind = 'outcome' | 'rule' | 'target' | 'member' | 'availability' | 'weights' | 'turn' | 'unknown'

/** `what`: a plain clause, for example `rule uk-south instead of uk`. */
export type Move = { kind: MoveKind; what: string }

type Example = { lead: string; before: string; after: string; why: string }

export type Compared = {
  same: number
  moved: number
  /** What made the difference to how many leads, the most first. */
  reasons: (Count & { kind: MoveKind })[]
  people: { rep: RepId; before: number; after: number; gained: number; lost: number }[]
  /** The first of those that moved. */
  examples: Example[]
}

type Comparison = {
  /** Null: it is the same. */
  compare(before: Settled, after: Settled): Move | null
  compared(): Compared
}

export function createComparison(examplesMost: number): Comparison {
  const reasons = new Map<string, { kind: MoveKind; leads: number }>()
  const people = new Map<RepId, { before: number; after: number; gained: number; lost: number }>()
  const examples: Example[] = []
  const counts = { same: 0, moved: 0 }
  const of = (rep: RepId) => {
    const count = people.get(rep) ?? { before: 0, after: 0, gained: 0, lost: 0 }
    people.set(rep, count)
    return count
  }
  return {
    compare(before, after) {
      if (before.owner !== null) of(before.owner).before += 1
      if (after.owner !== null) of(after.owner).after += 1
      const move = moveOf(before, after)
      if (move === null) {
        counts.same += 1
        return null
      }
      counts.moved += 1
      if (before.owner !== after.owner && before.owner !== null) of(before.owner).lost += 1
      if (before.owner !== after.owner && after.owner !== null) of(after.owner).gained += 1
      const reason = reasons.get(move.what) ?? { kind: move.kind, leads: 0 }
      reasons.set(move.what, { ...reason, leads: reason.leads + 1 })
      if (examples.length < examplesMost)
        examples.push({ lead: after.id, before: sayFate(before), after: sayFate(after), why: move.what })
      return move
    },
    compared: () => ({
      ...counts,
      reasons: countsOf(new Map([...reasons].map(([what, { leads }]) => [what, leads]))).map(count => ({
        ...count,
        kind: reasons.get(count.name)?.kind ?? 'unknown',
      })),
      people: [...people]
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([rep, count]) => ({ rep, ...count })),
      examples,
    }),
  }
}

/** What became of a lead, in a few words. */
export function sayFate({ outcome, owner, review }: Settled): string {
  if (owner !== null) return owner
  switch (outcome) {
    case 'review':
      return `review ${review ?? ''}`.trim()
    case 'held':
      return 'nobody yet: held'
    case 'queued':
      return 'nobody yet: in a queue'
    case 'assigned':
    case 'disqualified':
    case 'shadowed':
    case 'stored':
      return outcome
  }
}

/** Null: the same owner, or nobody for the same reason. */
function moveOf(before: Settled, after: Settled): Move | null {
  const isSame =
    before.owner === after.owner && before.outcome === after.outcome && before.review === after.review
  if (isSame) return null
  if (before.owner === null || after.owner === null)
    return { kind: 'outcome', what: `${kindOf(after)} instead of ${kindOf(before)}` }
  if (before.rule !== after.rule)
    return { kind: 'rule', what: `${after.rule ?? 'no rule'} instead of ${before.rule ?? 'no rule'}` }
  if (before.pool !== after.pool)
    return {
      kind: 'target',
      what: `${after.rule ?? 'no rule'}: ${placeOf(after)} instead of ${placeOf(before)}`,
    }
  if (after.pool === null)
    return { kind: 'target', what: `${after.rule ?? 'no rule'}: ${after.owner} instead of ${before.owner}` }
  if (before.record === null || after.record === null)
    return { kind: 'unknown', what: `pool ${after.pool}: what decided before is not on record` }
  return withinPool(after.pool, before.owner, after.owner, before.record, after.record)
}

function withinPool(
  pool: PoolId,
  was: RepId,
  is: RepId,
  before: DecisionRecord,
  after: DecisionRecord,
): Move {
  const formerNow = candidateIn(after, pool, was)
  const newBefore = candidateIn(before, pool, is)
  if (formerNow === undefined) return { kind: 'member', what: `pool ${pool}: without ${was}` }
  if (newBefore === undefined) return { kind: 'member', what: `pool ${pool}: with ${is}` }
  if (isRemoved(formerNow)) return { kind: 'availability', what: `pool ${pool}: ${was} ${formerNow.outcome}` }
  if (isRemoved(newBefore))
    return { kind: 'availability', what: `pool ${pool}: ${is} no longer ${newBefore.outcome}` }
  const changed = weightsChanged(pool, before.input, after.input)
  return changed.length > 0
    ? { kind: 'weights', what: `pool ${pool}: other weights (${changed.join(', ')})` }
    : { kind: 'turn', what: `pool ${pool}: turns come round in another order` }
}

function candidateIn({ decision }: DecisionRecord, pool: PoolId, rep: RepId): CandidateOutcome | undefined {
  return decision.candidates.findLast(candidate => candidate.pool === pool && candidate.rep === rep)
}

function isRemoved({ outcome }: CandidateOutcome): boolean {
  return outcome !== 'chosen' && outcome !== 'waits' && outcome !== 'may-accept' && outcome !== 'busier'
}

/** `ana 2 → 1`; whoever came or went is another reason. */
function weightsChanged(pool: PoolId, before: DecisionInput, after: DecisionInput): string[] {
  const weights = new Map(before.pools[pool]?.map(({ rep, weight }) => [rep, weight]))
  return (after.pools[pool] ?? []).flatMap(({ rep, weight }) => {
    const was = weights.get(rep)
    return was === undefined || was === weight ? [] : [`${rep} ${was} → ${weight}`]
  })
}

function kindOf(settled: Settled): string {
  return settled.owner === null ? sayFate(settled) : 'an owner'
}

function placeOf({ pool, owner }: Settled): string {
  return pool === null ? (owner ?? 'nobody') : `pool ${pool}`
}
