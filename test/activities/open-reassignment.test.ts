import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Activities, createActivities } from '../../activities/index.js'
import { createBuiltInCrm } from '../../adapters/crm/built-in.js'
import { loadPeople } from '../../db/people.js'
import { loadPolicy } from '../../db/policies.js'
import { connect, type Pool } from '../../db/sql.js'
import { type EpochMs, instant, type LeadId, type RepId, repId } from '../../domain/ids.js'
import type { RequestOpened } from '../../domain/life/state.js'
import { databaseFromTemplate } from '../setup/database.js'
import { prepared } from '../setup/prepared.js'
import { people, policy } from '../workflows/desk-documents.js'

const atMs = instant(Date.UTC(2026, 10, 23, 9))
const hour = 3_600_000
const later = (hours: number): EpochMs => instant(atMs + hours * hour)
const [ana, ben] = [repId.parse('ana'), repId.parse('ben')]

let db: Pool
let drop: () => Promise<void>
let activities: Activities
beforeAll(async () => {
  const database = await databaseFromTemplate()
  drop = database.drop
  db = connect(database.url)
  await loadPeople(db, { document: people, fileName: 'people.yaml', by: 'test', atMs: instant(0) })
  const document = policy.replace('decides: mara, within: 2h }', 'decides: mara, within: 2h, coolDown: 24h }')
  const load = { document, fileName: 'policy.yaml', by: 'test', reason: 'test', atMs }
  expect(await loadPolicy(db, load)).toMatchObject({ ok: true })
  const mail = { from: 'leads@leadline.test', send: async () => {} }
  activities = createActivities({ db, crm: createBuiltInCrm(db), mail })
})
afterAll(async () => {
  await db.end()
  await drop()
})

async function ownedBy(owner: RepId): Promise<LeadId> {
  const lead = await prepared(db, { country: 'GB' }, atMs)
  await route(lead, owner, 0)
  return lead
}

function route(lead: LeadId, owner: RepId, hop: number) {
  return activities.route({
    lead,
    hop,
    atMs,
    cause: 'new',
    directed: { kind: 'rep', rep: owner },
    lastOwner: null,
    excluded: [],
    endOfChain: false,
  })
}

let count = 0
type Ask = { by?: RepId; at?: EpochMs; reason?: string; request?: string }
function ask(lead: LeadId, { by = ana, at = atMs, reason = 'capacity', request }: Ask = {}) {
  count += 1
  return activities.openReassignment({
    lead,
    hop: 1,
    atMs: at,
    request: request ?? `ask-${count}`,
    by,
    reason,
    wanted: null,
  })
}

async function askAndEnd(lead: LeadId, how: 'approved' | 'refused' | 'timedOut' | 'superseded', at: EpochMs) {
  count += 1
  const request = `ask-${count}`
  await ask(lead, { request })
  const data = { request, by: 'mara', approved: how === 'approved', timedOut: how === 'timedOut' }
  await activities.record({
    lead,
    hop: 0,
    step: count,
    atMs: at,
    actor: 'mara',
    entries: [
      how === 'superseded'
        ? { kind: 'reassignmentSuperseded', data: { request, by: 'leave' } }
        : { kind: 'reassignmentDecided', data },
    ],
    requestId: request,
    due: null,
  })
  return request
}

const coolingUntil = (untilMs: EpochMs): RequestOpened => ({
  kind: 'refused',
  code: 'cooling-down',
  detail: [new Date(untilMs).toISOString()],
})

describe('whoever was not granted another owner', () => {
  it.each(['refused', 'timedOut'] as const)('may not ask again for a day when it was %s', async how => {
    const lead = await ownedBy(ana)
    await askAndEnd(lead, how, later(2))
    expect(await ask(lead, { at: later(3) })).toEqual(coolingUntil(later(26)))
    expect(await ask(lead, { at: instant(later(26) - 1) })).toEqual(coolingUntil(later(26)))
    expect(await ask(lead, { at: later(26) })).toMatchObject({ kind: 'asked', decides: 'mara' })
  })

  it('may not get round it with a reason that the policy approves at once', async () => {
    const lead = await ownedBy(ana)
    await askAndEnd(lead, 'refused', later(2))
    expect(await ask(lead, { at: later(3), reason: 'conflict-of-interest' })).toEqual(coolingUntil(later(26)))
  })

  it('may ask for another lead, and the next owner may ask for this one', async () => {
    const lead = await ownedBy(ana)
    await askAndEnd(lead, 'refused', later(2))
    expect(await ask(await ownedBy(ana), { at: later(3) })).toMatchObject({ kind: 'asked' })
    await route(lead, ben, 1)
    expect(await ask(lead, { at: later(3), by: ben })).toMatchObject({ kind: 'asked' })
  })

  it('hears the answer to their first request again, should it be repeated', async () => {
    const lead = await ownedBy(ana)
    const request = await askAndEnd(lead, 'refused', later(2))
    expect(await ask(lead, { at: later(3), request })).toMatchObject({ kind: 'asked', decides: 'mara' })
  })

  it('hears of an unknown reason first', async () => {
    const lead = await ownedBy(ana)
    await askAndEnd(lead, 'refused', later(2))
    expect(await ask(lead, { at: later(3), reason: 'bored' })).toMatchObject({
      code: 'unknown-reason',
      detail: ['conflict-of-interest', 'capacity'],
    })
  })
})

describe('a request that was granted, or overtaken,', () => {
  it.each(['approved', 'superseded'] as const)('keeps nobody from asking again: %s', async how => {
    const lead = await ownedBy(ana)
    await askAndEnd(lead, how, later(2))
    expect(await ask(lead, { at: later(3) })).toMatchObject({ kind: 'asked' })
  })
})
