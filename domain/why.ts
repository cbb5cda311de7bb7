/**
 * A decision in sentences: for the owner, for whoever asks "why not me", and for the timeline. Everything said here
 * stands in the record; nothing is worked out again, so an explanation cannot differ from the decision.
 */
import { directedRule } from './decide.js'
import type { CandidateOutcome, Decision, DecisionRecord } from './decision.js'
import { assertNever, type RepId } from './ids.js'
import { accountRule, otherwiseRule } from './matching.js'
import type { Target } from './policy.js'
import { oneTurn } from './standing.js'

type Assigned = Extract<Decision, { kind: 'assigned' }>
type Review = Extract<Decision, { kind: 'review' }>

/** Why this person owns the lead, or why nobody does yet. The most important sentence is the first. */
export function whyOwner(record: DecisionRecord): string[] {
  const { decision } = record
  switch (decision.kind) {
    case 'assigned':
      return [
        `${decision.owner} owns this lead.`,
        ...sayRule(decision),
        ...sayPassedTargets(decision),
        ...sayTurn(decision),
        ...saySide(record, decision),
        ...sayFound(decision),
        ...sayLostRules(decision),
      ]
    case 'review':
      return [sayQuestion(record, decision), ...sayFound(decision), ...sayLostRules(decision)]
    case 'disqualified':
      return ['Nobody owns this lead: the policy disqualifies it.', ...sayFound(decision)]
    default:
      return assertNever(decision)
  }
}

/** Why this person does not own the lead. One sentence for each time that the decision looked at them. */
export function whyNot(record: DecisionRecord, rep: RepId): string[] {
  const { decision } = record
  if (decision.kind === 'assigned' && decision.owner === rep) return [`${rep} does own this lead.`]
  const looked = decision.candidates.filter(candidate => candidate.rep === rep)
  if (looked.length > 0) return looked.map(candidate => sayCandidate(candidate, decision.candidates))
  return [sayNotLookedAt(record, rep)]
}

function sayRule({ rule, rules }: Assigned): string[] {
  if (rule === 'directed')
    return ['A person, or the end of the re-routes, named who should have it; the rules were passed over.']
  const why = rules.find(({ outcome }) => outcome === 'won')?.why
  const because = why === undefined ? '' : `: ${why}`
  if (rule === otherwiseRule) return [`The policy's fallback decided${because}.`]
  return rule === accountRule ? [`Account routing decided${because}.`] : [`Rule ${rule} decided${because}.`]
}

function sayPassedTargets({ tried, candidates, owner }: Assigned): string[] {
  return tried.slice(0, -1).map(target => {
    const looked = candidates.filter(candidate => candidate.rep !== owner && isOf(candidate, target))
    const reasons = looked.map(({ rep, outcome }) => `${rep} ${sayRemoval(outcome)}`)
    const asked = target.kind === 'rep' ? target.rep : capital(sayTarget(target))
    return `${asked} could not take it: ${reasons.join(', ') || 'nobody is there'}.`
  })
}

/** Whether a candidate may have been looked at for this target. */
function isOf({ pool, rep }: CandidateOutcome, target: Target): boolean {
  if (target.kind === 'pool') return pool === target.pool
  return pool === null && (target.kind !== 'rep' || target.rep === rep)
}

function sayTurn({ turn, candidates }: Assigned): string[] {
  if (turn === null) return []
  const able = candidates.filter(candidate => candidate.pool === turn.pool && candidate.standing !== null)
  const others = able.filter(({ rep }) => rep !== turn.rep)
  if (others.length === 0) return [`In the pool ${turn.pool} nobody else could take it.`]
  const own = able.find(({ rep }) => rep === turn.rep)?.standing ?? '0'
  const rest = others.map(({ rep, standing }) => `${rep} ${sayTurns(standing ?? '0')}`)
  return [
    `In the pool ${turn.pool} it was ${turn.rep}'s turn: owed ${sayTurns(own)}, and due first; ${rest.join(', ')}.`,
  ]
}

function saySide({ input }: DecisionRecord, { sla, review }: Assigned): string[] {
  return [
    `The service level is ${sla}.`,
    ...(input.lastOwner === null ? [] : [`It was ${input.lastOwner}'s before.`]),
    ...(review === null ? [] : ['A person looks at it too, since it is of high value.']),
  ]
}

