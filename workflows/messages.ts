/**
 * Each message of domain/messages.ts as a Signal (integrations, chat buttons, `temporal workflow signal`) and as an
 * Update of the same name (the HTTP API, which needs an answer). Both reach one reducer, domain/life/hear.ts.
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

/** Where the lead stands, as its workflow sees it. */
export const stateQuery = defineQuery<LeadState>('state')
