import { appendEvent } from '../db/events.js'
import { lockLead, preparedOf } from '../db/lead.js'
import { countingOf } from '../db/ownership.js'
import { policyOfVersion } from '../db/policies.js'
import { transaction } from '../db/sql.js'
import { resumedClock } from '../domain/clocks.js'
import type { EpochMs, LeadId } from '../domain/ids.js'
import type { Pause, RunningClock } from '../domain/life/state.js'
import type { ActivityDeps } from './index.js'

type Input = {
  lead: LeadId
  hop: number
  step: number
  atMs: EpochMs
  pause: Pause
  by: 'person' | 'time' | 'leave'
  actor: string
  requestId: string | null
  /** Those that the pause stopped and nobody has met meanwhile. */
  clocks: RunningClock[]
}

/** Lets clocks run on after a pause: what was left of them then is left of them now. */
export function resumeClocks({ db }: ActivityDeps) {
  return async ({
    lead,
    hop,
    step,
    atMs,
    pause,
    by,
    actor,
    requestId,
    clocks,
  }: Input): Promise<{ clocks: RunningClock[] }> =>
    transaction(db, async tx => {
      const stored = preparedOf(await lockLead(tx, lead))
      const policy = await policyOfVersion(tx, stored.policyVersion)
      const counting = await countingOf(tx, lead, atMs)
      if (counting === null) return { clocks: [] }
      const paused = { fromMs: pause.sinceMs, toMs: atMs }
      const resumed = clocks.map(clock => resumedClock(policy, counting, clock, paused))
      await appendEvent(tx, {
        lead,
        atMs,
        actor,
        hop,
        key: `resumed-${requestId ?? step}`,
        kind: 'clocksResumed',
        data: {
          reason: pause.reason,
          by,
          clocks: resumed.map(({ clock, dueAtMs }) => ({ clock, dueAtMs })),
        },
      })
      return { clocks: resumed }
    })
}
