/**
 * A decision in sentences: for the owner, for whoever asks "why not me", and for the timeline. Everything said here
 * stands in the record; nothing is worked out again, so an explanation cannot differ from the decision.
 */
import {
  type Attempt,
  attemptsOf,
  sayCandidate,
  sayLoad,
  sayOutcome,
  sayTurns,
} from './candidate-sentences.js'
import { directedRule } from './decide.js'
import type { CandidateOutcome, Decision, DecisionRecord } from './decision.js'
import { assertNever, type EpochMs, type RepId } from './ids.js'
import { accountRule, otherwiseRule } from './matching.js'
import type { Target } from './policy.js'

type Assigned = Extract<Decision, { kind: 'assigned' }>
type Review = Extract<Decision, { kind: 'review' }>
/** A decision that a rule, or whoever directed the lead, led to. */
type Led = Extract<Decision, { tried: unknown }>

/** Why this person owns the lead, or why nobody does yet. The most important sentence is the first. */
export function whyOwner(record: DecisionRecord): string[] {
  const { decision } = record
  switch (decision.kind) {
    case 'assigned':
      if (isOffer(record)) return whyOffered(record, decision)
      return [
        `${decision.owner} owns this lead.`,
        ...sayRule(decision),
        ...sayPassedTargets(record),
        ...sayLoosened(record, decision),
        ...sayTurn(record, decision),
        ...saySide(record, decision),
        ...sayFound(decision),
        ...sayLostRules(decision),
      ]
    case 'held':
      return [
        `Nobody owns this lead yet: it waits for ${decision.tried.map(sayTarget).join(', then ')}.`,
        `It is tried again at ${sayInstant(decision.retryAtMs)}, and waits no longer than ${sayInstant(decision.untilMs)}.`,
        ...sayRule(decision),
        ...attemptsOf(record).map(attempt => sayAttempt(attempt, record)),
        ...sayFound(decision),
        ...sayLostRules(decision),
      ]
    case 'queued':
      return [
        `Nobody owns this lead yet: the first to accept it from the pool ${decision.pool} will (${decision.members.join(', ')}).`,
        `If nobody has by ${sayInstant(decision.acceptByMs)}, it goes to ${sayTarget(decision.then)}.`,
        ...sayRule(decision),
        ...sayPassedTargets(record),
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
  if (decision.kind === 'assigned' && decision.owner === rep)
    return [isOffer(record) ? `${rep} is offered this lead.` : `${rep} does own this lead.`]
  const looked = attemptsOf(record).flatMap(attempt =>
    attempt.candidates
      .filter(candidate => candidate.rep === rep)
      .map(candidate => sayCandidate(candidate, attempt, record)),
  )
  return looked.length > 0 ? looked : [sayNotLookedAt(record, rep)]
}

/** A handoff: whoever was chosen owns the lead once they accept, and not before. */
function isOffer({ input }: DecisionRecord): boolean {
  return input.receiver !== undefined
}

function whyOffered(record: DecisionRecord, decision: Assigned): string[] {
  const { lastOwner, receiver } = record.input
  return [
    `${decision.owner} is offered this lead.`,
    `The policy offers handoffs to ${decision.tried.map(sayTarget).join(', then ')}, and there to the role ${receiver}.`,
    ...sayTurn(record, decision),
    ...(lastOwner === null ? [] : [`It is ${lastOwner}'s until they accept.`]),
    ...sayFound(decision),
  ]
}

function sayRule({ rule, rules }: Led): string[] {
  if (rule === directedRule)
    return ['A person, or the end of the re-routes, named who should have it; the rules were passed over.']
  const why = rules.find(({ outcome }) => outcome === 'won')?.why
  const because = why === undefined ? '' : `: ${why}`
  if (rule === otherwiseRule) return [`The policy's fallback decided${because}.`]
  return rule === accountRule ? [`Account routing decided${because}.`] : [`Rule ${rule} decided${because}.`]
}

function sayPassedTargets(record: DecisionRecord): string[] {
  return attemptsOf(record)
    .slice(0, -1)
    .map(attempt => sayAttempt(attempt, record))
}

function sayAttempt(attempt: Attempt, record: DecisionRecord): string {
  const { target, candidates } = attempt
  const reasons = candidates.map(candidate => `${candidate.rep} ${sayOutcome(candidate, attempt, record)}`)
  const asked = target === null ? 'Nobody' : target.kind === 'rep' ? target.rep : capital(sayTarget(target))
  return `${asked} could not take it: ${reasons.join(', ') || 'nobody is there'}.`
}

/** Why somebody could take it whom an earlier look at the same pool had passed over. */
function sayLoosened(record: DecisionRecord, { owner }: Assigned): string[] {
  const [last, ...earlier] = attemptsOf(record).toReversed()
  const pool = last?.target?.kind === 'pool' ? last.target.pool : null
  const before = earlier
    .flatMap(({ candidates }) => candidates)
    .find(candidate => candidate.rep === owner && candidate.pool === pool)
  switch (before?.outcome) {
    case 'off-hours':
    case 'cap-open':
    case 'cap-day':
    case 'cap-week':
      return ['Since nobody was available, it was assigned whatever hours and caps say.']
    case 'lacks-language':
    case 'lacks-skill':
      return ['The fallback asks for no language and no skill.']
    default:
      return []
  }
}

function sayTurn(record: DecisionRecord, { turn }: Assigned): string[] {
  const looked = attemptsOf(record).at(-1)?.candidates ?? []
  if (turn === null) return []
  const able = looked.filter(({ standing }) => standing !== null)
  const others = able.filter(({ rep }) => rep !== turn.rep)
  const busier = looked.filter(({ outcome }) => outcome === 'busier')
  if (others.length === 0 && busier.length === 0)
    return [`In the pool ${turn.pool} nobody else could take it.`]
  const load = busier.length === 0 ? [] : [sayLoads(turn.pool, able, busier, record)]
  if (others.length === 0) return load
  const own = able.find(({ rep }) => rep === turn.rep)?.standing ?? '0'
  const rest = others.map(({ rep, standing }) => `${rep} ${sayTurns(standing ?? '0')}`)
  return [
    ...load,
    `In the pool ${turn.pool} it was ${turn.rep}'s turn: owed ${sayTurns(own)}, and due first; ${rest.join(', ')}.`,
  ]
}

function sayLoads(
  pool: string,
  able: readonly CandidateOutcome[],
  busier: readonly CandidateOutcome[],
  record: DecisionRecord,
): string {
  const say = (all: readonly CandidateOutcome[]) =>
    all.map(candidate => `${candidate.rep} ${sayLoad(candidate, record)}`).join(', ')
  return `In the pool ${pool} the least busy come first: ${say(able)}; busier: ${say(busier)}.`
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

function sayQuestion(record: DecisionRecord, { review, between }: Review): string {
  const { input } = record
  switch (review) {
    case 'undeclared-source':
      return `A person decides: the policy does not know the source ${input.facts.source}.`
    case 'missing-critical':
      return `A person decides: ${input.facts.missing.join(', ')} missing, and the source cannot do without.`
    case 'ambiguous-rule':
      return `A person decides: the rules ${between.join(' and ')} are equally specific, and no rank decides.`
    case 'high-value':
      return 'A person decides before anybody gets it: it is of high value.'
    case 'policy-exception':
      return 'A person decides before anybody gets it: the policy makes an exception of leads like this one.'
    case 'nobody-available': {
      const reasons = attemptsOf(record).flatMap(attempt =>
        attempt.candidates.map(candidate => `${candidate.rep} ${sayOutcome(candidate, attempt, record)}`),
      )
      return `A person decides: nobody can take it (${[...new Set(reasons)].join(', ') || 'nobody was found'}).`
    }
    default:
      return assertNever(review)
  }
}

function sayNotLookedAt(record: DecisionRecord, rep: RepId): string {
  const { decision } = record
  switch (decision.kind) {
    case 'assigned':
      if (isOffer(record))
        return `${rep} was not asked: the policy offers handoffs to ${decision.tried.map(sayTarget).join(', then ')}.`
      return `${rep} was not asked: ${sayWayOf(decision)}.`
    case 'held':
    case 'queued':
      return `${rep} was not asked: ${sayWayOf(decision)}.`
    case 'review':
      return decision.review === 'nobody-available'
        ? `${rep} was not asked: the policy asks others about this lead, and when none of them can take it, a person.`
        : `${rep} was not asked: a person decides about this lead first (${decision.review}).`
    case 'disqualified':
      return `${rep} was not asked: the policy disqualifies this lead.`
    default:
      return assertNever(decision)
  }
}

function sayWayOf({ rule, tried }: Led): string {
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

/** In UTC, to the second: the record does not know where its reader is. */
function sayInstant(atMs: EpochMs): string {
  return new Date(atMs).toISOString().replace(/\.\d+Z$/, 'Z')
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
