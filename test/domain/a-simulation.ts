/** Simulations of the small company of a-policy.ts: a test says only what it changes. */
import { type EpochMs, instant, policyVersion } from '../../domain/ids.js'
import type { RoutingFacts } from '../../domain/lead.js'
import type { Roster } from '../../domain/people.js'
import type { Policy } from '../../domain/policy.js'
import { emptyLedger } from '../../domain/simulation/ledger.js'
import { openRun, type Report, type RowOfLead, type RunOptions } from '../../domain/simulation/report.js'
import { type Observed, pastOf } from '../../domain/simulation/responses.js'
import type { Setting } from '../../domain/simulation/simulation.js'
import type { StreamedLead } from '../../domain/simulation/stream.js'
import { aLead, aPolicy, aRoster, rep } from './a-policy.js'

const minuteMs = 60_000
/** A Monday at noon. */
export const startMs = instant(Date.parse('2026-11-23T12:00:00Z'))

export function aSetting(changes: Partial<Setting> & { policy?: Policy; roster?: Roster } = {}): Setting {
  const { roster = aRoster(), ...rest } = changes
  return {
    policy: aPolicy(),
    version: policyVersion.parse(1),
    rosterAt: () => roster,
    past: aPast([]),
    start: emptyLedger,
    ...rest,
  }
}

/** Whoever is not mentioned answers at once and has a lead for an hour. */
export function aPast(observed: readonly Observed[]): Setting['past'] {
  return pastOf(observed, { acknowledgeMs: 0, firstTouchMs: 5 * minuteMs, handlingMs: 60 * minuteMs })
}

/** Somebody's past: so many first touches, each after so many minutes; null: never. */
export function touched(id: string, ...minutes: (number | null)[]): Observed[] {
  return minutes.map(each => ({
    rep: rep(id),
    acknowledgeMs: null,
    firstTouchMs: each === null ? Number.POSITIVE_INFINITY : each * minuteMs,
    handlingMs: null,
  }))
}

/** So many leads, one a minute. */
export function leads(
  count: number,
  facts: (index: number) => Partial<RoutingFacts> = () => ({}),
  everyMs = minuteMs,
): StreamedLead[] {
  return Array.from({ length: count }, (_, index) => ({
    id: `lead ${index}`,
    atMs: at(index, everyMs),
    said: { kind: 'facts', facts: aLead(facts(index)) },
    past: null,
  }))
}

function at(index: number, everyMs: number): EpochMs {
  return instant(startMs + index * everyMs)
}

export function run(
  setting: Setting,
  stream: readonly StreamedLead[],
  options: Partial<RunOptions> = {},
): { rows: RowOfLead[]; report: Report } {
  const opened = openRun(setting, { against: null, examplesMost: 5, assumptions: [], ...options })
  const rows = stream.flatMap(lead => opened.take(lead))
  rows.push(...opened.finish())
  return { rows, report: opened.report() }
}

export function owners(rows: readonly RowOfLead[]): (string | null)[] {
  return rows.map(({ after }) => after.owner)
}
