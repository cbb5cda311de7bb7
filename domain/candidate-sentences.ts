/** What a decision record says of the people that it looked at, target by target, in words. */
import type { CandidateOutcome, Decision, DecisionRecord } from './decision.js'
import { assertNever, type PoolId, type RepId } from './ids.js'
import type { Target } from './policy.js'
import { tiesOf } from './search.js'
import { contestOf, type Loss, lossOf, oneTurn } from './standing.js'

/** Everyone who was looked at for one target. */
export type Attempt = { target: Target | null; candidates: readonly CandidateOutcome[] }

/**
 * The targets in the order tried, each with those who were looked at for it: so they stand in the record. What ended in
 * a review names no targets, and nobody there could take it.
 */
export function attemptsOf({ input, decision }: DecisionRecord): readonly Attempt[] {
  if (!('tried' in decision)) return [{ target: null, candidates: decision.candidates }]
  let at = 0
  return decision.tried.map(target => {
    const looked = new Set<RepId>()
    const candidates: CandidateOutcome[] = []
    for (; at < decision.candidates.length; at++) {
      const candidate = decision.candidates[at]
      // A person who is met again is looked at for the next target.
      if (candidate === undefined || looked.has(candidate.rep) || !isFor(target, candidate, input)) break
      looked.add(candidate.rep)
      candidates.push(candidate)
    }
    return { target, candidates }
  })
}

/** A whole sentence on why this person, one of the attempt's, does not own the lead. */
export function sayCandidate(candidate: CandidateOutcome, attempt: Attempt, record: DecisionRecord): string {
  const { rep, pool, outcome } = candidate
  const where = pool === null ? '' : ` in the pool ${pool}`
  if (outcome === 'waits') return sayWaiting(candidate, attempt, record, where)
  const credited = outcome === 'away' ? sayCredit(candidate, record.decision) : ''
  return `${rep}${where} ${sayOutcome(candidate, attempt, record)}.${credited}`
}

/** What became of this person, as a clause without its subject. */
export function sayOutcome(candidate: CandidateOutcome, attempt: Attempt, record: DecisionRecord): string {
  const { outcome, count = 0 } = candidate
  switch (outcome) {
    case 'chosen':
      return 'took it'
    case 'waits':
      return 'waits for a turn'
    case 'busier':
      return sayBusier(candidate, attempt, record)
    case 'may-accept':
      return 'may accept it, and then owns it'
    case 'away':
      return 'was away'
    case 'left':
      return 'is no longer in the roster'
    case 'weight-zero':
      return 'has weight 0 and takes no turns'
    case 'lapsed':
      return 'had this lead before and let its time run out'
    case 'declined':
      return 'had this lead before and declined it'
    case 'reassigned':
      return 'had this lead before and it was reassigned'
    case 'lacks-language':
      return `does not speak the lead's language (${record.input.facts.language ?? 'unknown'})`
    case 'lacks-skill':
      return 'lacks a skill that this lead needs'
    case 'other-role':
      return `has another role than the handoff asks for (${record.input.receiver ?? 'unknown'})`
    case 'off-hours':
      return 'was outside working hours'
    case 'cap-open':
      return `had ${sayLeads(count, 'open ')}, and may have no more`
    case 'cap-day':
      return `had received ${sayLeads(count)} that day, and may have no more`
    case 'cap-week':
      return `had received ${sayLeads(count)} that week, and may have no more`
    default:
      return assertNever(outcome)
  }
}

/** `2 open leads for a weight of 100`: what a pool by load compares. */
export function sayLoad({ rep, pool, count = 0 }: CandidateOutcome, { input }: DecisionRecord): string {
  return `${sayLeads(count, 'open ')} for a weight of ${weightIn(pool, rep, input) ?? 'unknown'}`
}

/** To two decimals, cut off; the record has all twelve. */
export function sayTurns(standing: string): string {
  const hundredths = (BigInt(standing) * 100n) / oneTurn
  const size = hundredths < 0n ? -hundredths : hundredths
  return `${hundredths < 0n ? '−' : ''}${size / 100n}.${String(size % 100n).padStart(2, '0')} turns`
}

