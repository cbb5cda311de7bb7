import { readFileSync } from 'node:fs'
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LeadId } from '../../domain/ids.js'
import { leadOwner, leadPool, slaBreached } from '../../workflows/search-attributes.js'
import { type Desk, openDesk } from './a-desk.js'

let desk: Desk
beforeAll(async () => {
  desk = await openDesk()
})
afterAll(() => desk.close())

async function ownedByAna(who: string): Promise<LeadId> {
  const person = { email: `${who}@${who}.example`, company: who, country: 'GB', product: 'for-ana' }
  const lead = await desk.submit(person)
  await desk.until(lead, 'told')
  return lead
}

const labels = async (lead: LeadId) => (await desk.handle(lead).describe()).typedSearchAttributes

type History = ReturnType<typeof historyFromJSON>

/** How often the labels were written, and how often a patch asked which code wrote the history. */
function eventsOf({ events }: History) {
  const of = (events ?? []).filter(event => event !== null)
  return {
    upserts: of.filter(event => event.upsertWorkflowSearchAttributesEventAttributes).length,
    patches: of.filter(event => event.markerRecordedEventAttributes?.markerName === 'core_patch').length,
  }
}

describe('what leads are searched by', () => {
  it('says that a clock ran out, also once the lead was touched late, and closed', async () => {
    const lead = await ownedByAna('late')
    expect((await labels(lead)).get(slaBreached)).toBe(false)
    await desk.pass(40)
    await desk.until(lead, 'breached')
    await expect.poll(async () => (await labels(lead)).get(slaBreached)).toBe(true)
    await desk.say(lead, 'recordTouch', { kind: 'call' })
    await desk.say(lead, 'close', { outcome: 'converted' })
    await desk.handle(lead).result()
    expect((await labels(lead)).get(slaBreached)).toBe(true)
    // Assigned, touched, closed; the breach; and its patch and that of acts, which are written as attributes too.
    expect(eventsOf(await desk.handle(lead).fetchHistory())).toEqual({ upserts: 6, patches: 2 })
  })

  it('still says so when the lead has moved on to somebody who is in time', async () => {
    const lead = await ownedByAna('moved-on')
    await desk.pass(61)
    await desk.until(lead, 'assigned', 2)
    await expect.poll(async () => (await labels(lead)).get(leadOwner)).not.toBe('ana')
    expect((await labels(lead)).get(slaBreached)).toBe(true)
    await desk.say(lead, 'close', { outcome: 'lost' }, 'mara', 'manager')
  })

  it('says whose turn the owner had the lead by, and nothing of a pool where the owner was named', async () => {
    const lead = await desk.submit({ email: 'p@pool.example', company: 'Pool', country: 'GB' })
    await desk.until(lead, 'told')
    expect((await labels(lead)).get(leadPool)).toBe('anyone')
    await desk.write('to-dora', lead, { fields: { budget: '10k' }, notes: 'They begin in June.' })
    await desk.say(lead, 'handOff', { requestId: 'to-dora', to: 'dora' }, 'mara', 'manager')
    await desk.say(lead, 'answerHandoff', { accept: true }, 'dora')
    await expect.poll(async () => (await labels(lead)).get(leadOwner)).toBe('dora')
    expect((await labels(lead)).get(leadPool)).toBeUndefined()
    await desk.say(lead, 'close', { outcome: 'converted' }, 'dora')
    await desk.handle(lead).result()
    expect(eventsOf(await desk.handle(lead).fetchHistory()).patches).toBe(patchOfActs)
  })

  it('costs a lead that is worked on in time no event more than it ever did', async () => {
    const lead = await ownedByAna('in-time')
    await desk.say(lead, 'acknowledge')
    await desk.say(lead, 'recordTouch', { kind: 'call' })
    await desk.say(lead, 'close', { outcome: 'converted' })
    await desk.handle(lead).result()
    expect(eventsOf(await desk.handle(lead).fetchHistory())).toEqual({
      upserts: upsertsInTime + patchOfActs,
      patches: patchOfActs,
    })
  })
})

const recorded = new URL('../histories/acknowledged-touched-converted.json', import.meta.url)
/** `acts-are-kept-first` (workflows/perform.ts): one marker and one attribute, in every lead that somebody works on. */
const patchOfActs = 1
const upsertsInTime = eventsOf(historyFromJSON(JSON.parse(readFileSync(recorded, 'utf8')))).upserts
