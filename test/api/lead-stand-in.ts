/** A lead that only hears: enough of a workflow to try the API's client against a real server and a real worker. */
import { allHandlersFinished, condition, defineQuery, setHandler } from '@temporalio/workflow'
import type { Answer, MessageName, Payload } from '../../domain/messages.js'
import { answerQuery, signalOf, updateOf } from '../../workflows/messages.js'

/** The instants of the acknowledgements that counted. */
export const acknowledgementsQuery = defineQuery<number[]>('acknowledgements')

const owner = 'ana'

export async function lead(): Promise<void> {
  const answers = new Map<string, Answer>()
  const acknowledgements: number[] = []
  let status = 'assigned'

  function hear(name: MessageName, { requestId, actor, atMs }: Payload<'acknowledge'>): Answer {
    const first = answers.get(requestId)
    if (first !== undefined) return first
    const answer = apply(name, actor.id, atMs ?? Date.now())
    answers.set(requestId, answer)
    return answer
  }

  function apply(name: MessageName, by: string, atMs: number): Answer {
    if (by !== owner) return { ok: false, code: 'not-owner', detail: [owner], status, owner }
    status = name === 'close' ? 'closed' : 'acknowledged'
    if (name === 'acknowledge') acknowledgements.push(atMs)
    return { ok: true, status, owner }
  }

  for (const name of ['acknowledge', 'close'] as const) {
    setHandler(signalOf(name), payload => {
      hear(name, payload)
    })
    setHandler(updateOf(name), payload => hear(name, payload))
  }
  setHandler(answerQuery, requestId => answers.get(requestId) ?? null)
  setHandler(acknowledgementsQuery, () => acknowledgements)
  await condition(() => status === 'closed')
  await condition(allHandlersFinished)
}
