/** What is different between two policies, as whoever signs for it would say it: not lines of YAML. */
import { sentenceOf } from './condition.js'
import type { RepId } from './ids.js'
import type { Policy, ReviewTerms, Rule } from './policy.js'
import {
  type Change,
  type Compare,
  fields,
  listed,
  named,
  optional,
  said,
  sequence,
} from './policy-diff/compare.js'
import { conditionOrNone } from './policy-diff/conditions.js'
import {
  calendar,
  campaign,
  company,
  criterion,
  pool,
  review,
  rule,
  sayCampaign,
  sayCompany,
  sayCriterion,
  segment,
  sla,
  source,
  territory,
} from './policy-diff/parts.js'
import { withoutRenames } from './policy-diff/renames.js'
import {
  createWords,
  length,
  lengthOrForEver,
  nobodyAvailable,
  terms,
  type Words,
} from './policy-diff/words.js'
import { handoff, pause, reminders, sayHandoff, timeToAssign } from './policy-diff/work.js'

export type { Change } from './policy-diff/compare.js'

/**
 * Every difference in what the two do, in the order of the document; empty for policies that do the same. What follows
 * from one edit is listed wherever it has an effect: another usual service level changes every rule that names none.
 * @param nameOf how people are called; default: by their ids
 */
export function diffPolicies(
  before: Policy,
  after: Policy,
  nameOf: (rep: RepId) => string = String,
): readonly Change[] {
  const renamed = withoutRenames(before, after)
  const whole = policyComparison(createWords(nameOf))
  return [...renamed.changes, ...whole(renamed.before, after, { path: [], subject: '' })]
}

type Accounts = NonNullable<Policy['accounts']>

