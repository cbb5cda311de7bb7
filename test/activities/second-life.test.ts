import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Activities, createActivities } from '../../activities/index.js'
import { createBuiltInCrm } from '../../adapters/crm/built-in.js'
import type { Email } from '../../adapters/notify/port.js'
import { appendEvent, timelineOf } from '../../db/events.js'
import { keepMessage } from '../../db/messages.js'
import { keepNote, noteOf } from '../../db/notes.js'
import { loadPeople } from '../../db/people.js'
import { loadPolicy } from '../../db/policies.js'
import { openAgain, waitingToBegin } from '../../db/second-life.js'
import { connect, execute, type Pool, row, sql, transaction } from '../../db/sql.js'
import { readInvariants, violationsOf } from '../../db/verify.js'
import { instant, type LeadId, leadId, repId } from '../../domain/ids.js'
import { type LeadBody, normalisedLead } from '../../domain/lead.js'
import { databaseFromTemplate } from '../setup/database.js'
import { submitted } from '../setup/submitted.js'
import { people, policy } from '../workflows/desk-documents.js'

const atMs = instant(Date.UTC(2026, 10, 23, 9))

let db: Pool
let drop: () => Promise<void>
let activities: Activities
const mails: Email[] = []
beforeAll(async () => {
  const database = await databaseFromTemplate()
  drop = database.drop
  db = connect(database.url)
  await loadPeople(db, { document: people, fileName: 'people.yaml', by: 'test', atMs })
  const document = policy
    .replace('sources:\n', 'sources:\n  book-a-demo: { campaign: demo }\n')
    .replace(
      'campaigns:\n',
      'campaigns:\n  demo: { intent: 80, acknowledge: { by: email, template: thanks } }\n',
    )
  const loaded = await loadPolicy(db, {
    document,
    fileName: 'policy.yaml',
    by: 'test',
    reason: 'test',
    atMs,
  })
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  const mail = { from: 'leads@leadline.test', send: async (email: Email) => void mails.push(email) }
  activities = createActivities({ db, crm: createBuiltInCrm(db), mail })
})
afterAll(async () => {
  await db.end()
  await drop()
})

async function prepared(body: Partial<LeadBody>): Promise<LeadId> {
  const lead = await submitted(db, body, atMs)
  await activities.prepare({ lead, atMs, step: 0 })
  return lead
}

/** The lead joins the other one, which answers, and ends. */
async function joins(survivor: LeadId, body: Partial<LeadBody>): Promise<LeadId> {
  const lead = await prepared(body)
  await activities.acceptSubmission({ lead: survivor, hop: 0, atMs, from: lead })
  await ends(lead, 'merged', survivor)
  return lead
}

async function ends(lead: LeadId, outcome: 'merged' | 'lost' | 'erased', into: LeadId | null = null) {
  await activities.record({
    lead,
    hop: 0,
    step: 1,
    atMs,
    actor: 'system',
    entries: [{ kind: 'closed', data: { outcome, reason: null, mergedInto: into } }],
    requestId: null,
    due: null,
  })
  await activities.closeLead({ lead, atMs })
}

const split = (lead: LeadId, other: LeadId, request = `split-${other}`) =>
  activities.splitSubmission({ lead, hop: 0, atMs, request, actor: 'oskar', other })

const rowOf = (lead: LeadId) =>
  row(
    db,
    z.object({
      normalised: normalisedLead.nullable(),
      blocking_keys: z.array(z.string()),
      status: z.string(),
      generation: z.int(),
      apart_from: z.array(leadId),
      campaign: z.string().nullable(),
      kept: z.record(z.string(), z.unknown()).nullable(),
    }),
    sql`select normalised, array(select unnest(blocking_keys) order by 1) as blocking_keys, status, generation,
               apart_from, facts->>'campaign' as campaign, enrichment as kept
        from leads where id = ${lead}`,
  )

