/** Leads as a website sends them, and a look into Postgres at how far they are. */
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { forEachAtOnce } from '../cli/at-once.js'
import { type Pool, row, sql } from '../db/sql.js'
import { patienceFor, until } from './patience.js'

/** Leads per second, from the first POST until … */
export type LeadRates = {
  /** … the last one was answered: the lead is durable and its workflow is started. */
  accepted: number
  /** … all have an owner in Postgres. */
  owned: number
  /** … every owner's mail is sent, which is after the record was saved in the CRM and read back. */
  told: number
}

export type Leads = {
  perSecond(count: number, atOnce: number): Promise<LeadRates>
  /** From one POST until the answer that names the owner. */
  oneMs(): Promise<number>
}

type Sender = { url: string; key: string; db: Pool }

const answerWithinMs = 30_000
/** When the last mail is sent, its workflow still has a task to finish. */
const restMs = 300

export function openLeads({ url, key, db }: Sender): Leads {
  let sent = 0

  async function post(query = ''): Promise<z.infer<typeof answer>> {
    sent += 1
    const response = await fetch(`${url}/v1/leads${query}`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${key}`,
        'Content-Type': 'application/json',
        'Idempotency-Key': `bench-${sent}`,
      },
      body: JSON.stringify(leadBody(sent)),
      signal: AbortSignal.timeout(answerWithinMs),
    })
    if (!response.ok) throw new Error(`a lead was answered with ${response.status}: ${await response.text()}`)
    return answer.parse(await response.json())
  }

  const untilAll = (what: keyof Progress, patienceMs: number) =>
    until(`all leads to be ${what}`, patienceMs, async () =>
      (await progress(db))[what] >= sent ? performance.now() : null,
    )

  async function rest(): Promise<void> {
    await untilAll('answered', patienceFor(sent))
    await sleep(restMs)
  }

  return {
    async perSecond(count, atOnce) {
      const startedAtMs = performance.now()
      await forEachAtOnce(atOnce, Array(count).keys(), async () => void (await post()))
      const acceptedAtMs = performance.now()
      const ownedAtMs = await untilAll('owned', patienceFor(count))
      const toldAtMs = await untilAll('told', patienceFor(count))
      const rate = (endedAtMs: number) => (count * 1000) / (endedAtMs - startedAtMs)
      await rest()
      return { accepted: rate(acceptedAtMs), owned: rate(ownedAtMs), told: rate(toldAtMs) }
    },

    async oneMs() {
      const startedAtMs = performance.now()
      const { owner } = await post('?wait=10')
      const tookMs = performance.now() - startedAtMs
      if (owner === null) throw new Error('a single lead had no owner after 10 s')
      await rest()
      return tookMs
    },
  }
}

const answer = z.object({ owner: z.object({ id: z.string() }).nullable() })

const places = ['GB', 'DE', 'US', 'AT', 'CH']
const sizes = [8, 120, 2500, 40]

/** Each a person of another company, so that none is another's duplicate. */
export function leadBody(index: number): Record<string, unknown> {
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

const progressRow = z.object({ owned: z.int(), told: z.int(), answered: z.int() })
type Progress = z.infer<typeof progressRow>

/** `answered`: the prospect is thanked and the owner is told, so that nothing is left to do about the lead. */
async function progress(db: Pool): Promise<Progress> {
  return row(
    db,
    progressRow,
    sql`with sent as (
          select audience from messages
          where channel = 'email' and sent_at is not null and about in ('assigned', 'acknowledgement')
        )
        select (select count(*)::int from leads where owner is not null) as owned,
               (select count(*)::int from sent where audience = 'owner') as told,
               (select least(count(*) filter (where audience = 'owner'),
                             count(*) filter (where audience = 'prospect'))::int from sent) as answered`,
  )
}
