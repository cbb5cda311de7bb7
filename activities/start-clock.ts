import { appendEvent } from '../db/events.js'
import { lockLead, preparedOf } from '../db/lead.js'
import { countingOf } from '../db/ownership.js'
import { policyOfVersion } from '../db/policies.js'
import { transaction } from '../db/sql.js'
import { clockOf } from '../domain/clocks.js'
import type { EpochMs, LeadId } from '../domain/ids.js'
import type { RunningClock } from '../domain/life/state.js'
import type { ActivityDeps } from './index.js'

type Input = { lead: LeadId; hop: number; step: number; atMs: EpochMs; clock: 'stale' }

/** Begins a clock that does not start with the ownership: that of staleness, at each touch. */
export function startClock({ db }: ActivityDeps) {
  return async ({ lead, hop, step, atMs, clock }: Input): Promise<{ clocks: RunningClock[] }> =>
    transaction(db, async tx => {
      const stored = preparedOf(await lockLead(tx, lead))
      const policy = await policyOfVersion(tx, stored.policyVersion)
      const counting = await countingOf(tx, lead, atMs)
      // The owner may have been moved under a policy that knows no staleness.
      if (counting === null || (policy.slas[counting.sla]?.[clock] ?? null) === null) return { clocks: [] }
      const started = clockOf(policy, counting, clock, { startMs: atMs })
      await appendEvent(tx, {
        lead,
        atMs,
        actor: 'system',
        hop,
        key: `started-${clock}-${step}`,
        kind: 'clockStarted',
        data: { clock, dueAtMs: started.dueAtMs },
      })
      return { clocks: [started] }
    })
}