describe('splitting off a submission that had joined', () => {
  it('gives the lead as it was, its keys too, and opens the other one again', async () => {
    const survivor = await prepared({ email: 'one@split.example', message: 'Price?' })
    const before = await rowOf(survivor)
    const other = await joins(survivor, {
      email: 'one@split.example',
      phone: '+44 20 7946 0100',
      company: 'Split Ltd',
      country: 'GB',
      message: 'A demo.',
    })
    expect((await rowOf(survivor)).blocking_keys).toContain('phone:+442079460100')
    expect(await split(survivor, other)).toEqual({ split: true })
    const after = await rowOf(survivor)
    expect(after.normalised).toEqual(before.normalised)
    expect(after.blocking_keys).toEqual(before.blocking_keys)
    expect(after.apart_from).toEqual([other])
    expect(Object.keys(after.kept ?? {})).not.toContain(`merge:${other}`)
    expect(await rowOf(other)).toMatchObject({ status: 'received', generation: 1, apart_from: [survivor] })
    expect(await transaction(db, tx => waitingToBegin(tx, other))).toEqual({
      generation: 1,
      why: 'split',
      hop: 1,
      step: 1_000_000,
      lastOwner: null,
      directed: null,
      excluded: [],
    })
    expect((await timelineOf(db, survivor)).at(-1)).toMatchObject({
      kind: 'submissionSplit',
      actor: 'oskar',
      data: { lead: other },
    })
  })

  it('happens once, however often it is tried', async () => {
    const survivor = await prepared({ email: 'twice@split.example' })
    const other = await joins(survivor, { email: 'twice@split.example' })
    expect(await split(survivor, other, 'r1')).toEqual({ split: true })
    expect(await split(survivor, other, 'r1')).toEqual({ split: true })
    expect(await split(survivor, other, 'r2')).toEqual({ split: false })
    expect(await rowOf(other)).toMatchObject({ generation: 1 })
    const told = await timelineOf(db, survivor)
    expect(told.filter(({ kind }) => kind === 'submissionSplit')).toHaveLength(1)
  })

  it('is not of a lead that never joined, nor of one that joined another', async () => {
    const survivor = await prepared({ email: 'mine@split.example' })
    const stranger = await prepared({ email: 'stranger@split.example' })
    const others = await joins(stranger, { email: 'stranger@split.example' })
    expect(await split(survivor, stranger)).toEqual({ split: false })
    expect(await split(survivor, others)).toEqual({ split: false })
  })

  it('leaves the values and keys that another submission gives too, until that one is split as well', async () => {
    const phone = '+44 20 7946 0101'
    const survivor = await prepared({ email: 'both@split.example' })
    const before = await rowOf(survivor)
    const first = await joins(survivor, { email: 'both@split.example', phone, product: 'erp' })
    const second = await joins(survivor, { email: 'both@split.example', phone, product: 'crm' })
    await split(survivor, first)
    const between = await rowOf(survivor)
    expect(between.normalised).toMatchObject({ phone, product: 'crm' })
    expect(between.blocking_keys).toContain('phone:+442079460101')
    expect(JSON.stringify(between.kept)).not.toContain('erp')
    await split(survivor, second)
    const after = await rowOf(survivor)
    expect(after.normalised).toEqual(before.normalised)
    expect(after.blocking_keys).toEqual(before.blocking_keys)
  })

  it('leaves a value that a person corrected since', async () => {
    const survivor = await prepared({ email: 'fix@split.example' })
    const other = await joins(survivor, { email: 'fix@split.example', product: 'erp', industry: 'Banking' })
    await execute(
      db,
      sql`update leads set normalised = normalised || '{"product": "helpdesk"}' where id = ${survivor}`,
    )
    await split(survivor, other)
    expect((await rowOf(survivor)).normalised).toMatchObject({ product: 'helpdesk', industry: null })
  })

  it('lets what enrichment had filled yield to the next submission again', async () => {
    const email = 'who@known.example'
    const survivor = await prepared({ email })
    await activities.enrich({ lead: survivor, atMs })
    const other = await joins(survivor, { email, industry: 'Banking' })
    await split(survivor, other)
    expect((await rowOf(survivor)).normalised?.industry).toBe('logistics')
    await joins(survivor, { email, industry: 'Retail' })
    expect((await rowOf(survivor)).normalised?.industry).toBe('Retail')
  })

  it('takes the campaign back that the submission had raised the lead to', async () => {
    const survivor = await prepared({ email: 'cool@split.example' })
    const other = await joins(survivor, { email: 'cool@split.example', source: 'book-a-demo' })
    expect((await rowOf(survivor)).campaign).toBe('demo')
    await split(survivor, other)
    expect((await rowOf(survivor)).campaign).toBe('general')
  })

  it('keeps the two apart, also once the lead has become part of a third', async () => {
    const email = 'apart@split.example'
    const survivor = await prepared({ email })
    const other = await joins(survivor, { email })
    await split(survivor, other)
    expect(await activities.prepare({ lead: other, atMs, step: 1_000_000 })).toMatchObject({ verdict: 'new' })

    await ends(other, 'lost')
    const third = await prepared({ phone: '+44 20 7946 0102' })
    await activities.acceptSubmission({ lead: third, hop: 0, atMs, from: survivor })
    await ends(survivor, 'merged', third)
    expect((await rowOf(third)).blocking_keys).toContain(`email:${email}`)
    await execute(db, sql`update leads set status = 'received', outcome = null where id = ${other}`)
    expect(await activities.prepare({ lead: other, atMs, step: 1_000_001 })).toMatchObject({ verdict: 'new' })
    // Nor does the third join the other one, should it have to look for somebody itself.
    await execute(db, sql`update leads set status = 'received', outcome = null where id = ${other}`)
    expect(await activities.prepare({ lead: third, atMs, step: 7 })).toMatchObject({ verdict: 'new' })
    // Whoever comes anew under that phone joins the third all the same.
    const newcomer = await submitted(db, { phone: '+44 20 7946 0102' }, atMs)
    expect(await activities.prepare({ lead: newcomer, atMs, step: 0 })).toMatchObject({
      verdict: 'joins',
      survivor: third,
    })
  })

  it('can be followed by another join, where a person says so after all', async () => {
    const email = 'after-all@split.example'
    const survivor = await prepared({ email })
    const other = await joins(survivor, { email, product: 'erp' })
    await split(survivor, other)
    await activities.acceptSubmission({ lead: survivor, hop: 0, atMs, from: other })
    expect((await rowOf(survivor)).normalised?.product).toBe('erp')
    const told = await timelineOf(db, survivor)
    expect(told.filter(({ kind }) => kind === 'submissionJoined')).toHaveLength(2)
  })
})

