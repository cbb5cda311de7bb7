/** Leads as a website sends them and a sales desk works them, and what each has left behind in Temporal. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { WorkflowExecutionDescription } from '@temporalio/client'
import { z } from 'zod'
import { forEachAtOnce } from '../cli/at-once.js'
import { type Pool, row, sql } from '../db/sql.js'
import { leadId, type LeadId } from '../domain/ids.js'
import { openTemporal } from '../worker/servers.js'
import { workflowIdOf } from '../workflows/ids.js'
import type { Instance } from './instance.js'
import { patienceFor, until } from './patience.js'

export type LeadsRound = {
  /** Whole leads per second, from the first POST until the last workflow has closed. */
  perSecond: number
  /** Of each lead's history. */
  events: number[]
  bytes: number[]
}

export type Leads = {
  /** The whole life of each: posted, owned, acknowledged, touched, closed. */
  round(count: number, atOnce: number): Promise<LeadsRound>
  /** One POST, until the answer that names the owner; the lead stays open. */
  own(): Promise<void>
  /** Until nothing is left to do about the leads that were sent. */
  rest(): Promise<void>
  close(): Promise<void>
}

const answerWithinMs = 30_000
/** When the last mail is sent, its workflow still has a task to finish. */
const restMs = 300
/** Between two looks at a lead that answers later. */
const lookEveryMs = 100
const describedAtOnce = 8

const owned = z.object({
  leadId,
  owner: z.object({ id: z.string() }).nullable(),
})
const acted = z.object({ status: z.string() })

export async function openLeads({ url, keys, db, temporal }: Instance): Promise<Leads> {
  const { connection, client } = await openTemporal(temporal)
  let sent = 0

  async function ask(key: string, method: 'GET' | 'POST', path: string, more: object = {}): Promise<unknown> {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json', ...headersOf(more) },
      ...('body' in more ? { body: JSON.stringify(more.body) } : {}),
      signal: AbortSignal.timeout(answerWithinMs),
    })
    if (!response.ok)
      throw new Error(`${method} ${path} was answered with ${response.status}: ${await response.text()}`)
    return response.json()
  }

  /** An overloaded server answers before it knows the owner; then it is asked again. */
  async function post(): Promise<LeadId> {
    sent += 1
    const more = { key: `bench-${sent}`, body: leadBody(sent) }
    const answer = owned.parse(await ask(keys.intake, 'POST', '/v1/leads?wait=10', more))
    if (answer.owner === null) {
      await until('an owner', answerWithinMs, async () => {
        await sleep(lookEveryMs)
        return owned.parse(await ask(keys.intake, 'GET', `/v1/leads/${answer.leadId}`)).owner
      })
    }
    return answer.leadId
  }

  async function tell(lead: LeadId, act: string, leadsTo: string, body: object = {}): Promise<void> {
    const answer = acted.parse(await ask(keys.manager, 'POST', `/v1/leads/${lead}/${act}`, { body }))
    if (answer.status === leadsTo) return
    if (answer.status !== 'pending') throw new Error(`after ${act} the lead is ${answer.status}`)
    await until(`a lead to be ${leadsTo}`, answerWithinMs, async () => {
      await sleep(lookEveryMs)
      const found = acted.parse(await ask(keys.manager, 'GET', `/v1/leads/${lead}`))
      return found.status === leadsTo ? found : null
    })
  }

  async function live(): Promise<LeadId> {
    const lead = await post()
    await tell(lead, 'acknowledge', 'acknowledged')
    await tell(lead, 'touches', 'working', { kind: 'call' })
    await tell(lead, 'close', 'closed', { outcome: 'converted' })
    return lead
  }

  /** What was saved and told beside the clocks ends before the workflow does. */
  const closed = (lead: LeadId) =>
    until('a workflow to close', answerWithinMs, async () => {
      const found = await client.workflow.getHandle(workflowIdOf(lead)).describe()
      if (found.closeTime !== undefined) return found
      await sleep(lookEveryMs)
      return null
    })

  return {
    async round(count, atOnce) {
      const startedAtMs = Date.now()
      const leads: LeadId[] = []
      await forEachAtOnce(atOnce, Array(count).keys(), async () => void leads.push(await live()))
      const ended: WorkflowExecutionDescription[] = []
      await forEachAtOnce(describedAtOnce, leads, async lead => void ended.push(await closed(lead)))
      const closedAtMs = ended.map(({ closeTime }) => closeTime?.getTime() ?? Number.NaN)
      return {
        perSecond: (count * 1000) / (closedAtMs.reduce((one, other) => Math.max(one, other)) - startedAtMs),
        events: ended.map(({ historyLength }) => historyLength),
        bytes: ended.map(({ historySize }) => historySize ?? Number.NaN),
      }
    },

    own: async () => void (await post()),

    async rest() {
      const areAnswered = async () => ((await answered(db)) >= sent ? true : null)
      await until('all leads to be answered', patienceFor(sent), areAnswered)
      await sleep(restMs)
    },

    close: () => connection.close(),
  }
}

function headersOf(more: object): Record<string, string> {
  return 'key' in more && typeof more.key === 'string' ? { 'Idempotency-Key': more.key } : {}
}

const places = ['GB', 'DE', 'US', 'AT', 'CH']
const sizes = [8, 120, 2500, 40]

/** Each a person of another company, so that none is another's duplicate. */
function leadBody(index: number): Record<string, unknown> {
  return {
    source: 'bench',
    firstName: 'Sam',
    lastName: `Buyer ${index}`,
    email: `sam@company-${index}.example`,
    company: `Company ${index}`,
    country: places[index % places.length],
    employees: sizes[index % sizes.length],
    product: 'Analytics',
    message: 'We are looking at three products and would like to see yours next week. Which day suits you?',
  }
}

/** How many prospects are thanked and how many owners told, whichever are fewer. */
async function answered(db: Pool): Promise<number> {
  const { leads } = await row(
    db,
    z.object({ leads: z.int() }),
    sql`select least(count(*) filter (where audience = 'owner' and about = 'assigned'),
                     count(*) filter (where audience = 'prospect' and about = 'acknowledgement'))::int as leads
        from messages where channel = 'email' and sent_at is not null`,
  )
  return leads
}
