/** The sample policies with their people: what becomes of a lead at an instant, in one line. */
import { readFileSync } from 'node:fs'
import { formatInstant, isOpen, nextOpen, parseInstant, type WorkCalendar } from '../../domain/calendar.js'
import { clocksOf } from '../../domain/clocks.js'
import { decide } from '../../domain/decide.js'
import type { DecisionInput } from '../../domain/decision.js'
import { assertNever, type EpochMs, instant, policyVersion, poolId } from '../../domain/ids.js'
import type { RoutingFacts } from '../../domain/lead.js'
import { poolsToLock } from '../../domain/matching.js'
import type { People, Person } from '../../domain/people.js'
import type { DocumentSource } from '../../domain/policy/problems.js'
import type { Policy, Target } from '../../domain/policy.js'
import { formatPolicyErrors, parsePolicy } from '../../domain/policy-document.js'
import { aLead } from './a-policy.js'
import { peopleOf, years } from './a-policy-document.js'

export type SampleCompany = { policy: Policy; people: People; source: DocumentSource; text: string }

/** What is otherwise with a person; everybody else is there, and has no leads yet. */
export type Otherwise = Record<string, { away?: boolean; open?: number; today?: number }>

export function sampleCompany(name: string): SampleCompany {
  const read = (file: string) => readFileSync(new URL(`../../policies/${file}.yaml`, import.meta.url), 'utf8')
  const text = read(name)
  const parsed = parsePolicy(text, `${name}.yaml`, years)
  if (!parsed.ok) throw new Error(formatPolicyErrors(parsed.errors, `${name}.yaml`))
  return { policy: parsed.policy, source: parsed.source, people: peopleOf(read(`${name}-people`)), text }
}

/**
 * `uk: ana, first touch by 2026-11-23T14:00`, or what it waits for, or who is asked. Times are those of the policy's
 * zone, as `at` is.
 */
export function becomesOf(
  { policy, people }: SampleCompany,
  at: string,
  lead: Partial<RoutingFacts>,
  otherwise: Otherwise = {},
): string {
  const atMs = parseInstant(policy.zone, at)
  const say = (ms: EpochMs) => formatInstant(policy.zone, ms).replace(/(:00)?[+-]\d\d:\d\d$/, '')
  const decision = decide(policy, inputOf(policy, people, atMs, lead, otherwise))
  switch (decision.kind) {
    case 'assigned': {
      const calendar = calendarOf(people, decision.owner)
      const clocks = clocksOf(policy, { sla: decision.sla, ownerCalendar: calendar }, atMs)
      const touch = clocks.find(({ clock }) => clock === 'firstTouch')
      const also = decision.review === null ? '' : ', and a look from above'
      return `${decision.rule}: ${decision.owner}, first touch by ${touch === undefined ? '?' : say(touch.dueAtMs)}${also}`
    }
    case 'held':
      return `${decision.rule}: waits, next try ${say(decision.retryAtMs)}, until ${say(decision.untilMs)} at most`
    case 'queued':
      return `${decision.rule}: ${decision.members.join(' or ')} until ${say(decision.acceptByMs)}, then ${nameOf(decision.then)}`
    case 'review':
      return `a person: ${decision.review}`
    case 'disqualified':
      return 'nobody'
    default:
      return assertNever(decision)
  }
}

function inputOf(
  policy: Policy,
  people: People,
  atMs: EpochMs,
  lead: Partial<RoutingFacts>,
  otherwise: Otherwise,
): DecisionInput {
  const targets = Object.keys(policy.pools).map((id): Target => ({ kind: 'pool', pool: poolId.parse(id) }))
  const pools = poolsToLock(policy, targets, people).map(({ pool, members }) => [
    pool,
    members.map(member => ({ ...member, standing: '0' })),
  ])
  return {
    engine: 2,
    policyVersion: policyVersion.parse(1),
    atMs,
    hop: 0,
    facts: aLead(lead),
    excluded: [],
    lastOwner: null,
    directed: null,
    people: people.people.map(person => factsOf(person, atMs, otherwise[person.id] ?? {})),
    pools: Object.fromEntries(pools),
  }
}

function factsOf(
  { id, manager, calendar, languages, skills }: Person,
  atMs: EpochMs,
  { away = false, open = 0, today = 0 }: Otherwise[string],
): DecisionInput['people'][number] {
  return {
    rep: id,
    employed: true,
    away,
    manager,
    inHours: isOpen(calendar, atMs),
    availableAtMs: away ? null : nextOpen(calendar, atMs),
    languages: [...languages],
    skills: [...skills],
    load: { open, today, thisWeek: today, dayEndsAtMs: midnightAfter(calendar.zone, atMs) },
  }
}

function midnightAfter(zone: string, atMs: EpochMs): EpochMs {
  return instant(parseInstant(zone, `${formatInstant(zone, atMs).slice(0, 10)}T24:00`))
}

function calendarOf({ people }: People, rep: string): WorkCalendar {
  const person = people.find(({ id }) => id === rep)
  if (person === undefined) throw new Error(`nobody is called ${rep}`)
  return person.calendar
}

function nameOf(target: Target): string {
  if (target.kind === 'pool') return target.pool
  return target.kind === 'rep' ? target.rep : target.kind
}
