/** One lead of each kind, lived through on a real desk: what a healthy database looks like. */
import { z } from 'zod'
import { row, sql } from '../../db/sql.js'
import type { LeadId } from '../../domain/ids.js'
import type { Desk } from '../workflows/a-desk.js'

/** Named for where the lead's story stands at the end of the day. */
export type Day = Record<
  'converted' | 'overdue' | 'inReview' | 'reviewed' | 'survivor' | 'merged' | 'handedOver' | 'fromPool',
  LeadId
>

export async function liveThroughADay(desk: Desk): Promise<Day> {
  const fromPool = await desk.submit(somebody('pool'))
  const converted = await desk.submit(somebody('converted', { product: 'for-ana' }))
  await told(desk, converted)
  await desk.say(converted, 'acknowledge')
  await desk.say(converted, 'recordTouch', { kind: 'call' })
  await desk.say(converted, 'close', { outcome: 'converted' })

  const reviewed = await desk.submit(somebody('reviewed', { source: 'demo-form', country: undefined }))
  await decideReview(desk, reviewed)
  await told(desk, reviewed)

  const survivor = await desk.submit(somebody('twin', { product: 'for-ana' }))
  await told(desk, survivor)
  const merged = await desk.submit(somebody('twin', { product: 'for-ana' }))
  await desk.handle(merged).result()
  await desk.until(survivor, 'told', 2)

  const handedOver = await desk.submit(somebody('handed-over', { product: 'for-ana' }))
  await told(desk, handedOver)
  await desk.write('hand-over', handedOver, { fields: { budget: '10k' }, notes: 'They begin in June.' })
  await desk.say(handedOver, 'handOff', { requestId: 'hand-over', to: 'dora' })
  await desk.say(handedOver, 'answerHandoff', { handoff: 'hand-over', accept: true }, 'dora')
  await desk.until(handedOver, 'saved', 2)

  const overdue = await desk.submit(somebody('overdue', { product: 'for-ana' }))
  await told(desk, overdue)
  await told(desk, fromPool)
  await desk.pass(40)
  await desk.until(overdue, 'breached')
  await desk.say(overdue, 'recordTouch', { kind: 'email' })

  const inReview = await desk.submit(somebody('in-review', { source: 'demo-form', country: undefined }))
  await told(desk, inReview)
  return { converted, overdue, inReview, reviewed, survivor, merged, handedOver, fromPool }
}

function somebody(who: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    name: `Prospect ${who}`,
    email: `prospect@${who}.example`,
    company: `The ${who} company`,
    country: 'GB',
    message: `We of ${who} would like to talk about prices.`,
    ...more,
  }
}

async function told(desk: Desk, lead: LeadId): Promise<void> {
  await desk.until(lead, 'told')
}

async function decideReview(desk: Desk, lead: LeadId): Promise<void> {
  await told(desk, lead)
  const { id } = await row(
    desk.db,
    z.object({ id: z.string() }),
    sql`select id from reviews where lead_id = ${lead}`,
  )
  const decision = { choice: 'assign', rep: 'ben' }
  await desk.say(lead, 'decideReview', { review: id, decision }, 'oskar', 'operations')
  await desk.until(lead, 'saved')
}
