import { policy } from './desk-documents.js'

/** The desk of the other stories, with leads that wait for somebody or for the first to accept, and sources not in use. */
export const waitingPolicy = [
  [
    'sources:\n',
    `  quiet-form: { campaign: general, rollout: off }
  trial-form: { campaign: general, rollout: shadow }
`,
  ],
  [
    'pools:\n',
    `  desk: { queue: [ana, ben], acceptWithin: 30m, then: anyone }
  cleos: { turns: { cleo: 1 } }
  closers: { turns: { dora: 1 } }
`,
  ],
  [
    'rules:\n',
    `  - { id: first-come, when: { product: queue }, assign: desk }
  - { id: ben-then-desk, when: { product: lapse }, assign: ben, backup: desk }
  - { id: cleo-then-desk, when: { product: pass-on }, assign: cleos, backup: desk }
  - { id: cleo-only, when: { product: hold }, assign: cleos, nobodyAvailable: { hold: 4h } }
`,
  ],
  ['reassign: { ', 'giveBack: [conflict-of-interest], '],
  ['handoff: { ', 'assign: closers, '],
].reduce((document, [after = '', more = '']) => {
  if (!document.includes(after)) throw new Error(`the policy has no ${JSON.stringify(after)}`)
  return document.replace(after, after + more)
}, policy)
