/**
 * The owner goes on leave, or comes back. What nobody has touched goes to whoever covers and comes back by itself,
 * unless it has moved on meanwhile; of what was touched the policy says what becomes of it.
 */
import { assertNever, type EpochMs, instant } from '../ids.js'
import type { TimelineEntry } from '../timeline.js'
import { accept } from './answer.js'
import { moveOn, owned } from './moves.js'
import { leavePause, resume, running } from './pause.js'
import type { LeadState, MessageOf, Reaction } from './state.js'

/** Of a leave without an end: nothing waits for ever. */
const pausedMostMs = 90 * 24 * 3_600_000

type Changed = MessageOf<'changeOwnerAvailability'>
type Left = Extract<Changed['payload']['change'], { kind: 'left' }>

export function changeOwnerAvailability(state: LeadState, message: Changed, atMs: EpochMs): Reaction {
  const { change } = message.payload
  const changed = change.kind === 'left' ? left(state, message, change, atMs) : returned(state, message)
  return { state: changed.state, effects: [...changed.effects, accept(message)] }
}

function left(state: LeadState, message: Changed, change: Left, atMs: EpochMs): Reaction {
  const { leave, rep, requestId } = message.payload
  const owner = owned(state)
  if (owner?.rep !== rep) return { state, effects: [] }
  const then = thenOf(state, change)
  const started: TimelineEntry = {
    kind: 'coverStarted',
    data: { leave, owner: rep, cover: change.cover, then },
  }
  const recorded = (entries: readonly TimelineEntry[]) =>
    ({ do: 'record', actor: 'system', entries, requestId }) as const
  switch (then) {
    case 'stays':
      return { state, effects: [recorded([started])] }
    case 'paused': {
      const clocks = running(state).map(({ clock }) => clock)
      const untilMs = change.untilMs ?? instant(atMs + pausedMostMs)
      const paused: TimelineEntry = { kind: 'clocksPaused', data: { reason: leavePause, clocks, untilMs } }
      return {
        state: { ...state, pause: { reason: leavePause, clocks, sinceMs: atMs, untilMs } },
        effects: [recorded([started, paused])],
      }
    }
    case 'moved': {
      // Whoever covers may go on leave, too: the lead still comes back to the one it was taken from.
      const before = state.covering?.by === rep ? state.covering : { leave, rep }
      return moveOn(
        { ...state, covering: { ...before, by: null } },
        {
          cause: 'leave',
          directed: change.cover === null ? null : { kind: 'rep', rep: change.cover },
          actor: 'system',
          entries: [started],
          requestId,
        },
      )
    }
    default:
      return assertNever(then)
  }
}

function thenOf(state: LeadState, { touched }: Left): 'moved' | 'stays' | 'paused' {
  if (state.ownership.status !== 'working' || touched === 'move') return 'moved'
  return touched === 'pause' && state.pause == null && running(state).length > 0 ? 'paused' : 'stays'
}

function returned(state: LeadState, message: Changed): Reaction {
  const { leave, rep, requestId } = message.payload
  const { covering } = state
  const ended = (then: 'returned' | 'moved-on' | 'stayed'): TimelineEntry => ({
    kind: 'coverEnded',
    data: { leave, owner: rep, then },
  })
  const owner = owned(state)
  if (covering?.leave === leave && (owner === null || owner.rep === covering.by)) {
    return moveOn(
      { ...state, covering: null },
      {
        cause: 'leave-over',
        directed: { kind: 'rep', rep },
        actor: 'system',
        entries: [ended('returned')],
        requestId,
      },
    )
  }
  if (covering?.leave === leave) {
    return {
      state: { ...state, covering: null },
      effects: [{ do: 'record', actor: 'system', entries: [ended('moved-on')], requestId }],
    }
  }
  if (owner?.rep !== rep || state.pause?.reason !== leavePause) return { state, effects: [] }
  const resumed = resume(state, state.pause, { by: 'leave', actor: 'system', requestId })
  return {
    state: resumed.state,
    effects: [{ do: 'record', actor: 'system', entries: [ended('stayed')], requestId }, ...resumed.effects],
  }
}
