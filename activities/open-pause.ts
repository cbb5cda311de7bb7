import { appendEvent, timelineOf } from '../db/events.js'
import { lockLead, preparedOf } from '../db/lead.js'
import { policyOfVersion } from '../db/policies.js'
import { transaction } from '../db/sql.js'
import { type EpochMs, instant, type LeadId } from '../domain/ids.js'
import type { PauseOpened } from '../domain/life/state.js'
import type { ClockKind } from '../domain/timeline.js'
import type { ActivityDeps } from './index.js'

type Input = {
  lead: LeadId
  hop: number
  atMs: EpochMs
  request: string
  actor: string
  reason: string
  /** Null: for as long as the policy allows. */
  untilMs: EpochMs | null
  running: ClockKind[]
}

/** The owner waits for somebody: the policy says for which reasons, which clocks wait too, and for how long at the most. */
export function openPause({ db }: ActivityDeps) {
  return async (input: Input): Promise<PauseOpened> =>
    transaction(db, async tx => {
      const { lead, hop, atMs, request, actor, reason } = input
      const stored = preparedOf(await lockLead(tx, lead))
      const key = `paused-${request}`
      const known = (await timelineOf(tx, lead)).find(event => event.key === key)
      if (known?.kind === 'clocksPaused') {
        const { clocks, untilMs } = known.data
        return { kind: 'paused', clocks, untilMs }
      }
      const { pauses } = await policyOfVersion(tx, stored.policyVersion)
      const terms = Object.hasOwn(pauses, reason) ? pauses[reason] : undefined
      if (terms === undefined) return { kind: 'refused', code: 'unknown-reason', detail: Object.keys(pauses) }
      const clocks = input.running.filter(clock => terms.clocks.some(paused => paused === clock))
      const longestMs = atMs + terms.mostMs
      const untilMs = instant(Math.min(input.untilMs ?? longestMs, longestMs))
      const data = { reason, clocks, untilMs }
      await appendEvent(tx, { lead, atMs, actor, hop, key, kind: 'clocksPaused', data })
      return { kind: 'paused', clocks, untilMs }
    })
}
