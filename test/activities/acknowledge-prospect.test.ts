import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Activities, createActivities } from '../../activities/index.js'
import { createBuiltInCrm } from '../../adapters/crm/built-in.js'
import type { Email } from '../../adapters/notify/port.js'
import { loadPeople } from '../../db/people.js'
import { loadPolicy } from '../../db/policies.js'
import { connect, type Pool } from '../../db/sql.js'
import { instant, type LeadId } from '../../domain/ids.js'
import { databaseFromTemplate } from '../setup/database.js'
import { submitted } from '../setup/submitted.js'
import { people, policy } from '../workflows/desk-documents.js'
import { ana, ben, type BookingDesk, cleo, openBookingDesk } from './a-booking-desk.js'

const atMs = instant(Date.UTC(2026, 10, 23, 9))
const from = 'sales@leadline.test'
const letter = 'Thank you. We call within {{contactWithin}}. Or write to {{replyTo}}.'

let db: Pool
let drop: () => Promise<void>
let activities: Activities
let isDown = false
const mails: Email[] = []
beforeAll(async () => {
  const database = await databaseFromTemplate()
  drop = database.drop
  db = connect(database.url)
  await loadPeople(db, { document: people, fileName: 'people.yaml', by: 'test', atMs })
  const document = policy.replace('We have your message about {{product}}.', letter)
  await loadPolicy(db, { document, fileName: 'policy.yaml', by: 'test', reason: 'test', atMs })
  activities = createActivities({
    db,
    crm: createBuiltInCrm(db),
    mail: {
      from,
      async send(email) {
        if (isDown) throw new Error('mail not sent: ECONNREFUSED')
        mails.push(email)
      },
    },
  })
})
afterAll(async () => {
  await db.end()
  await drop()
})

async function prepared(body: Record<string, unknown>): Promise<LeadId> {
  const lead = await submitted(db, body, atMs)
  await activities.prepare({ lead, atMs, step: 0 })
  return lead
}

/** Ana is to be its owner; Temporal has not yet carried her name to the CRM. */
async function assigned(lead: LeadId): Promise<void> {
  const decision = { directed: null, lastOwner: null, excluded: [], endOfChain: false }
  await activities.route({ lead, hop: 0, atMs, cause: 'new', ...decision })
}

async function letterTo(address: string, lead: LeadId): Promise<Pick<Email, 'text' | 'replyTo'>[]> {
  await activities.acknowledgeProspect({ lead, atMs })
  return mails.filter(({ to }) => to === address).map(({ text, replyTo }) => ({ text, replyTo }))
}

const saying = (replyTo: string, text: string) => [{ replyTo, text }]

describe('the first letter to a prospect', () => {
  it('names our own address while nobody has the lead, and what the service level promises', async () => {
    const lead = await prepared({ email: 'tess@early.example', product: 'for-ana' })
    expect(await letterTo('tess@early.example', lead)).toEqual(
      saying(from, `Thank you. We call within 2 working hours. Or write to ${from}.`),
    )
  })

  it('names the owner when the lead has one by then', async () => {
    const lead = await prepared({ email: 'tess@owned.example', product: 'for-ana' })
    await assigned(lead)
    await activities.saveToCrm({ lead, step: 1, atMs })
    expect(await letterTo('tess@owned.example', lead)).toEqual(
      saying(
        'ana@leadline.test',
        'Thank you. We call within 2 working hours. Or write to ana@leadline.test.',
      ),
    )
  })

  it('names nobody whose record is not saved yet', async () => {
    const lead = await prepared({ email: 'tess@unsaved.example', product: 'for-ana' })
    await assigned(lead)
    expect((await letterTo('tess@unsaved.example', lead)).map(({ replyTo }) => replyTo)).toEqual([from])
  })

  it('promises no time while a person must be asked first', async () => {
    const lead = await prepared({ source: 'demo-form', email: 'tess@nowhere.example' })
    expect(await letterTo('tess@nowhere.example', lead)).toEqual(
      saying(from, `Thank you. Or write to ${from}.`),
    )
  })

  it('stays as it was first written when the mail server was down meanwhile', async () => {
    const lead = await prepared({ email: 'tess@later.example', product: 'for-ana' })
    isDown = true
    await expect(activities.acknowledgeProspect({ lead, atMs })).rejects.toThrow()
    isDown = false
    await assigned(lead)
    await activities.saveToCrm({ lead, step: 1, atMs })
    expect((await letterTo('tess@later.example', lead)).map(({ text }) => text)).toEqual([
      `Thank you. We call within 2 working hours. Or write to ${from}.`,
    ])
    expect(await letterTo('tess@later.example', lead)).toHaveLength(1)
  })
})

