/** Leadline's namespace on a Temporal server: a memory that is long enough, and the search attributes of a lead. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from '@temporalio/client'
import { msToTs } from '@temporalio/common/lib/time.js'
import type { Config } from '../config.js'
import { searchAttributes as attributes } from '../workflows/search-attributes.js'
import { CannotStart } from './cannot-start.js'
import { grpc, grpcCodeOf } from './grpc.js'

/** Their names, and the type of each as the `temporal` program calls it. */
export const searchAttributes = attributes.map(({ name }) => name)
export const searchAttributeTypes = Object.fromEntries(attributes.map(({ name, type }) => [name, type]))

type Retention = Config['retention']

type Services = Pick<Connection, 'workflowService' | 'operatorService' | 'withDeadline'>

const callMs = 10_000
/** A server shows a new search attribute to its parts one after the other. */
const settleSeconds = 60

/**
 * Makes what is missing: the namespace, its retention, the search attributes. Where it may not (Temporal Cloud, a
 * cluster with authorization) but nothing is missing, that is enough.
 * @throws CannotStart naming what is missing and how it is made
 */
export async function prepareNamespace(
  server: Services,
  namespace: string,
  retention: Retention,
): Promise<void> {
  const found = await call(server, () => describe(server, namespace))
  const { days } = retention
  if (found === null) {
    await orSay(
      `The Temporal namespace ${namespace} is missing. Create it: temporal operator namespace create -n ${namespace} --retention ${days}d`,
      () => create(server, namespace, days),
    )
  } else if (isOtherThan(retention, found.retentionDays)) {
    await orSay(
      `The Temporal namespace ${namespace} forgets after ${found.retentionDays} days; Leadline needs ${days}: temporal operator namespace update -n ${namespace} --retention ${days}d`,
      () => call(server, () => remember(server, namespace, days)),
    )
  }
  await prepareSearchAttributes(server, namespace)
}

/** What is missing, as a person reads it; empty when all is there. Changes nothing. */
export async function missingIn(
  server: Services,
  namespace: string,
  retention: Retention,
): Promise<string[]> {
  const found = await call(server, () => describe(server, namespace))
  if (found === null) return [`namespace ${namespace}`]
  const memory = isOtherThan(retention, found.retentionDays)
    ? [`retention of ${retention.days} days (it is ${found.retentionDays})`]
    : []
  return [...memory, ...(await missingAttributes(server, namespace)).map(({ name }) => name)]
}

/** A longer memory than the usual one does no harm; one that somebody set is what they want. */
function isOtherThan({ days, given }: Retention, found: number | null): boolean {
  return found !== null && (found < days || (given && found > days))
}

async function prepareSearchAttributes(server: Services, namespace: string): Promise<void> {
  const missing = await missingAttributes(server, namespace)
  if (missing.length === 0) return
  const commands = missing.map(({ name, type }) => `--name ${name} --type ${type}`).join(' ')
  await orSay(
    `The Temporal namespace ${namespace} lacks search attributes: temporal operator search-attribute create -n ${namespace} ${commands}`,
    () =>
      call(server, () =>
        server.operatorService.addSearchAttributes({
          namespace,
          searchAttributes: Object.fromEntries(missing.map(({ name, number }) => [name, number])),
        }),
      ),
  )
  for (let waitedSeconds = 0; waitedSeconds < settleSeconds; waitedSeconds++) {
    if (await areSearchable(server, namespace)) return
    await sleep(1_000)
  }
  throw new CannotStart(
    `The Temporal server does not show new search attributes after ${settleSeconds} s. Try again.`,
  )
}

async function missingAttributes(server: Services, namespace: string) {
  const known = await call(server, () => attributesOf(server, namespace))
  return attributes.filter(({ name, number }) => known[name] !== number)
}

/** Where the operator's service is closed (Temporal Cloud), the ordinary one names them. */
async function attributesOf(server: Services, namespace: string): Promise<Record<string, number>> {
  try {
    const { customAttributes } = await server.operatorService.listSearchAttributes({ namespace })
    return customAttributes ?? {}
  } catch (error) {
    if (!isRefusal(error)) throw error
    const { keys } = await server.workflowService.getSearchAttributes({})
    return keys ?? {}
  }
}

async function isKnown(server: Services, namespace: string): Promise<boolean> {
  try {
    await call(server, () => attributesOf(server, namespace))
    return true
  } catch (error) {
    if (grpcCodeOf(error) === grpc.notFound) return false
    throw error
  }
}

/** Listing by an attribute that is not known yet fails. */
async function areSearchable(server: Services, namespace: string): Promise<boolean> {
  try {
    const query = attributes.map(({ name }) => `${name} is null`).join(' and ')
    await call(server, () => server.workflowService.listWorkflowExecutions({ namespace, query, pageSize: 1 }))
    return true
  } catch (error) {
    if ([grpc.invalidArgument, grpc.notFound].some(code => code === grpcCodeOf(error))) return false
    throw error
  }
}

async function describe(
  server: Services,
  namespace: string,
): Promise<{ retentionDays: number | null } | null> {
  try {
    const { config } = await server.workflowService.describeNamespace({ namespace })
    const seconds = config?.workflowExecutionRetentionTtl?.seconds
    return { retentionDays: seconds == null ? null : Math.floor(Number(seconds) / 86_400) }
  } catch (error) {
    if (grpcCodeOf(error) === grpc.notFound) return null
    throw error
  }
}

async function create(server: Services, namespace: string, days: number): Promise<void> {
  const description = 'Leads of Leadline: one workflow each'
  try {
    await call(server, () =>
      server.workflowService.registerNamespace({
        namespace,
        description,
        workflowExecutionRetentionPeriod: msToTs(`${days} days`),
      }),
    )
  } catch (error) {
    // Another process of ours was faster.
    if (grpcCodeOf(error) !== grpc.alreadyExists) throw error
  }
  // A namespace is known to each part of a server some seconds after it was made.
  for (let waitedSeconds = 0; waitedSeconds < settleSeconds; waitedSeconds++) {
    if (await isKnown(server, namespace)) return
    await sleep(1_000)
  }
  throw new CannotStart(
    `The Temporal server does not show a new namespace after ${settleSeconds} s. Try again.`,
  )
}

async function remember(server: Services, namespace: string, days: number): Promise<void> {
  await server.workflowService.updateNamespace({
    namespace,
    config: { workflowExecutionRetentionTtl: msToTs(`${days} days`) },
  })
}

function isRefusal(error: unknown): boolean {
  return grpc.refused.some(code => code === grpcCodeOf(error))
}

/** A server that does not let us is no fault of ours: then a person has to do it. */
async function orSay(what: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (isRefusal(error)) throw new CannotStart(what)
    throw error
  }
}

function call<Result>(server: Services, work: () => Promise<Result>): Promise<Result> {
  return server.withDeadline(Date.now() + callMs, work)
}
