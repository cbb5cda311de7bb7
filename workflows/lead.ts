/**
 * The story of one lead. It is prepared, gets an owner or a review, and then waits: for what people say to it and for
 * the instants at which its clocks come due, until it is closed. domain/life decides; this file carries out, in order.
 */
import { allHandlersFinished, condition, continueAsNew, setHandler, workflowInfo } from '@temporalio/workflow'
import type { LeadId } from '../domain/ids.js'
import { type EpochMs, instant } from '../domain/ids.js'
import { type Again, beginning, begun } from '../domain/life/again.js'
import { earliestDue, isOpen, owned } from '../domain/life/moves.js'
import { react } from '../domain/life/react.js'
import type { Due, LeadEvent, LeadState } from '../domain/life/state.js'
import type { Answer } from '../domain/messages.js'
import { type Inbox, openInbox } from './inbox.js'
import { describe } from './labels.js'
import { answerQuery, stateQuery } from './messages.js'
import { createPerformer } from './perform.js'

export type LeadInput = {
  leadId: LeadId
  receivedAtMs: EpochMs
  /** Where an earlier run left off. */
  resumed?: LeadState
  /** The lead was closed before, and begins again; it may leave off and be resumed like any other. */
  again?: Again
  /** Continue as new from this many events on; default 2,000, far above what a lead needs (tests lower it). */
  historyMost?: number
}

export type LeadOutcome = { outcome: string; owner: string | null; mergedInto: string | null; hops: number }

export async function lead(input: LeadInput): Promise<LeadOutcome> {
  const inbox = openInbox()
  let state = input.resumed ?? begun(input.leadId, input.again)
  setHandler(stateQuery, () => state, { description: 'Where the lead stands' })
  setHandler(answerQuery, requestId => answerTo(state, requestId), {
    description: 'What the lead has answered to this requestId',
  })
  const perform = createPerformer(inbox, happens, () => state)

  /** The state changes at once; what must be done about it follows, and its answers happen to the lead in turn. */
  async function happens(event: LeadEvent): Promise<void> {
    const reaction = react(state, event)
    state = reaction.state
    for (const effect of reaction.effects) state = await perform.effect(effect, state, event.atMs)
  }

  const first = input.resumed === undefined ? beginning(input.again) : []
  for (const effect of first) state = await perform.effect(effect, state, now())
  while (isOpen(state)) {
    describe(state)
    await happens(await next(inbox, state))
    if (isOpen(state) && inbox.isEmpty() && historyIsLong(input)) {
      await perform.finish()
      await condition(allHandlersFinished)
      if (inbox.isEmpty()) await continueAsNew<typeof lead>({ ...input, resumed: state })
    }
  }
  describe(state)
  await perform.finish()
  do {
    await answerLatecomers(inbox, happens)
    await condition(allHandlersFinished)
    await perform.close(state)
  } while (!inbox.isEmpty())
  return outcomeOf(state)
}

/** What happens first: something is said, or an instant comes due. A tie goes to the person. */
async function next(inbox: Inbox, state: LeadState): Promise<LeadEvent> {
  const due = earliestDue(state)
  if (inbox.isEmpty()) {
    if (due === null) await condition(() => !inbox.isEmpty())
    else if (due.atMs > Date.now()) {
      const summary = [labelOf(due), ...whose(state), new Date(due.atMs).toISOString()].join(', ')
      await condition(() => !inbox.isEmpty(), due.atMs - Date.now(), { summary })
    }
  }
  const waiting = inbox.peek()
  if (due !== null && (waiting === null || (waiting.payload.atMs ?? 0) > due.atMs)) {
    return { kind: 'due', atMs: due.atMs, due }
  }
  const message = inbox.take()
  if (message === null) throw new Error('woke up with nothing to do')
  return { kind: 'message', atMs: message.payload.atMs ?? now(), message }
}

/** As the Temporal UI shows it: `acknowledge: remindOwner`. */
function labelOf(due: Due): string {
  return due.what === 'clock' ? `${due.clock}: ${due.do.join(', ')}` : `${due.what} ends`
}

/** The chart of the Temporal UI shows timers, and no step that is short. */
function whose(state: LeadState): string[] {
  const owner = owned(state)
  return owner === null ? [] : [`${owner.rep} by ${owner.rule}`]
}

function now(): EpochMs {
  return instant(Date.now())
}

function answerTo({ answered }: LeadState, requestId: string): Answer | null {
  return answered.find(known => known.requestId === requestId)?.answer ?? null
}

function historyIsLong({ historyMost = 2_000 }: LeadInput): boolean {
  const { continueAsNewSuggested, historyLength } = workflowInfo()
  return continueAsNewSuggested || historyLength >= historyMost
}

/** Whoever speaks to a closed lead hears so; whoever wanted to join it looks for another. */
async function answerLatecomers(inbox: Inbox, happens: (event: LeadEvent) => Promise<void>): Promise<void> {
  for (let message = inbox.take(); message !== null; message = inbox.take()) {
    await happens({ kind: 'message', atMs: message.payload.atMs ?? now(), message })
  }
}

function outcomeOf(state: LeadState): LeadOutcome {
  if (state.ownership.status !== 'closed')
    throw new Error(`the lead is not closed but ${state.ownership.status}`)
  const { outcome, mergedInto, lastOwner } = state.ownership
  return { outcome, owner: lastOwner, mergedInto, hops: state.hop }
}
