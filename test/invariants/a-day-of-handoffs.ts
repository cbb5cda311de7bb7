/** Leads that are handed over to whom the policy chooses: the turns that this takes, and one that comes back. */
import type { LeadId } from '../../domain/ids.js'
import type { Desk } from '../workflows/a-desk.js'

/** Named for where the handoff stands at the end of the day. */
export type HandoffDay = Record<'offered' | 'declined', LeadId>

/** Under a policy that names Dora alone. */
export async function handOverThroughADay(desk: Desk): Promise<HandoffDay> {
  const declined = await offered(desk, 'declined')
  await desk.say(declined, 'answerHandoff', { accept: false, reason: 'no-budget' }, 'dora')
  return { declined, offered: await offered(desk, 'offered') }
}

async function offered(desk: Desk, who: string): Promise<LeadId> {
  const lead = await desk.submit({
    name: `Prospect ${who}`,
    email: `prospect@${who}.example`,
    company: `The ${who} company`,
    country: 'GB',
    product: 'for-ana',
  })
  await desk.until(lead, 'told')
  await desk.say(lead, 'recordTouch', { kind: 'call' })
  const requestId = `hand-over-${who}`
  await desk.write(requestId, lead, { fields: { budget: '10k' }, notes: 'They begin in June.' })
  await desk.say(lead, 'handOff', { requestId })
  await desk.until(lead, 'handoffOffered')
  return lead
}
