import { type Leave, leaveOf } from '../db/leaves.js'
import type { EpochMs, RepId } from '../domain/ids.js'
import type { ActivityDeps } from './index.js'

export type LeavePlan =
  /** Taken back, or refused. */
  | { kind: 'off'; rep: RepId | null }
  /** Asked for; nobody has approved it yet. */
  | { kind: 'asked'; fromMs: EpochMs }
  | { kind: 'on'; rep: RepId; cover: RepId | null; fromMs: EpochMs; untilMs: EpochMs | null }

/** How a leave stands now: its row is changed by people, and its workflow looks at it whenever it has been. */
export function readLeave({ db }: ActivityDeps) {
  return async ({ leave }: { leave: string }): Promise<LeavePlan> => planOf(await leaveOf(db, leave))
}

function planOf(leave: Leave | null): LeavePlan {
  if (leave === null) return { kind: 'off', rep: null }
  const { rep, cover, fromMs, untilMs, approvedBy, refusedBy } = leave
  if (refusedBy !== null) return { kind: 'off', rep }
  return approvedBy === null ? { kind: 'asked', fromMs } : { kind: 'on', rep, cover, fromMs, untilMs }
}
