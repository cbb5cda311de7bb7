/** The API's only way to a lead's workflow: start it, and say something to it. */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
  type WorkflowOptions,
} from '@temporalio/client'
import { z } from 'zod'
import { leadOutcome } from '../db/leads.js'
import { type Db, execute, type Pool, row, sql, timestamp } from '../db/sql.js'
import { type EpochMs, type LeadId, name as slug } from '../domain/ids.js'
import { type Answer, answer, type MessageName, type Payload } from '../domain/messages.js'
import { leadWorkflow, workflowIdOf } from '../workflows/ids.js'
import type { LeadInput } from '../workflows/lead.js'
import { leadSource, leadStatus } from '../workflows/search-attributes.js'
import { beginAgain, StillEnding } from './begin-again.js'

/** What the lead answered, or that nobody could answer yet: then it will be applied as of its `atMs`. */
export type Sent = Answer | { pending: true }

export type LeadWorkflows = {
  /**
   * Starts the lead's workflow, or finds that it has been started, and marks the lead as started. Of a lead that was
   * opened again it starts the run of that life.
   * @throws LeadUnreachable when Temporal does not answer, or the run of the life before is still about to end; the relay
   * tries again
   */
  start(lead: LeadId, receivedAtMs: EpochMs): Promise<void>
  /**
   * Says something to the lead. A repeated requestId gets the first answer.
   * @throws LeadUnreachable when Temporal does not answer, or the lead's workflow is not there yet: the message may
   * not have arrived, and can be sent again under its requestId
   */
  send<Name extends MessageName>(lead: LeadId, name: Name, payload: Payload<Name>): Promise<Sent>
}

export class LeadUnreachable extends Error {
  constructor(
    readonly lead: LeadId,
    readonly code: 'temporal-unavailable' | 'no-workflow' | 'still-ending',
    options: ErrorOptions = {},
  ) {
    super(`lead ${lead}: ${code}`, options)
    this.name = 'LeadUnreachable'
  }
}

export type LeadWorkflowsOptions = {
  db: Pool
  now: () => EpochMs
  /** Where people reach the API, which the Temporal UI then links to; default null: nobody has said. */
  publicUrl?: string | null
  /**
   * The client shares its NativeConnection with a worker of this process: the first step then runs here at once.
   * On any other connection the SDK refuses an eager start. Default false.
   */
  eagerStart?: boolean
  /** How long a lead may take to answer. Default 8 s: a person waits, and proxies give up after some more. */
  answerWithinMs?: number
}

/** A start or a signal is one call that needs no worker; without an answer by then the server is not there. */
const serverAnswersWithinMs = 3_000

/** Between two looks for an answer: a lead is about to give it, or nobody is there to. */
const firstLookMs = 25
const longestLookMs = 500

