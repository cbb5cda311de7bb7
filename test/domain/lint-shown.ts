/** Whether a counter-example shows what its finding says: leads go through the engine, instants through the roster. */
import { always, dueAt, elapsedMs, isOpen, type WorkCalendar } from '../../domain/calendar.js'
import { holds } from '../../domain/condition.js'
import { type Asked, candidatesOf, decide, presentEngine } from '../../domain/decide.js'
import { type EpochMs, instant, policyVersion, type RepId, repId } from '../../domain/ids.js'
import type { RoutingFacts } from '../../domain/lead.js'
import type { Finding } from '../../domain/lint/finding.js'
import { isByRole, type Match, matchRules } from '../../domain/matching.js'
import type { Person, Roster } from '../../domain/people.js'
import type { Need, Policy, Rule, Target } from '../../domain/policy.js'
import { outsideQuietHours } from '../../domain/quiet-hours.js'
import { profileOf } from '../../domain/score.js'
import { now } from './lint-faults.js'

export type Seen = {
  lead: RoutingFacts
  /** Null: disqualified. */
  match: Match | null
  /** The rules whose condition holds, whether or not they come to be asked. */
  matching: ReadonlySet<string>
}

/** What the engine does with a lead. */
export function seen(policy: Policy, lead: RoutingFacts): Seen {
  const { known, qualification } = profileOf(policy, lead)
  const matching = new Set(policy.rules.filter(({ when }) => holds(when, known)).map(({ id }) => id))
  return { lead, matching, match: qualification === 'disqualified' ? null : matchRules(policy, known) }
}

export function isBetween(match: Match | null, id: string): boolean {
  return match?.kind === 'ambiguous' && match.between.includes(id)
}

export function goesBy(match: Match | null, id: string): boolean {
  return match?.kind === 'matched' && match.rule === id
}

/** Without a counter-example there is nothing to show, and nothing wrong with it. */
export function isShown(policy: Policy, roster: Roster | null, finding: Finding): boolean {
  const { counterExample } = finding
  if (counterExample === null) return true
  if ('lead' in counterExample)
    return isShownByLead(policy, roster, finding, seen(policy, counterExample.lead))
  if ('cycle' in counterExample) {
    const { cycle } = counterExample
    return cycle.length > 1 && cycle[0] === cycle.at(-1)
  }
  return roster === null || isShownByInstant(policy, roster, finding, counterExample.atMs)
}

function isShownByLead(
  policy: Policy,
  roster: Roster | null,
  { check, path, message }: Finding,
  { lead, match, matching }: Seen,
): boolean {
  const rule = path[0] === 'rules' && typeof path[1] === 'number' ? policy.rules[path[1]] : undefined
  const id = rule?.id ?? (path[0] === 'accounts' ? 'account owner' : 'otherwise')
  switch (check) {
    case 'unreachable-rule':
      return match === null ? matching.has(id) : !matching.has(id)
    case 'unfilled-field':
      return rule === undefined ? profileOf(policy, lead).segment !== path[1] : !matching.has(id)
    case 'unknown-person':
      return goesBy(match, id)
    case 'impossible-sla':
      return path[0] === 'slas' ? match?.sla === path[1] : match !== null
    case 'shadowed-rule':
      return matching.has(id) && match !== null && !goesBy(match, id) && !isBetween(match, id)
    case 'duplicate-rule':
      return matching.has(id) && matching.size > 1
    case 'ambiguous-rules':
      return isBetween(match, id)
    case 'overlapping-territories':
      return match?.kind === 'ambiguous' && message.includes(profileOf(policy, lead).territories[0] ?? '?')
    case 'coverage':
      return (
        lead.missing.length > 0 || !Object.hasOwn(policy.sources, lead.source) || goesBy(match, 'otherwise')
      )
    case 'escalation-path':
      return path[0] === 'slas' ? match?.sla === path[1] : goesBy(match, id)
    case 'needs-nobody-has':
      return rule !== undefined && goesBy(match, id) && roster !== null && !isMet(rule, lead, policy, roster)
    case 'backup-cycle':
      return (
        roster === null || goesRound(policy, roster, lead, /while (\S+) is away/.exec(message)?.[1] ?? null)
      )
    case 'letters':
      return (
        lead.campaign === path[1] &&
        match !== null &&
        message.includes(`goes by ${match.kind === 'matched' ? match.rule : '?'})`) &&
        ownersIn(policy, match, roster).some(
          ({ id, meetingLink }) => meetingLink === null && new RegExp(`\\b${id}\\b`).test(message),
        )
      )
    case 'qualification':
      return message.startsWith('every lead is disqualified') ? match === null : match !== null
    default:
      return match !== null
  }
}

