/** A person's act on a lead: its free text into Postgres, then a message to the lead, then its answer to the person. */
import { createHash, randomUUID } from 'node:crypto'
import { z } from '@hono/zod-openapi'
import type { DecidedItem } from '../db/decided-items.js'
import { isInScope, leadOutcome } from '../db/leads.js'
import { keepNote, type Note } from '../db/notes.js'
import type { EpochMs, LeadId } from '../domain/ids.js'
import type { Actor, Answer, MessageName, Payload } from '../domain/messages.js'
import type { Context } from 'hono'
import type { ApiDeps } from './app.js'
import { type ApiEnv, actorOf, type Caller } from './auth.js'
import { iso, isoInstant } from './instants.js'
import { LeadUnreachable, type Sent } from './lead-workflows.js'
import { scopeOf } from './permissions.js'
import { Problem, type ProblemCode } from './problem.js'

export type Act<Name extends MessageName> = {
  lead: LeadId
  name: Name
  /** The message: `envelope => ({ ...envelope, kind })`. */
  payload: (envelope: Envelope) => Payload<Name>
  /** Free text: it goes to Postgres alone. */
  text?: Note
  /** Lets the caller speak to a lead that they may not see; throws where they may not. Default: `requireInScope`. */
  allow?: (asked: { requestId: string; atMs: EpochMs }) => Promise<void>
  /** Of a decision: how the item ended, should somebody else have been faster. */
  decided?: () => Promise<DecidedItem | null>
}

/** What every message carries. */
export type Envelope = { requestId: string; actor: Actor; atMs: EpochMs }

export type Acted = Envelope & { sent: Sent }

/**
 * Says something to a lead that the caller may see, as of now.
 * @param key the Idempotency-Key of the request; without one each request is another act
 * @throws Problem 404 when the lead is not the caller's to see, 503 when it cannot be reached
 */
export async function act<Name extends MessageName>(
  deps: Pick<ApiDeps, 'db' | 'now' | 'leads'>,
  caller: Caller,
  key: string | undefined,
  { lead, name, payload, text = {}, allow }: Act<Name>,
): Promise<Acted> {
  const atMs = deps.now()
  const actor = actorOf(caller)
  const requestId = key === undefined ? randomUUID() : requestIdOf(lead, actor, name, key)
  if (allow === undefined) await requireInScope(deps, caller, lead)
  else await allow({ requestId, atMs })
  // Before the message: whoever reads the requestId in it finds the text.
  if (Object.values(text).some(part => part !== undefined)) {
    await keepNote(deps.db, { requestId, lead, actor: actor.id, body: text, atMs })
  }
  const envelope = { requestId, actor, atMs }
  try {
    return { ...envelope, sent: await deps.leads.send(lead, name, payload(envelope)) }
  } catch (error) {
    if (!(error instanceof LeadUnreachable)) throw error
    throw new Problem(503, 'unavailable', {}, { 'Retry-After': '2' })
  }
}

/** The whole of a route that tells a lead something: the act, and its answer as a response. */
export async function answerAct<Name extends MessageName>(
  c: Context<ApiEnv>,
  deps: Pick<ApiDeps, 'db' | 'now' | 'leads'>,
  wanted: Act<Name>,
) {
  const { sent, requestId, atMs } = await act(deps, c.var.caller, c.req.header('idempotency-key'), wanted)
  if ('pending' in sent) return c.json({ requestId, status: 'pending', appliesAsOf: iso(atMs) } as const, 202)
  if (!sent.ok) throw await refusalOf(deps, wanted, sent)
  return c.json({ requestId, status: sent.status, owner: sent.owner }, 200)
}

export async function requireInScope(deps: Pick<ApiDeps, 'db'>, caller: Caller, lead: LeadId): Promise<void> {
  if (!(await isInScope(deps.db, scopeOf(caller), lead))) throw new Problem(404, 'not-found')
}

const actDone = z
  .object({
    requestId: z.string().describe('Names this act; a reassignment request or a handoff is decided under it'),
    status: z.string().describe('Where the lead stands now'),
    owner: z.string().nullable().describe('A rep’s id'),
  })
  .openapi('ActDone')

const actPending = z
  .object({
    requestId: z.string(),
    status: z.literal('pending'),
    appliesAsOf: isoInstant.describe('The instant that counts, however late it is applied'),
  })
  .openapi('ActPending')

export const actAnswers = {
  200: {
    description: 'Done; where the lead stands now',
    content: { 'application/json': { schema: actDone } },
  },
  202: {
    description: 'Accepted and durable; the lead will apply it as of the instant given',
    content: { 'application/json': { schema: actPending } },
  },
}

type Refusal = Extract<Answer, { ok: false }>

const refusalStatus = {
  'wrong-state': 409,
  closed: 409,
  'not-owner': 403,
  'not-decider': 403,
  'not-member': 403,
  'not-allowed': 403,
  taken: 409,
  'no-such-item': 404,
  'not-a-choice': 422,
  incomplete: 422,
  'unknown-reason': 422,
  'unknown-person': 422,
  'unknown-version': 422,
  'cooling-down': 409,
} as const satisfies { [Code in Refusal['code']]: number } & { [Code in ProblemCode]?: number }

async function refusalOf<Name extends MessageName>(
  deps: Pick<ApiDeps, 'db'>,
  { lead, allow, decided }: Act<Name>,
  { code, detail, status, owner }: Refusal,
): Promise<Problem> {
  // Whoever may not see the lead learns whose it is, and nothing else of it.
  if (allow !== undefined) return new Problem(refusalStatus[code], code, { leadStatus: status, owner })
  const item = code === 'no-such-item' || code === 'closed' ? ((await decided?.()) ?? null) : null
  const first = item === null ? {} : { decided: viewDecided(item) }
  if (code === 'closed') {
    const found = await leadOutcome(deps.db, lead)
    return new Problem(409, code, {
      leadStatus: status,
      owner: found?.owner?.id ?? owner,
      outcome: found?.outcome ?? detail[0],
      ...first,
    })
  }
  if (item !== null) return new Problem(409, 'decided-already', { leadStatus: status, owner, ...first })
  return new Problem(refusalStatus[code], code, { leadStatus: status, owner, allowed: detail })
}

function viewDecided({ choice, to, by, atMs }: DecidedItem) {
  return { choice, ...(to === null ? {} : { to }), by, at: iso(atMs) }
}

/**
 * A key is unique for who sent it, what was said and to which lead; requestIds are unique everywhere. The sender's own
 * text stays out of the workflow's history with that.
 */
export function requestIdOf(lead: LeadId, actor: Actor, name: MessageName | 'reopen', key: string): string {
  return createHash('sha256')
    .update(JSON.stringify([lead, actor, name, key]))
    .digest('base64url')
}