function isFor(target: Target, { pool, rep }: CandidateOutcome, { facts }: DecisionRecord['input']): boolean {
  switch (target.kind) {
    case 'pool':
      return pool === target.pool
    case 'rep':
      return pool === null && rep === target.rep
    case 'accountOwner':
      return pool === null && rep === facts.account?.owner
    case 'managerOfOwner':
      return pool === null
    default:
      return assertNever(target)
  }
}

function sayWaiting(
  { rep, pool, standing }: CandidateOutcome,
  { candidates }: Attempt,
  record: DecisionRecord,
  where: string,
): string {
  const chosen = candidates.find(candidate => candidate.outcome === 'chosen')?.rep
  const owed = `${rep} could have taken it${where}, owed ${sayTurns(standing ?? '0')}`
  const loss = lossIn(rep, candidates, pool, record)
  switch (loss) {
    case 'not enough':
      return `${owed}: not yet enough for a turn, so it went to ${chosen}.`
    case 'due later':
      return `${owed}, but ${chosen}'s next turn was due sooner.`
    case 'due at once':
      return `${owed}, but ${chosen}'s next turn was due at the same time, and equals go by id.`
    case 'owed less':
      return `${owed}: not enough for a turn, nor had anybody else enough, and ${chosen} was owed most.`
    case 'owed as much':
      return `${owed}: not enough for a turn, nor had anybody else enough; ${chosen} was owed as much, and equals go by id.`
    case null:
      return `${owed}, but it was ${chosen ?? 'another'}'s turn.`
    default:
      return assertNever(loss)
  }
}

/** Which part of the rule passed this one over; null: the record's standings do not say. */
function lossIn(
  rep: RepId,
  candidates: Attempt['candidates'],
  pool: PoolId | null,
  record: DecisionRecord,
): Loss | null {
  const able = candidates.flatMap(({ rep, standing }) =>
    standing === null
      ? []
      : [{ rep, standing: BigInt(standing), weight: BigInt(weightIn(pool, rep, record.input) ?? 0) }],
  )
  const taker = candidates.find(({ outcome }) => outcome === 'chosen')?.rep
  const contest = contestOf(able, lentTo(candidates, pool, record), tiesOf(record.input.engine))
  return contest.taker.rep === taker ? lossOf(contest, rep) : null
}

/** What the pool's turns have left to those away, who catch up, by this lead included. */
function lentTo(
  candidates: Attempt['candidates'],
  pool: PoolId | null,
  { input, decision }: DecisionRecord,
): bigint {
  const members = pool === null ? [] : (input.pools[pool] ?? [])
  const turn = decision.kind === 'assigned' && decision.turn?.pool === pool ? decision.turn : null
  const away = candidates.filter(({ outcome }) => outcome === 'away').map(({ rep }) => rep)
  return away.reduce((sum, rep) => {
    const accrued = members.find(member => member.rep === rep)?.accrued ?? '0'
    const credit = turn?.entitlements.find(entitled => entitled.rep === rep)?.entitlement ?? '0'
    return sum + BigInt(accrued) + BigInt(credit)
  }, 0n)
}

function sayBusier(candidate: CandidateOutcome, { candidates }: Attempt, record: DecisionRecord): string {
  const taker = candidates.find(({ outcome }) => outcome === 'chosen')
  const own = `had ${sayLoad(candidate, record)}`
  return taker === undefined ? own : `${own}, and ${taker.rep} fewer: ${sayLoad(taker, record)}`
}

/** What the absent were credited with, in a pool that lets them catch up. */
function sayCredit({ rep, pool }: CandidateOutcome, decision: Decision): string {
  const turn = decision.kind === 'assigned' && decision.turn?.pool === pool ? decision.turn : null
  const credit = turn?.entitlements.find(entitled => entitled.rep === rep)?.entitlement
  return credit === undefined ? '' : ` The pool credited ${sayTurns(credit)} all the same, to catch up with.`
}

function sayLeads(count: number, kind = ''): string {
  return `${count} ${kind}${count === 1 ? 'lead' : 'leads'}`
}

function weightIn(pool: PoolId | null, rep: RepId, { pools }: DecisionRecord['input']): number | undefined {
  return pool === null ? undefined : pools[pool]?.find(member => member.rep === rep)?.weight
}
