/** How a lead answers whoever speaks to it, and who may. */
import type { Answer, Message } from '../messages.js'
import type { TimelineEntry } from '../timeline.js'
import { owned } from './moves.js'
import type { Effect, LeadState, Reaction } from './state.js'

type RefusalCode = Extract<Answer, { ok: false }>['code']

/** People who may act for a rep. */
const overseers = ['administrator', 'operations', 'manager']

/** What a stranger or a late colleague tried is worth a line on the timeline; what a repeated join asks is not. */
const worthALine: readonly RefusalCode[] = ['not-owner', 'not-decider', 'not-member', 'not-allowed', 'taken']

export function actsFor(message: Message, rep: string): boolean {
  const { actor } = message.payload
  return actor.id === rep || overseers.includes(actor.role)
}

export function accept(message: Message): Effect {
  return { do: 'answer', requestId: message.payload.requestId, answer: null }
}

export function refuse(
  state: LeadState,
  message: Message,
  code: RefusalCode,
  detail: string[] = [],
): Reaction {
  const { requestId, actor } = message.payload
  const entry: TimelineEntry = { kind: 'refused', data: { message: message.name, code, detail } }
  const recorded = state.ownership.status !== 'closed' && worthALine.includes(code)
  return {
    state,
    effects: [
      ...(recorded ? ([{ do: 'record', actor: actor.id, entries: [entry], requestId }] as const) : []),
      { do: 'answer', requestId, answer: refusal(state, code, detail) },
    ],
  }
}

/** What an activity refused; whatever is worth a line it has written itself. */
export function refused(
  state: LeadState,
  message: Message,
  { code, detail }: { code: RefusalCode; detail: readonly string[] },
): Reaction {
  const { requestId } = message.payload
  return { state, effects: [{ do: 'answer', requestId, answer: refusal(state, code, [...detail]) }] }
}

/** A lead that has ended takes nobody in: the sender matches again. */
export function refuseClosed(state: LeadState, message: Message, outcome: string): Reaction {
  const refused = refuse(state, message, 'closed', [outcome])
  if (message.name !== 'addSubmission') return refused
  return {
    state,
    effects: [{ do: 'answerJoin', lead: message.payload.lead, accepted: false }, ...refused.effects],
  }
}

export function refusal(state: LeadState, code: RefusalCode, detail: string[]): Answer {
  return { ok: false, code, detail, status: state.ownership.status, owner: owned(state)?.rep ?? null }
}
