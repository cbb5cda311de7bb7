/**
 * What a lead's workflow history says about the lead: the owners that routing answered, what people said and were
 * answered, the timers that still wait. Reads the JSON of one run, from the server or from `histories`.
 */
import { z } from 'zod'
import { type EpochMs, instant, repId } from '../domain/ids.js'
import { outcome } from '../domain/lead.js'
import { type Answer, actor, answer, type MessageName, payloads } from '../domain/messages.js'

export type Run = {
  /** The run that this one continues, or that ended the life before this one; null for the first. */
  continues: string | null
  /** Every owner that routing gave, in the order of its answers. */
  owners: { hop: number; owner: string }[]
  /** Every message that reached the lead, as Signal or as Update. */
  messages: { name: MessageName; actor: string; requestId: string }[]
  /** What Updates were answered. */
  answers: { name: MessageName; answer: Answer }[]
  /** When the timers that nothing has fired or cancelled yet go off. */
  timersAtMs: EpochMs[]
  /** What the run returned; null while it is open, and where it continued as new. */
  result: z.infer<typeof result> | null
}

/** Throws a ZodError on what is not a history, or not one of our workflow. */
export function readRun(history: unknown): Run {
  const { events } = historyShape.parse(history)
  const inputs = new Map(events.flatMap(event => scheduledInput(event)))
  const accepted = new Map(events.flatMap(event => acceptedUpdate(event)))
  const ended = new Set(events.flatMap(event => endedTimer(event)))
  return {
    continues: continuedIn(events[0]),
    owners: events.flatMap(event => routedOwner(event, inputs)),
    messages: events.flatMap(event => saidIn(event)),
    answers: events.flatMap(event => answeredIn(event, accepted)),
    timersAtMs: events
      .flatMap(event => timerOf(event))
      .flatMap(({ id, atMs }) => (ended.has(id) ? [] : [atMs])),
    result: events.flatMap(event => resultOf(event))[0] ?? null,
  }
}

const payload = z.object({ data: z.string().default('') })
const said = z.object({ payloads: z.array(payload).default([]) })
const id = z.union([z.string(), z.number()]).transform(String)

/** Of each event what is read here; proto3 JSON leaves out what is empty. */
const eventShape = z.object({
  eventId: id,
  eventTime: z.iso.datetime({ offset: true }),
  workflowExecutionStartedEventAttributes: z
    .object({
      continuedExecutionRunId: z.string().default(''),
      memo: z.object({ fields: z.record(z.string(), payload).default({}) }).default({ fields: {} }),
    })
    .optional(),
  activityTaskScheduledEventAttributes: z
    .object({ activityType: z.object({ name: z.string() }), input: said.default({ payloads: [] }) })
    .optional(),
  activityTaskCompletedEventAttributes: z
    .object({ scheduledEventId: id, result: said.default({ payloads: [] }) })
    .optional(),
  workflowExecutionSignaledEventAttributes: z
    .object({ signalName: z.string(), input: said.default({ payloads: [] }) })
    .optional(),
  workflowExecutionUpdateAcceptedEventAttributes: z
    .object({
      acceptedRequest: z.object({
        meta: z.object({ updateId: z.string() }),
        input: z.object({ name: z.string(), args: said.default({ payloads: [] }) }),
      }),
    })
    .optional(),
  workflowExecutionUpdateCompletedEventAttributes: z
    .object({ meta: z.object({ updateId: z.string() }), outcome: z.object({ success: said.optional() }) })
    .optional(),
  timerStartedEventAttributes: z.object({ timerId: z.string(), startToFireTimeout: z.string() }).optional(),
  timerFiredEventAttributes: z.object({ timerId: z.string() }).optional(),
  timerCanceledEventAttributes: z.object({ timerId: z.string() }).optional(),
  workflowExecutionCompletedEventAttributes: z.object({ result: said.default({ payloads: [] }) }).optional(),
})
type Event = z.infer<typeof eventShape>
const historyShape = z.object({ events: z.array(eventShape).min(1) })