function sayFound({ score, segment, territories, qualification }: Decision): string[] {
  const reasons = score.reasons.map(({ name, add }) => `${name} ${add < 0 ? '−' : '+'}${Math.abs(add)}`)
  const places = territories.length === 0 ? 'no territory' : `territory ${territories.join(', ')}`
  return [
    `Score ${score.total}${reasons.length === 0 ? '' : `: ${reasons.join(', ')}`}.`,
    `${capital(qualification)}, ${segment === null ? 'no segment' : `segment ${segment}`}, ${places}.`,
  ]
}

function sayLostRules({ rules }: Decision): string[] {
  return rules
    .filter(({ outcome }) => outcome === 'lost')
    .map(({ rule, why }) => `${capital(sayRuleName(rule))} matched too: ${why}.`)
}

function sayRuleName(rule: string): string {
  if (rule === otherwiseRule) return 'the fallback'
  return rule === accountRule ? 'account routing' : `rule ${rule}`
}

function sayQuestion({ input }: DecisionRecord, { review, between, candidates }: Review): string {
  switch (review) {
    case 'undeclared-source':
      return `A person decides: the policy does not know the source ${input.facts.source}.`
    case 'missing-critical':
      return `A person decides: ${input.facts.missing.join(', ')} missing, and the source cannot do without.`
    case 'ambiguous-rule':
      return `A person decides: the rules ${between.join(' and ')} are equally specific, and no rank decides.`
    case 'nobody-available': {
      const reasons = candidates.map(({ rep, outcome }) => `${rep} ${sayRemoval(outcome)}`)
      return `A person decides: nobody can take it (${[...new Set(reasons)].join(', ') || 'nobody was found'}).`
    }
    default:
      return assertNever(review)
  }
}

function sayCandidate(
  { rep, pool, outcome, standing }: CandidateOutcome,
  all: readonly CandidateOutcome[],
): string {
  const where = pool === null ? '' : ` in the pool ${pool}`
  if (outcome !== 'waits') return `${rep}${where} ${sayRemoval(outcome)}.`
  const able = all.filter(candidate => candidate.pool === pool && candidate.standing !== null)
  const taker = able.find(candidate => candidate.outcome === 'chosen')?.rep ?? 'another'
  const owed = `${rep} could have taken it${where}, owed ${sayTurns(standing ?? '0')}`
  return isReady(standing ?? '0', able.length)
    ? `${owed}, but ${taker}'s next turn was due sooner.`
    : `${owed}: not yet enough for a turn, so it went to ${taker}.`
}

/** At least 1/(2n−2) turns, as Tijdeman's rule asks. */
function isReady(standing: string, n: number): boolean {
  return BigInt(standing) * BigInt(2 * n - 2) >= oneTurn
}

function sayRemoval(outcome: CandidateOutcome['outcome']): string {
  switch (outcome) {
    case 'chosen':
      return 'took it'
    case 'waits':
      return 'waits for a turn'
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
    default:
      return assertNever(outcome)
  }
}

function sayNotLookedAt({ decision }: DecisionRecord, rep: RepId): string {
  switch (decision.kind) {
    case 'assigned':
      return `${rep} was not asked: ${sayWayOf(decision)}.`
    case 'review':
      return decision.review === 'nobody-available'
        ? `${rep} was not asked: nothing that the policy names for this lead leads to ${rep}.`
        : `${rep} was not asked: a person decides about this lead first (${decision.review}).`
    case 'disqualified':
      return `${rep} was not asked: the policy disqualifies this lead.`
    default:
      return assertNever(decision)
  }
}

function sayWayOf({ rule, tried }: Assigned): string {
  const way = tried.map(sayTarget).join(', then ')
  return rule === directedRule
    ? `the lead was directed to ${way}`
    : `${sayRuleName(rule)} gives this lead to ${way}`
}

function sayTarget(target: Target): string {
  switch (target.kind) {
    case 'pool':
      return `the pool ${target.pool}`
    case 'rep':
      return target.rep
    case 'accountOwner':
      return 'the account owner'
    case 'managerOfOwner':
      return 'the manager of the last owner'
    default:
      return assertNever(target)
  }
}

/** To two decimals, cut off; the record has all twelve. */
function sayTurns(standing: string): string {
  const hundredths = (BigInt(standing) * 100n) / oneTurn
  const size = hundredths < 0n ? -hundredths : hundredths
  return `${hundredths < 0n ? '−' : ''}${size / 100n}.${String(size % 100n).padStart(2, '0')} turns`
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
