import { readFileSync } from 'node:fs'
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { LeadId } from '../../domain/ids.js'
import { payloads } from '../../domain/messages.js'
import { z } from 'zod'
import { loadPolicy } from '../../db/policies.js'
import {
  leadCampaign,
  leadOwner,
  leadPool,
  leadRule,
  leadSegment,
  leadStatus,
  leadTeam,
  leadTerritory,
  policyVersion,
  reviewKind,
  slaBreached,
  slaDueAt,
  slaState,
} from '../../workflows/search-attributes.js'
import { type Desk, openDesk } from './a-desk.js'
import { policy } from './desk-documents.js'

/** The desk's policy, with a name for everything that leads are searched by. */
const withNames = `${policy}
segments: { small: { otherwise: true } }
territories: { islands: { country: [GB, IE] }, london: { postcode: N1 } }
pauses: { waiting-for-prospect: { most: 5h, clocks: [acknowledge, firstTouch] } }
`

let desk: Desk
beforeAll(async () => {
  desk = await openDesk({ policy: withNames })
})
afterAll(() => desk.close())

async function ownedByAna(who: string): Promise<LeadId> {
  const person = { email: `${who}@${who}.example`, company: who, country: 'GB', product: 'for-ana' }
  const lead = await desk.submit(person)
  await desk.until(lead, 'told')
  return lead
}

const labels = async (lead: LeadId) => (await desk.handle(lead).describe()).typedSearchAttributes

const definitions = z.array(z.object({ name: z.string(), description: z.string().min(1) }))

type History = ReturnType<typeof historyFromJSON>

/** What the Temporal UI says beside the events of this kind. */
function summariesOf(
  { events }: History,
  attributes: 'timerStartedEventAttributes' | 'markerRecordedEventAttributes',
) {
  return (events ?? []).flatMap(event => {
    const data = event[attributes] ? event.userMetadata?.summary?.data : null
    return data ? [String(JSON.parse(Buffer.from(data).toString()))] : []
  })
}

/** How often the labels were written, and how often a patch asked which code wrote the history. */
function eventsOf({ events }: History) {
  const of = (events ?? []).filter(event => event !== null)
  return {
    upserts: of.filter(event => event.upsertWorkflowSearchAttributesEventAttributes).length,
    patches: of.filter(event => event.markerRecordedEventAttributes?.markerName === 'core_patch').length,
  }
}

describe('what leads are searched by', () => {
  it('is everything that its owner follows from: team, campaign, segment, territories, rule and policy', async () => {
    const lead = await desk.submit({
      email: 'all@everything.example',
      company: 'Everything',
      country: 'GB',
      postcode: 'N1 9GU',
    })
    await desk.until(lead, 'told')
    const found = await labels(lead)
    expect(found.get(leadTeam)).toBe('south')
    expect(found.get(leadCampaign)).toBe('general')
    expect(found.get(leadSegment)).toBe('small')
    expect(found.get(leadTerritory)?.toSorted()).toEqual(['islands', 'london'])
    expect(found.get(leadRule)).toBe('otherwise')
    expect(found.get(policyVersion)).toBe(1)
    expect(found.get(slaDueAt)).toBeInstanceOf(Date)
    expect(found.get(reviewKind)).toBeUndefined()
    await desk.say(lead, 'close', { outcome: 'lost' }, 'mara', 'manager')
    await desk.handle(lead).result()
    const closed = await labels(lead)
    expect(closed.get(leadStatus)).toBe('closed')
    // Whose it was last can still be found; its clock was neither met nor missed.
    expect([closed.get(leadTeam), closed.get(leadSegment), closed.get(slaState)]).toEqual([
      'south',
      'small',
      'none',
    ])
  })

  it('says nothing of a campaign that only the sender knows', async () => {
    const lead = await desk.submit({
      email: 'own@campaign.example',
      company: 'Own Campaign',
      country: 'DE',
      campaign: 'sam@campaign.example',
    })
    await desk.until(lead, 'told')
    const found = await labels(lead)
    expect([found.get(leadCampaign), found.get(leadTerritory)]).toEqual([undefined, undefined])
    await desk.say(lead, 'close', { outcome: 'lost' }, 'mara', 'manager')
  })

  it('says that the clocks stand still, and under which policy they go on', async () => {
    const lead = await ownedByAna('paused')
    await desk.say(lead, 'pauseClock', { reason: 'waiting-for-prospect' })
    await expect.poll(async () => (await labels(lead)).get(slaState)).toBe('paused')
    await desk.say(lead, 'resumeClock')
    await expect.poll(async () => (await labels(lead)).get(slaState)).toBe('running')
    const next = await loadPolicy(desk.db, {
      document: withNames.replace('firstTouch: 2h', 'firstTouch: 6h'),
      fileName: 'policy.yaml',
      by: 'test',
      reason: 'more time',
      atMs: await desk.now(),
    })
    if (!next.ok) throw new Error(JSON.stringify(next.errors))
    const adopt = { version: next.version, reRoute: false }
    await desk.say(lead, 'adoptPolicy', adopt, 'oskar', 'operations')
    await expect.poll(async () => (await labels(lead)).get(policyVersion)).toBe(2)
    await desk.say(lead, 'close', { outcome: 'lost' })
  })

  it('says that a clock ran out, also once the lead was touched late, and closed', async () => {
    const lead = await ownedByAna('late')
    expect((await labels(lead)).get(slaBreached)).toBe(false)
    expect((await labels(lead)).get(slaState)).toBe('running')
    await desk.pass(40)
    await desk.until(lead, 'breached')
    await expect.poll(async () => (await labels(lead)).get(slaBreached)).toBe(true)
    expect((await labels(lead)).get(slaState)).toBe('breached')
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
    expect((await labels(lead)).get(slaState)).toBe('running')
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

  it('names owner and rule where a clock is seen running, and what short steps write down', async () => {
    const lead = await ownedByAna('summaries')
    await desk.post(lead, 'recordTouch', { kind: 'call' })
    await desk.post(lead, 'close', { outcome: 'converted' })
    await desk.handle(lead).result()
    const history = await desk.handle(lead).fetchHistory()
    expect(summariesOf(history, 'timerStartedEventAttributes')[0]).toMatch(
      /^acknowledge: remindOwner, ana by for-ana, \d{4}-\d\d-\d\dT/,
    )
    expect(summariesOf(history, 'markerRecordedEventAttributes')).toEqual([
      'record: touched, clockMet, clockMet',
      'record: closed',
    ])
  })

  it('says in words what can be said to a lead', async () => {
    const lead = await ownedByAna('described')
    const known = z
      .object({ definition: z.object({ signalDefinitions: definitions, updateDefinitions: definitions }) })
      .parse(await desk.handle(lead).query('__temporal_workflow_metadata'))
    const { signalDefinitions, updateDefinitions } = known.definition
    expect(signalDefinitions.map(({ name }) => name).toSorted()).toEqual(Object.keys(payloads).toSorted())
    expect(updateDefinitions.map(({ name }) => name).toSorted()).toEqual(Object.keys(payloads).toSorted())
    await desk.say(lead, 'close', { outcome: 'lost' })
  })

  it('costs a lead that is worked on in time no event more than it ever did', async () => {
    const lead = await ownedByAna('in-time')
    await desk.say(lead, 'acknowledge')
    await desk.say(lead, 'recordTouch', { kind: 'call' })
    await desk.say(lead, 'close', { outcome: 'converted' })
    await desk.handle(lead).result()
    expect((await labels(lead)).get(slaState)).toBe('met')
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