const routeInput = z.object({ hop: z.int() })
const routed = z.union([
  z.object({ kind: z.literal('assigned'), owner: repId }),
  z.object({ kind: z.enum(['review', 'disqualified', 'held', 'queued', 'shadowed']) }),
])
const result = z.object({ outcome, owner: z.string().nullable(), mergedInto: z.string().nullable() })
const envelope = z.object({ requestId: z.string(), actor })

/** The first payload's value; null where there is none. */
function valueOf({ payloads: [first] }: z.infer<typeof said>): unknown {
  if (first === undefined || first.data === '') return null
  return JSON.parse(Buffer.from(first.data, 'base64').toString('utf8'))
}

/** A later life says in its memo which run it follows (api/begin-again.ts), and so do the runs that continue it. */
function continuedIn(first: Event | undefined): string | null {
  const started = first?.workflowExecutionStartedEventAttributes
  if (started === undefined || started.continuedExecutionRunId !== '')
    return started?.continuedExecutionRunId ?? null
  const { follows } = started.memo.fields
  return follows === undefined
    ? null
    : z
        .string()
        .nullable()
        .parse(valueOf({ payloads: [follows] }))
}

function scheduledInput({
  eventId,
  activityTaskScheduledEventAttributes: scheduled,
}: Event): [string, number][] {
  if (scheduled?.activityType.name !== 'route') return []
  return [[eventId, routeInput.parse(valueOf(scheduled.input)).hop]]
}

function routedOwner({ activityTaskCompletedEventAttributes: done }: Event, hops: Map<string, number>) {
  const hop = done === undefined ? undefined : hops.get(done.scheduledEventId)
  if (done === undefined || hop === undefined) return []
  const found = routed.parse(valueOf(done.result))
  return found.kind === 'assigned' ? [{ hop, owner: found.owner }] : []
}

function saidIn(event: Event): Run['messages'] {
  const signal = event.workflowExecutionSignaledEventAttributes
  if (signal !== undefined) return messageOf(signal.signalName, valueOf(signal.input))
  const update = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest.input
  return update === undefined ? [] : messageOf(update.name, valueOf(update.args))
}

/** A malformed Signal reached the history and never the lead. */
function messageOf(name: string, value: unknown): Run['messages'] {
  const known = nameOf(name)
  const read = envelope.safeParse(value)
  return known === null || !read.success
    ? []
    : [{ name: known, actor: read.data.actor.id, requestId: read.data.requestId }]
}

function nameOf(text: string): MessageName | null {
  return messageNames.find(name => name === text) ?? null
}

const messageNames = Object.keys(payloads).flatMap((key): MessageName[] => (isMessageName(key) ? [key] : []))

function isMessageName(key: string): key is MessageName {
  return Object.hasOwn(payloads, key)
}

function acceptedUpdate(event: Event): [string, MessageName][] {
  const request = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest
  const name = request === undefined ? null : nameOf(request.input.name)
  return request === undefined || name === null ? [] : [[request.meta.updateId, name]]
}

function answeredIn(event: Event, accepted: Map<string, MessageName>): Run['answers'] {
  const done = event.workflowExecutionUpdateCompletedEventAttributes
  const name = done === undefined ? undefined : accepted.get(done.meta.updateId)
  const read = answer.safeParse(done?.outcome.success === undefined ? null : valueOf(done.outcome.success))
  return name === undefined || !read.success ? [] : [{ name, answer: read.data }]
}

function timerOf({ eventTime, timerStartedEventAttributes: timer }: Event) {
  if (timer === undefined) return []
  const lengthMs = Math.round(Number.parseFloat(timer.startToFireTimeout) * 1_000)
  return [{ id: timer.timerId, atMs: instant(Date.parse(eventTime) + lengthMs) }]
}

function endedTimer(event: Event): string[] {
  const ended = event.timerFiredEventAttributes ?? event.timerCanceledEventAttributes
  return ended === undefined ? [] : [ended.timerId]
}

function resultOf({ workflowExecutionCompletedEventAttributes: completed }: Event) {
  return completed === undefined ? [] : [result.parse(valueOf(completed.result))]
}
