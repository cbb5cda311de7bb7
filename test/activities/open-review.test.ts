import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Activities, createActivities } from '../../activities/index.js'
import { createBuiltInCrm } from '../../adapters/crm/built-in.js'
import { claimRefusal } from '../../db/claims.js'
import { timelineOf } from '../../db/events.js'
import { openReviews } from '../../db/leads.js'
import { keepNote } from '../../db/notes.js'
import { addLeave } from '../../db/leaves.js'
import { loadPeople } from '../../db/people.js'
import { loadPolicy } from '../../db/policies.js'
import { connect, type Pool } from '../../db/sql.js'
import { type EpochMs, instant, type LeadId, leadId, type RepId, repId } from '../../domain/ids.js'
import type { ReviewDecision } from '../../domain/messages.js'
import { databaseFromTemplate } from '../setup/database.js'
import { prepared } from '../setup/prepared.js'
import { people, policy } from '../workflows/desk-documents.js'

const atMs = instant(Date.UTC(2026, 10, 23, 9))
const hour = 3_600_000
const later = (hours: number): EpochMs => instant(atMs + hours * hour)
const rep = (id: string): RepId => repId.parse(id)

let db: Pool
let drop: () => Promise<void>
let activities: Activities
beforeAll(async () => {
  const database = await databaseFromTemplate()
  drop = database.drop
  db = connect(database.url)
  // Mara manages the South, and Nils, whose own manager is Olga, is in it.
  const document = people.replace('people:\n', `people:\n${north}`)
  await loadPeople(db, { document, fileName: 'people.yaml', by: 'test', atMs: instant(0) })
  const load = {
    document: policy.replace('decides: mara, within: 2h }', 'decides: mara, within: 2h, coolDown: 24h }'),
    fileName: 'policy.yaml',
    by: 'test',
    reason: 'test',
    atMs,
  }
  expect(await loadPolicy(db, load)).toMatchObject({ ok: true })
  const mail = { from: 'leads@leadline.test', send: async () => {} }
  activities = createActivities({ db, crm: createBuiltInCrm(db), mail })
})
afterAll(async () => {
  await db.end()
  await drop()
})

const north = `  nils: { name: Nils Holm, email: nils@leadline.test, role: sdr, team: south, manager: olga, calendar: always }
  olga: { name: Olga Berg, email: olga@leadline.test, role: manager, team: south, manager: mara, calendar: always }
`

async function ownedBy(owner: string): Promise<LeadId> {
  const lead = await prepared(db, { country: 'GB' }, atMs)
  await activities.route({
    lead,
    hop: 0,
    atMs,
    cause: 'new',
    directed: { kind: 'rep', rep: rep(owner) },
    lastOwner: null,
    excluded: [],
    endOfChain: false,
  })
  return lead
}

type Claim = { at?: EpochMs; step?: number; reason?: string }
function claim(lead: LeadId, by: string, { at = atMs, step = 1, reason = 'capacity' }: Claim = {}) {
  return activities.openReview({
    lead,
    hop: 1,
    step,
    atMs: at,
    review: 'ownership-claimed',
    owned: true,
    claim: { by: rep(by), requestId: `claim-${lead}-${step}`, reason },
  })
}

function touch(lead: LeadId, by: string, at: EpochMs) {
  return activities.record({
    lead,
    hop: 0,
    step: 0,
    atMs: at,
    actor: by,
    entries: [{ kind: 'touched', data: { by, touch: 'call', first: false } }],
    requestId: `touch-${by}-${at}`,
    due: null,
  })
}

const reviewOf = async (lead: LeadId) => (await openReviews(db)).find(({ leadId }) => leadId === lead)

