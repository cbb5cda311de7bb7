/** An owner who waits for somebody: the clocks stand still, for so long at the most, and then go on by themselves. */
import type { EpochMs } from '../ids.js'
import { accept, actsFor, refuse, refused } from './answer.js'
import { owned, record } from './moves.js'
import type { Effect, LeadState, MessageOf, Pause, PauseOpened, Reaction, RunningClock } from './state.js'

/** Set by the leave itself, whatever the policy's reasons are. */
export const leavePause = 'leave'

export function pauseClock(state: LeadState, message: MessageOf<'pauseClock'>): Reaction {
  const owner = owned(state)
  if (owner === null) return refuse(state, message, 'wrong-state')
  if (!actsFor(message, owner.rep)) return refuse(state, message, 'not-owner', [owner.rep])
  if (state.pause != null) return refuse(state, message, 'wrong-state', ['paused', state.pause.reason])
  if (running(state).length === 0) return refuse(state, message, 'wrong-state', ['no-clock-runs'])
  return { state, effects: [{ do: 'openPause', message, owner: owner.rep }] }
}

export function pauseOpened(
  state: LeadState,
  { message, opened, atMs }: { message: MessageOf<'pauseClock'>; opened: PauseOpened; atMs: EpochMs },
): Reaction {
  if (opened.kind === 'refused') return refused(state, message, opened)
  const { clocks, untilMs } = opened
  const pause: Pause = { reason: message.payload.reason, clocks, sinceMs: atMs, untilMs }
  return { state: { ...state, pause }, effects: [record([]), accept(message)] }
}

export function resumeClock(state: LeadState, message: MessageOf<'resumeClock'>): Reaction {
  const owner = owned(state)
  if (owner === null) return refuse(state, message, 'wrong-state')
  if (!actsFor(message, owner.rep)) return refuse(state, message, 'not-owner', [owner.rep])
  const { actor, requestId } = message.payload
  if (state.pause == null) return refuse(state, message, 'wrong-state', ['not-paused'])
  const resumed = resume(state, state.pause, { by: 'person', actor: actor.id, requestId })
  return { state: resumed.state, effects: [...resumed.effects, accept(message)] }
}

export function pauseDue(state: LeadState): Reaction {
  if (state.pause == null) return { state, effects: [] }
  return resume(state, state.pause, { by: 'time', actor: 'system', requestId: null })
}

/** Staleness is counted anew, since whoever goes on begins with nothing. */
export function resume(
  state: LeadState,
  pause: Pause,
  who: Omit<Extract<Effect, { do: 'resumeClocks' }>, 'do' | 'pause'>,
): Reaction {
  const owner = owned(state)
  const isStale = owner?.terms?.stale === true && state.ownership.status === 'working'
  return {
    state: { ...state, pause: null },
    effects: [
      { do: 'resumeClocks', pause, ...who },
      ...(isStale && pause.clocks.includes('stale') ? ([{ do: 'startClock', clock: 'stale' }] as const) : []),
    ],
  }
}

/** Those of the owner, which can be paused; the one of assignment is nobody's. */
export function running({ clocks }: LeadState): readonly RunningClock[] {
  return clocks.filter(({ clock }) => clock !== 'assign')
}

export function clocksSet(state: LeadState, clocks: readonly RunningClock[]): Reaction {
  const others = state.clocks.filter(({ clock }) => !clocks.some(set => set.clock === clock))
  return { state: { ...state, clocks: [...others, ...clocks] }, effects: [record([])] }
}
