/** Every refusal and failure of the API is a problem document (RFC 9457): what went wrong, never what was sent. */
import { randomUUID } from 'node:crypto'
import { z } from '@hono/zod-openapi'
import type { Context, ErrorHandler, NotFoundHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import { routePath } from 'hono/route'
import pino from 'pino'
import type { ApiEnv } from './auth.js'
import { isoInstant } from './instants.js'

const badField = z.object({
  /** Where in the request, with dots: `email`, `utm.campaign`. */
  path: z.string(),
  message: z.string(),
})
type BadField = z.infer<typeof badField>

const problemDocument = z
  .object({
    type: z.string().describe('`urn:leadline:problem:` and a code that a program can act on'),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    errors: z.array(badField).optional(),
    leadStatus: z.string().optional().describe('Where the lead stands, when it refused'),
    owner: z.string().nullable().optional(),
    outcome: z.string().optional().describe('How the lead ended, when it is closed'),
    allowed: z.array(z.string()).optional().describe('What is missing or possible, as codes'),
    decided: z
      .object({
        choice: z.string().describe('What was chosen; `timed_out` or `superseded` where nobody chose'),
        to: z.string().optional().describe('The person, pool, rule or lead that it went to'),
        by: z.string().nullable().describe('Null: nobody, its time was over'),
        at: isoInstant,
      })
      .optional()
      .describe('What somebody else has decided first'),
    id: z.string().optional().describe('To be found in our log'),
  })
  .openapi('Problem')
type ProblemDocument = z.infer<typeof problemDocument>

const titles = {
  'malformed-request': 'The request cannot be read',
  'invalid-request': 'Some fields are not valid',
  'too-large': 'The body is too large',
  'too-deep': 'The body is nested too deeply',
  'not-json': 'The body must be JSON, with the header Content-Type: application/json',
  'key-reused': 'This Idempotency-Key belongs to another request',
  unauthenticated: 'A valid key or a session is needed',
  'too-many-attempts': 'Too many attempts with unknown keys',
  forbidden: 'Your role may not do this',
  'other-origin': 'With a session, changes are accepted from our own pages only',
  'not-found': 'There is nothing here that you may see',
  'method-not-allowed': 'This address does not take this method',
  'wrong-state': 'The lead is not in a state for this',
  closed: 'The lead is closed',
  'not-owner': 'Only the owner of the lead may do this',
  'not-decider': 'Only who decides this item may do this',
  'not-member': 'Only members of the queue may accept the lead',
  taken: 'Somebody else has the lead already',
  'not-allowed': 'Only certain roles may say this to a lead',
  'no-such-item': 'The lead has no such open item',
  'decided-already': 'Somebody else has decided this already, or its time was over',
  'not-a-choice': 'This is not one of the choices',
  incomplete: 'Something that the policy asks for is missing',
  'unknown-reason': 'The policy does not have this reason',
  'unknown-person': 'This person cannot take it',
  'unknown-version': 'The policy has no such version',
  'cooling-down': 'The same was asked for this lead not long ago, and not granted',
  'too-late': 'The time in which this was possible is over',
  'lint-errors': 'Lint finds errors in the policy; publish it with force and a reason, or mend it',
  'not-signed-off': 'Somebody must sign off the draft first',
  'not-in-role': 'The person does not have this role',
  'signed-already': 'Somebody has signed off in this role already',
  'draft-published': 'The draft is published already',
  'draft-changed': 'The draft has changed since it was read',
  unavailable: 'The lead cannot be reached right now; nothing was changed',
  unexpected: 'Something failed on our side',
} as const
export type ProblemCode = keyof typeof titles

type Status = 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 422 | 429 | 500 | 503
type More = Omit<ProblemDocument, 'type' | 'title' | 'status'>

/** Thrown where a request must end; `answerFailure` makes the response. */
export class Problem extends Error {
  constructor(
    readonly status: Status,
    readonly code: ProblemCode,
    readonly more: More = {},
    readonly headers: Record<string, string> = {},
  ) {
    super(code)
    this.name = 'Problem'
  }
}

/** In one line, for a terminal. */
export function sayProblem({ code, more: { detail, outcome, allowed = [] } }: Problem): string {
  const ended = outcome === undefined ? [] : [`it is ${outcome}`]
  const possible = allowed.length === 0 ? [] : [`possible: ${allowed.join(', ')}`]
  const known = [detail, ...ended, ...possible].filter(part => part !== undefined)
  return `${titles[code]}${known.length === 0 ? '' : ` (${known.join('; ')})`}`
}

/** Told of each failure that is a fault of ours. Holds no message of a driver or vendor: it could quote a person. */
export type FailureLog = (failure: { id: string; code: string; route: string; frames: string[] }) => void

/** Standard error, one JSON line each: standard output belongs to whoever started the process. */
export function logToStandardError(): FailureLog {
  const log = pino({ name: 'leadline-api' }, pino.destination(2))
  return failure => log.error(failure, 'request failed')
}

/** What every route can answer beside its own answers. */
export const problems = {
  default: {
    description: 'A problem document (RFC 9457)',
    content: { 'application/problem+json': { schema: problemDocument } },
  },
} as const

export function answerFailure(log: FailureLog): ErrorHandler<ApiEnv> {
  return (error, c) => {
    if (error instanceof Problem) return respond(c, error)
    if (error instanceof HTTPException) return respond(c, fromFramework(error))
    const id = randomUUID()
    log({ id, code: codeOf(error), route: `${c.req.method} ${routePath(c)}`, frames: framesOf(error) })
    return respond(c, new Problem(500, 'unexpected', { id }))
  }
}

export const answerNotFound: NotFoundHandler<ApiEnv> = c => respond(c, new Problem(404, 'not-found'))

/** For zod-openapi: an invalid query, header or body becomes a list of bad fields. */
export function refuseInvalid(result: { success: true } | { success: false; error: z.ZodError }): void {
  if (!result.success) throw new Problem(422, 'invalid-request', { errors: badFieldsOf(result.error) })
}

export function invalidField(path: string, message: string): Problem {
  return new Problem(422, 'invalid-request', { errors: [{ path, message }] })
}

/** zod's messages name what was expected and which type came, not the value. */
function badFieldsOf(error: z.ZodError): BadField[] {
  return error.issues.map(issue => ({ path: issue.path.map(String).join('.'), message: issue.message }))
}

function respond(c: Context<ApiEnv>, problem: Problem): Response {
  const body: ProblemDocument = {
    type: `urn:leadline:problem:${problem.code}`,
    title: titles[problem.code],
    status: problem.status,
    ...problem.more,
  }
  return c.body(JSON.stringify(body), problem.status, {
    ...problem.headers,
    'Content-Type': 'application/problem+json',
  })
}

/** The framework throws for a body that is no JSON and for a media type that the route does not take. */
function fromFramework(error: HTTPException): Problem {
  switch (error.status) {
    case 413:
      return new Problem(413, 'too-large')
    case 415:
      return new Problem(415, 'not-json')
    default:
      return new Problem(400, 'malformed-request')
  }
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? `${error.name} ${error.code}` : error.name
}

function framesOf(error: Error): string[] {
  const lines = error.stack?.split('\n') ?? []
  return lines.map(line => line.trim()).filter(line => line.startsWith('at '))
}