describe('a lead that a colleague claims', () => {
  it('is before the owner’s manager, with both names, the reason, the note and what either has done', async () => {
    const lead = await ownedBy('ana')
    await touch(lead, 'ben', later(-3))
    await touch(lead, 'ana', later(-2))
    await touch(lead, 'cleo', later(-1))
    const requestId = `claim-${lead}-1`
    await keepNote(db, { requestId, lead, actor: 'ben', body: { note: 'I met them in May.' }, atMs })
    const opened = await claim(lead, 'ben')
    expect(opened).toMatchObject({
      kind: 'ownership-claimed',
      decides: 'mara',
      claimant: 'ben',
      onTimeout: { kind: 'keepOwner' },
      dueAtMs: later(1),
    })
    const review = await reviewOf(lead)
    expect(review).toMatchObject({
      choices: ['keepOwner', 'assign'],
      claim: {
        claimant: { id: 'ben', name: 'Ben Okafor' },
        owner: { id: 'ana', name: 'Ana Ruiz' },
        reason: 'capacity',
        note: 'I met them in May.',
      },
      evidence: {
        facts: { country: 'GB' },
        claim: {
          claimant: 'ben',
          owner: 'ana',
          reason: 'capacity',
          touches: [
            { by: 'ben', touch: 'call', atMs: later(-3) },
            { by: 'ana', touch: 'call', atMs: later(-2) },
          ],
        },
      },
    })
    const story = await timelineOf(db, lead)
    expect(story.find(({ kind }) => kind === 'reviewOpened')).toMatchObject({
      actor: 'ben',
      data: { kind: 'ownership-claimed', claim: { by: 'ben', reason: 'capacity' } },
    })
  })

  it('is opened once, whatever is tried again, and the answer is the same', async () => {
    const lead = await ownedBy('ana')
    const opened = await claim(lead, 'ben')
    expect(await claim(lead, 'ben', { at: later(1) })).toEqual(opened)
  })

  it('is decided by neither of the two, nor by one of them as the backup', async () => {
    // Nils' manager claims it: hers decides.
    const lead = await ownedBy('nils')
    expect(await claim(lead, 'olga')).toMatchObject({ decides: 'mara' })
    const other = await ownedBy('nils')
    const opened = await claim(other, 'mara')
    expect(opened.decides).toBe('olga')
    expect(['mara', 'nils', 'olga']).not.toContain(opened.backup)
  })

  it('is decided by the manager above while the owner’s own is on leave', async () => {
    const lead = await ownedBy('nils')
    const since = later(1_000)
    await addLeave(db, { rep: rep('olga'), fromMs: since, untilMs: later(1_008), by: 'test', atMs })
    expect(await claim(lead, 'ben', { at: since })).toMatchObject({ decides: 'mara' })
  })
})

describe('who may claim a lead', () => {
  async function ended(lead: LeadId, by: string, how: ReviewDecision['choice'] | 'timedOut', at: EpochMs) {
    const { id, kind } = await claim(lead, by)
    await activities.record({
      lead,
      hop: 0,
      step: 2,
      atMs: at,
      actor: 'mara',
      entries: [
        how === 'timedOut'
          ? { kind: 'reviewTimedOut', data: { review: id, kind, then: 'keepOwner' } }
          : {
              kind: 'reviewDecided',
              data: {
                review: id,
                kind,
                by: 'mara',
                decision: how === 'assign' ? { choice: 'assign' } : { choice: 'keepOwner' },
              },
            },
      ],
      requestId: `decide-${lead}`,
      due: null,
    })
  }
  const asks = (lead: LeadId, by: string, at: EpochMs, more: { reason?: string; requestId?: string } = {}) =>
    claimRefusal(db, { lead, rep: rep(by), reason: 'capacity', requestId: 'another', atMs: at, ...more })

  it('is whoever gives a reason that the lead’s policy has', async () => {
    const lead = await ownedBy('ana')
    expect(await asks(lead, 'ben', atMs)).toBeNull()
    expect(await asks(lead, 'ben', atMs, { reason: 'mine' })).toEqual({
      code: 'unknown-reason',
      allowed: ['conflict-of-interest', 'capacity'],
    })
  })

  it.each(['keepOwner', 'timedOut'] as const)(
    'is not, for a day, whoever was not granted it: %s',
    async how => {
      const lead = await ownedBy('ana')
      await ended(lead, 'ben', how, later(2))
      expect(await asks(lead, 'ben', later(3))).toEqual({ code: 'cooling-down', untilMs: later(26) })
      expect(await asks(lead, 'ben', later(26))).toBeNull()
      expect(await asks(lead, 'cleo', later(3))).toBeNull()
      // The first request, sent again, gets its first answer from the lead.
      expect(await asks(lead, 'ben', later(3), { requestId: `claim-${lead}-1` })).toBeNull()
    },
  )

  it('is whoever was granted it before', async () => {
    const lead = await ownedBy('ana')
    await ended(lead, 'ben', 'assign', later(2))
    expect(await asks(lead, 'ben', later(3))).toBeNull()
  })

  it('is nobody, of a lead that is not there', async () => {
    const nowhere = leadId.parse('6f2c1c3e-5b0c-4f0e-9f1a-0c9f6d9a0001')
    expect(await asks(nowhere, 'ben', atMs)).toEqual({ code: 'not-found' })
  })
})