export function createLeadWorkflows(
  client: Client,
  taskQueue: string,
  options: LeadWorkflowsOptions,
): LeadWorkflows {
  const { db, now, publicUrl = null, eagerStart = false, answerWithinMs = 8_000 } = options

  async function start(lead: LeadId, receivedAtMs: EpochMs): Promise<void> {
    const known = await knownOf(db, lead)
    if (known.generation > 0) return startAgain(lead, receivedAtMs, known)
    try {
      await startRun(known, { leadId: lead, receivedAtMs }, { workflowIdReusePolicy: 'REJECT_DUPLICATE' })
    } catch (error) {
      // Started before, by a first try or by the relay: what was asked for is so.
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) {
        throw new LeadUnreachable(lead, 'temporal-unavailable', { cause: error })
      }
    }
    await execute(
      db,
      sql`update leads set workflow_started_at = ${timestamp(now())}
          where id = ${lead} and workflow_started_at is null`,
    )
  }

  async function startAgain(lead: LeadId, receivedAtMs: EpochMs, known: Known): Promise<void> {
    try {
      await beginAgain(
        {
          db,
          client,
          now,
          withinMs: serverAnswersWithinMs,
          start: (again, memo) =>
            startRun(
              known,
              { leadId: lead, receivedAtMs, again },
              { workflowIdReusePolicy: 'ALLOW_DUPLICATE', memo },
            ),
        },
        lead,
      )
    } catch (error) {
      const code = error instanceof StillEnding ? 'still-ending' : 'temporal-unavailable'
      throw new LeadUnreachable(lead, code, { cause: error })
    }
  }

  async function startRun(
    { source, channel }: Known,
    input: LeadInput,
    more: Pick<WorkflowOptions, 'workflowIdReusePolicy' | 'memo'>,
  ): Promise<void> {
    await client.withDeadline(Date.now() + serverAnswersWithinMs, () =>
      client.workflow.start(leadWorkflow, {
        ...more,
        workflowId: workflowIdOf(input.leadId),
        taskQueue,
        args: [input],
        workflowIdConflictPolicy: 'FAIL',
        requestEagerStart: eagerStart,
        staticSummary: `lead from ${source}`,
        staticDetails: detailsOf(input, source, channel),
        typedSearchAttributes: [
          { key: leadSource, value: source },
          { key: leadStatus, value: 'received' },
        ],
      }),
    )
  }

  /** Ids alone: a history is no place for a name or an address. */
  function detailsOf({ leadId, receivedAtMs }: LeadInput, source: string, channel: string): string {
    const lines = [
      `lead \`${leadId}\``,
      `from \`${source}\` by ${channel}`,
      `received ${new Date(receivedAtMs).toISOString()}`,
      ...(publicUrl === null ? [] : [new URL(`/v1/leads/${leadId}`, publicUrl).href]),
    ]
    return lines.map(line => `- ${line}`).join('\n')
  }

  /** A Signal is kept by the server from its answer on, so what was said counts however late the lead hears it. */
  async function send<Name extends MessageName>(
    lead: LeadId,
    name: Name,
    payload: Payload<Name>,
  ): Promise<Sent> {
    const handle = client.workflow.getHandle(workflowIdOf(lead))
    const { requestId } = payload
    try {
      await client.withDeadline(Date.now() + serverAnswersWithinMs, () => handle.signal(name, payload))
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return answerOfEnded(lead, handle, requestId)
      throw new LeadUnreachable(lead, 'temporal-unavailable', { cause: error })
    }
    return (await answerTo(handle, requestId, Date.now() + answerWithinMs)) ?? { pending: true }
  }

  /** Null: no answer by then, or nobody who could give one. */
  async function answerTo(
    handle: WorkflowHandle,
    requestId: string,
    untilMs: number,
  ): Promise<Answer | null> {
    for (let waitMs = firstLookMs; ; waitMs = Math.min(waitMs * 2, longestLookMs)) {
      const given = await look(handle, requestId, untilMs)
      if (given !== null || Date.now() + waitMs >= untilMs) return given
      await sleep(waitMs)
    }
  }

  /** A query is answered after the Signals before it. Null, too, where no worker is there to answer it. */
  async function look(handle: WorkflowHandle, requestId: string, untilMs: number): Promise<Answer | null> {
    const asked = client.withDeadline(untilMs, () => handle.query<unknown, [string]>('answer', requestId))
    return asked.then(
      given => answer.nullable().parse(given),
      () => null,
    )
  }

  /** Its answer if the lead gave one before it ended; otherwise how it ended, which Postgres knows for ever. */
  async function answerOfEnded(lead: LeadId, handle: WorkflowHandle, requestId: string): Promise<Answer> {
    const given = await look(handle, requestId, Date.now() + serverAnswersWithinMs)
    if (given !== null) return given
    const found = await leadOutcome(db, lead)
    if (found === null || found.outcome === null) throw new LeadUnreachable(lead, 'no-workflow')
    return {
      ok: false,
      code: 'closed',
      detail: [found.outcome],
      status: found.status,
      owner: found.owner?.id ?? null,
    }
  }

  return { start, send }
}

const knownRow = z.object({ source: z.string(), channel: z.string(), generation: z.int() })
type Known = z.infer<typeof knownRow>

/** Only a source that is written like one leaves Postgres: anyone can send anything as the name of a source. */
async function knownOf(db: Db, lead: LeadId): Promise<Known> {
  const { source, ...rest } = await row(
    db,
    knownRow,
    sql`select source, channel, generation from leads where id = ${lead}`,
  )
  return { ...rest, source: slug.safeParse(source).success ? source : 'undeclared' }
}
