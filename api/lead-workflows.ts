/** The API's only way to a lead's workflow: start it, and say something to it. */
import {
  type Client,
  isGrpcDeadlineError,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
} from '@temporalio/client'
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common'
import { z } from 'zod'
import { leadOutcome } from '../db/leads.js'
import { type Db, execute, row, sql, timestamp } from '../db/sql.js'
import { type EpochMs, type LeadId, name as slug } from '../domain/ids.js'
import { type Answer, answer, type MessageName, type Payload } from '../domain/messages.js'
import { leadWorkflow, workflowIdOf } from '../workflows/ids.js'

/** What the lead answered, or that nobody could answer yet: then it will be applied as of its `atMs`. */
export type Sent = Answer | { pending: true }

export type LeadWorkflows = {
  /**
   * Starts the lead's workflow, or finds that it has been started, and marks the lead as started.
   * @throws LeadUnreachable when Temporal does not answer; the relay tries again
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
    readonly code: 'temporal-unavailable' | 'no-workflow',
    options: ErrorOptions = {},
  ) {
    super(`lead ${lead}: ${code}`, options)
    this.name = 'LeadUnreachable'
  }
}

export type LeadWorkflowsOptions = {
  db: Db
  now: () => EpochMs
  /**
   * The client shares its NativeConnection with a worker of this process: the first step then runs here at once.
   * On any other connection the SDK refuses an eager start. Default false.
   */
  eagerStart?: boolean
  /** How long a lead may take to answer. Default 8 s: a person waits, and proxies give up after some more. */
  answerWithinMs?: number
}

const leadSource = defineSearchAttributeKey('LeadSource', SearchAttributeType.KEYWORD)
const leadStatus = defineSearchAttributeKey('LeadStatus', SearchAttributeType.KEYWORD)

/** A start or a signal is one call that needs no worker; without an answer by then the server is not there. */
const serverAnswersWithinMs = 3_000

export function createLeadWorkflows(
  client: Client,
  taskQueue: string,
  options: LeadWorkflowsOptions,
): LeadWorkflows {
  const { db, now, eagerStart = false, answerWithinMs = 8_000 } = options

  async function start(lead: LeadId, receivedAtMs: EpochMs): Promise<void> {
    const source = await sourceOf(db, lead)
    try {
      await client.withDeadline(Date.now() + serverAnswersWithinMs, () =>
        client.workflow.start(leadWorkflow, {
          workflowId: workflowIdOf(lead),
          taskQueue,
          args: [{ leadId: lead, receivedAtMs }],
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          workflowIdConflictPolicy: 'FAIL',
          requestEagerStart: eagerStart,
          staticSummary: `lead from ${source}`,
          typedSearchAttributes: [
            { key: leadSource, value: source },
            { key: leadStatus, value: 'received' },
          ],
        }),
      )
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

  async function send<Name extends MessageName>(
    lead: LeadId,
    name: Name,
    payload: Payload<Name>,
  ): Promise<Sent> {
    const handle = client.workflow.getHandle(workflowIdOf(lead))
    try {
      return await update(handle, name, payload)
    } catch (error) {
      if (isNoAnswer(error)) return signal(lead, handle, name, payload)
      if (hasEnded(error)) return answerOfEnded(lead, handle, payload.requestId)
      throw new LeadUnreachable(lead, 'temporal-unavailable', { cause: error })
    }
  }

  async function update<Name extends MessageName>(
    handle: WorkflowHandle,
    name: Name,
    payload: Payload<Name>,
  ): Promise<Answer> {
    const updateId = payload.requestId
    const given = await client.withDeadline(Date.now() + answerWithinMs, () =>
      handle.executeUpdate<unknown, [Payload<Name>]>(name, { updateId, args: [payload] }),
    )
    return answer.parse(given)
  }

  /**
   * An Update is kept only once a worker took it; a Signal is kept by the server. Should the Update have arrived after
   * all, the lead knows the requestId and counts it once.
   */
  async function signal<Name extends MessageName>(
    lead: LeadId,
    handle: WorkflowHandle,
    name: Name,
    payload: Payload<Name>,
  ): Promise<Sent> {
    try {
      await client.withDeadline(Date.now() + serverAnswersWithinMs, () => handle.signal(name, payload))
      return { pending: true }
    } catch (error) {
      if (hasEnded(error)) return answerOfEnded(lead, handle, payload.requestId)
      throw new LeadUnreachable(lead, 'temporal-unavailable', { cause: error })
    }
  }

  /** Its answer if the lead gave one before it ended; otherwise how it ended, which Postgres knows for ever. */
  async function answerOfEnded(lead: LeadId, handle: WorkflowHandle, requestId: string): Promise<Answer> {
    const given = await firstAnswer(lead, handle, requestId)
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

  async function firstAnswer(
    lead: LeadId,
    handle: WorkflowHandle,
    requestId: string,
  ): Promise<Answer | null> {
    try {
      const given = await client.withDeadline(Date.now() + serverAnswersWithinMs, () =>
        handle.getUpdateHandle<unknown>(requestId).result(),
      )
      return answer.parse(given)
    } catch (error) {
      if (hasEnded(error) || isNoAnswer(error)) return null
      throw new LeadUnreachable(lead, 'temporal-unavailable', { cause: error })
    }
  }

  return { start, send }
}

/** Only a source that is written like one leaves Postgres: anyone can send anything as the name of a source. */
async function sourceOf(db: Db, lead: LeadId): Promise<string> {
  const found = await row(
    db,
    z.object({ source: z.string() }),
    sql`select source from leads where id = ${lead}`,
  )
  return slug.safeParse(found.source).success ? found.source : 'undeclared'
}

function isNoAnswer(error: unknown): boolean {
  return error instanceof WorkflowUpdateRPCTimeoutOrCancelledError || isGrpcDeadlineError(error)
}

/** Also an Update that a worker had taken when the workflow ended: the SDK reports that one as failed. */
function hasEnded(error: unknown): boolean {
  return error instanceof WorkflowNotFoundError || error instanceof WorkflowUpdateFailedError
}