function policyComparison(words: Words): Compare<Policy> {
  return fields<Policy>({
    policy: said(['policy'], 'name', String),
    zone: said(['zone'], 'time zone', String),
    calendars: named(['calendars'], 'calendar', ({ zone }) => zone, calendar),
    lists: named(['lists'], 'list', sayCompanies, listed([], 'has', String)),
    companies: named(['companies'], 'company', sayCompany, company),
    sources: named(['sources'], 'source', from => `campaign ${from.campaign}, ${from.rollout}`, source),
    score: sequence(['score'], 'criterion', ({ name }) => name, sayCriterion, criterion, decidesNothing),
    qualify: fields<Policy['qualify']>({
      disqualified: about('disqualified', conditionOrNone(['qualify', 'disqualified'])),
      qualified: about('qualified', conditionOrNone(['qualify', 'qualified'])),
    }),
    segments: sequence(
      ['segments'],
      'segment',
      ({ id }) => id,
      ({ when }) => sentenceOf(when),
      segment,
      () => '',
    ),
    territories: named(['territories'], 'territory', ({ when }) => sentenceOf(when), territory(words)),
    pools: named(['pools'], 'pool', words.pool, pool(words)),
    rules: sequence(['rules'], 'rule', ({ id }) => id, words.rule, rule(words), amongExceptions),
    otherwise: about(
      'otherwise',
      fields<Policy['otherwise']>({
        assign: said(['otherwise', 'assign'], 'assigns to', words.target),
        sla: said(['otherwise', 'sla'], 'SLA', String),
      }),
    ),
    nobodyAvailable: said(['nobodyAvailable'], 'when nobody is available:', nobodyAvailable),
    accounts: optional<Accounts>(
      ['accounts'],
      'rule for accounts',
      ({ assign, backup, sla }) => `to ${words.target(assign)}, else ${words.target(backup)}, SLA ${sla}`,
      fields<Accounts>({
        assign: said(['assign'], 'assigns to', words.target),
        backup: said(['backup'], 'else to', words.target),
        sla: said(['sla'], 'SLA', String),
      }),
    ),
    duplicates: about(
      'duplicates',
      fields<Policy['duplicates']>({
        merge: said(['duplicates', 'merge'], 'one lead from evidence', String),
        review: said(['duplicates', 'review'], 'reviewed from evidence', String),
      }),
    ),
    reviews: named<ReviewTerms>(
      ['reviews'],
      'review',
      ({ decides }) => words.decider(decides),
      review(words),
    ),
    slas: named(['slas'], 'SLA', ({ firstTouch }) => `first touch ${terms(firstTouch)}`, sla(words)),
    campaigns: named(['campaigns'], 'campaign', sayCampaign, campaign),
    timeToAssign: optional(
      ['timeToAssign'],
      'time to assign',
      ({ withinMs, tell }) => `${length(withinMs)}, tells ${words.decider(tell)}`,
      timeToAssign(words),
    ),
    touches: about('clocks', listed(['touches'], 'are stopped by', String)),
    pauses: named(
      ['pauses'],
      'pause',
      ({ mostMs, clocks }) => `${clocks.join(', ')}, at most ${length(mostMs)}`,
      pause,
    ),
    reminders: about('reminders', reminders),
    leave: about(
      'leave',
      fields<Policy['leave']>({
        touched: said(['leave', 'touched'], 'leads that were touched', String),
      }),
    ),
    reopen: optional(
      ['reopen'],
      'reopening',
      ({ withinMs }) => `within ${length(withinMs)}`,
      fields<NonNullable<Policy['reopen']>>({ withinMs: said(['within'], 'within', length) }),
    ),
    handoff: optional(['handoff'], 'handoff', sayHandoff, handoff(words)),
    reassign: about(
      'reassignment',
      fields<Policy['reassign']>({
        reasons: named<'approve' | 'ask'>(
          ['reassign', 'reasons'],
          'reason',
          sayReason,
          said([], '', sayReason),
        ),
        decides: said(['reassign', 'decides'], 'decided by', words.decider),
        backup: said(['reassign', 'backup'], 'then by', words.decider),
        withinMs: said(['reassign', 'within'], 'within', length),
        coolDownMs: said(['reassign', 'coolDown'], 'asked again', coolDownMs =>
          coolDownMs === 0 ? 'at once' : `after ${length(coolDownMs)}`,
        ),
      }),
    ),
    publish: about(
      'publishing',
      fields<Policy['publish']>({
        signOff: listed(['publish', 'signOff'], 'needs the sign-off of role', String),
      }),
    ),
    keep: fields<Policy['keep']>({
      leadsMs: said(['keep', 'leads'], 'closed leads are kept', lengthOrForEver),
      submissionsMs: said(['keep', 'submissions'], 'raw submissions are kept', lengthOrForEver),
    }),
    giveBack: about(
      'turns',
      fields<Policy['giveBack']>({
        disqualified: listed(['qualify', 'giveBack'], 'are given back when the lead is closed as', String),
        reassigned: listed(
          ['reassign', 'giveBack'],
          'are given back when the lead is reassigned for',
          String,
        ),
      }),
    ),
  })
}

function about<Value>(subject: string, inner: Compare<Value>): Compare<Value> {
  return (before, after, { path }) => inner(before, after, { path, subject })
}

function sayCompanies(companies: readonly string[]): string {
  return `${companies.length} ${companies.length === 1 ? 'company' : 'companies'}`
}

function sayReason(how: 'approve' | 'ask'): string {
  return how === 'approve' ? 'approved at once' : 'a person is asked'
}

function decidesNothing(): string {
  return ' (its place decides nothing)'
}

/** Only exceptions are looked at in the order of the document. */
function amongExceptions(id: string, before: readonly Rule[], after: readonly Rule[]): string {
  const earlier = exceptionsAround(id, before, after)
  const later = exceptionsAround(id, after, before)
  return earlier === later ? decidesNothing() : ' (exceptions)'
}

/** The exceptions of both policies that stand before this one; none for a rule that is no exception in both. */
function exceptionsAround(id: string, rules: readonly Rule[], others: readonly Rule[]): string {
  const exceptions = new Set(others.filter(({ exception }) => exception).map(rule => rule.id))
  const inBoth = rules.filter(rule => rule.exception && exceptions.has(rule.id)).map(rule => rule.id)
  return inBoth
    .slice(0, Math.max(inBoth.indexOf(id), 0))
    .sort()
    .join()
}
