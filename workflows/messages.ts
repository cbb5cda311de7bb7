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

/** What the lead has answered to this requestId; null: nothing yet. */
export const answerQuery = defineQuery<Answer | null, [requestId: string]>('answer')

/** Where the lead stands, as its workflow sees it. */
export const stateQuery = defineQuery<LeadState>('state')
