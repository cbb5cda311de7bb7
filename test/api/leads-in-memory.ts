/** Leads that answer from memory: what the API's own tests speak to. It keeps the contract of the real ones. */
import { LeadUnreachable, type LeadWorkflows, type Sent } from '../../api/lead-workflows.js'
import { leadOutcome } from '../../db/leads.js'
import { execute, type Pool, sql } from '../../db/sql.js'
import type { LeadId } from '../../domain/ids.js'
import type { Actor, Answer, MessageName } from '../../domain/messages.js'
import { closeLead } from './people-in-sales.js'

type Said = {
  lead: LeadId
  name: MessageName
  payload: { requestId: string; actor: Actor; atMs?: number }
}

export type LeadsInMemory = LeadWorkflows & {
  /** One entry for each workflow. */
  readonly started: LeadId[]
  /** What the leads heard, each request once. */
  readonly heard: Said[]
  /** What the next new request gets, instead of the lead's own answer. */
  answerNext(answer: Answer): void
  /** Nobody answers for the leads; what is said is kept. */
  silence(): void
  wake(): Promise<void>
  /** Not even the server is there. */
  unplug(): void
  plugIn(): void
}

export function createLeadsInMemory(db: Pool): LeadsInMemory {
  const started: LeadId[] = []
  const heard: Said[] = []
  const answers = new Map<string, Answer>()
  const kept = new Map<string, Said>()
  let scripted: Answer | null = null
  let state: 'answering' | 'silent' | 'unplugged' = 'answering'

  async function hear(said: Said): Promise<Answer> {
    const key = `${said.lead} ${said.payload.requestId}`
    const first = answers.get(key)
    if (first !== undefined) return first
    const answer = scripted ?? (await ownAnswer(db, said))
    scripted = null
    answers.set(key, answer)
    heard.push(said)
    return answer
  }

  return {
    started,
    heard,
    async start(lead) {
      if (state === 'unplugged') throw new LeadUnreachable(lead, 'temporal-unavailable')
      if (!started.includes(lead)) started.push(lead)
      await execute(
        db,
        sql`update leads set workflow_started_at = coalesce(workflow_started_at, received_at), begin_again = null where id = ${lead}`,
      )
    },
    async send(lead, name, payload): Promise<Sent> {
      if (state === 'unplugged') throw new LeadUnreachable(lead, 'temporal-unavailable')
      if (!started.includes(lead)) throw new LeadUnreachable(lead, 'no-workflow')
      const said = { lead, name, payload }
      if (state === 'answering') return hear(said)
      kept.set(`${lead} ${payload.requestId}`, said)
      return { pending: true }
    },
    answerNext(answer) {
      scripted = answer
    },
    silence() {
      state = 'silent'
    },
    async wake() {
      state = 'answering'
      for (const said of kept.values()) await hear(said)
      kept.clear()
    },
    unplug() {
      state = 'unplugged'
    },
    plugIn() {
      state = 'answering'
    },
  }
}

async function ownAnswer(db: Pool, said: Said): Promise<Answer> {
  const { lead, name, payload } = said
  const found = await leadOutcome(db, lead)
  const owner = found?.owner?.id ?? null
  const status = found?.status ?? 'received'
  if (found?.outcome != null) return { ok: false, code: 'closed', detail: [found.outcome], status, owner }
  if (owner !== payload.actor.id && payload.actor.role === 'rep') {
    return { ok: false, code: 'not-owner', detail: owner === null ? [] : [owner], status, owner }
  }
  if (name === 'close') {
    await closeLead(db, lead, 'converted')
    return { ok: true, status: 'closed', owner }
  }
  return { ok: true, status: name === 'acknowledge' ? 'acknowledged' : status, owner }
}