describe('the way to book time in the first letter', () => {
  let desk: BookingDesk
  beforeAll(async () => {
    desk = await openBookingDesk()
  })
  afterAll(() => desk.close())

  const demos = { campaign: 'demos' }
  const thank = (lead: LeadId) => desk.activities.acknowledgeProspect({ lead, atMs })
  const book = (lead: LeadId, hop = 0) => desk.activities.sendMeetingLink({ lead, hop, atMs })
  const texts = (address: string) => desk.letters(address).map(({ text }) => text)
  const withLinkOfAna = 'Thank you. Ana Ruiz is your contact. Book here: https://meet.leadline.test/ana.'

  it('is there when the owner is known and saved by then, and no letter of its own follows', async () => {
    const lead = await desk.prepared('tess@owned.example', demos)
    await desk.assigned(lead, ana)
    await desk.saved(lead)
    await thank(lead)
    expect(await book(lead)).toEqual({ sent: false })
    expect(texts('tess@owned.example')).toEqual([withLinkOfAna])
    expect(await desk.said(lead)).toEqual([
      { kind: 'prospectAcknowledged', by: 'email' },
      { kind: 'meetingLinkSent', owner: ana, within: 'acknowledgement' },
    ])
    expect(await desk.toldTooEarly()).toEqual([])
  })

  it('is left out while the owner’s record is not saved, and follows in a letter', async () => {
    const lead = await desk.prepared('tess@unsaved.example', demos)
    await desk.assigned(lead, ana)
    await thank(lead)
    await desk.saved(lead)
    expect(await book(lead)).toEqual({ sent: true })
    expect(texts('tess@unsaved.example')).toEqual([
      'Thank you.',
      'Hello Tess, choose a time: https://meet.leadline.test/ana.',
    ])
  })

  it('is not there a second time when the letter of its own was faster', async () => {
    const lead = await desk.prepared('tess@faster.example', demos)
    await desk.assigned(lead, ana)
    await desk.saved(lead)
    await book(lead)
    await thank(lead)
    expect(texts('tess@faster.example')).toEqual([
      'Hello Tess, choose a time: https://meet.leadline.test/ana.',
      'Thank you. Ana Ruiz is your contact.',
    ])
    expect((await desk.said(lead)).length).toBe(2)
  })

  it('is not there where the campaign gives leads like this one no link, whatever the text says', async () => {
    const lead = await desk.prepared('tess@plain.example', { campaign: 'plain' })
    await desk.assigned(lead, ana)
    await desk.saved(lead)
    await thank(lead)
    expect(texts('tess@plain.example')).toEqual(['Thank you. Ana Ruiz is your contact.'])
    expect(await desk.said(lead)).toEqual([{ kind: 'prospectAcknowledged', by: 'email' }])
  })

  it('is not there when the owner has none', async () => {
    const lead = await desk.prepared('tess@no-link.example', demos)
    await desk.assigned(lead, cleo)
    await desk.saved(lead)
    await thank(lead)
    expect(texts('tess@no-link.example')).toEqual(['Thank you. Cleo Marsh is your contact.'])
  })

  it('is the next owner’s when the mail server was down until the lead had moved on', async () => {
    const lead = await desk.prepared('tess@down.example', demos)
    await desk.assigned(lead, ana)
    await desk.saved(lead)
    desk.isUp = false
    await expect(thank(lead)).rejects.toThrow()
    desk.isUp = true
    // What Ana’s letter of its own would have been is in the first letter still.
    expect(await book(lead)).toEqual({ sent: false })
    await desk.assigned(lead, ben, 1)
    await desk.saved(lead, 1)
    await thank(lead)
    expect(texts('tess@down.example')).toEqual([
      'Thank you. Ben Okafor is your contact. Book here: https://meet.leadline.test/ben.',
    ])
    expect(await desk.said(lead)).toContainEqual({
      kind: 'meetingLinkSent',
      owner: ben,
      within: 'acknowledgement',
    })
  })

  it('counts as not sent when the server refuses the letter for good', async () => {
    const lead = await desk.prepared('gone@demos.example', demos)
    await desk.assigned(lead, ana)
    await desk.saved(lead)
    await thank(lead)
    await book(lead)
    expect(await desk.said(lead)).toEqual([
      { kind: 'prospectNotAcknowledged', why: 'refused-by-server' },
      { kind: 'meetingLinkNotSent', owner: ana, why: 'refused-by-server' },
    ])
  })
})

describe('nobody is thanked', () => {
  let desk: BookingDesk
  beforeAll(async () => {
    desk = await openBookingDesk()
    await desk.suppress('tess@suppressed.example')
  })
  afterAll(() => desk.close())

  it.each([
    [
      'who is not among those that the letter is for',
      { campaign: 'fairs', product: 'brochure' },
      'no-template',
    ],
    ['whose campaign sends no letter', { campaign: 'unheard-of' }, 'no-template'],
    ['who did not agree', { consent: false }, 'no-consent'],
    ['who asked for no more mail', { email: 'Tess@Suppressed.example' }, 'suppressed'],
    ['without an address', { email: '', phone: '+44 20 7946 0123', country: 'GB' }, 'no-address'],
  ])('%s', async (_, body, why) => {
    const lead = await desk.prepared('tess@quiet.example', body)
    expect(await desk.activities.acknowledgeProspect({ lead, atMs })).toEqual({ sent: false })
    expect(await desk.said(lead)).toEqual([{ kind: 'prospectNotAcknowledged', why }])
    expect(desk.mails).toEqual([])
  })

  it('but whoever is among those that the letter is for', async () => {
    const lead = await desk.prepared('tess@fair.example', { campaign: 'fairs', product: 'demo' })
    await desk.activities.acknowledgeProspect({ lead, atMs })
    expect(desk.letters('tess@fair.example').map(({ text }) => text)).toEqual(['Thank you.'])
  })
})
