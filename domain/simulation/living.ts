/** One lead under way in a simulation, and what is said of it when its owner is clear. */
import type { DecisionRecord, TurnTaken } from '../decision.js'
import { leadId } from '../ids.js'
import type { RoutingFacts } from '../lead.js'
import { received } from '../life/react.js'
import type { LeadState } from '../life/state.js'
import type { Place } from './agenda.js'
import { noPlan, type Plan } from './behaviour.js'
import { type Settled, settledOf } from './settled.js'
import type { RealStep, StreamedLead } from './stream.js'

export type Living = {
  /** All of it that is asked for later: many leads are under way at once. */
  lead: Pick<StreamedLead, 'id' | 'atMs' | 'past'>
  /** Its place in the stream. */
  number: number
  facts: RoutingFacts
  state: LeadState
  /** Of a source in shadow: it takes turns of another ledger, and nobody gets it. */
  isShadowed: boolean
  /** The real steps that it has gone through alike; null: its life has come apart from the real one, or none is known. */
  alike: number | null
  plan: Plan
  /** How many owners it had. */
  owners: number
  /** The turns that it took, by the attempt that took them. */
  taken: Map<number, TurnTaken>
  /** Only the latest entry of the agenda counts. */
  wakes: number
  waited: Settled['waited']
  /** Until it is settled: the latest decision, and the latest one that came to a rule of the policy. */
  record: DecisionRecord | null
  ruled: DecisionRecord | null
}

export function begun({ id, atMs, past }: StreamedLead, number: number, facts: RoutingFacts): Living {
  return {
    lead: { id, atMs, past },
    number,
    facts,
    // Lives are told apart by their numbers; what the lead is called says `lead.id`.
    state: received(leadId.parse(`00000000-0000-4000-8000-${number.toString(16).padStart(12, '0')}`)),
    isShadowed: false,
    alike: past === null ? null : 0,
    plan: noPlan,
    owners: 0,
    taken: new Map(),
    wakes: 0,
    waited: null,
    record: null,
    ruled: null,
  }
}

/** @param step the real one that it has just gone through alike */
export function settledLiving(living: Living, step: RealStep | null): Settled {
  const { state, plan } = living
  const settled = settledOf(living)
  const due = state.clocks.find(({ clock }) => clock === 'firstTouch')?.dueAtMs ?? null
  if (settled.outcome !== 'assigned' || due === null) return settled
  const touchAtMs = step === null ? plan.touchAtMs : (step.touchedAtMs ?? Number.POSITIVE_INFINITY)
  return {
    ...settled,
    dueAtMs: due,
    touchAtMs: Number.isFinite(touchAtMs) ? touchAtMs : null,
    breach: touchAtMs > due,
  }
}

export function forgetDecisions(living: Living): void {
  living.record = null
  living.ruled = null
}

/** Leads from before the simulation take turns and time in it; the sums are of those of its own time. */
export function isCarriedOver({ lead }: Living): boolean {
  return lead.past?.isCarriedOver === true
}

export function beginning(ms: number): Place {
  return { ms, rank: 1, seq: 0 }
}

/** Before whatever begins at the same instant. */
export function ending(ms: number): Place {
  return { ms, rank: 0, seq: 0 }
}