/** Whether the lead, routed by the engine time and again since nobody accepts it, comes into a queue once more. */
function goesRound(policy: Policy, roster: Roster, facts: RoutingFacts, away: string | null): boolean {
  const leave = away === null ? [] : [{ rep: repId.parse(away), fromMs: now, untilMs: null }]
  const queues = new Set<string>()
  let directed: Target | null = null
  for (let hop = 0; hop <= Object.keys(policy.pools).length; hop++) {
    const asked: Asked = {
      hop,
      facts,
      lastOwner: null,
      directed,
      settled: ['undeclared-source', 'missing-critical'],
    }
    const { people, pools } = candidatesOf(policy, asked, { ...roster, leave }, now)
    const idle = { open: 0, today: 0, thisWeek: 0, dayEndsAtMs: now }
    const decision = decide(policy, {
      ...asked,
      engine: presentEngine,
      policyVersion: policyVersion.parse(1),
      atMs: now,
      excluded: [],
      directed,
      people: people.map(person => ({ ...person, load: idle })),
      pools: Object.fromEntries(
        pools.map(({ pool, members }) => [pool, members.map(member => ({ ...member, standing: '0' }))]),
      ),
    })
    if (decision.kind !== 'queued') return false
    if (queues.has(decision.pool)) return true
    queues.add(decision.pool)
    directed = decision.then
  }
  return false
}

/** Whom the winning rule itself can give the lead to. */
function ownersIn(policy: Policy, match: Match, roster: Roster | null): readonly Person[] {
  const targets = match.kind === 'matched' ? match.targets : []
  return (roster?.people ?? []).filter(({ id, role }) =>
    targets.some(target => {
      if (target.kind === 'rep') return target.rep === id
      const members = target.kind === 'pool' ? policy.pools[target.pool]?.members : undefined
      if (members === undefined) return false
      return isByRole(members) ? members.role === role : (members[id] ?? 0) > 0
    }),
  )
}

function isMet(rule: Rule, lead: RoutingFacts, policy: Policy, { people }: Roster): boolean {
  const members = rule.assign.kind === 'pool' ? policy.pools[rule.assign.pool]?.members : undefined
  const reps =
    rule.assign.kind === 'rep' ? [rule.assign.rep] : Object.keys(members ?? {}).map(id => repId.parse(id))
  const meets = (id: RepId, need: Need) => {
    const person = people.find(each => each.id === id)
    if (need.kind === 'skill') return person?.skills.includes(need.skill) === true
    const said = need.kind === 'language' ? lead.language : lead[need.field]
    const has = need.kind === 'language' ? person?.languages : person?.skills
    return said === null || has?.includes(said.toLowerCase()) === true
  }
  return reps.some(id => rule.needs.every(need => meets(id, need)))
}

/** Nobody of the pool can take a lead at that instant; the clock stands still; or it runs out while nobody works. */
function isShownByInstant(policy: Policy, roster: Roster, finding: Finding, atMs: EpochMs): boolean {
  const named = roster.people.filter(({ id }) => new RegExp(`\\b${id}\\b`).test(finding.message))
  switch (finding.check) {
    case 'empty-pool':
      return isEmpty(policy, roster, String(finding.path[1]), atMs)
    case 'impossible-sla': {
      const sla = policy.slas[String(finding.path[1])]
      const terms = finding.path[0] === 'timeToAssign' ? policy.timeToAssign : sla
      const calendar = terms?.clock.kind === 'calendar' ? policy.calendars[terms.clock.calendar] : undefined
      if (finding.message.includes('stands still')) {
        const monthLaterMs = instant(atMs + 30 * 86_400_000)
        const still = calendar === undefined ? named.map(person => person.calendar) : [calendar]
        return still.length > 0 && still.every(each => elapsedMs(each, atMs, monthLaterMs) === 0)
      }
      if (sla === undefined) return false
      const dueAtMs = dueAt(calendar ?? always, atMs, sla.firstTouch.withinMs)
      return named.length > 0 && named.every(person => elapsedMs(person.calendar, atMs, dueAtMs) === 0)
    }
    case 'quiet-hours':
      return named.length > 0 && named.every(({ calendar }) => isQuietAtWork(policy, calendar, atMs))
    case 'reviews':
      return named.length > 0 && named.every(({ id }) => isAway(roster, id, atMs))
    default:
      return false
  }
}

/** Minute by minute: in a week nobody is both at work and outside of the quiet hours. */
function isQuietAtWork({ reminders }: Policy, calendar: WorkCalendar, atMs: EpochMs): boolean {
  const minutes = Array.from({ length: 7 * 24 * 60 }, (_, minute) => instant(atMs + minute * 60_000))
  const atWork = minutes.filter(each => isOpen(calendar, each))
  return (
    atWork.length > 0 && atWork.every(each => outsideQuietHours(reminders.quiet, calendar.zone, each) > each)
  )
}

function isEmpty(policy: Policy, roster: Roster, id: string, atMs: EpochMs): boolean {
  const pool = Object.entries(policy.pools).find(([name]) => name === id)?.[1]
  if (pool === undefined) return false
  const { members, inHoursOnly } = pool
  const weightOf = (person: Person) =>
    isByRole(members) ? Number(person.role === members.role) : (members[person.id] ?? 0)
  return !roster.people.some(
    person =>
      weightOf(person) > 0 &&
      !isAway(roster, person.id, atMs) &&
      !(inHoursOnly && !isOpen(person.calendar, atMs)),
  )
}

function isAway({ leave }: Roster, rep: RepId, atMs: EpochMs): boolean {
  return leave.some(
    each => each.rep === rep && each.fromMs <= atMs && (each.untilMs === null || atMs < each.untilMs),
  )
}
