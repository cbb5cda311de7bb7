import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Activities, createActivities } from '../../activities/index.js'
import { createBuiltInCrm } from '../../adapters/crm/built-in.js'
import type { Email } from '../../adapters/notify/port.js'
import { timelineOf } from '../../db/events.js'
import { loadPeople } from '../../db/people.js'
import { loadPolicy } from '../../db/policies.js'
import { connect, type Pool } from '../../db/sql.js'
import { instant, type LeadId, repId } from '../../domain/ids.js'
import { databaseFromTemplate } from '../setup/database.js'
import { submitted } from '../setup/submitted.js'
import { people, policy } from '../workflows/desk-documents.js'

const atMs = instant(Date.UTC(2026, 10, 23, 9))
const [ana, ben, mara] = [repId.parse('ana'), repId.parse('ben'), repId.parse('mara')]

let db: Pool
let drop: () => Promise<void>
let activities: Activities
const mails: Email[] = []
beforeAll(async () => {
  const database = await databaseFromTemplate()
  drop = database.drop
  db = connect(database.url)
  await loadPeople(db, { document: people, fileName: 'people.yaml', by: 'test', atMs })
  await loadPolicy(db, { document: policy, fileName: 'policy.yaml', by: 'test', reason: 'test', atMs })
  activities = createActivities({
    db,
    crm: createBuiltInCrm(db),
    mail: { from: 'leads@leadline.test', send: async email => void mails.push(email) },
  })
})
afterAll(async () => {
  await db.end()
  await drop()
})

async function route(lead: LeadId, hop: number) {
  await activities.route({
    lead,
    hop,
    atMs,
    cause: hop === 0 ? 'new' : 'lapsed',
    directed: null,
    lastOwner: null,
    excluded: [],
    endOfChain: false,
  })
}

async function ownedByAna(email: string): Promise<LeadId> {
  const lead = await submitted(db, { email, product: 'for-ana' }, atMs)
  await activities.prepare({ lead, atMs, step: 0 })
  await route(lead, 0)
  return lead
}

const tellAna = (lead: LeadId, hop: number) =>
  activities.tell({ lead, hop, step: 2, atMs, about: 'assigned', to: [{ audience: 'owner', rep: ana }] })

const tellMara = (lead: LeadId, about: 'review' | 'reassignment-asked') =>
  activities.tell({ lead, hop: 0, step: 3, atMs, about, to: [{ audience: 'decider', rep: mara }] })

async function putIntoQueue(lead: LeadId, hop: number): Promise<void> {
  const acceptByMs = instant(atMs + 1_800_000)
  const data = {
    pool: 'desk',
    members: [ana, ben],
    rule: 'first-come',
    acceptByMs,
    then: 'anyone',
    from: hop === 0 ? null : ana,
    cause: hop === 0 ? ('new' as const) : ('lapsed' as const),
  }
  await activities.record({
    lead,
    hop,
    step: 9,
    atMs,
    actor: 'system',
    entries: [{ kind: 'queued', data }],
    requestId: null,
    due: { what: 'queue', atMs: acceptByMs },
  })
}

const tellMembers = (lead: LeadId, hop: number) =>
  activities.tell({
    lead,
    hop,
    step: 2,
    atMs,
    about: 'queued',
    to: [ana, ben].map(rep => ({ audience: 'member' as const, rep })),
  })

describe('telling people of a lead', () => {
  it('waits until the record is saved and read back', async () => {
    const lead = await ownedByAna('first@saved.example')
    await expect(tellAna(lead, 0)).rejects.toThrow('nobody is told before the record is saved')
    await activities.saveToCrm({ lead, step: 1, atMs })
    expect(await tellAna(lead, 0)).toEqual({ told: ['ana'], dropped: false })
  })

  it('sends a message once, however often it is tried', async () => {
    const lead = await ownedByAna('once@once.example')
    await activities.saveToCrm({ lead, step: 1, atMs })
    const before = mails.length
    await tellAna(lead, 0)
    await tellAna(lead, 0)
    expect(mails.length).toBe(before + 1)
  })

  it('does not tell an owner whom the lead has left since', async () => {
    const lead = await ownedByAna('left@left.example')
    await route(lead, 1)
    expect(await tellAna(lead, 0)).toEqual({ told: [], dropped: true })
  })

  it('speaks of the saved owner when the lead has moved on to one who is not saved yet', async () => {
    const lead = await ownedByAna('later@later.example')
    await activities.saveToCrm({ lead, step: 1, atMs })
    await route(lead, 1)
    expect(await tellMara(lead, 'reassignment-asked')).toEqual({ told: ['mara'], dropped: false })
    expect((await timelineOf(db, lead)).filter(({ kind }) => kind === 'told').map(({ hop }) => hop)).toEqual([
      0,
    ])
  })

  it('speaks of the later owner when that one was saved in place of an overtaken one', async () => {
    const lead = await ownedByAna('overtaken@overtaken.example')
    await route(lead, 1)
    await activities.saveToCrm({ lead, step: 1, atMs })
    expect(await tellMara(lead, 'reassignment-asked')).toEqual({ told: ['mara'], dropped: false })
    expect((await timelineOf(db, lead)).filter(({ kind }) => kind === 'told').map(({ hop }) => hop)).toEqual([
      1,
    ])
  })

  it('asks nobody to decide a review that has been answered by an owner since', async () => {
    const lead = await ownedByAna('answered@answered.example')
    expect(await tellMara(lead, 'review')).toEqual({ told: [], dropped: true })
  })

  it('tells the members of a queue once the lead that waits there is saved', async () => {
    const lead = await submitted(db, { email: 'queue@queue.example' }, atMs)
    await activities.prepare({ lead, atMs, step: 0 })
    await putIntoQueue(lead, 0)
    await expect(tellMembers(lead, 0)).rejects.toThrow('nobody is told before the record is saved')
    await activities.saveToCrm({ lead, step: 1, atMs })
    const before = mails.length
    expect(await tellMembers(lead, 0)).toEqual({ told: ['ana', 'ben'], dropped: false })
    expect(mails.slice(before)).toMatchObject([
      { to: 'ana@leadline.test', subject: 'A lead waits for the first to accept it: queue@queue.example' },
      { to: 'ben@leadline.test' },
    ])
  })

  it('does not tell them of a lead that somebody has accepted', async () => {
    const lead = await submitted(db, { email: 'fast@queue.example' }, atMs)
    await activities.prepare({ lead, atMs, step: 0 })
    await putIntoQueue(lead, 0)
    await activities.saveToCrm({ lead, step: 1, atMs })
    await route(lead, 1)
    expect(await tellMembers(lead, 0)).toEqual({ told: [], dropped: true })
  })

  it('waits for no save of an owner who has lost the lead to a queue since: it is saved without one', async () => {
    const lead = await ownedByAna('lost@queue.example')
    await putIntoQueue(lead, 1)
    await expect(tellMara(lead, 'reassignment-asked')).rejects.toThrow('nobody is told')
    await activities.saveToCrm({ lead, step: 1, atMs })
    expect(await tellMara(lead, 'reassignment-asked')).toEqual({ told: ['mara'], dropped: false })
    expect((await timelineOf(db, lead)).filter(({ kind }) => kind === 'told').map(({ hop }) => hop)).toEqual([
      1,
    ])
  })
})