describe('a submission of a hotter campaign', () => {
  it('says again which letters are owed when the step is tried again', async () => {
    const lead = await prepared({ email: 'hot@intent.example' })
    const from = await prepared({ email: 'hot@intent.example', source: 'book-a-demo' })
    const accept = () => activities.acceptSubmission({ lead, hop: 0, atMs, from })
    expect(await accept()).toEqual({ acknowledge: true, meetingLink: false })
    expect(await accept()).toEqual({ acknowledge: true, meetingLink: false })
    await activities.acknowledgeProspect({ lead, atMs })
    expect(await accept()).toEqual({ acknowledge: false, meetingLink: false })
  })

  it('has nobody thanked while a person is asked whether the lead is a duplicate', async () => {
    const lead = await prepared({ email: 'doubt@intent.example' })
    const review = { lead, hop: 0, step: 1, atMs, review: 'possible-duplicate', owned: false } as const
    await activities.openReview(review)
    const from = await prepared({ email: 'doubt@intent.example', source: 'book-a-demo' })
    expect(await activities.acceptSubmission({ lead, hop: 0, atMs, from })).toEqual({
      acknowledge: false,
      meetingLink: false,
    })
    expect((await rowOf(lead)).campaign).toBe('demo')
  })

  it('owes nothing where the campaign is not hotter', async () => {
    const lead = await prepared({ email: 'same@intent.example' })
    const from = await prepared({ email: 'same@intent.example' })
    expect(await activities.acceptSubmission({ lead, hop: 0, atMs, from })).toEqual({
      acknowledge: false,
      meetingLink: false,
    })
  })
})

