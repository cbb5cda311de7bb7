/** Leads that wait at the end of the day, and one that was only decided: what a healthy database looks like then. */
import { addLeave } from '../../db/leaves.js'
import { type LeadId, repId } from '../../domain/ids.js'
import type { Desk } from '../workflows/a-desk.js'

/** Named for where the lead's story stands at the end of the day. */
export type WaitingDay = Record<'shadowed' | 'accepted' | 'queued' | 'held', LeadId>

/** On a desk with the policy of test/workflows/waiting-documents.ts. Nobody may let time pass on it afterwards. */
export async function waitThroughADay(desk: Desk): Promise<WaitingDay> {
  const shadowed = await desk.submit(somebody('shadowed', { source: 'trial-form' }))
  // Not its result: whoever waits for one lets time pass, and somebody's clock runs out.
  await desk.until(shadowed, 'closed')

  const accepted = await desk.submit(somebody('accepted', { product: 'queue' }))
  await desk.until(accepted, 'told')
  await desk.say(accepted, 'acceptLead', {}, 'ben')
  await desk.until(accepted, 'told', 2)

  const queued = await desk.submit(somebody('queued', { product: 'queue' }))
  await desk.until(queued, 'told')

  const atMs = await desk.now()
  await addLeave(desk.db, { rep: repId.parse('cleo'), fromMs: atMs, untilMs: null, by: 'test', atMs })
  const held = await desk.submit(somebody('held', { product: 'hold' }))
  await desk.until(held, 'saved')
  return { shadowed, accepted, queued, held }
}

function somebody(who: string, more: Record<string, unknown>): Record<string, unknown> {
  return { name: `Prospect ${who}`, email: `prospect@${who}.example`, country: 'GB', ...more }
}
