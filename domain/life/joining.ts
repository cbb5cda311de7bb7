/** Two submissions of one person become one lead: who asks, who takes in, and how it is undone. */
import { accept, refuse } from './answer.js'
import { closing, isInCrm, join, owned } from './moves.js'
import type { Effect, LeadState, MessageOf, Reaction, SubmissionAccepted } from './state.js'
import { waitingMembers } from './waiting.js'

/** How often a lead asks another one to take it before it is matched anew. */
const joinTriesMost = 3

export function addSubmission(state: LeadState, message: MessageOf<'addSubmission'>): Reaction {
  const { lead } = message.payload
  // A lead that is itself on its way into another one takes nobody in: the sender matches again and finds the root.
  if (state.ownership.status === 'joining') {
    return {
      state,
      effects: [
        { do: 'answerJoin', lead, accepted: false },
        ...refuse(state, message, 'wrong-state').effects,
      ],
    }
  }
  return {
    state,
    effects: [
      { do: 'acceptSubmission', lead },
      { do: 'answerJoin', lead, accepted: true },
      ...tellOfSubmission(state),
      accept(message),
    ],
  }
}

/** A hotter campaign than the lead's own owes the prospect what the lead has not sent yet. */
export function submissionAccepted(
  state: LeadState,
  { acknowledge, meetingLink }: SubmissionAccepted,
): Reaction {
  return {
    state,
    effects: [
      ...(acknowledge ? ([{ do: 'acknowledgeProspect' }] as const) : []),
      ...(meetingLink && owned(state) !== null ? ([{ do: 'sendMeetingLink' }] as const) : []),
    ],
  }
}

/** Of a lead in a queue, whoever may accept it; of one that is held nobody has heard yet. */
function tellOfSubmission(state: LeadState): Effect[] {
  const owner = owned(state)
  const to = owner === null ? waitingMembers(state) : [{ audience: 'owner', rep: owner.rep } as const]
  return to.length === 0 ? [] : [{ do: 'tell', about: 'submission-joined', to }]
}

export function answerJoin(state: LeadState, message: MessageOf<'answerJoin'>): Reaction {
  const { survivor, accepted } = message.payload
  if (state.ownership.status !== 'joining' || state.ownership.survivor !== survivor)
    return refuse(state, message, 'wrong-state')
  if (accepted) {
    const merged = closing(state, 'merged', 'system', null, survivor)
    return { state: merged.state, effects: [...merged.effects, accept(message)] }
  }
  const again: LeadState = { ...state, ownership: { status: 'received' } }
  return { state: again, effects: [{ do: 'prepare' }, accept(message)] }
}

export function joinDue(state: LeadState): Reaction {
  if (state.ownership.status !== 'joining') return { state, effects: [] }
  const { survivor, tries, dueAtMs } = state.ownership
  if (tries < joinTriesMost) return join(state, survivor, dueAtMs)
  return { state: { ...state, ownership: { status: 'received' } }, effects: [{ do: 'prepare' }] }
}

/** Whether it was one of its own only the record knows. */
export function splitSubmission(state: LeadState, message: MessageOf<'splitSubmission'>): Reaction {
  if (state.ownership.status === 'joining' || state.ownership.status === 'received')
    return refuse(state, message, 'wrong-state')
  return { state, effects: [{ do: 'splitSubmission', message }] }
}

export function submissionSplit(
  state: LeadState,
  { message, split }: { message: MessageOf<'splitSubmission'>; split: boolean },
): Reaction {
  if (!split) return refuse(state, message, 'no-such-item')
  const owner = owned(state)
  // What the record took over from the submission is somebody else's.
  const saved: Effect[] = isInCrm(state) ? [{ do: 'saveToCrm' }] : []
  const told: Effect[] =
    owner === null
      ? []
      : [{ do: 'tell', about: 'submission-split', to: [{ audience: 'owner', rep: owner.rep }] }]
  return { state, effects: [...saved, ...told, accept(message)] }
}
