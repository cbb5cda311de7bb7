/**
 * Each message of domain/messages.ts, registered as a Signal (integrations, chat buttons, `temporal workflow signal`)
 * and as an Update of the same name (the HTTP API, which needs an answer). Both reach one reducer, domain/life.ts.
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow'
import type { Answer, Payload } from '../domain/messages.js'
import type { LeadState } from '../domain/life.js'

export const updates = {
  acknowledge: defineUpdate<Answer, [Payload<'acknowledge'>]>('acknowledge'),
  recordTouch: defineUpdate<Answer, [Payload<'recordTouch'>]>('recordTouch'),
  requestReassignment: defineUpdate<Answer, [Payload<'requestReassignment'>]>('requestReassignment'),
  decideReassignment: defineUpdate<Answer, [Payload<'decideReassignment'>]>('decideReassignment'),
  decideReview: defineUpdate<Answer, [Payload<'decideReview'>]>('decideReview'),
  handOff: defineUpdate<Answer, [Payload<'handOff'>]>('handOff'),
  answerHandoff: defineUpdate<Answer, [Payload<'answerHandoff'>]>('answerHandoff'),
  addSubmission: defineUpdate<Answer, [Payload<'addSubmission'>]>('addSubmission'),
  answerJoin: defineUpdate<Answer, [Payload<'answerJoin'>]>('answerJoin'),
  close: defineUpdate<Answer, [Payload<'close'>]>('close'),
}

export const signals = {
  acknowledge: defineSignal<[Payload<'acknowledge'>]>('acknowledge'),
  recordTouch: defineSignal<[Payload<'recordTouch'>]>('recordTouch'),
  requestReassignment: defineSignal<[Payload<'requestReassignment'>]>('requestReassignment'),
  decideReassignment: defineSignal<[Payload<'decideReassignment'>]>('decideReassignment'),
  decideReview: defineSignal<[Payload<'decideReview'>]>('decideReview'),
  handOff: defineSignal<[Payload<'handOff'>]>('handOff'),
  answerHandoff: defineSignal<[Payload<'answerHandoff'>]>('answerHandoff'),
  addSubmission: defineSignal<[Payload<'addSubmission'>]>('addSubmission'),
  answerJoin: defineSignal<[Payload<'answerJoin'>]>('answerJoin'),
  close: defineSignal<[Payload<'close'>]>('close'),
}

/** Where the lead stands, as its workflow sees it. */
export const stateQuery = defineQuery<LeadState>('state')
