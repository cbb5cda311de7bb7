/**
 * A policy run over a stream of leads: each is read, decided and lives on by the very functions that a real lead goes
 * through (domain/enrich.ts, domain/decide.ts, domain/life/react.ts); the database, the clock and the people are
 * played by a ledger in memory, the leads' instants, and what each person's past answers were.
 *
 * It is a fold: leads come in the order of time, and what is kept is as much as is under way, not as much as has been.
 *
 * Longer than a file should be: one closure over the ledger, the agenda and the tally, which every step changes.
 */
import type { DecisionRecord } from '../decision.js'
import { assertNever, type EpochMs, instant, type PolicyVersion, type PoolId, type RepId } from '../ids.js'
import { earliestDue, isOpen } from '../life/moves.js'
import { react } from '../life/react.js'
import type { Effect, LeadEvent, Routed } from '../life/state.js'
import type { Roster } from '../people.js'
import type { Policy } from '../policy.js'
import { routedOf } from '../routed.js'
import type { GivenBackReason } from '../standing.js'
import { createAgenda, type Place } from './agenda.js'
import { actAt, breachedIn, isCounted, nextActMs, type Plan, planAfter } from './behaviour.js'
import { createLedger, emptyLedger, type Ledger, type LedgerStart } from './ledger.js'
import {
  beginning,
  begun,
  ending,
  forgetDecisions,
  isCarriedOver,
  type Living,
  settledLiving,
} from './living.js'
import type { Past } from './responses.js'
import { decideLead } from './routing.js'
import { isAs, type Settled } from './settled.js'
import { factsFor, type RealStep, type StreamedLead, withWhatBecameKnown } from './stream.js'
import { createTally, type Tally } from './tally.js'

export type Setting = {
  policy: Policy
  /** What decision records of the simulation call it. */
  version: PolicyVersion
  /** Who worked then, and when. */
  rosterAt: (atMs: EpochMs) => Roster
  past: Past
  start: LedgerStart
}

export type Simulation = {
  /** Takes in the next lead; leads come in the order of their places. */
  take(lead: StreamedLead): void
  /** Lets everything that is under way come to its end. */
  finish(): void
  /** Of whom it has become clear who owns them first, or that nobody does: each once, in the order of that. */
  settled(): Settled[]
  tally: Tally
  /** Of the pools; sources in shadow take turns of their own, as in the database. */
  ledger: Ledger
}

type Happening =
  | { what: 'wakes'; living: Living; wake: number }
  | { what: 'goes on alike'; living: Living; step: RealStep }
  | { what: 'ends alike'; living: Living }
  | { what: 'turn comes back'; living: Living; hop: number; reason: GivenBackReason }
  | { what: 'was owned before'; lead: string }
  | { what: 'turn of before comes back'; pool: PoolId; rep: RepId }

type RouteEffect = Extract<Effect, { do: 'route' }>

