/** The whole API over a real Postgres, with leads in memory and a clock that stands still until it is told. */
import { createApi } from '../../api/app.js'
import { createOutcomeWatch } from '../../api/outcome-watch.js'
import type { FailureLog } from '../../api/problem.js'
import { linkToWorkflow } from '../../api/workflow-link.js'
import { mintKey, type Role, signInLink } from '../../db/access.js'
import { connect, type Pool } from '../../db/sql.js'
import { type EpochMs, type LeadId, leadId } from '../../domain/ids.js'
import { databaseFromTemplate } from '../setup/database.js'
import { createLeadsInMemory, type LeadsInMemory } from './leads-in-memory.js'
import { employ, nineOClock, publishPolicy } from './people-in-sales.js'
import { z } from 'zod'

export const publicUrl = 'http://leads.example.com'

/** A key of each kind; reps act as themselves. */
const holders = {
  administrator: { name: 'root', role: 'administrator', rep: null },
  operations: { name: 'ops-tool', role: 'operations', rep: null },
  mara: { name: 'mara-key', role: 'manager', rep: 'mara' },
  ana: { name: 'ana-key', role: 'rep', rep: 'ana' },
  ben: { name: 'ben-key', role: 'rep', rep: 'ben' },
  website: { name: 'website', role: 'intake', rep: null },
  partner: { name: 'partner', role: 'intake', rep: null },
  auditor: { name: 'auditor', role: 'auditor', rep: null },
} as const satisfies Record<string, { name: string; role: Role; rep: string | null }>
export type Who = keyof typeof holders

export type ApiUnderTest = {
  db: Pool
  leads: LeadsInMemory
  app: ReturnType<typeof createApi>
  databaseUrl: string
  failures: Parameters<FailureLog>[0][]
  now(): EpochMs
  setNow(atMs: EpochMs): void
  keyOf(who: Who): string
  get(who: Who, path: string): Promise<Answered>
  post(who: Who, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answered>
  put(who: Who, path: string): Promise<Answered>
  patch(who: Who, path: string, body?: unknown): Promise<Answered>
  delete(who: Who, path: string): Promise<Answered>
  /** Sends a lead; gives its id. */
  submit(who: Who, body: Record<string, unknown>): Promise<LeadId>
  /** @returns a sign-in link's path */
  linkFor(role: Role, rep: string | null): Promise<string>
  close(): Promise<void>
}

/** A response with its JSON; fields that a test names are read by `toMatchObject`. */
export type Answered = { status: number; body: unknown; headers: Headers }

export async function apiUnderTest(): Promise<ApiUnderTest> {
  const database = await databaseFromTemplate()
  const db = connect(database.url, 10)
  await publishPolicy(db)
  await employ(db, 'ana', 'ben', 'mara', 'olga')
  const leads = createLeadsInMemory(db)
  const watch = createOutcomeWatch(database.url)
  const failures: Parameters<FailureLog>[0][] = []
  let atMs = nineOClock
  const now = () => atMs
  const app = createApi({
    db,
    leads,
    watch,
    now,
    publicUrl,
    workflowOf: lead => linkToWorkflow(lead, 'leadline', 'http://temporal.example.com'),
    ready: async () => ({ ready: true, checks: { postgres: 'ok' } }),
    logFailure: failure => failures.push(failure),
  })
  const keys = new Map<string, string>()
  for (const [who, holder] of Object.entries(holders)) keys.set(who, await mintKey(db, holder))
  const keyOf = (who: Who) => keys.get(who) ?? ''

  async function call(
    who: Who,
    method: string,
    path: string,
    more: { body?: string; headers?: Record<string, string> } = {},
  ): Promise<Answered> {
    const headers = { authorization: `Bearer ${keyOf(who)}`, ...more.headers }
    return answered(await app.request(path, { ...more, method, headers }))
  }

  async function post(who: Who, path: string, body?: unknown, headers: Record<string, string> = {}) {
    if (body === undefined) return call(who, 'POST', path, { headers })
    const json = { 'content-type': 'application/json', ...headers }
    return call(who, 'POST', path, { body: JSON.stringify(body), headers: json })
  }

  return {
    db,
    leads,
    app,
    databaseUrl: database.url,
    failures,
    now,
    setNow(to) {
      atMs = to
    },
    keyOf,
    get: (who, path) => call(who, 'GET', path),
    post,
    put: (who, path) => call(who, 'PUT', path),
    patch: (who, path, body) =>
      call(who, 'PATCH', path, {
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        headers: { 'content-type': 'application/json' },
      }),
    delete: (who, path) => call(who, 'DELETE', path),
    async submit(who, body) {
      const { body: given } = await post(who, '/v1/leads', body)
      return z.object({ leadId }).parse(given).leadId
    },
    async linkFor(role, rep) {
      return new URL(await signInLink(db, { role, rep }, publicUrl, atMs)).pathname
    },
    async close() {
      await watch.close()
      await db.end()
      await database.drop()
    },
  }
}

export async function answered(response: Response): Promise<Answered> {
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json') ?? false
  return { status: response.status, body: isJson ? JSON.parse(text) : text, headers: response.headers }
}