describe('a lead that is opened again', () => {
  it('begins at the attempt after every earlier one, without whoever let it lapse, its last owner excepted', async () => {
    const lead = await prepared({ email: 'lapsed@again.example' })
    await transaction(db, async tx => {
      for (const [hop, owner] of [
        [0, 'ben'],
        [1, 'cleo'],
        [4, 'ana'],
      ] as const) {
        const data = { owner: repId.parse(owner), clock: 'firstTouch' } as const
        const event = { lead, atMs, actor: 'system', hop, key: `lapsed-${hop}` }
        await appendEvent(tx, { ...event, kind: 'lapsed', data })
      }
    })
    await ends(lead, 'lost')
    const opening = { lead, atMs, actor: 'mara', key: 'k', reason: 'called-back' }
    await transaction(db, tx =>
      openAgain(tx, { ...opening, why: 'reopened', lastOwner: repId.parse('ana'), directed: null }),
    )
    expect(await transaction(db, tx => waitingToBegin(tx, lead))).toMatchObject({
      generation: 1,
      hop: 5,
      lastOwner: 'ana',
      excluded: [
        { rep: 'ben', reason: 'lapsed' },
        { rep: 'cleo', reason: 'lapsed' },
      ],
    })
  })
})

describe('forgetting a person', () => {
  async function leftOver(lead: LeadId): Promise<string[]> {
    const invariant = (await readInvariants()).find(({ name }) => name === 'erased-is-forgotten')
    if (invariant === undefined) throw new Error('there is no such invariant')
    return (await transaction(db, tx => violationsOf(tx, invariant, lead))).map(({ what }) => what)
  }

  async function erased(n: number): Promise<{ lead: LeadId; other: LeadId }> {
    const email = `tess@gone${n}.example`
    const lead = await prepared({ email, name: 'Tess Gone' })
    const other = await joins(lead, { email, message: 'Hello' })
    await ends(lead, 'erased')
    await activities.eraseLead({ lead, hop: 0, atMs })
    return { lead, other }
  }

  it('leaves nothing of the lead nor of those that joined it, and says so once on each timeline', async () => {
    const { lead, other } = await erased(1)
    await activities.eraseLead({ lead, hop: 0, atMs })
    for (const one of [lead, other]) {
      expect(await leftOver(one)).toEqual([])
      expect(await rowOf(one)).toMatchObject({ normalised: null, blocking_keys: [], kept: null })
      const told = await timelineOf(db, one)
      expect(told.filter(({ kind }) => kind === 'erased')).toHaveLength(1)
    }
  })

  it('forgets, too, whoever learns only afterwards that they had joined', async () => {
    const lead = await prepared({ email: 'tess@late.example' })
    const other = await prepared({ email: 'tess@late.example' })
    await activities.acceptSubmission({ lead, hop: 0, atMs, from: other })
    await ends(lead, 'erased')
    await activities.eraseLead({ lead, hop: 0, atMs })
    expect((await rowOf(other)).normalised).not.toBeNull()
    await ends(other, 'merged', lead)
    expect((await rowOf(other)).normalised).toBeNull()
    expect(await leftOver(other)).toEqual([])
  })

  it('lets nothing be written about them any more: no letter, no message, no note', async () => {
    const { lead } = await erased(2)
    mails.length = 0
    expect(await activities.acknowledgeProspect({ lead, atMs })).toEqual({ sent: false })
    expect(await activities.sendMeetingLink({ lead, hop: 0, atMs })).toEqual({ sent: false })
    const to = [{ audience: 'decider', rep: repId.parse('mara') }] as const
    expect(
      await activities.tell({ lead, hop: 0, step: 9, atMs, about: 'review', to: [...to] }),
    ).toMatchObject({
      dropped: true,
    })
    await transaction(db, tx =>
      keepMessage(
        tx,
        {
          lead,
          hop: 0,
          key: `${lead}/late`,
          about: 'review',
          audience: 'decider',
          recipient: 'mara',
          channel: 'in-app',
          subject: 'About Tess',
          body: 'Tess',
        },
        atMs,
      ),
    )
    await keepNote(db, { requestId: `late-${lead}`, lead, actor: 'ana', body: { note: 'Tess' }, atMs })
    expect(await noteOf(db, `late-${lead}`)).toBeNull()
    expect(mails).toEqual([])
    expect(await leftOver(lead)).toEqual([])
  })
})