export function openSimulation(setting: Setting): Simulation {
  const { policy, version, rosterAt, past, start } = setting
  const ledger = createLedger(start)
  const shadow = createLedger(emptyLedger)
  const agenda = createAgenda<Happening>()
  const tally = createTally()
  const unsettled = new Set<Living>()
  let ready: Settled[] = []
  let number = 0

  for (const { lead, untilMs } of start.owned)
    if (untilMs !== null) agenda.add(ending(untilMs), { what: 'was owned before', lead })
  for (const { place, ...turn } of start.returned)
    agenda.add(place, { what: 'turn of before comes back', ...turn })

  return {
    tally,
    ledger,
    take(lead) {
      goOnUntil(lead.past?.steps[0].place ?? beginning(lead.atMs))
      begin(lead)
    },
    finish() {
      goOnUntil(null)
      for (const living of unsettled) settle(living)
    },
    settled() {
      const taken = ready
      ready = []
      return taken
    },
  }

  function goOnUntil(place: Place | null): void {
    for (let entry = agenda.next(place); entry !== null; entry = agenda.next(place))
      happen(entry.item, instant(entry.place.ms))
  }

  function happen(happening: Happening, atMs: EpochMs): void {
    switch (happening.what) {
      case 'wakes':
        return wake(happening.living, happening.wake, atMs)
      case 'goes on alike':
        return goOnAlike(happening.living, happening.step)
      case 'ends alike':
        return ledger.release(happening.living.lead.id)
      case 'turn comes back':
        return giveTurnBack(happening.living, happening.hop, happening.reason)
      case 'was owned before':
        return ledger.release(happening.lead)
      case 'turn of before comes back':
        return ledger.giveBack(happening.pool, happening.rep, 'declined')
      default:
        return assertNever(happening)
    }
  }

  function begin(lead: StreamedLead): void {
    number += 1
    const facts = factsFor(policy, lead.said)
    const rollout = Object.hasOwn(policy.sources, facts.source) ? policy.sources[facts.source]?.rollout : 'on'
    const living = begun(lead, number, facts)
    if (rollout === 'shadow') living.isShadowed = true
    unsettled.add(living)
    if (rollout === 'off') return settle(living)
    for (const { place, ...given } of lead.past?.givenBack ?? [])
      agenda.add(place, { what: 'turn comes back', living, ...given })
    const [first] = lead.past?.steps ?? []
    if (first !== undefined) return goOnAlike(living, first)
    const prepared = { verdict: 'new', acknowledge: false } as const
    live(living, { kind: 'prepared', atMs: lead.atMs, prepared })
  }

  /** The lead goes on by itself: its clocks and its people are foretold. */
  function live(living: Living, event: LeadEvent): void {
    undergo(living, event)
    if (!isOpen(living.state)) ledger.release(living.lead.id)
    planToWake(living)
  }

  function undergo(living: Living, event: LeadEvent): void {
    const { state, effects } = react(living.state, event)
    living.state = state
    for (const effect of effects) perform(living, effect, event.atMs)
  }

  /** Whom an effect tells, and what the CRM keeps, changes nothing here. */
  function perform(living: Living, effect: Effect, atMs: EpochMs): void {
    if (effect.do === 'openReview' && !isCarriedOver(living)) tally.review(effect.review)
    if (effect.do === 'record' && !isCarriedOver(living)) {
      for (const { kind, data } of effect.entries) {
        if (kind === 'breached' && data.owner !== null && isCounted(data.clock))
          tally.breach(data.owner, data.clock)
        if (kind === 'lapsed') tally.lapse()
      }
    }
    if (effect.do !== 'route') return
    const { cause } = effect
    const routed = route(living, effect, atMs)
    undergo(living, { kind: 'routed', atMs, cause, routed })
    living.plan = foretell(living, routed, atMs)
    settleWhereClear(living)
  }

  function planToWake(living: Living): void {
    const dueMs = earliestDue(living.state)?.atMs ?? Number.POSITIVE_INFINITY
    const nextMs = Math.min(dueMs, nextActMs(living.plan, living.state))
    living.wakes += 1
    if (isOpen(living.state) && Number.isFinite(nextMs))
      agenda.add(beginning(nextMs), { what: 'wakes', living, wake: living.wakes })
  }

  function wake(living: Living, which: number, atMs: EpochMs): void {
    if (which !== living.wakes) return
    // As in the workflow, what a person does at the very instant that is due is in time.
    const message = actAt(living.plan, living.state, atMs)
    const due = earliestDue(living.state)
    if (message !== null) live(living, { kind: 'message', atMs, message })
    else if (due !== null) live(living, { kind: 'due', atMs: due.atMs, due })
  }

  /** As long as the lead comes to the same people, its life goes on as it really did. */
  function goOnAlike(living: Living, step: RealStep): void {
    const { lead, alike } = living
    if (lead.past === null || alike === null) return
    if (step.came.kind === 'offered') {
      offer(living, step)
      return goOnFrom(living, alike)
    }
    const { cause } = step
    const { atMs, hop, excluded, lastOwner, directed, chosenRule } = step.asked
    living.facts = withWhatBecameKnown(living.facts, lead.past.steps[0].facts, step.facts)
    const chain = living.state.chain
    const movesLeft = Math.max(0, (chain?.movesLeft ?? 0) - (cause === 'lapsed' ? 1 : 0))
    living.state = { ...living.state, hop, excluded, chain: chain === null ? null : { ...chain, movesLeft } }
    const rule = typeof chosenRule === 'string' ? ({ kind: 'rule', rule: chosenRule } as const) : null
    const effect: RouteEffect = { do: 'route', cause, directed: directed ?? rule, lastOwner }
    const routed = route(living, effect, atMs, step)
    const isAlike = living.record !== null && isAs(living.record.decision, step.came)
    undergo(living, { kind: 'routed', atMs, cause, routed })
    if (!isAlike) {
      living.alike = null
      living.plan = foretell(living, routed, atMs)
      settleWhereClear(living)
      return planToWake(living)
    }
    const { closedAtMs, knownUntilMs, steps } = lead.past
    const next = steps[alike + 1]
    if (!isCarriedOver(living)) {
      const untilMs = next?.asked.atMs ?? closedAtMs ?? knownUntilMs
      for (const clock of breachedIn(living.state.clocks, step, untilMs))
        if (step.came.kind === 'assigned') tally.breach(step.came.what, clock)
      if (next?.cause === 'lapsed' || next?.cause === 'end-of-chain') tally.lapse()
    }
    settleWhereClear(living, step, next !== undefined)
    goOnFrom(living, alike)
  }

  function goOnFrom(living: Living, alike: number): void {
    const { past } = living.lead
    if (past === null) return
    living.alike = alike + 1
    const next = past.steps[alike + 1]
    if (next !== undefined) agenda.add(next.place, { what: 'goes on alike', living, step: next })
    else if (past.closedAtMs !== null) agenda.add(ending(past.closedAtMs), { what: 'ends alike', living })
  }

  /**
   * A handoff takes a turn, here of whom this policy chooses, and nobody has the lead by that. Who accepts it is a
   * person's word, which is taken as it was said.
   */
  function offer(living: Living, { asked }: RealStep): void {
    const { assign = null, toRole } = policy.handoff ?? {}
    if (assign === null || toRole === undefined) return
    const { decision } = decideLead(
      { policy, version, roster: rosterAt(asked.atMs), ledger },
      living.lead.id,
      {
        ...asked,
        facts: living.facts,
        directed: assign,
        receiver: toRole,
      },
    )
    if (decision.kind !== 'assigned' || decision.turn === null) return
    tally.turn(decision.turn, decision.score.total)
    living.taken.set(asked.hop, decision.turn)
  }

  function route(living: Living, effect: RouteEffect, atMs: EpochMs, step: RealStep | null = null): Routed {
    const { state, facts, lead } = living
    const { directed, lastOwner, cause } = effect
    const roster = rosterAt(atMs)
    const record = decideLead(
      { policy, version, roster, ledger: living.isShadowed ? shadow : ledger },
      lead.id,
      {
        atMs,
        hop: state.hop,
        facts,
        excluded: [...state.excluded],
        lastOwner,
        directed: directed === null || directed.kind === 'rule' ? null : directed,
        settled: step?.asked.settled ?? [],
        chosenRule: directed?.kind === 'rule' ? directed.rule : null,
        heldSinceMs:
          step?.asked.heldSinceMs ?? (state.ownership.status === 'held' ? state.ownership.sinceMs : null),
      },
    )
    const { decision } = record
    keep(living, record, atMs)
    if (living.isShadowed) return { kind: 'shadowed' }
    return routedOf(policy, decision, { facts, policyVersion: version, roster, cause, atMs })
  }

  function keep(living: Living, record: DecisionRecord, atMs: EpochMs): void {
    const { decision, input } = record
    living.record = record
    if (input.directed === null) living.ruled = record
    if (decision.kind === 'held' || decision.kind === 'queued') living.waited = decision.kind
    if (living.isShadowed) return
    if (decision.kind !== 'assigned') return
    if (decision.turn !== null) tally.turn(decision.turn, decision.score.total)
    ledger.own(living.lead.id, decision.owner, atMs)
    living.owners += 1
    if (decision.turn !== null) living.taken.set(input.hop, decision.turn)
    if (living.owners > 1 && !isCarriedOver(living)) tally.later(decision.owner)
  }

  function giveTurnBack({ taken, lead, alike }: Living, hop: number, reason: GivenBackReason): void {
    const turn = taken.get(hop)
    const came = lead.past?.steps.find(({ asked }) => asked.hop === hop)?.came
    // Whoever has it here instead would not have been asked the same question; an offer comes to nothing all the same.
    if (alike !== null && turn !== undefined && (came?.what === turn.rep || came?.kind === 'offered'))
      ledger.giveBack(turn.pool, turn.rep, reason)
  }

  function foretell({ number, owners }: Living, routed: Routed, atMs: EpochMs): Plan {
    return planAfter(past, routed, rosterAt(atMs), ledger, atMs, { number, turn: owners })
  }

  function settleWhereClear(living: Living, step: RealStep | null = null, goesOn = false): void {
    const { record } = living
    if (record === null || !unsettled.has(living)) return forgetDecisions(living)
    const { kind } = record.decision
    const isClear = kind === 'assigned' || (kind !== 'held' && kind !== 'queued' && !goesOn)
    if (isClear || living.isShadowed) settle(living, step)
  }

  function settle(living: Living, step: RealStep | null = null): void {
    if (!unsettled.delete(living) || isCarriedOver(living)) return forgetDecisions(living)
    const settled = settledLiving(living, step)
    tally.settled(settled)
    ready.push(settled)
    forgetDecisions(living)
  }
}
