/** The one place where messages arrive: Signals and Updates of the same name go into one queue, the loop takes them out. */
import { ApplicationFailure, log, setHandler } from '@temporalio/workflow'
import { instant } from '../domain/ids.js'
import { type Answer, type Message, type MessageName, message, payloads } from '../domain/messages.js'
import { descriptions, signalOf, updateOf } from './messages.js'

export type Inbox = {
  isEmpty(): boolean
  /** The message that was said first, by the instant at which its sender acted; null when none waits. */
  peek(): Message | null
  take(): Message | null
  put(message: Message): void
  /** Somebody waits for an answer: their Update is not in the history before the task that took it is done. */
  isAwaited(): boolean
  answer(requestId: string, answer: Answer): void
}

/** Registers every handler: to be called before the workflow's first await, so that no early message is missed. */
export function openInbox(): Inbox {
  const queue: Message[] = []
  const waiting = new Map<string, ((answer: Answer) => void)[]>()

  const put = (said: Message) => {
    queue.push(said)
    queue.sort((a, b) => saidAt(a) - saidAt(b))
  }
  for (const name of messageNames()) register(name, put, waiting)

  return {
    isEmpty: () => queue.length === 0,
    peek: () => queue[0] ?? null,
    take: () => queue.shift() ?? null,
    put,
    isAwaited: () => waiting.size > 0,
    answer(requestId, answer) {
      for (const resolve of waiting.get(requestId) ?? []) resolve(answer)
      waiting.delete(requestId)
    },
  }
}

function saidAt(said: Message): number {
  return said.payload.atMs ?? 0
}

function register<Name extends MessageName>(
  name: Name,
  put: (said: Message) => void,
  waiting: Map<string, ((answer: Answer) => void)[]>,
): void {
  const description = descriptions[name]
  setHandler(
    signalOf(name),
    payload => {
      const said = message.safeParse({ name, payload })
      // A malformed Signal has no sender to tell; a throw here would stop the lead.
      if (said.success) put(stamped(said.data))
      else log.warn('a malformed signal was ignored', { name })
    },
    { description },
  )
  setHandler(
    updateOf(name),
    payload => {
      const said = stamped(message.parse({ name, payload }))
      return new Promise<Answer>(resolve => {
        const { requestId } = said.payload
        waiting.set(requestId, [...(waiting.get(requestId) ?? []), resolve])
        put(said)
      })
    },
    {
      description,
      validator(payload: unknown) {
        const said = message.safeParse({ name, payload })
        if (said.success) return
        const fields = said.error.issues.map(issue => issue.path.join('.'))
        throw ApplicationFailure.nonRetryable(`malformed ${name}: ${fields.join(', ')}`, 'malformed-message')
      },
    },
  )
}

function messageNames(): MessageName[] {
  return message.options.map(option => option.shape.name.value).filter(name => name in payloads)
}

/** A message counts at the instant at which its sender acted, but never in the future. */
function stamped(said: Message): Message {
  const atMs = instant(Math.min(saidAt(said) || Date.now(), Date.now()))
  return message.parse({ ...said, payload: { ...said.payload, atMs } })
}
