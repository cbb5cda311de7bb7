/**
 * Each message of domain/messages.ts as a Signal and as an Update of the same name. Both reach one reducer,
 * domain/life/hear.ts. The HTTP API sends the Signal, which is in the history before anybody acts on it, and reads the
 * answer by a query, which adds nothing to it; an Update answers whoever has no requestId to ask by.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow'
import type { LeadState } from '../domain/life/state.js'
import type { Answer, MessageName, Payload } from '../domain/messages.js'

export function signalOf<Name extends MessageName>(name: Name) {
  return defineSignal<[Payload<Name>]>(name)
}

export function updateOf<Name extends MessageName>(name: Name) {
  return defineUpdate<Answer, [Payload<Name>]>(name)
}

/** What the Temporal UI says of each. */
export const descriptions: Record<MessageName, string> = {
  acknowledge: 'The owner has seen the lead',
  recordTouch: 'The owner was in touch with the prospect',
  requestReassignment: 'Somebody asks for another owner, or claims the lead',
  decideReassignment: 'A reassignment is approved or refused',
  decideReview: 'A review is decided',
  handOff: 'The owner offers the lead to the next one',
  answerHandoff: 'The next owner accepts or declines',
  addSubmission: 'Another lead is the same person’s and asks to join',
  answerJoin: 'The other lead has let this one join, or not',
  close: 'The lead has ended',
  pauseClock: 'The clocks stand still',
  resumeClock: 'The clocks go on',
  changeOwnerAvailability: 'The owner goes on leave or is back',
  splitSubmission: 'A submission that joined was somebody else’s',
  adoptPolicy: 'Go on under another version of the policy',
  erase: 'End the lead and forget the person',
  acceptLead: 'A member of the queue takes the lead',
}

/** What the lead has answered to this requestId; null: nothing yet. */
export const answerQuery = defineQuery<Answer | null, [requestId: string]>('answer')

/** Where the lead stands, as its workflow sees it. */
export const stateQuery = defineQuery<LeadState>('state')
