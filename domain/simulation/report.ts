/** A policy's leads beside those of another, or beside what really happened: one line for each, and the sums. */
import { isCounted } from './behaviour.js'
import type { EpochMs, RepId } from '../ids.js'
import { type Compared, createComparison, type Move } from './comparison.js'
import { quantile, type Past } from './responses.js'
import { type Settled, settledInReality } from './settled.js'
import { openSimulation, type Setting, type Simulation } from './simulation.js'
import type { StreamedLead } from './stream.js'
import { createTally, type Sums, type Tally } from './tally.js'

/** What a simulation is held against. */
type Against = { kind: 'policy'; name: string; setting: Setting } | { kind: 'reality' }

export type RowOfLead = { after: Settled; before: Settled | null; move: Move | null }

export type Report = {
  policy: string
  /** Of the leads: the first and the last; null: there were none. */
  fromMs: EpochMs | null
  toMs: EpochMs | null
  /** What was taken for granted, in sentences. */
  assumptions: string[]
  /** How long people took to the first touch, in their own working time; null: never, or too few are known. */
  responses: { rep: RepId; leads: number; medianMs: number | null; p90Ms: number | null }[]
  result: Sums
  against: ({ name: string; result: Sums } & Compared) | null
}

export type Run = {
  /** Takes in the next lead; gives the lines that are ready, which are of this or of earlier leads. */
  take(lead: StreamedLead): RowOfLead[]
  finish(): RowOfLead[]
  report(): Report
}

export type RunOptions = { against: Against | null; examplesMost: number; assumptions: readonly string[] }

/** Reads nothing but its arguments: the same leads and policies give the same lines and the same report. */
export function openRun(setting: Setting, { against, examplesMost, assumptions }: RunOptions): Run {
  const simulation = openSimulation(setting)
  const other = against === null ? null : otherFate(against)
  const comparison = createComparison(examplesMost)
  /** Settled on one side, and not yet on the other. */
  const waiting = new Map<string, { after?: Settled; before?: Settled }>()
  const span: { fromMs: EpochMs | null; toMs: EpochMs | null } = { fromMs: null, toMs: null }

  return {
    take(lead) {
      if (lead.past?.isCarriedOver !== true) {
        span.fromMs ??= lead.atMs
        span.toMs = lead.atMs
      }
      simulation.take(lead)
      other?.take(lead)
      return lines()
    },
    finish() {
      simulation.finish()
      other?.finish()
      return lines()
    },
    report: () => ({
      policy: setting.policy.policy,
      ...span,
      assumptions: [...assumptions],
      responses: responsesOf(setting.past),
      result: simulation.tally.sums(),
      against:
        other === null ? null : { name: other.name, result: other.tally.sums(), ...comparison.compared() },
    }),
  }

  function lines(): RowOfLead[] {
    const settled = simulation.settled()
    if (other === null) return settled.map(after => ({ after, before: null, move: null }))
    for (const after of settled) waiting.set(after.id, { ...waiting.get(after.id), after })
    const changed = new Set(settled.map(({ id }) => id))
    for (const before of other.settled()) {
      waiting.set(before.id, { ...waiting.get(before.id), before })
      changed.add(before.id)
    }
    return [...changed].flatMap(id => {
      const { after, before } = waiting.get(id) ?? {}
      if (after === undefined || before === undefined) return []
      waiting.delete(id)
      return [{ after, before, move: comparison.compare(before, after) }]
    })
  }
}

type OtherFate = Pick<Simulation, 'take' | 'finish' | 'settled' | 'tally'> & { name: string }

function otherFate(against: Against): OtherFate {
  if (against.kind === 'policy') return { ...openSimulation(against.setting), name: against.name }
  const tally = createTally()
  let ready: Settled[] = []
  return {
    name: 'what really happened',
    tally,
    take(lead) {
      const settled = settledInReality(lead)
      if (settled === null) return
      if (lead.past === null) tally.settled(settled)
      else countReality(tally, lead.past, settled)
      if (lead.past?.isCarriedOver !== true) ready.push(settled)
    },
    finish: () => {},
    settled() {
      const taken = ready
      ready = []
      return taken
    },
  }
}

function countReality(tally: Tally, past: NonNullable<StreamedLead['past']>, settled: Settled): void {
  for (const { turn } of past.steps) if (turn !== null) tally.turn(turn, settled.score)
  if (past.isCarriedOver) return
  tally.settled(settled)
  const owners = past.steps.filter(({ came }) => came.kind === 'assigned')
  for (const { came } of past.steps) if (came.kind === 'review') tally.review(came.what)
  for (const [nth, { came, breached, cause }] of owners.entries()) {
    if (came.kind !== 'assigned') continue
    for (const clock of breached.filter(isCounted)) tally.breach(came.what, clock)
    if (nth > 0) tally.later(came.what)
    if (cause === 'lapsed' || cause === 'end-of-chain') tally.lapse()
  }
}

function responsesOf({ of }: Past): Report['responses'] {
  const finite = (ms: number | null) => (ms !== null && Number.isFinite(ms) ? ms : null)
  return [...of]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([rep, { firstTouchMs, leads }]) => ({
      rep,
      leads,
      medianMs: finite(quantile(firstTouchMs, 0.5)),
      p90Ms: finite(quantile(firstTouchMs, 0.9)),
    }))
}
