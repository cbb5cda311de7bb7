/** The ladder of a clock: reminders, the breach at its deadline, escalation, and the next owner. */
import { assertNever, type EpochMs } from '../ids.js'
import type { ClockKind, TimelineEntry } from '../timeline.js'
import { exclude, moveOn, owned, record } from './moves.js'
import type { Due, Effect, LeadState, Owner, Reaction, RunningClock } from './state.js'

type Step = Extract<Due, { what: 'clock' }>

export function clockDue(state: LeadState, due: Step): Reaction {
  const running = state.clocks.find(({ clock }) => clock === due.clock)
  const owner = owned(state)
  const [step, ...later] = running?.steps ?? []
  if (running === undefined || step === undefined) return { state, effects: [] }
  const after: LeadState = {
    ...state,
    clocks: state.clocks.map(clock => (clock.clock === due.clock ? { ...clock, steps: later } : clock)),
  }
  if (running.clock === 'assign') return stillUnassigned(after, running)
  return owner === null ? { state, effects: [] } : ladderStep(after, running, { owner, step, later })
}

/** The clock of assignment has one step. It stays on the lead until somebody owns it, so that it is seen to be late. */
function stillUnassigned(state: LeadState, { clock, dueAtMs }: RunningClock): Reaction {
  const tell = state.assignTell ?? null
  const breached: TimelineEntry = {
    kind: 'breached',
    data: {
      clock,
      owner: null,
      dueAtMs,
      corrective: 'assign',
      correctiveBy: state.review?.decides ?? tell,
      correctiveByMs: state.review?.dueAtMs ?? null,
      runningOn: [],
    },
  }
  const told: Effect[] =
    tell === null ? [] : [{ do: 'tell', about: 'unassigned', to: [{ audience: 'manager', rep: tell }] }]
  return { state, effects: [record([breached]), ...told] }
}

function ladderStep(
  state: LeadState,
  running: RunningClock,
  { owner, step, later }: { owner: Owner; step: RunningClock['steps'][number]; later: RunningClock['steps'] },
): Reaction {
  const mayMoveOn = step.do.includes('reRoute') && state.chain !== null && !state.chain.ended
  const entries: TimelineEntry[] = []
  const told: Effect[] = []
  for (const action of step.do) {
    switch (action) {
      case 'breach':
        entries.push(breachOf(state, running, owner, [step, ...later]))
        break
      case 'remindOwner':
        entries.push({ kind: 'reminded', data: { clock: running.clock, owner: owner.rep } })
        told.push({ do: 'tell', about: 'reminder', to: [{ audience: 'owner', rep: owner.rep }] })
        break
      case 'tellManager':
        entries.push({
          kind: 'escalated',
          data: { clock: running.clock, owner: owner.rep, manager: owner.manager },
        })
        if (owner.manager !== null) {
          told.push({
            do: 'tell',
            about: 'escalation',
            to: [{ audience: 'manager', rep: owner.manager }, { audience: 'watcher' }],
          })
        }
        break
      case 'reRoute':
        break
      default:
        assertNever(action)
    }
  }
  if (!mayMoveOn || state.chain === null) {
    // Recorded even where there is nothing to say: the lead's row must not keep an instant that has passed.
    return { state, effects: [record(entries), ...told] }
  }
  const atEnd = state.chain.movesLeft <= 0
  const moved = moveOn(
    {
      ...exclude(state, owner.rep, 'lapsed'),
      clocks: [],
      chain: { ...state.chain, movesLeft: Math.max(0, state.chain.movesLeft - 1), ended: atEnd },
    },
    {
      cause: atEnd ? 'end-of-chain' : 'lapsed',
      directed: atEnd ? state.chain.end : null,
      actor: 'system',
      entries: [...entries, { kind: 'lapsed', data: { owner: owner.rep, clock: running.clock } }],
      requestId: null,
    },
  )
  return {
    state: moved.state,
    effects: [
      ...moved.effects,
      ...told.filter(effect => effect.do === 'tell' && effect.about === 'escalation'),
    ],
  }
}

/** What is at issue, what is done about it, by whom and until when (R30). */
function breachOf(
  state: LeadState,
  { clock, dueAtMs }: RunningClock,
  owner: Owner,
  steps: RunningClock['steps'],
): TimelineEntry {
  const moves = state.chain?.ended === false ? steps.find(step => step.do.includes('reRoute')) : undefined
  const escalates = steps.find(step => step.do.includes('tellManager'))
  return {
    kind: 'breached',
    data: {
      clock,
      owner: owner.rep,
      dueAtMs,
      corrective: moves === undefined ? 'escalate' : 're-route',
      correctiveBy: moves === undefined && escalates !== undefined ? owner.manager : owner.rep,
      correctiveByMs: (moves ?? escalates)?.atMs ?? null,
      runningOn: state.clocks.map(other => other.clock).filter(other => other !== clock),
    },
  }
}

/** The clock stops: whether in time is told by the instant at which the person acted. */
export function stopClocks(
  state: LeadState,
  which: readonly ClockKind[],
  atMs: EpochMs,
): { state: LeadState; entries: TimelineEntry[] } {
  const stopped = state.clocks.filter(({ clock }) => which.includes(clock))
  return {
    state: { ...state, clocks: state.clocks.filter(({ clock }) => !which.includes(clock)) },
    entries: stopped.flatMap(({ clock, dueAtMs }): TimelineEntry[] => {
      const late = atMs > dueAtMs && !stoodStill(state, clock, dueAtMs)
      // Each touch in time begins the clock of staleness again, which is no news.
      return clock === 'stale' && !late ? [] : [{ kind: 'clockMet', data: { clock, dueAtMs, late } }]
    }),
  }
}

/** It was paused before it came due, and nobody has let it run on since. */
function stoodStill({ pause }: LeadState, clock: ClockKind, dueAtMs: EpochMs): boolean {
  return pause != null && pause.clocks.some(paused => paused === clock) && pause.sinceMs <= dueAtMs
}
