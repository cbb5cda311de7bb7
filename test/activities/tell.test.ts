import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Activities, createActivities } from '../../activities/index.js'
import { createBuiltInCrm } from '../../adapters/crm/built-in.js'
import { type Email, MailRefused } from '../../adapters/notify/port.js'
import { timelineOf } from '../../db/events.js'
import { keepNote } from '../../db/notes.js'
import { loadPeople } from '../../db/people.js'
import { loadPolicy } from '../../db/policies.js'
import { connect, execute, type Pool, rows, sql, transaction } from '../../db/sql.js'
import { unwatch, watch } from '../../db/subscriptions.js'
import { readInvariants, violationsOf } from '../../db/verify.js'
import { type EpochMs, instant, type LeadId, type RepId, repId } from '../../domain/ids.js'
import type { About, Told } from '../../domain/life/state.js'
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

describe('whom a message reaches, and how', () => {
  const [cleo, dora, oskar] = [repId.parse('cleo'), repId.parse('dora'), repId.parse('oskar')]
  const link = 'https://leads.leadline.test/a/signed'
  let db: Pool
  let drop: () => Promise<void>
  let activities: Activities
  const mails: Email[] = []
  let refuses: string | null = null
  let isUp = true
  beforeAll(async () => {
    const database = await databaseFromTemplate()
    drop = database.drop
    db = connect(database.url)
    // Ben reads his messages in the app alone.
    const inApp = people.replace('ben@leadline.test,', 'ben@leadline.test, channel: in-app,')
    await loadPeople(db, { document: inApp, fileName: 'people.yaml', by: 'test', atMs })
    const document = policy.replace(
      'campaigns:\n',
      'campaigns:\n  loud: { team: full, notify: short }\n  quiet: { team: off }\n',
    )
    await loadPolicy(db, { document, fileName: 'policy.yaml', by: 'test', reason: 'test', atMs })
    activities = createActivities({
      db,
      crm: createBuiltInCrm(db),
      mail: {
        from: 'leads@leadline.test',
        async send(email) {
          if (!isUp) throw new Error('mail not sent: ECONNREFUSED')
          if (email.to === refuses) throw new MailRefused('smtp-550')
          mails.push(email)
        },
      },
      acknowledgeLink: async () => link,
    })
  })
  afterAll(async () => {
    await db.end()
    await drop()
  })

  let count = 0
  async function savedWith(owner: RepId, more: Record<string, unknown> = {}): Promise<LeadId> {
    count += 1
    const email = `tess-${count}@readers.example`
    const lead = await submitted(db, { email, phone: '+44 20 7946 0123', country: 'GB', ...more }, atMs)
    await activities.prepare({ lead, atMs, step: 0 })
    await assign(lead, 0, { kind: 'rep', rep: owner })
    await activities.saveToCrm({ lead, step: 1, atMs })
    return lead
  }

  const assign = (
    lead: LeadId,
    hop: number,
    directed: { kind: 'rep'; rep: RepId } | null = null,
    at: EpochMs = atMs,
  ) =>
    activities.route({
      lead,
      hop,
      atMs: at,
      cause: 'new',
      directed,
      lastOwner: null,
      excluded: [],
      endOfChain: false,
    })

  const tell = (lead: LeadId, about: About, to: Told[], { step = 2, hop = 0 } = {}) =>
    activities.tell({ lead, hop, step, atMs, about, to })

  const messages = async (lead: LeadId) =>
    rows(
      db,
      z.object({
        audience: z.string(),
        recipient: z.string(),
        channel: z.string(),
        body: z.string(),
        failed: z.string().nullable(),
        is_sent: z.boolean(),
      }),
      sql`select audience, recipient, channel, body, failed_why as failed, sent_at is not null as is_sent
          from messages where lead_id = ${lead} order by recipient, channel`,
    )
  const reached = async (lead: LeadId) =>
    (await messages(lead)).map(({ audience, recipient, channel }) => `${audience} ${recipient}: ${channel}`)

  const owner = { audience: 'owner', rep: ana } as const
  const team = { audience: 'team' } as const
  const watcher = { audience: 'watcher' } as const

  it('by mail and in the app, or in the app alone for who prefers that', async () => {
    const lead = await savedWith(ana)
    await tell(lead, 'reminder', [owner])
    expect(await reached(lead)).toEqual(['owner ana: email', 'owner ana: in-app'])
    const other = await savedWith(ben)
    const before = mails.length
    await tell(other, 'reminder', [{ audience: 'owner', rep: ben }])
    expect(await reached(other)).toEqual(['owner ben: in-app'])
    expect(mails.length).toBe(before)
  })

  it('in the app still where the address is refused for good', async () => {
    refuses = 'ana@leadline.test'
    const lead = await savedWith(ana)
    await tell(lead, 'reminder', [owner])
    refuses = null
    expect(await messages(lead)).toMatchObject([
      { channel: 'email', failed: 'smtp-550', is_sent: false },
      { channel: 'in-app', failed: null, is_sent: true },
    ])
    const before = mails.length
    await tell(lead, 'reminder', [owner])
    expect(mails.length).toBe(before)
  })

  it('once, where somebody is told for two reasons: for the first of them', async () => {
    const lead = await savedWith(ana)
    await watch(db, ana, { scope: 'all', value: '' }, atMs)
    await watch(db, cleo, { scope: 'lead', value: lead }, atMs)
    await tell(lead, 'assigned', [owner, watcher, team])
    await unwatch(db, ana, { scope: 'all', value: '' })
    expect((await reached(lead)).filter(line => /ana|cleo/.test(line))).toEqual([
      'owner ana: email',
      'owner ana: in-app',
      'watcher cleo: email',
      'watcher cleo: in-app',
    ])
  })

  it('the others of the pool whose turn it was, in the app', async () => {
    const lead = await submitted(db, { email: 'tess@pool.example' }, atMs)
    await activities.prepare({ lead, atMs, step: 0 })
    const routed = await assign(lead, 0)
    const turn = routed.kind === 'assigned' ? routed.owner : null
    await activities.saveToCrm({ lead, step: 1, atMs })
    await tell(lead, 'assigned', [team])
    const others = ['ana', 'ben', 'cleo'].filter(rep => rep !== turn)
    expect(await reached(lead)).toEqual(others.map(rep => `team ${rep}: in-app`))
  })

  it('the team of an owner by name, since there was no pool', async () => {
    const lead = await savedWith(dora)
    await tell(lead, 'assigned', [team])
    expect((await reached(lead)).map(line => line.split(' ')[1])).toEqual([
      'ana:',
      'ben:',
      'cleo:',
      'mara:',
      'oskar:',
    ])
  })

  it('as fully as the campaign says, the team apart from the owner', async () => {
    const loud = await savedWith(ana, { campaign: 'loud' })
    await tell(loud, 'assigned', [owner, team])
    const bodies = await messages(loud)
    expect(bodies.find(({ audience }) => audience === 'owner')?.body).not.toContain('+442079460123')
    expect(bodies.find(({ audience }) => audience === 'team')?.body).toContain('+442079460123')
    const quiet = await savedWith(ana, { campaign: 'quiet' })
    expect(await tell(quiet, 'assigned', [owner, team])).toEqual({ told: ['ana'], dropped: false })
  })

  it('whoever watches the pool, the source or the campaign, and nobody who has left', async () => {
    await watch(db, oskar, { scope: 'source', value: 'demo-form' }, atMs)
    await watch(db, cleo, { scope: 'campaign', value: 'quiet' }, atMs)
    await watch(db, repId.parse('gone'), { scope: 'source', value: 'demo-form' }, atMs)
    const lead = await savedWith(ana, { source: 'demo-form', campaign: 'loud' })
    expect(await tell(lead, 'escalation', [watcher])).toEqual({ told: ['oskar'], dropped: false })
    const other = await savedWith(ana, { campaign: 'quiet' })
    expect(await tell(other, 'assigned', [watcher])).toEqual({ told: ['cleo'], dropped: false })
  })

  it('the owner with a link to acknowledge by, in the mail and nowhere else', async () => {
    const lead = await savedWith(ana)
    const before = mails.length
    await tell(lead, 'assigned', [owner, { audience: 'manager', rep: mara }])
    const texts = mails.slice(before).map(({ to, text }) => `${to} ${text.includes(link)}`)
    expect(texts).toEqual(['ana@leadline.test true', 'mara@leadline.test false'])
    for (const { body } of await messages(lead)) expect(body).not.toContain('/a/')
  })

  describe('with the words of whoever decided', () => {
    const requester = [{ audience: 'requester', rep: ana }] as const
    const bodyFor = async (lead: LeadId) =>
      (await messages(lead)).find(({ audience }) => audience === 'requester')?.body

    async function refuse(lead: LeadId, request: string, note: string | undefined): Promise<void> {
      await activities.openReassignment({
        lead,
        hop: 0,
        atMs,
        request,
        by: ana,
        reason: 'capacity',
        wanted: null,
      })
      const decision = `decision-of-${request}`
      if (note !== undefined)
        await keepNote(db, { requestId: decision, lead, actor: 'mara', body: { note }, atMs })
      const data = { request, by: 'mara', approved: false, timedOut: false }
      await activities.record({
        lead,
        hop: 0,
        step: 7,
        atMs,
        actor: 'mara',
        entries: [{ kind: 'reassignmentDecided', data }],
        requestId: decision,
        due: null,
      })
    }

    it('whoever asked for another owner hears why', async () => {
      const lead = await savedWith(ana)
      await refuse(lead, 'first-ask', 'You know them best.')
      await tell(lead, 'reassignment-decided', [...requester])
      expect(await bodyFor(lead)).toContain('\n\nYou know them best.')
    })

    it('and not what was said to an earlier request', async () => {
      const lead = await savedWith(ana)
      await refuse(lead, 'ask-with-words', 'You know them best.')
      await execute(
        db,
        sql`update reassignment_requests set ended_at = ended_at - interval '2 days' where id = 'ask-with-words'`,
      )
      await refuse(lead, 'ask-without', undefined)
      await tell(lead, 'reassignment-decided', [...requester])
      expect(await bodyFor(lead)).not.toContain('You know them best.')
    })

    it('whoever claimed the lead hears why it stays', async () => {
      const lead = await savedWith(ben)
      const review = randomUUID()
      await execute(
        db,
        sql`insert into reviews (id, lead_id, hop, kind, opened_at, decides, backup, due_at, backup_due_at, choices,
                                 evidence, claimant, claim_request)
            values (${review}, ${lead}, 0, 'ownership-claimed', now(), 'mara', 'oskar', now(), now(), '{}', '{}',
                    'ana', 'claim')`,
      )
      await keepNote(db, {
        requestId: 'keep-it',
        lead,
        actor: 'mara',
        body: { note: 'Ben met them first.' },
        atMs,
      })
      const decision = { choice: 'keepOwner' } as const
      await activities.record({
        lead,
        hop: 0,
        step: 7,
        atMs,
        actor: 'mara',
        entries: [
          { kind: 'reviewDecided', data: { review, kind: 'ownership-claimed', by: 'mara', decision } },
        ],
        requestId: 'keep-it',
        due: null,
      })
      await tell(lead, 'claim-decided', [...requester])
      expect(await bodyFor(lead)).toContain('Ben met them first.')
    })
  })

  it('with what was written at first, when only the mail was late', async () => {
    const lead = await submitted(db, { email: 'tess@mail-down.example' }, atMs)
    await activities.prepare({ lead, atMs, step: 0 })
    const decider = [{ audience: 'decider', rep: mara }] as const
    isUp = false
    await expect(tell(lead, 'superseded', [...decider])).rejects.toThrow()
    isUp = true
    // Its owner's save waits behind this very message, which must not wait for that in turn.
    await assign(lead, 0, { kind: 'rep', rep: ana }, instant(atMs + 60_000))
    const before = mails.length
    expect(await tell(lead, 'superseded', [...decider])).toEqual({ told: ['mara'], dropped: false })
    expect(mails.slice(before).map(({ text }) => text.includes('Owner:'))).toEqual([false])
  })

  it('with an answer that waits for no later owner’s save, and names nobody then', async () => {
    const lead = await savedWith(ana)
    await assign(lead, 1, { kind: 'rep', rep: ben })
    const asked = [{ audience: 'requester', rep: ana }] as const
    expect(await tell(lead, 'reassignment-decided', [...asked], { hop: 1 })).toMatchObject({ dropped: false })
    expect((await messages(lead)).map(({ body }) => body.includes('Owner:'))).toEqual([false, false])
    await expect(tell(lead, 'assigned', [owner], { hop: 1, step: 3 })).rejects.toThrow('nobody is told')
    const invariant = (await readInvariants()).find(({ name }) => name === 'saved-before-told')
    if (invariant === undefined) throw new Error('there is no such invariant')
    expect(await transaction(db, tx => violationsOf(tx, invariant, null))).toEqual([])
  })

  it('not at all with a lead that waited too long and has an owner by now', async () => {
    const lead = await submitted(db, { email: 'tess@late.example' }, atMs)
    await activities.prepare({ lead, atMs, step: 0 })
    const manager = [{ audience: 'manager', rep: mara }] as const
    expect(await tell(lead, 'unassigned', [...manager])).toEqual({ told: ['mara'], dropped: false })
    const other = await submitted(db, { email: 'tess@owned-by-now.example' }, atMs)
    await activities.prepare({ lead: other, atMs, step: 0 })
    await assign(other, 0)
    expect(await tell(other, 'unassigned', [...manager])).toEqual({ told: [], dropped: true })
  })

  it('the owner of a lead from which a submission was split off', async () => {
    const lead = await savedWith(ana)
    const before = mails.length
    await tell(lead, 'submission-split', [owner])
    expect(mails[before]?.subject).toMatch(/^A submission of your lead was somebody else’s: /)
  })
})
